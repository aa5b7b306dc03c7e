/* test_queue_guard.c - a disk that gets narrow, and jobs that ended long ago.
 */
#include "queue_testing.h"

static const struct limits none = {0};
static const struct limits narrow = {.min_free = INT64_MAX / 2};

static int64_t
job_done(void)
{
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    ck_assert_int_eq(grant.job, id);
    (void)report_success(&grant);
    grant_clear(&grant);
    return id;
}

static bool
is_there(int64_t id)
{
    struct job job = {0};
    enum status status = job_load(store, id, &job, &err);
    job_clear(&job);
    return status == OK;
}

static void
end_days_ago(int64_t id, int days)
{
    char text[120];
    snprintf(text, sizeof text,
             "UPDATE job SET finished_at = %lld WHERE id = %lld",
             (long long)(clock_now_ms() - days * 86400000LL), (long long)id);
    sql(text);
}

TEST(on_a_narrow_disk_nothing_new_is_taken_and_what_runs_is_given_back)
{
    set_up();
    static struct submission submission;
    int64_t id = submit(), other;
    bool created;
    struct grant grant = lease(&cpu), more;
    ck_ok(queue_guard(queue, store, &narrow, &err));
    ck_assert(queue_is_full(queue));
    ck_ok(preset_spec("vanderPol", &submission.spec, &err));
    strcpy(submission.tags, "{}");
    ck_assert_int_eq(queue_submit(queue, store, &submission, NULL, NULL, &other,
                                  &created, &err),
                     NO_SPACE);
    ck_assert_int_eq(report_state(&grant, REPORT_RUNNING, 1), COMMAND_RELEASE);
    (void)report_state(&grant, REPORT_RELEASED, 1);
    assert_state(id, JOB_QUEUED);
    assert_reason(id, "the disk is nearly full");
    ck_assert_int_eq(queue_lease(queue, store, &cpu, NULL, &more, &err),
                     NOT_FOUND);
    grant_clear(&grant);
    ck_ok(queue_guard(queue, store, &none, &err));
    ck_assert(!queue_is_full(queue));
    grant = lease(&cpu);
    ck_assert_int_eq(grant.job, id);
    grant_clear(&grant);
    tear_down();
}

TEST(a_worker_that_a_full_disk_kept_from_reporting_is_not_lost)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&gpu);
    ck_ok(queue_guard(queue, store, &narrow, &err));
    sql("UPDATE lease SET expires_at = 1");
    ck_ok(queue_expire(queue, store, &err));
    assert_state(id, JOB_RUNNING);
    ck_ok(queue_guard(queue, store, &none, &err));
    ck_ok(queue_expire(queue, store, &err));
    assert_state(id, JOB_RUNNING);
    ck_assert_int_eq(report_state(&grant, REPORT_RUNNING, 1), COMMAND_GO);
    grant_clear(&grant);
    tear_down();
}

TEST(jobs_go_when_they_are_older_than_they_are_kept_and_others_stay)
{
    set_up();
    int64_t old = job_done(), young = job_done(), queued = submit();
    struct limits limits = {.keep_days = 30};
    end_days_ago(old, 31);
    end_days_ago(young, 29);
    ck_ok(queue_guard(queue, store, &none, &err));
    ck_assert(is_there(old));
    for (int i = 0; i < 5; i++)
        ck_ok(queue_guard(queue, store, &limits, &err));
    ck_assert(!is_there(old));
    ck_assert(is_there(young));
    ck_assert(is_there(queued));
    tear_down();
}

TEST(an_old_job_that_others_need_stays_and_the_next_one_goes)
{
    set_up();
    static struct submission submission;
    int64_t needed = job_done(), other = job_done(), taker;
    bool created;
    ck_ok(preset_spec("vanderPol", &submission.spec, &err));
    strcpy(submission.tags, "{}");
    submission.spec.start.job = needed;
    ck_ok(queue_submit(queue, store, &submission, NULL, NULL, &taker, &created,
                       &err));
    end_days_ago(needed, 9);
    end_days_ago(other, 8);
    struct limits limits = {.keep_days = 7};
    for (int i = 0; i < 3; i++)
        ck_ok(queue_guard(queue, store, &limits, &err));
    ck_assert(is_there(needed));
    ck_assert(!is_there(other));
    tear_down();
}

TEST(the_oldest_go_until_the_database_is_small_enough_and_the_file_shrinks)
{
    enum { JOBS = 8, SIZE = 16 << 20 };
    set_up();
    struct space space;
    int64_t ids[JOBS], before = 0;
    char *data = memory_array(SIZE + 1, 1);
    ck_assert_ptr_nonnull(data);
    memset(data, 'x', SIZE);
    for (int i = 0; i < JOBS; i++) {
        ids[i] = submit();
        struct grant grant = lease(&cpu);
        (void)report_checkpoint(&grant, 4, CHECKPOINT_SNAPSHOT, data);
        (void)report_success(&grant);
        grant_clear(&grant);
        end_days_ago(ids[i], JOBS - i);
    }
    free(data);
    ck_ok(space_look(store, &space, &err));
    before = space.size;
    ck_assert_int_gt(before, (int64_t)JOBS * SIZE);
    struct limits limits = {.max_bytes = (int64_t)2 * SIZE + SIZE / 2};
    for (int i = 0; i < 200; i++)
        ck_ok(queue_guard(queue, store, &limits, &err));
    for (int i = 0; i < JOBS; i++)
        ck_assert_int_eq(is_there(ids[i]), i >= JOBS - 2);
    ck_ok(space_look(store, &space, &err));
    ck_assert_int_le(space.size - space.unused, limits.max_bytes);
    ck_assert_int_lt(space.size, before - 2 * SIZE);
    tear_down();
}

TEST(a_job_that_goes_on_by_other_means_says_so_in_its_log)
{
    set_up();
    struct log_line *lines;
    size_t count;
    enum command command;
    int64_t id = submit();
    struct report report = {.state = REPORT_RUNNING,
                            .t = 4,
                            .provenance =
                                "{\"device\":\"one\",\"driver\":\"1.0\"}"};
    struct grant grant = lease(&cpu);
    ck_ok(queue_report(queue, store, grant.lease, 0, &report, &command, &err));
    ck_ok(queue_worker_lost(queue, store, "near", "has died", &err));
    grant_clear(&grant);
    grant = lease(&cpu);
    sql("UPDATE job SET done = 4");
    report.provenance = "{\"device\":\"one\",\"driver\":\"2.0\"}";
    ck_ok(queue_report(queue, store, grant.lease, 0, &report, &command, &err));
    grant_clear(&grant);
    ck_ok(log_list(store, id, 0, 100, false, &lines, &count, &err));
    ck_assert_ptr_nonnull(strstr(lines[count - 1].text,
                                 "driver is 2.0 from here on, and was 1.0"));
    log_list_free(lines, count);
    tear_down();
}

TEST_MAIN("queue_guard")
