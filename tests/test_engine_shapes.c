/* test_engine_shapes.c - networks of every shape against the equations of
 * doc/model.md, section 3, written down once more: float64, exp and log of the
 * C library, one neuron after the other, names as there. */
#include "engine_testing.h"

#define DT   SPEC_DT
#define MOST SPEC_DIMENSIONS_MOST

/* ---- the equations ------------------------------------------------------- */

struct layer {
    size_t n;
    const double *E; /* [n][inputs] scaled encoders [borrowed]               */
    const double *gain, *bias;
    size_t inputs;
    double *v, *r; /* thresholds, s                                          */
    double *p;     /* Hz, filtered spikes                                    */
    double *D;     /* [d][n] */
    double c;      /* the clamp current, before the gain                     */
    unsigned char *spiked;
};

/* All that changes from step to step. */
struct model {
    const struct network *network;
    const struct engine_rule *rule;
    enum nengo_rule nengo;
    size_t d;
    struct layer ff, rec;
    double eta; /* of this step */
    double y[MOST], z[MOST], f[MOST], ew[MOST], pe[MOST];
};

static double *
zeros(size_t count)
{
    double *array = memory_array(count, sizeof(double));
    ck_assert_ptr_nonnull(array);
    return array;
}

static struct layer
layer_new(int64_t neurons, int inputs, size_t d, const double *E,
          const double *gain, const double *bias)
{
    const size_t n = (size_t)neurons;
    struct layer layer = {.n = n,
                          .E = E,
                          .gain = gain,
                          .bias = bias,
                          .inputs = (size_t)inputs,
                          .v = zeros(n),
                          .r = zeros(n),
                          .p = zeros(n),
                          .D = zeros(n * d)};
    layer.spiked = memory_array(n, 1);
    ck_assert_ptr_nonnull(layer.spiked);
    return layer;
}

static void
layer_free(struct layer *layer)
{
    free(layer->v);
    free(layer->r);
    free(layer->p);
    free(layer->D);
    free(layer->spiked);
}

static bool
neuron_spikes(double J, double *v, double *r)
{
    *r -= DT;
    const double delta = fmin(fmax(DT - *r, 0), DT);
    *v -= (J - *v) * expm1(-delta / MODEL_TAU_RC);
    if (*v > 1) {
        *r = MODEL_TAU_REF + DT + MODEL_TAU_RC * log1p(-(*v - 1) / (J - 1));
        *v = 0;
        return true;
    }
    *v = fmax(*v, 0);
    return false;
}

/* E_i . input */
static double
encoded(const struct layer *layer, size_t i, const double *input)
{
    double J = 0;
    for (size_t k = 0; k < layer->inputs; k++)
        J += layer->E[i * layer->inputs + k] * input[k];
    return J;
}

static void
layer_learn(struct layer *layer, const struct model *model)
{
    const double rate = model->eta * DT / (double)layer->n;
    for (size_t k = 0; k < model->d; k++)
        for (size_t i = 0; i < layer->n; i++)
            layer->D[k * layer->n + i] -= rate * model->pe[k] * layer->p[i];
}

static double
filtered(double old, double input, double tau)
{
    const double a = exp(-DT / tau);
    return a * old + (1 - a) * input;
}

/* Learning, then spikes under the currents, or the other way round; `current`
 * [d] takes in D S. */
static void
layer_step(struct layer *layer, const struct model *model, const double *direct,
           const double *through_gain, double *current)
{
    if (model->nengo != NENGO_4)
        layer_learn(layer, model);
    for (size_t i = 0; i < layer->n; i++) {
        double J = layer->bias[i] + encoded(layer, i, direct) +
                   layer->gain[i] * layer->c;
        if (through_gain != NULL)
            J += layer->gain[i] * encoded(layer, i, through_gain);
        layer->spiked[i] = neuron_spikes(J, &layer->v[i], &layer->r[i]);
        for (size_t k = 0; layer->spiked[i] && k < model->d; k++)
            current[k] += layer->D[k * layer->n + i] / DT;
        layer->p[i] = filtered(layer->p[i], layer->spiked[i] / DT,
                               model->rule->tau_synapse);
    }
    if (model->nengo == NENGO_4)
        layer_learn(layer, model);
}

