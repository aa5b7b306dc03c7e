/* test_engine.c - what a summary says, and what is refused. */
#include "engine_testing.h"

/* ---- summaries ----------------------------------------------------------- */

/* An engine of one seat with a network in it, and its signal. */
struct bench {
    struct opencl *cl;
    struct network *network;
    struct engine *engine;
    struct signal signal;
};

static struct bench
bench_new(enum precision precision)
{
    struct bench bench = {.cl = device_opened(),
                          .network = network_of(3, 2, 4)};
    const struct engine_shape shape = shape_of(bench.network, precision);

    bench.engine = engine_opened(bench.cl, &shape, 1);
    bench.signal = signal_new(bench.network, STEPS_MOST);
    assert_ok(
        engine_seat(bench.engine, 0, bench.network, NULL, &quick_rule, why));
    return bench;
}

static void
bench_free(struct bench *bench)
{
    signal_free(&bench->signal);
    engine_close(bench->engine);
    network_free(bench->network);
    opencl_close(bench->cl);
}

/* Root mean square over all entries of W = E D, each of them computed. */
static double
dense_rms(const struct network *network, const struct engine_state *state,
          const char *name)
{
    const struct engine_part *part = engine_state_find(state, name);
    const size_t d = part->rows, neurons = part->columns;
    double sum = 0;

    for (size_t i = 0; i < (size_t)network->neurons_rec; i++)
        for (size_t j = 0; j < neurons; j++) {
            double W = 0;
            for (size_t k = 0; k < d; k++)
                W += network->scaled_encoders_rec[i * d + k] *
                     part_number(state, part, k * neurons + j);
            sum += W * W;
        }
    return sqrt(sum / (double)((size_t)network->neurons_rec * neurons));
}

static void
assert_rms_is_dense(enum precision precision, double tolerance)
{
    struct bench bench = bench_new(precision);
    struct record record = {0};
    struct engine_state state;

    signal_run(bench.engine, &bench.signal, 0, 1000, &record);
    assert_alive(&record);
    assert_ok(engine_save(bench.engine, 0, &state, why));
    const struct engine_summary *last =
        (const struct engine_summary *)(record.summaries.data +
                                        record.summaries.size) -
        1;
    const double ff = dense_rms(bench.network, &state, "D_ff");
    const double rec = dense_rms(bench.network, &state, "D_rec");
    ck_assert_double_gt(ff, 0);
    ck_assert_double_gt(rec, 0);
    ck_assert_double_lt(fabs(last->weight_rms_ff / ff - 1), tolerance);
    ck_assert_double_lt(fabs(last->weight_rms_rec / rec - 1), tolerance);
    engine_state_free(&state);
    record_free(&record);
    bench_free(&bench);
}

TEST(the_size_of_the_weights_is_that_of_the_dense_matrices)
{
    assert_rms_is_dense(PRECISION_F64, 1e-12);
    assert_rms_is_dense(PRECISION_F32, 1e-5);
}

static double
spikes_between(const struct bytes *spikes, int64_t neurons, int64_t from,
               int64_t to)
{
    double count = 0;
    for (int64_t i = from * neurons; i < to * neurons; i++)
        count += spikes->data[i];
    return count;
}

/* Periods of 300 steps in slices of 250, 500 and 450: summaries at each end. */
static void
assert_summaries_count(enum precision precision)
{
    static const int64_t ends[] = {250, 300, 600, 750, 900, 1200};
    struct bench bench = bench_new(precision);
    struct record record = {0};
    int64_t from = 0;

    signal_run(bench.engine, &bench.signal, 0, 250, &record);
    signal_run(bench.engine, &bench.signal, 250, 500, &record);
    signal_run(bench.engine, &bench.signal, 750, 450, &record);
    assert_alive(&record);
    ck_assert_uint_eq(record.summaries.size,
                      ARRAY_LENGTH(ends) * sizeof(struct engine_summary));
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
        const struct engine_summary *summary =
            (const struct engine_summary *)record.summaries.data + i;
        ck_assert_int_eq(summary->step, ends[i]);
        ck_assert_double_eq(summary->spikes_ff,
                            spikes_between(&record.spikes_ff,
                                           bench.network->neurons_ff, from,
                                           ends[i]));
        ck_assert_double_eq(summary->spikes_rec,
                            spikes_between(&record.spikes_rec,
                                           bench.network->neurons_rec, from,
                                           ends[i]));
        from = ends[i];
    }
    record_free(&record);
    bench_free(&bench);
}

TEST(a_summary_counts_the_recorded_spikes_since_the_one_before)
{
    for (size_t p = 0; p < ARRAY_LENGTH(precisions); p++)
        assert_summaries_count(precisions[p]);
}

/* ---- what is refused ----------------------------------------------------- */

