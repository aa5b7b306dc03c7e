/* test_drive_together.c - drives that go on side by side, against each alone,
 * which others compare with SciPy (drive_references.py). */
#include "drive_testing.h"

#define MOST 9

/* Nine jobs, some of systems that share the integrator, some not; seeds,
 * periods, clamps and steps differ. One diverges, one goes through a kink. */
static struct spec
member(int i)
{
    static const char *const presets[] = {"vanderPol", "LinOsc", "vanderPol",
                                          "Lorenz",    "robot1", "Lorenz",
                                          "vanderPol", "LinOsc", "vanderPol"};
    struct spec spec;
    struct error err;

    ck_assert_int_eq(preset_spec(presets[i], &spec, &err), OK);
    spec.schedule.duration = 60;
    spec.input.seed = 7 + i;
    spec.schedule.period = 4 - 0.377 * i;
    spec.reference.delay = i % 3 * 0.002;
    spec.system.mu *= 1 + i;
    if (i == 6)
        spec.input.type = INPUT_RAMP_LEAVE_HEIGHTS;
    if (i == 7)
        spec.system.decay = 40;
    return spec;
}

static void
assert_same_rows(const struct drive_rows *a, const struct drive_rows *b,
                 const struct drive *drive, int64_t steps, int i)
{
    const size_t count = (size_t)steps * sizeof(double);
    const size_t d = (size_t)drive_dimensions(drive);
    const size_t d_in = (size_t)drive_dimensions_in(drive);
    ck_assert_msg(memcmp(a->x, b->x, d * count) == 0, "x of %d", i);
    ck_assert_msg(memcmp(a->target, b->target, d * count) == 0, "target");
    ck_assert_msg(memcmp(a->u, b->u, d_in * count) == 0, "u of %d", i);
    ck_assert_mem_eq(a->feedback, b->feedback, count);
    ck_assert_mem_eq(a->eta, b->eta, count);
    ck_assert_mem_eq(a->gates, b->gates, (size_t)steps);
}

/* In three goes, of other lengths for each. */
TEST(drives_that_go_on_side_by_side_give_the_rows_of_each_alone)
{
    struct drive *drives[MOST];
    struct drive_rows alone[MOST], rows[MOST], here[MOST];
    const struct drive_rows *outs[MOST];
    int64_t steps[MOST], done[MOST] = {0};

    for (int i = 0; i < MOST; i++) {
        const struct spec spec = member(i);
        drives[i] = drive_made(&spec, NULL);
        alone[i] = rows_made(&spec, NULL, 60000);
        rows[i] = rows_made(&spec, NULL, 60000);
        memset(rows[i].x, 0,
               60000 * sizeof(double)); /* to be seen to be made */
        outs[i] = &here[i];
    }
    for (int go = 0; go < 3; go++) {
        for (int i = 0; i < MOST; i++) {
            const size_t at = (size_t)done[i];
            const size_t d = (size_t)drive_dimensions(drives[i]);
            const size_t d_in = (size_t)drive_dimensions_in(drives[i]);
            here[i] = (struct drive_rows){
                rows[i].u + at * d_in,   rows[i].x + at * d,
                rows[i].target + at * d, rows[i].feedback + at,
                rows[i].eta + at,        rows[i].gates + at};
            steps[i] = go == 2 ? 60000 - done[i] : 1000 * (i + go) + go;
            done[i] += steps[i];
        }
        drive_advance_all(drives, steps, outs, MOST);
    }
    for (int i = 0; i < MOST; i++) {
        assert_same_rows(&alone[i], &rows[i], drives[i], 60000, i);
        drive_free(drives[i]);
        rows_free(&alone[i]);
        rows_free(&rows[i]);
    }
}

TEST_MAIN("drive together")
