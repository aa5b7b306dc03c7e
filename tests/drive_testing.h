/* drive_testing.h - what the tests of the drive share: a job, all its rows. */
#ifndef FOLLOWD_DRIVE_TESTING_H
#define FOLLOWD_DRIVE_TESTING_H

#include "testing.h"

#include "drive/drive_private.h"

#include <math.h>
#include <string.h>

static TEST_UNUSED struct drive *
drive_made(const struct spec *spec, const struct drive_sources *sources)
{
    struct drive *drive = NULL;
    struct error err;

    ck_assert_msg(drive_new(spec, sources, &drive, &err) == OK, "%s", err.text);
    return drive;
}

static TEST_UNUSED void
rows_free(struct drive_rows *rows)
{
    free(rows->u);
    free(rows->x);
    free(rows->target);
    free(rows->feedback);
    free(rows->eta);
    free(rows->gates);
}

/* The first `steps` steps of a job; rows_free() them. */
static TEST_UNUSED struct drive_rows
rows_made(const struct spec *spec, const struct drive_sources *sources,
          int64_t steps)
{
    struct drive *drive = drive_made(spec, sources);
    const size_t count = (size_t)steps;
    const size_t d = (size_t)drive_dimensions(drive);
    const size_t d_in = (size_t)drive_dimensions_in(drive);
    const struct drive_rows rows = {
        .u = memory_array(count * d_in, sizeof(double)),
        .x = memory_array(count * d, sizeof(double)),
        .target = memory_array(count * d, sizeof(double)),
        .feedback = memory_array(count, sizeof(double)),
        .eta = memory_array(count, sizeof(double)),
        .gates = memory_array(count, 1),
    };

    drive_advance(drive, steps, &rows);
    drive_free(drive);
    return rows;
}

/* The preset vanderPol with another system, and nothing that disturbs it. */
static TEST_UNUSED struct spec
quiet_spec(enum system_type type)
{
    struct spec spec;

    ck_assert_int_eq(preset_spec("vanderPol", &spec, NULL), OK);
    spec.system.type = type;
    spec.system.tau_input = 0.02;
    spec.input.type = INPUT_NOSTIM;
    spec.schedule.trial_clamp = false;
    return spec;
}

/* The arm of the published runs. */
static TEST_UNUSED struct spec
arm_spec(void)
{
    struct spec spec = quiet_spec(SYSTEM_ROBOT2_TODOROV_GRAVITY);
    const double factors[] = {1 / 2.5, 1 / 2.5, 0.05, 0.05, 0.02, 0.02};

    spec.system.m1 = 1.4;
    spec.system.m2 = 1.1;
    spec.system.l1 = 0.31;
    spec.system.l2 = 0.27;
    spec.system.s1 = 0.11;
    spec.system.s2 = 0.16;
    spec.system.i1 = 0.025;
    spec.system.i2 = 0.045;
    spec.system.b11 = 0.7;
    spec.system.b22 = 0.8;
    spec.system.b12 = 0.08;
    spec.system.g = 9.81;
    spec.system.factors.count = 6;
    memcpy(spec.system.factors.at, factors, sizeof(factors));
    return spec;
}

/* An upload of `rows` times t and as many rows of `name`. */
static TEST_UNUSED struct npz *
upload_made(const char *name, const double *t, size_t rows,
            const double *values, size_t columns)
{
    const struct npz_array arrays[] = {
        npz_view("t", NPZ_FLOAT64, t, 1, rows),
        npz_view(name, NPZ_FLOAT64, values, 2, rows, columns),
    };
    struct bytes bytes = {0};
    struct npz *npz = NULL;

    ck_assert_int_eq(npz_write(arrays, 2, &bytes, NULL), OK);
    ck_assert_int_eq(npz_open(bytes.data, bytes.size, 1 << 20, &npz, NULL), OK);
    bytes_free(&bytes);
    return npz;
}

#endif
