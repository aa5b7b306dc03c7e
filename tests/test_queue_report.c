/* test_queue_report.c - what workers tell is kept whole, once, or not at all.
 */
#include "queue_testing.h"

#include <signal.h>
#include <sys/wait.h>

/* A report with some of everything. */
static struct report
report_full(void)
{
    static const char *log[] = {"a line"};
    static const double metrics[1][METRIC_KEYS] = {
        {0, 4, 0.5, 0.6, 80, 90, 0.1, 0.2, 1e5}};
    static double rows[2][13] = {{0.001}, {0.002}};
    struct report report = {.state = REPORT_RUNNING,
                            .t = 4,
                            .rate = 12.5,
                            .log = log,
                            .log_count = 1,
                            .provenance = "{\"version\":\"0.1\"}",
                            .metrics = metrics,
                            .metrics_count = 1,
                            .network = "network",
                            .network_size = 7};
    report.traces[TRACE_START] = (struct trace){0, 2, 11, rows[0]};
    report.checkpoint.present = true;
    report.checkpoint.t = 4;
    report.checkpoint.step = 4000;
    report.checkpoint.data = "state";
    report.checkpoint.size = 5;
    return report;
}

TEST(a_report_becomes_rows_of_every_kind)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    struct report report = report_full();
    enum command command;
    ck_ok(queue_report(queue, store, grant.lease, 0, &report, &command, &err));
    struct job job;
    ck_ok(job_load(store, id, &job, &err));
    ck_assert_double_eq(job.done, 4);
    ck_assert_double_eq(job.rate, 12.5);
    ck_assert_str_eq(job.provenance, "{\"version\":\"0.1\"}");
    struct trace trace;
    ck_ok(trace_load(store, id, TRACE_START, 0, 100, &trace, &err));
    ck_assert_int_eq(trace.rows, 2);
    free(trace.data);
    struct metric_summary summary;
    ck_ok(metric_summarize(store, id, &summary, &err));
    ck_assert_double_eq(summary.last.value[METRIC_MSE], 0.5);
    struct checkpoint checkpoint;
    ck_ok(checkpoint_find(store, id, INT64_MAX, &checkpoint, &err));
    ck_assert_int_eq(checkpoint.step, 4000);
    bool known;
    ck_ok(network_known(store, job.network, &known, &err));
    ck_assert(known);
    job_clear(&job);
    grant_clear(&grant);
    (void)submit();
    grant = lease(&cpu);
    ck_assert(grant.network_known); /* the second job has the same neurons */
    grant_clear(&grant);
    tear_down();
}

/* mse and mse_raw of the periods of a job of 40 s, then their least. */
static struct metric
least_error(const char *description)
{
    static struct submission submission;
    static struct faults faults;
    double rows[10][METRIC_KEYS];
    struct report report = {.state = REPORT_RUNNING,
                            .t = 40,
                            .metrics = (const double(*)[METRIC_KEYS])rows,
                            .metrics_count = 10};
    for (int i = 0; i < 10; i++)
        memcpy(rows[i], (double[METRIC_KEYS]){i, 4 * i + 4, 1.0 / (i + 1), 2},
               sizeof rows[i]);
    json_t *json = json_loads(description, 0, NULL);
    ck_assert_int_eq(spec_from_json(json, &submission, &faults), OK);
    json_decref(json);
    int64_t id;
    bool created;
    ck_ok(queue_submit(queue, store, &submission, NULL, NULL, &id, &created,
                       &err));
    struct grant grant = lease(&cpu);
    enum command command;
    ck_ok(queue_report(queue, store, grant.lease, 0, &report, &command, &err));
    grant_clear(&grant);
    struct metric_summary summary;
    ck_ok(metric_summarize(store, id, &summary, &err));
    ck_assert_double_eq(summary.last.value[METRIC_MSE], 0.1);
    return summary.least;
}

TEST(the_least_error_is_of_a_period_in_which_it_was_switched_on)
{
    set_up();
    struct metric least = least_error("{\"preset\": \"vanderPol\"}");
    ck_assert_double_eq(least.value[METRIC_MSE], 1.0 / 6); /* 20 to 24 s */
    ck_assert_double_eq(least.value[METRIC_MSE_RAW], 2);
    least = least_error("{\"preset\": \"vanderPol\", \"learning\": "
                        "{\"enabled\": false}}");
    ck_assert(isnan(least.value[METRIC_MSE]));
    ck_assert_double_eq(least.value[METRIC_MSE_RAW], 2);
    least = least_error("{\"preset\": \"vanderPol\", \"schedule\": "
                        "{\"settle\": 2, \"test\": 33}}");
    ck_assert(isnan(least.value[METRIC_MSE])); /* none is wholly between */
    tear_down();
}

