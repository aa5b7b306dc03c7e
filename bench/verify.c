/* verify.c - replays a trace that Nengo's own simulator left behind.
 *
 * The file gives the seeds and constants of a run, its command, reference and
 * gates, step by step, and what every neuron did. The network is made from the
 * seeds; of its arrays only the factors D that a run began with, if it had
 * learned before, are taken from the file. */
#include "bench/bench.h"
#include "bench/trace.h"
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>

#define SLICE 1000 /* steps */

struct verdict {
    int64_t spikes;     /* of the engine, both layers                        */
    int64_t mismatches; /* neurons and steps that differ                     */
    int64_t first;      /* step of the first of them, 0: none                */
    double x_hat, D_ff, D_rec; /* largest absolute differences               */
};

/* ---- the comparison ------------------------------------------------------ */

static void
spikes_compare(const unsigned char *ours, const unsigned char *packed,
               size_t neurons, int64_t step, struct verdict *verdict)
{
    for (size_t i = 0; i < neurons; i++) {
        const bool theirs = (packed[i / 8] >> (7 - i % 8)) & 1;
        verdict->spikes += ours[i];
        if (theirs == (ours[i] != 0))
            continue;
        verdict->mismatches++;
        if (verdict->first == 0)
            verdict->first = step;
    }
}

static double
largest_difference(const double *a, const double *b, size_t count, double most)
{
    for (size_t i = 0; i < count; i++) {
        const double difference = fabs(a[i] - b[i]);
        if (!(difference <= most)) /* NaN too */
            most = difference;
    }
    return most;
}

static void
slice_compare(const struct trace *trace, size_t first,
              const struct engine_trace *ours, struct verdict *verdict)
{
    const size_t n_in = trace->n_in, n_out = trace->n_out;
    for (size_t i = 0; i < (size_t)ours->steps; i++) {
        const size_t row = first + i;
        spikes_compare(ours->spikes_ff + i * n_in,
                       trace->spikes_in + row * trace_packed(n_in), n_in,
                       (int64_t)row + 1, verdict);
        spikes_compare(ours->spikes_rec + i * n_out,
                       trace->spikes_out + row * trace_packed(n_out), n_out,
                       (int64_t)row + 1, verdict);
    }
    verdict->x_hat =
        largest_difference(ours->x_hat, trace->x_hat + first * trace->d,
                           (size_t)ours->steps * trace->d, verdict->x_hat);
}

/* ---- the factors: the last d rows of a saved layer ----------------------- */

static void
factors_put(struct engine_state *state, void *layer, const double *D, size_t d,
            size_t neurons)
{
    const size_t skip = (state->fields - d) * neurons;
    for (size_t i = 0; i < d * neurons; i++)
        if (state->real_size == sizeof(double))
            ((double *)layer)[skip + i] = D[i];
        else
            ((float *)layer)[skip + i] = (float)D[i];
}

/* Begins where an earlier run ended, as far as its weights go. */
static enum status
factors_start(struct engine *engine, const struct trace *trace,
              struct error *err)
{
    struct engine_state state;
    if (trace->D0_ff == NULL || trace->D0_rec == NULL)
        return OK;
    enum status status = engine_save(engine, 0, &state, err);
    if (status != OK)
        return status;
    factors_put(&state, state.ff, trace->D0_ff, trace->d, trace->n_in);
    factors_put(&state, state.rec, trace->D0_rec, trace->d, trace->n_out);
    status = engine_load(engine, 0, &state, err);
    engine_state_free(&state);
    return status;
}

static double
factors_difference(const struct engine_state *state, const void *layer,
                   const double *theirs, size_t d, size_t neurons)
{
    const size_t skip = (state->fields - d) * neurons;
    double most = 0;
    if (theirs == NULL)
        return NAN;
    for (size_t i = 0; i < d * neurons; i++) {
        const double ours = state->real_size == sizeof(double)
                                ? ((const double *)layer)[skip + i]
                                : (double)((const float *)layer)[skip + i];
        most = largest_difference(&ours, theirs + i, 1, most);
    }
    return most;
}

