/* test_drive_systems.c - systems with a solution that is known: in closed form,
 * or because two of ours are the same. tests/drive_*.py has SciPy and NumPy
 * judge the rest. */
#include "drive_testing.h"

#define STEPS 3000

/* A command of 1, then of another number, with corners between steps. */
static const double times[] = {0, 0.0995, 0.1005, 5};
static const double command[] = {1, 1, -3, 2};

static struct npz *
input_made(void)
{
    double u[4][2];

    for (int i = 0; i < 4; i++)
        u[i][0] = u[i][1] = command[i];
    return upload_made("u", times, 4, &u[0][0], 2);
}

static struct spec
input_spec(enum system_type type)
{
    struct spec spec = quiet_spec(type);

    spec.input.type = INPUT_ARRAY;
    spec.input.scale = 1;
    spec.schedule.duration = 5;
    return spec;
}

static void
formulas_set(struct spec *spec, int d_in, int d, const char *const *formulas)
{
    spec->system.type = SYSTEM_EXPRESSION;
    spec->system.dimensions = d;
    spec->system.dimensions_in = d_in;
    for (int i = 0; i < d; i++)
        snprintf(spec->system.expressions[i], SPEC_FORMULA_SIZE, "%s",
                 formulas[i]);
}

/* ---- built in ----------------------------------------------------------- */

TEST(a_free_linear_oscillator_is_a_shrinking_spiral)
{
    struct spec spec = quiet_spec(SYSTEM_LIN_OSC);
    struct drive_rows rows;

    spec.system.tau_dyn = 0.1;
    spec.system.decay = -0.2;
    spec.system.start = (struct real_list){2, {0.7, 0}};
    rows = rows_made(&spec, NULL, STEPS);
    for (int n = 0; n < STEPS; n++) {
        double turn = (n + 1) * 0.001 / 0.1;

        ck_assert_double_eq_tol(rows.x[2 * n],
                                0.7 * exp(-0.2 * turn) * cos(turn), 1e-12);
        ck_assert_double_eq_tol(rows.x[2 * n + 1],
                                0.7 * exp(-0.2 * turn) * sin(turn), 1e-12);
    }
    rows_free(&rows);
}

/* In x3 counted from rho the fixed points have x3 = -1. */
TEST(the_lorenz_system_rests_at_its_fixed_points)
{
    struct spec spec = quiet_spec(SYSTEM_LORENZ);
    double away = sqrt(8.0 / 3 * 27);
    struct drive_rows rows;

    spec.system.sigma = 10;
    spec.system.rho = 28;
    spec.system.beta = 8.0 / 3;
    spec.system.tau_dyn = 1;
    spec.system.start = (struct real_list){3, {away, away, -1}};
    rows = rows_made(&spec, NULL, STEPS);
    ck_assert_double_eq_tol(rows.x[3 * STEPS - 3], away, 1e-10);
    ck_assert_double_eq_tol(rows.x[3 * STEPS - 2], away, 1e-10);
    ck_assert_double_eq_tol(rows.x[3 * STEPS - 1], -1, 1e-10);
    rows_free(&rows);
}

/* dx2/dt = -x2 / 5: the velocity decays whatever the angle does. */
TEST(the_velocity_of_the_unlimited_pendulum_decays)
{
    struct spec spec = quiet_spec(SYSTEM_ROB1SL);
    struct drive_rows rows;

    spec.system.friction = 0.2;
    spec.system.start = (struct real_list){2, {0.1, 2}};
    rows = rows_made(&spec, NULL, STEPS);
    ck_assert_double_eq_tol(rows.x[2 * STEPS - 1], 2 * exp(-0.6), 1e-12);
    rows_free(&rows);
}

/* ---- arms --------------------------------------------------------------- */

