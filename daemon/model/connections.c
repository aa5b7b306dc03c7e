/* connections.c - what of the weight matrices is not learned: weights that
 * something else gave, and connections that are not there. doc/model.md,
 * section 3.
 *
 *   random    transform_ij = sd N(0, 1); between layers of the same size the
 *             command layer has the same numbers, by 20; else its own
 *   shuffled  every entry of what a job has learned, in another place
 *   array     as uploaded
 *   ideal     transform = (encoders / radius) D, when the gain acts twice
 *
 * Up to Nengo 2.4 what acts is gain_i transform_ij; from 2.5 on the gain comes
 * after the weights. */
#include "model/model_private.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#define FF_SHARE                                                               \
    20.0              /* by which weights from the command layer are smaller   \
                       */
#define MASK_STREAM 1 /* second word of its seed: a stream of its own */

static double *
matrix_new(int64_t rows, int64_t columns, struct error *err)
{
    size_t row;
    double *matrix = NULL;

    if (!__builtin_mul_overflow((size_t)columns, sizeof(double), &row))
        matrix = memory_array((size_t)rows, row);
    if (!matrix)
        error_set(err, NO_MEMORY, "no memory for %lld x %lld weights",
                  (long long)rows, (long long)columns);
    return matrix;
}

/* ---- random ------------------------------------------------------------- */

static void
gains_apply(const struct network *network, enum nengo_rule nengo,
            int64_t columns, double *weights)
{
    if (nengo != NENGO_2_4)
        return;
    for (int64_t i = 0; i < network->neurons_rec; i++)
        for (int64_t j = 0; j < columns; j++)
            weights[i * columns + j] *= network->gain_rec[i];
}

static void
draw_weights(const struct spec *spec, const struct network *network,
             struct random *random, struct connections *out)
{
    const int64_t n_ff = network->neurons_ff, n_rec = network->neurons_rec;
    const double sd = spec->weights.sd;

    for (int64_t i = 0; i < n_rec * n_rec; i++)
        out->weights_rec[i] = sd * random_normal(random);
    for (int64_t i = 0; i < n_rec * n_ff; i++)
        out->weights_ff[i] =
            (n_ff == n_rec ? out->weights_rec[i] : sd * random_normal(random)) /
            FF_SHARE;
    gains_apply(network, spec->network.nengo, n_rec, out->weights_rec);
    gains_apply(network, spec->network.nengo, n_ff, out->weights_ff);
}

/* ---- shuffled ----------------------------------------------------------- */

static void
shuffle_weights(const struct spec *spec, const struct network *network,
                const struct connections_sources *sources,
                struct random *random, struct connections *out)
{
    const int64_t ff = network->neurons_rec * network->neurons_ff;
    const int64_t rec = network->neurons_rec * network->neurons_rec;

    memcpy(out->weights_rec, sources->learned_rec,
           (size_t)rec * sizeof(double));
    memcpy(out->weights_ff, sources->learned_ff, (size_t)ff * sizeof(double));
    if ((spec->weights.shuffled & PLASTIC_REC) != 0)
        random_shuffle(random, rec, out->weights_rec);
    if ((spec->weights.shuffled & PLASTIC_FF) != 0)
        random_shuffle(random, ff, out->weights_ff);
}

/* ---- uploaded ----------------------------------------------------------- */

static enum status
read_weights(const struct connections_sources *sources,
             const struct network *network, struct connections *out,
             struct error *err)
{
    size_t n_ff = (size_t)network->neurons_ff;
    size_t n_rec = (size_t)network->neurons_rec;
    size_t ff[2] = {n_rec, n_ff}, rec[2] = {n_rec, n_rec};
    enum status status;

    if (!sources->array)
        return error_set(err, NOT_FOUND, "weights.array is not there");
    status =
        npz_need_doubles(sources->array, "W_ff", 2, ff, &out->weights_ff, err);
    if (status == OK)
        status = npz_need_doubles(sources->array, "W_rec", 2, rec,
                                  &out->weights_rec, err);
    return status;
}

/* ---- E D ---------------------------------------------------------------- */

/* weights [N_rec][neurons] += E factors */
static void
add_factors(const struct network *network, const double *factors,
            int64_t neurons, double *weights)
{
    const int d = network->dimensions;

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans,
                (int)network->neurons_rec, (int)neurons, d, 1,
                network->scaled_encoders_rec, d, factors, (int)neurons, 1,
                weights, (int)neurons);
}

