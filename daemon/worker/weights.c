/* weights.c - what the weights of a job begin as.
 *
 *   W = m (W0 + E D)   doc/model.md, section 3
 *
 * W0 and m are those of the first of the line that has any, made anew from its
 * seeds; D, or W itself where it is held entry by entry, and learned decoders
 * are those of start.job; whatever nobody gives is zero. */
#include "worker/worker_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- how they are held --------------------------------------------------- */

/* The job in whose spec the fixed weights of this one stand, or NULL. */
static const struct lineage *
fixed_by(const struct lineage *job)
{
    while (lineage_goes_on(job))
        job = job->start;
    return spec_has_fixed_weights(&job->spec) ? job : NULL;
}

/* The one whose masks it has: the first of those that all miss some. */
static const struct lineage *
thinned_by(const struct lineage *job)
{
    while (lineage_goes_on(job) && job->start->spec.weights.connectivity < 1)
        job = job->start;
    return job;
}

bool
weights_are_ideal_factors(const struct spec *spec)
{
    return spec->weights.init == WEIGHTS_IDEAL && !spec_has_fixed_weights(spec);
}

/* Whoever hands jobs out has seen to it that networks and connections fit. */
enum status
weights_shape(const struct lineage *job, struct engine_shape *out,
              struct error *err)
{
    *out = engine_shape_of(&job->spec);
    if (out->weights == ENGINE_WEIGHTS_DENSE || fixed_by(job) == NULL)
        return OK;
    if (job->spec.compute.engine == ENGINE_FACTORED)
        return error_set(err, INVALID,
                         "job %lld has weights that are no factors, so "
                         "compute.engine must not be \"factored\"",
                         (long long)job->start->job);
    out->weights = ENGINE_WEIGHTS_GATHERED;
    out->weights_fixed = true;
    return OK;
}

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

static enum status parts_make(const struct lineage *job,
                              const struct network *network,
                              struct connections *out, struct error *err);

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

/* W itself, as a job had it at its checkpoint. */
static enum status
whole_make(const struct lineage *job, const struct network *network,
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
    status = parts_make(job, network, out, err);
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
        status = whole_make(job->start, network, &learned, err);
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

/* W0 and m, where the job has them. */
static enum status
parts_make(const struct lineage *job, const struct network *network,
           struct connections *out, struct error *err)
{
    const struct lineage *fixed = fixed_by(job);
    enum status status = OK;
    if (fixed != NULL)
        status = fixed_make(fixed, network, out, err);
    if (status == OK)
        status = connections_thin(&thinned_by(job)->spec, network, out, err);
    return status;
}

/* What is ideal and held as whole weights, not as factors. */
static enum status
ideal_make(const struct lineage *job, const struct network *network,
           struct connections *out, struct error *err)
{
    double *ff = NULL, *rec = NULL;
    enum status status = ideal_factors(&job->spec, network, &ff, &rec, err);
    if (status == OK)
        status = connections_whole(out, network, 1, ff, rec, err);
    free(ff);
    free(rec);
    return status;
}

/* W as it begins; of one that has it already, only which connections there are.
 */
static enum status
dense_make(const struct lineage *job, const struct network *network,
           struct connections *out, struct error *err)
{
    const struct spec *thin = &thinned_by(job)->spec;
    enum status status = OK;
    if (job->checkpoint != NULL ||
        (lineage_goes_on(job) && spec_is_dense(&job->start->spec)))
        return connections_thin(thin, network, out, err);
    if (lineage_goes_on(job))
        status = whole_make(job->start, network, out, err);
    else if (weights_are_ideal_factors(&job->spec))
        status = ideal_make(job, network, out, err);
    else
        status = parts_make(job, network, out, err);
    if (status == OK && out->mask_ff == NULL)
        status = connections_thin(thin, network, out, err);
    return status;
}

enum status
weights_make(const struct lineage *job, const struct network *network,
             struct connections *out, struct error *err)
{
    return spec_is_dense(&job->spec) ? dense_make(job, network, out, err)
                                     : parts_make(job, network, out, err);
}