TEST(an_arm_without_torque_hangs_still)
{
    struct spec spec = arm_spec();
    struct drive_rows rows = rows_made(&spec, NULL, STEPS);

    for (int i = 0; i < 4 * STEPS; i++)
        ck_assert_double_eq(rows.x[i], 0);
    rows_free(&rows);
}

/* x(0) is the state after the torque of t = 0, which moved no joint yet, and
 * the first row is one step later. */
TEST(an_arm_feels_the_torque_of_a_step_in_that_step)
{
    struct spec spec = arm_spec();
    struct npz *npz = upload_made("u", times, 4, command, 1);
    const struct drive_sources sources = {.input_array = npz};
    const double dw = 0.001 / 0.04194;
    struct drive_rows rows;

    spec.input.type = INPUT_ARRAY;
    spec.input.scale = 1;
    spec.schedule.duration = 5;
    spec.system.type = SYSTEM_ROBOT1_GRAVITY;
    spec.system.b11 = 0;
    spec.system.factors = (struct real_list){3, {0.5, 0.1, 0.125}};
    rows = rows_made(&spec, &sources, 10);
    ck_assert_double_eq_tol(rows.x[0], 0.5 * 0.001 * dw, 1e-12);
    ck_assert_double_eq_tol(rows.x[1], 0.1 * 2 * dw, 1e-12);
    ck_assert_double_eq(rows.u[0], 0.125);
    npz_close(npz);
    rows_free(&rows);
}

/* ---- formulas ----------------------------------------------------------- */

TEST(van_der_pol_in_formulas_is_van_der_pol)
{
    struct spec spec = input_spec(SYSTEM_VAN_DER_POL);
    struct npz *npz = input_made();
    const struct drive_sources sources = {.input_array = npz};
    struct drive_rows built_in, own;
    const char *formulas[] = {"x2/tau + u1/0.02",
                              "(mu*(1 - x1^2)*x2 - x1)/tau + 50*u2"};

    spec.input.scale = 0.05;
    built_in = rows_made(&spec, &sources, STEPS);
    formulas_set(&spec, 2, 2, formulas);
    spec.system.constants = (struct real_list){2, {0.125, 2}};
    strcpy(spec.system.constant_names[0], "tau");
    strcpy(spec.system.constant_names[1], "mu");
    own = rows_made(&spec, &sources, STEPS);
    for (int i = 0; i < 2 * STEPS; i++)
        ck_assert_double_eq_tol(own.x[i], built_in.x[i], 1e-10);
    ck_assert_double_gt(fabs(own.x[2 * STEPS - 1]), 0.01);
    npz_close(npz);
    rows_free(&built_in);
    rows_free(&own);
}

TEST(a_formula_may_depend_on_time)
{
    struct spec spec = quiet_spec(SYSTEM_EXPRESSION);
    const char *formulas[] = {"2*pi*cos(2*pi*t)"};
    struct drive_rows rows;

    formulas_set(&spec, 1, 1, formulas);
    spec.system.start = (struct real_list){1, {0}};
    rows = rows_made(&spec, NULL, STEPS);
    for (int n = 0; n < STEPS; n++)
        ck_assert_double_eq_tol(rows.x[n], sin(2 * M_PI * (n + 1) * 0.001),
                                1e-12);
    rows_free(&rows);
}

/* What drive_check() says of one formula, "" when nothing. */
static const char *
fault_of(const char *formula)
{
    static struct faults faults;
    struct spec spec = quiet_spec(SYSTEM_EXPRESSION);
    const char *formulas[] = {"-x1", formula};

    memset(&faults, 0, sizeof(faults));
    formulas_set(&spec, 2, 2, formulas);
    drive_check(&spec, &faults);
    ck_assert_uint_le(faults.count, 1);
    if (faults.count == 0)
        return "";
    ck_assert_str_eq(faults.list[0].pointer, "/system/expressions/1");
    return faults.list[0].detail;
}

