/* test_drive.c - command, reference and gates of a job.
 *
 * tests/data/drive_vdp_24s.npz was recorded from the published script: van der
 * Pol, 24 s, input seed 2, trial clamps. u and gates hold every step; x every
 * 40th, as integrated there, to four digits. tests/model_scipy.py compares x
 * to ten. */
#include "testing.h"

#include "drive/drive_private.h"
#include "npz/npz.h"

#include <math.h>
#include <string.h>

#define STEPS     24000
#define ALL_GATES (DRIVE_ERROR | DRIVE_FEEDBACK | DRIVE_LEARN)

static const struct drive_sources no_sources;

static struct spec
recorded_spec(void)
{
    struct spec spec;

    ck_assert_int_eq(preset_spec("vanderPol", &spec, NULL), OK);
    spec.input.seed = 2;
    spec.schedule.duration = 24;
    spec.schedule.period = spec.schedule.settle = 4;
    spec.schedule.test = 16;
    spec.schedule.trial_clamp = true;
    return spec;
}

struct rows {
    double u[STEPS][2], x[STEPS][2], target[STEPS][2];
    double feedback[STEPS], eta[STEPS];
    unsigned char gates[STEPS];
};

static struct drive *
drive_made(const struct spec *spec)
{
    struct drive *drive = NULL;
    struct error err;

    ck_assert_msg(drive_new(spec, NULL, &drive, &err) == OK, "%s", err.text);
    return drive;
}

static void
rows_advance(struct rows *rows, struct drive *drive, int64_t steps)
{
    int64_t done = drive_step(drive);

    drive_advance(drive, steps,
                  &(struct drive_rows){.u = rows->u[done],
                                       .x = rows->x[done],
                                       .target = rows->target[done],
                                       .feedback = rows->feedback + done,
                                       .eta = rows->eta + done,
                                       .gates = rows->gates + done});
}

/* The whole job at once. */
static struct rows *
rows_of(const struct spec *spec)
{
    struct rows *rows = memory_array(1, sizeof(*rows));
    struct drive *drive = drive_made(spec);

    ck_assert_ptr_nonnull(rows);
    rows_advance(rows, drive, STEPS);
    drive_free(drive);
    return rows;
}

static const void *
recorded(struct npz **npz, const char *name)
{
    struct bytes file = {0};
    struct error err;

    if (!*npz) {
        ck_assert_msg(file_read(test_data_path("drive_vdp_24s.npz"), 1 << 20,
                                &file, &err) == OK,
                      "%s", err.text);
        ck_assert_int_eq(npz_open(file.data, file.size, 1 << 20, npz, &err),
                         OK);
        bytes_free(&file);
    }
    ck_assert_ptr_nonnull(npz_find(*npz, name));
    return npz_find(*npz, name)->data;
}

TEST(the_command_is_the_published_one_to_the_last_bit)
{
    struct spec spec = recorded_spec();
    struct rows *rows = rows_of(&spec);
    struct npz *npz = NULL;
    const double *u = recorded(&npz, "u");

    for (int i = 0; i < 2 * STEPS; i++)
        ck_assert_msg(rows->u[i / 2][i % 2] == u[i], "u[%d][%d] is %a, not %a",
                      i / 2, i % 2, rows->u[i / 2][i % 2], u[i]);
    npz_close(npz);
    free(rows);
}

TEST(the_gates_are_the_published_ones)
{
    struct spec spec = recorded_spec();
    struct rows *rows = rows_of(&spec);
    struct npz *npz = NULL;
    const unsigned char *gates = recorded(&npz, "gates");

    for (int i = 0; i < STEPS; i++) {
        const int aside = DRIVE_FEEDBACK | DRIVE_CLAMP_FF;
        unsigned char seen = rows->gates[i] & (unsigned char)~aside;

        ck_assert_msg(seen == gates[i], "gates[%d] are %x, not %x", i, seen,
                      gates[i]);
    }
    npz_close(npz);
    free(rows);
}