static enum status
factors_compare(struct engine *engine, const struct trace *trace,
                struct verdict *verdict, struct error *err)
{
    struct engine_state state;
    const enum status status = engine_save(engine, 0, &state, err);
    if (status != OK)
        return status;
    verdict->D_ff = factors_difference(&state, state.ff, trace->D_ff, trace->d,
                                       trace->n_in);
    verdict->D_rec = factors_difference(&state, state.rec, trace->D_rec,
                                        trace->d, trace->n_out);
    engine_state_free(&state);
    return OK;
}

static enum status
replay(struct engine *engine, const struct trace *trace,
       struct verdict *verdict, struct error *err)
{
    unsigned char gates[SLICE];
    for (size_t first = 0; first < trace->steps; first += SLICE) {
        const size_t steps =
            trace->steps - first < SLICE ? trace->steps - first : SLICE;
        for (size_t i = 0; i < steps; i++)
            gates[i] =
                (unsigned char)((trace->gate_off[first + i]
                                     ? DRIVE_ERROR | DRIVE_FEEDBACK
                                     : 0) |
                                (trace->gate_wt[first + i] ? DRIVE_LEARN : 0) |
                                (trace->clamp[first + i] ? DRIVE_CLAMP : 0));
        const struct engine_drive drive = {(int64_t)steps,
                                           trace->u + first * trace->d_in,
                                           trace->x + first * trace->d, gates};
        struct engine_trace ours;
        enum status status = engine_begin(engine, &drive, err);
        if (status == OK)
            status = engine_end(engine, &ours, err);
        if (status != OK)
            return status;
        slice_compare(trace, first, &ours, verdict);
    }
    return factors_compare(engine, trace, verdict, err);
}

static enum status
engine_make(const struct bench_options *options, const struct trace *trace,
            struct opencl *cl, struct engine **out, struct error *err)
{
    const struct engine_shape shape = {
        .neurons_ff = trace->recipe.neurons_ff,
        .neurons_rec = trace->recipe.neurons_rec,
        .dimensions_in = trace->recipe.dimensions_in,
        .dimensions = trace->recipe.dimensions,
        .precision = options->precision,
        .nengo = trace->nengo,
        .record_spikes = true,
    };
    struct network *network;
    enum status status = network_build(&trace->recipe, NULL, &network, err);
    if (status != OK)
        return status;
    status = engine_open(cl, &shape, 1, SLICE, out, err);
    if (status == OK)
        status = engine_seat(*out, 0, network, &trace->rule, err);
    if (status == OK)
        status = factors_start(*out, trace, err);
    network_free(network);
    return status;
}

/* A difference as JSON: null when there was nothing to compare with. */
static const char *
difference_text(double difference, char out[32])
{
    if (isnan(difference))
        return "null";
    snprintf(out, 32, "%.3g", difference);
    return out;
}

static void
verdict_print(const struct verdict *verdict)
{
    char first[32] = "null", x_hat[32], ff[32], rec[32];
    if (verdict->first > 0)
        snprintf(first, sizeof(first), "%lld", (long long)verdict->first);
    printf("{\"spikes\":%lld,\"mismatches\":%lld,\"first_mismatch_step\":%s,"
           "\"max_abs_xhat\":%s,\"max_abs_D_ff\":%s,\"max_abs_D_rec\":%s}\n",
           (long long)verdict->spikes, (long long)verdict->mismatches, first,
           difference_text(verdict->x_hat, x_hat),
           difference_text(verdict->D_ff, ff),
           difference_text(verdict->D_rec, rec));
}

enum status
bench_verify(const struct bench_options *options, int64_t *mismatches,
             struct error *err)
{
    struct trace trace = {0};
    struct verdict verdict = {0};
    struct opencl *cl = NULL;
    struct engine *engine = NULL;
    enum status status = trace_open(options->verify, &trace, err);
    if (status == OK)
        status = opencl_open(options->device, &cl, err);
    if (status == OK)
        status = engine_make(options, &trace, cl, &engine, err);
    if (status == OK)
        status = replay(engine, &trace, &verdict, err);
    if (status == OK)
        verdict_print(&verdict);
    *mismatches = verdict.mismatches;
    engine_close(engine);
    opencl_close(cl);
    trace_close(&trace);
    return status;
}