TEST(a_repeated_report_gets_its_answer_again_and_changes_nothing)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    struct report report = report_full();
    enum command command;
    struct job first, second;
    struct log_line *lines;
    size_t count, count_again;
    ck_ok(queue_report(queue, store, grant.lease, 0, &report, &command, &err));
    ck_ok(queue_cancel(queue, store, id, &err));
    report.t = 5;
    report.checkpoint.present = false;
    ck_ok(queue_report(queue, store, grant.lease, 1, &report, &command, &err));
    ck_assert_int_eq(command, COMMAND_CANCEL);
    ck_ok(job_load(store, id, &first, &err));
    ck_ok(log_list(store, id, 0, 100, false, &lines, &count, &err));
    log_list_free(lines, count);
    int before = changes;
    report.t = 39;
    ck_ok(queue_report(queue, store, grant.lease, 1, &report, &command, &err));
    ck_assert_int_eq(command, COMMAND_CANCEL);
    ck_ok(job_load(store, id, &second, &err));
    ck_assert_int_eq(first.rev, second.rev);
    ck_assert_double_eq(second.done, 5);
    ck_ok(log_list(store, id, 0, 100, false, &lines, &count_again, &err));
    log_list_free(lines, count_again);
    ck_assert_uint_eq(count, count_again);
    ck_assert_int_eq(changes, before);
    job_clear(&first);
    job_clear(&second);
    grant_clear(&grant);
    tear_down();
}

TEST(the_last_report_may_be_repeated_though_its_lease_has_ended)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    (void)report_success(&grant);
    grant.sequence--;
    (void)report_success(&grant);
    assert_state(id, JOB_SUCCEEDED);
    ck_assert_int_eq(report_refused(&grant, grant.sequence), CONFLICT);
    grant_clear(&grant);
    tear_down();
}

TEST(a_report_out_of_order_or_of_no_lease_is_a_conflict)
{
    set_up();
    (void)submit();
    struct grant grant = lease(&cpu);
    ck_assert_int_eq(report_refused(&grant, 1), CONFLICT);
    ck_assert_int_eq(report_refused(&grant, -1), CONFLICT);
    struct grant other = {.lease = "no such lease"};
    ck_assert_int_eq(report_refused(&other, 0), CONFLICT);
    ck_assert_int_eq(report_refused(&grant, 0), OK);
    grant_clear(&grant);
    tear_down();
}

TEST(a_report_that_makes_no_sense_is_refused_as_a_whole)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    enum command command;
    struct report reports[8];
    for (int i = 0; i < 8; i++)
        reports[i] = report_full();
    reports[0].t = 41;
    reports[1].t = NAN;
    reports[2].checkpoint.step = 3999;
    reports[3].traces[TRACE_START].columns = 12;
    reports[4].provenance = "[]";
    reports[5].state = REPORT_CANCELLED; /* nobody asked for it */
    reports[6].state = REPORT_SUCCEEDED; /* after 4 s of 40 */
    reports[7].state = REPORT_SUCCEEDED; /* without its final state */
    reports[7].t = 40;
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(queue_report(queue, store, grant.lease, 0, &reports[i],
                                      &command, &err),
                         i == 5 ? CONFLICT : INVALID);
    struct metric *rows;
    size_t count;
    ck_ok(metric_list(store, id, 0, 100, &rows, &count, &err));
    ck_assert_uint_eq(count, 0);
    free(rows);
    assert_state(id, JOB_RUNNING);
    grant_clear(&grant);
    tear_down();
}

TEST(only_the_two_newest_rolling_checkpoints_stay_and_none_beside_the_final)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    struct checkpoint *list;
    size_t count;
    (void)report_checkpoint(&grant, 2, CHECKPOINT_SNAPSHOT, "2");
    for (int t = 4; t <= 20; t += 4)
        (void)report_checkpoint(&grant, t, CHECKPOINT_ROLLING, "r");
    ck_ok(checkpoint_list(store, id, &list, &count, &err));
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(list[1].step, 16000);
    ck_assert_int_eq(list[2].step, 20000);
    free(list);
    (void)report_checkpoint(&grant, 40, CHECKPOINT_FINAL, "f");
    ck_ok(checkpoint_list(store, id, &list, &count, &err));
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(list[1].kind, CHECKPOINT_FINAL);
    free(list);
    grant_clear(&grant);
    tear_down();
}

TEST(a_damaged_checkpoint_is_passed_over_for_the_one_before_it)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    (void)report_checkpoint(&grant, 4, CHECKPOINT_ROLLING, "four");
    (void)report_checkpoint(&grant, 8, CHECKPOINT_ROLLING, "eight");
    (void)report_state(&grant, REPORT_RELEASED, 8);
    grant_clear(&grant);
    sql("UPDATE checkpoint SET data = X'00' WHERE step = 8000");
    grant = lease(&cpu);
    ck_assert(grant.resumes);
    ck_assert_double_eq(grant.checkpoint.t, 4);
    (void)report_state(&grant, REPORT_RELEASED, 4);
    grant_clear(&grant);
    sql("UPDATE checkpoint SET data = X'00'");
    grant = lease(&cpu);
    ck_assert(!grant.resumes);
    ck_assert_int_eq(grant.job, id);
    struct bytes data = {0};
    ck_assert_int_eq(queue_checkpoint(store, grant.lease, &data, &err),
                     NOT_FOUND);
    grant_clear(&grant);
    tear_down();
}

