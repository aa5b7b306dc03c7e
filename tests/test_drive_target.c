/* test_drive_target.c - what the estimate is compared with, how strongly it is
 * fed back and learned from. */
#include "drive_testing.h"

#define STEPS 6000

static struct spec
moving_spec(void)
{
    struct spec spec = quiet_spec(SYSTEM_VAN_DER_POL);

    spec.input.type = INPUT_AMPL_VARY_HEIGHTS_SCALED;
    return spec;
}

TEST(the_target_is_what_a_synapse_of_20_ms_made_of_the_reference_so_far)
{
    struct spec spec = moving_spec();
    struct drive_rows rows = rows_made(&spec, NULL, STEPS);

    for (int n = 0; n < STEPS; n += 500) {
        double sum = 0;

        for (int i = 0; i < n; i++)
            sum += rows.x[2 * i + 1] * exp(-(n - 1 - i) * 0.001 / 0.02) *
                   (1 - exp(-0.001 / 0.02));
        ck_assert_double_eq_tol(rows.target[2 * n + 1], sum, 1e-12);
    }
    rows_free(&rows);
}

TEST(without_a_filter_the_target_is_the_reference)
{
    struct spec spec = moving_spec();
    struct drive_rows rows;

    spec.reference.filtered = false;
    rows = rows_made(&spec, NULL, STEPS);
    ck_assert_mem_eq(rows.target, rows.x, 2 * STEPS * sizeof(double));
    rows_free(&rows);
}

TEST(a_pure_delay_shows_the_reference_of_so_many_steps_before)
{
    struct spec spec = moving_spec();
    struct drive_rows rows;

    spec.reference.filtered = false;
    spec.reference.delay = 0.05;
    rows = rows_made(&spec, NULL, STEPS);
    for (int i = 0; i < 2 * 49; i++)
        ck_assert_double_eq(rows.target[i], 0);
    ck_assert_double_eq(rows.target[2 * 49], 0.001); /* x(0) */
    ck_assert_mem_eq(rows.target + 2 * 50, rows.x,
                     2 * (STEPS - 50) * sizeof(double));
    rows_free(&rows);
}

/* What an alpha synapse has let through of a step after t s. */
static double
alpha_response(double t)
{
    return 1 - (1 + t / 0.05) * exp(-t / 0.05);
}

/* x stands still over a step, and is seen from the next one on, as Nengo has
 * it for every synapse. */
TEST(an_alpha_delay_is_the_response_of_an_alpha_synapse_to_held_steps)
{
    struct spec spec = moving_spec();
    struct drive_rows rows;

    spec.reference.filtered = false;
    spec.reference.delay = 0.05;
    spec.reference.delay_type = DELAY_ALPHA;
    rows = rows_made(&spec, NULL, STEPS);
    for (int n = 0; n < STEPS; n += 500) {
        double sum = 0;

        for (int i = 0; i < n; i++)
            sum += rows.x[2 * i] * (alpha_response((n - i) * 0.001) -
                                    alpha_response((n - i - 1) * 0.001));
        ck_assert_double_eq_tol(rows.target[2 * n], sum, 1e-12);
    }
    rows_free(&rows);
}

TEST(a_delayed_reference_is_filtered_like_any_other)
{
    struct spec spec = moving_spec();
    struct drive_rows early = rows_made(&spec, NULL, STEPS), late;

    spec.reference.delay = 0.02;
    late = rows_made(&spec, NULL, STEPS);
    for (int n = 1000; n < STEPS; n++) /* x(0) is forgotten by then */
        ck_assert_double_eq_tol(late.target[2 * n], early.target[2 * (n - 20)],
                                1e-12);
    rows_free(&early);
    rows_free(&late);
}

/* Nengo's white noise has sd / sqrt(dt), and a filter of 5 ms leaves of it
 * sqrt((1 - keep) / (1 + keep)): 9.98 times what was asked for, after all. */
TEST(the_noise_of_the_error_has_ten_times_the_deviation_asked_for)
{
    enum { MANY = 200000 };
    struct spec spec = quiet_spec(SYSTEM_LIN_OSC);
    double sum = 0, square = 0, next = 0;
    struct drive_rows noisy, calm;

    spec.system.tau_dyn = 0.1;
    spec.noise.error_sd = 0.001;
    spec.noise.error_mean = 0.0002;
    spec.noise.seed = 3;
    noisy = rows_made(&spec, NULL, MANY);
    spec.noise.error_sd = spec.noise.error_mean = 0;
    calm = rows_made(&spec, NULL, MANY);
    for (int i = 100; i + 1 < MANY; i++) {
        double now = calm.target[2 * i] - noisy.target[2 * i] - 0.0063246;
        double then =
            calm.target[2 * i + 2] - noisy.target[2 * i + 2] - 0.0063246;

        sum += now;
        square += now * now;
        next += now * then;
    }
    ck_assert_double_eq_tol(sum / MANY, 0, 3e-4);
    ck_assert_double_eq_tol(sqrt(square / MANY), 0.00998, 2e-4);
    ck_assert_double_eq_tol(next / square, exp(-0.2), 0.01);
    rows_free(&noisy);
    rows_free(&calm);
}

