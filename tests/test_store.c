/* test_store.c - what is kept, and what is left after a crash. */
#include "testing.h"

#include "queries.h"
#include "store/store.h"

#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>

static struct error err = {.text = ""};

#define ck_ok(call) ck_assert_msg((call) == OK, "%s: %s", #call, err.text)

static char path[9000];

/* A new store of its own in a new folder. */
static struct store *
store_fresh(void)
{
    struct store *store;
    snprintf(path, sizeof path, "%s/follow.db", test_folder());
    ck_ok(store_open(path, &store, &err));
    return store;
}

static struct store *
store_again(void)
{
    struct store *store;
    ck_ok(store_open(path, &store, &err));
    return store;
}

/* Adds a queued job in a transaction that the caller has begun. */
static int64_t
job_add(struct store *store, const char *uuid, int priority)
{
    int64_t id;
    struct job job = {.name = "a name",
                      .tags = "{\"kind\":\"test\",\"n\":\"1\"}",
                      .note = "",
                      .spec = "{}",
                      .priority = priority,
                      .created_at = 1000,
                      .total = 40.0,
                      .device = "any"};
    snprintf(job.uuid, sizeof job.uuid, "%s", uuid);
    ck_ok(job_insert(store, &job, &id, &err));
    return id;
}

static int64_t
job_added(struct store *store, const char *uuid, int priority)
{
    ck_ok(store_begin(store, &err));
    int64_t id = job_add(store, uuid, priority);
    ck_ok(store_commit(store, &err));
    return id;
}

/* Runs SQL behind the store's back; the first number of the last row. */
static int
sql(const char *text)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    int number = 0;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(db, text, -1, &statement, NULL) ==
                      SQLITE_OK,
                  "%s: %s", text, sqlite3_errmsg(db));
    while (sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int(statement, 0);
    ck_assert_msg(sqlite3_finalize(statement) == SQLITE_OK, "%s: %s", text,
                  sqlite3_errmsg(db));
    sqlite3_close(db);
    return number;
}

TEST(a_new_store_is_empty)
{
    struct store *store = store_fresh();
    struct job *list;
    size_t count;
    struct job_filter filter = {.limit = 50};
    ck_ok(job_list(store, &filter, &list, &count, &err));
    ck_assert_uint_eq(count, 0);
    job_list_free(list, count);
    store_close(store);
}

TEST(a_job_is_read_as_it_was_written)
{
    struct store *store = store_fresh();
    struct job job;
    int64_t id = job_added(store, "u-1", 3);
    store_close(store);
    store = store_again();
    ck_ok(job_load(store, id, &job, &err));
    ck_assert_str_eq(job.uuid, "u-1");
    ck_assert_str_eq(job.name, "a name");
    ck_assert_int_eq(job.state, JOB_QUEUED);
    ck_assert_int_eq(job.priority, 3);
    ck_assert_int_eq(job.rev, 1);
    ck_assert_int_eq(job.created_at, 1000);
    ck_assert_int_eq(job.started_at, 0);
    ck_assert_double_eq(job.total, 40.0);
    ck_assert_ptr_null(job.provenance);
    job_clear(&job);
    store_close(store);
}

TEST(a_job_that_is_not_there_is_not_found)
{
    struct store *store = store_fresh();
    struct job job;
    ck_assert_int_eq(job_load(store, 7, &job, &err), NOT_FOUND);
    ck_assert_str_eq(err.text, "there is no job 7");
    store_close(store);
}

TEST(every_change_of_a_job_has_a_revision_of_its_own)
{
    struct store *store = store_fresh();
    struct job job, stale;
    int64_t id = job_added(store, "u-1", 0);
    ck_ok(job_load(store, id, &job, &err));
    ck_ok(job_load(store, id, &stale, &err));
    ck_ok(store_begin(store, &err));
    ck_ok(job_save(store, &job, &err));
    ck_assert_int_eq(job.rev, 2);
    ck_assert_int_eq(job_save(store, &stale, &err), CONFLICT);
    ck_ok(store_commit(store, &err));
    job_clear(&job);
    job_clear(&stale);
    store_close(store);
}

