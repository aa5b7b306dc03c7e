/* network.c - the network of a recorded run, and weights that it begins with.
 */
#include "bench/bench.h"
#include "bench/bench.h"
#include "bench/trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING 1e-9 /* what other processors and libraries make of a seed */

/* The arrays of the file, by the names that we have for them. */
static enum status
arrays_rename(const struct trace *trace, struct npz **out, struct error *err)
{
    static const char *const names[][2] = {
        {"encoders_in", "encoders_ff"}, {"gain_in", "gain_ff"},
        {"bias_in", "bias_ff"},         {"encoders_out", "encoders_rec"},
        {"gain_out", "gain_rec"},       {"bias_out", "bias_rec"},
        {"decoders_out", "decoders"}};
    struct npz_array arrays[ARRAY_LENGTH(names)];
    struct bytes file = {0};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const struct npz_array *array = npz_find(trace->npz, names[i][0]);
        if (array == NULL)
            return error_set(err, NOT_FOUND, "array %s is missing",
                             names[i][0]);
        arrays[i] = *array;
        snprintf(arrays[i].name, sizeof(arrays[i].name), "%s", names[i][1]);
    }
    enum status status = npz_write(arrays, ARRAY_LENGTH(arrays), &file, err);
    if (status == OK)
        status = npz_open(file.data, file.size, file.size, out, err);
    bytes_free(&file);
    return status;
}

static enum status
network_read(const struct trace *trace, struct network **out, struct error *err)
{
    struct npz *arrays = NULL;
    enum status status = arrays_rename(trace, &arrays, err);
    if (status == OK)
        status = network_from_arrays(&trace->recipe, arrays, out, err);
    npz_close(arrays);
    return status;
}

/* Whether an array of the file is ours but for rounding, or not there. */
static bool
is_ours(const struct trace *trace, const char *name, const double *ours,
        size_t count)
{
    const struct npz_array *array = npz_find(trace->npz, name);
    const double *theirs;
    if (array == NULL)
        return true;
    if (array->type != NPZ_FLOAT64 || array->size != count * sizeof(double))
        return false;
    theirs = array->data;
    for (size_t i = 0; i < count; i++)
        if (!(fabs(ours[i] - theirs[i]) <= ROUNDING * (1 + fabs(theirs[i]))))
            return false;
    return true;
}

static bool
is_of_its_seeds(const struct trace *trace, const struct network *network)
{
    const size_t in = trace->n_in, out = trace->n_out;
    return is_ours(trace, "encoders_in", network->encoders_ff,
                   in * trace->d_in) &&
           is_ours(trace, "gain_in", network->gain_ff, in) &&
           is_ours(trace, "bias_in", network->bias_ff, in) &&
           is_ours(trace, "encoders_out", network->encoders_rec,
                   out * trace->d) &&
           is_ours(trace, "gain_out", network->gain_rec, out) &&
           is_ours(trace, "bias_out", network->bias_rec, out);
}

static void
decoders_take(const struct trace *trace, struct network *network)
{
    const size_t count = trace->d * trace->n_out;
    if (trace->rule.plastic == PLASTIC_READOUT)
        memset(network->decoders, 0, count * sizeof(double));
    else if (!is_ours(trace, "decoders_out", network->decoders, count))
        memcpy(network->decoders, trace->decoders, count * sizeof(double));
}

enum status
trace_network(struct trace *trace, struct network **out, struct error *err)
{
    enum status status = network_build(&trace->recipe, NULL, out, err);
    if (status != OK)
        return status;
    trace->from_seeds = is_of_its_seeds(trace, *out);
    if (trace->from_seeds) {
        decoders_take(trace, *out);
        return OK;
    }
    network_free(*out);
    *out = NULL;
    return network_read(trace, out, err);
}

/* A copy [owned]; NULL of NULL. */
static enum status
array_copy(const void *from, size_t bytes, void *out, struct error *err)
{
    if (from == NULL)
        return OK;
    void *copy = memory_array(bytes, 1);
    if (copy == NULL)
        return error_set(err, NO_MEMORY, "no memory for %zu bytes", bytes);
    memcpy(copy, from, bytes);
    memcpy(out, &copy, sizeof(copy));
    return OK;
}