TEST(the_reference_is_the_published_one_to_its_precision)
{
    struct spec spec = recorded_spec();
    struct rows *rows = rows_of(&spec);
    struct npz *npz = NULL;
    const double *x = recorded(&npz, "x_every_40");

    for (int i = 0; i < 2 * STEPS / 40 - 2; i++)
        ck_assert_double_eq_tol(rows->x[i / 2 * 40 + 39][i % 2], x[i], 1e-4);
    npz_close(npz);
    free(rows);
}

TEST(the_first_numbers_of_the_published_seeds_are_known)
{
    struct spec spec = recorded_spec();
    double u[2];
    struct command *command;

    spec.schedule.duration = 40;
    ck_assert_int_eq(command_new(&spec, &no_sources, &command, NULL), OK);
    command_at(command, 0.001, 0.001, u);
    ck_assert_double_eq_tol(u[0], 0.02159755, 1e-8);
    ck_assert_double_eq_tol(u[1], 0.11513847, 1e-8);
    command_free(command);
}

TEST(the_test_command_is_a_pulse_and_then_a_constant)
{
    const double pulse[2] = {0x1.c3ea6246e6d52p-4, -0x1.c669176895d1ep-6};
    const double later[2] = {0x1.9dc3bc79302b3p-6, 0x1.7d5242ab378ecp-4};
    struct spec spec = recorded_spec();
    struct command *command;
    double u[2];

    spec.input.type = INPUT_RAMP_LEAVE_RAMP_HEIGHTS;
    spec.input.seed = 3;
    spec.schedule.duration = 40;
    spec.schedule.trial_clamp = false;
    ck_assert_int_eq(command_new(&spec, &no_sources, &command, NULL), OK);
    command_at(command, 0.099, 0.099, u);
    ck_assert_mem_eq(u, pulse, sizeof(u));
    command_at(command, 7.999, 7.999, u);
    ck_assert_mem_eq(u, later, sizeof(u));
    command_free(command);
}

TEST(a_tie_between_two_pieces_of_noise_goes_to_the_earlier_one)
{
    struct spec spec = recorded_spec();
    double before[2], tie[2], after[2];
    struct command *command;

    ck_assert_int_eq(command_new(&spec, &no_sources, &command, NULL), OK);
    command_at(command, 0.0249, 0.0249, before);
    command_at(command, 0.025, 0.025, tie);
    command_at(command, 0.0251, 0.0251, after);
    ck_assert_double_eq(before[0], tie[0]);
    ck_assert_double_ne(tie[0], after[0]);
    command_free(command);
}

TEST(the_command_scales_with_its_scale)
{
    struct spec spec = recorded_spec();
    struct rows *one = rows_of(&spec), *two;

    spec.input.scale = 2;
    two = rows_of(&spec);
    for (int i = 0; i < STEPS; i++)
        ck_assert_double_eq(two->u[i][1], 2 * one->u[i][1]);
    free(one);
    free(two);
}

TEST(slices_of_any_size_give_the_same_bits)
{
    const int64_t sizes[] = {1, 999, 7, 3333};
    struct spec spec = recorded_spec();
    struct rows *whole, *sliced = memory_array(1, sizeof(*sliced));
    struct drive *drive;

    spec.schedule.duration = 23.987; /* noise that jumps between steps */
    whole = rows_of(&spec);
    drive = drive_made(&spec);
    for (int i = 0; drive_step(drive) < STEPS; i++) {
        int64_t left = STEPS - drive_step(drive), size = sizes[i % 4];

        rows_advance(sliced, drive, size < left ? size : left);
    }
    ck_assert_mem_eq(whole, sliced, sizeof(*whole));
    drive_free(drive);
    free(whole);
    free(sliced);
}

