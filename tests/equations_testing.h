/* equations_testing.h - the equations of doc/model.md, section 3, written down
 * once more: float64, exp and log of the C library, one neuron after the other
 * and every weight a number of its own. Names are those of that section. */
#ifndef FOLLOWD_EQUATIONS_TESTING_H
#define FOLLOWD_EQUATIONS_TESTING_H

#include "engine_testing.h"

#define DT   SPEC_DT
#define MOST SPEC_DIMENSIONS_MOST

/* One layer, and the matrix by which it reaches the recurrent one. */
struct layer {
    size_t n;
    const double *E; /* [n][inputs] scaled encoders [borrowed]               */
    const double *gain, *bias;
    size_t inputs;
    double *v, *r; /* thresholds, s                                          */
    double *p;     /* Hz, filtered spikes                                    */
    double *W;     /* [N_rec][n]                                             */
    const unsigned char *mask; /* [N_rec][n], NULL: all ones [borrowed]      */
    double c;                  /* the clamp current, before the gain         */
    unsigned char *spiked;
    bool learns;
};

/* All that changes from step to step. */
struct model {
    const struct network *network;
    const struct engine_shape *shape;
    const struct engine_rule *rule;
    size_t d;
    int64_t step; /* steps done */
    struct layer ff, rec;
    double *z;        /* [N_rec] filtered current of the learned weights     */
    double *decoders; /* [d][N_rec]                                          */
    double *passed;   /* [steps][d] the error as it passed, kept for delays  */
    /* Of mean 0 and deviation 1 for a neuron in a step; NULL: no noise. */
    double (*noise)(unsigned seed, unsigned layer, unsigned step,
                    unsigned neuron);
    double eta;  /* of this step */
    double keep; /* what decay leaves of a weight in this step          */
    double y[MOST], f[MOST], ew[MOST], pe[MOST];
};

static double *
zeros(size_t count)
{
    double *array = memory_array(count, sizeof(double));
    ck_assert_ptr_nonnull(array);
    return array;
}

static TEST_UNUSED double
numbers_largest(const double *numbers, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(numbers[i]));
    return most;
}

/* W as it begins: what is there before learning, where there is a connection,
 * and nothing negative where that is forbidden. */
static void
layer_connect(struct layer *layer, const struct model *model,
              const double *weights, const unsigned char *mask)
{
    const size_t entries = (size_t)model->network->neurons_rec * layer->n;

    layer->mask = model->shape->weights_masked ? mask : NULL;
    layer->W = zeros(entries);
    for (size_t i = 0; weights != NULL && i < entries; i++)
        if (layer->mask == NULL || layer->mask[i])
            layer->W[i] = model->shape->weights_clipped ? fmax(weights[i], 0)
                                                        : weights[i];
}

static struct layer
layer_new(int64_t neurons, int inputs, const double *E, const double *gain,
          const double *bias, bool learns)
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
                          .learns = learns};
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
    free(layer->W);
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

/* Every weight of a matrix learns, decays and keeps to what is allowed. */
static void
layer_learn(struct layer *layer, const struct model *model)
{
    const double rate = layer->learns ? model->eta * DT / (double)layer->n : 0;
    for (size_t i = 0; i < model->rec.n; i++) {
        const double change = -rate * encoded(&model->rec, i, model->pe);
        for (size_t j = 0; j < layer->n; j++) {
            double *W = &layer->W[i * layer->n + j];
            *W = model->keep * *W + change * layer->p[j];
            if (layer->mask != NULL && !layer->mask[i * layer->n + j])
                *W = 0;
            if (model->shape->weights_clipped)
                *W = fmax(*W, 0);
        }
    }
}

static void
model_learn(struct model *model)
{
    const double rate = model->rule->plastic & PLASTIC_READOUT
                            ? model->eta * DT / (double)model->rec.n
                            : 0;
    layer_learn(&model->ff, model);
    layer_learn(&model->rec, model);
    for (size_t k = 0; model->shape->plastic_readout && k < model->d; k++)
        for (size_t i = 0; i < model->rec.n; i++) {
            double *decoder = &model->decoders[k * model->rec.n + i];
            *decoder =
                model->keep * *decoder - rate * model->pe[k] * model->rec.p[i];
        }
}

static double
filtered(double old, double input, double tau)
{
    const double a = exp(-DT / tau);
    return a * old + (1 - a) * input;
}

static double
noise_current(const struct model *model, unsigned layer, size_t i)
{
    const struct engine_rule *rule = model->rule;
    return model->noise == NULL
               ? 0
               : rule->noise_mean +
                     rule->noise_sd * model->noise(rule->noise_seed, layer,
                                                   (unsigned)model->step,
                                                   (unsigned)i);
}

/* Spikes under the currents; `learned` [n] (may be NULL) comes on top. */
static void
layer_spike(struct layer *layer, const struct model *model,
            const double *direct, const double *learned)
{
    const bool gain_twice = model->shape->nengo != NENGO_2_4;
    for (size_t i = 0; i < layer->n; i++) {
        double J = layer->bias[i] + encoded(layer, i, direct) +
                   layer->gain[i] * layer->c +
                   noise_current(model, layer == &model->rec, i);
        if (learned != NULL)
            J += (gain_twice ? layer->gain[i] : 1) * learned[i];
        layer->spiked[i] = neuron_spikes(J, &layer->v[i], &layer->r[i]);
    }
}

