/* run.c - one network under way.
 *
 * While the device simulates a slice, the drive of the next one is computed
 * here, in float64. Where a slice ends changes no bit of what it computes. */
#include "worker/worker_private.h"

#include <stdlib.h>
#include <string.h>

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

/* What else it stands on: who it imitates, and where it stood. */
static enum status
place_make(struct run *run, struct lineage *job, struct opencl *cl,
           struct error *err)
{
    enum status status = OK;
    if (job->reference != NULL)
        status = reference_open(&run->reference, job->reference, &run->spec, cl,
                                run->networks, err);
    if (status == OK && job->reference != NULL)
        status = engine_save_passing(run->reference.engine, 0,
                                     &run->reference_done, err);
    if (status == OK && job->checkpoint != NULL)
        status = checkpoint_place(run, job->checkpoint, err);
    return status;
}

enum status
run_open(struct run *run, struct lineage *job, struct opencl *cl,
         struct networks *networks, struct error *err)
{
    const struct drive_sources sources = {
        .system_array = job->system_array,
        .input_array = job->input_array,
        .command = job->command,
    };

    memset(run, 0, sizeof(*run));
    run->spec = job->spec;
    run->networks = networks;
    run->total = spec_steps(&run->spec);
    enum status status = record_open(&run->record, &run->spec, err);
    if (status == OK)
        status =
            seat_make(job, networks, &run->network, &run->connections, err);
    if (status == OK)
        status = drive_new(&run->spec, &sources, &run->drive, err);
    if (status == OK)
        status = slices_make(run, err);
    if (status == OK)
        status = place_make(run, job, cl, err);
    if (status != OK)
        run_close(run);
    return status;
}

void
run_close(struct run *run)
{
    connections_free(&run->connections);
    networks_give(run->networks, run->network);
    reference_close(&run->reference);
    engine_state_free(&run->reference_done);
    drive_free(run->drive);
    record_close(&run->record);
    for (int i = 0; i < 2; i++)
        slice_free(&run->slices[i]);
    free(run->drive_done);
    memset(run, 0, sizeof(*run));
}

/* Where it stands when it takes its first seat: at the job's checkpoint, or at
 * t = 0. */
static enum status
state_begin(const struct run *run, const struct lineage *job,
            struct engine *engine, int seat, struct error *err)
{
    if (job->checkpoint != NULL)
        return checkpoint_restore(run, job->checkpoint, engine, seat, err);
    return weights_load(job, run->network, engine, seat, err);
}

/* Fixed weights and masks are large, so they are kept no longer than until a
 * seat is taken; whoever moves to another makes them anew. */
enum status
run_rise(struct run *run, const struct lineage *job, struct error *err)
{
    return weights_make(job, run->network, &run->connections, err);
}

enum status
run_seat(struct run *run, const struct lineage *job, struct engine *engine,
         int seat, const struct engine_state *state, struct error *err)
{
    enum status status =
        seat_take(job, run->network, &run->connections, engine, seat, err);
    if (status == OK && state != NULL)
        status = engine_load(engine, seat, state, err);
    if (status == OK && state == NULL)
        status = state_begin(run, job, engine, seat, err);
    if (status == OK)
        connections_free(&run->connections);
    return status;
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

/* So many steps that slices of about one length end where they must. */
static int64_t
slice_length(int64_t most, int64_t left)
{
    const int64_t slices = (left + most - 1) / most;
    return slices < 1 ? 0 : (left + slices - 1) / slices;
}

void
run_plan(struct run *run, int64_t steps, int64_t until)
{
    struct slice *slice = &run->slices[1 - run->under_way];
    slice->first = drive_step(run->drive);
    slice->spikes = spikes_wanted(&run->spec, slice->first);
    const int64_t change = spikes_change(&run->spec, slice->first);
    if (until > change)
        until = change;
    slice->steps = slice_length(steps, until - slice->first);
}

void
run_drive(struct run *const runs[], int count)
{
    struct drive *drives[RUNS_MOST];
    const struct drive_rows *rows[RUNS_MOST];
    int64_t steps[RUNS_MOST];
    for (int i = 0; i < count; i++) {
        struct slice *slice = &runs[i]->slices[1 - runs[i]->under_way];
        drives[i] = runs[i]->drive;
        rows[i] = &slice->rows;
        steps[i] = slice->steps;
    }
    drive_advance_all(drives, steps, rows, count);
}

enum status
run_prepare(struct run *run, struct error *err)
{
    struct slice *slice = &run->slices[1 - run->under_way];
    enum status status = OK;
    if (run->reference.engine != NULL && slice->steps > 0)
        status = reference_prepare(run, slice, err);
    drive_save(run->drive, slice->after);
    return status;
}

struct engine_drive
run_next(const struct run *run)
{
    const struct slice *slice = &run->slices[1 - run->under_way];
    return (struct engine_drive){
        .steps = slice->steps,
        .u = slice->rows.u,
        .target = slice->rows.target,
        .feedback = slice->rows.feedback,
        .eta = slice->rows.eta,
        .gates = slice->rows.gates,
        .spikes = slice->spikes,
    };
}

void
run_begin(struct run *run)
{
    run->under_way = 1 - run->under_way;
}

void
run_end(struct run *run, const struct engine_trace *trace, double seconds)
{
    struct slice *slice = &run->slices[run->under_way];
    run->rate = (double)trace->steps / seconds;
    pace_take(&run->pace, trace->steps, clock_monotonic());
    run->done = slice->first + trace->steps;
    memcpy(run->drive_done, slice->after,
           drive_state_count(run->drive) * sizeof(double));
    if (run->reference.engine == NULL)
        return;
    engine_state_free(&run->reference_done);
    run->reference_done = slice->reference_after;
    memset(&slice->reference_after, 0, sizeof(slice->reference_after));
}