TEST(a_process_killed_in_the_middle_of_a_report_leaves_none_of_it)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    store_close(store);
    pid_t child = fork();
    if (child == 0) {
        struct checkpoint checkpoint = {.job = id, .step = 4000, .t = 4};
        struct metric metric = {{0, 4, 1}};
        ck_ok(store_open(path, &store, &err));
        ck_ok(store_begin(store, &err));
        ck_ok(metric_add(store, id, &metric, &metric, &err));
        ck_ok(checkpoint_save(store, &checkpoint, "torn", 4, &err));
        raise(SIGKILL);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_ok(store_open(path, &store, &err));
    struct checkpoint checkpoint;
    ck_assert_int_eq(checkpoint_find(store, id, INT64_MAX, &checkpoint, &err),
                     NOT_FOUND);
    struct report report = report_full();
    enum command command;
    ck_ok(queue_report(queue, store, grant.lease, 0, &report, &command, &err));
    grant_clear(&grant);
    tear_down();
}

/* Reports as fast as it can until it is killed: in report n, period n and a
 * checkpoint at t = n + 1 s. A byte in `out` for each that was taken. */
static void
report_until_killed(const char *lease_id, int64_t sequence, int out)
{
    static char data[300000];
    struct store *own;
    if (store_open(path, &own, &err) != OK)
        _exit(1);
    for (;; sequence++) {
        double t = (double)(sequence + 1);
        double metrics[1][METRIC_KEYS] = {{(double)sequence, t}};
        struct report report = {.state = REPORT_RUNNING,
                                .t = t,
                                .metrics =
                                    (const double(*)[METRIC_KEYS])metrics,
                                .metrics_count = 1};
        enum command command;
        report.checkpoint.present = true;
        report.checkpoint.t = t;
        report.checkpoint.step = llround(t / SPEC_DT);
        report.checkpoint.data = data;
        report.checkpoint.size = sizeof data;
        snprintf(data, sizeof data, "state %lld", (long long)sequence);
        if (queue_report(queue, own, lease_id, sequence, &report, &command,
                         &err) != OK ||
            write(out, "", 1) != 1)
            _exit(2);
    }
}

/* Starts such a process, lets it go on for a while after its first report, and
 * kills it; how many reports it was told were taken. */
static int64_t
report_and_be_killed(const char *lease_id, int64_t sequence, useconds_t us)
{
    char bytes[4096];
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        report_until_killed(lease_id, sequence, ends[1]);
    close(ends[1]);
    ssize_t size = read(ends[0], bytes, 1);
    int64_t told = 0;
    ck_assert_int_eq(size, 1);
    usleep(us);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    for (; size > 0; size = read(ends[0], bytes, sizeof bytes))
        told += size;
    close(ends[0]);
    return told;
}

/* Each period is there, and the state of the last one. */
static void
assert_whole(int64_t id, int64_t taken)
{
    struct metric *rows;
    struct bytes data = {0};
    size_t count;
    char wanted[32];
    ck_ok(metric_list(store, id, 0, 1e6, &rows, &count, &err));
    ck_assert_int_eq((int64_t)count, taken);
    free(rows);
    ck_ok(checkpoint_load(store, id, 1000 * taken, &data, &err));
    snprintf(wanted, sizeof wanted, "state %lld", (long long)(taken - 1));
    ck_assert_str_eq((char *)data.data, wanted);
    bytes_free(&data);
}

TEST(a_daemon_killed_at_any_instant_has_each_report_whole_or_not_at_all)
{
    set_up();
    submit_duration = 1e6;
    int64_t id = submit(), taken = 0;
    struct grant grant = lease(&gpu);
    queue_free(queue);
    queue = queue_new(NULL, NULL);
    store_close(store);
    for (int round = 0; round < 12; round++) {
        struct lease now;
        int64_t told = report_and_be_killed(grant.lease, taken,
                                            (useconds_t)(3100 * round));
        ck_ok(store_open(path, &store, &err));
        ck_ok(lease_load(store, grant.lease, &now, &err));
        ck_assert_int_ge(now.sequence, taken + told);
        taken = now.sequence;
        assert_whole(id, taken);
        store_close(store);
    }
    ck_ok(store_open(path, &store, &err));
    grant_clear(&grant);
    tear_down();
}

TEST_MAIN("queue_report")
