/* run.c - one network under way.
 *
 * While the device simulates a slice, the drive of the next one is computed
 * here, in float64. Where a slice ends changes no bit of what it computes. */
#include "worker/worker_private.h"

#include <stdlib.h>
#include <string.h>

#define SLICE_FIRST   1000 /* steps, to learn how fast the device is         */
#define SLICE_SECONDS 0.25 /* s of wall time that a slice should take */

static enum status
slice_make(struct slice *slice, int d, int d_in, struct error *err)
{
    slice->u = memory_array(SLICE_MOST * (size_t)d_in, sizeof(double));
    slice->x = memory_array(SLICE_MOST * (size_t)d, sizeof(double));
    slice->gates = memory_array(SLICE_MOST, 1);
    if (slice->u == NULL || slice->x == NULL || slice->gates == NULL)
        return error_set(err, NO_MEMORY, "no memory for a slice");
    return OK;
}

enum status
run_open(struct run *run, const struct spec *spec, struct engine *engine,
         const char *cache, struct error *err)
{
    int d, d_in;
    const struct engine_rule rule = engine_rule_of(spec);

    memset(run, 0, sizeof(*run));
    run->spec = *spec;
    run->engine = engine;
    run->total = spec_steps(spec);
    record_open(&run->record, &run->spec);
    spec_dimensions(spec, &d, &d_in);
    enum status status = network_new(spec, cache, &run->network, err);
    if (status == OK)
        status = engine_seat(engine, 0, run->network, &rule, err);
    if (status == OK)
        status = drive_new(&run->spec, &run->drive, err);
    for (int i = 0; status == OK && i < 2; i++)
        status = slice_make(&run->slices[i], d, d_in, err);
    if (status != OK) {
        run_close(run);
        return status;
    }
    drive_save(run->drive, &run->drive_done);
    return OK;
}

void
run_close(struct run *run)
{
    network_free(run->network);
    drive_free(run->drive);
    record_close(&run->record);
    for (int i = 0; i < 2; i++) {
        free(run->slices[i].u);
        free(run->slices[i].x);
        free(run->slices[i].gates);
    }
    memset(run, 0, sizeof(*run));
}

static int64_t
slice_length(const struct run *run)
{
    const double steps = run->rate * SLICE_SECONDS;
    if (run->rate <= 0 || steps < SLICE_FIRST)
        return SLICE_FIRST;
    return steps < SLICE_MOST ? (int64_t)steps : SLICE_MOST;
}

void
run_prepare(struct run *run, int64_t until)
{
    struct slice *slice = &run->slices[1 - run->under_way];
    int64_t steps = slice_length(run);

    slice->first = drive_step(run->drive);
    if (steps > until - slice->first)
        steps = until - slice->first;
    drive_advance(run->drive, steps, slice->u, slice->x, slice->gates);
    drive_save(run->drive, &slice->after);
    slice->drive =
        (struct engine_drive){steps, slice->u, slice->x, slice->gates};
}

enum status
run_begin(struct run *run, struct error *err)
{
    run->under_way = 1 - run->under_way;
    run->began = clock_monotonic();
    return engine_begin(run->engine, &run->slices[run->under_way].drive, err);
}

enum status
run_end(struct run *run, struct engine_trace *trace, struct error *err)
{
    const struct slice *slice = &run->slices[run->under_way];
    const enum status status = engine_end(run->engine, trace, err);
    if (status != OK)
        return status;
    const double now = clock_monotonic();
    run->rate = (double)trace->steps / (now - run->began + 1e-9);
    pace_take(&run->pace, trace->steps, now);
    run->done = slice->first + trace->steps;
    run->drive_done = slice->after;
    return OK;
}
