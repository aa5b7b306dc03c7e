/* setting_testing.h - a network with all that it needs to run, in f64, and the
 * engine's run of it against the equations. */
#ifndef FOLLOWD_SETTING_TESTING_H
#define FOLLOWD_SETTING_TESTING_H

#include "equations_testing.h"

#include "kernels/layout.h"

/* A network with everything that it needs to run. */
struct setting {
    struct opencl *cl;
    struct network *network;
    struct connections connections;
    struct engine_shape shape;
    struct engine_rule rule;
    struct signal signal;
    double (*noise)(unsigned seed, unsigned layer, unsigned step,
                    unsigned neuron); /* for the equations                   */
};

/* `sd` of fixed weights, 0: none; in the later rules they, and what is
 * learned, pass the gain once more. */
static TEST_UNUSED struct setting
setting_new(enum nengo_rule nengo, double sd, bool sparse)
{
    struct setting setting = {.cl = device_opened(),
                              .network = network_of(2, 3, 4),
                              .rule = quick_rule};
    const bool twice = nengo != NENGO_2_4;

    setting.connections =
        connections_of(setting.network, twice ? sd / 20 : sd, sparse);
    setting.shape = shape_of(setting.network, PRECISION_F64);
    setting.shape.nengo = nengo;
    setting.shape.weights_fixed = sd != 0;
    setting.shape.weights_masked = sparse;
    setting.signal = signal_new(setting.network, 1000);
    for (int64_t n = 0; twice && n < setting.signal.steps; n++)
        setting.signal.eta[n] /= 200;
    return setting;
}

static TEST_UNUSED void
setting_free(struct setting *setting)
{
    signal_free(&setting->signal);
    connections_free(&setting->connections);
    network_free(setting->network);
    opencl_close(setting->cl);
}

/* ---- W as the engine holds it -------------------------------------------- */

struct matrix {
    const char *D, *W; /* names of parts */
    size_t neurons;
    const double *fixed;
    const unsigned char *mask;
};

/* Entry (i, j), from what was saved. */
static double
weight_saved(const struct setting *setting, const struct engine_state *state,
             const struct matrix *matrix, size_t i, size_t j)
{
    const size_t n = matrix->neurons, d = (size_t)setting->network->dimensions;
    const double *E = setting->network->scaled_encoders_rec + i * d;
    const struct engine_part *filters = engine_state_find(state, "filters");
    const double lost =
        part_number(state, filters, FILTER_FIELDS * d + FILTER_LOST);
    double W = 0;

    if (setting->shape.weights == ENGINE_WEIGHTS_DENSE)
        return part_number(state, engine_state_find(state, matrix->W),
                           j * (size_t)setting->network->neurons_rec + i);
    for (size_t k = 0; k < d; k++)
        W += E[k] *
             part_number(state, engine_state_find(state, matrix->D), k * n + j);
    if (matrix->fixed != NULL)
        W += (1 - lost) * matrix->fixed[i * n + j];
    return matrix->mask != NULL && !matrix->mask[i * n + j] ? 0 : W;
}

/* All entries agree with W [N_rec][n], and their size with `rms`. */
static void
assert_weights(const struct setting *setting, const struct engine_state *state,
               const struct matrix *matrix, const double *W, double rms)
{
    const size_t post = (size_t)setting->network->neurons_rec;
    const size_t n = matrix->neurons;
    double largest = 0, squares = 0;

    for (size_t at = 0; at < post * n; at++) {
        largest = fmax(largest, fabs(W[at]));
        squares += W[at] * W[at];
    }
    for (size_t at = 0; at < post * n; at++) {
        const double ours =
            weight_saved(setting, state, matrix, at / n, at % n);
        ck_assert_msg(fabs(ours - W[at]) <= 1e-12 * largest,
                      "%s[%zu][%zu] is %.17g, not %.17g", matrix->W, at / n,
                      at % n, ours, W[at]);
    }
    squares = sqrt(squares / (double)(post * n));
    ck_assert_double_le(fabs(rms - squares), 1e-10 * squares);
}

static void
assert_decoders(const struct engine_state *state, const struct model *model)
{
    const struct engine_part *part =
        engine_state_find(state, "learned_decoders");
    const size_t count = model->d * model->rec.n;
    struct bytes ours = {0}, theirs = {0};

    for (size_t i = 0; i < count; i++) {
        const double decoder = part_number(state, part, i);
        numbers_append(&ours, &decoder, 1);
    }
    numbers_append(&theirs, model->decoders, count);
    assert_near(&ours, &theirs, 1e-12);
    bytes_free(&ours);
    bytes_free(&theirs);
}

static void
assert_both_weights(const struct setting *setting, struct engine *engine,
                    const struct model *model,
                    const struct engine_summary *last)
{
    const struct connections *from = &setting->connections;
    const struct matrix ff = {"D_ff", "W_ff", model->ff.n, from->weights_ff,
                              from->mask_ff};
    const struct matrix rec = {"D_rec", "W_rec", model->rec.n,
                               from->weights_rec, from->mask_rec};
    struct engine_state state;

    assert_ok(engine_save(engine, 0, &state, why));
    assert_weights(setting, &state, &ff, model->ff.W, last->weight_rms_ff);
    assert_weights(setting, &state, &rec, model->rec.W, last->weight_rms_rec);
    if (setting->shape.plastic_readout)
        assert_decoders(&state, model);
    engine_state_free(&state);
}

/* ---- against the equations ----------------------------------------------- */

/* In f64 no spike differs; x_hat and all weights are the same to 1e-12. What
 * the equations came to stays in `model`. */
static TEST_UNUSED void
assert_follows(const struct setting *setting, struct model *model)
{
    struct engine *engine = engine_opened(setting->cl, &setting->shape, 1);
    struct record ours = {0};

    *model = model_new(setting->network, &setting->connections, &setting->shape,
                       &setting->rule, setting->signal.steps);
    model->noise = setting->noise;
    struct record theirs = model_run(model, &setting->signal);
    assert_alive(&theirs);
    assert_ok(engine_seat(engine, 0, setting->network, &setting->connections,
                          &setting->rule, why));
    signal_run(engine, &setting->signal, 0, setting->signal.steps, &ours);
    ck_assert(ours.finite);
    assert_same_bytes(&ours.spikes_ff, &theirs.spikes_ff, "spikes_ff");
    assert_same_bytes(&ours.spikes_rec, &theirs.spikes_rec, "spikes_rec");
    assert_near(&ours.x_hat, &theirs.x_hat, 1e-12);
    assert_near(&ours.error_filtered, &theirs.error_filtered, 1e-12);
    assert_both_weights(setting, engine, model,
                        (const struct engine_summary *)(ours.summaries.data +
                                                        ours.summaries.size) -
                            1);
    engine_close(engine);
    record_free(&ours);
    record_free(&theirs);
}

#endif
