/* measure.c - how long a step takes.
 *
 * The drive is made up, but moves the network as a job would: a command and a
 * reference on circles, with feedback and, when asked for, learning. What a
 * step costs does not depend on it, the kernel has no branch on a spike. */
#include "bench/bench.h"
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define WARM_UP      2      /* slices that are not timed                     */
#define TURN_STEPS   1000.0 /* steps of one turn of the made-up oscillation  */
#define SLICE_PERIOD 4000   /* steps of a period, as in the published runs   */

struct run {
    struct engine *engine;
    struct engine_drive drive;   /* of every job */
    struct engine_trace *traces; /* [jobs] */
    double *u;                   /* [steps][d_in] */
    double *x;                   /* [steps][d] */
    double *gains, *etas;        /* [steps] */
    unsigned char *gates;        /* [steps] */
    struct crew *crew;
    bool fresh;       /* traces have not been looked at */
    struct error err; /* why a drive was refused */
};

static struct network_recipe
recipe_of(const struct bench_options *options)
{
    return (struct network_recipe){
        .neurons_ff = options->neurons_ff,
        .neurons_rec = options->neurons_rec,
        .dimensions_in = options->dimensions_in,
        .dimensions = options->dimensions,
        .radius_ff = 0.2,
        .radius_rec = 5,
        .max_rates = {200, 400},
        .intercepts = {-1, 1},
        .seed_ff = 3,
        .seed_rec = 4,
    };
}

static void
circle(double *out, int dimensions, double radius, double turn)
{
    for (int i = 0; i < dimensions; i++)
        out[i] = radius * sin(2 * M_PI * (turn + (double)i / 4));
}

static enum status
drive_make(const struct bench_options *options, struct run *run,
           struct error *err)
{
    const size_t steps = (size_t)options->steps;
    run->traces = memory_array((size_t)options->jobs, sizeof(*run->traces));
    run->u =
        memory_array(steps * (size_t)options->dimensions_in, sizeof(double));
    run->x = memory_array(steps * (size_t)options->dimensions, sizeof(double));
    run->gains = memory_array(steps, sizeof(double));
    run->etas = memory_array(steps, sizeof(double));
    run->gates = memory_array(steps, 1);
    if (run->traces == NULL || run->u == NULL || run->x == NULL ||
        run->gains == NULL || run->etas == NULL || run->gates == NULL)
        return error_set(err, NO_MEMORY, "no memory for %zu steps", steps);
    for (size_t i = 0; i < steps; i++) {
        const double turn = (double)i / TURN_STEPS;
        circle(run->u + i * (size_t)options->dimensions_in,
               options->dimensions_in, 0.1, turn);
        circle(run->x + i * (size_t)options->dimensions, options->dimensions, 2,
               turn);
        run->gains[i] = 10;
        run->etas[i] = options->learning ? 2e-3 : 0;
        run->gates[i] = DRIVE_ERROR | DRIVE_FEEDBACK |
                        (options->learning ? DRIVE_LEARN : 0);
    }
    run->drive = (struct engine_drive){.steps = options->steps,
                                       .u = run->u,
                                       .target = run->x,
                                       .feedback = run->gains,
                                       .eta = run->etas,
                                       .gates = run->gates};
    return OK;
}

static enum status
seats_fill(const struct bench_options *options, struct run *run,
           struct error *err)
{
    const struct network_recipe recipe = recipe_of(options);
    const struct engine_rule rule = {
        .plastic = PLASTIC_FF | PLASTIC_REC,
        .tau_synapse = 0.02,
        .tau_error = 0.2,
        .tau_feedback = 0.02,
        .period_steps = SLICE_PERIOD,
    };
    struct network *network;
    enum status status = bench_network(&recipe, &network, err);
    if (status != OK)
        return status;
    for (int i = 0; status == OK && i < options->jobs; i++)
        status = engine_seat(run->engine, i, network, NULL, &rule, err);
    network_free(network);
    return status;
}

static int
by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* All there is to do for a job while the device works. */
static void
job_work(void *context, int i)
{
    struct run *run = context;
    struct error err;
    if (run->fresh)
        engine_unpack(run->engine, i);
    if (engine_pack(run->engine, i, &run->drive, &err) != OK)
        run->err = err;
}

