/* episodes.c - a job that learns by reinforcement, episode by episode, on the
 * processor alone.
 *
 * Only between two episodes there is something to save. So one that is told to
 * stop first ends its episode, if that does not take long; else it goes on from
 * the checkpoint before, and learns the same again. */
#include "worker/errand_private.h"

#include <stdio.h>

#define ACTIONS        10000 /* between two looks at the clock: some 50 ms      */
#define STOP_SECONDS   0.3 /* for the end of an episode                       */
#define REPORT_SECONDS 0.5 /* between two reports */

/* The arrays of rl_save(), of which torque is what was learned; t and step,
 * both in episodes. */
static enum status
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
episodes_open(struct errand *errand, struct daemon_link *link,
              struct error *err)
{
    struct run *run = &errand->run;
    enum status status = lineage_fetch(link, &errand->grant, &errand->job, err);
    run->spec = errand->grant.spec;
    run->total = spec_steps(&run->spec);
    if (status == OK)
        status = rl_new(&run->spec, &errand->rl, err);
    if (status == OK)
        status = state_restore(errand, err);
    if (status != OK)
        return status;
    run->done = errand->saved = rl_episodes(errand->rl);
    errand->checkpointed = clock_monotonic();
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

static enum status
checkpoint_if_due(struct errand *errand, struct error *err)
{
    const char *kind = errand_kind(errand);
    if (kind == NULL)
        return OK;
    errand->checkpoint_kind = kind;
    errand->checkpoint_step = errand->saved = errand->run.done;
    errand->checkpointed = clock_monotonic();
    return episodes_save(errand, &errand->checkpoint, err);
}

static enum status
tell(struct errand *errand, const char *state, struct daemon_link *link,
     struct error *err)
{
    struct bytes report = {0};
    enum status status = report_make(errand, state, NULL, &report, err);
    if (status == OK)
        status =
            daemon_report(link, &errand->grant, &report, &errand->order, err);
    errand->reported = clock_monotonic();
    bytes_free(&report);
    return status;
}

/* `*stopped` is when it was told to stop first, s; 0: it was not. */
static enum status
episode_turn(struct errand *errand, struct daemon_link *link, double *stopped,
             bool *on, struct error *err)
{
    enum status status = episode_advance(errand, err);
    const bool finished = errand->run.done >= errand->run.total;
    const bool stops = errand_must_stop(errand);
    if (status != OK)
        return status;
    if (rl_is_between(errand->rl))
        status = checkpoint_if_due(errand, err);
    if (stops && *stopped == 0)
        *stopped = clock_monotonic();
    *on =
        !finished && (!stops || (!rl_is_between(errand->rl) &&
                                 clock_monotonic() - *stopped < STOP_SECONDS));
    if (status != OK || !*on ||
        (errand->checkpoint_kind == NULL &&
         clock_monotonic() - errand->reported < REPORT_SECONDS))
        return status;
    return tell(errand, "running", link, err);
}

enum status
episodes_run(struct errand *errand, struct daemon_link *link, struct error *err)
{
    double stopped = 0;
    bool on = true;
    enum status status = episodes_open(errand, link, err);
    if (status == OK)
        status = tell(errand, "running", link, err);
    on = errand->run.done < errand->run.total && !errand_must_stop(errand);
    while (status == OK && on)
        status = episode_turn(errand, link, &stopped, &on, err);
    if (status != OK)
        return status;
    errand->last = errand->run.done >= errand->run.total
                       ? "succeeded"
                       : errand_last_state(errand);
    return tell(errand, errand->last, link, err);
}
