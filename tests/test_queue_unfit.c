/* test_queue_unfit.c - jobs that a device has no memory for. */
#include "queue_testing.h"

static const char trouble[] = "clCreateBuffer: no device memory";
static int64_t now_ms = 1000000;

int64_t __wrap_clock_now_ms(void);

int64_t
__wrap_clock_now_ms(void)
{
    return now_ms;
}

static bool
has_work(const struct device *device)
{
    struct grant grant;
    enum status status = queue_lease(queue, store, device, NULL, &grant, &err);
    if (status == NOT_FOUND)
        return false;
    ck_ok(status);
    grant_clear(&grant);
    return true;
}

/* The device takes the job in front, which must be `id`, and gives it back. */
static void
give_back(const struct device *device, int64_t id, enum fitness fits)
{
    struct report report = {
        .state = REPORT_RELEASED, .reason = trouble, .fits = fits};
    struct grant grant = lease(device);
    enum command command;
    ck_assert_int_eq(grant.job, id);
    ck_ok(queue_report(queue, store, grant.lease, grant.sequence, &report,
                       &command, &err));
    grant_clear(&grant);
}

TEST(a_job_without_memory_waits_longer_each_time_and_says_why)
{
    set_up();
    int64_t id = submit(), waits[] = {1000, 2000, 4000, 8000};
    for (size_t i = 0; i < ARRAY_LENGTH(waits); i++) {
        give_back(&gpu, id, FITS_LATER);
        assert_state(id, JOB_QUEUED);
        assert_reason(id, trouble);
        assert_reason(id, "no memory for it now");
        now_ms += waits[i] - 1;
        ck_ok(queue_expire(queue, store, &err));
        ck_assert(!has_work(&gpu));
        now_ms++;
        changes = 0;
        ck_ok(queue_expire(queue, store, &err));
        ck_assert_int_eq(changes, 1); /* who waits hears of it... */
        ck_assert_int_eq(changed_job, id);
        ck_ok(queue_expire(queue, store, &err));
        ck_assert_int_eq(changes, 1); /* ...once */
    }
    struct grant grant = lease(&gpu);
    report_checkpoint(&grant, 4, CHECKPOINT_ROLLING, "state");
    report_state(&grant, REPORT_RELEASED, 4);
    grant_clear(&grant);
    give_back(&gpu, id, FITS_LATER); /* it got on: all begins anew */
    now_ms += 1000;
    ck_assert(has_work(&gpu));
    tear_down();
}

TEST(a_job_without_memory_waits_five_minutes_at_most)
{
    set_up();
    int64_t id = submit();
    for (int i = 0; i < 100; i++) {
        give_back(&gpu, id, FITS_LATER);
        now_ms += 300000;
    }
    ck_assert(has_work(&gpu));
    tear_down();
}

TEST(others_pass_a_job_without_memory_and_other_devices_take_it)
{
    set_up();
    int64_t id = submit(), next = submit();
    give_back(&gpu, id, FITS_LATER);
    struct grant grant = lease(&gpu);
    ck_assert_int_eq(grant.job, next);
    grant_clear(&grant);
    grant = lease(&cpu);
    ck_assert_int_eq(grant.job, id);
    grant_clear(&grant);
    tear_down();
}

TEST(a_job_that_never_fits_a_device_waits_for_one_that_serves)
{
    set_up();
    ck_assert(!has_work(&cpu));
    int64_t id = submit();
    give_back(&gpu, id, FITS_NEVER);
    assert_state(id, JOB_QUEUED);
    assert_reason(id, "waits for another device");
    now_ms += (int64_t)86400000;
    ck_assert(!has_work(&gpu));
    struct grant grant = lease(&cpu);
    ck_assert_int_eq(grant.job, id);
    grant_clear(&grant);
    tear_down();
}

TEST(a_job_that_fits_no_device_that_serves_fails_and_may_be_tried_again)
{
    set_up();
    ck_assert(!has_work(&cpu));
    now_ms += 120001; /* cpu was not seen since */
    int64_t id = submit();
    give_back(&gpu, id, FITS_NEVER);
    assert_state(id, JOB_FAILED);
    assert_reason(id, "nor any other device that serves");
    assert_reason(id, trouble);
    ck_ok(queue_retry(queue, store, id, &err));
    ck_assert(has_work(&gpu));
    tear_down();
}

TEST(a_job_that_asks_for_one_device_and_does_not_fit_it_fails)
{
    set_up();
    ck_assert(!has_work(&cpu));
    int64_t id = submit_for("gpu-0", 0);
    give_back(&gpu, id, FITS_NEVER);
    assert_state(id, JOB_FAILED);
    tear_down();
}

TEST(a_job_that_is_to_stop_and_does_not_fit_is_stopped)
{
    set_up();
    int64_t id = submit();
    struct grant grant = lease(&gpu);
    struct report report = {
        .state = REPORT_RELEASED, .reason = trouble, .fits = FITS_LATER};
    enum command command;
    ck_ok(queue_pause(queue, store, id, &err));
    ck_ok(queue_report(queue, store, grant.lease, grant.sequence, &report,
                       &command, &err));
    grant_clear(&grant);
    assert_state(id, JOB_PAUSED);
    ck_ok(queue_resume(queue, store, id, &err));
    ck_assert(has_work(&gpu)); /* at once: the user asks */
    tear_down();
}

TEST_MAIN("queue_unfit")
