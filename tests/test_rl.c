/* test_rl.c - learning torques by reinforcement. tests/rl_numpy.py judges every
 * bit of it. */
#include "testing.h"

#include "drive/drive.h"
#include "rl/rl.h"

#include <math.h>

static struct spec
task_spec(const char *preset, int64_t episodes)
{
    struct spec spec;

    ck_assert_int_eq(preset_spec(preset, &spec, NULL), OK);
    spec.rl.episodes = episodes;
    return spec;
}

static struct rl *
rl_made(const struct spec *spec)
{
    struct rl *rl = NULL;
    struct error err;

    ck_assert_msg(rl_new(spec, &rl, &err) == OK, "%s", err.text);
    return rl;
}

/* All episodes, so many actions at a time. */
static struct rl *
rl_learned(const struct spec *spec, int64_t actions)
{
    struct rl *rl = rl_made(spec);

    while (rl_episodes(rl) < spec->rl.episodes)
        ck_assert_int_eq(rl_advance(rl, actions, NULL), OK);
    return rl;
}

static struct npz *
npz_of(const struct npz_array *arrays, size_t count)
{
    struct bytes bytes = {0};
    struct npz *npz = NULL;

    ck_assert_int_eq(npz_write(arrays, count, &bytes, NULL), OK);
    ck_assert_int_eq(npz_open(bytes.data, bytes.size, 1 << 28, &npz, NULL), OK);
    bytes_free(&bytes);
    return npz;
}

static struct npz *
rl_saved(const struct rl *rl)
{
    struct npz_array arrays[RL_ARRAYS];

    ck_assert(rl_is_between(rl));
    rl_save(rl, arrays);
    return npz_of(arrays, RL_ARRAYS);
}

static void
assert_same_state(const struct rl *one, const struct rl *two)
{
    struct npz_array first[RL_ARRAYS], second[RL_ARRAYS];

    rl_save(one, first);
    rl_save(two, second);
    for (size_t i = 0; i < RL_ARRAYS; i++) {
        ck_assert_uint_eq(first[i].size, second[i].size);
        ck_assert_msg(memcmp(first[i].data, second[i].data, first[i].size) == 0,
                      "%s", first[i].name);
    }
}

TEST(an_arm_gets_faster_by_learning)
{
    struct spec spec = task_spec("rl-reach1", 5000);
    struct rl *rl = rl_learned(&spec, 1000);
    const double *times = rl_times(rl);
    double first = 0, last = 0;

    for (int i = 0; i < 250; i++) {
        first += times[i];
        last += times[4750 + i];
    }
    ck_assert_double_lt(last, first / 5);
    rl_free(rl);
}

TEST(calls_of_any_length_learn_the_same)
{
    struct spec spec = task_spec("rl-reach1", 40);
    struct rl *one = rl_learned(&spec, 1), *two = rl_learned(&spec, 100000);

    assert_same_state(one, two);
    rl_free(one);
    rl_free(two);
}

TEST(a_state_restored_between_two_episodes_goes_on_with_the_same_bits)
{
    struct spec spec = task_spec("rl-reach1", 40);
    struct rl *whole = rl_learned(&spec, 1000), *rl = rl_made(&spec);

    while (rl_episodes(rl) < 40) {
        struct rl *next = rl_made(&spec);
        struct npz *npz;

        while (rl_episodes(rl) % 7 != 6 && rl_episodes(rl) < 40)
            ck_assert_int_eq(rl_advance(rl, 1000, NULL), OK);
        npz = rl_saved(rl);
        ck_assert_int_eq(rl_restore(next, npz, NULL), OK);
        npz_close(npz);
        rl_free(rl);
        rl = next;
        while (rl_episodes(rl) % 7 == 6 && rl_episodes(rl) < 40)
            ck_assert_int_eq(rl_advance(rl, 1000, NULL), OK);
    }
    assert_same_state(whole, rl);
    rl_free(whole);
    rl_free(rl);
}

