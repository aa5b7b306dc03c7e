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

static bool
goes_on(const struct lineage *job)
{
    return job->start != NULL && job->spec.weights.init == WEIGHTS_ZERO;
}

/* The job in whose spec the fixed weights of this one stand, or NULL. */
static const struct lineage *
fixed_by(const struct lineage *job)
{
    while (goes_on(job))
        job = job->start;
    return spec_has_fixed_weights(&job->spec) ? job : NULL;
}

/* The one whose masks it has: the first of those that all miss some. */
static const struct lineage *
thinned_by(const struct lineage *job)
{
    while (goes_on(job) && job->start->spec.weights.connectivity < 1)
        job = job->start;
    return job;
}

static bool
is_dense(const struct spec *spec)
{
    return engine_shape_of(spec).weights == ENGINE_WEIGHTS_DENSE;
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

/* One matrix in float64 [owned]; NULL where the job has none of that name. */
static enum status
matrix_read(const struct lineage *job, const char *name, size_t rows,
            size_t columns, double **out, struct error *err)
{
    size_t shape[2] = {rows, columns};
    const enum status status =
        npz_need_doubles(job->checkpoint, name, 2, shape, out, err);
    if (status != OK)
        error_prefix(err, "job %lld: ", (long long)job->job);
    return status;
}

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
    enum status status = matrix_read(job, name, pre, post, &columns, err);
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
        matrix_read(job, "D_ff", d, (size_t)network->neurons_ff, &ff, err);
    if (status == OK)
        status = matrix_read(job, "D_rec", d, (size_t)network->neurons_rec,
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
    if (is_dense(&job->spec)) {
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

static enum status
fixed_make(const struct lineage *job, const struct network *network,
           struct connections *out, struct error *err)
{
    struct connections learned = {0};
    struct random random;
    struct connections_sources sources = {.random = &random,
                                          .array = job->weights_array};
    const bool shuffled = job->spec.weights.init == WEIGHTS_SHUFFLED;
    enum status status = drive_streams(&job->spec, shuffled ? NULL : &random,
                                       shuffled ? &random : NULL, err);
    if (status == OK && shuffled)
        status = whole_make(job->start, network, &learned, err);
    sources.learned_ff = learned.weights_ff;
    sources.learned_rec = learned.weights_rec;
    if (status == OK)
        status = connections_fix(&job->spec, network, &sources, out, err);
    connections_free(&learned);
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

/* W as it begins; of one that has it already, only which connections there are.
 */
static enum status
dense_make(const struct lineage *job, const struct network *network,
           struct connections *out, struct error *err)
{
    const struct spec *thin = &thinned_by(job)->spec;
    enum status status = OK;
    if (job->checkpoint != NULL ||
        (goes_on(job) && is_dense(&job->start->spec)))
        return connections_thin(thin, network, out, err);
    if (goes_on(job))
        status = whole_make(job->start, network, out, err);
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
    return is_dense(&job->spec) ? dense_make(job, network, out, err)
                                : parts_make(job, network, out, err);
}

/* ---- what was learned ---------------------------------------------------- */

/* Rounded where the engine's reals are shorter. */
static void
part_fill(const struct engine_part *part, size_t real, const double *from)
{
    for (size_t i = 0; i < part->rows * part->columns; i++)
        if (real == sizeof(double))
            ((double *)part->data)[i] = from[i];
        else
            ((float *)part->data)[i] = (float)from[i];
}

/* Whether start.job must have a part of that name. */
static bool
part_is_needed(const struct lineage *job, const char *name)
{
    if (strcmp(name, "learned_decoders") == 0)
        return false;
    if (strcmp(name, "W_ff") == 0 || strcmp(name, "W_rec") == 0)
        return is_dense(&job->start->spec);
    return job->spec.start.states || strcmp(name, "D_ff") == 0 ||
           strcmp(name, "D_rec") == 0;
}

/* One part of the state as start.job left it. Errors on their way stay behind:
 * their places go by steps, which begin anew. */
static enum status
part_take(const struct lineage *job, const struct engine_part *part,
          size_t real, struct error *err)
{
    double *numbers = NULL;
    if (strcmp(part->name, "ring") == 0)
        return OK;
    if (npz_find(job->start->checkpoint, part->name) == NULL &&
        !part_is_needed(job, part->name))
        return OK;
    const enum status status = matrix_read(job->start, part->name, part->rows,
                                           part->columns, &numbers, err);
    if (status == OK)
        part_fill(part, real, numbers);
    free(numbers);
    return status;
}

/* A readout that learns begins at zero, if nobody has learned it before. */
static void
readout_begin(struct engine_state *state)
{
    const struct engine_part *part =
        engine_state_find(state, "learned_decoders");
    if (part != NULL)
        memset(part->data, 0, part->rows * part->columns * state->real_size);
}

enum status
weights_load(const struct lineage *job, struct engine *engine,
             struct error *err)
{
    struct engine_state state;
    enum status status = engine_save(engine, 0, &state, err);
    if (status != OK)
        return status;
    readout_begin(&state);
    for (size_t i = 0; goes_on(job) && status == OK && i < state.count; i++)
        status = part_take(job, &state.parts[i], state.real_size, err);
    if (!job->spec.start.states)
        engine_state_forget(&state);
    if (status == OK)
        status = engine_load(engine, 0, &state, err);
    engine_state_free(&state);
    return status;
}