TEST(each_dimension_and_each_seed_has_its_own_noise)
{
    struct spec spec = quiet_spec(SYSTEM_LIN_OSC);
    struct drive_rows one, two;
    double apart = 0, alike = 0;

    spec.system.tau_dyn = 0.1;
    spec.noise.error_sd = 1;
    one = rows_made(&spec, NULL, STEPS);
    spec.noise.seed = 1;
    two = rows_made(&spec, NULL, STEPS);
    for (int i = 0; i < STEPS; i++) {
        apart += one.target[2 * i] * two.target[2 * i] / STEPS;
        alike += one.target[2 * i] * one.target[2 * i + 1] / STEPS;
    }
    /* variance 100; some 600 independent pieces */
    ck_assert_double_lt(fabs(apart), 20);
    ck_assert_double_lt(fabs(alike), 20);
    rows_free(&one);
    rows_free(&two);
}

TEST(the_noise_is_no_part_of_the_reference)
{
    struct spec spec = moving_spec();
    struct drive_rows calm = rows_made(&spec, NULL, STEPS), noisy;

    spec.noise.error_sd = 0.1;
    noisy = rows_made(&spec, NULL, STEPS);
    ck_assert_mem_eq(calm.x, noisy.x, 2 * STEPS * sizeof(double));
    rows_free(&calm);
    rows_free(&noisy);
}

TEST(the_feedback_has_one_strength_unless_told_otherwise)
{
    struct spec spec = moving_spec();
    struct drive_rows rows = rows_made(&spec, NULL, STEPS);

    for (int i = 0; i < STEPS; i++)
        ck_assert_double_eq(rows.feedback[i], 10);
    rows_free(&rows);
}

TEST(the_feedback_changes_on_a_line_from_the_start_to_the_end)
{
    struct spec spec = moving_spec();
    struct drive_rows rows;

    spec.schedule.settle = spec.schedule.test = 0;
    spec.schedule.duration = 6;
    spec.feedback.gain_end = 5;
    rows = rows_made(&spec, NULL, STEPS);
    ck_assert_double_eq_tol(rows.feedback[1199], 9, 1e-12);
    ck_assert_double_eq_tol(rows.feedback[5998], 5 + 5 / 6000.0, 1e-12);
    rows_free(&rows);
}

TEST(the_learning_rate_follows_its_schedule)
{
    struct spec spec = moving_spec();
    struct drive_rows rows;

    spec.learning.eta_schedule.count = 2;
    spec.learning.eta_schedule.time[0] = 2.3;
    spec.learning.eta_schedule.eta[0] = 0.04;
    spec.learning.eta_schedule.time[1] = 4;
    spec.learning.eta_schedule.eta[1] = 0.01;
    rows = rows_made(&spec, NULL, STEPS);
    ck_assert_double_eq(rows.eta[2298], 2e-3);
    ck_assert_double_eq(rows.eta[2299], 0.04); /* t = 2.3 */
    ck_assert_double_eq(rows.eta[3998], 0.04);
    ck_assert_double_eq(rows.eta[5999], 0.01);
    rows_free(&rows);
}

TEST(an_arm_learns_nothing_from_the_beginning_of_the_test_on)
{
    struct spec spec = arm_spec();
    struct drive_rows rows;

    spec.schedule.duration = 6;
    spec.schedule.period = 1;
    spec.schedule.settle = 1;
    spec.schedule.test = 4;
    rows = rows_made(&spec, NULL, STEPS);
    ck_assert_int_eq(rows.gates[1998], DRIVE_ERROR | DRIVE_FEEDBACK |
                                           DRIVE_LEARN); /* t = 1.999 */
    ck_assert_int_eq(rows.gates[1999], 0);
    rows_free(&rows);
}

TEST(trials_of_an_arm_silence_its_recurrent_layer_alone_and_put_it_back)
{
    struct spec spec = arm_spec();
    struct drive_rows clamped;

    spec.schedule.period = 1;
    spec.input.type = INPUT_AMPL_VARY_HEIGHTS;
    spec.input.reduction = 0.3;
    spec.schedule.trial_clamp = true;
    clamped = rows_made(&spec, NULL, STEPS);
    ck_assert_int_eq(clamped.gates[748], DRIVE_LEARN);
    ck_assert_int_eq(clamped.gates[749], DRIVE_CLAMP);
    ck_assert_int_eq(clamped.gates[998], DRIVE_CLAMP);
    ck_assert_int_eq(clamped.gates[999], DRIVE_LEARN);
    ck_assert_double_gt(fabs(clamped.x[4 * 748]), 1e-3);
    ck_assert_double_ne(clamped.x[4 * 749], clamped.x[4 * 748]); /* t = 0.75 */
    ck_assert_double_eq(clamped.x[4 * 750], 0);
    ck_assert_double_eq(clamped.x[4 * 998 + 2], 0);
    ck_assert_double_ne(clamped.x[4 * 999 + 2], 0);
    rows_free(&clamped);
}

TEST_MAIN("drive: target")
