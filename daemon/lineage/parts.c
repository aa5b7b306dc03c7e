/* parts.c - weights that are not learned, and what they are with those that
 * are.
 *
 *   W = m (W0 + E D)   doc/model.md, section 3
 *
 * W0 and m are those of the first of the line that has any, made anew from its
 * seeds. */
#include "drive/drive.h"
#include "lineage/lineage.h"

#include <stdlib.h>

/* ---- numbers of a checkpoint --------------------------------------------- */

static double
kept_read(const struct lineage *job)
{
    double kept = 1;
    (void)(npz_number(job->checkpoint, "kept", &kept, NULL) == OK);
    return kept;
}

/* W as it stands in a dense checkpoint, by rows of what a neuron receives. */
static enum status
dense_read(const struct lineage *job, const char *name, size_t pre, size_t post,
           double **out, struct error *err)
{
    double *columns = NULL;
    enum status status = lineage_matrix(job, name, pre, post, &columns, err);
    if (status != OK)
        return status;
    *out = memory_array(post, pre * sizeof(double));
    if (*out == NULL)
        status = error_set(err, NO_MEMORY, "no memory for %zu x %zu weights",
                           post, pre);
    for (size_t i = 0; status == OK && i < post; i++)
        for (size_t j = 0; j < pre; j++)
            (*out)[i * pre + j] = columns[j * post + i];
    free(columns);
    return status;
}

/* ---- fixed weights and masks --------------------------------------------- */

/* Adds E D, with D from the job's checkpoint, to its parts. */
static enum status
learned_add(const struct lineage *job, const struct network *network,
            struct connections *parts, struct error *err)
{
    const size_t d = (size_t)network->dimensions;
    double *ff = NULL, *rec = NULL;
    enum status status =
        lineage_matrix(job, "D_ff", d, (size_t)network->neurons_ff, &ff, err);
    if (status == OK)
        status = lineage_matrix(job, "D_rec", d, (size_t)network->neurons_rec,
                                &rec, err);
    if (status == OK)
        status =
            connections_whole(parts, network, kept_read(job), ff, rec, err);
    free(ff);
    free(rec);
    return status;
}

enum status
lineage_whole(const struct lineage *job, const struct network *network,
              struct connections *out, struct error *err)
{
    const size_t n_ff = (size_t)network->neurons_ff;
    const size_t n_rec = (size_t)network->neurons_rec;
    enum status status;
    if (spec_is_dense(&job->spec)) {
        status = dense_read(job, "W_ff", n_ff, n_rec, &out->weights_ff, err);
        if (status == OK)
            status =
                dense_read(job, "W_rec", n_rec, n_rec, &out->weights_rec, err);
        return status;
    }
    status = lineage_parts(job, network, out, err);
    if (status == OK)
        status = learned_add(job, network, out, err);
    return status;
}

/* Where the command's stream gives weights: before the command, or, for their
 * places, after it and after the noise of decoders. */
static enum status
stream_find(const struct lineage *job, const struct network *network,
            struct random *out, struct error *err)
{
    const struct spec *spec = &job->spec;
    const bool shuffled = spec->weights.init == WEIGHTS_SHUFFLED;
    const bool spoiled = spec_spoils_decoders(spec) && spec->readout.seed < 0;
    const enum status status =
        drive_streams(spec, shuffled ? NULL : out, shuffled ? out : NULL, err);
    for (int64_t i = 0; status == OK && shuffled && spoiled &&
                        i < network->dimensions * network->neurons_rec;
         i++)
        (void)random_sample(out);
    return status;
}

static enum status
fixed_make(const struct lineage *job, const struct network *network,
           struct connections *out, struct error *err)
{
    const enum weights_init init = job->spec.weights.init;
    struct connections learned = {0};
    double *ff = NULL, *rec = NULL;
    struct random random;
    enum status status = stream_find(job, network, &random, err);
    if (status == OK && init == WEIGHTS_SHUFFLED)
        status = lineage_whole(job->start, network, &learned, err);
    if (status == OK && init == WEIGHTS_IDEAL)
        status = ideal_factors(&job->spec, network, &ff, &rec, err);
    const struct connections_sources sources = {
        .random = &random,
        .array = job->weights_array,
        .learned_ff = learned.weights_ff,
        .learned_rec = learned.weights_rec,
        .ideal_ff = ff,
        .ideal_rec = rec,
    };
    if (status == OK)
        status = connections_fix(&job->spec, network, &sources, out, err);
    connections_free(&learned);
    free(ff);
    free(rec);
    return status;
}

enum status
lineage_parts(const struct lineage *job, const struct network *network,
              struct connections *out, struct error *err)
{
    const struct lineage *fixed = lineage_fixed_by(job);
    enum status status = OK;
    if (fixed != NULL)
        status = fixed_make(fixed, network, out, err);
    if (status == OK)
        status =
            connections_thin(&lineage_thinned_by(job)->spec, network, out, err);
    return status;
}
