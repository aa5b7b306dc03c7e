/* test_model_network.c - decoders, their cache, and networks as a whole. */
#include "model_testing.h"

#include <sys/resource.h>

static struct network *
network_made(const struct network_recipe *recipe, const char *cache_folder)
{
    struct network *network = NULL;
    struct error err;

    ck_assert_msg(network_build(recipe, cache_folder, &network, &err) == OK,
                  "%s", err.text);
    return network;
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
    recipe = van_der_pol;
    recipe.radius_rec = 4.5;
    recipe.gain = 2;
    recipe.bias[0] = -2;
    recipe.bias[1] = 2;
    assert_decoders_are_nengos("network_gain2_v240.npz", &recipe);
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
    other = layer;
    other.gain = 2;
    ck_assert(!cache_get(folder, &other, decoders));
    other = layer;
    other.bias[0] = -1;
    ck_assert(!cache_get(folder, &other, decoders));
}

TEST(a_cache_that_cannot_be_written_is_no_failure)
{
    network_free(network_made(&van_der_pol, "/dev/null/cache"));
}

/* ---- the door ----------------------------------------------------------- */

/* The largest memory that this process has had, in bytes, once it has made a
 * network of so many neurons. */
static double
memory_after(int64_t neurons, struct spec *spec)
{
    struct rusage usage;
    struct network *network = NULL;
    struct error err;

    spec->network.neurons_ff = spec->network.neurons_rec = neurons;
    ck_assert_msg(network_new(spec, NULL, &network, &err) == OK, "%s",
                  err.text);
    network_free(network);
    getrusage(RUSAGE_SELF, &usage);
    return 1024.0 * (double)usage.ru_maxrss;
}

/* The first network pays for what the BLAS keeps. Half of the Gram matrix is
 * never touched, so a good bound is not quite reached. */
TEST(making_a_network_takes_most_of_the_memory_that_is_told_and_no_more)
{
    struct spec spec;
    double before, told, taken;

    if (TEST_SLOWNESS > 1)
        return; /* sanitizers have a memory of their own */
    ck_assert_int_eq(preset_spec("vanderPol", &spec, NULL), OK);
    before = memory_after(1000, &spec);
    told = -(double)spec_memory(&spec);
    taken = memory_after(2500, &spec) - before;
    told += (double)spec_memory(&spec);
    ck_assert_msg(0.5 * told < taken && taken < 1.2 * told,
                  "%g MB were told, %g MB taken", told / 1e6, taken / 1e6);
}

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

/* ---- arrays ------------------------------------------------------------- */

static enum status
network_read(const struct network_recipe *recipe, const struct bytes *file,
             struct network **out, struct error *err)
{
    struct npz *npz = NULL;
    enum status status = npz_open(file->data, file->size, DATA_MOST, &npz, err);

    if (status == OK)
        status = network_from_arrays(recipe, npz, out, err);
    npz_close(npz);
    return status;
}

TEST(a_network_comes_back_from_its_arrays_to_the_last_bit)
{
    struct network_recipe recipe = van_der_pol;
    struct network *first, *second = NULL;
    struct bytes file = {0}, again = {0};

    recipe.neurons_ff = 60;
    recipe.dimensions_in = 3;
    first = network_made(&recipe, NULL);
    recipe.seed_ff = recipe.seed_rec = 99; /* of no use here */
    ck_assert_int_eq(network_to_npz(first, &file, NULL), OK);
    ck_assert_int_eq(network_read(&recipe, &file, &second, NULL), OK);
    ck_assert_int_eq(network_to_npz(second, &again, NULL), OK);
    ck_assert_uint_eq(file.size, again.size);
    ck_assert_mem_eq(file.data, again.data, file.size);
    assert_same_bits(second->scaled_encoders_ff, first->scaled_encoders_ff, 180,
                     "scaled_encoders_ff");
    bytes_free(&file);
    bytes_free(&again);
    network_free(first);
    network_free(second);
}

TEST(arrays_that_make_no_network_are_refused_by_name)
{
    struct network *network = network_made(&van_der_pol, NULL), *other = NULL;
    struct network_recipe larger = van_der_pol;
    struct bytes file = {0};
    struct error err;

    ck_assert_int_eq(network_to_npz(network, &file, NULL), OK);
    larger.neurons_rec++;
    ck_assert_int_eq(network_read(&larger, &file, &other, &err), INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "encoders_rec"));
    network->bias_ff[7] = NAN;
    ck_assert_int_eq(network_to_npz(network, &file, NULL), OK);
    ck_assert_int_eq(network_read(&van_der_pol, &file, &other, &err), INVALID);
    ck_assert_str_eq(err.text, "array bias_ff is not finite");
    ck_assert_ptr_null(other);
    bytes_free(&file);
    network_free(network);
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
    struct network_recipe bad[10];
    struct network *network = NULL;
    struct error err;

    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        bad[i] = van_der_pol;
    bad[0].neurons_rec = 0;
    bad[1].dimensions = SPEC_DIMENSIONS_MOST + 1;
    bad[2].radius_ff = NAN;
    bad[3].seed_rec = -1;
    bad[4].max_rates[1] = 500;
    bad[5].intercepts[1] = 1.5;
    bad[6].intercepts[0] = 1;
    bad[7].gain = -2;
    bad[8].gain = INFINITY;
    bad[9].gain = bad[9].bias[0] = 2;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        ck_assert_int_eq(network_build(&bad[i], NULL, &network, &err), INVALID);
    ck_assert_ptr_null(network);
}

TEST_MAIN("model: network")
