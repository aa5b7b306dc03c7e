/* errand_slice.c - an errand from slice to slice: what is to be kept of it
 * while the device rests, and what is told and prepared while it works again.
 */
#include "worker/errand_private.h"

#include <math.h>
#include <stdio.h>

#define REPORT_SECONDS     0.5  /* of wall time between two reports,          */
#define REPORT_EACH        0.03 /* or so much for each that shares the device */
#define CHECKPOINT_SECONDS 5.0  /* of wall time between rolling checkpoints,  */
#define CHECKPOINT_PART    0.01 /* or this part of the job, if that is later  */

/* ---- while the device rests ---------------------------------------------- */

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
    return !errand->out &&
           clock_monotonic() - errand->checkpointed >= CHECKPOINT_SECONDS &&
           (double)(run->done - errand->saved) >=
               CHECKPOINT_PART * (double)run->total;
}

static size_t
finite_count(const double *numbers, size_t count)
{
    size_t i = 0;
    while (i < count && isfinite(numbers[i]))
        i++;
    return i;
}

/* A run that is not finite ends. Where it stopped being so: the first step at
 * which the estimate shows it, or the last of the slice. */
static void
errand_diverge(struct errand *errand, const struct engine_trace *trace)
{
    const struct run *run = &errand->run;
    const int64_t first = run->done - trace->steps;
    const size_t d = (size_t)run->record.dimensions;
    const size_t count = (size_t)trace->steps * d;
    const size_t here = finite_count(trace->x_hat, count);
    const size_t there =
        finite_count(run->slices[run->under_way].rows.x, count);
    const bool reference = there < count && there <= here;
    const size_t i = reference ? there : here < count ? here : count - 1;
    char reason[128];
    snprintf(reason, sizeof(reason), "%s not finite any more, from t = %.3f s",
             reference ? "the reference is"
                       : "the estimate, the weights or a neuron are",
             (double)(first + 1 + (int64_t)(i / d)) * SPEC_DT);
    errand_leave(errand, "diverged", reason);
}

const char *
errand_kind(const struct errand *errand)
{
    const struct run *run = &errand->run;
    if (run->done >= run->total)
        return "final";
    if (snapshot_is_due(run))
        return "snapshot";
    return errand_must_stop(errand) || checkpoint_is_due(errand) ? "rolling"
                                                                 : NULL;
}

enum status
errand_pause(struct errand *errand, struct engine *engine,
             const struct engine_trace *trace, double seconds,
             struct error *err)
{
    struct run *run = &errand->run;
    if (errand->stage != STAGE_SEATED)
        return OK; /* the lease is lost */
    if (errand->status != OK) {
        errand_fail(errand, errand->status, &errand->err);
        return OK;
    }
    if (trace->steps > 0) {
        run_end(run, trace, seconds);
        if (!trace->finite) {
            engine_unpack(engine, errand->seat);
            errand_diverge(errand, trace);
            return OK;
        }
        errand->trace = *trace;
        errand->told = &run->slices[run->under_way];
        errand->fresh = true;
    } else if (run->done < run->total && !errand_must_stop(errand)) {
        return OK;
    }
    errand->kind = errand_kind(errand);
    if (run->done >= run->total)
        errand_leave(errand, "succeeded", NULL);
    else if (errand_must_stop(errand))
        errand_leave(errand, errand_last_state(errand), NULL);
    if (errand->checkpoint_kind != NULL && errand->checkpoint_step == run->done)
        errand->kind = NULL; /* it is kept already */
    if (errand->kind == NULL)
        return OK;
    return engine_save(engine, errand->seat, &errand->state, err);
}

/* ---- while it works ------------------------------------------------------ */

static void
fault_take(struct errand *errand, enum status status)
{
    if (status != OK && errand->status == OK)
        errand->status = status;
}

