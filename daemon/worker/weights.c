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
    if (out->weights == ENGINE_WEIGHTS_DENSE || lineage_fixed_by(job) == NULL)
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
    const struct spec *thin = &lineage_thinned_by(job)->spec;
    enum status status = OK;
    if (job->checkpoint != NULL ||
        (lineage_goes_on(job) && spec_is_dense(&job->start->spec)))
        return connections_thin(thin, network, out, err);
    if (lineage_goes_on(job))
        status = lineage_whole(job->start, network, out, err);
    else if (weights_are_ideal_factors(&job->spec))
        status = ideal_make(job, network, out, err);
    else
        status = lineage_parts(job, network, out, err);
    if (status == OK && out->mask_ff == NULL)
        status = connections_thin(thin, network, out, err);
    return status;
}

enum status
weights_make(const struct lineage *job, const struct network *network,
             struct connections *out, struct error *err)
{
    return spec_is_dense(&job->spec) ? dense_make(job, network, out, err)
                                     : lineage_parts(job, network, out, err);
}
