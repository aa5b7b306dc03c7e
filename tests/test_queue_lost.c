/* test_queue_lost.c - workers that are heard of no more, and a daemon that
 * stops. */
#include "queue_testing.h"

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

TEST_MAIN("queue_lost")
