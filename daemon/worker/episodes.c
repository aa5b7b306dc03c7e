/* episodes.c - a job that learns by reinforcement, episode by episode, on the
 * processor alone.
 *
 * Only between two episodes there is something to save. So one that is told to
 * stop first ends its episode, if that does not take long; else it goes on from
 * the checkpoint before, and learns the same again. */
#include "worker/worker_private.h"

#include <stdio.h>

#define ACTIONS      10000 /* between two looks at the clock: some 50 ms      */
#define STOP_SECONDS 0.3   /* for the end of an episode                       */

/* The arrays of rl_save(), of which torque is what was learned; t and step,
 * both in episodes. */
enum status
episodes_save(const struct errand *errand, struct bytes *out, struct error *err)
{
    struct npz_array arrays[RL_ARRAYS + 2];
    const double t = (double)errand->run.done;
    rl_save(errand->rl, arrays);
    arrays[RL_ARRAYS] = npz_view("t", NPZ_FLOAT64, &t, 0);
    arrays[RL_ARRAYS + 1] = npz_view("step", NPZ_INT64, &errand->run.done, 0);
    return npz_write(arrays, ARRAY_LENGTH(arrays), out, err);
}

static enum status
state_restore(struct errand *errand, struct error *err)
{
    const struct npz *checkpoint = errand->job.checkpoint;
    double step;
    if (checkpoint == NULL && errand->job.start != NULL)
        return rl_continue(errand->rl, errand->job.start->checkpoint, err);
    if (checkpoint == NULL)
        return OK;
    enum status status = rl_restore(errand->rl, checkpoint, err);
    if (status == OK)
        status = npz_number(checkpoint, "step", &step, err);
    if (status == OK && step != (double)rl_episodes(errand->rl))
        status = error_set(err, CORRUPT, "step %g is not its episode", step);
    if (status != OK)
        error_prefix(err, "checkpoint: ");
    return status;
}

static enum status
episodes_open(struct errand *errand, struct error *err)
{
    struct run *run = &errand->run;
    enum status status =
        lineage_fetch(errand->worker->link, errand->grant, &errand->job, err);
    run->spec = errand->grant->spec;
    run->total = spec_steps(&run->spec);
    if (status == OK)
        status = rl_new(&run->spec, &errand->rl, err);
    if (status == OK)
        status = state_restore(errand, err);
    if (status != OK)
        return status;
    run->done = errand->saved = rl_episodes(errand->rl);
    errand->reported = errand->checkpointed = clock_monotonic();
    snprintf(errand->line, sizeof(errand->line), "learning from episode %lld",
             (long long)run->done);
    return OK;
}

/* Some actions, and what they were the end of. */
static enum status
episode_advance(struct errand *errand, struct error *err)
{
    struct run *run = &errand->run;
    enum status status = rl_advance(errand->rl, ACTIONS, err);
    if (status != OK || rl_episodes(errand->rl) == run->done)
        return status;
    const double row[2] = {(double)run->done, rl_times(errand->rl)[run->done]};
    run->done = rl_episodes(errand->rl);
    pace_take(&run->pace, 1, clock_monotonic());
    status = bytes_append(&run->record.episodes, row, sizeof(row));
    return status == OK ? OK : error_set(err, status, "no memory for episodes");
}

/* `*stopped` is when it was told to stop first, s; 0: it was not. */
static enum status
episode_turn(struct errand *errand, double *stopped, enum turn *turn,
             enum order *order, struct error *err)
{
    enum status status = episode_advance(errand, err);
    if (status != OK)
        return status;
    *turn = turn_taken(errand, *order);
    if (rl_is_between(errand->rl))
        status = checkpoint_if_due(errand, *turn, err);
    else if (*turn == TURN_STOP) {
        if (*stopped == 0)
            *stopped = clock_monotonic();
        if (clock_monotonic() - *stopped < STOP_SECONDS)
            *turn = TURN_ON;
    }
    if (status != OK || *turn != TURN_ON || !report_is_due(errand))
        return status;
    return report_send(errand, "running", NULL, order, err);
}

enum status
episodes_run(struct errand *errand, enum order order, struct error *err)
{
    double stopped = 0;
    enum status status = episodes_open(errand, err);
    if (status == OK)
        status = report_send(errand, "running", NULL, &order, err);
    enum turn turn = turn_taken(errand, order);
    while (status == OK && turn == TURN_ON)
        status = episode_turn(errand, &stopped, &turn, &order, err);
    if (status != OK)
        return status;
    return report_send(errand, turn_state(turn, order), NULL, &order, err);
}
