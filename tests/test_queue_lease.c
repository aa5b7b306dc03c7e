/* test_queue_lease.c - which worker gets which job, and what is known of its
 * device. */
#include "queue_testing.h"

#include <sys/wait.h>

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

TEST_MAIN("queue_lease")
