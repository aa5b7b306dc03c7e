/* test_model.c - random streams and the neurons that seeds give, against what
 * Nengo recorded. */
#include "model_testing.h"

/* ---- random ------------------------------------------------------------- */

TEST(the_twister_gives_the_numbers_that_its_authors_published)
{
    const uint32_t list[] = {0x123, 0x234, 0x345, 0x456};
    struct mt19937 twister;
    uint32_t last = 0;

    mt19937_seed_list(&twister, list, 4);
    ck_assert_uint_eq(mt19937_next(&twister), 1067595299u);
    ck_assert_uint_eq(mt19937_next(&twister), 955945823u);
    mt19937_seed(&twister, 5489);
    for (int i = 0; i < 10000; i++)
        last = mt19937_next(&twister);
    ck_assert_uint_eq(last, 4123659995u);
}

TEST(a_seed_gives_the_stream_of_numpy)
{
    const double samples[] = {0x1.ef1e88f9a3c82p-1, 0x1.182ed34b0d70bp-1,
                              0x1.f203af36c27e5p-1};
    const double normals[] = {0x1.fca80f8bf3fb1p-1, 0x1.144e7bb8bd05fp+0,
                              0x1.739dbc59dc5fcp+0};
    const double uniforms[] = {-0x1.69d0a17aa1ee8p-6, 0x1.27446ca805ae2p-1};
    struct random random;
    double ours[3];

    random_seed(&random, 4);
    for (int i = 0; i < 3; i++)
        ours[i] = random_sample(&random);
    assert_same_bits(ours, samples, 3, "random_sample");
    random_fill_normal(&random, 3, ours);
    assert_same_bits(ours, normals, 3, "normal");
    random_fill_uniform(&random, -0.2, 0.7, 2, ours);
    assert_same_bits(ours, uniforms, 2, "uniform");
}

TEST(a_list_of_one_seed_gives_another_stream_than_the_seed)
{
    const double uniforms[] = {0x1.d2faa5ee7a5dcp-1, 0x1.ca9349ecadd7ep-1};
    const double normals[] = {0x1.062773e93efcfp-1, 0x1.74ba2379ae6d9p-1};
    struct random random;
    double ours[2];

    random_seed_list(&random, 2);
    random_fill_uniform(&random, -1, 1, 2, ours);
    assert_same_bits(ours, uniforms, 2, "uniform");
    random_fill_normal(&random, 2, ours);
    assert_same_bits(ours, normals, 2, "normal");
}

/* ---- ensembles ---------------------------------------------------------- */

static void
assert_layer_is_nengos(const struct npz *theirs,
                       const struct network_recipe *recipe, bool recurrent)
{
    struct ensemble_recipe layer = layer_recipe(recipe, recurrent);
    const char *name = recurrent ? "_rec" : "_ff";
    int64_t n = layer.neurons, all = n * layer.dimensions;
    struct ensemble ours;

    ck_assert_int_eq(ensemble_build(&layer, &ours, NULL), OK);
    assert_same_bits(ours.encoders, data_array(theirs, "encoders", name), all,
                     "encoders");
    assert_same_bits(ours.max_rates, data_array(theirs, "max_rates", name), n,
                     "max_rates");
    assert_same_bits(ours.intercepts, data_array(theirs, "intercepts", name), n,
                     "intercepts");
    assert_same_bits(ours.gain, data_array(theirs, "gain", name), n, "gain");
    assert_same_bits(ours.bias, data_array(theirs, "bias", name), n, "bias");
    assert_same_bits(ours.scaled_encoders,
                     data_array(theirs, "scaled_encoders", name), all,
                     "scaled_encoders");
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
