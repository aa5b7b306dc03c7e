/* queue_testing.h - a queue on a store of its own, a device near and one far,
 * and what workers say. For the tests of the queue. */
#ifndef FOLLOWD_QUEUE_TESTING_H
#define FOLLOWD_QUEUE_TESTING_H

#include "testing.h"

#include "queue/queue.h"
#include "queue/queue_private.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#define MAYBE_UNUSED __attribute__((unused))

static struct error err = {.text = ""};

#define ck_ok(call) ck_assert_msg((call) == OK, "%s: %s", #call, err.text)

static char path[9000];
static struct store *store;
static struct queue *queue;
static int changes;
static int64_t changed_job;

MAYBE_UNUSED static const struct device cpu = {
    .id = "cpu-0", .type = "cpu", .worker = {.name = "near", .local = true}};
MAYBE_UNUSED static const struct device gpu = {
    .id = "gpu-0", .type = "gpu", .worker = {.name = "far", .local = false}};

MAYBE_UNUSED static void
changed(void *context, int64_t job)
{
    ck_assert_ptr_eq(context, &changes);
    changes++;
    changed_job = job;
}

MAYBE_UNUSED static void
set_up(void)
{
    snprintf(path, sizeof path, "%s/follow.db", test_folder());
    ck_ok(store_open(path, &store, &err));
    queue = queue_new(changed, &changes);
    ck_assert_ptr_nonnull(queue);
}

MAYBE_UNUSED static void
tear_down(void)
{
    queue_free(queue);
    store_close(store);
}

MAYBE_UNUSED static void
sql(const char *text)
{
    sqlite3 *db;
    char *message = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, text, NULL, NULL, &message);
    ck_assert_msg(message == NULL, "%s: %s", text, message);
    sqlite3_close(db);
}

static double submit_duration = 40; /* s */

MAYBE_UNUSED static int64_t
submit_for(const char *device, int priority)
{
    static struct submission submission;
    int64_t id;
    bool created;
    ck_ok(preset_spec("vanderPol", &submission.spec, &err));
    snprintf(submission.spec.compute.device,
             sizeof submission.spec.compute.device, "%s", device);
    strcpy(submission.tags, "{}");
    submission.spec.schedule.duration = submit_duration;
    submission.priority = priority;
    ck_ok(queue_submit(queue, store, &submission, NULL, NULL, &id, &created,
                       &err));
    ck_assert(created);
    return id;
}

MAYBE_UNUSED static int64_t
submit(void)
{
    return submit_for("any", 0);
}

MAYBE_UNUSED static void
assert_state(int64_t id, enum job_state state)
{
    struct job job;
    ck_ok(job_load(store, id, &job, &err));
    ck_assert_str_eq(job_state_name(job.state), job_state_name(state));
    ck_assert(job_state_is_final(state) == (job.finished_at != 0));
    job_clear(&job);
}

MAYBE_UNUSED static void
assert_reason(int64_t id, const char *words)
{
    struct job job;
    ck_ok(job_load(store, id, &job, &err));
    ck_assert_msg(strstr(job.state_reason, words) != NULL, "%s",
                  job.state_reason);
    job_clear(&job);
}

MAYBE_UNUSED static struct grant
lease(const struct device *device)
{
    struct grant grant;
    ck_ok(queue_lease(queue, store, device, NULL, &grant, &err));
    return grant;
}

/* A report of `state` at `t` s that is taken; its answer. */
MAYBE_UNUSED static enum command
report_state(struct grant *grant, enum report_state state, double t)
{
    struct report report = {.state = state, .t = t, .rate = 100};
    enum command command;
    ck_ok(queue_report(queue, store, grant->lease, grant->sequence++, &report,
                       &command, &err));
    return command;
}

/* The whole job is done; its answer. */
MAYBE_UNUSED static enum command
report_success(struct grant *grant)
{
    struct report report = {.state = REPORT_SUCCEEDED, .t = 40};
    enum command command;
    report.checkpoint.present = true;
    report.checkpoint.t = 40;
    report.checkpoint.step = 40000;
    report.checkpoint.kind = CHECKPOINT_FINAL;
    report.checkpoint.data = "final";
    report.checkpoint.size = 5;
    ck_ok(queue_report(queue, store, grant->lease, grant->sequence++, &report,
                       &command, &err));
    return command;
}

MAYBE_UNUSED static enum command
report_checkpoint(struct grant *grant, double t, enum checkpoint_kind kind,
                  const char *data)
{
    struct report report = {.state = REPORT_RUNNING, .t = t, .rate = 100};
    enum command command;
    report.checkpoint.present = true;
    report.checkpoint.t = t;
    report.checkpoint.step = llround(t / SPEC_DT);
    report.checkpoint.kind = kind;
    report.checkpoint.data = data;
    report.checkpoint.size = strlen(data);
    ck_ok(queue_report(queue, store, grant->lease, grant->sequence++, &report,
                       &command, &err));
    return command;
}

MAYBE_UNUSED static enum status
report_refused(struct grant *grant, int64_t sequence)
{
    struct report report = {.state = REPORT_RUNNING, .t = 1};
    enum command command;
    return queue_report(queue, store, grant->lease, sequence, &report, &command,
                        &err);
}

#endif