TEST(jobs_are_listed_by_state_and_tag_page_by_page_newest_first)
{
    struct store *store = store_fresh();
    struct job *list;
    size_t count;
    for (int i = 0; i < 5; i++) {
        char uuid[16];
        snprintf(uuid, sizeof uuid, "u-%d", i);
        (void)job_added(store, uuid, 0);
    }
    struct job_filter filter = {.limit = 2};
    ck_ok(job_list(store, &filter, &list, &count, &err));
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(list[0].id, 5);
    ck_assert_int_eq(list[1].id, 4);
    job_list_free(list, count);
    filter.before = 4;
    filter.limit = 500;
    ck_ok(job_list(store, &filter, &list, &count, &err));
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(list[0].id, 3);
    job_list_free(list, count);
    static const struct {
        const char *state, *tag;
        size_t count;
    } cases[] = {
        {"queued", NULL, 5},
        {"running", NULL, 0},
        {NULL, "kind", 5},
        {NULL, "kind=test", 5},
        {NULL, "kind=other", 0},
        {NULL, "nothing", 0},
        {"queued", "n=1", 5},
        {NULL, "kind=", 0},
        {NULL, "'; DROP TABLE job;", 0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct job_filter one = {
            .state = cases[i].state, .tag = cases[i].tag, .limit = 50};
        ck_ok(job_list(store, &one, &list, &count, &err));
        ck_assert_uint_eq(count, cases[i].count);
        job_list_free(list, count);
    }
    filter.limit = 501;
    ck_assert_int_eq(job_list(store, &filter, &list, &count, &err), INVALID);
    store_close(store);
}

TEST(the_next_job_is_the_most_urgent_and_then_the_oldest)
{
    static const struct device cpu = {.id = "cpu", .worker.name = "w"};
    struct store *store = store_fresh();
    int64_t id;
    (void)job_added(store, "a", 0);
    int64_t urgent = job_added(store, "b", 5);
    int64_t later = job_added(store, "c", 5);
    ck_ok(store_begin(store, &err));
    ck_ok(job_take(store, &cpu, NULL, 2000, &id, &err));
    ck_assert_int_eq(id, urgent);
    ck_ok(job_take(store, &cpu, NULL, 2000, &id, &err));
    ck_assert_int_eq(id, later);
    ck_ok(job_take(store, &cpu, NULL, 2000, &id, &err));
    ck_assert_int_eq(job_take(store, &cpu, NULL, 2000, &id, &err), NOT_FOUND);
    ck_ok(store_commit(store, &err));
    store_close(store);
}

TEST(what_is_rolled_back_has_never_been)
{
    struct store *store = store_fresh();
    struct job job;
    ck_ok(store_begin(store, &err));
    int64_t id = job_add(store, "u-1", 0);
    store_rollback(store);
    ck_assert_int_eq(job_load(store, id, &job, &err), NOT_FOUND);
    store_close(store);
}

TEST(a_process_killed_in_mid_transaction_leaves_all_or_nothing)
{
    struct store *store = store_fresh();
    int64_t whole = job_added(store, "before", 0);
    store_close(store);
    for (int round = 0; round < 5; round++) {
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            static char data[1 << 20];
            struct checkpoint checkpoint = {
                .job = whole, .step = 1000 + round, .t = 1};
            store = store_again();
            ck_ok(store_begin(store, &err));
            ck_ok(checkpoint_save(store, &checkpoint, data, sizeof data, &err));
            (void)job_add(store, "torn", 0);
            if (round == 4)
                ck_ok(store_commit(store, &err));
            kill(getpid(), SIGKILL);
        }
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        store = store_again();
        struct job *list;
        struct checkpoint *checkpoints;
        size_t jobs, saved;
        struct job_filter filter = {.limit = 50};
        ck_ok(job_list(store, &filter, &list, &jobs, &err));
        ck_ok(checkpoint_list(store, whole, &checkpoints, &saved, &err));
        ck_assert_uint_eq(jobs, round == 4 ? 2 : 1);
        ck_assert_uint_eq(saved, round == 4 ? 1 : 0);
        job_list_free(list, jobs);
        free(checkpoints);
        store_close(store);
    }
}

