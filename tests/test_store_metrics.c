/* test_store_metrics.c - many metrics, as a plot of few points shows them:
 * nothing that stands out may get lost. Compared with a look at every row. */
#include "testing.h"

#include "store/store.h"

#include <math.h>
#include <string.h>

enum { ROWS = 20000 };

static struct error err = {.text = ""};

#define ck_ok(call) ck_assert_msg((call) == OK, "%s: %s", #call, err.text)

static struct store *store;
static int64_t job;
static struct metric all[ROWS];

/* Noise, a few peaks, and here and there no finite number. */
static void
set_up(void)
{
    char path[9000];
    unsigned dice = 1;
    struct job one = {.uuid = "u",
                      .name = "",
                      .tags = "{}",
                      .note = "",
                      .spec = "{}",
                      .device = "any",
                      .total = 4.0 * ROWS};
    snprintf(path, sizeof path, "%s/follow.db", test_folder());
    ck_ok(store_open(path, &store, &err));
    ck_ok(store_begin(store, &err));
    ck_ok(job_insert(store, &one, &job, &err));
    for (int i = 0; i < ROWS; i++) {
        all[i].value[METRIC_PERIOD] = i;
        all[i].value[METRIC_T_END] = 4.0 * (i + 1);
        for (int key = METRIC_MSE; key < METRIC_KEYS; key++) {
            dice = 1664525u * dice + 1013904223u;
            double value = (double)(dice >> 8) / (1 << 24);
            all[i].value[key] = dice >> 20 == 7   ? 1000 * value
                                : dice >> 20 == 8 ? NAN
                                                  : value;
        }
        ck_ok(metric_add(store, job, &all[i], &all[i], &err));
    }
    ck_ok(store_commit(store, &err));
}

/* What row `i` and `i + 1` say of the rows between them. */
static void
assert_pair(const struct metric *pair)
{
    for (int key = METRIC_MSE; key < METRIC_KEYS; key++) {
        double least = INFINITY, most = -INFINITY;
        bool broken = false;
        for (int r = (int)pair[0].value[METRIC_PERIOD];
             r <= (int)pair[1].value[METRIC_PERIOD]; r++) {
            double value = all[r].value[key];
            broken |= !isfinite(value);
            least = isfinite(value) ? fmin(least, value) : least;
            most = isfinite(value) ? fmax(most, value) : most;
        }
        ck_assert_double_eq(pair[0].value[key], least);
        ck_assert(isnan(pair[1].value[key]) == broken);
        if (!broken)
            ck_assert_double_eq(pair[1].value[key], most);
    }
}

static bool
is_row(const struct metric *row)
{
    const struct metric *true_row = &all[(int)row->value[METRIC_PERIOD]];
    for (int key = 0; key < METRIC_KEYS; key++)
        if (row->value[key] != true_row->value[key] &&
            !(isnan(row->value[key]) && isnan(true_row->value[key])))
            return false;
    return true;
}

/* Every period from `first` to `last` is in a row or between two of a pair. */
static size_t
assert_thin(int first, int last, int64_t points)
{
    struct metric *rows;
    size_t count, i = 0;
    int next = first;
    ck_ok(metric_thin(store, job, 4.0 * (first + 1) - 1, 4.0 * (last + 1) + 1,
                      points, &rows, &count, &err));
    while (i < count) {
        ck_assert_double_eq(rows[i].value[METRIC_PERIOD], next);
        if (is_row(&rows[i])) {
            next++;
            i++;
            continue;
        }
        assert_pair(&rows[i]);
        next = (int)rows[i + 1].value[METRIC_PERIOD] + 1;
        i += 2;
    }
    ck_assert_int_eq(next, last + 1);
    ck_assert(is_row(&rows[0]) && is_row(&rows[count - 1]));
    free(rows);
    return count;
}

TEST(a_plot_of_few_points_hides_nothing_of_any_stretch)
{
    static const int stretches[][2] = {
        {0, ROWS - 1}, {0, 0},      {1, ROWS - 2},        {4095, 12288},
        {4096, 8191},  {17, 16000}, {ROWS - 5, ROWS - 1}, {100, 131},
    };
    set_up();
    for (size_t i = 0; i < ARRAY_LENGTH(stretches); i++)
        for (int64_t points = 1; points <= 10000; points *= 10) {
            int first = stretches[i][0], last = stretches[i][1];
            size_t count = assert_thin(first, last, points);
            int64_t rows = last - first + 1;
            ck_assert_int_ge((int64_t)count, rows < points ? rows : points);
        }
    ck_assert_uint_lt(assert_thin(0, ROWS - 1, 1), 2 * 4096 + 10);
    ck_assert_uint_lt(assert_thin(0, ROWS - 1, 70), 3 * ROWS / 256 + 512);
    store_close(store);
}

TEST(what_is_computed_again_changes_no_bucket)
{
    set_up();
    ck_ok(store_begin(store, &err));
    for (int i = 5000; i < 9000; i++)
        ck_ok(metric_add(store, job, &all[i], &all[i], &err));
    ck_ok(store_commit(store, &err));
    (void)assert_thin(0, ROWS - 1, 70);
    store_close(store);
}

TEST(a_job_without_metrics_has_none_to_thin)
{
    struct metric *rows;
    size_t count;
    set_up();
    ck_ok(metric_thin(store, job + 1, 0, INFINITY, 10, &rows, &count, &err));
    ck_assert_uint_eq(count, 0);
    free(rows);
    ck_ok(metric_thin(store, job, 9e9, INFINITY, 10, &rows, &count, &err));
    ck_assert_uint_eq(count, 0);
    free(rows);
    store_close(store);
}

TEST_MAIN("store_metrics")