TEST(a_drive_restored_anywhere_continues_bit_for_bit)
{
    struct spec spec = recorded_spec();
    struct rows *whole, *pieces = memory_array(1, sizeof(*pieces));
    struct drive *drive;
    double *state;
    int64_t step = 0;

    spec.schedule.duration = 23.987;
    spec.noise.error_sd = 0.01;
    spec.reference.delay = 0.07;
    whole = rows_of(&spec);
    drive = drive_made(&spec);
    state = memory_array(drive_state_count(drive), sizeof(double));
    drive_save(drive, state);
    while (step + 75 <= STEPS) {
        const size_t count = drive_state_count(drive);

        drive_free(drive);
        drive = drive_made(&spec);
        ck_assert_int_eq(drive_restore(drive, state, count, NULL), OK);
        rows_advance(pieces, drive, step % 7 == 3 ? 75 : 25);
        drive_save(drive, state);
        step = drive_step(drive);
    }
    ck_assert_mem_eq(whole->x, pieces->x, (size_t)step * 16);
    ck_assert_mem_eq(whole->u, pieces->u, (size_t)step * 16);
    ck_assert_mem_eq(whole->target, pieces->target, (size_t)step * 16);
    ck_assert_mem_eq(whole->gates, pieces->gates, (size_t)step);
    drive_free(drive);
    free(state);
    free(whole);
    free(pieces);
}

TEST(a_state_of_another_job_is_refused)
{
    struct spec spec = recorded_spec();
    struct drive *drive = drive_made(&spec);
    const size_t count = drive_state_count(drive);
    double *state = memory_array(count, sizeof(double));

    state[0] = 24001;
    ck_assert_int_eq(drive_restore(drive, state, count, NULL), CORRUPT);
    state[0] = NAN;
    ck_assert_int_eq(drive_restore(drive, state, count, NULL), CORRUPT);
    state[0] = 0;
    ck_assert_int_eq(drive_restore(drive, state, count - 1, NULL), CORRUPT);
    drive_free(drive);
    free(state);
}

TEST(a_clamped_reference_falls_by_a_factor_of_e_every_step)
{
    struct spec spec = recorded_spec();
    struct rows *rows = rows_of(&spec);

    for (int n = 3500; n < 3999; n++)
        ck_assert_double_eq_tol(rows->x[n][1] / rows->x[n - 1][1], exp(-1),
                                1e-12);
    ck_assert_double_lt(fabs(rows->x[3998][0]), 1e-200);
    ck_assert_double_gt(fabs(rows->x[4099][0]), 1e-3);
    free(rows);
}

TEST(without_trial_clamps_nothing_is_clamped)
{
    struct spec spec = recorded_spec();
    struct rows *rows;

    spec.schedule.trial_clamp = false;
    rows = rows_of(&spec);
    for (int i = 0; i < STEPS; i++) {
        double t = (i + 1) * SPEC_DT;
        bool open = 4 < t && t < 8;

        ck_assert_int_eq(rows->gates[i], open ? ALL_GATES : DRIVE_LEARN);
    }
    free(rows);
}

TEST(a_job_that_does_not_learn_still_passes_and_feeds_back_its_error)
{
    struct spec spec = recorded_spec();
    struct rows *rows;

    spec.learning.enabled = false;
    rows = rows_of(&spec);
    ck_assert_int_eq(rows->gates[5000], DRIVE_ERROR | DRIVE_FEEDBACK);
    ck_assert_int_eq(rows->gates[1000], 0);
    free(rows);
}

TEST(a_job_without_feedback_still_passes_its_error_and_learns)
{
    struct spec spec = recorded_spec();
    struct rows *rows;

    spec.feedback.enabled = false;
    rows = rows_of(&spec);
    ck_assert_int_eq(rows->gates[5000], DRIVE_ERROR | DRIVE_LEARN);
    ck_assert_int_eq(rows->gates[3600], DRIVE_CLAMP | DRIVE_CLAMP_FF);
    free(rows);
}

TEST(a_free_oscillator_has_the_period_of_van_der_pol)
{
    struct spec spec = recorded_spec();
    double before = 0, last = 0, period = 0;
    struct rows *rows;

    spec.schedule.trial_clamp = false;
    spec.input.scale = 0;
    rows = rows_of(&spec);
    for (int i = 1; i < STEPS; i++) {
        double a = rows->x[i - 1][0], b = rows->x[i][0];

        if (a < 0 && b >= 0) {
            last = i - 1 + a / (a - b);
            period = (last - before) * SPEC_DT;
            before = last;
        }
    }
    /* 7.6298745 tau_dyn at mu = 2 */
    ck_assert_double_eq_tol(period, 7.6298745 * 0.125, 2e-6);
    free(rows);
}

TEST_MAIN("model: drive")