TEST(a_store_of_any_older_daemon_is_brought_forward_with_all_that_is_in_it)
{
    for (int from = 1; from <= migration_count; from++) {
        sqlite3 *db;
        char text[100];
        snprintf(path, sizeof path, "%s/follow-%d.db", test_folder(), from);
        ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
        for (int i = 0; i < from; i++)
            ck_assert_int_eq(
                sqlite3_exec(db, migrations[i].sql, NULL, NULL, NULL),
                SQLITE_OK);
        snprintf(text, sizeof text, "PRAGMA user_version = %d", from);
        ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        (void)sql("INSERT INTO job (uuid, name, tags, note, state, priority,"
                  " spec, network, device, created_at, total) VALUES"
                  " ('u', 'old', '{}', '', 'queued', 3, '{}', '', 'any', 5,"
                  " 40)");
        (void)sql("INSERT INTO log (job, at, text) VALUES (1, 5, 'queued')");
        (void)sql(
            "INSERT INTO device (id, name, type, vendor, driver, platform,"
            " memory, units, worker, host, version, pid, local,"
            " last_seen) VALUES ('cpu0', 'n', 'cpu', 'v', 'd', 'p', 7, 2,"
            " 'h/cpu0', 'h', '0', 42, 1, 6)");
        (void)sql("INSERT INTO lease (id, job, worker, device, local, sequence,"
                  " expires_at, answer, resume_step) VALUES ('l', 1, 'h/cpu0',"
                  " 'cpu0', 1, 3, 7, 'go', -1)");
        struct store *store = store_again();
        struct job job;
        struct log_line *lines;
        size_t count;
        ck_ok(job_load(store, 1, &job, &err));
        ck_assert_str_eq(job.name, "old");
        ck_assert_int_eq(job.priority, 3);
        job_clear(&job);
        ck_ok(log_list(store, 1, 0, 10, false, &lines, &count, &err));
        ck_assert_uint_eq(count, 1);
        log_list_free(lines, count);
        struct device *devices;
        ck_ok(device_list(store, &devices, &count, &err));
        ck_assert_uint_eq(count, 1);
        ck_assert_str_eq(devices[0].worker.host, "h");
        ck_assert_int_eq(devices[0].last_seen, 6);
        free(devices);
        struct lease lease;
        ck_ok(lease_load(store, "l", &lease, &err));
        ck_assert_int_eq(lease.sequence, 3);
        ck_assert_str_eq(lease.host, from < 10 ? "h" : "");
        store_close(store);
        ck_assert_int_eq(sql("PRAGMA user_version"), migration_count);
    }
}

TEST(a_store_of_a_newer_daemon_is_refused_and_left_alone)
{
    struct store *store = store_fresh();
    store_close(store);
    sql("PRAGMA user_version = 999");
    ck_assert_int_eq(store_open(path, &store, &err), CONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "a newer followd wrote this store"));
    ck_assert_ptr_nonnull(strstr(err.text, "schema 999"));
}

TEST(a_file_that_is_no_database_is_refused)
{
    struct store *store = NULL;
    snprintf(path, sizeof path, "%s/follow.db", test_folder());
    ck_ok(file_write(path, 0600, "not a database, but long enough", 31, &err));
    ck_assert_int_eq(store_open(path, &store, &err), CORRUPT);
    ck_assert_ptr_null(store);
}

TEST(a_database_of_another_program_is_refused)
{
    struct store *store = NULL;
    snprintf(path, sizeof path, "%s/follow.db", test_folder());
    sql("CREATE TABLE job (id INTEGER)");
    ck_assert_int_eq(store_open(path, &store, &err), CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "another program"));
}

TEST(a_query_that_does_not_fit_the_schema_stops_the_daemon_at_start)
{
    struct store *store = store_fresh();
    store_close(store);
    sql("ALTER TABLE metric RENAME COLUMN mse TO error");
    ck_assert_int_eq(store_open(path, &store, &err), FAILED);
    ck_assert_ptr_nonnull(strstr(err.text, "query metric_add"));
}

TEST(a_locked_store_is_unavailable_and_not_an_empty_queue)
{
    struct store *store = store_fresh();
    struct store *other = store_again();
    (void)job_added(store, "u-1", 0);
    ck_ok(store_begin(store, &err));
    ck_assert_int_eq(store_begin(other, &err), UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(err.text, "locked"));
    store_rollback(store);
    store_close(other);
    store_close(store);
}

TEST(readers_see_other_threads_commits_and_a_new_version)
{
    struct store *store = store_fresh();
    struct store *other = store_again();
    struct job job;
    int64_t before = store_version(other);
    ck_assert_int_eq(store_version(other), before);
    int64_t id = job_added(store, "u-1", 0);
    ck_assert_int_ne(store_version(other), before);
    ck_ok(job_load(other, id, &job, &err));
    job_clear(&job);
    store_close(other);
    store_close(store);
}

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

TEST(one_job_cannot_be_leased_twice_at_a_time)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    struct lease lease = {.id = "one", .job = id, .answer = "go"};
    ck_ok(store_begin(store, &err));
    ck_ok(lease_insert(store, &lease, &err));
    strcpy(lease.id, "two");
    ck_assert_int_eq(lease_insert(store, &lease, &err), CONFLICT);
    ck_ok(lease_load(store, "one", &lease, &err));
    ck_assert(lease.active);
    lease.ended_at = 5000;
    ck_ok(lease_save(store, &lease, &err));
    strcpy(lease.id, "two");
    ck_ok(lease_insert(store, &lease, &err));
    ck_ok(lease_forget(store, 5001, &err));
    ck_assert_int_eq(lease_load(store, "one", &lease, &err), NOT_FOUND);
    ck_ok(store_commit(store, &err));
    store_close(store);
}