static void
add_ideal(const struct network *network, const double *factors, int64_t neurons,
          double *weights)
{
    add_factors(network, factors, neurons, weights);
    for (int64_t i = 0; i < network->neurons_rec; i++)
        for (int64_t j = 0; j < neurons; j++)
            weights[i * neurons + j] /= network->gain_rec[i];
}

/* ---- masks -------------------------------------------------------------- */

/* A seed is the network's own unless one is given: which connections exist is
 * part of what a network is, and outlives one job. */
enum status
connections_thin(const struct spec *spec, const struct network *network,
                 struct connections *out, struct error *err)
{
    const int64_t seed =
        spec->weights.seed >= 0 ? spec->weights.seed : spec->network.seed_rec;
    const uint32_t words[2] = {(uint32_t)seed, MASK_STREAM};
    const size_t n_ff = (size_t)network->neurons_ff;
    const size_t n_rec = (size_t)network->neurons_rec;
    struct random random;

    if (!(spec->weights.connectivity < 1))
        return OK;
    out->mask_ff = memory_array(n_rec, n_ff);
    out->mask_rec = memory_array(n_rec, n_rec);
    if (!out->mask_ff || !out->mask_rec)
        return error_set(err, NO_MEMORY, "no memory for %zu x %zu connections",
                         n_rec, n_ff + n_rec);
    random_seed_words(&random, words, 2);
    for (size_t i = 0; i < n_rec * n_ff; i++)
        out->mask_ff[i] = random_sample(&random) < spec->weights.connectivity;
    for (size_t i = 0; i < n_rec * n_rec; i++)
        out->mask_rec[i] = random_sample(&random) < spec->weights.connectivity;
    return OK;
}

/* ---- the door ----------------------------------------------------------- */

static struct random *
stream_of(const struct spec *spec, const struct connections_sources *sources,
          struct random *own)
{
    if (spec->weights.seed < 0)
        return sources->random;
    random_seed(own, (uint32_t)spec->weights.seed);
    return own;
}

static enum status
weights_make(const struct network *network, struct connections *out,
             struct error *err)
{
    out->weights_ff =
        matrix_new(network->neurons_rec, network->neurons_ff, err);
    if (!out->weights_ff)
        return NO_MEMORY;
    out->weights_rec =
        matrix_new(network->neurons_rec, network->neurons_rec, err);
    return out->weights_rec ? OK : NO_MEMORY;
}

enum status
connections_fix(const struct spec *spec, const struct network *network,
                const struct connections_sources *sources,
                struct connections *out, struct error *err)
{
    struct random own, *random = stream_of(spec, sources, &own);
    enum status status;

    if (!spec_has_fixed_weights(spec))
        return OK;
    if (spec->weights.init == WEIGHTS_ARRAY)
        return read_weights(sources, network, out, err);
    status = weights_make(network, out, err);
    if (status != OK)
        return status;
    if (spec->weights.init == WEIGHTS_RANDOM) {
        draw_weights(spec, network, random, out);
    } else if (spec->weights.init == WEIGHTS_SHUFFLED) {
        shuffle_weights(spec, network, sources, random, out);
    } else {
        add_ideal(network, sources->ideal_ff, network->neurons_ff,
                  out->weights_ff);
        add_ideal(network, sources->ideal_rec, network->neurons_rec,
                  out->weights_rec);
    }
    return OK;
}

/* mask (kept weights + E D) */
static void
matrix_whole(const struct network *network, int64_t neurons, double kept,
             const double *factors, const unsigned char *mask, double *weights)
{
    for (int64_t i = 0; i < network->neurons_rec * neurons; i++)
        weights[i] *= kept;
    if (factors)
        add_factors(network, factors, neurons, weights);
    for (int64_t i = 0; mask && i < network->neurons_rec * neurons; i++)
        weights[i] *= mask[i];
}

enum status
connections_whole(struct connections *connections,
                  const struct network *network, double kept,
                  const double *factors_ff, const double *factors_rec,
                  struct error *err)
{
    enum status status =
        connections->weights_ff ? OK : weights_make(network, connections, err);

    if (status != OK)
        return status;
    matrix_whole(network, network->neurons_ff, kept, factors_ff,
                 connections->mask_ff, connections->weights_ff);
    matrix_whole(network, network->neurons_rec, kept, factors_rec,
                 connections->mask_rec, connections->weights_rec);
    return OK;
}

void
connections_free(struct connections *connections)
{
    free(connections->weights_ff);
    free(connections->weights_rec);
    free(connections->mask_ff);
    free(connections->mask_rec);
    *connections = (struct connections){0};
}
