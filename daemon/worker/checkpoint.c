/* checkpoint.c - a run as npz and back.
 *
 * In the engine's precision, so nothing is rounded: D_ff (d, N_ff), D_rec
 * (d, N_rec), state_ff (2, N_ff) and state_rec (2, N_rec) (membrane and trace,
 * kernels/layout.h), filters; in float64 t, reference (d) and period_sums;
 * step. */
#include "worker/worker_private.h"

#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_MOST ((size_t)1 << 30) /* bytes */

static size_t
layer_rows(const struct engine_state *state, const struct run *run)
{
    return state->fields - (size_t)run->record.dimensions;
}

enum status
checkpoint_make(struct run *run, struct bytes *out, struct error *err)
{
    struct engine_state state;
    enum status status = engine_save(run->engine, 0, &state, err);
    if (status != OK)
        return status;
    const enum npz_type real =
        state.real_size == sizeof(double) ? NPZ_FLOAT64 : NPZ_FLOAT32;
    const size_t n_ff = (size_t)run->spec.network.neurons_ff;
    const size_t n_rec = (size_t)run->spec.network.neurons_rec;
    const size_t d = (size_t)run->record.dimensions;
    const size_t rows = layer_rows(&state, run);
    const double t = (double)run->done * SPEC_DT;
    const struct npz_array arrays[] = {
        npz_view("D_ff", real, (char *)state.ff + rows * n_ff * state.real_size,
                 2, d, n_ff),
        npz_view("D_rec", real,
                 (char *)state.rec + rows * n_rec * state.real_size, 2, d,
                 n_rec),
        npz_view("t", NPZ_FLOAT64, &t, 0),
        npz_view("step", NPZ_INT64, &run->done, 0),
        npz_view("state_ff", real, state.ff, 2, rows, n_ff),
        npz_view("state_rec", real, state.rec, 2, rows, n_rec),
        npz_view("filters", real, state.filters, 1, state.filter_count),
        npz_view("reference", NPZ_FLOAT64, run->drive_done.x, 1, d),
        npz_view("period_sums", NPZ_FLOAT64, &run->record.sums, 1,
                 (size_t)PERIOD_SUMS),
    };
    status = npz_write(arrays, ARRAY_LENGTH(arrays), out, err);
    engine_state_free(&state);
    return status;
}

/* Puts the two parts of a layer, state_* and D_*, together again. */
static enum status
layer_read(const struct npz *npz, const char *state_name,
           const char *factors_name, enum npz_type real, size_t rows, size_t d,
           size_t neurons, void **out, struct error *err)
{
    const size_t size = npz_type_size(real);
    size_t shape[2] = {rows, neurons};
    size_t factors_shape[2] = {d, neurons};
    const void *state, *factors;
    enum status status = npz_need(npz, state_name, real, 2, shape, &state, err);
    if (status == OK)
        status =
            npz_need(npz, factors_name, real, 2, factors_shape, &factors, err);
    if (status != OK)
        return status;
    *out = memory_array((rows + d) * neurons, size);
    if (*out == NULL)
        return error_set(err, NO_MEMORY, "no memory for a checkpoint");
    memcpy(*out, state, rows * neurons * size);
    memcpy((char *)*out + rows * neurons * size, factors, d * neurons * size);
    return OK;
}

static enum status
state_read(const struct run *run, const struct npz *npz,
           struct engine_state *state, struct error *err)
{
    const enum npz_type real = run->spec.compute.precision == PRECISION_F64
                                   ? NPZ_FLOAT64
                                   : NPZ_FLOAT32;
    const size_t d = (size_t)run->record.dimensions;
    size_t filters[1] = {0};
    size_t shape[2] = {0, (size_t)run->spec.network.neurons_ff};
    const void *from;

    state->real_size = npz_type_size(real);
    state->step = run->done;
    enum status status = npz_need(npz, "state_ff", real, 2, shape, &from, err);
    if (status != OK)
        return status;
    state->fields = shape[0] + d;
    status = layer_read(npz, "state_ff", "D_ff", real, shape[0], d,
                        (size_t)run->spec.network.neurons_ff, &state->ff, err);
    if (status == OK)
        status =
            layer_read(npz, "state_rec", "D_rec", real, shape[0], d,
                       (size_t)run->spec.network.neurons_rec, &state->rec, err);
    if (status == OK)
        status = npz_need(npz, "filters", real, 1, filters, &from, err);
    if (status != OK)
        return status;
    state->filter_count = filters[0];
    state->filters = memory_array(filters[0], state->real_size);
    if (state->filters == NULL)
        return error_set(err, NO_MEMORY, "no memory for a checkpoint");
    memcpy(state->filters, from, filters[0] * state->real_size);
    return OK;
}

/* Where the run stood: step, reference and the sums of the period. */
static enum status
place_read(struct run *run, const struct npz *npz, struct error *err)
{
    size_t d[1] = {(size_t)run->record.dimensions};
    size_t sums[1] = {PERIOD_SUMS};
    const void *reference, *period;
    double step;
    enum status status = npz_number(npz, "step", &step, err);
    if (status == OK)
        status = npz_need(npz, "reference", NPZ_FLOAT64, 1, d, &reference, err);
    if (status == OK)
        status =
            npz_need(npz, "period_sums", NPZ_FLOAT64, 1, sums, &period, err);
    if (status != OK)
        return status;
    if (!(step >= 0) || step > (double)run->total)
        return error_set(err, CORRUPT, "step %g is not of this job", step);
    run->done = (int64_t)step;
    run->drive_done.step = run->done;
    memcpy(run->drive_done.x, reference, d[0] * sizeof(double));
    memcpy(&run->record.sums, period, sizeof(run->record.sums));
    drive_restore(run->drive, &run->drive_done);
    return OK;
}

enum status
checkpoint_restore(struct run *run, const void *data, size_t size,
                   struct error *err)
{
    struct npz *npz = NULL;
    struct engine_state state = {0};
    enum status status = npz_open(data, size, CHECKPOINT_MOST, &npz, err);
    if (status == OK)
        status = place_read(run, npz, err);
    if (status == OK)
        status = state_read(run, npz, &state, err);
    if (status == OK)
        status = engine_load(run->engine, 0, &state, err);
    engine_state_free(&state);
    npz_close(npz);
    if (status != OK)
        error_prefix(err, "checkpoint: ");
    return status;
}