TEST(learning_ends_with_the_last_episode)
{
    struct spec spec = task_spec("rl-reach1", 3);
    struct rl *rl = rl_learned(&spec, 1000), *same = rl_learned(&spec, 1000);

    ck_assert_int_eq(rl_advance(rl, 1000, NULL), OK);
    ck_assert_int_eq(rl_episodes(rl), 3);
    assert_same_state(rl, same);
    rl_free(rl);
    rl_free(same);
}

TEST(another_seed_learns_otherwise)
{
    struct spec spec = task_spec("rl-reach1", 5);
    struct rl *one = rl_learned(&spec, 1000), *two;

    spec.rl.seed = 3;
    two = rl_learned(&spec, 1000);
    ck_assert_mem_ne(rl_times(one), rl_times(two), 5 * sizeof(double));
    rl_free(one);
    rl_free(two);
}

/* With the damping of the scripts' arm, no torque of the elbow lifts both
 * links that far. */
TEST(a_target_out_of_reach_is_told_and_not_tried_for_ever)
{
    struct spec spec = task_spec("rl-swing2", 1), script;
    struct rl *rl;
    struct error err;
    enum status status = OK;

    ck_assert_int_eq(preset_spec("rl-swing", &script, NULL), OK);
    spec.system = script.system;
    rl = rl_made(&spec);
    while (status == OK && rl_episodes(rl) == 0)
        status = rl_advance(rl, 10000, &err);
    ck_assert_int_eq(status, FAILED);
    ck_assert_str_eq(err.text, "episode 1 did not reach its target in 50000 s");
    rl_free(rl);
}

TEST(a_rate_that_lets_values_diverge_ends_the_learning)
{
    struct spec spec = task_spec("rl-reach3", 5000);
    struct rl *rl;
    struct error err;
    enum status status = OK;

    spec.rl.alpha = 1e3;
    spec.rl.lambda = 1;
    rl = rl_made(&spec);
    while (status == OK && rl_episodes(rl) < 5000)
        status = rl_advance(rl, 10000, &err);
    ck_assert_int_eq(status, FAILED);
    ck_assert_msg(strstr(err.text, "rl.alpha is too large") != NULL, "%s",
                  err.text);
    rl_free(rl);
}

TEST(an_arm_learns_only_what_it_can)
{
    struct spec spec = task_spec("rl-reach1", 1);
    struct rl *rl = NULL;
    struct error err;

    spec.system.type = SYSTEM_ACROBOT2_GRAVITY;
    ck_assert_int_eq(rl_new(&spec, &rl, &err), INVALID);
    ck_assert_str_eq(err.text, "acrobot2_gravity has no such task");
    spec.system.type = SYSTEM_LORENZ;
    ck_assert_int_eq(rl_new(&spec, &rl, &err), INVALID);
}

/* ---- states that are none ----------------------------------------------- */

/* A good state with one array replaced, or left out, does not go in. */
static void
assert_corrupt(const struct npz_array *other, const char *without,
               const char *words)
{
    struct spec spec = task_spec("rl-reach1", 5);
    struct rl *rl = rl_learned(&spec, 1000), *next = rl_made(&spec);
    struct npz_array arrays[RL_ARRAYS];
    struct npz *npz;
    struct error err;
    size_t count = 0;

    rl_save(rl, arrays);
    for (size_t i = 0; i < RL_ARRAYS; i++) {
        struct npz_array array = arrays[i];

        if (strcmp(array.name, without) == 0 && !other)
            continue;
        arrays[count++] = strcmp(array.name, without) == 0 ? *other : array;
    }
    npz = npz_of(arrays, count);
    ck_assert_int_eq(rl_restore(next, npz, &err), CORRUPT);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
    npz_close(npz);
    rl_free(rl);
    rl_free(next);
}

