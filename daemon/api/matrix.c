/* matrix.c - see matrix.h. */
#include "api/matrix.h"
#include "spec/spec.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *factor, *whole;
} layers[LAYERS] = {{"ff", "D_ff", "W_ff"}, {"rec", "D_rec", "W_rec"}};

enum status
layer_parse(const char *name, enum layer *out, struct error *err)
{
    for (int i = 0; i < LAYERS; i++)
        if (strcmp(layers[i].name, name) == 0) {
            *out = (enum layer)i;
            return OK;
        }
    return error_set(err, NOT_FOUND, "the layers are ff and rec, not '%.40s'",
                     name);
}

enum status
matrix_ask(const struct request *request, enum layer layer,
           struct weights *weights, struct matrix **out, struct error *err)
{
    enum status status = weights_open(request, weights, err);
    if (status == OK)
        status = weights_need_network(weights, err);
    if (status == OK)
        status = matrix_open(request->store, weights, layer, out, err);
    return status;
}

void
matrix_close(struct matrix *matrix)
{
    if (!matrix)
        return;
    free(matrix->encoders);
    free(matrix->factor);
    free(matrix->fixed);
    free(matrix->mask);
    npz_close(matrix->learned);
    free(matrix);
}

/* A copy of a float matrix in float64. */
static enum status
as_doubles(const struct npz *npz, const char *name, size_t shape[2],
           double **out, struct error *err)
{
    if (npz_need_doubles(npz, name, 2, shape, out, err) == OK)
        return OK;
    return error_set(err, CORRUPT, "a checkpoint has no sound %s", name);
}

static enum status
open_factors(struct matrix *matrix, const struct weights *weights,
             const char *factor, struct error *err)
{
    size_t encoders[2] = {0, 0}, learned[2] = {0, 0};
    enum status status = as_doubles(weights->network, "scaled_encoders_rec",
                                    encoders, &matrix->encoders, err);
    if (status == OK)
        status =
            as_doubles(weights->learned, factor, learned, &matrix->factor, err);
    if (status == OK && encoders[1] != learned[0])
        status = error_set(err, CORRUPT, "%s has %zu dimensions, not %zu",
                           factor, learned[0], encoders[1]);
    matrix->rows = encoders[0];
    matrix->d = encoders[1];
    matrix->columns = learned[1];
    return status;
}

static enum status
open_whole(struct matrix *matrix, struct weights *weights, const char *name,
           struct error *err)
{
    const struct npz_array *whole = npz_find(weights->learned, name);
    if (!whole || whole->dimensions != 2 ||
        (whole->type != NPZ_FLOAT32 && whole->type != NPZ_FLOAT64))
        return error_set(err, CORRUPT, "a checkpoint has no sound %s", name);
    matrix->whole = whole;
    matrix->columns = whole->shape[0];
    matrix->rows = whole->shape[1];
    matrix->learned = weights->learned;
    weights->learned = NULL;
    return OK;
}

/* What weights are made of, as far as the store has it: views of `weights`. */
static enum status
network_view(const struct weights *weights, const struct spec *spec,
             struct network *out, struct error *err)
{
    const void *gain, *scaled;
    int d, d_in;
    spec_dimensions(spec, &d, &d_in);
    size_t rec = (size_t)spec->network.neurons_rec;
    size_t gains[1] = {rec}, encoders[2] = {rec, (size_t)d};
    enum status status = npz_need(weights->network, "gain_rec", NPZ_FLOAT64, 1,
                                  gains, &gain, err);
    if (status == OK)
        status = npz_need(weights->network, "scaled_encoders_rec", NPZ_FLOAT64,
                          2, encoders, &scaled, err);
    if (status)
        return error_set(err, CORRUPT, "a stored network is not sound");
    *out = (struct network){.neurons_ff = spec->network.neurons_ff,
                            .neurons_rec = spec->network.neurons_rec,
                            .dimensions_in = d_in,
                            .dimensions = d,
                            .gain_rec = (double *)gain,
                            .scaled_encoders_rec = (double *)scaled};
    return OK;
}

