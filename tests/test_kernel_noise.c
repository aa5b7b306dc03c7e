/* test_kernel_noise.c - the neurons' noise: numbers that the authors of Philox
 * published, the normal distribution, and where each number goes. */
#include "kernel_native.h"
#include "kernel_testing.h"
#include "setting_testing.h"

/* ---- Philox -------------------------------------------------------------- */

/* kat_vectors of Random123, philox4x32 of 10 rounds; the last is of digits of
 * pi. */
static const struct {
    unsigned word[4], key[2], expected[4];
} answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

TEST(plain_c_gives_the_published_answers_of_philox)
{
    for (size_t i = 0; i < ARRAY_LENGTH(answers); i++) {
        unsigned word[4];

        memcpy(word, answers[i].word, sizeof(word));
        native_f64.philox(word, answers[i].key[0], answers[i].key[1]);
        ck_assert_mem_eq(word, answers[i].expected, sizeof(word));
    }
}

/* ---- the device ---------------------------------------------------------- */

#define PROBES 4096 /* neurons whose numbers are asked for */

/* Appended to the kernels: what their functions come to on the device. */
static const char probe_text[] =
    "kernel void\n"
    "probe(int seed, int step, global uintv *words, global realv *normals)\n"
    "{\n"
    "    for (int i = 0; i < 3; i++) {\n"
    "        uintv word[4];\n"
    "        for (int j = 0; j < 4; j++)\n"
    "            word[j] = words[i * 6 + j];\n"
    "        philox(word, ((global uint *)words)[(i * 6 + 4) * WIDTH],\n"
    "               ((global uint *)words)[(i * 6 + 5) * WIDTH]);\n"
    "        for (int j = 0; j < 4; j++)\n"
    "            words[i * 6 + j] = word[j];\n"
    "    }\n"
    "    for (int k = 0; k < 4096 / WIDTH; k++)\n"
    "        normals[k] = noise_normal(seed, 1, step, k * WIDTH + LANES);\n"
    "}\n";

static struct program *
probe_build(struct opencl *cl, const char *options)
{
    char *texts[SOURCES];
    const char *all[SOURCES + 1];
    struct program *program = NULL;

    assert_ok(sources_load(texts, why));
    for (size_t i = 0; i < SOURCES; i++)
        all[i] = texts[i];
    all[SOURCES] = probe_text;
    assert_ok(
        program_build(cl, all, SOURCES + 1, options, "probe", &program, why));
    sources_free(texts);
    return program;
}

/* Every lane has the published words, and every neuron the number that plain C
 * says. */
static void
assert_probe(const struct native *native, const uint32_t *words, size_t width,
             const void *normals, double tolerance)
{
    for (size_t i = 0; i < ARRAY_LENGTH(answers); i++)
        for (size_t j = 0; j < 4; j++)
            for (size_t lane = 0; lane < width; lane++)
                ck_assert_uint_eq(words[(i * 6 + j) * width + lane],
                                  answers[i].expected[j]);
    for (unsigned i = 0; i < PROBES; i++) {
        const double ours = real_at(normals, i, native->real_size);
        const double theirs = native->noise_normal(99, 1, 12345, i);
        ck_assert_msg(fabs(ours - theirs) <= tolerance,
                      "neuron %u: %.17g, not %.17g", i, ours, theirs);
    }
}

static void
assert_device_is_plain_c(const struct native *native, double tolerance)
{
    struct opencl *cl = device_opened();
    struct network *network = network_of(2, 2, 4);
    const struct engine_shape shape = shape_of(
        network, native->real_size == 8 ? PRECISION_F64 : PRECISION_F32);
    struct fit fit;
    uint32_t words[18 * 16];
    double normals[PROBES];
    struct buffer *buffers[2];

    assert_ok(fit_choose(opencl_device(cl), &shape, 1, &fit, why));
    const size_t width = (size_t)fit.width;
    for (size_t i = 0; i < 18 * width; i++) {
        const size_t answer = i / width / 6, j = i / width % 6;
        words[i] = j < 4 ? answers[answer].word[j] : answers[answer].key[j - 4];
    }
    const struct {
        void *data;
        size_t size;
    } data[2] = {{words, 18 * width * sizeof(*words)},
                 {normals, PROBES * native->real_size}};
    struct program *program = probe_build(cl, fit.options);
    assert_ok(program_set_int(program, 0, 99, why));
    assert_ok(program_set_int(program, 1, 12345, why));
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(buffer_new(cl, data[i].size, &buffers[i], why));
        assert_ok(program_set_buffer(program, 2 + i, buffers[i], why));
    }
    assert_ok(buffer_write(buffers[0], 0, words, data[0].size, why));
    assert_ok(program_run(program, 1, 1, why));
    for (int i = 0; i < 2; i++)
        assert_ok(buffer_read(buffers[i], 0, data[i].data, data[i].size, why));
    assert_ok(opencl_finish(cl, why));
    assert_probe(native, words, width, normals, tolerance);
    for (int i = 0; i < 2; i++)
        buffer_free(buffers[i]);
    program_free(program);
    network_free(network);
    opencl_close(cl);
}

