/* test_model.c - the neurons that seeds give, against what Nengo recorded. */
#include "model_testing.h"

/* ---- ensembles ---------------------------------------------------------- */

static void
assert_gains_are_nengos(const struct npz *theirs,
                        const struct network_recipe *recipe, bool recurrent)
{
    struct ensemble_recipe layer = layer_recipe(recipe, recurrent);
    const char *name = recurrent ? "_rec" : "_ff";
    int64_t n = layer.neurons, all = n * layer.dimensions;
    struct ensemble ours;

    ck_assert_int_eq(ensemble_build(&layer, &ours, NULL), OK);
    assert_same_bits(ours.encoders, data_array(theirs, "encoders", name), all,
                     "encoders");
    assert_same_bits(ours.gain, data_array(theirs, "gain", name), n, "gain");
    assert_same_bits(ours.bias, data_array(theirs, "bias", name), n, "bias");
    assert_same_bits(ours.scaled_encoders,
                     data_array(theirs, "scaled_encoders", name), all,
                     "scaled_encoders");
    ensemble_free(&ours);
}

static void
assert_layer_is_nengos(const struct npz *theirs,
                       const struct network_recipe *recipe, bool recurrent)
{
    struct ensemble_recipe layer = layer_recipe(recipe, recurrent);
    const char *name = recurrent ? "_rec" : "_ff";
    struct ensemble ours;

    assert_gains_are_nengos(theirs, recipe, recurrent);
    ck_assert_int_eq(ensemble_build(&layer, &ours, NULL), OK);
    assert_same_bits(ours.max_rates, data_array(theirs, "max_rates", name),
                     layer.neurons, "max_rates");
    assert_same_bits(ours.intercepts, data_array(theirs, "intercepts", name),
                     layer.neurons, "intercepts");
    ensemble_free(&ours);
}

static void
assert_network_is_nengos(const char *name, const struct network_recipe *recipe)
{
    struct npz *theirs = data_open(name);

    assert_layer_is_nengos(theirs, recipe, false);
    assert_layer_is_nengos(theirs, recipe, true);
    npz_close(theirs);
}

TEST(seeds_give_the_neurons_of_nengo_2_4_to_the_last_bit)
{
    assert_network_is_nengos("network_vdp100_v240.npz", &van_der_pol);
}

TEST(seeds_give_the_neurons_of_nengo_2_5_to_the_last_bit)
{
    struct network_recipe recipe = van_der_pol;

    recipe.neurons_ff = recipe.neurons_rec = 300;
    assert_network_is_nengos("network_vdp300_v250.npz", &recipe);
}

TEST(seeds_give_the_neurons_of_three_dimensions_to_the_last_bit)
{
    struct network_recipe recipe = lorenz_recipe();

    assert_network_is_nengos("network_lorenz300_v240.npz", &recipe);
}

/* Nothing is drawn for rates and intercepts, which Nengo then derives; this
 * file has none. */
TEST(a_constant_gain_and_its_biases_are_those_of_nengo_to_the_last_bit)
{
    struct npz *theirs = data_open("network_gain2_v240.npz");
    struct network_recipe recipe = van_der_pol;

    recipe.gain = 2;
    recipe.bias[0] = -2;
    recipe.bias[1] = 2;
    recipe.radius_rec = 4.5;
    assert_gains_are_nengos(theirs, &recipe, false);
    assert_gains_are_nengos(theirs, &recipe, true);
    npz_close(theirs);
}

TEST(evaluation_points_are_those_of_nengo)
{
    struct ensemble_recipe layer = layer_recipe(&van_der_pol, true);
    struct npz *theirs = data_open("network_vdp100_v240.npz");
    struct ensemble ours;

    ck_assert_int_eq(ensemble_build(&layer, &ours, NULL), OK);
    ck_assert_int_eq(ours.points, 1000);
    assert_same_bits(ours.eval_points, data_array(theirs, "eval_points", ""),
                     100, "eval_points");
    ensemble_free(&ours);
    npz_close(theirs);
}

TEST(there_are_at_least_two_evaluation_points_for_each_neuron)
{
    struct ensemble_recipe layer = layer_recipe(&van_der_pol, true);
    struct ensemble ensemble;

    layer.neurons = 3000;
    ck_assert_int_eq(ensemble_build(&layer, &ensemble, NULL), OK);
    ck_assert_int_eq(ensemble.points, 6000);
    ensemble_free(&ensemble);
}

TEST(a_neuron_starts_at_its_intercept_and_fires_its_maximal_rate_at_the_radius)
{
    struct ensemble_recipe layer = layer_recipe(&van_der_pol, true);
    struct ensemble ensemble;

    ck_assert_int_eq(ensemble_build(&layer, &ensemble, NULL), OK);
    for (int i = 0; i < 100; i++) {
        double gain = ensemble.gain[i], bias = ensemble.bias[i];

        ck_assert_double_eq_tol(gain * ensemble.intercepts[i] + bias, 1, 1e-12);
        ck_assert_double_eq_tol(neuron_rate(gain + bias), ensemble.max_rates[i],
                                1e-9);
    }
    ck_assert_double_eq(neuron_rate(1), 0);
    ensemble_free(&ensemble);
}

TEST(the_exponential_is_within_two_units_in_the_last_place)
{
    for (double z = -690; z < 0; z += 0.0137)
        ck_assert_double_eq_tol(exponential(z) / exp(z), 1, 2.5e-16);
    ck_assert_double_eq(exponential(0), 1);
    ck_assert_double_eq(exponential(-1e5), 0);
}

TEST_MAIN("model")
