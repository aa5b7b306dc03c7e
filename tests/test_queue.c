/* test_queue.c - the life of a job, and who may change it. */
#include "queue_testing.h"

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

TEST_MAIN("queue")
