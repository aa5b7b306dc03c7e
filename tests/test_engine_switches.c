/* test_engine_switches.c - what else a step can do: learn the readout, or some
 * of the weights alone, let all decay, ignore small errors, feed them back
 * late. */
#include "setting_testing.h"

static const enum engine_weights forms[] = {
    ENGINE_WEIGHTS_FACTORED, ENGINE_WEIGHTS_GATHERED, ENGINE_WEIGHTS_DENSE};

/* ---- what learns --------------------------------------------------------- */

/* Decoders learn with the weights, from those of the network on. */
static void
assert_readout_follows(enum engine_weights weights, enum nengo_rule nengo,
                       double decay)
{
    struct setting setting = setting_new(nengo, 0, false);
    const size_t count =
        (size_t)(setting.network->dimensions * setting.network->neurons_rec);
    struct model model;

    setting.shape.weights = weights;
    setting.shape.plastic_readout = true;
    setting.shape.decays = decay > 0;
    setting.rule.plastic |= PLASTIC_READOUT;
    setting.rule.decay = decay;
    for (int64_t n = 0; nengo == NENGO_2_4 && n < setting.signal.steps; n++)
        setting.signal.eta[n] /= 200; /* the readout is quick */
    assert_follows(&setting, &model);
    for (size_t i = 0; i < count; i++)
        model.decoders[i] -= setting.network->decoders[i];
    ck_assert_double_gt(numbers_largest(model.decoders, count),
                        0.01 *
                            numbers_largest(setting.network->decoders, count));
    model_free(&model);
    setting_free(&setting);
}

TEST(decoders_learn_by_every_rule_and_beside_weights_in_any_form)
{
    assert_readout_follows(ENGINE_WEIGHTS_FACTORED, NENGO_2_4, 0);
    assert_readout_follows(ENGINE_WEIGHTS_FACTORED, NENGO_4, 1);
    assert_readout_follows(ENGINE_WEIGHTS_GATHERED, NENGO_2_5, 1);
    assert_readout_follows(ENGINE_WEIGHTS_GATHERED, NENGO_4, 0);
    assert_readout_follows(ENGINE_WEIGHTS_DENSE, NENGO_2_4, 1);
    assert_readout_follows(ENGINE_WEIGHTS_DENSE, NENGO_4, 0);
}

TEST(weights_that_are_not_plastic_stay_as_they_are)
{
    static const int64_t plastic[] = {PLASTIC_FF, PLASTIC_REC, 0};

    for (size_t i = 0; i < ARRAY_LENGTH(plastic); i++) {
        struct setting setting = setting_new(NENGO_2_4, 0, false);
        const size_t post = (size_t)setting.network->neurons_rec;
        struct model model;

        setting.shape.weights = forms[i];
        setting.rule.plastic = plastic[i];
        assert_follows(&setting, &model);
        ck_assert_int_eq(numbers_largest(model.ff.W, post * model.ff.n) > 0,
                         plastic[i] == PLASTIC_FF);
        ck_assert_int_eq(numbers_largest(model.rec.W, post * post) > 0,
                         plastic[i] == PLASTIC_REC);
        model_free(&model);
        setting_free(&setting);
    }
}

/* Some errors are on either side of it. */
TEST(errors_up_to_the_cutoff_are_not_learned_from)
{
    struct setting setting = setting_new(NENGO_2_4, 0, false);
    const double cutoff = 0.5;
    double least = INFINITY, most = 0;
    size_t ignored = 0;
    struct model model;

    setting.rule.error_cutoff = cutoff;
    assert_follows(&setting, &model);
    model_free(&model);
    model = model_new(setting.network, NULL, &setting.shape, &setting.rule,
                      setting.signal.steps);
    struct record record = model_run(&model, &setting.signal);
    for (size_t i = 0; i < record.error_filtered.size / sizeof(double); i++) {
        const double error =
            fabs(((const double *)record.error_filtered.data)[i]);
        ignored += error == 0;
        least = error > 0 ? fmin(least, error) : least;
        most = fmax(most, error);
    }
    ck_assert_double_gt(least, cutoff);
    ck_assert_double_gt(most, 2 * cutoff);
    ck_assert_uint_gt(ignored, 3 * 300);
    record_free(&record);
    model_free(&model);
    setting_free(&setting);
}