TEST(what_is_wrong_with_a_formula_is_told_with_its_place)
{
    static const char *const cases[][2] = {
        {"x1 + 2*y", "at character 8: unknown name \"y\""},
        {"x3", "at character 1: unknown name \"x3\""},
        {"rnd(3)", "at character 1: unknown name \"rnd\""},
        {"sum(x1, x2, 3)", "at character 1: unknown name \"sum\""},
        {"x1 + ", "at character 6: something is missing at the end"},
        {"x1 - -", "at character 7: an operand is missing here"},
        {"sin(x1", "at character 7: a closing parenthesis is missing"},
        {"sin(x1))", "at character 8: a parenthesis is not expected here"},
        {"x1 x2", "at character 4: a variable is not expected here"},
        {"x1 ** 2", "at character 5: an operator is not expected here"},
        {"x1 = 2", "at character 4: nothing can be assigned, \"==\" compares"},
        {"x1, x2", "at character 3: a comma is not expected here"},
        {"max(x1, 2), u1", "at character 11: a comma is not expected here"},
        {"\"a\"", "at character 1: this sign has no meaning here"},
        {"x1 + \xc3\xa9", "at character 6: this sign has no meaning here"},
        {"x1; x2", "at character 3: this sign has no meaning here"},
        {"atan2(x1)", "at character 9: the function takes more arguments"},
        {"x1 > 0 ? 1", "at character 8: the condition has no \":\""},
        {"", "it is empty"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        ck_assert_str_eq(fault_of(cases[i][0]), cases[i][1]);
}

TEST(what_is_not_finite_at_the_start_is_told_with_its_place)
{
    static const struct {
        const char *formula, *place, *what;
    } cases[] = {
        {"1/0", "2", "something is divided by zero"},
        {"x2/(x1 - x1)", "3", "something is divided by zero"},
        {"x1/2 + 3 / u1^2*t", "10", "something is divided by zero"},
        {"x1/-sin(u1) - 1e-3", "3", "something is divided by zero"},
        {"log(sqrt(1/u2))", "11", "something is divided by zero"},
        {"1/x1/(2*(u1+u2))", "5", "something is divided by zero"},
        {"log(u1)", "1", "a function has no finite value"},
        {"x1 + 2*exp(1 + sqrt(x1 - 1))", "16",
         "a function has no finite value"},
        {"asin(2) + asin(0.5)", "1", "a function has no finite value"},
        {"x1*(u1 + 0)^-1", "12", "a power has no finite value"},
        {"1e300*1e300", NULL, "it is not finite"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char wanted[200];
        snprintf(wanted, sizeof(wanted),
                 "%s%s%s%s at the start, t = 0, x1 = 0.001, u1 = 0",
                 cases[i].place ? "at character " : "",
                 cases[i].place ? cases[i].place : "",
                 cases[i].place ? ": " : "", cases[i].what);
        ck_assert_str_eq(fault_of(cases[i].formula), wanted);
    }
}

TEST(formulas_may_use_what_they_are_said_to)
{
    static const char *const cases[] = {
        "x1^2 - 3*x2/4 + u1*t",
        "sin(x1)*cos(x2) + atan2(x1, x2) - max(x1, min(x2, 0.5))",
        "x1 > 0 && x2 <= 1 ? exp(-x1) : sqrt(abs(x2))",
        "x1 == 0.001 || x2 != 3",
        "sign(x1)*floor(x2) + log10(1e3) + tanh(pi)",
        "((((((((((((((((((((((((x1))))))))))))))))))))))))",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        ck_assert_str_eq(fault_of(cases[i]), "");
}

TEST(a_formula_as_long_as_it_may_be_is_taken)
{
    char formula[SPEC_FORMULA_SIZE] = "x1";

    while (strlen(formula) + 4 < sizeof(formula))
        strcat(formula, "*x1");
    ck_assert_str_eq(fault_of(formula), "");
    memset(formula, '(', sizeof(formula) - 1);
    ck_assert_str_ne(fault_of(formula), "");
}

TEST(a_constant_may_not_take_a_name_that_means_something)
{
    static const char *const names[] = {"x1",  "u2", "t", "pi",
                                        "sin", "2a", "é"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct spec spec = quiet_spec(SYSTEM_EXPRESSION);
        const char *formulas[] = {"-x1", "-x2"};
        struct faults faults = {0};
        char pointer[64];

        formulas_set(&spec, 2, 2, formulas);
        spec.system.constants = (struct real_list){1, {1}};
        strcpy(spec.system.constant_names[0], names[i]);
        drive_check(&spec, &faults);
        snprintf(pointer, sizeof(pointer), "/system/constants/%s", names[i]);
        ck_assert_uint_eq(faults.count, 1);
        ck_assert_str_eq(faults.list[0].pointer, pointer);
    }
}

TEST(a_reference_that_diverges_is_not_finite_from_then_on)
{
    struct spec spec = quiet_spec(SYSTEM_EXPRESSION);
    const char *formulas[] = {"x1^2"}; /* x = 1 / (1 - t) */
    struct drive_rows rows;

    formulas_set(&spec, 1, 1, formulas);
    spec.system.start = (struct real_list){1, {1}};
    rows = rows_made(&spec, NULL, 2000);
    ck_assert_double_eq_tol(rows.x[899], 10, 1e-9);
    ck_assert(!isfinite(rows.x[1100]));
    ck_assert(!isfinite(rows.x[1999]));
    rows_free(&rows);
}

/* ---- arrays ------------------------------------------------------------- */

/* The status of a job of 2 s with such an array; what it says in `err`. */
static enum status
array_status(const double *t, const double *x, size_t rows, size_t columns,
             struct error *err)
{
    struct spec spec = quiet_spec(SYSTEM_ARRAY);
    struct npz *npz = upload_made("x", t, rows, x, columns);
    const struct drive_sources sources = {.system_array = npz};
    struct drive *drive = NULL;
    enum status status;

    spec.system.dimensions = spec.system.dimensions_in = 1;
    spec.schedule.duration = 2;
    status = drive_new(&spec, &sources, &drive, err);
    drive_free(drive);
    npz_close(npz);
    return status;
}

TEST(an_uploaded_reference_goes_straight_from_row_to_row)
{
    struct spec spec = quiet_spec(SYSTEM_ARRAY);
    const double t[] = {0, 0.5, 0.7503, 3}, x[] = {1, 3, 0, 1};
    struct npz *npz = upload_made("x", t, 4, x, 1);
    const struct drive_sources sources = {.system_array = npz};
    struct drive_rows rows;

    spec.system.dimensions = spec.system.dimensions_in = 1;
    spec.schedule.duration = 3;
    rows = rows_made(&spec, &sources, STEPS);
    ck_assert_double_eq_tol(rows.x[249], 2, 1e-12);
    ck_assert_double_eq(rows.x[499], 3);
    ck_assert_double_eq_tol(rows.x[749], 3 - 3 * 0.25 / 0.2503, 1e-12);
    ck_assert_double_eq_tol(rows.x[750], 0.0007 / 2.2497, 1e-12);
    ck_assert_double_eq(rows.x[2999], 1);
    npz_close(npz);
    rows_free(&rows);
}

TEST(an_upload_may_hold_float32_and_end_one_step_early)
{
    struct spec spec = quiet_spec(SYSTEM_ARRAY);
    float t[2000], x[2000];
    const struct npz_array arrays[] = {
        npz_view("t", NPZ_FLOAT32, t, 1, (size_t)2000),
        npz_view("x", NPZ_FLOAT32, x, 2, (size_t)2000, (size_t)1)};
    struct bytes bytes = {0};
    struct npz *npz = NULL;
    struct drive_rows rows;

    for (int i = 0; i < 2000; i++) {
        t[i] = (float)i * 0.001f;
        x[i] = (float)i;
    }
    ck_assert_int_eq(npz_write(arrays, 2, &bytes, NULL), OK);
    ck_assert_int_eq(npz_open(bytes.data, bytes.size, 1 << 20, &npz, NULL), OK);
    spec.system.dimensions = spec.system.dimensions_in = 1;
    spec.schedule.duration = 2;
    rows = rows_made(&spec, &(struct drive_sources){.system_array = npz}, 2000);
    ck_assert_double_eq_tol(rows.x[1233], 1234, 1e-3);
    ck_assert_double_eq_tol(rows.x[1998], 1999, 1e-3);
    ck_assert_double_eq(rows.x[1999], 1999);
    bytes_free(&bytes);
    npz_close(npz);
    rows_free(&rows);
}

TEST(an_upload_that_cannot_be_followed_is_refused)
{
    static const struct {
        double t[4], x[4];
        const char *text;
    } cases[] = {
        {{0, 0.5, 1, 1.9},
         {0, 1, 2, 3},
         "the array of x(t): t goes from 0 to 1.9 s, which does not cover the "
         "job's 0 to 2 s"},
        {{0.1, 0.5, 1, 2},
         {0, 1, 2, 3},
         "the array of x(t): t goes from 0.1 to 2 s, which does not cover the "
         "job's 0 to 2 s"},
        {{0, 0.5, 0.5, 2},
         {0, 1, 2, 3},
         "the array of x(t): t[2] = 0.5 is not after t[1] = 0.5"},
        {{0, 0.5, INFINITY, 2},
         {0, 1, 2, 3},
         "the array of x(t): t[2] is not finite"},
        {{0, 0.5, 1, 2},
         {0, 1, NAN, 3},
         "the array of x(t): x[2, 0] is not finite"},
    };
    struct error err;

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        ck_assert_int_eq(array_status(cases[i].t, cases[i].x, 4, 1, &err),
                         INVALID);
        ck_assert_str_eq(err.text, cases[i].text);
    }
    ck_assert_int_eq(array_status(cases[0].t, cases[0].x, 2, 2, &err), INVALID);
    ck_assert_str_eq(err.text,
                     "the array of x(t): \"x\" must have the shape (n, 1)");
}

TEST(a_job_whose_array_is_missing_says_so)
{
    struct spec spec = quiet_spec(SYSTEM_ARRAY);
    struct drive *drive = NULL;
    struct error err;

    spec.system.dimensions = spec.system.dimensions_in = 1;
    ck_assert_int_eq(drive_new(&spec, NULL, &drive, &err), NOT_FOUND);
    ck_assert_str_eq(err.text,
                     "the array of x(t): nothing was uploaded for it");
}

/* dx/dt = u / tau_input with a command of straight pieces: their integral. */
TEST(an_uploaded_command_reaches_the_network_and_the_reference)
{
    struct spec spec = input_spec(SYSTEM_EXPRESSION);
    const char *formulas[] = {"u1", "u2"};
    struct npz *npz = input_made();
    const struct drive_sources sources = {.input_array = npz};
    struct drive_rows rows;

    formulas_set(&spec, 2, 2, formulas);
    spec.system.start = (struct real_list){2, {0, 0}};
    rows = rows_made(&spec, &sources, STEPS);
    ck_assert_double_eq(rows.u[0], 1);
    ck_assert_double_eq_tol(rows.u[2 * 99], -1, 1e-9); /* t = 0.1 */
    ck_assert_double_eq_tol(rows.x[2 * 99], 0.1 - 0.0005, 1e-12);
    ck_assert_double_eq_tol(rows.x[2 * 100],
                            0.0985 - 0.0015 + 5 / 4.8995 * 0.0005 * 0.00025,
                            1e-12);
    npz_close(npz);
    rows_free(&rows);
}

TEST_MAIN("drive: systems")
