/* test_queue.c - the life of a job, and who may change it. */
#include "queue_testing.h"

#include <signal.h>
#include <sys/wait.h>

TEST(a_submitted_job_waits_and_can_be_leased)
{
    set_up();
    int64_t id = submit();
    assert_state(id, JOB_QUEUED);
    ck_assert_int_eq(changed_job, id);
    struct grant grant = lease(&cpu);
    ck_assert_int_eq(grant.job, id);
    ck_assert_int_eq(grant.sequence, 0);
    ck_assert(!grant.resumes);
    ck_assert(!grant.network_known);
    struct spec spec;
    ck_ok(spec_from_text(grant.spec, &spec, &err));
    ck_assert_int_eq(spec.network.neurons_rec, 3000);
    assert_state(id, JOB_RUNNING);
    grant_clear(&grant);
    tear_down();
}

TEST(nothing_to_lease_is_not_a_failure)
{
    set_up();
    struct grant grant;
    ck_assert_int_eq(queue_lease(queue, store, &cpu, NULL, &grant, &err),
                     NOT_FOUND);
    (void)submit_for("gpu-7", 0);
    ck_assert_int_eq(queue_lease(queue, store, &cpu, NULL, &grant, &err),
                     NOT_FOUND);
    tear_down();
}

TEST(a_device_gets_its_own_jobs_the_urgent_ones_first)
{
    set_up();
    (void)submit_for("gpu-0", 9);
    int64_t later = submit_for("any", 0);
    int64_t urgent = submit_for("cpu-0", 1);
    struct grant grant = lease(&cpu);
    ck_assert_int_eq(grant.job, urgent);
    grant_clear(&grant);
    grant = lease(&cpu);
    ck_assert_int_eq(grant.job, later);
    grant_clear(&grant);
    ck_assert_int_eq(queue_lease(queue, store, &cpu, NULL, &grant, &err),
                     NOT_FOUND);
    tear_down();
}

/* Hands in a job for a network of so many neurons; its number. */
static int64_t
submit_size(int neurons, enum rl_task task)
{
    struct submission submission = {.tags = "{}"};
    int64_t id;
    bool created;
    ck_ok(preset_spec("vanderPol", &submission.spec, &err));
    submission.spec.network.neurons_ff = neurons;
    submission.spec.rl.task = task;
    ck_ok(queue_submit(queue, store, &submission, NULL, NULL, &id, &created,
                       &err));
    return id;
}

TEST(a_worker_that_names_a_shape_gets_what_fits_and_passes_nobody)
{
    set_up();
    int64_t first = submit_size(200, RL_NONE),
            second = submit_size(200, RL_NONE);
    int64_t other = submit_size(300, RL_NONE);
    (void)submit_size(200, RL_NONE);
    struct grant grant = lease(&cpu), more;
    ck_assert_int_eq(grant.job, first);
    ck_ok(queue_lease(queue, store, &cpu, grant.shape, &more, &err));
    ck_assert_int_eq(more.job, second);
    ck_assert_str_eq(more.shape, grant.shape);
    grant_clear(&more);
    ck_assert_int_eq(queue_lease(queue, store, &cpu, grant.shape, &more, &err),
                     CONFLICT);
    assert_state(other, JOB_QUEUED);
    grant_clear(&grant);
    grant = lease(&cpu);
    ck_assert_int_eq(grant.job, other);
    grant_clear(&grant);
    tear_down();
}

TEST(a_job_that_a_worker_died_of_is_tried_alone_until_it_gets_on)
{
    set_up();
    int64_t first = submit(), second = submit(), third = submit();
    struct grant grant = lease(&cpu), more;
    ck_ok(queue_lease(queue, store, &cpu, grant.shape, &more, &err));
    ck_ok(queue_worker_lost(queue, store, "near", "has died", &err));
    grant_clear(&grant);
    grant_clear(&more);
    grant = lease(&cpu);
    ck_assert_int_eq(grant.job, first);
    ck_assert_int_eq(queue_lease(queue, store, &cpu, grant.shape, &more, &err),
                     CONFLICT); /* the second is suspect, too */
    (void)report_checkpoint(&grant, 4, CHECKPOINT_ROLLING, "four");
    ck_assert_int_eq(queue_lease(queue, store, &cpu, grant.shape, &more, &err),
                     CONFLICT);
    struct grant alone = lease(&gpu);
    ck_assert_int_eq(alone.job, second);
    ck_assert_int_eq(queue_lease(queue, store, &gpu, alone.shape, &more, &err),
                     CONFLICT); /* the third is not, but beside a suspect */
    ck_ok(queue_lease(queue, store, &cpu, grant.shape, &more, &err));
    ck_assert_int_eq(more.job, third);
    grant_clear(&more);
    grant_clear(&alone);
    grant_clear(&grant);
    tear_down();
}