static void
assert_shape_refused(struct opencl *cl, struct engine_shape shape, int seats,
                     int steps, enum status expected, const char *words)
{
    struct engine *engine = NULL;
    struct error err = {0};

    ck_assert_int_eq(engine_open(cl, &shape, seats, steps, &engine, &err),
                     expected);
    ck_assert_ptr_null(engine);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
}

TEST(a_shape_out_of_range_is_refused_by_what_is_wrong_with_it)
{
    struct bench bench = bench_new(PRECISION_F32);
    const struct engine_shape good = *engine_shape(bench.engine);
    static const int64_t neurons[] = {0, -1, INT32_MAX / 64 + 1, INT64_MAX};
    static const int dimensions[] = {0, -1, 9, INT32_MAX};
    static const int counts[] = {0, -1, INT32_MIN};

    for (size_t i = 0; i < ARRAY_LENGTH(neurons); i++) {
        struct engine_shape bad = good;
        bad.neurons_ff = neurons[i];
        assert_shape_refused(bench.cl, bad, 1, 1, INVALID, "neurons");
        bad = good;
        bad.neurons_rec = neurons[i];
        assert_shape_refused(bench.cl, bad, 1, 1, INVALID, "neurons");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(dimensions); i++) {
        struct engine_shape bad = good;
        bad.dimensions = dimensions[i];
        assert_shape_refused(bench.cl, bad, 1, 1, INVALID, "dimensions");
        bad = good;
        bad.dimensions_in = dimensions[i];
        assert_shape_refused(bench.cl, bad, 1, 1, INVALID, "dimensions");
    }
    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++) {
        assert_shape_refused(bench.cl, good, counts[i], 1, INVALID, "seats");
        assert_shape_refused(bench.cl, good, 1, counts[i], INVALID, "steps");
    }
    assert_shape_refused(bench.cl, good, 1, INT32_MAX, INVALID, "steps");
    bench_free(&bench);
}

TEST(more_seats_than_the_device_has_memory_for_are_refused_at_once)
{
    struct bench bench = bench_new(PRECISION_F32);
    struct engine_shape shape = *engine_shape(bench.engine);

    assert_shape_refused(bench.cl, shape, INT32_MAX, INT32_MAX - 1, TOO_LARGE,
                         "2147483647 seats of 2147483646 steps need more");
    shape.neurons_ff = shape.neurons_rec = INT32_MAX / 64;
    assert_shape_refused(bench.cl, shape, INT32_MAX, 1, TOO_LARGE,
                         "2147483647 seats of 1 steps need more");
    bench_free(&bench);
}

TEST(a_network_of_another_shape_finds_no_seat)
{
    struct bench bench = bench_new(PRECISION_F32);
    struct network others[4];
    struct error err;

    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        others[i] = *bench.network;
    others[0].neurons_ff--;
    others[1].neurons_rec++;
    others[2].dimensions_in--;
    others[3].dimensions--;
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
        ck_assert_int_eq(
            engine_seat(bench.engine, 0, &others[i], NULL, &quick_rule, &err),
            INVALID);
        ck_assert_str_eq(err.text, "the network has another shape");
    }
    ck_assert_int_eq(
        engine_seat(bench.engine, 1, bench.network, NULL, &quick_rule, &err),
        INVALID);
    ck_assert_str_eq(err.text, "no seat 1 among 1");
    bench_free(&bench);
}

TEST(slices_come_one_after_the_other_and_no_longer_than_agreed)
{
    struct bench bench = bench_new(PRECISION_F32);
    struct engine_drive drive = signal_part(&bench.signal, 0, 10);
    struct engine_state state;
    struct engine_trace trace;
    struct error err;

    ck_assert_int_eq(engine_end(bench.engine, &trace, &err), CONFLICT);
    drive.steps = STEPS_MOST + 1;
    ck_assert_int_eq(engine_pack(bench.engine, 0, &drive, &err), INVALID);
    drive.steps = -1;
    ck_assert_int_eq(engine_pack(bench.engine, 0, &drive, &err), INVALID);
    drive.steps = 10;
    ck_assert_int_eq(engine_pack(bench.engine, 1, &drive, &err), INVALID);
    ck_assert_int_eq(engine_pack(bench.engine, 0, &drive, &err), OK);
    ck_assert_int_eq(engine_begin(bench.engine, &err), OK);
    ck_assert_int_eq(engine_begin(bench.engine, &err), CONFLICT);
    ck_assert_int_eq(engine_save(bench.engine, 0, &state, &err), CONFLICT);
    ck_assert_int_eq(engine_end(bench.engine, &trace, &err), OK);
    ck_assert_int_eq(trace.steps, 10);
    bench_free(&bench);
}

TEST_MAIN("engine")
