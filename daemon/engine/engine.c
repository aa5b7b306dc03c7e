/* engine.c - opening an engine and seating networks in it. */
#include "engine/engine_private.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_MOST 1000000 /* steps */

void
reals_from_doubles(void *to, size_t at, const double *from, size_t count,
                   size_t real_size)
{
    if (real_size == sizeof(double)) {
        memcpy((double *)to + at, from, count * sizeof(double));
        return;
    }
    float *floats = (float *)to + at;
    for (size_t i = 0; i < count; i++)
        floats[i] = (float)from[i];
}

double
real_at(const void *from, size_t at, size_t real_size)
{
    return real_size == sizeof(double) ? ((const double *)from)[at]
                                       : (double)((const float *)from)[at];
}

/* At most: kernels/sum.cl may do with fewer. */
static size_t
words_of(const struct fit *fit)
{
    const size_t sums = 16; /* SUMS_PADDED at most                           */
    const size_t places = 2, reals = (size_t)fit->real_size / 4;
    return fit->parts > 1 ? places * (size_t)fit->units * sums * reals : 0;
}

static struct row_sizes
sizes_of(const struct engine_shape *shape, const struct fit *fit)
{
    const bool factored = shape->weights == ENGINE_WEIGHTS_FACTORED;
    const size_t d = (size_t)shape->dimensions;
    const size_t d_in = (size_t)shape->dimensions_in;
    const size_t spikes = STATE_FACTORS + d; /* the field of spikes, if any  */
    const size_t post = (size_t)fit->padded_rec;
    const int words = (fit->blocks_ff + 31) / 32 + (fit->blocks_rec + 31) / 32;
    struct row_sizes sizes = {
        .fixed_ff = (FIXED_ENCODERS + d_in) * (size_t)fit->padded_ff,
        .fixed_rec = (FIXED_ENCODERS + 2 * d) * post,
        .fields_ff = spikes + !factored,
        .current = factored ? 0 : spikes + 1,
        .filters = FILTER_FIELDS * d + FILTER_NUMBERS,
        .ring = ((size_t)shape->delay_steps + 2) * d,
        .matrix_ff = (size_t)shape->neurons_ff * post,
        .matrix_rec = (size_t)shape->neurons_rec * post,
        .drive = (d_in + d + DRIVE_ALIGNED - 1) / DRIVE_ALIGNED * DRIVE_ALIGNED,
        .trace = TRACE_FIELDS * d,
        .squares = factored ? d * (d + 1) / 2 : 1,
        .spikes = (size_t)(words * fit->units * fit->unit * fit->width),
        .words = words_of(fit),
    };
    sizes.fields_rec = sizes.fields_ff + !factored;
    if (shape->plastic_readout) {
        sizes.readout = sizes.fields_rec;
        sizes.fields_rec += d;
    }
    sizes.summary = SUMMARY_FACTORS + 2 * sizes.squares;
    return sizes;
}

/* Bytes of every buffer for one seat. */
static void
buffer_sizes(const struct engine *engine, size_t bytes[BUFFERS])
{
    const struct row_sizes *row = &engine->sizes;
    const struct engine_shape *shape = &engine->shape;
    const size_t real = (size_t)engine->fit.real_size;
    const size_t steps = (size_t)engine->steps_most;
    const size_t p_ff = (size_t)engine->fit.padded_ff;
    const size_t p_rec = (size_t)engine->fit.padded_rec;
    const bool matrix =
        shape->weights == ENGINE_WEIGHTS_DENSE || shape->weights_fixed;
    const size_t sizes[BUFFERS] = {
        [BUFFER_CLOCKS] = CLOCK_FIELDS * sizeof(int),
        [BUFFER_JOBS] = JOB_FIELDS * real,
        [BUFFER_DRIVES] = steps * row->drive * real,
        [BUFFER_GATES] = steps * GATES * real,
        [BUFFER_CHANGES] = steps * sizeof(int),
        [BUFFER_GAINS_FF] = p_ff * real,
        [BUFFER_GAINS_REC] = p_rec * real,
        [BUFFER_FIXED_FF] = row->fixed_ff * real,
        [BUFFER_FIXED_REC] = row->fixed_rec * real,
        [BUFFER_STATES_FF] = row->fields_ff * p_ff * real,
        [BUFFER_STATES_REC] = row->fields_rec * p_rec * real,
        [BUFFER_FILTERS] = row->filters * real,
        [BUFFER_RINGS] = row->ring * real,
        [BUFFER_WEIGHTS_FF] = matrix ? row->matrix_ff * real : 0,
        [BUFFER_WEIGHTS_REC] = matrix ? row->matrix_rec * real : 0,
        [BUFFER_MASKS_FF] = shape->weights_masked ? row->matrix_ff : 0,
        [BUFFER_MASKS_REC] = shape->weights_masked ? row->matrix_rec : 0,
        [BUFFER_WORDS] = row->words * sizeof(uint64_t),
        [BUFFER_TRACES] = (steps + 1) * row->trace * real,
        [BUFFER_SUMMARIES] =
            (size_t)engine->summaries_most * row->summary * real,
        [BUFFER_SPIKES] =
            shape->record_spikes ? steps * row->spikes * sizeof(uint32_t) : 0,
    };
    memcpy(bytes, sizes, sizeof(sizes));
}

