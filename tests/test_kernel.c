/* test_kernel.c - the kernels as plain C: against libm, against Nengo's own
 * simulator, and against what the device makes of the same text. */
#include "kernel_native.h"
#include "kernel_testing.h"

#define TRACE_STEPS 9000 /* of tests/data/trace_vdp100_v240.npz */

/* ---- the two short series ------------------------------------------------ */

/* Distance from `ours` to the truth in units in the last place of `real`. */
static double
ulps(double ours, long double truth, size_t real_size)
{
    int exponent;
    frexpl(truth, &exponent);
    const int digits = real_size == sizeof(double) ? 53 : 24;
    return (double)fabsl(((long double)ours - truth) /
                         ldexpl(1, exponent - digits));
}

/* The largest error of f over 0 to `end`, against the truth. */
static double
series_error(double (*f)(double), long double (*truth)(long double), double end,
             size_t real_size)
{
    const int points = 200000;
    double most = 0;

    for (int i = 1; i <= points; i++) {
        double at = end * i / points;
        if (real_size == sizeof(float))
            at = (double)(float)at;
        most = fmax(most, ulps(f(at), truth((long double)at), real_size));
    }
    return most;
}

#define STEP 0.05L /* dt / tau_rc */

static long double
charge_truth(long double t)
{
    return -expm1l(-STEP * t);
}

static long double
overshoot_truth(long double y)
{
    return -log1pl(-y) / STEP;
}

TEST(the_series_of_a_neuron_are_libms_to_two_units_in_the_last_place)
{
    const struct {
        const struct native *native;
        double charge, overshoot; /* ulp, a little more than is measured */
    } bounds[] = {{&native_f64, 2.1, 1.3}, {&native_f32, 1.4, 1.4}};

    for (size_t i = 0; i < ARRAY_LENGTH(bounds); i++) {
        const struct native *native = bounds[i].native;
        const double charge = series_error(native->charge_fraction,
                                           charge_truth, 1, native->real_size);
        const double overshoot =
            series_error(native->overshoot_steps, overshoot_truth,
                         -expm1(-0.05), native->real_size);

        ck_assert_double_lt(charge, bounds[i].charge);
        ck_assert_double_lt(overshoot, bounds[i].overshoot);
        ck_assert_double_eq(native->charge_fraction(0), 0);
        ck_assert_double_eq(native->overshoot_steps(0), 0);
    }
}

/* ---- whole runs ---------------------------------------------------------- */

/* Which of Nengo's rules a shape follows. */
static enum nengo_rule
native_rule(const struct native *native)
{
    if (native->learn_late)
        return NENGO_4;
    return native->gain_twice ? NENGO_2_5 : NENGO_2_4;
}

/* A run in plain C; `factors` get D_ff, then D_rec, [d][N] each. */
static struct record
native_run(const struct native *native, const struct network *network,
           const struct engine_rule *rule, const struct signal *signal,
           struct bytes *factors)
{
    struct launch launch =
        launch_new(network, rule, signal, native->real_size, 1);

    ck_assert_int_eq(native->neurons_ff, network->neurons_ff);
    ck_assert_int_eq(native->neurons_rec, network->neurons_rec);
    ck_assert_int_eq(native->dimensions_in, network->dimensions_in);
    ck_assert_int_eq(native->dimensions, network->dimensions);
    native->advance((int)signal->steps, 0, launch.arrays);

    struct record record = launch_record(&launch);
    launch_factors(&launch, factors);
    launch_free(&launch);
    return record;
}

/* The same on the device, by the engine. */
static struct record
device_run(const struct native *native, const struct network *network,
           const struct engine_rule *rule, const struct signal *signal,
           struct bytes *factors)
{
    struct opencl *cl = device_opened();
    struct engine_shape shape = shape_of(
        network, native->real_size == 8 ? PRECISION_F64 : PRECISION_F32);
    struct record record = {0};
    struct engine_state state;

    shape.nengo = native_rule(native);
    struct engine *engine = engine_opened(cl, &shape, 1);
    assert_ok(engine_seat(engine, 0, network, NULL, rule, why));
    for (int64_t at = 0; at < signal->steps; at += STEPS_MOST)
        signal_run(engine, signal, at,
                   signal->steps - at < STEPS_MOST ? signal->steps - at
                                                   : STEPS_MOST,
                   &record);
    assert_ok(engine_save(engine, 0, &state, why));
    state_factors(&state, factors);
    engine_state_free(&state);
    engine_close(engine);
    opencl_close(cl);
    return record;
}

