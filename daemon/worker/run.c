/* run.c - one network under way.
 *
 * While the device simulates a slice, the drive of the next one is computed
 * here, in float64. Where a slice ends changes no bit of what it computes. */
#include "worker/worker_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLICE_FIRST   1000 /* steps, to learn how fast the device is         */
#define SLICE_SECONDS 0.25 /* s of wall time that a slice should take */

static enum status
slice_make(struct slice *slice, const struct drive *drive, struct error *err)
{
    const size_t d = (size_t)drive_dimensions(drive);
    const size_t d_in = (size_t)drive_dimensions_in(drive);
    struct drive_rows *rows = &slice->rows;
    rows->u = memory_array(SLICE_MOST * d_in, sizeof(double));
    rows->x = memory_array(SLICE_MOST * d, sizeof(double));
    rows->target = memory_array(SLICE_MOST * d, sizeof(double));
    rows->feedback = memory_array(SLICE_MOST, sizeof(double));
    rows->eta = memory_array(SLICE_MOST, sizeof(double));
    rows->gates = memory_array(SLICE_MOST, 1);
    slice->after = memory_array(drive_state_count(drive), sizeof(double));
    if (rows->u == NULL || rows->x == NULL || rows->target == NULL ||
        rows->feedback == NULL || rows->eta == NULL || rows->gates == NULL ||
        slice->after == NULL)
        return error_set(err, NO_MEMORY, "no memory for a slice");
    return OK;
}

static void
slice_free(struct slice *slice)
{
    free(slice->rows.u);
    free(slice->rows.x);
    free(slice->rows.target);
    free(slice->rows.feedback);
    free(slice->rows.eta);
    free(slice->rows.gates);
    free(slice->after);
    engine_state_free(&slice->reference_after);
}

static enum status
slices_make(struct run *run, struct error *err)
{
    enum status status = OK;
    run->drive_done =
        memory_array(drive_state_count(run->drive), sizeof(double));
    if (run->drive_done == NULL)
        return error_set(err, NO_MEMORY, "no memory for a run");
    drive_save(run->drive, run->drive_done);
    for (int i = 0; status == OK && i < 2; i++)
        status = slice_make(&run->slices[i], run->drive, err);
    return status;
}

/* Where it stands: at the job's checkpoint, or at t = 0. */
static enum status
state_make(struct run *run, const struct lineage *job, struct error *err)
{
    if (job->checkpoint != NULL)
        return checkpoint_restore(run, job->checkpoint, err);
    return weights_load(job, run->network, run->engine, err);
}

enum status
run_open(struct run *run, struct lineage *job, const struct worker *worker,
         struct error *err)
{
    const struct drive_sources sources = {
        .system_array = job->system_array,
        .input_array = job->input_array,
        .command = job->command,
    };

    memset(run, 0, sizeof(*run));
    run->spec = job->spec;
    run->engine = worker->engine;
    run->total = spec_steps(&run->spec);
    enum status status = record_open(&run->record, &run->spec, err);
    if (status == OK)
        status = seat_take(job, run->engine, worker->cache, &run->network, err);
    if (status == OK)
        status = drive_new(&run->spec, &sources, &run->drive, err);
    if (status == OK)
        status = slices_make(run, err);
    if (status == OK && job->reference != NULL)
        status = reference_open(&run->reference, job->reference, &run->spec,
                                worker, err);
    if (status == OK && job->reference != NULL)
        status = engine_save_passing(run->reference.engine, 0,
                                     &run->reference_done, err);
    if (status == OK)
        status = state_make(run, job, err);
    if (status != OK)
        run_close(run);
    return status;
}

void
run_close(struct run *run)
{
    network_free(run->network);
    reference_close(&run->reference);
    engine_state_free(&run->reference_done);
    drive_free(run->drive);
    record_close(&run->record);
    for (int i = 0; i < 2; i++)
        slice_free(&run->slices[i]);
    free(run->drive_done);
    memset(run, 0, sizeof(*run));
}

static int64_t
slice_length(const struct run *run)
{
    const int64_t most = spikes_steps_most(engine_shape(run->engine));
    const double steps = fmax(run->rate * SLICE_SECONDS, SLICE_FIRST);
    return steps < (double)most ? (int64_t)steps : most;
}

/* Lets the reference go through the slice and imitates it. */
static enum status
reference_prepare(struct run *run, struct slice *slice, struct error *err)
{
    const double *x_hat;
    enum status status = reference_run(&run->reference, slice, &x_hat, err);
    if (status != OK)
        return status;
    drive_imitate(run->drive, slice->steps, x_hat, &slice->rows);
    engine_state_free(&slice->reference_after);
    return engine_save_passing(run->reference.engine, 0,
                               &slice->reference_after, err);
}

enum status
run_prepare(struct run *run, int64_t until, struct error *err)
{
    struct slice *slice = &run->slices[1 - run->under_way];
    int64_t steps = slice_length(run);
    enum status status = OK;

    slice->first = drive_step(run->drive);
    slice->spikes = spikes_wanted(&run->spec, slice->first);
    const int64_t change = spikes_change(&run->spec, slice->first);
    if (until > change)
        until = change;
    if (steps > until - slice->first)
        steps = until - slice->first;
    slice->steps = steps;
    drive_advance(run->drive, steps, &slice->rows);
    if (run->reference.engine != NULL && steps > 0)
        status = reference_prepare(run, slice, err);
    drive_save(run->drive, slice->after);
    return status;
}

enum status
run_begin(struct run *run, struct error *err)
{
    run->under_way = 1 - run->under_way;
    run->began = clock_monotonic();
    const struct slice *slice = &run->slices[run->under_way];
    const struct engine_drive drive = {
        .steps = slice->steps,
        .u = slice->rows.u,
        .target = slice->rows.target,
        .feedback = slice->rows.feedback,
        .eta = slice->rows.eta,
        .gates = slice->rows.gates,
        .spikes = slice->spikes,
    };
    return engine_begin(run->engine, &drive, err);
}

enum status
run_end(struct run *run, struct engine_trace *trace, struct error *err)
{
    struct slice *slice = &run->slices[run->under_way];
    const enum status status = engine_end(run->engine, trace, err);
    if (status != OK)
        return status;
    const double now = clock_monotonic();
    run->rate = (double)trace->steps / (now - run->began + 1e-9);
    pace_take(&run->pace, trace->steps, now);
    run->done = slice->first + trace->steps;
    memcpy(run->drive_done, slice->after,
           drive_state_count(run->drive) * sizeof(double));
    if (run->reference.engine != NULL) {
        engine_state_free(&run->reference_done);
        run->reference_done = slice->reference_after;
        memset(&slice->reference_after, 0, sizeof(slice->reference_after));
    }
    return OK;
}