enum status
trace_weights(const struct trace *trace, const struct network *network,
              struct connections *out, struct error *err)
{
    const struct connections *from = &trace->connections;
    const size_t ff = trace->n_out * trace->n_in;
    const size_t rec = trace->n_out * trace->n_out;
    enum status status = array_copy(from->weights_ff, ff * sizeof(double),
                                    &out->weights_ff, err);
    if (status == OK)
        status = array_copy(from->weights_rec, rec * sizeof(double),
                            &out->weights_rec, err);
    if (status == OK)
        status = array_copy(from->mask_ff, ff, &out->mask_ff, err);
    if (status == OK)
        status = array_copy(from->mask_rec, rec, &out->mask_rec, err);
    if (status == OK)
        status = connections_whole(out, network, 1, trace->D0_ff, trace->D0_rec,
                                   err);
    return status;
}

#define BUILT_MOST                                                             \
    3000 /* neurons of a layer                                  */

/* [rows][columns] over and over, until there are `wanted` rows. */
static double *
rows_repeat(double *from, size_t rows, size_t columns, size_t wanted)
{
    double *out = memory_array(wanted * columns, sizeof(*out));
    for (size_t i = 0; out != NULL && i < wanted * columns; i++)
        out[i] = from[i % (rows * columns)];
    free(from);
    return out;
}

/* Rows of a small network's arrays become as many as the recipe says; the
 * decoders [d][N], fewer but larger, are spread over more neurons. */
static bool
network_repeat(struct network *network, size_t ff, size_t rec)
{
    const size_t d_in = (size_t)network->dimensions_in;
    const size_t d = (size_t)network->dimensions;
    const size_t n_ff = (size_t)network->neurons_ff;
    const size_t n_rec = (size_t)network->neurons_rec;
    double *decoders = memory_array(d * rec, sizeof(*decoders));
    for (size_t i = 0; decoders != NULL && i < d * rec; i++)
        decoders[i] = network->decoders[i / rec * n_rec + i % rec % n_rec] *
                      (double)n_rec / (double)rec;
    free(network->decoders);
    network->decoders = decoders;
    network->encoders_ff = rows_repeat(network->encoders_ff, n_ff, d_in, ff);
    network->gain_ff = rows_repeat(network->gain_ff, n_ff, 1, ff);
    network->bias_ff = rows_repeat(network->bias_ff, n_ff, 1, ff);
    network->scaled_encoders_ff =
        rows_repeat(network->scaled_encoders_ff, n_ff, d_in, ff);
    network->encoders_rec = rows_repeat(network->encoders_rec, n_rec, d, rec);
    network->gain_rec = rows_repeat(network->gain_rec, n_rec, 1, rec);
    network->bias_rec = rows_repeat(network->bias_rec, n_rec, 1, rec);
    network->scaled_encoders_rec =
        rows_repeat(network->scaled_encoders_rec, n_rec, d, rec);
    network->neurons_ff = (int64_t)ff;
    network->neurons_rec = (int64_t)rec;
    return network->decoders != NULL && network->encoders_ff != NULL &&
           network->gain_ff != NULL && network->bias_ff != NULL &&
           network->scaled_encoders_ff != NULL &&
           network->encoders_rec != NULL && network->gain_rec != NULL &&
           network->bias_rec != NULL && network->scaled_encoders_rec != NULL;
}

enum status
bench_network(const struct network_recipe *recipe, struct network **out,
              struct error *err)
{
    struct network_recipe small = *recipe;
    if (small.neurons_ff > BUILT_MOST)
        small.neurons_ff = BUILT_MOST;
    if (small.neurons_rec > BUILT_MOST)
        small.neurons_rec = BUILT_MOST;
    const enum status status = network_build(&small, NULL, out, err);
    if (status != OK || network_repeat(*out, (size_t)recipe->neurons_ff,
                                       (size_t)recipe->neurons_rec))
        return status;
    network_free(*out);
    *out = NULL;
    return error_set(err, NO_MEMORY, "no memory for a network");
}
