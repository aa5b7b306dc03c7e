/* test_queue_sources.c - jobs that take from others, and from uploads. */
#include "testing.h"

#include "queue/queue.h"

#include <string.h>

static struct error err = {.text = ""};

#define ck_ok(call) ck_assert_msg((call) == OK, "%s: %s", #call, err.text)

static char path[9000];
static struct store *store;
static struct queue *queue;
static struct submission submission;

static const struct device cpu = {
    .id = "cpu-0", .type = "cpu", .worker = {.name = "near", .local = true}};

/* What is submitted next is the published job, and as the test changes it. */
static struct spec *
next(void)
{
    memset(&submission, 0, sizeof submission);
    ck_ok(preset_spec("vanderPol", &submission.spec, &err));
    strcpy(submission.tags, "{}");
    return &submission.spec;
}

static void
set_up(void)
{
    snprintf(path, sizeof path, "%s/follow.db", test_folder());
    ck_ok(store_open(path, &store, &err));
    queue = queue_new(NULL, NULL);
    ck_assert_ptr_nonnull(queue);
    next();
}

static void
tear_down(void)
{
    queue_free(queue);
    store_close(store);
}

static enum status
try_to_submit(int64_t *id)
{
    bool created;
    return queue_submit(queue, store, &submission, NULL, NULL, id, &created,
                        &err);
}

static int64_t
submit(void)
{
    int64_t id;
    ck_ok(try_to_submit(&id));
    return id;
}

/* Submits, and lets a worker do it. */
static int64_t
done(void)
{
    struct grant grant;
    struct report report = {.state = REPORT_SUCCEEDED,
                            .t = 40,
                            .checkpoint = {.present = true,
                                           .t = 40,
                                           .step = 40000,
                                           .kind = CHECKPOINT_FINAL,
                                           .data = "final",
                                           .size = 5}};
    enum command command;
    int64_t id = submit();
    ck_ok(queue_lease(queue, store, &cpu, NULL, &grant, &err));
    ck_assert_int_eq(grant.job, id);
    ck_ok(queue_report(queue, store, grant.lease, grant.sequence, &report,
                       &command, &err));
    grant_clear(&grant);
    return id;
}

static enum status
job_delete(int64_t id)
{
    return queue_delete(queue, store, id, &err);
}

static int64_t
parent_of(int64_t id)
{
    struct job job;
    ck_ok(job_load(store, id, &job, &err));
    int64_t parent = job.parent;
    job_clear(&job);
    return parent;
}

TEST(a_job_that_goes_on_from_another_is_its_child)
{
    set_up();
    int64_t parent = done();
    next()->start.job = parent;
    int64_t child = done();
    ck_assert_int_eq(parent_of(child), parent);
    ck_assert_int_eq(parent_of(parent), 0);
    ck_ok(job_delete(parent));
    ck_assert_int_eq(parent_of(child), 0);
    tear_down();
}

TEST(a_job_stays_until_those_that_take_from_it_are_over)
{
    set_up();
    int64_t source = done();
    next()->start.job = source;
    int64_t starts = submit();
    next()->reference.job = source;
    int64_t imitates = submit();
    ck_assert_int_eq(job_delete(source), CONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "2 (queued), 3 (queued)"));
    ck_ok(queue_cancel(queue, store, starts, &err));
    ck_assert_int_eq(job_delete(source), CONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "1 job that takes from it: 3"));
    ck_ok(queue_cancel(queue, store, imitates, &err));
    ck_ok(job_delete(source));
    tear_down();
}

TEST(a_job_stays_while_weights_of_its_line_are_made_anew_from_seeds)
{
    set_up();
    struct spec *spec = next();
    spec->weights.init = WEIGHTS_RANDOM;
    int64_t first = done();
    next()->start.job = first;
    int64_t second = done();
    next()->start.job = second;
    int64_t third = done();
    ck_assert_int_eq(job_delete(first), CONFLICT);
    ck_assert_int_eq(job_delete(second), CONFLICT);
    ck_ok(job_delete(third));
    ck_ok(job_delete(second));
    ck_ok(job_delete(first));
    tear_down();
}

TEST(a_job_stays_while_another_has_its_weights_shuffled)
{
    set_up();
    int64_t source = done();
    struct spec *spec = next();
    spec->start.job = source;
    spec->weights.init = WEIGHTS_SHUFFLED;
    int64_t shuffled = done();
    ck_assert_int_eq(job_delete(source), CONFLICT);
    ck_ok(job_delete(shuffled));
    ck_ok(job_delete(source));
    tear_down();
}

TEST(a_job_whose_source_went_meanwhile_is_not_taken)
{
    set_up();
    int64_t source = done(), id;
    ck_ok(job_delete(source));
    next()->start.job = source;
    ck_assert_int_eq(try_to_submit(&id), CONFLICT);
    strcpy(next()->input.array, "0123");
    ck_assert_int_eq(try_to_submit(&id), CONFLICT);
    tear_down();
}

TEST(an_upload_stays_as_long_as_a_job_takes_it)
{
    struct upload *upload;
    char sha256[SHA256_HEX_SIZE];
    bool created;
    set_up();
    ck_ok(upload_open(store, &upload, &err));
    ck_ok(upload_append(upload, "npz", 3, &err));
    ck_ok(queue_keep_array(store, upload, "[]", sha256, &created, &err));
    upload_close(upload);
    strcpy(next()->network.arrays, sha256);
    int64_t id = done();
    ck_assert_int_eq(queue_drop_array(store, sha256, &err), CONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "[1]"));
    ck_ok(job_delete(id));
    ck_ok(queue_drop_array(store, sha256, &err));
    ck_assert_int_eq(queue_drop_array(store, sha256, &err), NOT_FOUND);
    tear_down();
}

TEST_MAIN("queue_sources")