/* Refuses what the device cannot hold, before any of it is asked for: a CPU's
 * driver grants more than there is, and the kernel kills who then uses it. */
static enum status
memory_check(const struct engine *engine, struct error *err)
{
    const struct opencl_device *device = opencl_device(engine->cl);
    size_t bytes[BUFFERS], part, all = 0;
    bool too_many = false;

    buffer_sizes(engine, bytes);
    for (int i = 0; i < BUFFERS; i++)
        too_many =
            too_many ||
            __builtin_mul_overflow(bytes[i], (size_t)engine->seats, &part) ||
            __builtin_add_overflow(all, part, &all);
    if (too_many || all > device->memory)
        return error_set(
            err, TOO_LARGE,
            "%d seats of %d steps need more than the %llu bytes of %s",
            engine->seats, engine->steps_most,
            (unsigned long long)device->memory, device->id);
    return OK;
}

static enum status
buffers_make(struct engine *engine, struct error *err)
{
    size_t bytes[BUFFERS];
    buffer_sizes(engine, bytes);
    for (int i = 0; i < BUFFERS; i++) {
        enum status status =
            buffer_new(engine->cl, bytes[i] * (size_t)engine->seats,
                       &engine->buffers[i], err);
        if (status == OK)
            status = program_set_buffer(engine->program,
                                        ARGUMENTS_BEFORE_BUFFERS + (unsigned)i,
                                        engine->buffers[i], err);
        if (status != OK)
            return status;
    }
    const int most[ARGUMENTS_BEFORE_BUFFERS] = {
        engine->steps_most, engine->summaries_most,
        (int)engine->shape.delay_steps, engine->steps_most};
    enum status status = OK;
    for (unsigned i = 0; status == OK && i < ARGUMENTS_BEFORE_BUFFERS; i++)
        status = program_set_int(engine->program, i, most[i], err);
    return status;
}

/* Where one seat's traces are dealt out to. */
static bool
seat_make(const struct engine *engine, struct seat *seat)
{
    const size_t steps = (size_t)engine->steps_most;
    const size_t d = (size_t)engine->shape.dimensions;
    seat->summaries =
        memory_array((size_t)engine->summaries_most, sizeof(*seat->summaries));
    seat->trace = memory_array(3 * steps * d, sizeof(double));
    if (seat->summaries == NULL || seat->trace == NULL)
        return false;
    if (!engine->shape.record_spikes)
        return true;
    seat->spikes_ff =
        memory_array(steps, ((size_t)engine->shape.neurons_ff + 7) / 8);
    seat->spikes_rec =
        memory_array(steps, ((size_t)engine->shape.neurons_rec + 7) / 8);
    return seat->spikes_ff != NULL && seat->spikes_rec != NULL;
}

static enum status
staging_make(struct engine *engine, const size_t bytes[BUFFERS],
             struct error *err)
{
    const size_t seats = (size_t)engine->seats;
    enum status status = staging_new(engine->cl, seats * bytes[BUFFER_TRACES],
                                     &engine->traces, err);
    if (status == OK)
        status = staging_new(engine->cl, seats * bytes[BUFFER_SUMMARIES],
                             &engine->summaries, err);
    for (int i = 0; status == OK && i < 2; i++)
        status = staging_new(engine->cl, seats * bytes[BUFFER_DRIVES],
                             &engine->packed[i].drives, err);
    return status;
}

