/* test_engine_neuron.c - neurons under constant and noisy current, against the
 * closed forms of the leaky integrate-and-fire equation. */
#include "engine_testing.h"

/* A network without input in which neuron i of either layer gets the constant
 * current J[i], in thresholds: gain 0 and bias J. */
static struct network *
network_by_hand(const double *J, int64_t neurons)
{
    const size_t count = (size_t)neurons;
    struct network *network = memory_array(1, sizeof(*network));
    double **arrays[] = {&network->encoders_ff,
                         &network->gain_ff,
                         &network->bias_ff,
                         &network->encoders_rec,
                         &network->gain_rec,
                         &network->bias_rec,
                         &network->scaled_encoders_ff,
                         &network->decoders,
                         &network->scaled_encoders_rec};

    network->neurons_ff = network->neurons_rec = neurons;
    network->dimensions_in = network->dimensions = 1;
    network->radius_ff = network->radius_rec = 1;
    for (size_t i = 0; i < ARRAY_LENGTH(arrays); i++) {
        *arrays[i] = memory_array(count, sizeof(double));
        ck_assert_ptr_nonnull(*arrays[i]);
    }
    memcpy(network->bias_ff, J, count * sizeof(*J));
    memcpy(network->bias_rec, J, count * sizeof(*J));
    return network;
}

/* What neurons under the constant currents J do for `steps`. */
static struct record
currents_run(const double *J, int64_t neurons, enum precision precision,
             int64_t steps)
{
    struct opencl *cl = device_opened();
    struct network *network = network_by_hand(J, neurons);
    const struct engine_shape shape = shape_of(network, precision);
    struct engine *engine = engine_opened(cl, &shape, 1);
    struct signal silence = signal_new(network, STEPS_MOST);
    struct record record = {0};

    memset(silence.gates, 0, STEPS_MOST);
    assert_ok(engine_seat(engine, 0, network, NULL, &quick_rule, why));
    for (int64_t done = 0; done < steps; done += STEPS_MOST)
        signal_run(engine, &silence, 0, STEPS_MOST, &record);
    signal_free(&silence);
    engine_close(engine);
    network_free(network);
    opencl_close(cl);
    return record;
}

/* The first spike of a neuron at rest, tau_rc ln(J / (J - 1)) after the current
 * sets in; tau_ref more lies between any two. */
static double
first_spike(double J)
{
    return -MODEL_TAU_RC * log1p(-1 / J);
}

static double
spikes_of(const struct bytes *layer, int64_t neurons, int64_t neuron)
{
    double count = 0;
    for (size_t at = (size_t)neuron; at < layer->size; at += (size_t)neurons)
        count += layer->data[at];
    return count;
}

TEST(a_neuron_driven_at_twice_threshold_fires_at_the_textbook_rate)
{
    /* J = 2 and J barely above 1, at twice, and far above: up to 500 Hz */
    const double J[] = {2, 1.001, 1.01, 1.1, 1.5, 5, 20, 1e3, 1e6};
    const int64_t count = ARRAY_LENGTH(J), steps = 10000;
    const double seconds = (double)steps * SPEC_DT;

    for (size_t p = 0; p < ARRAY_LENGTH(precisions); p++) {
        struct record record = currents_run(J, count, precisions[p], steps);
        for (int64_t i = 0; i < count; i++) {
            const double rate = 1 / (MODEL_TAU_REF + first_spike(J[i]));
            const double ff = spikes_of(&record.spikes_ff, count, i);

            ck_assert_msg(fabs(ff - rate * seconds) <= 1.5,
                          "%s, J = %g: %g spikes in %g s, not %g",
                          precision_name(precisions[p]), J[i], ff, seconds,
                          rate * seconds);
            ck_assert_double_eq(spikes_of(&record.spikes_rec, count, i), ff);
        }
        record_free(&record);
    }
}

/* Checks that the spikes of one neuron are those at the times t1 + k period,
 * each in the step that ends at that time or next after it. A time within
 * `slack` of a step's end may count to either. */
static void
assert_spikes_at(const struct bytes *layer, int64_t neurons, int64_t neuron,
                 double J, double slack)
{
    const double period = MODEL_TAU_REF + first_spike(J);
    double t = first_spike(J);

    for (int64_t n = 0; n < (int64_t)layer->size / neurons; n++) {
        const double end = (double)(n + 1) * SPEC_DT;
        const bool spike = layer->data[n * neurons + neuron] != 0;
        const bool due = t < end;

        ck_assert_msg(spike == due || fabs(t - end) < slack ||
                          fabs(t - (end - SPEC_DT)) < slack,
                      "J = %g: a spike at %.9f s, and %s in the step to %.3f",
                      J, t, spike ? "one" : "none", end);
        if (spike)
            t += period;
    }
}

