/* test_store_results.c - what a job has done so far comes back as it was
 * written, or is known to be damaged. */
#include "store_testing.h"

#include <math.h>

TEST(metrics_that_are_not_finite_are_marked_null_and_read_as_nan)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    struct metric metrics[] = {
        {{0, 4, 0.3, 0.5, 80, 90, 0.1, 0.2, 1000}},
        {{1, 8, 0.2, NAN, 80, 90, 0.1, 0.2, 1000}},
        {{2, 12, NAN, INFINITY, 80, 90, 0.1, -INFINITY, 1000}},
    };
    ck_ok(store_begin(store, &err));
    for (size_t i = 0; i < ARRAY_LENGTH(metrics); i++)
        ck_ok(metric_add(store, id, &metrics[i], &metrics[i], &err));
    ck_ok(store_commit(store, &err));
    struct metric *rows;
    size_t count;
    ck_ok(metric_list(store, id, 0, INFINITY, &rows, &count, &err));
    ck_assert_uint_eq(count, 3);
    ck_assert_double_eq(rows[0].value[METRIC_MSE_RAW], 0.5);
    ck_assert(isnan(rows[1].value[METRIC_MSE_RAW]));
    ck_assert(isnan(rows[2].value[METRIC_MSE]));
    ck_assert(isnan(rows[2].value[METRIC_WEIGHT_RMS_REC]));
    ck_assert_double_eq(rows[2].value[METRIC_STEPS_PER_SECOND], 1000);
    free(rows);
    ck_assert_int_eq(sql("SELECT count(*) FROM metric WHERE mse IS NULL AND "
                         "nonfinite = 4 + 8 + 128"),
                     1);
    struct metric_summary summary;
    ck_ok(metric_summarize(store, id, &summary, &err));
    ck_assert(summary.present);
    ck_assert(isnan(summary.last.value[METRIC_MSE]));
    ck_assert_double_eq(summary.least.value[METRIC_MSE], 0.2);
    ck_assert_double_eq(summary.least.value[METRIC_MSE_RAW], 0.5);
    ck_assert_double_eq(summary.last.value[METRIC_T_END], 12);
    store_close(store);
}

TEST(metrics_of_a_stretch_are_those_that_end_in_it)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    ck_ok(store_begin(store, &err));
    for (int i = 0; i < 10; i++) {
        struct metric metric = {{i, 4 * (i + 1), 0.1 * i}};
        ck_ok(metric_add(store, id, &metric, &metric, &err));
        ck_ok(
            metric_add(store, id, &metric, &metric, &err)); /* computed again */
    }
    ck_ok(store_commit(store, &err));
    struct metric *rows;
    size_t count;
    ck_ok(metric_list(store, id, 8, 16, &rows, &count, &err));
    ck_assert_uint_eq(count, 3);
    ck_assert_double_eq(rows[0].value[METRIC_PERIOD], 1);
    free(rows);
    struct metric_summary summary;
    ck_ok(metric_summarize(store, id + 1, &summary, &err));
    ck_assert(!summary.present);
    store_close(store);
}

TEST(a_value_that_does_not_count_is_the_last_and_never_the_least)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    static const struct metric periods[] = {{{0, 4, 0, 0.5}},
                                            {{1, 8, 0.3, 0.4}},
                                            {{2, 12, 0.2, 0.6}},
                                            {{3, 16, 1e-60, 0.7}}};
    struct metric_summary summary;
    ck_ok(store_begin(store, &err));
    for (size_t i = 0; i < ARRAY_LENGTH(periods); i++) {
        struct metric least = periods[i];
        if (i == 0 || i == 3)
            least.value[METRIC_MSE] = NAN;
        ck_ok(metric_add(store, id, &periods[i], &least, &err));
        ck_ok(metric_summarize(store, id, &summary, &err));
        ck_assert(isnan(summary.least.value[METRIC_MSE]) == (i == 0));
    }
    ck_ok(store_commit(store, &err));
    ck_assert_double_eq(summary.last.value[METRIC_MSE], 1e-60);
    ck_assert_double_eq(summary.least.value[METRIC_MSE], 0.2);
    ck_assert_double_eq(summary.least.value[METRIC_MSE_RAW], 0.4);
    store_close(store);
}

static void
checkpoint_add(struct store *store, int64_t job, int64_t step,
               enum checkpoint_kind kind, const char *data)
{
    struct checkpoint checkpoint = {
        .job = job, .step = step, .t = (double)step * 1e-3, .kind = kind};
    ck_ok(store_begin(store, &err));
    ck_ok(checkpoint_save(store, &checkpoint, data, strlen(data), &err));
    ck_ok(store_commit(store, &err));
}