TEST(what_learns_by_reinforcement_fits_beside_every_shape)
{
    set_up();
    (void)submit_size(200, RL_NONE);
    int64_t beside = submit_size(200, RL_SWING);
    struct grant grant = lease(&cpu), more;
    ck_ok(queue_lease(queue, store, &cpu, grant.shape, &more, &err));
    ck_assert_int_eq(more.job, beside);
    grant_clear(&grant);
    grant_clear(&more);
    tear_down();
}

TEST(a_job_of_an_older_store_fits_no_other)
{
    set_up();
    (void)submit_size(200, RL_NONE);
    (void)submit_size(200, RL_NONE);
    struct grant grant = lease(&cpu), more;
    sql("UPDATE job SET shape = NULL");
    ck_assert_int_eq(queue_lease(queue, store, &cpu, grant.shape, &more, &err),
                     CONFLICT);
    grant_clear(&grant);
    grant = lease(&cpu);
    ck_assert_str_eq(grant.shape, "");
    grant_clear(&grant);
    tear_down();
}

TEST(a_job_that_goes_on_from_fixed_weights_has_the_shape_of_those)
{
    set_up();
    char shapes[2][SPEC_SHAPE_SIZE];
    for (int i = 0; i < 2; i++) {
        struct submission submission = {.tags = "{}"};
        int64_t id;
        bool created;
        ck_ok(preset_spec("vanderPol", &submission.spec, &err));
        submission.spec.weights.init = i == 0 ? WEIGHTS_RANDOM : WEIGHTS_ZERO;
        submission.spec.start.job = i;
        ck_ok(queue_submit(queue, store, &submission, NULL, NULL, &id, &created,
                           &err));
        ck_ok(job_shape_load(store, id, shapes[i], &err));
    }
    ck_assert_str_eq(shapes[0], shapes[1]);
    ck_assert(spec_shape_is_fixed(shapes[1]));
    tear_down();
}