/* From one slice's end to the next one's, as in a worker: what the first has to
 * tell is taken in, and the one after prepared, while the device works. */
static enum status
slice_next(struct run *run, int jobs, struct error *err)
{
    enum status status = engine_begin(run->engine, err);
    if (status == OK)
        crew_work(run->crew, job_work, run, jobs);
    if (status == OK)
        status = engine_end(run->engine, run->traces, err);
    run->fresh = true;
    if (status == OK && run->err.status != OK)
        return error_set(err, run->err.status, "%s", run->err.text);
    if (status == OK && !run->traces[0].finite)
        return error_set(err, FAILED, "the simulation diverged");
    return status;
}

/* Microseconds a step took, slice by slice, sorted. */
static enum status
slices_time(const struct bench_options *options, struct run *run,
            double *micros, double *device, struct error *err)
{
    crew_work(run->crew, job_work, run, options->jobs);
    for (int i = -WARM_UP; i < options->slices; i++) {
        const double start = clock_monotonic();
        const enum status status = slice_next(run, options->jobs, err);
        if (status != OK)
            return status;
        if (i < 0)
            continue;
        micros[i] = (clock_monotonic() - start) * 1e6 / options->steps;
        device[i] = engine_seconds(run->engine) * 1e6 / options->steps;
    }
    qsort(micros, (size_t)options->slices, sizeof(*micros), by_size);
    qsort(device, (size_t)options->slices, sizeof(*device), by_size);
    return OK;
}

static void
result_print(const struct bench_options *options, struct opencl *cl,
             const struct run *run, const double *micros,
             const double *device_micros)
{
    const struct opencl_device *device = opencl_device(cl);
    const double median = micros[options->slices / 2];
    printf(
        "{\"device\":\"%s\",\"name\":\"%s\",\"driver\":\"%s\","
        "\"neurons_ff\":%lld,\"neurons_rec\":%lld,\"dimensions_in\":%d,"
        "\"dimensions\":%d,\"precision\":\"%s\",\"learning\":%s,"
        "\"jobs\":%d,\"us_device\":%.3f,\"us_per_step\":%.3f,\"us_least\":%.3f,"
        "\"us_most\":%.3f,\"times_real_time\":%.0f,\"slices\":%d,"
        "\"steps\":%d,\"options\":\"%s\"}\n",
        device->id, device->name, device->driver,
        (long long)options->neurons_ff, (long long)options->neurons_rec,
        options->dimensions_in, options->dimensions,
        precision_name(options->precision),
        options->learning ? "true" : "false", options->jobs,
        device_micros[options->slices / 2], median, micros[0],
        micros[options->slices - 1], options->jobs * 1000.0 / median,
        options->slices, options->steps, engine_options(run->engine));
}

enum status
bench_measure(const struct bench_options *options, struct error *err)
{
    const struct engine_shape shape = {
        .neurons_ff = options->neurons_ff,
        .neurons_rec = options->neurons_rec,
        .dimensions_in = options->dimensions_in,
        .dimensions = options->dimensions,
        .precision = options->precision,
        .weights = options->weights,
    };
    struct opencl *cl = NULL;
    struct run run = {0};
    double *micros = memory_array((size_t)options->slices, sizeof(*micros));
    double *device = memory_array((size_t)options->slices, sizeof(*device));
    enum status status =
        micros == NULL || device == NULL
            ? error_set(err, NO_MEMORY, "no memory for the figures")
            : opencl_open(options->device, &cl, err);
    if (status == OK)
        status = engine_open(cl, &shape, options->jobs, options->steps,
                             &run.engine, err);
    if (status == OK)
        status = crew_open(cores_count() - 1, &run.crew, err);
    if (status == OK)
        status = drive_make(options, &run, err);
    if (status == OK)
        status = seats_fill(options, &run, err);
    if (status == OK)
        status = slices_time(options, &run, micros, device, err);
    if (status == OK)
        result_print(options, cl, &run, micros, device);
    crew_close(run.crew);
    engine_close(run.engine);
    opencl_close(cl);
    free(run.traces);
    free(run.u);
    free(run.x);
    free(run.gains);
    free(run.etas);
    free(run.gates);
    free(micros);
    free(device);
    return status;
}
