/* checkpoint.c - a run as npz and back.
 *
 * Every part of the engine's state by its name there (engine.h), in the
 * engine's precision, so nothing is rounded: D_ff, D_rec, state_ff, ...; the
 * drive's state and the sums of the period in float64; t (s) and step; kept,
 * the part of fixed weights that has not decayed. */
#include "worker/worker_private.h"

#include <stdlib.h>
#include <string.h>

enum status
checkpoint_make(struct run *run, struct bytes *out, struct error *err)
{
    struct npz_array arrays[ENGINE_PARTS + 5];
    struct engine_state state;
    const double t = (double)run->done * SPEC_DT;
    size_t count = 0;
    enum status status = engine_save(run->engine, 0, &state, err);
    if (status != OK)
        return status;
    const enum npz_type real =
        state.real_size == sizeof(double) ? NPZ_FLOAT64 : NPZ_FLOAT32;
    for (size_t i = 0; i < state.count; i++) {
        const struct engine_part *part = &state.parts[i];
        arrays[count++] = npz_view(part->name, real, part->data, 2, part->rows,
                                   part->columns);
    }
    const double kept = engine_state_kept(&state);
    arrays[count++] = npz_view("kept", NPZ_FLOAT64, &kept, 0);
    arrays[count++] = npz_view("t", NPZ_FLOAT64, &t, 0);
    arrays[count++] = npz_view("step", NPZ_INT64, &run->done, 0);
    arrays[count++] = npz_view("drive", NPZ_FLOAT64, run->drive_done, 1,
                               drive_state_count(run->drive));
    arrays[count++] = npz_view("period_sums", NPZ_FLOAT64, &run->record.sums, 1,
                               (size_t)PERIOD_SUMS);
    status = npz_write(arrays, count, out, err);
    engine_state_free(&state);
    return status;
}

/* The parts that the engine has now, as they stand in the file. */
static enum status
state_restore(struct run *run, const struct npz *npz, struct error *err)
{
    struct engine_state state;
    enum status status = engine_save(run->engine, 0, &state, err);
    if (status != OK)
        return status;
    const enum npz_type real =
        state.real_size == sizeof(double) ? NPZ_FLOAT64 : NPZ_FLOAT32;
    for (size_t i = 0; status == OK && i < state.count; i++) {
        const struct engine_part *part = &state.parts[i];
        size_t shape[2] = {part->rows, part->columns};
        const void *from;
        status = npz_need(npz, part->name, real, 2, shape, &from, err);
        if (status == OK)
            memcpy(part->data, from,
                   part->rows * part->columns * state.real_size);
    }
    state.step = run->done;
    if (status == OK)
        status = engine_load(run->engine, 0, &state, err);
    engine_state_free(&state);
    return status;
}

/* Where the run stood: step, drive and the sums of the period. */
static enum status
place_read(struct run *run, const struct npz *npz, struct error *err)
{
    size_t count[1] = {drive_state_count(run->drive)};
    size_t sums[1] = {PERIOD_SUMS};
    const void *drive, *period;
    double step;
    enum status status = npz_number(npz, "step", &step, err);
    if (status == OK)
        status = npz_need(npz, "drive", NPZ_FLOAT64, 1, count, &drive, err);
    if (status == OK)
        status =
            npz_need(npz, "period_sums", NPZ_FLOAT64, 1, sums, &period, err);
    if (status == OK)
        status = drive_restore(run->drive, drive, count[0], err);
    if (status != OK)
        return status;
    if (step != (double)drive_step(run->drive))
        return error_set(err, CORRUPT, "step %g is not the drive's", step);
    run->done = drive_step(run->drive);
    drive_save(run->drive, run->drive_done);
    memcpy(&run->record.sums, period, sizeof(run->record.sums));
    return OK;
}

enum status
checkpoint_restore(struct run *run, const struct npz *npz, struct error *err)
{
    enum status status = place_read(run, npz, err);
    if (status == OK)
        status = state_restore(run, npz, err);
    if (status != OK)
        error_prefix(err, "checkpoint: ");
    return status;
}