/* ---- decay --------------------------------------------------------------- */

/* How all numbers of a part have changed, which must be by one factor. */
static double
part_ratio(const struct engine_state *now, const struct engine_state *then,
           const char *name, double tolerance)
{
    const struct engine_part *part = engine_state_find(now, name);
    const struct engine_part *old = engine_state_find(then, name);
    const size_t count = part->rows * part->columns;
    double ratio = NAN;

    for (size_t i = 0; i < count; i++) {
        const double before = part_number(then, old, i);
        const double after = part_number(now, part, i);
        if (before == 0)
            continue; /* a silent neuron */
        if (isnan(ratio))
            ratio = after / before;
        ck_assert_double_eq_tol(after / before / ratio, 1, tolerance);
    }
    return ratio;
}

/* 400 steps of learning; 400 without a learning rate; 100 in which no error
 * passes. */
static void
assert_decays_as_powers(enum engine_weights weights, enum precision precision)
{
    struct setting setting = setting_new(NENGO_2_4, 0, false);
    const double tolerance = precision == PRECISION_F64 ? 1e-12 : 1e-4;
    const bool dense = weights == ENGINE_WEIGHTS_DENSE;
    const char *names[] = {dense ? "W_ff" : "D_ff", dense ? "W_rec" : "D_rec",
                           "learned_decoders"};
    struct record record = {0};
    struct engine_state states[3];

    setting.shape.weights = weights;
    setting.shape.precision = precision;
    setting.shape.plastic_readout = setting.shape.decays = true;
    setting.rule.decay = 2;
    for (int64_t n = 400; n < 900; n++) {
        setting.signal.eta[n] = 0;
        setting.signal.gates[n] =
            DRIVE_FEEDBACK | DRIVE_LEARN | (n < 800 ? DRIVE_ERROR : 0);
    }
    struct engine *engine = engine_opened(setting.cl, &setting.shape, 1);
    assert_ok(
        engine_seat(engine, 0, setting.network, NULL, &setting.rule, why));
    signal_run(engine, &setting.signal, 0, 400, &record);
    assert_ok(engine_save(engine, 0, &states[0], why));
    signal_run(engine, &setting.signal, 400, 400, &record);
    assert_ok(engine_save(engine, 0, &states[1], why));
    signal_run(engine, &setting.signal, 800, 100, &record);
    assert_ok(engine_save(engine, 0, &states[2], why));
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const double left =
            part_ratio(&states[1], &states[0], names[i], tolerance);
        const double after =
            part_ratio(&states[2], &states[1], names[i], 1e-15);
        ck_assert_double_eq_tol(left / pow(1 - 2 * SPEC_DT, 400), 1, tolerance);
        ck_assert_double_eq(after, 1);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
        engine_state_free(&states[i]);
    record_free(&record);
    engine_close(engine);
    setting_free(&setting);
}

TEST(without_learning_weights_decay_as_powers_while_the_error_passes)
{
    for (size_t i = 0; i < ARRAY_LENGTH(forms); i++)
        assert_decays_as_powers(forms[i], PRECISION_F64);
    assert_decays_as_powers(ENGINE_WEIGHTS_FACTORED, PRECISION_F32);
}

/* ---- late feedback ------------------------------------------------------- */

#define DELAY_RUN 1200 /* steps */

/* The feedback filter after every step, of [DELAY_RUN][d]. The network feels no
 * feedback: its error is the same whatever becomes of it. */
