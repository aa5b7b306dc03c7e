/* trace.c - reads the arrays and constants of a recorded run. */
#include "bench/trace.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MOST ((size_t)4 << 30) /* bytes */

static enum status
need(const struct trace *trace, const char *name, enum npz_type type,
     size_t rows, size_t columns, const void *out, struct error *err)
{
    size_t shape[2] = {rows, columns};
    return npz_need(trace->npz, name, type, columns > 0 ? 2 : 1, shape,
                    (const void **)(uintptr_t)out, err);
}

size_t
trace_packed(size_t count)
{
    return (count + 7) / 8;
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
    const size_t steps = trace->steps;
    const size_t n_in = trace->n_in, n_out = trace->n_out;
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
        {"spikes_in", NPZ_UINT8, steps, trace_packed(n_in), &trace->spikes_in},
        {"spikes_out", NPZ_UINT8, steps, trace_packed(n_out),
         &trace->spikes_out},
        {"D_ff", NPZ_FLOAT64, trace->d, n_in, &trace->D_ff},
        {"D_rec", NPZ_FLOAT64, trace->d, n_out, &trace->D_rec},
        {"D0_ff", NPZ_FLOAT64, trace->d, n_in, &trace->D0_ff},
        {"D0_rec", NPZ_FLOAT64, trace->d, n_out, &trace->D0_rec},
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

/* What drives a run and does not change in it. */
struct constants {
    double tau_reference; /* s, not above 0: the reference is not filtered    */
    double k;
    double eta;
};

static enum status
constants_find(struct trace *trace, struct constants *constants,
               struct error *err)
{
    double n_in = 0, n_out = 0, seed_in = 0, seed_out = 0;
    double filter = 0, period = 0, k = 0, eta = 0;
    double clamped_in = 1, clamped_out = 1;
    static const double none = 0, yes = 1;
    const struct {
        const char *name;
        double *out;
        const double *otherwise; /* for traces that do not say; NULL: must   */
    } numbers[] = {
        {"meta_nexc", &n_in, NULL},
        {"meta_nexc_out", &n_out, &n_in},
        {"meta_seed_in", &seed_in, NULL},
        {"meta_seed_out", &seed_out, NULL},
        {"meta_R_in", &trace->recipe.radius_ff, NULL},
        {"meta_R_out", &trace->recipe.radius_rec, NULL},
        {"meta_eta", &eta, NULL},
        {"meta_kfb", &k, NULL},
        {"meta_tau", &trace->rule.tau_synapse, NULL},
        {"meta_tau_fb", &trace->rule.tau_feedback, &trace->rule.tau_synapse},
        {"meta_tau_w", &trace->rule.tau_error, NULL},
        {"meta_tref_filter", &filter, NULL},
        {"meta_Tperiod", &period, NULL},
        {"meta_cutoff", &trace->rule.error_cutoff, &none},
        {"meta_clamped_in", &clamped_in, &yes},
        {"meta_clamped_out", &clamped_out, &yes},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        const bool told = npz_find(trace->npz, numbers[i].name) != NULL;
        enum status status = OK;
        if (!told && numbers[i].otherwise != NULL)
            *numbers[i].out = *numbers[i].otherwise;
        else
            status =
                npz_number(trace->npz, numbers[i].name, numbers[i].out, err);
        if (status != OK)
            return status;
    }
    trace->n_in = (size_t)n_in;
    trace->n_out = (size_t)n_out;
    trace->recipe.neurons_ff = (int64_t)n_in;
    trace->recipe.neurons_rec = (int64_t)n_out;
    trace->recipe.seed_ff = (int64_t)seed_in;
    trace->recipe.seed_rec = (int64_t)seed_out;
    trace->recipe.max_rates[0] = 200;
    trace->recipe.max_rates[1] = 400;
    trace->recipe.intercepts[0] = -1;
    trace->recipe.intercepts[1] = 1;
    trace->rule.plastic = PLASTIC_FF | PLASTIC_REC;
    trace->rule.period_steps = llround(period / SPEC_DT);
    trace->clamps = (clamped_in != 0 ? DRIVE_CLAMP_FF : 0) |
                    (clamped_out != 0 ? DRIVE_CLAMP : 0);
    *constants = (struct constants){filter, k, eta};
    return OK;
}

/* What x_hat is compared with in each step: what the filter of the reference
 * held after the step before; without a filter, the reference itself. */
static void
target_fill(struct trace *trace, double tau)
{
    const double keep = tau > 0 ? exp(-SPEC_DT / tau) : 0;
    for (size_t j = 0; j < trace->d; j++) {
        double held = 0;
        for (size_t i = 0; i < trace->steps; i++) {
            const double x = trace->x[i * trace->d + j];
            trace->target[i * trace->d + j] = tau > 0 ? held : x;
            held = keep * held + (1 - keep) * x;
        }
    }
}

static enum status
drive_make(struct trace *trace, const struct constants *constants,
           struct error *err)
{
    trace->target = memory_array(trace->steps * trace->d, sizeof(double));
    trace->feedback = memory_array(trace->steps, sizeof(double));
    trace->eta = memory_array(trace->steps, sizeof(double));
    if (trace->target == NULL || trace->feedback == NULL || trace->eta == NULL)
        return error_set(err, NO_MEMORY, "no memory for %zu steps",
                         trace->steps);
    target_fill(trace, constants->tau_reference);
    for (size_t i = 0; i < trace->steps; i++) {
        trace->feedback[i] = constants->k;
        trace->eta[i] = constants->eta;
    }
    return OK;
}

/* Weights that were there before learning, and connections that are not. */
static enum status
connections_find(struct trace *trace, struct error *err)
{
    struct connections *out = &trace->connections;
    const size_t n_in = trace->n_in, n_out = trace->n_out;
    const struct {
        const char *name;
        enum npz_type type;
        size_t columns;
        const void *out;
    } arrays[] = {{"W0_ff", NPZ_FLOAT64, n_in, &out->weights_ff},
                  {"W0_rec", NPZ_FLOAT64, n_out, &out->weights_rec},
                  {"mask_ff", NPZ_BOOL, n_in, &out->mask_ff},
                  {"mask_rec", NPZ_BOOL, n_out, &out->mask_rec}};
    enum status status = OK;
    for (size_t i = 0; status == OK && i < ARRAY_LENGTH(arrays); i++) {
        if (npz_find(trace->npz, arrays[i].name) == NULL)
            continue;
        trace->weights = ENGINE_WEIGHTS_GATHERED;
        status = need(trace, arrays[i].name, arrays[i].type, n_out,
                      arrays[i].columns, arrays[i].out, err);
    }
    return status;
}

enum status
trace_open(const char *path, struct trace *trace, struct error *err)
{
    struct bytes file = {0};
    struct constants constants = {0};
    enum status status = file_read(path, FILE_MOST, &file, err);
    if (status == OK)
        status = npz_open(file.data, file.size, FILE_MOST, &trace->npz, err);
    bytes_free(&file);
    if (status == OK)
        status = version_find(trace, err);
    if (status == OK)
        status = constants_find(trace, &constants, err);
    if (status == OK)
        status = arrays_find(trace, err);
    if (status == OK)
        status = drive_make(trace, &constants, err);
    if (status == OK)
        status = connections_find(trace, err);
    trace->recipe.dimensions_in = (int)trace->d_in;
    trace->recipe.dimensions = (int)trace->d;
    if (status != OK)
        error_prefix(err, "%s: ", path);
    return status;
}

void
trace_close(struct trace *trace)
{
    npz_close(trace->npz);
    free(trace->target);
    free(trace->feedback);
    free(trace->eta);
}
