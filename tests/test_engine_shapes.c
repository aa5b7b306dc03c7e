/* test_engine_shapes.c - networks of every shape against the equations of
 * doc/model.md, section 3. */
#include "equations_testing.h"

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

/* ---- which jobs share an engine ------------------------------------------ */

/* clang-format off */
static void
vary(struct spec *spec, int how)
{
    switch (how) {
    case 1: spec->network.neurons_ff += 100; break;
    case 2: spec->network.neurons_rec += 100; break;
    case 3: spec->compute.precision = PRECISION_F64; break;
    case 4: spec->network.nengo = NENGO_4; break;
    case 5: spec->weights.init = WEIGHTS_RANDOM; break;
    case 6: spec->weights.connectivity = 0.5; break;
    case 7: spec->weights.sign = SIGN_NONNEGATIVE; break;
    case 8: spec->compute.engine = ENGINE_DENSE; break;
    case 9: spec->learning.plastic = PLASTIC_READOUT; break;
    case 10: spec->learning.decay = 0.1; break;
    case 11: spec->noise.neurons_mean = 0.1; break;
    case 12: spec->record.spikes = true; break;
    case 13: spec->feedback.delay = 0.003; break;
    case 14: spec->system.type = SYSTEM_LORENZ; break;
    /* what follows needs no engine of its own */
    case 15: spec->network.seed_rec++; break;
    case 16: spec->schedule.duration *= 2; break;
    case 17: spec->learning.enabled = false; break;
    case 18: spec->record.rates = true; break; /* counted from spikes */
    default: break;
    }
}
/* clang-format on */

TEST(specs_of_one_shape_fit_one_engine_and_no_others_do)
{
    struct spec specs[19];
    for (int i = 0; i < 19; i++) {
        assert_ok(preset_spec("vanderPol", &specs[i], why));
        vary(&specs[i], i);
    }
    for (int i = 0; i < 19; i++)
        for (int j = 0; j < 19; j++) {
            char a[SPEC_SHAPE_SIZE], b[SPEC_SHAPE_SIZE];
            const struct engine_shape one = engine_shape_of(&specs[i]);
            const struct engine_shape two = engine_shape_of(&specs[j]);
            spec_shape(&specs[i], false, a);
            spec_shape(&specs[j], false, b);
            ck_assert_msg((strcmp(a, b) == 0) ==
                              engine_shape_equals(&one, &two),
                          "%s (%d) and %s (%d)", a, i, b, j);
        }
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
    struct model model =
        model_new(network, NULL, &shape, &quick_rule, signal.steps);
    struct record theirs = model_run(&model, &signal);
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
    model_free(&model);
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
