/* verify.c - replays a trace that Nengo's own simulator left behind.
 *
 * The file gives the seeds and constants of a run, its command, reference and
 * gates, step by step, and what every neuron did. The network is made from the
 * seeds; no array of it is taken from the file. Of the file's names `_in` is
 * our feedforward, `_out` our recurrent layer. */
#include "bench/bench.h"
#include "engine/engine.h"
#include "npz/npz.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MOST ((size_t)4 << 30) /* bytes */
#define SLICE     1000              /* steps                                 */

struct trace {
    struct npz *npz;
    size_t steps, d_in, d, neurons, packed; /* packed: bytes of N bits       */
    const double *u, *x, *x_hat;            /* [steps][...]                  */
    const unsigned char *clamp, *gate_off, *gate_wt; /* [steps] 0 or 1       */
    const unsigned char *spikes_in, *spikes_out;     /* [steps][packed]      */
    const double *D_ff, *D_rec; /* [d][neurons] at the end; NULL: cut short */
    struct network_recipe recipe;
    struct engine_rule rule;
    enum nengo_rule nengo;
};

struct verdict {
    int64_t spikes;     /* of the engine, both layers                        */
    int64_t mismatches; /* neurons and steps that differ                     */
    int64_t first;      /* step of the first of them, 0: none                */
    double x_hat, D_ff, D_rec; /* largest absolute differences               */
};

/* ---- the file ------------------------------------------------------------ */

static enum status
need(const struct trace *trace, const char *name, enum npz_type type,
     size_t rows, size_t columns, const void *out, struct error *err)
{
    size_t shape[2] = {rows, columns};
    return npz_need(trace->npz, name, type, columns > 0 ? 2 : 1, shape,
                    (const void **)(uintptr_t)out, err);
}

static enum status
arrays_find(struct trace *trace, struct error *err)
{
    size_t u[2] = {0, 0}, x[2] = {0, 0};
    enum status status = npz_need(trace->npz, "u", NPZ_FLOAT64, 2, u,
                                  (const void **)&trace->u, err);
    if (status == OK)
        status = npz_need(trace->npz, "xref", NPZ_FLOAT64, 2, x,
                          (const void **)&trace->x, err);
    if (status != OK)
        return status;
    trace->steps = u[0];
    trace->d_in = u[1];
    trace->d = x[1];
    const size_t n = trace->neurons;
    const size_t steps = trace->steps;
    trace->packed = (n + 7) / 8;
    const struct {
        const char *name;
        enum npz_type type;
        size_t rows, columns;
        const void *out;
    } rest[] = {
        {"xref", NPZ_FLOAT64, steps, trace->d, &trace->x},
        {"xhat", NPZ_FLOAT64, steps, trace->d, &trace->x_hat},
        {"clamp", NPZ_BOOL, steps, 0, &trace->clamp},
        {"gate_off", NPZ_BOOL, steps, 0, &trace->gate_off},
        {"gate_wt", NPZ_BOOL, steps, 0, &trace->gate_wt},
        {"spikes_in", NPZ_UINT8, steps, trace->packed, &trace->spikes_in},
        {"spikes_out", NPZ_UINT8, steps, trace->packed, &trace->spikes_out},
        {"D_ff", NPZ_FLOAT64, trace->d, n, &trace->D_ff},
        {"D_rec", NPZ_FLOAT64, trace->d, n, &trace->D_rec},
    };
    for (size_t i = 0; status == OK && i < ARRAY_LENGTH(rest); i++) {
        const bool optional = rest[i].name[0] == 'D';
        if (!optional || npz_find(trace->npz, rest[i].name) != NULL)
            status = need(trace, rest[i].name, rest[i].type, rest[i].rows,
                          rest[i].columns, rest[i].out, err);
    }
    return status;
}