TEST(every_spike_falls_into_the_millisecond_that_the_closed_form_names)
{
    const double J[] = {1 + 1e-9, 1 + 1e-6, 1.001, 1.1, 1.5, 2,
                        5,        20,       300,   1e4, 1e6};
    const int64_t count = ARRAY_LENGTH(J);
    struct record record = currents_run(J, count, PRECISION_F64, 10000);

    for (int64_t i = 0; i < count; i++) {
        /* An ulp of V next to the threshold is this long at the speed of V. */
        const double slack = 1e-9 + 1e-15 / (J[i] - 1);

        ck_assert_double_ge(spikes_of(&record.spikes_ff, count, i), 20);
        assert_spikes_at(&record.spikes_ff, count, i, J[i], slack);
        assert_spikes_at(&record.spikes_rec, count, i, J[i], slack);
    }
    record_free(&record);
}

TEST(a_neuron_at_threshold_or_below_is_silent)
{
    const double J[] = {1, 0.999999, 0.5, 0, -1, -4.6e7};
    const int64_t count = ARRAY_LENGTH(J);

    for (size_t p = 0; p < ARRAY_LENGTH(precisions); p++) {
        struct record record = currents_run(J, count, precisions[p], 2000);
        ck_assert_double_eq(spikes_counted(&record.spikes_ff), 0);
        ck_assert_double_eq(spikes_counted(&record.spikes_rec), 0);
        ck_assert(record.finite);
        record_free(&record);
    }
}

/* ---- noise --------------------------------------------------------------- */

/* Mean and deviation of membranes, of count N, as they were saved. */
static void
assert_membranes(const struct engine_state *state, const char *name, size_t n,
                 double mean, double sd)
{
    const struct engine_part *part = engine_state_find(state, name);
    double sum = 0, squares = 0;

    ck_assert_uint_eq(part->columns, n);
    for (size_t i = 0; i < n; i++) /* the first row: V - 1 */
        sum += (1 + part_number(state, part, i)) / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += pow(1 + part_number(state, part, i) - sum, 2) / (double)n;
    ck_assert_double_lt(fabs(sum - mean), 5 * sd / sqrt((double)n));
    ck_assert_double_lt(fabs(sqrt(squares) / sd - 1), 5 / sqrt(2 * (double)n));
}

#define CROWD      10000 /* neurons */
#define CROWD_MEAN 0.5   /* thresholds, of the current and its noise */
#define CROWD_SD   0.1

/* After `done` steps. V := V + (J + sd g - V) c, c = 1 - exp(-dt / tau_rc):
 * from 0 towards J, with variance sd^2 c^2 (1 + (1-c)^2 + (1-c)^4 + ...). */
static void
assert_crowd(struct engine *engine, int64_t done)
{
    const double c = 1 - exp(-SPEC_DT / MODEL_TAU_RC);
    const double left = pow(1 - c, (double)done);
    const double mean = CROWD_MEAN * (1 - left);
    const double sd =
        CROWD_SD * c * sqrt((1 - left * left) / (1 - pow(1 - c, 2)));
    struct engine_state state;

    assert_ok(engine_save(engine, 0, &state, why));
    assert_membranes(&state, "state_ff", CROWD, mean, sd);
    assert_membranes(&state, "state_rec", CROWD, mean, sd);
    engine_state_free(&state);
}

static void
assert_noise_moves_membranes(const double *J, enum precision precision)
{
    static const int64_t ends[] = {1, 10, 200};
    struct opencl *cl = device_opened();
    struct network *network = network_by_hand(J, CROWD);
    struct engine_shape shape = shape_of(network, precision);
    struct engine_rule rule = quick_rule;
    struct signal silence = signal_new(network, 200);
    struct record record = {0};

    shape.noisy = true;
    rule.noise_sd = CROWD_SD;
    rule.noise_mean = CROWD_MEAN - J[0];
    rule.noise_seed = 3;
    memset(silence.gates, 0, 200);
    struct engine *engine = engine_opened(cl, &shape, 1);
    assert_ok(engine_seat(engine, 0, network, NULL, &rule, why));
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
        signal_run(engine, &silence, record.steps, ends[i] - record.steps,
                   &record);
        assert_crowd(engine, ends[i]);
    }
    ck_assert_double_eq(spikes_counted(&record.spikes_ff), 0);
    record_free(&record);
    signal_free(&silence);
    engine_close(engine);
    network_free(network);
    opencl_close(cl);
}

/* Always five deviations and more from 0 and from the threshold. */
TEST(noise_below_threshold_moves_membranes_as_the_closed_form_says)
{
    double *J = memory_array(CROWD, sizeof(*J));

    for (size_t i = 0; i < CROWD; i++)
        J[i] = 0.4;
    for (size_t p = 0; p < ARRAY_LENGTH(precisions); p++)
        assert_noise_moves_membranes(J, precisions[p]);
    free(J);
}

TEST_MAIN("engine neuron")
