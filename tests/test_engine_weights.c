/* test_engine_weights.c - weights in each of the ways in which they can be
 * held, against the equations with every weight a number of its own. */
#include "setting_testing.h"

static void
assert_form_follows(enum engine_weights weights, enum nengo_rule nengo,
                    double sd, bool sparse, double decay)
{
    struct setting setting = setting_new(nengo, sd, sparse);
    struct model model;

    setting.shape.weights = weights;
    setting.shape.decays = decay > 0;
    setting.rule.decay = decay;
    if (weights == ENGINE_WEIGHTS_DENSE)
        setting.shape.weights_fixed = false;
    assert_follows(&setting, &model);
    ck_assert_double_gt(numbers_largest(model.ff.W, model.rec.n * model.ff.n),
                        0);
    ck_assert_double_gt(numbers_largest(model.rec.W, model.rec.n * model.rec.n),
                        0);
    model_free(&model);
    setting_free(&setting);
}

static const enum nengo_rule rules[] = {NENGO_2_4, NENGO_2_5, NENGO_4};

TEST(weights_from_zero_give_the_same_spikes_in_all_forms_by_every_rule)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
        assert_form_follows(ENGINE_WEIGHTS_FACTORED, rules[i], 0, false, 0);
        assert_form_follows(ENGINE_WEIGHTS_GATHERED, rules[i], 0, false, 0);
        assert_form_follows(ENGINE_WEIGHTS_DENSE, rules[i], 0, false, 0);
    }
}

TEST(fixed_weights_add_to_what_is_learned)
{
    assert_form_follows(ENGINE_WEIGHTS_GATHERED, NENGO_2_4, 1e-3, false, 0);
    assert_form_follows(ENGINE_WEIGHTS_DENSE, NENGO_2_4, 1e-3, false, 0);
}

TEST(missing_connections_stay_away)
{
    assert_form_follows(ENGINE_WEIGHTS_GATHERED, NENGO_2_4, 0, true, 0);
    assert_form_follows(ENGINE_WEIGHTS_DENSE, NENGO_2_4, 0, true, 0);
}

TEST(fixed_weights_and_missing_connections_agree_by_every_rule)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
        assert_form_follows(ENGINE_WEIGHTS_GATHERED, rules[i], 1e-3, true, 0);
        assert_form_follows(ENGINE_WEIGHTS_DENSE, rules[i], 1e-3, true, 0);
    }
}

/* A tenth of the weights is lost in 100 ms. */
TEST(decay_takes_the_same_from_weights_in_all_forms)
{
    assert_form_follows(ENGINE_WEIGHTS_FACTORED, NENGO_2_4, 0, false, 1);
    assert_form_follows(ENGINE_WEIGHTS_FACTORED, NENGO_4, 0, false, 1);
    assert_form_follows(ENGINE_WEIGHTS_GATHERED, NENGO_2_5, 1e-3, true, 1);
    assert_form_follows(ENGINE_WEIGHTS_GATHERED, NENGO_4, 1e-3, false, 1);
    assert_form_follows(ENGINE_WEIGHTS_DENSE, NENGO_2_5, 1e-3, true, 1);
    assert_form_follows(ENGINE_WEIGHTS_DENSE, NENGO_4, 1e-3, false, 1);
}

/* ---- signs --------------------------------------------------------------- */

static void
assert_clipped(enum nengo_rule nengo, double sd, bool sparse)
{
    struct setting setting = setting_new(nengo, sd, sparse);
    const size_t post = (size_t)setting.network->neurons_rec;
    struct model model;
    size_t zero = 0, positive = 0;

    setting.shape.weights = ENGINE_WEIGHTS_DENSE;
    setting.shape.weights_fixed = false;
    setting.shape.weights_clipped = true;
    assert_follows(&setting, &model);
    for (size_t at = 0; at < post * post; at++) {
        ck_assert_double_ge(model.rec.W[at], 0);
        if (model.rec.mask == NULL || model.rec.mask[at])
            *(model.rec.W[at] > 0 ? &positive : &zero) += 1;
    }
    ck_assert_uint_gt(zero, 100);
    ck_assert_uint_gt(positive, 100);
    model_free(&model);
    setting_free(&setting);
}

/* The engine's weights are those of the equations, and of these none is. */
TEST(clipped_weights_are_never_negative)
{
    assert_clipped(NENGO_2_4, 0, false);
    assert_clipped(NENGO_2_4, 1e-3, true);
    assert_clipped(NENGO_2_5, 1e-3, false);
    assert_clipped(NENGO_4, 0, true);
}

TEST_MAIN("engine weights")
