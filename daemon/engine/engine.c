/* engine.c - opening an engine and seating networks in it. */
#include "engine/engine_private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct engine_shape
engine_shape_of(const struct spec *spec)
{
    struct engine_shape shape = {
        .neurons_ff = spec->network.neurons_ff,
        .neurons_rec = spec->network.neurons_rec,
        .precision = spec->compute.precision,
        .nengo = spec->network.nengo,
    };
    spec_dimensions(spec, &shape.dimensions, &shape.dimensions_in);
    return shape;
}

struct engine_rule
engine_rule_of(const struct spec *spec)
{
    return (struct engine_rule){
        .eta = spec->learning.eta,
        .feedback_gain = spec->feedback.gain,
        .tau_synapse = spec->network.tau_synapse,
        .tau_error = spec->learning.tau_error,
        .tau_feedback = spec->feedback.tau,
        .tau_reference = spec->network.tau_synapse,
        .period_steps = spec_period_steps(spec),
    };
}

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

static struct row_sizes
sizes_of(const struct engine_shape *shape, const struct fit *fit)
{
    const size_t d = (size_t)shape->dimensions;
    const size_t d_in = (size_t)shape->dimensions_in;
    const size_t fields = STATE_FACTORS + d;
    return (struct row_sizes){
        .fixed_ff = (FIXED_ENCODERS + d_in) * (size_t)fit->padded_ff,
        .fixed_rec = (FIXED_ENCODERS + 2 * d) * (size_t)fit->padded_rec,
        .state_ff = fields * (size_t)fit->padded_ff,
        .state_rec = fields * (size_t)fit->padded_rec,
        .fields = fields,
        .filters = FILTER_FIELDS * d + 1,
        .drive = d_in + d + GATES,
        .trace = TRACE_FIELDS * d,
        .summary = SUMMARY_FACTORS + d * (d + 1),
    };
}

/* Bytes of every buffer for one seat. */
static void
buffer_sizes(const struct engine *engine, size_t bytes[BUFFERS])
{
    const struct row_sizes *row = &engine->sizes;
    const size_t real = (size_t)engine->fit.real_size;
    const size_t steps = (size_t)engine->steps_most;
    bytes[BUFFER_CLOCKS] = CLOCK_FIELDS * sizeof(int);
    bytes[BUFFER_JOBS] = JOB_FIELDS * real;
    bytes[BUFFER_DRIVES] = steps * row->drive * real;
    bytes[BUFFER_GAINS_FF] = (size_t)engine->fit.padded_ff * real;
    bytes[BUFFER_GAINS_REC] = (size_t)engine->fit.padded_rec * real;
    bytes[BUFFER_FIXED_FF] = row->fixed_ff * real;
    bytes[BUFFER_FIXED_REC] = row->fixed_rec * real;
    bytes[BUFFER_STATES_FF] = row->state_ff * real;
    bytes[BUFFER_STATES_REC] = row->state_rec * real;
    bytes[BUFFER_FILTERS] = row->filters * real;
    bytes[BUFFER_TRACES] = steps * row->trace * real;
    bytes[BUFFER_SUMMARIES] =
        (size_t)engine->summaries_most * row->summary * real;
    bytes[BUFFER_SPIKES] =
        engine->shape.record_spikes
            ? steps * (size_t)(engine->fit.padded_ff + engine->fit.padded_rec)
            : 0;
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
            err, NO_MEMORY,
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
    enum status status =
        program_set_int(engine->program, 0, engine->steps_most, err);
    if (status == OK)
        status =
            program_set_int(engine->program, 1, engine->summaries_most, err);
    return status;
}

static enum status
host_memory_make(struct engine *engine, struct error *err)
{
    const size_t seats = (size_t)engine->seats;
    const size_t steps = (size_t)engine->steps_most;
    const size_t d = (size_t)engine->shape.dimensions;
    size_t bytes[BUFFERS];
    bool enough = true;

    buffer_sizes(engine, bytes);
    engine->clocks = memory_array(seats, bytes[BUFFER_CLOCKS]);
    engine->drives = memory_array(seats, bytes[BUFFER_DRIVES]);
    engine->traces = memory_array(seats, bytes[BUFFER_TRACES]);
    engine->summaries = memory_array(seats, bytes[BUFFER_SUMMARIES]);
    engine->spikes = memory_array(seats, bytes[BUFFER_SPIKES] + 1);
    engine->seat = memory_array(seats, sizeof(*engine->seat));
    enough = engine->clocks != NULL && engine->drives != NULL &&
             engine->traces != NULL && engine->summaries != NULL &&
             engine->spikes != NULL && engine->seat != NULL;
    for (size_t i = 0; enough && i < seats; i++) {
        struct seat *seat = &engine->seat[i];
        seat->summaries = memory_array((size_t)engine->summaries_most,
                                       sizeof(*seat->summaries));
        seat->trace = memory_array(TRACE_FIELDS * steps * d, sizeof(double));
        enough = seat->summaries != NULL && seat->trace != NULL;
        if (!enough || !engine->shape.record_spikes)
            continue;
        seat->spikes_ff = memory_array(steps, (size_t)engine->shape.neurons_ff);
        seat->spikes_rec =
            memory_array(steps, (size_t)engine->shape.neurons_rec);
        enough = seat->spikes_ff != NULL && seat->spikes_rec != NULL;
    }
    if (!enough)
        return error_set(err, NO_MEMORY, "no memory for %d seats of %d steps",
                         engine->seats, engine->steps_most);
    return OK;
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
    status = fit_choose(opencl_device(cl), shape, &engine->fit, err);
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
    free(engine->clocks);
    free(engine->drives);
    free(engine->traces);
    free(engine->summaries);
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