TEST(a_device_that_asks_for_work_is_remembered)
{
    set_up();
    struct grant grant;
    struct device *list;
    size_t count;
    ck_assert_int_eq(queue_lease(queue, store, &gpu, NULL, &grant, &err),
                     NOT_FOUND);
    ck_ok(device_list(store, &list, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(list[0].worker.name, "far");
    ck_assert_int_gt(list[0].last_seen, 0);
    free(list);
    tear_down();
}

TEST(a_device_is_out_of_service_until_work_is_asked_for_on_it)
{
    set_up();
    struct device unfit = gpu;
    struct device *list;
    size_t count;
    snprintf(unfit.fault, sizeof unfit.fault, "it computes wrongly");
    ck_ok(queue_device_fault(store, &unfit, &err));
    ck_ok(device_list(store, &list, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(list[0].fault, "it computes wrongly");
    free(list);
    struct grant grant;
    ck_assert_int_eq(queue_lease(queue, store, &gpu, NULL, &grant, &err),
                     NOT_FOUND);
    ck_ok(device_list(store, &list, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(list[0].fault, "");
    free(list);
    tear_down();
}

TEST(devices_of_one_name_on_two_machines_are_two)
{
    set_up();
    struct device near = {
        .id = "cpu0",
        .worker = {.name = "near/cpu0", .host = "near", .local = true}};
    struct device far = {.id = "cpu0",
                         .worker = {.name = "far/cpu0", .host = "far"}};
    struct device *list;
    size_t count;
    struct grant grant;
    int64_t for_far = submit_for("far/cpu0", 0),
            for_both = submit_for("cpu0", 0);
    grant = lease(&near);
    ck_assert_int_eq(grant.job, for_both);
    report_success(&grant);
    grant_clear(&grant);
    ck_assert_int_eq(queue_lease(queue, store, &near, NULL, &grant, &err),
                     NOT_FOUND);
    grant = lease(&far);
    ck_assert_int_eq(grant.job, for_far);
    grant_clear(&grant);
    snprintf(far.fault, sizeof far.fault, "it is hot");
    ck_ok(queue_device_fault(store, &far, &err));
    ck_ok(device_list(store, &list, &count, &err));
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(list[0].worker.host, "far");
    ck_assert_str_eq(list[0].fault, "it is hot");
    ck_assert_str_eq(list[1].worker.host, "near");
    ck_assert_str_eq(list[1].fault, "");
    free(list);
    tear_down();
}

/* Leases all jobs, one after the other, and writes what it got to `out`. */
static void
race(int out)
{
    struct store *own;
    struct grant grant;
    if (store_open(path, &own, &err) != OK)
        _exit(1);
    while (queue_lease(queue, own, &cpu, NULL, &grant, &err) == OK) {
        if (write(out, &grant.job, sizeof grant.job) != sizeof grant.job)
            _exit(1);
        grant_clear(&grant);
    }
    store_close(own);
    _exit(0);
}

TEST(two_processes_that_race_for_jobs_never_get_the_same)
{
    enum { JOBS = 40, RACERS = 3 };
    int ends[2], taken[JOBS + 1] = {0};
    int64_t id;
    set_up();
    for (int i = 0; i < JOBS; i++)
        (void)submit();
    queue_free(queue);
    queue = queue_new(NULL, NULL);
    store_close(store); /* no fork with an open store */
    ck_assert_int_eq(pipe(ends), 0);
    for (int i = 0; i < RACERS; i++)
        if (fork() == 0)
            race(ends[1]);
    close(ends[1]);
    while (read(ends[0], &id, sizeof id) == sizeof id)
        taken[id]++;
    for (int i = 0; i < RACERS; i++) {
        int status;
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
    for (int i = 1; i <= JOBS; i++)
        ck_assert_int_eq(taken[i], 1);
    ck_ok(store_open(path, &store, &err));
    tear_down();
}

TEST(the_same_request_with_the_same_key_makes_one_job)
{
    static struct submission submission;
    int64_t first, second;
    bool created;
    set_up();
    ck_ok(preset_spec("vanderPol", &submission.spec, &err));
    strcpy(submission.tags, "{}");
    ck_ok(queue_submit(queue, store, &submission, "key", "sha", &first,
                       &created, &err));
    ck_assert(created);
    ck_ok(queue_submit(queue, store, &submission, "key", "sha", &second,
                       &created, &err));
    ck_assert(!created);
    ck_assert_int_eq(first, second);
    ck_assert_int_eq(queue_submit(queue, store, &submission, "key", "other",
                                  &second, &created, &err),
                     CONFLICT);
    ck_assert_int_eq(changes, 1);
    tear_down();
}

/* The table once more, as sentences: from, event, to. All else is forbidden. */
static const struct {
    enum job_state from;
    enum event event;
    enum job_state to;
} allowed[] = {
    {JOB_QUEUED, EVENT_LEASE, JOB_RUNNING},
    {JOB_QUEUED, EVENT_CANCEL, JOB_CANCELLED},
    {JOB_QUEUED, EVENT_PAUSE, JOB_PAUSED},
    {JOB_RUNNING, EVENT_CANCEL, JOB_CANCELLING},
    {JOB_RUNNING, EVENT_PAUSE, JOB_PAUSING},
    {JOB_RUNNING, EVENT_PROGRESS, JOB_RUNNING},
    {JOB_RUNNING, EVENT_SUCCEEDED, JOB_SUCCEEDED},
    {JOB_RUNNING, EVENT_FAILED, JOB_FAILED},
    {JOB_RUNNING, EVENT_DIVERGED, JOB_DIVERGED},
    {JOB_RUNNING, EVENT_RELEASED, JOB_QUEUED},
    {JOB_RUNNING, EVENT_LOST, JOB_QUEUED},
    {JOB_RUNNING, EVENT_GIVEN_UP, JOB_FAILED},
    {JOB_PAUSING, EVENT_CANCEL, JOB_CANCELLING},
    {JOB_PAUSING, EVENT_PAUSE, JOB_PAUSING},
    {JOB_PAUSING, EVENT_RESUME, JOB_RUNNING},
    {JOB_PAUSING, EVENT_PROGRESS, JOB_PAUSING},
    {JOB_PAUSING, EVENT_SUCCEEDED, JOB_SUCCEEDED},
    {JOB_PAUSING, EVENT_FAILED, JOB_FAILED},
    {JOB_PAUSING, EVENT_DIVERGED, JOB_DIVERGED},
    {JOB_PAUSING, EVENT_RELEASED, JOB_PAUSED},
    {JOB_PAUSING, EVENT_LOST, JOB_PAUSED},
    {JOB_PAUSING, EVENT_GIVEN_UP, JOB_FAILED},
    {JOB_PAUSED, EVENT_CANCEL, JOB_CANCELLED},
    {JOB_PAUSED, EVENT_RESUME, JOB_QUEUED},
    {JOB_CANCELLING, EVENT_CANCEL, JOB_CANCELLING},
    {JOB_CANCELLING, EVENT_PROGRESS, JOB_CANCELLING},
    {JOB_CANCELLING, EVENT_SUCCEEDED, JOB_SUCCEEDED},
    {JOB_CANCELLING, EVENT_FAILED, JOB_FAILED},
    {JOB_CANCELLING, EVENT_DIVERGED, JOB_DIVERGED},
    {JOB_CANCELLING, EVENT_STOPPED, JOB_CANCELLED},
    {JOB_CANCELLING, EVENT_RELEASED, JOB_CANCELLED},
    {JOB_CANCELLING, EVENT_LOST, JOB_CANCELLED},
    {JOB_CANCELLING, EVENT_GIVEN_UP, JOB_CANCELLED},
    {JOB_QUEUED, EVENT_BEREFT, JOB_CANCELLED},
    {JOB_PAUSED, EVENT_BEREFT, JOB_CANCELLED},
    {JOB_CANCELLED, EVENT_RETRY, JOB_QUEUED},
    {JOB_FAILED, EVENT_RETRY, JOB_QUEUED},
};

TEST(every_event_in_every_state_is_allowed_or_forbidden_as_written)
{
    for (int state = 0; state < JOB_STATES; state++)
        for (int event = 0; event < EVENTS; event++) {
            enum job_state next, wanted = JOB_STATES;
            for (size_t i = 0; i < ARRAY_LENGTH(allowed); i++)
                if ((int)allowed[i].from == state &&
                    (int)allowed[i].event == event)
                    wanted = allowed[i].to;
            bool follows =
                state_follows((enum job_state)state, (enum event)event, &next);
            ck_assert_msg(follows == (wanted != JOB_STATES) && next == wanted,
                          "%s, event %d", job_state_name(state), event);
        }
}

TEST(a_queued_job_is_cancelled_at_once)
{
    set_up();
    int64_t id = submit();
    struct grant grant;
    ck_ok(queue_cancel(queue, store, id, &err));
    assert_state(id, JOB_CANCELLED);
    ck_assert_int_eq(queue_lease(queue, store, &cpu, NULL, &grant, &err),
                     NOT_FOUND);
    tear_down();
}

TEST(a_running_job_is_cancelled_when_its_worker_reports)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    ck_assert_int_eq(report_state(&grant, REPORT_RUNNING, 1), COMMAND_GO);
    ck_ok(queue_cancel(queue, store, id, &err));
    assert_state(id, JOB_CANCELLING);
    ck_ok(queue_cancel(queue, store, id, &err));
    ck_assert_int_eq(report_state(&grant, REPORT_RUNNING, 2), COMMAND_CANCEL);
    ck_assert_int_eq(report_state(&grant, REPORT_CANCELLED, 2), COMMAND_GO);
    assert_state(id, JOB_CANCELLED);
    grant_clear(&grant);
    tear_down();
}

TEST(a_job_that_has_ended_cannot_be_cancelled)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    ck_assert_int_eq(report_success(&grant), COMMAND_GO);
    assert_state(id, JOB_SUCCEEDED);
    int before = changes;
    ck_assert_int_eq(queue_cancel(queue, store, id, &err), CONFLICT);
    ck_assert_str_eq(err.text, "job 1 is succeeded, it cannot be cancelled");
    ck_assert_int_eq(queue_retry(queue, store, id, &err), CONFLICT);
    ck_assert_int_eq(queue_cancel(queue, store, 99, &err), NOT_FOUND);
    ck_assert_int_eq(changes, before);
    grant_clear(&grant);
    tear_down();
}

TEST(a_job_can_be_deleted_with_all_its_results_unless_a_worker_has_it)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    (void)report_checkpoint(&grant, 4, CHECKPOINT_SNAPSHOT, "four");
    ck_assert_int_eq(queue_delete(queue, store, id, &err), CONFLICT);
    (void)report_success(&grant);
    ck_ok(queue_delete(queue, store, id, &err));
    struct job job;
    ck_assert_int_eq(job_load(store, id, &job, &err), NOT_FOUND);
    struct checkpoint *list;
    size_t count;
    ck_ok(checkpoint_list(store, id, &list, &count, &err));
    ck_assert_uint_eq(count, 0);
    free(list);
    ck_assert_int_eq(report_refused(&grant, grant.sequence), CONFLICT);
    ck_assert_int_eq(queue_delete(queue, store, id, &err), NOT_FOUND);
    grant_clear(&grant);
    ck_assert_int_gt(submit(), id); /* a number is never used twice */
    tear_down();
}

TEST(a_change_of_a_job_touches_what_was_given_and_is_told_once)
{
    static const int urgent = 7;
    set_up();
    int64_t id = submit();
    int before = changes;
    struct change change = {.name = "arm", .priority = &urgent};
    ck_ok(queue_change(queue, store, id, 1, &change, &err));
    ck_assert_int_eq(changes, before + 1);
    ck_assert_int_eq(changed_job, id);
    struct job job;
    ck_ok(job_load(store, id, &job, &err));
    ck_assert_int_eq(job.rev, 2);
    ck_assert_str_eq(job.name, "arm");
    ck_assert_str_eq(job.tags, "{}");
    ck_assert_int_eq(job.priority, 7);
    ck_assert_int_eq(job.state, JOB_QUEUED);
    job_clear(&job);
    tear_down();
}

TEST(a_change_of_nothing_or_of_what_has_changed_since_is_none)
{
    set_up();
    int64_t id = submit();
    int before = changes;
    struct change change = {.name = "", .tags = "{}"};
    ck_ok(queue_change(queue, store, id, 0, &change, &err));
    change.name = "late";
    ck_assert_int_eq(queue_change(queue, store, id, 2, &change, &err),
                     CONFLICT);
    ck_assert_int_eq(queue_change(queue, store, id + 1, 0, &change, &err),
                     NOT_FOUND);
    ck_assert_int_eq(changes, before);
    struct job job;
    ck_ok(job_load(store, id, &job, &err));
    ck_assert_int_eq(job.rev, 1);
    ck_assert_str_eq(job.name, "");
    job_clear(&job);
    tear_down();
}

static bool
network_is_kept(const char *key)
{
    bool known;
    ck_ok(network_known(store, key, &known, &err));
    return known;
}

TEST(a_network_goes_with_the_last_job_that_has_it)
{
    set_up();
    int64_t one = submit(), other = submit();
    struct job job;
    ck_ok(job_load(store, one, &job, &err));
    ck_ok(store_begin(store, &err));
    ck_ok(network_save(store, job.network, "shared", 6, &err));
    ck_ok(store_commit(store, &err));
    ck_ok(queue_cancel(queue, store, one, &err));
    ck_ok(queue_cancel(queue, store, other, &err));
    ck_ok(queue_delete(queue, store, one, &err));
    ck_assert(network_is_kept(job.network));
    ck_ok(queue_delete(queue, store, other, &err));
    ck_assert(!network_is_kept(job.network));
    job_clear(&job);
    tear_down();
}

TEST(a_paused_job_goes_on_from_its_checkpoint)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    ck_assert_int_eq(report_checkpoint(&grant, 4, CHECKPOINT_ROLLING, "four"),
                     COMMAND_GO);
    ck_ok(queue_pause(queue, store, id, &err));
    ck_assert_int_eq(report_checkpoint(&grant, 8, CHECKPOINT_ROLLING, "eight"),
                     COMMAND_PAUSE);
    ck_assert_int_eq(report_state(&grant, REPORT_RELEASED, 8), COMMAND_GO);
    assert_state(id, JOB_PAUSED);
    grant_clear(&grant);
    ck_assert_int_eq(queue_lease(queue, store, &cpu, NULL, &grant, &err),
                     NOT_FOUND);
    ck_ok(queue_resume(queue, store, id, &err));
    grant = lease(&gpu);
    ck_assert(grant.resumes);
    ck_assert_double_eq(grant.checkpoint.t, 8.0);
    struct bytes data = {0};
    ck_ok(queue_checkpoint(store, grant.lease, &data, &err));
    ck_assert_str_eq((char *)data.data, "eight");
    bytes_free(&data);
    grant_clear(&grant);
    tear_down();
}

TEST(a_failed_job_says_why_and_can_be_tried_again)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    enum command command;
    struct report report = {.state = REPORT_FAILED, .reason = "out of memory"};
    ck_ok(queue_report(queue, store, grant.lease, 0, &report, &command, &err));
    assert_state(id, JOB_FAILED);
    assert_reason(id, "out of memory");
    ck_ok(queue_retry(queue, store, id, &err));
    assert_state(id, JOB_QUEUED);
    assert_reason(id, "");
    grant_clear(&grant);
    tear_down();
}

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

TEST(a_lease_past_its_time_gives_the_job_back_and_says_why)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&gpu);
    (void)report_checkpoint(&grant, 4, CHECKPOINT_ROLLING, "four");
    ck_ok(queue_expire(queue, store, &err));
    assert_state(id, JOB_RUNNING);
    sql("UPDATE lease SET expires_at = 1");
    ck_ok(queue_expire(queue, store, &err));
    assert_state(id, JOB_QUEUED);
    assert_reason(id, "worker far was not heard of any more");
    ck_assert_int_eq(report_refused(&grant, grant.sequence), CONFLICT);
    grant_clear(&grant);
    grant = lease(&cpu);
    ck_assert_double_eq(grant.checkpoint.t, 4);
    struct job job;
    ck_ok(job_load(store, id, &job, &err));
    ck_assert_int_eq(job.restarts, 1);
    ck_assert_double_eq(job.done, 4);
    job_clear(&job);
    grant_clear(&grant);
    tear_down();
}