static enum status
version_find(struct trace *trace, struct error *err)
{
    const struct npz_array *text = npz_find(trace->npz, "meta_nengo_version");
    if (text == NULL || text->type != NPZ_TEXT)
        return error_set(err, INVALID, "the trace has no meta_nengo_version");
    const char *version = text->data;
    if (strncmp(version, "2.4", 3) == 0)
        trace->nengo = NENGO_2_4;
    else if (version[0] == '2')
        trace->nengo = NENGO_2_5;
    else
        trace->nengo = NENGO_4;
    return OK;
}

static enum status
constants_find(struct trace *trace, struct error *err)
{
    double neurons = 0, seed_in = 0, seed_out = 0, filter = 0, period = 0;
    const struct {
        const char *name;
        double *out;
    } numbers[] = {
        {"meta_nexc", &neurons},
        {"meta_seed_in", &seed_in},
        {"meta_seed_out", &seed_out},
        {"meta_R_in", &trace->recipe.radius_ff},
        {"meta_R_out", &trace->recipe.radius_rec},
        {"meta_eta", &trace->rule.eta},
        {"meta_kfb", &trace->rule.feedback_gain},
        {"meta_tau", &trace->rule.tau_synapse},
        {"meta_tau_w", &trace->rule.tau_error},
        {"meta_tref_filter", &filter},
        {"meta_Tperiod", &period},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        const enum status status =
            npz_number(trace->npz, numbers[i].name, numbers[i].out, err);
        if (status != OK)
            return status;
    }
    trace->neurons = (size_t)neurons;
    trace->recipe.neurons_ff = trace->recipe.neurons_rec = (int64_t)neurons;
    trace->recipe.seed_ff = (int64_t)seed_in;
    trace->recipe.seed_rec = (int64_t)seed_out;
    trace->recipe.max_rates[0] = 200;
    trace->recipe.max_rates[1] = 400;
    trace->recipe.intercepts[0] = -1;
    trace->recipe.intercepts[1] = 1;
    trace->rule.tau_feedback = trace->rule.tau_synapse;
    trace->rule.tau_reference = filter > 0 ? filter : 0;
    trace->rule.period_steps = llround(period / SPEC_DT);
    return OK;
}

static enum status
trace_open(const char *path, struct trace *trace, struct error *err)
{
    struct bytes file = {0};
    enum status status = file_read(path, FILE_MOST, &file, err);
    if (status == OK)
        status = npz_open(file.data, file.size, FILE_MOST, &trace->npz, err);
    bytes_free(&file);
    if (status == OK)
        status = version_find(trace, err);
    if (status == OK)
        status = constants_find(trace, err);
    if (status == OK)
        status = arrays_find(trace, err);
    trace->recipe.dimensions_in = (int)trace->d_in;
    trace->recipe.dimensions = (int)trace->d;
    if (status != OK)
        error_prefix(err, "%s: ", path);
    return status;
}

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
    const size_t n = trace->neurons;
    for (size_t i = 0; i < (size_t)ours->steps; i++) {
        const size_t row = first + i;
        spikes_compare(ours->spikes_ff + i * n,
                       trace->spikes_in + row * trace->packed, n,
                       (int64_t)row + 1, verdict);
        spikes_compare(ours->spikes_rec + i * n,
                       trace->spikes_out + row * trace->packed, n,
                       (int64_t)row + 1, verdict);
    }
    verdict->x_hat =
        largest_difference(ours->x_hat, trace->x_hat + first * trace->d,
                           (size_t)ours->steps * trace->d, verdict->x_hat);
}

/* The last d rows of a saved layer are D, in the engine's precision. */
static double
factors_difference(const struct engine_state *state, const void *layer,
                   const double *theirs, const struct trace *trace)
{
    const size_t skip = (state->fields - trace->d) * trace->neurons;
    double most = 0;
    if (theirs == NULL)
        return NAN;
    for (size_t i = 0; i < trace->d * trace->neurons; i++) {
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
    verdict->D_ff = factors_difference(&state, state.ff, trace->D_ff, trace);
    verdict->D_rec = factors_difference(&state, state.rec, trace->D_rec, trace);
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
    npz_close(trace.npz);
    return status;
}