static void
model_spikes(struct model *model, const double *u, double *current,
             double *readout)
{
    double fed[MOST];
    const bool twice = model->nengo != NENGO_2_4;

    for (size_t k = 0; k < model->d; k++)
        fed[k] = model->f[k] + (twice ? 0 : model->z[k]);
    layer_step(&model->ff, model, u, NULL, current);
    layer_step(&model->rec, model, fed, twice ? model->z : NULL, current);
    for (size_t k = 0; k < model->d; k++)
        for (size_t i = 0; i < model->rec.n; i++)
            if (model->rec.spiked[i])
                readout[k] +=
                    model->network->decoders[k * model->rec.n + i] / DT;
}

/* One step; its error and what of it is learned from go to err and ewt. */
static void
model_step(struct model *model, const struct engine_drive *drive, double *err,
           double *ewt)
{
    const struct engine_rule *rule = model->rule;
    const unsigned char gates = *drive->gates;
    double current[MOST] = {0}, readout[MOST] = {0};

    model->eta = *drive->eta;
    model_spikes(model, drive->u, current, readout);
    for (size_t k = 0; k < model->d; k++) {
        err[k] = model->y[k] - drive->target[k];
        ewt[k] = gates & DRIVE_LEARN ? model->ew[k] : 0;
        const double eoff = gates & DRIVE_ERROR ? err[k] : 0;
        const double fed =
            gates & DRIVE_FEEDBACK ? -*drive->feedback * eoff : 0;

        model->pe[k] = filtered(model->pe[k], ewt[k], DT);
        model->ew[k] = filtered(model->ew[k], eoff, rule->tau_error);
        model->f[k] = filtered(model->f[k], fed, rule->tau_feedback);
        model->z[k] = filtered(model->z[k], current[k], rule->tau_synapse);
        model->y[k] = filtered(model->y[k], readout[k], rule->tau_synapse);
    }
    model->ff.c = filtered(model->ff.c, gates & DRIVE_CLAMP_FF ? -100 : 0, DT);
    model->rec.c = filtered(model->rec.c, gates & DRIVE_CLAMP ? -100 : 0, DT);
}

static void
numbers_append(struct bytes *to, const double *numbers, size_t count)
{
    ck_assert_int_eq(bytes_append(to, numbers, count * sizeof(*numbers)), OK);
}

static struct record
model_run(const struct network *network, const struct engine_rule *rule,
          enum nengo_rule nengo, const struct signal *signal)
{
    const size_t d = (size_t)network->dimensions;
    struct model model = {
        .network = network, .rule = rule, .nengo = nengo, .d = d};
    struct record record = {0};

    model.ff = layer_new(network->neurons_ff, network->dimensions_in, d,
                         network->scaled_encoders_ff, network->gain_ff,
                         network->bias_ff);
    model.rec = layer_new(network->neurons_rec, network->dimensions, d,
                          network->scaled_encoders_rec, network->gain_rec,
                          network->bias_rec);
    for (int64_t n = 0; n < signal->steps; n++) {
        const struct engine_drive drive = signal_part(signal, n, 1);
        double err[MOST], ewt[MOST];

        model_step(&model, &drive, err, ewt);
        numbers_append(&record.x_hat, model.y, d);
        numbers_append(&record.error, err, d);
        numbers_append(&record.error_filtered, ewt, d);
        ck_assert_int_eq(
            bytes_append(&record.spikes_ff, model.ff.spiked, model.ff.n), OK);
        ck_assert_int_eq(
            bytes_append(&record.spikes_rec, model.rec.spiked, model.rec.n),
            OK);
        record.steps++;
    }
    layer_free(&model.ff);
    layer_free(&model.rec);
    return record;
}

/* ---- the engine against them --------------------------------------------- */