TEST(a_state_that_is_none_is_refused)
{
    static const double numbers[2] = {NAN, NAN};
    static const double six[6];
    static int32_t words[625];
    struct npz_array times = npz_view("times", NPZ_FLOAT64, six, 1, (size_t)6);
    struct npz_array empty =
        npz_view("torque", NPZ_FLOAT64, six, 2, (size_t)0, (size_t)2);
    struct npz_array nan =
        npz_view("torque", NPZ_FLOAT64, numbers, 2, (size_t)1, (size_t)2);
    struct npz_array random =
        npz_view("random", NPZ_INT32, words, 1, (size_t)625);

    words[624] = 700;
    assert_corrupt(NULL, "Q", "array Q is missing");
    assert_corrupt(&times, "times", "more episodes than were asked");
    assert_corrupt(&empty, "torque", "array torque is empty");
    assert_corrupt(&nan, "torque", "array torque is not finite");
    assert_corrupt(&random, "random", "no state of a stream");
}

TEST(the_state_of_another_task_is_refused)
{
    struct spec spec = task_spec("rl-reach1", 5);
    struct rl *rl = rl_learned(&spec, 1000), *other;
    struct npz *npz = rl_saved(rl);
    struct error err;

    spec = task_spec("rl-reach3", 5);
    other = rl_made(&spec);
    ck_assert_int_eq(rl_restore(other, npz, &err), CORRUPT);
    ck_assert_msg(strstr(err.text, "array Q has length 3 along axis 1, not 9"),
                  "%s", err.text);
    npz_close(npz);
    rl_free(rl);
    rl_free(other);
}

/* ---- what is learned ---------------------------------------------------- */

/* u and x at the end of `steps` steps of the arm that these torques drive. */
static void
drive_with(const struct npz *torques, int64_t steps, double *u, double *x)
{
    struct drive_sources sources = {.command = torques};
    struct drive *drive = NULL;
    struct error err;
    struct spec spec;
    double target[4], feedback, eta;
    unsigned char gates;
    const struct drive_rows row = {u, x, target, &feedback, &eta, &gates};

    ck_assert_int_eq(preset_spec("robot2_todorov_gravity", &spec, NULL), OK);
    spec.input.type = INPUT_RL_REACH1;
    spec.schedule.duration = 100;
    ck_assert_msg(drive_new(&spec, &sources, &drive, &err) == OK, "%s",
                  err.text);
    for (int64_t i = 0; i < steps; i++)
        drive_advance(drive, 1, &row);
    drive_free(drive);
}

TEST(learned_torques_bring_the_arm_that_a_network_imitates_to_the_target)
{
    struct spec spec = task_spec("rl-reach1", 1000);
    struct rl *rl = rl_learned(&spec, 1000);
    struct npz *npz = rl_saved(rl);
    int64_t steps = llround(rl_times(rl)[999] / SPEC_DT);
    const double *torque = npz_find(npz, "torque")->data;
    double u[2], x[4], ends[4];

    drive_with(npz, 140, u, x);
    for (int j = 0; j < 2; j++)
        ck_assert_double_eq_tol(
            u[j], 0.02 * (0.6 * torque[2 + j] + 0.4 * torque[4 + j]), 1e-14);
    drive_with(npz, steps, u, x);
    for (int i = 0; i < 2; i++)
        x[i] *= 2.5; /* rad */
    drive_arm_ends(&spec, x, ends);
    /* It learned in steps of 10 ms, and does not come to the very same place.
     */
    ck_assert_double_gt(-ends[2], -0.2 - 0.05);
    ck_assert_double_gt(ends[3], 0.35 - 0.05);
    npz_close(npz);
    rl_free(rl);
}

TEST(beyond_what_was_learned_there_is_no_torque)
{
    struct spec spec = task_spec("rl-reach1", 30);
    struct rl *rl = rl_learned(&spec, 1000);
    struct npz *npz = rl_saved(rl);
    double u[2], x[4];

    drive_with(npz, 90000, u, x);
    ck_assert_double_eq(u[0], 0);
    ck_assert_double_eq(u[1], 0);
    npz_close(npz);
    rl_free(rl);
}

TEST_MAIN("rl")