enum status
weights_anew(struct store *store, const struct weights *weights,
             struct connections *out, struct error *err)
{
    struct lineage line = {0};
    struct network network;
    enum status status = line_load(store, &weights->job, &line, err);
    const struct lineage *fixed = NULL;
    if (status == OK && spec_is_dense(&line.spec))
        goto out;
    if (status == OK)
        fixed = lineage_fixed_by(&line);
    if (status == OK && !fixed &&
        lineage_thinned_by(&line)->spec.weights.connectivity >= 1)
        goto out;
    if (status == OK && fixed && fixed->spec.weights.init == WEIGHTS_IDEAL)
        status = error_set(err, CONFLICT,
                           "weights that began as ideal ones can only be "
                           "downloaded with nengo \"2.4\"");
    if (status == OK)
        status = network_view(weights, &line.spec, &network, err);
    if (status == OK)
        status = lineage_parts(&line, &network, out, err);
out:
    lineage_free(&line);
    return status;
}

/* W0 and mask of this layer move in. */
static enum status
open_fixed(struct store *store, struct matrix *matrix,
           const struct weights *weights, enum layer layer, struct error *err)
{
    struct connections made = {0};
    enum status status = weights_anew(store, weights, &made, err);
    double **fixed = layer == LAYER_FF ? &made.weights_ff : &made.weights_rec;
    unsigned char **mask = layer == LAYER_FF ? &made.mask_ff : &made.mask_rec;
    if (status == OK) {
        matrix->fixed = *fixed;
        matrix->mask = *mask;
        *fixed = NULL;
        *mask = NULL;
    }
    connections_free(&made);
    matrix->kept = 1;
    if (npz_find(weights->learned, "kept") && status == OK)
        status = npz_number(weights->learned, "kept", &matrix->kept, err);
    return status;
}

enum status
matrix_open(struct store *store, struct weights *weights, enum layer layer,
            struct matrix **out, struct error *err)
{
    struct spec spec;
    struct matrix *matrix = memory_array(1, sizeof(*matrix));
    if (!matrix)
        return error_set(err, NO_MEMORY, "no memory for a matrix");
    enum status status = spec_from_text(weights->job.spec, &spec, err);
    if (status == OK && spec_is_dense(&spec)) {
        status = open_whole(matrix, weights, layers[layer].whole, err);
    } else if (status == OK) {
        status = open_factors(matrix, weights, layers[layer].factor, err);
        if (status == OK)
            status = open_fixed(store, matrix, weights, layer, err);
    }
    if (status == OK) {
        *out = matrix;
        matrix = NULL;
    }
    matrix_close(matrix);
    return status;
}

static double
whole_at(const struct npz_array *whole, size_t at)
{
    if (whole->type == NPZ_FLOAT32)
        return (double)((const float *)whole->data)[at];
    return ((const double *)whole->data)[at];
}

/* mask (kept W0 + E D) */
static double
entry(const struct matrix *matrix, size_t i, size_t j)
{
    const double *e = matrix->encoders + i * matrix->d;
    size_t at = i * matrix->columns + j;
    double sum = 0;
    if (matrix->mask && !matrix->mask[at])
        return 0;
    for (size_t k = 0; k < matrix->d; k++)
        sum += e[k] * matrix->factor[k * matrix->columns + j];
    return matrix->fixed ? matrix->kept * matrix->fixed[at] + sum : sum;
}

void
matrix_row(const struct matrix *matrix, size_t i, size_t from, size_t end,
           double *out)
{
    for (size_t j = from; j < end; j++)
        out[j] = matrix->whole ? whole_at(matrix->whole, j * matrix->rows + i)
                               : entry(matrix, i, j);
}