static double
root_mean_square(const struct bytes *ours, const struct bytes *theirs)
{
    const double *a = (const double *)ours->data;
    const double *b = theirs ? (const double *)theirs->data : NULL;
    const size_t count = ours->size / sizeof(double);
    double sum = 0;

    ck_assert(count > 0 && (!theirs || theirs->size == ours->size));
    for (size_t i = 0; i < count; i++)
        sum += (a[i] - (b ? b[i] : 0)) * (a[i] - (b ? b[i] : 0));
    return sqrt(sum / (double)count);
}

/* In f64 no spike differs; in f32 runs part when rounding has moved one. */
static void
assert_follows_equations(struct opencl *cl, const struct network *network,
                         enum precision precision, enum nengo_rule nengo)
{
    struct signal signal = signal_new(network, 1000);
    struct engine_shape shape = shape_of(network, precision);
    struct record ours = {0};

    for (int64_t n = 0; nengo != NENGO_2_4 && n < signal.steps; n++)
        signal.eta[n] = 1e-4; /* the gain acts twice */
    shape.nengo = nengo;
    struct record theirs = model_run(network, &quick_rule, nengo, &signal);
    struct engine *engine = engine_opened(cl, &shape, 1);
    assert_ok(engine_seat(engine, 0, network, NULL, &quick_rule, why));
    signal_run(engine, &signal, 0, signal.steps, &ours);
    ck_assert(ours.finite);
    if (precision == PRECISION_F64) {
        assert_same_bytes(&ours.spikes_ff, &theirs.spikes_ff, "spikes_ff");
        assert_same_bytes(&ours.spikes_rec, &theirs.spikes_rec, "spikes_rec");
    }
    const double amplitude = root_mean_square(&theirs.x_hat, NULL);
    const double apart = root_mean_square(&ours.x_hat, &theirs.x_hat);
    ck_assert_double_gt(amplitude, 0.01);
    ck_assert_double_lt(apart,
                        amplitude * (precision == PRECISION_F64 ? 1e-12 : 0.2));
    engine_close(engine);
    record_free(&ours);
    record_free(&theirs);
    signal_free(&signal);
}

/* Every d with another d_in, 1 + 8 to 8 + 1; rules take turns. */
static void
assert_dimensions_follow(enum precision precision)
{
    static const enum nengo_rule rules[] = {NENGO_2_4, NENGO_2_5, NENGO_4};
    struct opencl *cl = device_opened();

    for (int d = 1; d <= MOST; d++) {
        struct network *network = network_of(MOST + 1 - d, d, 4);
        assert_follows_equations(cl, network, precision, rules[d % 3]);
        network_free(network);
    }
    opencl_close(cl);
}

TEST_WITHIN(120, networks_of_one_to_eight_dimensions_follow_the_equations)
{
    assert_dimensions_follow(PRECISION_F64);
}

TEST_WITHIN(120, networks_of_one_to_eight_dimensions_run_in_f32)
{
    assert_dimensions_follow(PRECISION_F32);
}

TEST(networks_of_three_dimensions_follow_each_of_nengos_rules)
{
    struct opencl *cl = device_opened();
    struct network *network = network_of(3, 3, 4);

    assert_follows_equations(cl, network, PRECISION_F64, NENGO_2_4);
    assert_follows_equations(cl, network, PRECISION_F64, NENGO_2_5);
    assert_follows_equations(cl, network, PRECISION_F64, NENGO_4);
    network_free(network);
    opencl_close(cl);
}

TEST(layers_of_any_size_follow_the_equations)
{
    static const int64_t sizes[][2] = {{1, 1}, {1, 130}, {130, 1}, {16, 17}};
    struct opencl *cl = device_opened();

    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        struct network_recipe recipe = van_der_pol;
        struct network *network = NULL;

        recipe.neurons_ff = sizes[i][0];
        recipe.neurons_rec = sizes[i][1];
        assert_ok(network_build(&recipe, NULL, &network, why));
        assert_follows_equations(cl, network, PRECISION_F64, NENGO_2_4);
        network_free(network);
    }
    opencl_close(cl);
}

TEST_MAIN("engine shapes")