TEST(a_job_that_three_workers_in_a_row_were_lost_with_fails)
{
    set_up();
    int64_t id = submit();
    for (int i = 0; i < QUEUE_LOST_MOST; i++) {
        struct grant grant = lease(&cpu);
        ck_assert_int_eq(grant.job, id);
        ck_ok(queue_worker_lost(queue, store, "near", "has died", &err));
        grant_clear(&grant);
    }
    assert_state(id, JOB_FAILED);
    assert_reason(id, "worker near has died, the 3rd in a row");
    tear_down();
}

TEST(a_job_that_gets_on_between_losses_does_not_fail)
{
    set_up();
    int64_t id = submit();
    for (int i = 0; i < 2 * QUEUE_LOST_MOST; i++) {
        struct grant grant = lease(&cpu);
        (void)report_checkpoint(&grant, 1 + i, CHECKPOINT_ROLLING, "x");
        ck_ok(queue_worker_lost(queue, store, "near", "has died", &err));
        grant_clear(&grant);
    }
    assert_state(id, JOB_QUEUED);
    tear_down();
}

TEST(a_lost_worker_ends_the_cancelling_of_its_job)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    ck_ok(queue_cancel(queue, store, id, &err));
    ck_ok(queue_worker_lost(queue, store, "somebody else", "has died", &err));
    assert_state(id, JOB_CANCELLING);
    ck_ok(queue_worker_lost(queue, store, "near", "has died", &err));
    assert_state(id, JOB_CANCELLED);
    grant_clear(&grant);
    tear_down();
}

