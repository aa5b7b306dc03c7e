/* job.c - one job, slice by slice: when to report, when to keep a checkpoint,
 * when to stop. */
#include "worker/worker_private.h"

#include <math.h>
#include <stdio.h>

#define REPORT_SECONDS     0.5  /* of wall time between two reports           */
#define CHECKPOINT_SECONDS 5.0  /* of wall time between rolling checkpoints,  */
#define CHECKPOINT_PART    0.01 /* or this part of the job, if that is later  */

/* The next step at which a snapshot is due, after `step`. */
static int64_t
snapshot_after(const struct run *run, int64_t step)
{
    const int64_t count = run->spec.record.snapshots;
    if (count < 1)
        return run->total;
    for (int64_t i = step * count / run->total; i <= count; i++) {
        const int64_t due =
            llround((double)run->total * (double)i / (double)count);
        if (due > step)
            return due;
    }
    return run->total;
}

static bool
snapshot_is_due(const struct run *run)
{
    return run->spec.record.snapshots > 0 && run->done > 0 &&
           snapshot_after(run, run->done - 1) == run->done;
}

static bool
checkpoint_is_due(const struct errand *errand)
{
    const struct run *run = &errand->run;
    return clock_monotonic() - errand->checkpointed >= CHECKPOINT_SECONDS &&
           (double)(run->done - errand->saved) >=
               CHECKPOINT_PART * (double)run->total;
}

static enum status
checkpoint_keep(struct errand *errand, const char *kind, struct error *err)
{
    const enum status status =
        errand->rl != NULL
            ? episodes_save(errand, &errand->checkpoint, err)
            : checkpoint_make(&errand->run, &errand->checkpoint, err);
    if (status != OK)
        return status;
    errand->checkpoint_kind = kind;
    errand->checkpoint_step = errand->saved = errand->run.done;
    errand->checkpointed = clock_monotonic();
    return OK;
}

static size_t
finite_count(const double *numbers, size_t count)
{
    size_t i = 0;
    while (i < count && isfinite(numbers[i]))
        i++;
    return i;
}

/* Where a run that is not finite stopped being so: the first step at which the
 * estimate shows it, or the last of the slice. */
static void
divergence_say(const struct run *run, const struct engine_trace *trace,
               char *out, size_t size)
{
    const int64_t first = run->done - trace->steps;
    const size_t d = (size_t)run->record.dimensions;
    const size_t count = (size_t)trace->steps * d;
    const size_t here = finite_count(trace->x_hat, count);
    const size_t there =
        finite_count(run->slices[run->under_way].rows.x, count);
    const bool reference = there < count && there <= here;
    const size_t i = reference ? there : here < count ? here : count - 1;
    snprintf(out, size, "%s not finite any more, from t = %.3f s",
             reference ? "the reference is"
                       : "the estimate, the weights or a neuron are",
             (double)(first + 1 + (int64_t)(i / d)) * SPEC_DT);
}

enum turn
turn_taken(const struct errand *errand, enum order order)
{
    if (errand->run.done >= errand->run.total)
        return TURN_FINISHED;
    if (order != ORDER_GO || *errand->worker->stop)
        return TURN_STOP;
    return TURN_ON;
}

enum status
checkpoint_if_due(struct errand *errand, enum turn turn, struct error *err)
{
    if (turn == TURN_FINISHED)
        return checkpoint_keep(errand, "final", err);
    if (snapshot_is_due(&errand->run))
        return checkpoint_keep(errand, "snapshot", err);
    if (turn == TURN_STOP || checkpoint_is_due(errand))
        return checkpoint_keep(errand, "rolling", err);
    return OK;
}

bool
report_is_due(const struct errand *errand)
{
    const struct run *run = &errand->run;
    return errand->checkpoint_kind != NULL ||
           spikes_are_due(&run->record.spikes, &run->spec, run->done) ||
           clock_monotonic() - errand->reported >= REPORT_SECONDS;
}

/* One slice ends, the next begins, and what the first did is told meanwhile.
 * A checkpoint is taken between the two. */
static enum status
slice_turn(struct errand *errand, enum turn *turn, enum order *order,
           struct error *err)
{
    struct run *run = &errand->run;
    struct engine_trace trace;
    char reason[256];

