/* test_model.c - networks from their seeds, against what Nengo recorded.
 *
 * tests/data/network_*.npz hold the arrays of three networks as Nengo 2.4 and
 * 2.5 built them; every layer had seeds 3 (command) and 4 (recurrent). */
#include "testing.h"

#include "model/model_private.h"
#include "npz/npz.h"

#include <math.h>
#include <string.h>

#define DATA_MOST ((size_t)1 << 20)

static struct npz *
data_open(const char *name)
{
    struct bytes file = {0};
    struct npz *npz = NULL;
    struct error err;

    ck_assert_msg(file_read(test_data_path(name), DATA_MOST, &file, &err) == OK,
                  "%s", err.text);
    ck_assert_msg(npz_open(file.data, file.size, DATA_MOST, &npz, &err) == OK,
                  "%s", err.text);
    bytes_free(&file);
    return npz;
}

static const double *
data_array(const struct npz *npz, const char *stem, const char *layer)
{
    char name[NPZ_NAME_SIZE];
    const struct npz_array *array;

    snprintf(name, sizeof(name), "%s%s", stem, layer);
    array = npz_find(npz, name);
    ck_assert_msg(array && array->type == NPZ_FLOAT64, "no %s", name);
    return array->data;
}

static void
assert_same_bits(const double *ours, const double *theirs, int64_t count,
                 const char *what)
{
    for (int64_t i = 0; i < count; i++)
        ck_assert_msg(memcmp(ours + i, theirs + i, sizeof(double)) == 0,
                      "%s[%lld] is %a, not %a", what, (long long)i, ours[i],
                      theirs[i]);
}

static const struct network_recipe van_der_pol = {
    .neurons_ff = 100,
    .neurons_rec = 100,
    .dimensions_in = 2,
    .dimensions = 2,
    .radius_ff = 0.2,
    .radius_rec = 5,
    .max_rates = {200, 400},
    .intercepts = {-1, 1},
    .seed_ff = 3,
    .seed_rec = 4,
};

static struct network_recipe
lorenz_recipe(void)
{
    struct network_recipe recipe = van_der_pol;

    recipe.neurons_ff = recipe.neurons_rec = 300;
    recipe.dimensions_in = recipe.dimensions = 3;
    recipe.radius_ff = 6;
    recipe.radius_rec = 30;
    return recipe;
}

static struct ensemble_recipe
layer_recipe(const struct network_recipe *recipe, bool recurrent)
{
    return (struct ensemble_recipe){
        .neurons = recurrent ? recipe->neurons_rec : recipe->neurons_ff,
        .dimensions = recurrent ? recipe->dimensions : recipe->dimensions_in,
        .radius = recurrent ? recipe->radius_rec : recipe->radius_ff,
        .max_rates = {recipe->max_rates[0], recipe->max_rates[1]},
        .intercepts = {recipe->intercepts[0], recipe->intercepts[1]},
        .seed = (uint32_t)(recurrent ? recipe->seed_rec : recipe->seed_ff),
    };
}

static struct network *
network_made(const struct network_recipe *recipe, const char *cache_folder)
{
    struct network *network = NULL;
    struct error err;

    ck_assert_msg(network_build(recipe, cache_folder, &network, &err) == OK,
                  "%s", err.text);
    return network;
}

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

/* ---- decoders ----------------------------------------------------------- */

/* Largest difference as a share of the largest decoder. */
static double
decoders_apart(const double *ours, const double *theirs, int64_t count)
{
    double apart = 0, most = 0;

    for (int64_t i = 0; i < count; i++) {
        apart = fmax(apart, fabs(ours[i] - theirs[i]));
        most = fmax(most, fabs(theirs[i]));
    }
    return apart / most;
}

static void
assert_decoders_are_nengos(const char *name,
                           const struct network_recipe *recipe)
{
    struct npz *theirs = data_open(name);
    struct network *ours = network_made(recipe, NULL);
    double apart =
        decoders_apart(ours->decoders, data_array(theirs, "decoders", ""),
                       ours->neurons_rec * ours->dimensions);

    ck_assert_msg(apart < 1e-12, "%s: decoders are %g apart", name, apart);
    network_free(ours);
    npz_close(theirs);
}