/* ---- against the device -------------------------------------------------- */

/* In f64 compilers may differ in the last bits, but in no spike. */
static void
assert_device_agrees(const struct native *native, const struct network *network,
                     const struct engine_rule *rule,
                     const struct signal *signal)
{
    struct bytes our_factors = {0}, their_factors = {0};
    struct record ours =
        native_run(native, network, rule, signal, &our_factors);
    struct record theirs =
        device_run(native, network, rule, signal, &their_factors);

    assert_alive(&ours);
    assert_same_bytes(&ours.spikes_ff, &theirs.spikes_ff, "spikes_ff");
    assert_same_bytes(&ours.spikes_rec, &theirs.spikes_rec, "spikes_rec");
    assert_near(&ours.x_hat, &theirs.x_hat, 1e-12);
    assert_near(&ours.error, &theirs.error, 1e-12);
    assert_near(&ours.error_filtered, &theirs.error_filtered, 1e-12);
    assert_near(&our_factors, &their_factors, 1e-12);
    record_free(&ours);
    record_free(&theirs);
    bytes_free(&our_factors);
    bytes_free(&their_factors);
}

TEST(no_spike_differs_between_device_and_plain_c_in_f64)
{
    struct network *network = NULL;
    assert_ok(network_build(&van_der_pol, NULL, &network, why));
    struct signal signal = signal_new(network, 3000);

    assert_device_agrees(&native_f64, network, &quick_rule, &signal);
    signal_free(&signal);
    network_free(network);
}

TEST(no_spike_differs_by_the_rules_of_later_nengos_and_in_other_shapes)
{
    const struct native *const natives[] = {&native_f64_gain_twice,
                                            &native_f64_learn_late};

    for (size_t i = 0; i < ARRAY_LENGTH(natives); i++) {
        struct network *network =
            network_of(natives[i]->dimensions_in, natives[i]->dimensions, 4);
        struct signal signal = signal_new(network, 3000);

        for (int64_t n = 0; n < signal.steps; n++)
            signal.eta[n] = 1e-4; /* as for Nengo 2.5 */
        assert_device_agrees(natives[i], network, &quick_rule, &signal);
        signal_free(&signal);
        network_free(network);
    }
}

/* The first step in which a spike differs, or the number of steps. */
static int64_t
steps_alike(const struct bytes *ours, const struct bytes *theirs,
            int64_t neurons)
{
    size_t i = 0;

    ck_assert_uint_eq(ours->size, theirs->size);
    while (i < ours->size && ours->data[i] == theirs->data[i])
        i++;
    return (int64_t)i / neurons;
}

static double
root_mean_square(const double *a, const double *b, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += (a[i] - (b ? b[i] : 0)) * (a[i] - (b ? b[i] : 0));
    return sqrt(sum / (double)count);
}

/* Rounding moves a spike sooner or later, and then two runs part; but they stay
 * runs of one network, in which every spike is worth some percent of x_hat. */
TEST(in_f32_device_and_plain_c_agree_until_rounding_moves_a_spike)
{
    struct network *network = NULL;
    struct bytes factors[2] = {{0}};
    assert_ok(network_build(&van_der_pol, NULL, &network, why));
    struct signal signal = signal_new(network, 3000);
    struct record ours =
        native_run(&native_f32, network, &quick_rule, &signal, &factors[0]);
    struct record theirs =
        device_run(&native_f32, network, &quick_rule, &signal, &factors[1]);
    const double *a = (const double *)ours.x_hat.data;
    const double *b = (const double *)theirs.x_hat.data;
    const int64_t ff = steps_alike(&ours.spikes_ff, &theirs.spikes_ff, 100);
    const int64_t rec = steps_alike(&ours.spikes_rec, &theirs.spikes_rec, 100);
    const size_t alike = (size_t)(ff < rec ? ff : rec) * 2;
    const double count = spikes_counted(&ours.spikes_rec);

    assert_alive(&ours);
    ck_assert_uint_ge(alike, 200);
    ck_assert_double_lt(root_mean_square(a, b, alike), 1e-5);
    ck_assert_double_lt(root_mean_square(a, b, 6000),
                        0.2 * root_mean_square(a, NULL, 6000));
    ck_assert_double_lt(fabs(spikes_counted(&theirs.spikes_rec) / count - 1),
                        0.02);
    for (int i = 0; i < 2; i++)
        bytes_free(&factors[i]);
    record_free(&ours);
    record_free(&theirs);
    signal_free(&signal);
    network_free(network);
}