void
errand_record(struct errand *errand)
{
    struct run *run = &errand->run;
    if (!errand->fresh)
        return;
    errand->fresh = false;
    engine_unpack(errand->engine, errand->seat);
    fault_take(errand, record_slice(&run->record, errand->told->first,
                                    &errand->told->rows, &errand->trace,
                                    run->rate, &errand->err));
}

static void
checkpoint_keep(struct errand *errand)
{
    struct run *run = &errand->run;
    if (errand->kind == NULL)
        return;
    const enum status status =
        checkpoint_make(run, &errand->state, &errand->checkpoint, &errand->err);
    engine_state_free(&errand->state);
    fault_take(errand, status);
    errand->checkpoint_kind = status == OK ? errand->kind : NULL;
    errand->checkpoint_step = errand->saved = run->done;
    errand->checkpointed = clock_monotonic();
    errand->kind = NULL;
}

/* Some things must be told before anything follows: only the last checkpoint is
 * remembered, and a report has one stretch of spikes. */
static bool
must_tell(const struct errand *errand)
{
    const struct run *run = &errand->run;
    return (errand->checkpoint_kind != NULL && snapshot_is_due(run) &&
            errand->checkpoint_step == run->done) ||
           spikes_are_due(&run->record.spikes, &run->spec, run->done);
}

static void
tell(struct errand *errand)
{
    const double since = clock_monotonic() - errand->reported;
    const double pause =
        fmax(REPORT_SECONDS, REPORT_EACH * errand->worker->seated);
    if (errand->out)
        errand->held = must_tell(errand);
    else if (errand->checkpoint_kind != NULL || must_tell(errand) ||
             since >= pause)
        letter_send(errand, "running");
}

void
errand_go_on(struct errand *errand)
{
    errand_record(errand);
    checkpoint_keep(errand);
    if (errand->stage == STAGE_SEATED && errand->status == OK)
        tell(errand);
    if (errand->stage == STAGE_LEAVING && !errand->out)
        letter_send(errand, errand->last);
}

static bool
wants_slice(const struct errand *errand)
{
    return errand->stage <= STAGE_SEATED && errand->status == OK &&
           !errand->sliced;
}

void
errand_prepare(struct errand *const errands[], int count, int64_t steps)
{
    struct run *runs[RUNS_MOST] = {NULL};
    struct errand *who[RUNS_MOST];
    int some = 0;
    for (int i = 0; i < count; i++) {
        struct run *run = &errands[i]->run;
        if (!wants_slice(errands[i]))
            continue;
        run_plan(run, steps, snapshot_after(run, drive_step(run->drive)));
        who[some] = errands[i];
        runs[some++] = run;
    }
    run_drive(runs, some);
    for (int i = 0; i < some; i++) {
        who[i]->sliced = true;
        fault_take(who[i], run_prepare(runs[i], &who[i]->err));
        if (who[i]->stage == STAGE_SEATED)
            errand_pack(who[i]);
    }
}

void
errand_pack(struct errand *errand)
{
    const struct engine_drive drive = run_next(&errand->run);
    if (errand->packed)
        return;
    fault_take(errand,
               engine_pack(errand->engine, errand->seat, &drive, &errand->err));
    errand->packed = true;
}

/* What the slice before brought is to be told first, and a report is on its way
 * already: were another slice to end before it has gone, its own would take the
 * place of that. */
static bool
must_wait(const struct errand *errand)
{
    const struct run *run = &errand->run;
    return errand->out &&
           (errand->kind != NULL ||
            spikes_are_due(&run->record.spikes, &run->spec, run->done));
}

bool
errand_can_begin(struct errand *errand)
{
    if (errand->stage == STAGE_SEATED && must_wait(errand))
        errand->held = true;
    return errand->stage == STAGE_SEATED && !errand->held && errand->sliced &&
           errand->status == OK;
}

void
errand_begin(struct errand *errand)
{
    errand->sliced = errand->packed = false;
    run_begin(&errand->run);
}