TEST(decoders_agree_with_those_of_nengo_to_twelve_digits)
{
    struct network_recipe recipe = van_der_pol, lorenz = lorenz_recipe();

    assert_decoders_are_nengos("network_vdp100_v240.npz", &recipe);
    recipe.neurons_ff = recipe.neurons_rec = 300;
    assert_decoders_are_nengos("network_vdp300_v250.npz", &recipe);
    assert_decoders_are_nengos("network_lorenz300_v240.npz", &lorenz);
}

TEST(decoders_read_a_point_out_of_the_rates)
{
    struct ensemble_recipe layer = layer_recipe(&van_der_pol, true);
    struct network *network = network_made(&van_der_pol, NULL);
    struct ensemble ensemble;
    double square = 0;

    ck_assert_int_eq(ensemble_build(&layer, &ensemble, NULL), OK);
    for (int64_t p = 0; p < ensemble.points; p++) {
        const double *point = ensemble.eval_points + 2 * p;
        double read[2] = {0, 0};

        for (int i = 0; i < 100; i++) {
            const double *scaled = network->scaled_encoders_rec + 2 * i;
            double rate =
                neuron_rate(scaled[0] * point[0] + scaled[1] * point[1] +
                            network->bias_rec[i]);

            read[0] += network->decoders[i] * rate;
            read[1] += network->decoders[100 + i] * rate;
        }
        square += pow(read[0] - point[0], 2) + pow(read[1] - point[1], 2);
    }
    ck_assert_double_lt(sqrt(square / (double)ensemble.points), 0.1 * 5);
    ensemble_free(&ensemble);
    network_free(network);
}

TEST(neurons_that_never_fire_have_no_decoders)
{
    struct network_recipe recipe = van_der_pol;
    struct network *network = NULL;
    struct error err;

    recipe.neurons_rec = 3;
    recipe.intercepts[0] = recipe.intercepts[1] = 0.999999;
    ck_assert_int_eq(network_build(&recipe, NULL, &network, &err), FAILED);
    ck_assert_ptr_null(network);
}

/* ---- cache -------------------------------------------------------------- */

static void
path_in(const char *folder, char *out, size_t size)
{
    char command[8300];
    FILE *listing;

    snprintf(command, sizeof(command), "ls -d %s/decoders-*.npz", folder);
    listing = popen(command, "r");
    ck_assert_ptr_nonnull(listing);
    ck_assert_ptr_nonnull(fgets(out, (int)size, listing));
    out[strcspn(out, "\n")] = 0;
    ck_assert_ptr_null(fgets(command, sizeof(command), listing));
    pclose(listing);
}

static void
assert_same_decoders(const struct network *a, const struct network *b)
{
    assert_same_bits(a->decoders, b->decoders, a->neurons_rec * a->dimensions,
                     "decoders");
}

TEST(a_second_network_takes_its_decoders_from_the_cache)
{
    const char *folder = test_folder();
    struct network *first = network_made(&van_der_pol, folder);
    struct ensemble_recipe layer = layer_recipe(&van_der_pol, true);
    struct network *second;
    double marked[200];

    /* Decoders nobody would solve for show where they came from. */
    for (int i = 0; i < 200; i++)
        marked[i] = i;
    second = network_made(&van_der_pol, folder);
    assert_same_decoders(first, second);
    network_free(second);
    cache_put(folder, &layer, marked);
    second = network_made(&van_der_pol, folder);
    assert_same_bits(second->decoders, marked, 200, "decoders");
    network_free(first);
    network_free(second);
}