TEST(rolling_checkpoints_are_replaced_and_snapshots_stay)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    checkpoint_add(store, id, 1000, CHECKPOINT_ROLLING, "one");
    checkpoint_add(store, id, 2000, CHECKPOINT_SNAPSHOT, "two");
    checkpoint_add(store, id, 3000, CHECKPOINT_ROLLING, "three");
    checkpoint_add(store, id, 4000, CHECKPOINT_ROLLING, "four");
    checkpoint_add(store, id, 2000, CHECKPOINT_ROLLING, "two again");
    ck_ok(store_begin(store, &err));
    ck_ok(checkpoint_prune(store, id, 1, &err));
    ck_ok(store_commit(store, &err));
    struct checkpoint *list;
    size_t count;
    ck_ok(checkpoint_list(store, id, &list, &count, &err));
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(list[0].step, 2000);
    ck_assert_int_eq(list[0].kind, CHECKPOINT_SNAPSHOT);
    ck_assert_int_eq(list[0].size, 9);
    ck_assert_int_eq(list[1].step, 4000);
    ck_assert_int_eq(list[1].job, id);
    free(list);
    struct checkpoint found;
    ck_ok(checkpoint_find(store, id, INT64_MAX, &found, &err));
    ck_assert_int_eq(found.step, 4000);
    ck_ok(checkpoint_find(store, id, 3999, &found, &err));
    ck_assert_int_eq(found.step, 2000);
    ck_assert_int_eq(checkpoint_find(store, id, 1999, &found, &err), NOT_FOUND);
    struct bytes data = {0};
    ck_ok(checkpoint_load(store, id, 4000, &data, &err));
    ck_assert_str_eq((char *)data.data, "four");
    bytes_free(&data);
    store_close(store);
}

TEST(a_checkpoint_whose_bytes_changed_is_corrupt)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    checkpoint_add(store, id, 1000, CHECKPOINT_ROLLING, "one");
    sql("UPDATE checkpoint SET data = X'6f6e66'");
    struct bytes data = {0};
    ck_assert_int_eq(checkpoint_load(store, id, 1000, &data, &err), CORRUPT);
    ck_assert_uint_eq(data.size, 0);
    bytes_free(&data);
    store_close(store);
}

TEST(a_blob_that_sqlite_could_not_keep_is_refused_in_time)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    struct checkpoint checkpoint = {.job = id, .step = 1};
    ck_ok(store_begin(store, &err));
    ck_assert_int_eq(
        checkpoint_save(store, &checkpoint, "x", STORE_BLOB_MOST + 1, &err),
        TOO_LARGE);
    store_rollback(store);
    store_close(store);
}

/* Rows of two columns: t in ms, and `mark`. */
static void
trace_add(struct store *store, int64_t job, enum trace_window window,
          int64_t first, int64_t rows, double mark)
{
    double data[100][2];
    for (int64_t i = 0; i < rows; i++) {
        data[i][0] = (double)(first + 1 + i);
        data[i][1] = mark;
    }
    struct trace trace = {first, rows, 2, data[0]};
    ck_ok(store_begin(store, &err));
    ck_ok(trace_save(store, job, window, &trace, &err));
    ck_ok(store_commit(store, &err));
}

TEST(a_trace_that_is_computed_again_replaces_what_was_there)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    trace_add(store, id, TRACE_START, 0, 10, 1);
    trace_add(store, id, TRACE_START, 10, 10, 1);
    trace_add(store, id, TRACE_START, 15, 10, 2);
    trace_add(store, id, TRACE_END, 50, 5, 3);
    struct trace trace;
    ck_ok(trace_load(store, id, TRACE_START, 0, INT64_MAX, &trace, &err));
    ck_assert_int_eq(trace.rows, 25);
    ck_assert_int_eq(trace.columns, 2);
    ck_assert_int_eq(trace.first_step, 0);
    for (int i = 0; i < 25; i++) {
        ck_assert_double_eq(trace.data[2 * i], i + 1);
        ck_assert_double_eq(trace.data[2 * i + 1], i < 15 ? 1 : 2);
    }
    free(trace.data);
    ck_ok(trace_load(store, id, TRACE_START, 8, 12, &trace, &err));
    ck_assert_int_eq(trace.rows, 4);
    ck_assert_int_eq(trace.first_step, 8);
    ck_assert_double_eq(trace.data[0], 9);
    ck_assert_double_eq(trace.data[6], 12);
    free(trace.data);
    store_close(store);
}

TEST(a_live_trace_replaces_the_one_before_it)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    trace_add(store, id, TRACE_LIVE, 0, 10, 1);
    trace_add(store, id, TRACE_LIVE, 10, 5, 2);
    struct trace trace;
    ck_ok(trace_load(store, id, TRACE_LIVE, 0, INT64_MAX, &trace, &err));
    ck_assert_int_eq(trace.rows, 5);
    ck_assert_int_eq(trace.first_step, 10);
    free(trace.data);
    ck_ok(trace_load(store, id, TRACE_END, 0, INT64_MAX, &trace, &err));
    ck_assert_int_eq(trace.rows, 0);
    free(trace.data);
    store_close(store);
}

TEST(a_network_is_kept_once_under_its_key)
{
    struct store *store = store_fresh();
    struct bytes data = {0};
    bool known;
    ck_ok(network_known(store, "key", &known, &err));
    ck_assert(!known);
    ck_assert_int_eq(network_load(store, "key", &data, &err), NOT_FOUND);
    ck_ok(store_begin(store, &err));
    ck_ok(network_save(store, "key", "first", 5, &err));
    ck_ok(network_save(store, "key", "second", 6, &err));
    ck_ok(store_commit(store, &err));
    ck_ok(network_load(store, "key", &data, &err));
    ck_assert_str_eq((char *)data.data, "first");
    ck_ok(network_known(store, "key", &known, &err));
    ck_assert(known);
    bytes_free(&data);
    store_close(store);
}

TEST_MAIN("store_results")