TEST(a_daemon_that_starts_anew_takes_local_jobs_back_and_leaves_remote_ones)
{
    set_up();
    int64_t near = submit();
    struct grant grant = lease(&cpu);
    grant_clear(&grant);
    int64_t far = submit();
    grant = lease(&gpu);
    sql("UPDATE lease SET expires_at = 1");
    ck_ok(queue_recover(queue, store, &err));
    ck_ok(queue_expire(queue, store, &err));
    assert_state(near, JOB_QUEUED);
    assert_reason(near, "ended with the daemon");
    assert_state(far, JOB_RUNNING);
    ck_assert_int_eq(report_state(&grant, REPORT_RUNNING, 1), COMMAND_GO);
    grant_clear(&grant);
    tear_down();
}

TEST(a_draining_queue_leases_nothing_and_tells_workers_to_give_back)
{
    int64_t held;
    set_up();
    int64_t id = submit();
    (void)submit();
    struct grant grant = lease(&cpu), other;
    queue_set_draining(queue, true);
    ck_assert_int_eq(queue_lease(queue, store, &gpu, NULL, &other, &err),
                     NOT_FOUND);
    ck_ok(queue_held(store, &held, &err));
    ck_assert_int_eq(held, 1);
    ck_assert_int_eq(report_checkpoint(&grant, 4, CHECKPOINT_ROLLING, "four"),
                     COMMAND_RELEASE);
    (void)report_state(&grant, REPORT_RELEASED, 4);
    ck_ok(queue_held(store, &held, &err));
    ck_assert_int_eq(held, 0);
    assert_state(id, JOB_QUEUED);
    grant_clear(&grant);
    tear_down();
}

