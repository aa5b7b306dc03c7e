/* test_queue_order.c - whose turn it is, and what comes after what. */
#include "queue_testing.h"

/* A job with these tags, to be done after another one (or 0). */
static int64_t
submit_tagged(const char *tags, int priority, int64_t after, bool any_end)
{
    static struct submission submission;
    int64_t id;
    bool created;
    ck_ok(preset_spec("vanderPol", &submission.spec, &err));
    submission.spec.schedule.duration = 40;
    submission.priority = priority;
    snprintf(submission.tags, sizeof submission.tags, "%s", tags);
    submission.after_count = after != 0;
    submission.after[0].job = after;
    submission.after[0].any_end = any_end;
    ck_ok(queue_submit(queue, store, &submission, NULL, NULL, &id, &created,
                       &err));
    return id;
}

static int64_t
submit_after(int64_t after, bool any_end)
{
    return submit_tagged("{}", 0, after, any_end);
}

/* The job that is leased next, done at once. */
static int64_t
next_done(void)
{
    struct grant grant = lease(&cpu);
    int64_t id = grant.job;
    (void)report_success(&grant);
    grant_clear(&grant);
    return id;
}

static void
assert_nothing_to_do(void)
{
    struct grant grant;
    ck_assert_int_eq(queue_lease(queue, store, &cpu, NULL, &grant, &err),
                     NOT_FOUND);
}

static int64_t
place_of(int64_t id)
{
    struct outlook outlook;
    struct job job;
    ck_ok(job_load(store, id, &job, &err));
    ck_ok(queue_outlook(store, &job, &outlook, &err));
    job_clear(&job);
    return outlook.place;
}

static void
fail(const struct device *device)
{
    struct grant grant = lease(device);
    (void)report_state(&grant, REPORT_FAILED, 1);
    grant_clear(&grant);
}

TEST(who_comes_with_one_job_waits_for_one_of_those_who_came_with_a_hundred)
{
    int64_t many[100];
    set_up();
    for (int i = 0; i < 100; i++)
        many[i] = submit_tagged("{\"user\":\"a\",\"run\":\"1\"}", 0, 0, false);
    ck_assert_int_eq(next_done(), many[0]);
    int64_t one = submit_tagged("{\"user\":\"b\"}", 0, 0, false);
    int64_t two = submit_tagged("{\"user\":\"b\"}", 0, 0, false);
    ck_assert_int_le(place_of(one), 2);
    ck_assert_int_le(place_of(two), 4);
    ck_assert_int_eq(place_of(many[99]), 101);
    for (int64_t place = place_of(two); place > 1; place--)
        (void)next_done();
    ck_assert_int_eq(next_done(), two);
    assert_state(one, JOB_SUCCEEDED);
    tear_down();
}

TEST(two_shares_alternate_however_many_jobs_each_has_and_whoever_came_first)
{
    int64_t turns[2] = {0, 0};
    set_up();
    for (int i = 0; i < 30; i++)
        (void)submit_tagged("{\"user\":\"a\"}", 0, 0, false); /* 1 to 30 */
    for (int i = 0; i < 15; i++)
        (void)next_done();
    for (int i = 0; i < 15; i++)
        (void)submit_tagged("{\"user\":\"b\"}", 0, 0, false); /* 31 to 45 */
    for (int i = 0; i < 30; i++) {
        turns[next_done() > 30]++;
        ck_assert_int_le(llabs(turns[0] - turns[1]), 2);
    }
    tear_down();
}

TEST(a_share_that_waited_for_long_does_not_pay_for_what_it_ran_before)
{
    set_up();
    for (int i = 0; i < 50; i++)
        (void)submit_tagged("{\"user\":\"a\"}", 0, 0, false);
    for (int i = 0; i < 50; i++)
        (void)next_done();
    int64_t other = submit_tagged("{\"user\":\"b\"}", 0, 0, false);
    for (int i = 0; i < 10; i++)
        (void)submit_tagged("{\"user\":\"b\"}", 0, 0, false);
    int64_t again = submit_tagged("{\"user\":\"a\"}", 0, 0, false);
    ck_assert_int_eq(place_of(other), 1);
    ck_assert_int_eq(place_of(again), 2);
    tear_down();
}

TEST(a_higher_priority_goes_before_any_turn)
{
    set_up();
    int64_t usual = submit_tagged("{\"user\":\"a\"}", 0, 0, false);
    for (int i = 0; i < 3; i++)
        (void)submit_tagged("{\"user\":\"b\"}", 5, 0, false);
    ck_assert_int_eq(place_of(usual), 4);
    int urgent = 9;
    struct change change = {.priority = &urgent};
    ck_ok(queue_change(queue, store, usual, 0, &change, &err));
    ck_assert_int_eq(place_of(usual), 1);
    tear_down();
}

