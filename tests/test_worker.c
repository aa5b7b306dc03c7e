/* test_worker.c - what a worker can be asked without a device. */
#include "testing.h"

#include "worker/worker_private.h"

#include <stdlib.h>

TEST(a_pace_is_not_told_before_it_was_measured_for_a_second)
{
    struct pace pace = {0};

    ck_assert_double_eq(pace_told(&pace), 0);
    pace_take(&pace, 1000, 100.0);
    pace_take(&pace, 50000, 100.9);
    ck_assert_double_eq(pace_told(&pace), 0);
    pace_take(&pace, 50000, 101.0);
    ck_assert_double_eq_tol(pace_told(&pace), 100000, 1e-6);
}

TEST(a_first_slice_in_which_a_driver_compiles_does_not_slow_the_pace)
{
    struct pace pace = {0};

    pace_take(&pace, 1000, 60.0);
    for (int i = 1; i <= 8; i++)
        pace_take(&pace, 25000, 60.0 + 0.25 * i);
    ck_assert_double_eq_tol(pace_told(&pace), 100000, 1e-6);
}

TEST(a_pace_follows_a_change_within_some_seconds_and_no_hiccup)
{
    struct pace pace = {0};
    double now = 5;

    for (int i = 0; i < 200; i++)
        pace_take(&pace, 1000, now += 0.25);
    pace_take(&pace, 1000, now += 1);
    ck_assert_double_gt(pace_told(&pace), 3000);
    for (int i = 0; i < 120; i++)
        pace_take(&pace, 500, now += 0.25);
    ck_assert_double_lt(pace_told(&pace), 2400);
}

static struct spec
spec_with_spikes(double duration, double window)
{
    return (struct spec){.schedule.duration = duration,
                         .record = {.window = window, .spikes = true}};
}

TEST(spikes_are_wanted_in_the_windows_and_slices_end_where_these_do)
{
    struct spec spec = spec_with_spikes(100, 20);

    ck_assert(spikes_wanted(&spec, 0) && spikes_wanted(&spec, 19999));
    ck_assert(!spikes_wanted(&spec, 20000) && !spikes_wanted(&spec, 79999));
    ck_assert(spikes_wanted(&spec, 80000) && spikes_wanted(&spec, 99999));
    ck_assert_int_eq(spikes_change(&spec, 0), 20000);
    ck_assert_int_eq(spikes_change(&spec, 20000), 80000);
    ck_assert_int_eq(spikes_change(&spec, 80000), 100000);
    spec.record.spikes = false;
    ck_assert(!spikes_wanted(&spec, 0));
    ck_assert_int_eq(spikes_change(&spec, 0), 100000);
}

TEST(windows_that_overlap_leave_no_step_without_spikes)
{
    struct spec spec = spec_with_spikes(30, 20);
    int64_t step = 0;

    while (step < 30000) {
        ck_assert(spikes_wanted(&spec, step));
        ck_assert_int_gt(spikes_change(&spec, step), step);
        step = spikes_change(&spec, step);
    }
    ck_assert_int_eq(step, 30000);
}

TEST(a_slice_has_no_more_spikes_than_a_report_can_carry)
{
    struct engine_shape shape = {.neurons_ff = 5000, .neurons_rec = 5000};

    ck_assert_int_eq(spikes_steps_most(&shape), SLICE_MOST);
    shape.record_spikes = true;
    ck_assert_int_eq(spikes_steps_most(&shape), (16 << 20) / 1250);
    shape.neurons_ff = shape.neurons_rec = 1000000;
    ck_assert_int_eq(spikes_steps_most(&shape), (16 << 20) / 250000);
    shape.neurons_ff = shape.neurons_rec = 8;
    ck_assert_int_eq(spikes_steps_most(&shape), SLICE_MOST);
}

TEST(spikes_are_told_before_a_gap_or_when_they_are_many)
{
    struct spec spec = spec_with_spikes(100, 20);
    unsigned char *bits = memory_array(13000, 625);
    struct engine_trace trace = {
        .steps = 10, .spikes_ff = bits, .spikes_rec = bits};
    struct spikes spikes = {0};

    spec.network.neurons_ff = spec.network.neurons_rec = 5000;
    ck_assert(!spikes_are_due(&spikes, &spec, 20000));
    ck_assert_int_eq(spikes_take(&spikes, &spec, 7000, &trace), OK);
    ck_assert_int_eq(spikes.first, 7000);
    ck_assert(!spikes_are_due(&spikes, &spec, 7010));
    ck_assert(spikes_are_due(&spikes, &spec, 20000));
    trace.steps = 13000;
    ck_assert_int_eq(spikes_take(&spikes, &spec, 7010, &trace), OK);
    ck_assert(!spikes_are_due(&spikes, &spec, 15000));
    ck_assert_int_eq(spikes_take(&spikes, &spec, 20010, &trace), OK);
    ck_assert(spikes_are_due(&spikes, &spec, 15000));
    ck_assert_int_eq(spikes.rows, 26010);
    spikes_reported(&spikes);
    ck_assert(!spikes_are_due(&spikes, &spec, 20000));
    spikes_close(&spikes);
    free(bits);
}

TEST_MAIN("worker")
