/* test_worker.c - what a worker can be asked without a device. */
#include "testing.h"

#include "worker/worker_private.h"

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

TEST_MAIN("worker")