TEST(a_place_is_that_of_this_moment_whoever_has_changed_the_queue)
{
    set_up();
    struct store *own = store, *other;
    ck_ok(store_open(path, &other, &err));
    int64_t id = submit();
    store = other;
    ck_assert_int_eq(place_of(id), 1);
    store = own;
    ck_assert_int_eq(place_of(id), 1);
    (void)submit_for("any", 9);
    ck_assert_int_eq(place_of(id), 2);
    store = other;
    ck_assert_int_eq(place_of(id), 2);
    store_close(other);
    store = own;
    tear_down();
}

TEST(a_note_does_not_cost_a_job_its_turn)
{
    set_up();
    int64_t first = submit(), second = submit();
    struct change change = {.note = "so good"};
    ck_ok(queue_change(queue, store, first, 0, &change, &err));
    ck_assert_int_eq(next_done(), first);
    ck_assert_int_eq(next_done(), second);
    tear_down();
}

TEST(a_job_comes_after_the_success_of_another)
{
    set_up();
    int64_t first = submit();
    int64_t second = submit_after(first, false);
    struct grant grant = lease(&cpu);
    ck_assert_int_eq(grant.job, first);
    assert_nothing_to_do();
    ck_assert_int_eq(place_of(second), 0);
    (void)report_success(&grant);
    grant_clear(&grant);
    ck_assert_int_eq(place_of(second), 1);
    ck_assert_int_eq(next_done(), second);
    tear_down();
}

TEST(a_chain_is_cancelled_when_its_first_job_fails_and_says_why)
{
    set_up();
    int64_t first = submit();
    int64_t second = submit_after(first, false);
    int64_t third = submit_after(second, false);
    ck_ok(queue_pause(queue, store, third, &err));
    fail(&cpu);
    assert_nothing_to_do();
    ck_ok(queue_expire(queue, store, &err));
    assert_state(second, JOB_CANCELLED);
    assert_reason(second, "it was to come after job 1, which failed");
    assert_state(third, JOB_CANCELLED);
    assert_reason(third, "it was to come after job 2, which was cancelled");
    tear_down();
}

TEST(a_job_may_come_after_any_end_of_another)
{
    set_up();
    int64_t first = submit();
    int64_t second = submit_after(first, true);
    fail(&cpu);
    ck_ok(queue_expire(queue, store, &err));
    ck_assert_int_eq(next_done(), second);
    tear_down();
}

TEST(a_job_that_is_tried_again_is_waited_for_again)
{
    set_up();
    int64_t first = submit();
    int64_t second = submit_after(first, true);
    fail(&cpu);
    ck_ok(queue_retry(queue, store, first, &err));
    ck_assert_int_eq(next_done(), first);
    ck_assert_int_eq(next_done(), second);
    tear_down();
}

TEST(what_is_gone_is_not_waited_for)
{
    set_up();
    int64_t first = submit();
    ck_ok(queue_cancel(queue, store, first, &err));
    int64_t second = submit_after(first, true);
    ck_ok(queue_delete(queue, store, first, &err));
    ck_assert_int_eq(next_done(), second);
    tear_down();
}

TEST(every_change_of_state_is_in_the_log_as_data_and_they_join)
{
    static const char *const wanted[][3] = {
        {"submit", "", "queued"},
        {"lease", "queued", "running"},
        {"pause", "running", "pausing"},
        {"released", "pausing", "paused"},
        {"resume", "paused", "queued"},
        {"lease", "queued", "running"},
        {"lost", "running", "queued"},
        {"lease", "queued", "running"},
        {"succeeded", "running", "succeeded"},
    };
    set_up();
    struct log_line *lines;
    size_t count;
    int64_t id = submit();
    struct grant grant = lease(&cpu);
    ck_ok(queue_pause(queue, store, id, &err));
    (void)report_state(&grant, REPORT_RELEASED, 0);
    grant_clear(&grant);
    ck_ok(queue_resume(queue, store, id, &err));
    grant = lease(&cpu);
    ck_ok(queue_worker_lost(queue, store, "near", "has died", &err));
    grant_clear(&grant);
    (void)next_done();
    ck_ok(log_list(store, id, 0, 100, true, &lines, &count, &err));
    ck_assert_uint_eq(count, ARRAY_LENGTH(wanted));
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(lines[i].event, wanted[i][0]);
        ck_assert_str_eq(lines[i].from, wanted[i][1]);
        ck_assert_str_eq(lines[i].to, wanted[i][2]);
        ck_assert_int_gt(lines[i].at, 0);
        ck_assert(i == 0 || lines[i].at >= lines[i - 1].at);
    }
    log_list_free(lines, count);
    tear_down();
}

TEST_MAIN("queue_order")
