/* learned.c - what a network that was just seated has learned already: in other
 * jobs, or because its weights are ideal. */
#include "worker/worker_private.h"

#include <stdlib.h>
#include <string.h>

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

/* Whether a checkpoint must have a part of that name, to go on from. */
static bool
part_is_needed(const struct lineage *from, bool states, const char *name)
{
    if (strcmp(name, "learned_decoders") == 0 || strcmp(name, "current") == 0)
        return false;
    if (strcmp(name, "W_ff") == 0 || strcmp(name, "W_rec") == 0)
        return spec_is_dense(&from->spec);
    return states || strcmp(name, "D_ff") == 0 || strcmp(name, "D_rec") == 0;
}

/* One part of the state as a checkpoint has it. Errors on their way stay
 * behind: their places go by steps, which begin anew. */
static enum status
part_take(const struct lineage *from, bool states,
          const struct engine_part *part, size_t real, struct error *err)
{
    double *numbers = NULL;
    if (strcmp(part->name, "ring") == 0)
        return OK;
    if (npz_find(from->checkpoint, part->name) == NULL &&
        !part_is_needed(from, states, part->name))
        return OK;
    const enum status status = lineage_matrix(from, part->name, part->rows,
                                              part->columns, &numbers, err);
    if (status == OK)
        part_fill(part, real, numbers);
    free(numbers);
    return status;
}

/* The current of each neuron where the job before kept it as d numbers, which
 * are the first of its filters. */
static void
current_make(const struct network *network, struct engine_state *state)
{
    const struct engine_part *current = engine_state_find(state, "current");
    const size_t d = (size_t)network->dimensions, size = state->real_size;
    const char *z = engine_state_find(state, "filters")->data;
    for (size_t i = 0; i < current->columns; i++) {
        const double *E = network->scaled_encoders_rec + i * d;
        double sum = 0;
        for (size_t k = 0; k < d; k++)
            sum += E[k] * (size == sizeof(double) ? ((const double *)z)[k]
                                                  : ((const float *)z)[k]);
        if (size == sizeof(double))
            ((double *)current->data)[i] = sum;
        else
            ((float *)current->data)[i] = (float)sum;
    }
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

static enum status
ideal_take(const struct lineage *job, const struct network *network,
           struct engine_state *state, struct error *err)
{
    const struct engine_part *ff = engine_state_find(state, "D_ff");
    const struct engine_part *rec = engine_state_find(state, "D_rec");
    double *numbers_ff = NULL, *numbers_rec = NULL;
    if (ff == NULL || rec == NULL)
        return OK;
    const enum status status =
        ideal_factors(&job->spec, network, &numbers_ff, &numbers_rec, err);
    if (status == OK) {
        part_fill(ff, state->real_size, numbers_ff);
        part_fill(rec, state->real_size, numbers_rec);
    }
    free(numbers_ff);
    free(numbers_rec);
    return status;
}

/* Whose checkpoint has it: the job's own, of one that is imitated. */
static const struct lineage *
learned_by(const struct lineage *job)
{
    if (job->checkpoint != NULL)
        return job;
    return lineage_goes_on(job) ? job->start : NULL;
}

enum status
weights_load(const struct lineage *job, const struct network *network,
             struct engine *engine, int seat, struct error *err)
{
    const bool states = job->spec.start.states && job->checkpoint == NULL;
    const struct lineage *from = learned_by(job);
    struct engine_state state;
    enum status status = engine_save(engine, seat, &state, err);
    if (status != OK)
        return status;
    readout_begin(&state);
    if (from == NULL && weights_are_ideal_factors(&job->spec))
        status = ideal_take(job, network, &state, err);
    for (size_t i = 0; from != NULL && status == OK && i < state.count; i++)
        status = part_take(from, states, &state.parts[i], state.real_size, err);
    if (states && status == OK && engine_state_find(&state, "current") &&
        npz_find(from->checkpoint, "current") == NULL)
        current_make(network, &state);
    if (!states)
        engine_state_forget(&state);
    if (status == OK)
        status = engine_load(engine, seat, &state, err);
    engine_state_free(&state);
    return status;
}
