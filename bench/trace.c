/* trace.c - reads the arrays and constants of a recorded run. */
#include "bench/trace.h"

#include "random/random.h"

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
        {"decoders_out", NPZ_FLOAT64, trace->d, n_out, &trace->decoders},
    };
    for (size_t i = 0; status == OK && i < ARRAY_LENGTH(rest); i++) {
        const bool optional = rest[i].name[0] == 'D' || rest[i].name[0] == 'd';
        if (!optional || npz_find(trace->npz, rest[i].name) != NULL)
            status = need(trace, rest[i].name, rest[i].type, rest[i].rows,
                          rest[i].columns, rest[i].out, err);
    }
    return status;
}

/* What learned: the weights, unless the file says otherwise. */
static bool
learned(const struct trace *trace, const char *what)
{
    const struct npz_array *text = npz_find(trace->npz, "meta_plastic");
    return text != NULL && text->type == NPZ_TEXT &&
           strcmp(text->data, what) == 0;
}

/* Where plastic decoders take the place of weights, Nengo 2.5 to 2.8 let the
 * gain act once, so that all that 2.5 changed is not there. */
static enum status
version_find(struct trace *trace, struct error *err)
{
    const struct npz_array *text = npz_find(trace->npz, "meta_nengo_version");
    if (text == NULL || text->type != NPZ_TEXT)
        return error_set(err, INVALID, "the trace has no meta_nengo_version");
    const char *version = text->data;
    if (version[0] != '2' && learned(trace, "decoders"))
        return error_set(err, INVALID,
                         "plastic decoders of Nengo %s are no rule here",
                         version);
    if (strncmp(version, "2.4", 3) == 0 ||
        (version[0] == '2' && learned(trace, "decoders")))
        trace->nengo = NENGO_2_4;
    else if (version[0] == '2')
        trace->nengo = NENGO_2_5;
    else
        trace->nengo = NENGO_4;
    return OK;
}

/* Numbers of the file that are not ours as they stand. */
struct constants {
    double tau_reference; /* s, not above 0: the reference is not filtered   */
    double k, eta;
    double noise_mean, noise_sd; /* of the error                             */
    double noise_neurons;        /* deviation of noise in the neurons        */
    double n_in, n_out, seed_in, seed_out;
    double period; /* s */
    double clamped_in, clamped_out;
};

static enum status
constants_read(struct trace *trace, struct constants *to, struct error *err)
{
    static const double none = 0, yes = 1;
    struct network_recipe *recipe = &trace->recipe;
    struct engine_rule *rule = &trace->rule;
    const struct {
        const char *name;
        double *out;
        const double *otherwise; /* for traces that do not say; NULL: must   */
    } numbers[] = {
        {"meta_nexc", &to->n_in, NULL},
        {"meta_nexc_out", &to->n_out, &to->n_in},
        {"meta_seed_in", &to->seed_in, NULL},
        {"meta_seed_out", &to->seed_out, NULL},
        {"meta_R_in", &recipe->radius_ff, NULL},
        {"meta_R_out", &recipe->radius_rec, NULL},
        {"meta_gain", &recipe->gain, &none},
        {"meta_bias_low", &recipe->bias[0], &none},
        {"meta_bias_high", &recipe->bias[1], &none},
        {"meta_eta", &to->eta, NULL},
        {"meta_kfb", &to->k, NULL},
        {"meta_tau", &rule->tau_synapse, NULL},
        {"meta_tau_fb", &rule->tau_feedback, &rule->tau_synapse},
        {"meta_tau_w", &rule->tau_error, NULL},
        {"meta_tref_filter", &to->tau_reference, NULL},
        {"meta_Tperiod", &to->period, NULL},
        {"meta_cutoff", &rule->error_cutoff, &none},
        {"meta_error_noise_mean", &to->noise_mean, &none},
        {"meta_error_noise_sd", &to->noise_sd, &none},
        {"meta_neuron_noise_sd", &to->noise_neurons, &none},
        {"meta_clamped_in", &to->clamped_in, &yes},
        {"meta_clamped_out", &to->clamped_out, &yes},
    };
    enum status status = OK;
    for (size_t i = 0; status == OK && i < ARRAY_LENGTH(numbers); i++) {
        const bool told = npz_find(trace->npz, numbers[i].name) != NULL;
        if (!told && numbers[i].otherwise != NULL)
            *numbers[i].out = *numbers[i].otherwise;
        else
            status =
                npz_number(trace->npz, numbers[i].name, numbers[i].out, err);
    }
    return status;
}

static enum status
constants_find(struct trace *trace, struct constants *constants,
               struct error *err)
{
    struct network_recipe *recipe = &trace->recipe;
    const enum status status = constants_read(trace, constants, err);
    if (status != OK)
        return status;
    if (constants->noise_neurons > 0)
        return error_set(err, INVALID,
                         "noise in the neurons is of another stream here");
    trace->n_in = (size_t)constants->n_in;
    trace->n_out = (size_t)constants->n_out;
    recipe->neurons_ff = (int64_t)constants->n_in;
    recipe->neurons_rec = (int64_t)constants->n_out;
    recipe->seed_ff = (int64_t)constants->seed_in;
    recipe->seed_rec = (int64_t)constants->seed_out;
    recipe->max_rates[0] = 200;
    recipe->max_rates[1] = 400;
    recipe->intercepts[0] = -1;
    recipe->intercepts[1] = 1;
    trace->rule.plastic =
        learned(trace, "readout") ? PLASTIC_READOUT : PLASTIC_FF | PLASTIC_REC;
    trace->rule.period_steps = llround(constants->period / SPEC_DT);
    trace->clamps = (constants->clamped_in != 0 ? DRIVE_CLAMP_FF : 0) |
                    (constants->clamped_out != 0 ? DRIVE_CLAMP : 0);
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

/* White noise through a synapse of 5 ms comes on top of the error, from the
 * stream of the command layer's seed. */
static void
target_blur(struct trace *trace, const struct constants *constants)
{
    const double keep = exp(-SPEC_DT / 5e-3);
    double held[SPEC_DIMENSIONS_MOST] = {0};
    struct random random;

    if (!(constants->noise_sd > 0))
        return;
    random_seed(&random, (uint32_t)trace->recipe.seed_ff);
    for (size_t i = 0; i < trace->steps; i++)
        for (size_t j = 0; j < trace->d; j++) {
            const double x = (constants->noise_mean +
                              constants->noise_sd * random_normal(&random)) /
                             sqrt(SPEC_DT);
            trace->target[i * trace->d + j] -= held[j];
            held[j] = keep * held[j] + (1 - keep) * x;
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
    target_blur(trace, constants);
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