TEST(a_waiting_job_knows_its_place_and_guesses_only_from_rates_it_knows)
{
    set_up();
    struct outlook outlook;
    struct job job;
    (void)submit();
    struct grant grant = lease(&cpu);
    (void)submit();
    int64_t last = submit();
    ck_ok(job_load(store, last, &job, &err));
    ck_ok(queue_outlook(store, &job, &outlook, &err));
    ck_assert_int_eq(outlook.place, 2);
    ck_assert_int_eq(outlook.estimated_start, 0);
    struct report report = {.state = REPORT_RUNNING, .t = 20, .rate = 10};
    enum command command;
    ck_ok(queue_report(queue, store, grant.lease, 0, &report, &command, &err));
    ck_ok(queue_outlook(store, &job, &outlook, &err));
    /* 20 s are left of the first and 40 s come next, at 10 s per s */
    ck_assert_int_le(llabs(outlook.estimated_start - clock_now_ms() - 6000),
                     1000);
    job_clear(&job);
    ck_ok(job_load(store, grant.job, &job, &err));
    ck_ok(queue_outlook(store, &job, &outlook, &err));
    ck_assert_int_eq(outlook.place, 0);
    job_clear(&job);
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
 * checkpoint at t = n + 1 s. */
static void
report_until_killed(const char *lease_id, int64_t sequence)
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
                         &err) != OK)
            _exit(2);
    }
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
        pid_t child = fork();
        if (child == 0)
            report_until_killed(grant.lease, taken);
        usleep((useconds_t)(TEST_SLOWNESS * 1000 * (3 + 4 * round)));
        kill(child, SIGKILL);
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFSIGNALED(status));
        ck_ok(store_open(path, &store, &err));
        struct lease now;
        struct metric *rows;
        size_t count;
        ck_ok(lease_load(store, grant.lease, &now, &err));
        ck_assert_int_ge(now.sequence, taken);
        taken = now.sequence;
        ck_ok(metric_list(store, id, 0, 1e6, &rows, &count, &err));
        ck_assert_int_eq((int64_t)count, taken);
        free(rows);
        if (taken > 0) {
            char wanted[32];
            struct bytes data = {0};
            ck_ok(checkpoint_load(store, id, 1000 * taken, &data, &err));
            snprintf(wanted, sizeof wanted, "state %lld",
                     (long long)(taken - 1));
            ck_assert_str_eq((char *)data.data, wanted);
            bytes_free(&data);
        }
        store_close(store);
    }
    ck_assert_int_gt(taken, 0);
    ck_ok(store_open(path, &store, &err));
    grant_clear(&grant);
    tear_down();
}

TEST_MAIN("queue")