/* ---- against Nengo ------------------------------------------------------- */

static const void *
trace_array(const struct npz *npz, const char *name, enum npz_type type)
{
    const struct npz_array *array = npz_find(npz, name);

    ck_assert_msg(array != NULL && array->type == type, "no %s", name);
    return array->data;
}

/* The drive of a recorded run: 9 s, learning from the fifth on. x_hat is
 * compared with what a synapse held of the reference after the step before. */
static struct signal
trace_signal(const struct npz *npz, const struct network *network)
{
    const bool *off = trace_array(npz, "gate_off", NPZ_BOOL);
    const bool *learn = trace_array(npz, "gate_wt", NPZ_BOOL);
    const bool *clamp = trace_array(npz, "clamp", NPZ_BOOL);
    const double *x = trace_array(npz, "xref", NPZ_FLOAT64);
    const double keep = exp(-SPEC_DT / 0.02);
    double held[2] = {0, 0};
    struct signal signal = signal_new(network, TRACE_STEPS);

    memcpy(signal.u, trace_array(npz, "u", NPZ_FLOAT64),
           sizeof(double) * TRACE_STEPS * 2);
    for (size_t i = 0; i < TRACE_STEPS; i++) {
        for (size_t k = 0; k < 2; k++) {
            signal.x[i * 2 + k] = held[k];
            held[k] = keep * held[k] + (1 - keep) * x[i * 2 + k];
        }
        signal.feedback[i] = 10;
        signal.eta[i] = 2e-3;
        signal.gates[i] =
            (unsigned char)((off[i] ? DRIVE_ERROR | DRIVE_FEEDBACK : 0) |
                            (learn[i] ? DRIVE_LEARN : 0) |
                            (clamp[i] ? DRIVE_CLAMP | DRIVE_CLAMP_FF : 0));
    }
    return signal;
}

/* `packed` has eight neurons in a byte, the first of them highest. */
static void
assert_spikes_are_nengos(const struct bytes *ours, const unsigned char *packed,
                         const char *layer)
{
    for (size_t at = 0; at < ours->size; at++) {
        const size_t step = at / 100, i = at % 100;
        const int theirs = (packed[step * 13 + i / 8] >> (7 - i % 8)) & 1;

        ck_assert_msg(ours->data[at] == theirs,
                      "step %zu: neuron %zu of %s spikes %d times", step + 1, i,
                      layer, ours->data[at]);
    }
}

TEST(plain_c_has_every_spike_of_nengo_2_4)
{
    const struct engine_rule published = {
        .plastic = PLASTIC_FF | PLASTIC_REC,
        .tau_synapse = 0.02,
        .tau_error = 0.2,
        .tau_feedback = 0.02,
    };
    struct npz *npz = data_open("trace_vdp100_v240.npz");
    struct network *network = NULL;
    struct bytes factors = {0};
    assert_ok(network_build(&van_der_pol, NULL, &network, why));
    struct signal signal = trace_signal(npz, network);
    struct record ours =
        native_run(&native_f64, network, &published, &signal, &factors);
    const double *x_hat = trace_array(npz, "xhat", NPZ_FLOAT64);

    assert_alive(&ours);
    assert_spikes_are_nengos(&ours.spikes_ff,
                             trace_array(npz, "spikes_in", NPZ_UINT8), "ff");
    assert_spikes_are_nengos(&ours.spikes_rec,
                             trace_array(npz, "spikes_out", NPZ_UINT8), "rec");
    for (size_t i = 0; i < TRACE_STEPS * 2; i++)
        ck_assert_double_eq_tol(((const double *)ours.x_hat.data)[i], x_hat[i],
                                1e-9);
    bytes_free(&factors);
    record_free(&ours);
    signal_free(&signal);
    network_free(network);
    npz_close(npz);
}

TEST_MAIN("kernel")