TEST(a_device_is_remembered_with_its_worker)
{
    struct store *store = store_fresh();
    struct device *list;
    size_t count;
    struct device device = {
        .id = "gpu-0",
        .type = "gpu",
        .memory = (int64_t)140 << 30,
        .units = 132,
        .worker = {.name = "w", .host = "h", .pid = 42, .local = true},
        .last_seen = 1,
        .fault = "it computes wrongly"};
    ck_ok(store_begin(store, &err));
    ck_ok(device_save(store, &device, &err));
    ck_ok(device_touch(store, "h", "gpu-0", 77, &err));
    ck_ok(device_touch(store, "h", "unknown", 77, &err));
    ck_ok(device_touch(store, "other", "gpu-0", 78, &err));
    ck_ok(store_commit(store, &err));
    ck_ok(device_list(store, &list, &count, &err));
    ck_assert_uint_eq(count, 1);
    device.last_seen = 77;
    ck_assert_mem_eq(list, &device, sizeof device);
    free(list);
    store_close(store);
}

TEST(the_log_of_a_job_is_read_on_from_where_one_was)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    struct log_line *lines;
    size_t count;
    ck_ok(store_begin(store, &err));
    ck_ok(
        log_add(store, id, &(struct log_line){.at = 1, .text = "first"}, &err));
    ck_ok(log_add(store, id, &(struct log_line){.at = 2, .text = "second"},
                  &err));
    ck_ok(store_commit(store, &err));
    ck_ok(log_list(store, id, 0, 1, false, &lines, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(lines[0].text, "first");
    int64_t after = lines[0].id;
    log_list_free(lines, count);
    ck_ok(log_list(store, id, after, 100, false, &lines, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(lines[0].at, 2);
    log_list_free(lines, count);
    store_close(store);
}

/* A disk on which every sync of the log, or of another file, fails once
 * `disk_fails` is set. */
static int disk_file = SQLITE_OPEN_WAL;
static bool disk_fails;
static int disk_syncs;
static sqlite3_io_methods disk_methods;
static int (*disk_sync_truly)(sqlite3_file *, int);
static int (*disk_open_truly)(sqlite3_vfs *, const char *, sqlite3_file *, int,
                              int *);

static int
disk_sync(sqlite3_file *file, int flags)
{
    disk_syncs += disk_fails;
    return disk_fails ? SQLITE_IOERR_FSYNC : disk_sync_truly(file, flags);
}

static int
disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
          int *flags_out)
{
    int code = disk_open_truly(vfs, name, file, flags, flags_out);
    if (code != SQLITE_OK || !(flags & disk_file))
        return code;
    if (disk_sync_truly == NULL) {
        disk_methods = *file->pMethods;
        disk_sync_truly = disk_methods.xSync;
        disk_methods.xSync = disk_sync;
    }
    file->pMethods = &disk_methods;
    return code;
}

static struct store *
store_on_failing_disk(int file)
{
    static sqlite3_vfs disk;
    disk = *sqlite3_vfs_find(NULL);
    disk.zName = "failing";
    disk_file = file;
    disk_open_truly = disk.xOpen;
    disk.xOpen = disk_open;
    sqlite3_vfs_register(&disk, 1);
    return store_fresh();
}

TEST(a_disk_that_fails_as_the_log_is_moved_ends_all_work_but_no_promise)
{
    struct store *store = store_on_failing_disk(SQLITE_OPEN_MAIN_DB);
    char *text = memory_array(1, (size_t)5 << 20);
    struct job job;
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', ((size_t)5 << 20) - 1);
    ck_ok(store_begin(store, &err));
    int64_t id = job_add(store, "u-1", 0);
    ck_ok(log_add(store, id, &(struct log_line){.at = 1, .text = text}, &err));
    disk_fails = true;
    ck_ok(store_commit(store, &err)); /* it is in the log, and synced */
    ck_assert_int_gt(disk_syncs, 0);
    ck_assert(store_is_lost(store));
    ck_assert_int_eq(job_load(store, id, &job, &err), FAILED);
    free(text);
    store_close(store);
}

TEST(a_disk_that_fails_to_sync_ends_all_work_and_is_not_asked_again)
{
    struct store *store = store_on_failing_disk(SQLITE_OPEN_WAL);
    struct job job;
    ck_ok(store_begin(store, &err));
    int64_t id = job_add(store, "u-1", 0);
    disk_fails = true;
    ck_assert_int_eq(store_commit(store, &err), FAILED);
    ck_assert(store_is_lost(store));
    int syncs = disk_syncs;
    disk_fails = false;
    ck_assert_int_eq(job_load(store, id, &job, &err), FAILED);
    ck_assert_int_eq(store_begin(store, &err), FAILED);
    ck_assert_int_eq(disk_syncs, syncs);
    store_close(store);
}

TEST_MAIN("store")
