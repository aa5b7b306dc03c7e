/* arrays.c - networks as arrays: those that somebody else made, and ours for
 * somebody else. */
#include "model/model_private.h"

#include <math.h>
#include <stdlib.h>

/* One array of an upload, which must be there and finite. */
static enum status
array_take(const struct npz *arrays, const char *name, size_t rows,
           size_t columns, double **out, struct error *err)
{
    size_t shape[2] = {rows, columns};
    const enum status status =
        npz_need_doubles(arrays, name, columns > 0 ? 2 : 1, shape, out, err);

    if (status != OK)
        return status;
    for (size_t i = 0; i < rows * (columns > 0 ? columns : 1); i++)
        if (!isfinite((*out)[i]))
            return error_set(err, INVALID, "array %s is not finite", name);
    return OK;
}

static enum status
encoders_scale(const double *encoders, const double *gain, double radius,
               size_t neurons, size_t d, double **out, struct error *err)
{
    *out = memory_array(neurons, d * sizeof(**out));
    if (!*out)
        return error_set(err, NO_MEMORY, "no memory for %zu encoders", neurons);
    for (size_t i = 0; i < neurons; i++)
        for (size_t k = 0; k < d; k++)
            (*out)[i * d + k] = encoders[i * d + k] * (gain[i] / radius);
    return OK;
}

static enum status
arrays_take(const struct npz *arrays, struct network *to, struct error *err)
{
    const size_t n_ff = (size_t)to->neurons_ff, n_rec = (size_t)to->neurons_rec;
    const size_t d_in = (size_t)to->dimensions_in, d = (size_t)to->dimensions;
    const struct {
        const char *name;
        size_t rows, columns;
        double **out;
    } all[] = {
        {"encoders_ff", n_ff, d_in, &to->encoders_ff},
        {"gain_ff", n_ff, 0, &to->gain_ff},
        {"bias_ff", n_ff, 0, &to->bias_ff},
        {"encoders_rec", n_rec, d, &to->encoders_rec},
        {"gain_rec", n_rec, 0, &to->gain_rec},
        {"bias_rec", n_rec, 0, &to->bias_rec},
        {"decoders", d, n_rec, &to->decoders},
    };
    enum status status = OK;

    for (size_t i = 0; status == OK && i < ARRAY_LENGTH(all); i++)
        status = array_take(arrays, all[i].name, all[i].rows, all[i].columns,
                            all[i].out, err);
    if (status == OK)
        status = encoders_scale(to->encoders_ff, to->gain_ff, to->radius_ff,
                                n_ff, d_in, &to->scaled_encoders_ff, err);
    if (status == OK)
        status = encoders_scale(to->encoders_rec, to->gain_rec, to->radius_rec,
                                n_rec, d, &to->scaled_encoders_rec, err);
    return status;
}

enum status
network_from_arrays(const struct network_recipe *recipe,
                    const struct npz *arrays, struct network **out,
                    struct error *err)
{
    struct network *network = NULL;
    enum status status = network_begin(recipe, &network, err);

    if (status == OK)
        status = arrays_take(arrays, network, err);
    if (status == OK) {
        *out = network;
        network = NULL;
    }
    network_free(network);
    return status;
}

enum status
network_to_npz(const struct network *network, struct bytes *out,
               struct error *err)
{
    size_t m = (size_t)network->neurons_ff, n = (size_t)network->neurons_rec;
    size_t d_in = (size_t)network->dimensions_in;
    size_t d = (size_t)network->dimensions;
    struct npz_array arrays[] = {
        npz_view("encoders_ff", NPZ_FLOAT64, network->encoders_ff, 2, m, d_in),
        npz_view("gain_ff", NPZ_FLOAT64, network->gain_ff, 1, m),
        npz_view("bias_ff", NPZ_FLOAT64, network->bias_ff, 1, m),
        npz_view("encoders_rec", NPZ_FLOAT64, network->encoders_rec, 2, n, d),
        npz_view("gain_rec", NPZ_FLOAT64, network->gain_rec, 1, n),
        npz_view("bias_rec", NPZ_FLOAT64, network->bias_rec, 1, n),
        npz_view("decoders", NPZ_FLOAT64, network->decoders, 2, d, n),
        npz_view("scaled_encoders_rec", NPZ_FLOAT64,
                 network->scaled_encoders_rec, 2, n, d),
    };

    return npz_write(arrays, ARRAY_LENGTH(arrays), out, err);
}