TEST(the_device_gives_the_numbers_of_plain_c)
{
    assert_device_is_plain_c(&native_f64, 1e-14);
    assert_device_is_plain_c(&native_f32, 1e-5);
}

/* ---- the distribution ---------------------------------------------------- */

#define ROWS    1000 /* steps */
#define COLUMNS 1000 /* neurons */
#define SAMPLES (ROWS * COLUMNS)

static double *
normals_new(unsigned seed, unsigned layer)
{
    double *normals = zeros(SAMPLES);
    for (unsigned i = 0; i < SAMPLES; i++)
        normals[i] =
            native_f64.noise_normal(seed, layer, i / COLUMNS, i % COLUMNS);
    return normals;
}

static int
by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Bounds are some five deviations of what a million samples give. */
TEST(the_noise_of_a_million_neurons_and_steps_is_normal)
{
    double *normals = normals_new(7, 0);
    double moments[5] = {0}, apart = 0;

    for (size_t i = 0; i < SAMPLES; i++)
        for (int k = 1; k < 5; k++)
            moments[k] += pow(normals[i], k) / SAMPLES;
    ck_assert_double_lt(fabs(moments[1]), 5e-3);
    ck_assert_double_lt(fabs(moments[2] - 1), 7e-3);
    ck_assert_double_lt(fabs(moments[3]), 2e-2);
    ck_assert_double_lt(fabs(moments[4] - 3), 5e-2);
    qsort(normals, SAMPLES, sizeof(*normals), by_size);
    for (size_t i = 0; i < SAMPLES; i++)
        apart = fmax(
            apart, fabs(erfc(-normals[i] / sqrt(2)) / 2 - (i + 0.5) / SAMPLES));
    ck_assert_double_lt(apart, 1.95e-3); /* Kolmogorov and Smirnov: 0.1 % */
    ck_assert_double_lt(normals[0], -4.2);
    ck_assert_double_gt(normals[SAMPLES - 1], 4.2);
    free(normals);
}

/* Of a[i] and b[i + shift]. */
static double
correlation(const double *a, const double *b, size_t shift)
{
    double sum = 0;
    for (size_t i = 0; i + shift < SAMPLES; i++)
        sum += a[i] * b[i + shift];
    return sum / SAMPLES;
}

TEST(noise_of_one_neuron_or_step_says_nothing_of_another)
{
    double *normals = normals_new(7, 0);
    double *layer = normals_new(7, 1);
    double *seed = normals_new(8, 0);

    ck_assert_double_lt(fabs(correlation(normals, normals, 1)), 5e-3);
    ck_assert_double_lt(fabs(correlation(normals, normals, COLUMNS)), 5e-3);
    ck_assert_double_lt(fabs(correlation(normals, layer, 0)), 5e-3);
    ck_assert_double_lt(fabs(correlation(normals, seed, 0)), 5e-3);
    for (size_t i = 0; i < SAMPLES; i++)
        normals[i] = normals[i] * normals[i] - 1;
    ck_assert_double_lt(fabs(correlation(normals, normals, 1)), 1e-2);
    ck_assert_double_lt(fabs(correlation(normals, normals, COLUMNS)), 1e-2);
    free(normals);
    free(layer);
    free(seed);
}

/* ---- whole runs ---------------------------------------------------------- */

TEST(each_neuron_gets_its_own_noise_in_every_step)
{
    static const enum engine_weights forms[] = {ENGINE_WEIGHTS_FACTORED,
                                                ENGINE_WEIGHTS_GATHERED};
    for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
        struct setting setting = setting_new(NENGO_2_4, 0, false);
        struct model model;

        setting.noise = native_f64.noise_normal;
        setting.shape.weights = forms[i];
        setting.shape.noisy = true;
        setting.rule.noise_sd = 0.3;
        setting.rule.noise_mean = 0.1;
        setting.rule.noise_seed = 0xfedcba98;
        assert_follows(&setting, &model);
        model_free(&model);
        setting_free(&setting);
    }
}

TEST_MAIN("kernel noise")