static enum status
host_memory_make(struct engine *engine, struct error *err)
{
    const size_t seats = (size_t)engine->seats;
    size_t bytes[BUFFERS];

    buffer_sizes(engine, bytes);
    engine->clocks = memory_array(seats, bytes[BUFFER_CLOCKS]);
    engine->spikes = memory_array(seats, bytes[BUFFER_SPIKES] + 4);
    engine->seat = memory_array(seats, sizeof(*engine->seat));
    bool enough = engine->clocks != NULL && engine->spikes != NULL &&
                  engine->seat != NULL;
    for (int i = 0; enough && i < 2; i++) {
        struct packed *packed = &engine->packed[i];
        packed->gates = memory_array(seats, bytes[BUFFER_GATES]);
        packed->changes = memory_array(seats, bytes[BUFFER_CHANGES]);
        enough = packed->gates != NULL && packed->changes != NULL;
    }
    for (size_t i = 0; enough && i < seats; i++)
        enough = seat_make(engine, &engine->seat[i]);
    if (!enough)
        return error_set(err, NO_MEMORY, "no memory for %d seats of %d steps",
                         engine->seats, engine->steps_most);
    return staging_make(engine, bytes, err);
}

static enum status
program_make(struct engine *engine, struct error *err)
{
    char *texts[SOURCES];
    enum status status = sources_load(texts, err);
    if (status != OK)
        return status;
    status =
        program_build(engine->cl, (const char *const *)texts, SOURCES,
                      engine->fit.options, "advance", &engine->program, err);
    sources_free(texts);
    return status;
}

static enum status
shape_check(const struct engine_shape *shape, int seats, int steps_most,
            struct error *err)
{
    if (seats < 1)
        return error_set(err, INVALID, "%d seats are out of range", seats);
    if (steps_most < 1 || steps_most == INT_MAX)
        return error_set(err, INVALID, "slices of %d steps are out of range",
                         steps_most);
    if (shape->neurons_ff < 1 || shape->neurons_ff > INT32_MAX / 64 ||
        shape->neurons_rec < 1 || shape->neurons_rec > INT32_MAX / 64)
        return error_set(err, INVALID, "%lld + %lld neurons are out of range",
                         (long long)shape->neurons_ff,
                         (long long)shape->neurons_rec);
    if (shape->dimensions < 1 || shape->dimensions > SPEC_DIMENSIONS_MOST ||
        shape->dimensions_in < 1 || shape->dimensions_in > SPEC_DIMENSIONS_MOST)
        return error_set(err, INVALID, "%d + %d dimensions are out of range",
                         shape->dimensions_in, shape->dimensions);
    if (shape->delay_steps < 0 || shape->delay_steps > DELAY_MOST)
        return error_set(err, INVALID, "a delay of %lld steps is out of range",
                         (long long)shape->delay_steps);
    return OK;
}

enum status
engine_open(struct opencl *cl, const struct engine_shape *shape, int seats,
            int steps_most, struct engine **out, struct error *err)
{
    enum status status = shape_check(shape, seats, steps_most, err);
    if (status != OK)
        return status;
    struct engine *engine = memory_array(1, sizeof(*engine));
    if (engine == NULL)
        return error_set(err, NO_MEMORY, "no memory for an engine");
    engine->cl = cl;
    engine->shape = *shape;
    engine->seats = seats;
    engine->steps_most = steps_most;
    engine->summaries_most = steps_most + 1; /* at the worst, one a step */
    status = fit_choose(opencl_device(cl), shape, seats, &engine->fit, err);
    if (status != OK)
        goto out;
    engine->sizes = sizes_of(shape, &engine->fit);
    status = memory_check(engine, err);
    if (status == OK)
        status = program_make(engine, err);
    if (status == OK)
        status = buffers_make(engine, err);
    if (status == OK)
        status = host_memory_make(engine, err);
    if (status == OK)
        status = opencl_finish(cl, err);
    if (status != OK)
        goto out;
    *out = engine;
    engine = NULL;
out:
    engine_close(engine);
    return status;
}

void
engine_close(struct engine *engine)
{
    if (engine == NULL)
        return;
    if (engine->under_way && opencl_finish(engine->cl, NULL) != OK)
        log_event(LOG_LEVEL_WARNING, "engine_close", "left=unfinished");
    for (int i = 0; engine->seat != NULL && i < engine->seats; i++) {
        free(engine->seat[i].summaries);
        free(engine->seat[i].trace);
        free(engine->seat[i].spikes_ff);
        free(engine->seat[i].spikes_rec);
    }
    for (int i = 0; i < BUFFERS; i++)
        buffer_free(engine->buffers[i]);
    program_free(engine->program);
    for (int i = 0; i < 2; i++) {
        staging_free(engine->packed[i].drives);
        free(engine->packed[i].gates);
        free(engine->packed[i].changes);
    }
    staging_free(engine->traces);
    staging_free(engine->summaries);
    free(engine->clocks);
    free(engine->spikes);
    free(engine->seat);
    free(engine);
}

const struct engine_shape *
engine_shape(const struct engine *engine)
{
    return &engine->shape;
}

const char *
engine_options(const struct engine *engine)
{
    return engine->fit.options;
}