    enum status status = run_end(run, &trace, err);
    if (status != OK)
        return status;
    if (!trace.finite) {
        *turn = TURN_STOP;
        divergence_say(run, &trace, reason, sizeof(reason));
        return report_send(errand, "diverged", reason, order, err);
    }
    const struct slice *done = &run->slices[run->under_way];
    status = record_slice(&run->record, done->first, &done->rows, &trace,
                          run->rate, err);
    *turn = turn_taken(errand, *order);
    if (status == OK)
        status = checkpoint_if_due(errand, *turn, err);
    if (status == OK && *turn == TURN_ON)
        status = run_begin(run, err);
    if (status != OK || *turn != TURN_ON)
        return status;
    if (report_is_due(errand))
        status = report_send(errand, "running", NULL, order, err);
    if (status != OK)
        return status;
    return run_prepare(run, snapshot_after(run, drive_step(run->drive)), err);
}

const char *
turn_state(enum turn turn, enum order order)
{
    if (turn == TURN_FINISHED)
        return "succeeded";
    return order == ORDER_CANCEL ? "cancelled" : "released";
}

static enum status
errand_run(struct errand *errand, enum order order, struct error *err)
{
    struct run *run = &errand->run;
    enum turn turn = turn_taken(errand, order);
    bool told = false;

    enum status status = report_send(errand, "running", NULL, &order, err);
    if (status == OK && turn == TURN_ON) {
        status = run_prepare(run, snapshot_after(run, run->done), err);
        if (status == OK)
            status = run_begin(run, err);
        if (status == OK)
            status = run_prepare(
                run, snapshot_after(run, drive_step(run->drive)), err);
    }
    while (status == OK && turn == TURN_ON) {
        status = slice_turn(errand, &turn, &order, err);
        told = turn == TURN_STOP && errand->checkpoint_kind == NULL;
    }
    if (status != OK || told)
        return status;
    return report_send(errand, turn_state(turn, order), NULL, &order, err);
}

static void
errand_close(struct errand *errand)
{
    run_close(&errand->run);
    lineage_free(&errand->job);
    rl_free(errand->rl);
    bytes_free(&errand->checkpoint);
}

/* A job that came when we had been told to stop already. */
static enum status
job_give_back(struct worker *worker, struct grant *grant, struct error *err)
{
    struct errand errand = {
        .worker = worker, .grant = grant, .run.done = grant->step};
    enum order order;
    const enum status status =
        report_send(&errand, "released", NULL, &order, err);
    return status == CONFLICT ? OK : status;
}

/* Whether a failure is the device's or the daemon's, and not this job's. */
static bool
is_beyond_job(enum status status)
{
    return status == UNAVAILABLE || status == DENIED;
}

static enum status
errand_serve(struct errand *errand, enum order *order, struct error *err)
{
    if (errand->grant->spec.rl.task != RL_NONE)
        return episodes_run(errand, *order, err);
    const enum status status = errand_prepare(errand, order, err);
    return status == OK ? errand_run(errand, *order, err) : status;
}

enum status
job_serve(struct worker *worker, struct grant *grant, struct error *err)
{
    struct errand errand = {.worker = worker, .grant = grant};
    enum order order = ORDER_GO;
    if (*worker->stop)
        return job_give_back(worker, grant, err);
    log_event(LOG_LEVEL_INFO, "job_begin", "job=%lld resume=%s",
              (long long)grant->job, grant->resume ? "yes" : "no");
    enum status status = errand_serve(&errand, &order, err);
    if (status != OK && worker->engine != NULL) {
        engine_close(worker->engine); /* it may be in the middle of a slice */
        worker->engine = NULL;
    }
    if (status == CONFLICT) {
        log_event(LOG_LEVEL_WARNING, "lease_lost", "job=%lld",
                  (long long)grant->job);
        status = OK;
    } else if (status != OK && !is_beyond_job(status)) {
        struct error reason = *err;
        status = report_send(&errand, "failed", reason.text, &order, err);
    }
    log_event(LOG_LEVEL_INFO, "job_end", "job=%lld t=%g status=%s",
              (long long)grant->job,
              (double)errand.run.done * spec_step_length(&grant->spec),
              status_name(status));
    errand_close(&errand);
    return status;
}