static struct bytes
feedback_run(const struct setting *setting, int64_t delay, int64_t most)
{
    struct engine_shape shape = setting->shape;
    struct engine_rule rule = setting->rule;
    const size_t d = (size_t)setting->network->dimensions;
    struct bytes feedback = {0};
    struct record record = {0};

    rule.delay_steps = delay;
    shape.delay_steps = most;
    struct engine *engine = engine_opened(setting->cl, &shape, 1);
    assert_ok(engine_seat(engine, 0, setting->network, NULL, &rule, why));
    for (int64_t n = 0; n < DELAY_RUN; n++) {
        struct engine_state state;

        signal_run(engine, &setting->signal, n, 1, &record);
        assert_ok(engine_save(engine, 0, &state, why));
        for (size_t i = 0; i < d; i++) {
            const double number =
                part_number(&state, engine_state_find(&state, "filters"),
                            FILTER_FEEDBACK * d + i);
            numbers_append(&feedback, &number, 1);
        }
        engine_state_free(&state);
    }
    record_free(&record);
    engine_close(engine);
    return feedback;
}

static void
assert_late(const struct bytes *prompt, const struct bytes *late, size_t shift)
{
    ck_assert_double_gt(numbers_largest((const double *)prompt->data, shift),
                        1e-3);
    ck_assert_double_eq(numbers_largest((const double *)late->data, shift), 0);
    ck_assert_mem_eq(late->data + shift * sizeof(double), prompt->data,
                     late->size - shift * sizeof(double));
}

TEST(a_late_error_is_the_prompt_one_so_many_steps_later)
{
    static const int64_t delays[] = {1, 7, 500};
    struct setting setting = setting_new(NENGO_2_4, 0, false);
    const size_t d = (size_t)setting.network->dimensions;

    signal_free(&setting.signal);
    setting.signal = signal_new(setting.network, DELAY_RUN);
    for (int64_t n = 0; n < DELAY_RUN; n++) {
        setting.signal.feedback[n] = QUICK_K;
        setting.signal.gates[n] = DRIVE_ERROR | DRIVE_FEEDBACK;
    }
    memset(setting.network->scaled_encoders_rec, 0,
           d * (size_t)setting.network->neurons_rec * sizeof(double));
    struct bytes prompt = feedback_run(&setting, 0, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(delays); i++) {
        struct bytes late = feedback_run(&setting, delays[i], delays[i]);
        assert_late(&prompt, &late, (size_t)delays[i] * d);
        bytes_free(&late);
    }
    struct bytes shared = feedback_run(&setting, 7, 500);
    assert_late(&prompt, &shared, 7 * d);
    struct bytes none = feedback_run(&setting, 0, 500);
    assert_same_bytes(&none, &prompt, "a delay of 0");
    bytes_free(&shared);
    bytes_free(&none);
    bytes_free(&prompt);
    setting_free(&setting);
}

TEST(a_network_with_late_feedback_follows_the_equations)
{
    static const int64_t delays[] = {1, 50, 500};

    for (size_t i = 0; i < ARRAY_LENGTH(delays); i++) {
        struct setting setting = setting_new(NENGO_2_4, 0, false);
        struct model model;

        setting.shape.weights = forms[i];
        setting.shape.delay_steps = setting.rule.delay_steps = delays[i];
        assert_follows(&setting, &model);
        model_free(&model);
        setting_free(&setting);
    }
}

TEST(a_delay_longer_than_agreed_finds_no_seat)
{
    struct setting setting = setting_new(NENGO_2_4, 0, false);
    struct error err;

    setting.shape.delay_steps = 7;
    setting.rule.delay_steps = 8;
    struct engine *engine = engine_opened(setting.cl, &setting.shape, 1);
    ck_assert_int_eq(
        engine_seat(engine, 0, setting.network, NULL, &setting.rule, &err),
        INVALID);
    ck_assert_str_eq(err.text, "a delay of 8 steps, of at most 7");
    engine_close(engine);
    setting_free(&setting);
}

TEST_MAIN("engine switches")
