/* verify.c - replays a trace that Nengo's own simulator left behind.
 *
 * The file gives the seeds and constants of a run, its command, reference and
 * gates, step by step, and what every neuron did. The network is made from the
 * seeds; of its arrays only what no seed of ours determines is taken from the
 * file: factors that a run began with, fixed weights, masks. */
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
    double x_hat, D_ff, D_rec, decoders; /* largest absolute differences     */
};

/* ---- the comparison ------------------------------------------------------ */

/* Both are packed the same way, eight neurons a byte. */
static void
spikes_compare(const unsigned char *ours, const unsigned char *theirs,
               size_t bytes, int64_t step, struct verdict *verdict)
{
    for (size_t i = 0; i < bytes; i++) {
        verdict->spikes += __builtin_popcount(ours[i]);
        if (ours[i] == theirs[i])
            continue;
        verdict->mismatches += __builtin_popcount(ours[i] ^ theirs[i]);
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
    const size_t in = trace_packed(trace->n_in);
    const size_t out = trace_packed(trace->n_out);
    for (size_t i = 0; i < (size_t)ours->steps; i++) {
        const size_t row = first + i;
        spikes_compare(ours->spikes_ff + i * in, trace->spikes_in + row * in,
                       in, (int64_t)row + 1, verdict);
        spikes_compare(ours->spikes_rec + i * out,
                       trace->spikes_out + row * out, out, (int64_t)row + 1,
                       verdict);
    }
    verdict->x_hat =
        largest_difference(ours->x_hat, trace->x_hat + first * trace->d,
                           (size_t)ours->steps * trace->d, verdict->x_hat);
}

/* ---- the factors --------------------------------------------------------- */

static void
part_put(const struct engine_state *state, const char *name,
         const double *numbers)
{
    const struct engine_part *part = engine_state_find(state, name);
    for (size_t i = 0; i < part->rows * part->columns; i++)
        if (state->real_size == sizeof(double))
            ((double *)part->data)[i] = numbers[i];
        else
            ((float *)part->data)[i] = (float)numbers[i];
}

/* Begins where an earlier run ended, as far as its weights go. */
static enum status
factors_start(struct engine *engine, const struct trace *trace,
              struct error *err)
{
    struct engine_state state;
    if (trace->D0_ff == NULL || trace->D0_rec == NULL ||
        engine_shape(engine)->weights == ENGINE_WEIGHTS_DENSE)
        return OK;
    enum status status = engine_save(engine, 0, &state, err);
    if (status != OK)
        return status;
    part_put(&state, "D_ff", trace->D0_ff);
    part_put(&state, "D_rec", trace->D0_rec);
    status = engine_load(engine, 0, &state, err);
    engine_state_free(&state);
    return status;
}

static double
part_difference(const struct engine_state *state, const char *name,
                const double *theirs)
{
    const struct engine_part *part = engine_state_find(state, name);
    double most = 0;
    if (theirs == NULL || part == NULL)
        return NAN;
    for (size_t i = 0; i < part->rows * part->columns; i++) {
        const double ours = state->real_size == sizeof(double)
                                ? ((const double *)part->data)[i]
                                : (double)((const float *)part->data)[i];
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
    verdict->D_ff = part_difference(&state, "D_ff", trace->D_ff);
    verdict->D_rec = part_difference(&state, "D_rec", trace->D_rec);
    verdict->decoders =
        part_difference(&state, "learned_decoders", trace->decoders);
    engine_state_free(&state);
    return OK;
}

static unsigned char
gates_of(const struct trace *trace, size_t step)
{
    int gates = 0;
    if (trace->gate_off[step])
        gates |= DRIVE_ERROR | DRIVE_FEEDBACK;
    if (trace->gate_wt[step])
        gates |= DRIVE_LEARN;
    if (trace->clamp[step])
        gates |= trace->clamps;
    return (unsigned char)gates;
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
            gates[i] = gates_of(trace, first + i);
        const struct engine_drive drive = {
            .steps = (int64_t)steps,
            .u = trace->u + first * trace->d_in,
            .target = trace->target + first * trace->d,
            .feedback = trace->feedback + first,
            .eta = trace->eta + first,
            .gates = gates,
            .spikes = true,
        };
        struct engine_trace ours;
        enum status status = engine_pack(engine, 0, &drive, err);
        if (status == OK)
            status = engine_begin(engine, err);
        if (status == OK)
            status = engine_end(engine, &ours, err);
        if (status != OK)
            return status;
        engine_unpack(engine, 0);
        slice_compare(trace, first, &ours, verdict);
    }
    return factors_compare(engine, trace, verdict, err);
}

static struct engine_shape
shape_of(const struct bench_options *options, const struct trace *trace)
{
    const bool factored = options->weights == ENGINE_WEIGHTS_FACTORED;
    const bool dense = options->weights == ENGINE_WEIGHTS_DENSE;
    return (struct engine_shape){
        .neurons_ff = trace->recipe.neurons_ff,
        .neurons_rec = trace->recipe.neurons_rec,
        .dimensions_in = trace->recipe.dimensions_in,
        .dimensions = trace->recipe.dimensions,
        .precision = options->precision,
        .nengo = trace->nengo,
        .weights = factored ? trace->weights : options->weights,
        .weights_fixed = trace->connections.weights_ff != NULL && !dense,
        .weights_masked = trace->connections.mask_ff != NULL,
        .plastic_readout = trace->rule.plastic == PLASTIC_READOUT,
        .record_spikes = true,
    };
}

static enum status
engine_fill(struct engine *engine, const struct trace *trace,
            const struct network *network, struct error *err)
{
    const bool dense = engine_shape(engine)->weights == ENGINE_WEIGHTS_DENSE;
    struct connections own = {0};
    enum status status = OK;
    if (dense)
        status = trace_weights(trace, network, &own, err);
    if (status == OK)
        status =
            engine_seat(engine, 0, network, dense ? &own : &trace->connections,
                        &trace->rule, err);
    if (status == OK)
        status = factors_start(engine, trace, err);
    connections_free(&own);
    return status;
}

static enum status
engine_make(const struct bench_options *options, struct trace *trace,
            struct opencl *cl, struct engine **out, struct error *err)
{
    const struct engine_shape shape = shape_of(options, trace);
    struct network *network = NULL;
    enum status status = trace_network(trace, &network, err);
    if (status == OK)
        status = engine_open(cl, &shape, 1, SLICE, out, err);
    if (status == OK)
        status = engine_fill(*out, trace, network, err);
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
verdict_print(const struct verdict *verdict, bool from_seeds)
{
    char first[32] = "null", x_hat[32], ff[32], rec[32], decoders[32];
    if (verdict->first > 0)
        snprintf(first, sizeof(first), "%lld", (long long)verdict->first);
    printf("{\"spikes\":%lld,\"mismatches\":%lld,\"first_mismatch_step\":%s,"
           "\"max_abs_xhat\":%s,\"max_abs_D_ff\":%s,\"max_abs_D_rec\":%s,"
           "\"max_abs_decoders\":%s,\"network\":\"%s\"}\n",
           (long long)verdict->spikes, (long long)verdict->mismatches, first,
           difference_text(verdict->x_hat, x_hat),
           difference_text(verdict->D_ff, ff),
           difference_text(verdict->D_rec, rec),
           difference_text(verdict->decoders, decoders),
           from_seeds ? "seeds" : "arrays");
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
        verdict_print(&verdict, trace.from_seeds);
    *mismatches = verdict.mismatches;
    engine_close(engine);
    opencl_close(cl);
    trace_close(&trace);
    return status;
}