TEST(a_damaged_cache_file_is_rebuilt_and_not_trusted)
{
    const char *folder = test_folder();
    struct network *first = network_made(&van_der_pol, folder);
    struct bytes sound = {0}, repaired = {0};
    char path[8300];

    path_in(folder, path, sizeof(path));
    ck_assert_int_eq(file_read(path, DATA_MOST, &sound, NULL), OK);
    for (size_t at = 0; at < sound.size; at += 97) {
        struct network *again;

        sound.data[at] ^= 0x10;
        ck_assert_int_eq(file_write(path, 0600, sound.data, sound.size, NULL),
                         OK);
        sound.data[at] ^= 0x10;
        again = network_made(&van_der_pol, folder);
        assert_same_decoders(first, again);
        network_free(again);
    }
    ck_assert_int_eq(file_write(path, 0600, sound.data, 100, NULL), OK);
    network_free(network_made(&van_der_pol, folder));
    ck_assert_int_eq(file_read(path, DATA_MOST, &repaired, NULL), OK);
    ck_assert_mem_eq(repaired.data, sound.data, sound.size);
    bytes_free(&sound);
    bytes_free(&repaired);
    network_free(first);
}

TEST(another_recipe_never_finds_these_decoders)
{
    const char *folder = test_folder();
    struct ensemble_recipe layer = layer_recipe(&van_der_pol, true), other;
    double decoders[200] = {1};

    cache_put(folder, &layer, decoders);
    ck_assert(cache_get(folder, &layer, decoders));
    other = layer;
    other.seed++;
    ck_assert(!cache_get(folder, &other, decoders));
    other = layer;
    other.radius = nextafter(other.radius, 6);
    ck_assert(!cache_get(folder, &other, decoders));
    other = layer;
    other.max_rates[1] = 399;
    ck_assert(!cache_get(folder, &other, decoders));
    other = layer;
    other.intercepts[1] = 0.9;
    ck_assert(!cache_get(folder, &other, decoders));
}

TEST(a_cache_that_cannot_be_written_is_no_failure)
{
    network_free(network_made(&van_der_pol, "/dev/null/cache"));
}

/* ---- the door ----------------------------------------------------------- */

TEST(the_same_recipe_gives_the_same_npz)
{
    struct network *network = network_made(&van_der_pol, NULL);
    struct bytes first = {0}, second = {0};
    struct npz *npz = NULL;
    size_t shape[2] = {100, 2};
    const void *data;

    ck_assert_int_eq(network_to_npz(network, &first, NULL), OK);
    ck_assert_int_eq(npz_open(first.data, first.size, DATA_MOST, &npz, NULL),
                     OK);
    ck_assert_uint_eq(npz_count(npz), 8);
    ck_assert_int_eq(npz_need(npz, "scaled_encoders_rec", NPZ_FLOAT64, 2, shape,
                              &data, NULL),
                     OK);
    assert_same_bits(data, network->scaled_encoders_rec, 200,
                     "scaled_encoders_rec");
    network_free(network);
    network = network_made(&van_der_pol, NULL);
    ck_assert_int_eq(network_to_npz(network, &second, NULL), OK);
    ck_assert_uint_eq(first.size, second.size);
    ck_assert_mem_eq(first.data, second.data, first.size);
    network_free(network);
    npz_close(npz);
    bytes_free(&first);
    bytes_free(&second);
}

TEST(layers_of_different_size_and_dimension_are_no_trouble)
{
    struct network_recipe recipe = van_der_pol;
    struct network *network;

    recipe.neurons_ff = 7;
    recipe.neurons_rec = 40;
    recipe.dimensions_in = 1;
    recipe.dimensions = 6;
    network = network_made(&recipe, NULL);
    for (int i = 0; i < 7; i++)
        ck_assert_double_eq(fabs(network->encoders_ff[i]), 1);
    for (int i = 0; i < 6 * 40; i++)
        ck_assert(isfinite(network->decoders[i]));
    network_free(network);
}

TEST(a_recipe_without_meaning_is_refused)
{
    struct network_recipe bad[7];
    struct network *network = NULL;
    struct error err;

    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        bad[i] = van_der_pol;
    bad[0].neurons_rec = 0;
    bad[1].dimensions = MODEL_DIMENSIONS_MOST + 1;
    bad[2].radius_ff = NAN;
    bad[3].seed_rec = -1;
    bad[4].max_rates[1] = 500;
    bad[5].intercepts[1] = 1.5;
    bad[6].intercepts[0] = 1;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        ck_assert_int_eq(network_build(&bad[i], NULL, &network, &err), INVALID);
    ck_assert_ptr_null(network);
}

TEST_MAIN("model")