/* What neuron i of the recurrent layer receives by both matrices. */
static double
received(const struct model *model, size_t i)
{
    const struct layer *layers[] = {&model->ff, &model->rec};
    double sum = 0;

    for (size_t l = 0; l < ARRAY_LENGTH(layers); l++)
        for (size_t j = 0; j < layers[l]->n; j++)
            if (layers[l]->spiked[j])
                sum += layers[l]->W[i * layers[l]->n + j] / DT;
    return sum;
}

static void
traces_step(struct layer *layer, double tau)
{
    for (size_t i = 0; i < layer->n; i++)
        layer->p[i] = filtered(layer->p[i], layer->spiked[i] / DT, tau);
}

/* Both layers, and what their spikes do; x_hat's share goes to `readout`. */
static void
model_spikes(struct model *model, const double *u, double *readout)
{
    const double tau = model->rule->tau_synapse;
    const enum nengo_rule nengo = model->shape->nengo;

    if (nengo != NENGO_4)
        model_learn(model);
    layer_spike(&model->ff, model, u, NULL);
    layer_spike(&model->rec, model, model->f, model->z);
    for (size_t i = 0; i < model->rec.n; i++) {
        model->z[i] = filtered(model->z[i], received(model, i), tau);
        for (size_t k = 0; model->rec.spiked[i] && k < model->d; k++)
            readout[k] += model->decoders[k * model->rec.n + i] / DT;
    }
    traces_step(&model->ff, tau);
    traces_step(&model->rec, tau);
    if (nengo == NENGO_4)
        model_learn(model);
}

/* One step; its error and what of it is learned from go to err and ewt. */
static void
model_step(struct model *model, const struct engine_drive *drive, double *err,
           double *ewt)
{
    const int64_t n = model->step;
    const struct engine_rule *rule = model->rule;
    const unsigned char gates = *drive->gates;
    const bool learning = gates & DRIVE_LEARN && gates & DRIVE_ERROR;
    const int64_t late = n - rule->delay_steps;
    double readout[MOST] = {0};

    model->eta = *drive->eta;
    model->keep = learning ? 1 - rule->decay * DT : 1;
    model_spikes(model, drive->u, readout);
    for (size_t k = 0; k < model->d; k++) {
        double *passed = &model->passed[(size_t)n * model->d + k];
        const double ew = model->ew[k];

        err[k] = model->y[k] - drive->target[k];
        ewt[k] = gates & DRIVE_LEARN && fabs(ew) > rule->error_cutoff ? ew : 0;
        *passed = gates & DRIVE_ERROR ? err[k] : 0;
        const double eoff =
            late < 0 ? 0 : model->passed[(size_t)late * model->d + k];
        const double fed =
            gates & DRIVE_FEEDBACK ? -*drive->feedback * eoff : 0;

        model->pe[k] = filtered(model->pe[k], ewt[k], DT);
        model->ew[k] = filtered(ew, *passed, rule->tau_error);
        model->f[k] = filtered(model->f[k], fed, rule->tau_feedback);
        model->y[k] = filtered(model->y[k], readout[k], rule->tau_synapse);
    }
    model->ff.c = filtered(model->ff.c, gates & DRIVE_CLAMP_FF ? -100 : 0, DT);
    model->rec.c = filtered(model->rec.c, gates & DRIVE_CLAMP ? -100 : 0, DT);
    model->step++;
}

static struct model
model_new(const struct network *network, const struct connections *connections,
          const struct engine_shape *shape, const struct engine_rule *rule,
          int64_t steps)
{
    static const struct connections none;
    const struct connections *from = connections ? connections : &none;
    const size_t n = (size_t)network->neurons_rec;
    const size_t d = (size_t)network->dimensions;
    struct model model = {
        .network = network, .shape = shape, .rule = rule, .d = d};

    model.ff = layer_new(network->neurons_ff, network->dimensions_in,
                         network->scaled_encoders_ff, network->gain_ff,
                         network->bias_ff, (rule->plastic & PLASTIC_FF) != 0);
    model.rec =
        layer_new(network->neurons_rec, network->dimensions,
                  network->scaled_encoders_rec, network->gain_rec,
                  network->bias_rec, (rule->plastic & PLASTIC_REC) != 0);
    layer_connect(&model.ff, &model, from->weights_ff, from->mask_ff);
    layer_connect(&model.rec, &model, from->weights_rec, from->mask_rec);
    model.z = zeros(n);
    model.passed = zeros((size_t)steps * d);
    model.decoders = zeros(d * n);
    memcpy(model.decoders, network->decoders, d * n * sizeof(double));
    return model;
}

static void
model_free(struct model *model)
{
    layer_free(&model->ff);
    layer_free(&model->rec);
    free(model->z);
    free(model->passed);
    free(model->decoders);
}

static void
numbers_append(struct bytes *to, const double *numbers, size_t count)
{
    append(to, numbers, count * sizeof(*numbers));
}

/* The whole of a signal. */
static TEST_UNUSED struct record
model_run(struct model *model, const struct signal *signal)
{
    struct record record = {.finite = true};

    for (int64_t n = 0; n < signal->steps; n++) {
        const struct engine_drive drive = signal_part(signal, n, 1);
        double err[MOST], ewt[MOST];

        model_step(model, &drive, err, ewt);
        numbers_append(&record.x_hat, model->y, model->d);
        numbers_append(&record.error, err, model->d);
        numbers_append(&record.error_filtered, ewt, model->d);
        append(&record.spikes_ff, model->ff.spiked, model->ff.n);
        append(&record.spikes_rec, model->rec.spiked, model->rec.n);
        record.steps++;
    }
    return record;
}

#endif
