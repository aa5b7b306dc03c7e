/* checkpoint.c - a run as npz and back.
 *
 * Every part of the engine's state by its name there (engine/state.h), in the
 * engine's precision, so nothing is rounded: D_ff, D_rec, state_ff, ...; with
 * "reference_" before its name, what the network that is imitated remembers;
 * the drive's state and the sums of the period in float64; what was counted in
 * the windows; t (s) and step; kept, the part of fixed weights that has not
 * decayed. */
#include "worker/worker_private.h"

#include <stdio.h>
#include <string.h>

#define REFERENCE "reference_"

static enum npz_type
real_type(const struct engine_state *state)
{
    return state->real_size == sizeof(double) ? NPZ_FLOAT64 : NPZ_FLOAT32;
}

static void
part_name(char out[NPZ_NAME_SIZE], const char *prefix,
          const struct engine_part *part)
{
    snprintf(out, NPZ_NAME_SIZE, "%s%s", prefix, part->name);
}

/* All parts of a state as arrays; how many. */
static size_t
parts_view(const struct engine_state *state, const char *prefix,
           struct npz_array *out)
{
    char name[NPZ_NAME_SIZE];
    for (size_t i = 0; i < state->count; i++) {
        const struct engine_part *part = &state->parts[i];
        part_name(name, prefix, part);
        out[i] = npz_view(name, real_type(state), part->data, 2, part->rows,
                          part->columns);
    }
    return state->count;
}

/* The parts that `state` has, as they stand in the file. */
static enum status
parts_read(struct engine_state *state, const char *prefix,
           const struct npz *npz, struct error *err)
{
    char name[NPZ_NAME_SIZE];
    enum status status = OK;
    for (size_t i = 0; status == OK && i < state->count; i++) {
        const struct engine_part *part = &state->parts[i];
        size_t shape[2] = {part->rows, part->columns};
        const void *from;
        part_name(name, prefix, part);
        status = npz_need(npz, name, real_type(state), 2, shape, &from, err);
        if (status == OK)
            memcpy(part->data, from,
                   part->rows * part->columns * state->real_size);
    }
    return status;
}

enum status
checkpoint_make(const struct run *run, const struct engine_state *state,
                struct bytes *out, struct error *err)
{
    struct npz_array arrays[2 * ENGINE_PARTS + 5 + COUNTS_ARRAYS];
    const double t = (double)run->done * SPEC_DT;
    const double kept = engine_state_kept(state);
    size_t count = parts_view(state, "", arrays);
    count += parts_view(&run->reference_done, REFERENCE, arrays + count);
    arrays[count++] = npz_view("kept", NPZ_FLOAT64, &kept, 0);
    arrays[count++] = npz_view("t", NPZ_FLOAT64, &t, 0);
    arrays[count++] = npz_view("step", NPZ_INT64, &run->done, 0);
    arrays[count++] = npz_view("drive", NPZ_FLOAT64, run->drive_done, 1,
                               drive_state_count(run->drive));
    arrays[count++] = npz_view("period_sums", NPZ_FLOAT64, &run->record.sums, 1,
                               (size_t)PERIOD_SUMS);
    for (int i = 0; i < WINDOWS; i++)
        count += counts_view(&run->record.counts, &run->spec,
                             (enum window_name)i, arrays + count);
    return npz_write(arrays, count, out, err);
}

enum status
checkpoint_restore(const struct run *run, const struct npz *npz,
                   struct engine *engine, int seat, struct error *err)
{
    struct engine_state state;
    enum status status = engine_save(engine, seat, &state, err);
    if (status != OK)
        return status;
    status = parts_read(&state, "", npz, err);
    if (status != OK)
        error_prefix(err, "checkpoint: ");
    state.step = run->done;
    if (status == OK)
        status = engine_load(engine, seat, &state, err);
    engine_state_free(&state);
    return status;
}

/* What is imitated has its weights already. */
static enum status
reference_restore(struct run *run, const struct npz *npz, struct error *err)
{
    struct engine_state *state = &run->reference_done;
    enum status status = parts_read(state, REFERENCE, npz, err);
    state->step = run->done;
    if (status == OK)
        status = engine_load(run->reference.engine, 0, state, err);
    return status;
}

/* Where the run stood: step, drive, the sums of the period, and counts. */
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
    return counts_restore(&run->record.counts, &run->spec, run->done, npz, err);
}

enum status
checkpoint_place(struct run *run, const struct npz *npz, struct error *err)
{
    enum status status = place_read(run, npz, err);
    if (status == OK && run->reference.engine != NULL)
        status = reference_restore(run, npz, err);
    if (status != OK)
        error_prefix(err, "checkpoint: ");
    return status;
}
