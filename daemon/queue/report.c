/* report.c - what a worker tells becomes rows, all of it or nothing. */
#include "queue/queue_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROLLING_KEPT 2 /* the one before is there if the newest is damaged */

static const char *const states[REPORT_STATES] = {
    [REPORT_RUNNING] = "running",     [REPORT_SUCCEEDED] = "succeeded",
    [REPORT_FAILED] = "failed",       [REPORT_DIVERGED] = "diverged",
    [REPORT_CANCELLED] = "cancelled", [REPORT_RELEASED] = "released",
};

static const enum event events[REPORT_STATES] = {
    [REPORT_RUNNING] = EVENT_PROGRESS,  [REPORT_SUCCEEDED] = EVENT_SUCCEEDED,
    [REPORT_FAILED] = EVENT_FAILED,     [REPORT_DIVERGED] = EVENT_DIVERGED,
    [REPORT_CANCELLED] = EVENT_STOPPED, [REPORT_RELEASED] = EVENT_RELEASED,
};

static const char *const commands[] = {
    [COMMAND_GO] = "go",
    [COMMAND_CANCEL] = "cancel",
    [COMMAND_PAUSE] = "pause",
    [COMMAND_RELEASE] = "release",
};

bool
report_state_parse(const char *name, enum report_state *out)
{
    for (int i = 0; i < REPORT_STATES; i++)
        if (strcmp(states[i], name) == 0) {
            *out = (enum report_state)i;
            return true;
        }
    return false;
}

const char *
command_name(enum command command)
{
    return commands[command];
}

static enum command
command_parse(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        if (strcmp(commands[i], name) == 0)
            return (enum command)i;
    return COMMAND_GO;
}

/* What the worker is to do, now that the job is in this state. */
static enum command
command_for(struct queue *queue, enum job_state state)
{
    switch (state) {
    case JOB_CANCELLING:
        return COMMAND_CANCEL;
    case JOB_PAUSING:
        return COMMAND_PAUSE;
    case JOB_RUNNING:
        return atomic_load(&queue->draining) || queue_is_full(queue)
                   ? COMMAND_RELEASE
                   : COMMAND_GO;
    default:
        return COMMAND_GO; /* it has ended here: nothing is left to be done */
    }
}

static enum status
check_object(const char *text, struct error *err)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_is_object(json);
    json_decref(json);
    return good ? OK : error_set(err, INVALID, "provenance is no JSON object");
}

static bool
checkpoint_is_good(const struct report *report, const struct spec *spec)
{
    double step = spec_step_length(spec);
    return report->checkpoint.step >= 0 && report->checkpoint.size > 0 &&
           report->checkpoint.step <= spec_steps(spec) &&
           fabs((double)report->checkpoint.step * step - report->checkpoint.t) <
               step / 2;
}

/* Whether a report makes sense for this job. */
static enum status
report_check(const struct report *report, const struct job *job,
             const struct spec *spec, struct error *err)
{
    double step = spec_step_length(spec);
    if (!(report->t >= 0 && report->t <= job->total + step))
        return error_set(err, INVALID, "a report at t = %g of %g", report->t,
                         job->total);
    if (report->checkpoint.present && !checkpoint_is_good(report, spec))
        return error_set(err, INVALID, "a checkpoint at t = %g, step %lld",
                         report->checkpoint.t,
                         (long long)report->checkpoint.step);
    enum status status = record_check(report, spec, err);
    if (status != OK)
        return status;
    if (report->state == REPORT_SUCCEEDED &&
        !(report->t > job->total - step / 2))
        return error_set(err, INVALID, "succeeded at t = %g of %g", report->t,
                         job->total);
    return report->provenance != NULL ? check_object(report->provenance, err)
                                      : OK;
}

static enum status
save_checkpoint(struct store *store, const struct report *report,
                struct job *job, struct error *err)
{
    if (!report->checkpoint.present)
        return OK;
    struct checkpoint checkpoint = {.job = job->id,
                                    .step = report->checkpoint.step,
                                    .t = report->checkpoint.t,
                                    .kind = report->checkpoint.kind};
    enum status status =
        checkpoint_save(store, &checkpoint, report->checkpoint.data,
                        report->checkpoint.size, err);
    job->lost = 0; /* it gets on: workers lost before were not its fault */
    if (status == OK)
        status = unfit_forget(store, job->id, false, err);
    if (status == OK)
        status = checkpoint_prune(
            store, job->id,
            report->checkpoint.kind == CHECKPOINT_FINAL ? 0 : ROLLING_KEPT,
            err);
    return status;
}

static enum status
save_results(struct store *store, const struct report *report, struct job *job,
             const struct spec *spec, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < report->log_count && status == OK; i++)
        status = job_note(store, job->id, err, "%s", report->log[i]);
    if (status == OK)
        status = record_save(store, report, job->id, spec, err);
    if (status == OK && report->network != NULL)
        status = network_save(store, job->network, report->network,
                              report->network_size, err);
    if (status == OK)
        status = save_checkpoint(store, report, job, err);
    return status;
}

/* The same job goes on by other means: its bits are only as good as the first
 * part's and the second's together. */
static enum status
note_provenance(struct store *store, const struct job *job,
                const char *provenance, struct error *err)
{
    enum status status = OK;
    const char *key;
    json_t *value, *before = json_loads(job->provenance, 0, NULL);
    json_t *now = json_loads(provenance, 0, NULL);
    json_object_foreach(now, key, value)
    {
        json_t *old = json_object_get(before, key);
        if (status == OK && !json_equal(old, value))
            status = job_note(
                store, job->id, err,
                "%s is %s from here on, and was %s: what follows need not be "
                "what it would have been, bit for bit",
                key, json_is_string(value) ? json_string_value(value) : "other",
                json_is_string(old) ? json_string_value(old) : "other");
    }
    json_decref(before);
    json_decref(now);
    return status;
}

static enum status
save_provenance(struct store *store, const char *provenance, struct job *job,
                struct error *err)
{
    if (provenance == NULL ||
        (job->provenance != NULL && strcmp(job->provenance, provenance) == 0))
        return OK;
    enum status status = OK;
    if (job->provenance != NULL && job->done > 0)
        status = note_provenance(store, job, provenance, err);
    free(job->provenance);
    job->provenance = strdup(provenance);
    if (job->provenance == NULL)
        return error_set(err, NO_MEMORY, "no memory for a report");
    return status;
}

static const char *
reason_of(const struct queue *queue, const struct report *report)
{
    if (report->reason == NULL && report->state == REPORT_RELEASED &&
        queue_is_full(queue))
        return "the disk is nearly full";
    return report->reason;
}

static enum status
save_state(const struct queue *queue, struct store *store,
           const struct lease *lease, const struct report *report,
           struct job *job, struct error *err)
{
    struct release release = {.event = events[report->state],
                              .why = reason_of(queue, report)};
    if (report->state != REPORT_RELEASED || report->fits == FITS)
        return job_happens(store, job, release.event, release.why, err);
    if (release.why == NULL)
        release.why = "no memory";
    enum status status = unfit_tell(store, lease, report->fits, &release, err);
    return status == OK
               ? job_happens(store, job, release.event, release.reason, err)
               : status;
}

static enum status
save_job(const struct queue *queue, struct store *store,
         const struct lease *lease, const struct report *report,
         struct job *job, struct error *err)
{
    enum status status = save_provenance(store, report->provenance, job, err);
    job->done = fmin(report->t, job->total);
    job->rate = isfinite(report->rate) && report->rate > 0 ? report->rate : 0;
    if (status == OK)
        status = save_state(queue, store, lease, report, job, err);
    return status == OK ? job_save(store, job, err) : status;
}

static enum status
lease_extend(struct store *store, struct lease *lease, enum job_state state,
             enum command command, struct error *err)
{
    int64_t now = clock_now_ms();
    bool held =
        state == JOB_RUNNING || state == JOB_PAUSING || state == JOB_CANCELLING;
    lease->sequence++;
    lease->expires_at = now + (int64_t)(1000 * QUEUE_LEASE_S);
    lease->ended_at = held ? 0 : now;
    snprintf(lease->answer, sizeof lease->answer, "%s", commands[command]);
    enum status status = lease_save(store, lease, err);
    if (status == OK)
        status = device_touch(store, lease->host, lease->device, now, err);
    return status;
}

/* Who asks for the weights of a job that succeeded shall get them. */
static enum status
check_final(struct store *store, const struct job *job, struct error *err)
{
    struct checkpoint last;
    if (job->state != JOB_SUCCEEDED)
        return OK;
    enum status status = checkpoint_find(store, job->id, INT64_MAX, &last, err);
    if (status == NOT_FOUND || (status == OK && last.kind != CHECKPOINT_FINAL))
        return error_set(err, INVALID,
                         "job %lld succeeded without a final checkpoint",
                         (long long)job->id);
    return status;
}

/* In a transaction. */
static enum status
report_apply(struct queue *queue, struct store *store, struct lease *lease,
             const struct report *report, enum command *command,
             struct error *err)
{
    struct job job;
    struct spec spec;
    enum status status = job_load(store, lease->job, &job, err);
    if (status != OK)
        return status;
    status = spec_from_text(job.spec, &spec, err);
    if (status == OK)
        status = report_check(report, &job, &spec, err);
    if (status == OK)
        status = save_results(store, report, &job, &spec, err);
    if (status == OK)
        status = save_job(queue, store, lease, report, &job, err);
    if (status == OK)
        status = check_final(store, &job, err);
    *command = command_for(queue, job.state);
    if (status == OK)
        status = lease_extend(store, lease, job.state, *command, err);
    job_clear(&job);
    return status;
}

/* OK with `*again` when this report was applied before. */
static enum status
lease_check(struct store *store, const char *id, int64_t sequence,
            struct lease *lease, bool *again, struct error *err)
{
    enum status status = lease_load(store, id, lease, err);
    *again = false;
    if (status == NOT_FOUND)
        return error_set(err, CONFLICT, "this lease is not yours any more");
    if (status != OK)
        return status;
    if (sequence >= 0 && sequence == lease->sequence - 1) {
        *again = true;
        return OK;
    }
    if (!lease->active)
        return error_set(err, CONFLICT, "this lease is not yours any more");
    if (sequence != lease->sequence)
        return error_set(err, CONFLICT, "report %lld came, %lld was to come",
                         (long long)sequence, (long long)lease->sequence);
    return OK;
}

static enum status
report_once(struct queue *queue, struct store *store, const char *id,
            int64_t sequence, const struct report *report, struct lease *lease,
            bool *again, enum command *command, struct error *err)
{
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = lease_check(store, id, sequence, lease, again, err);
    if (status == OK && *again)
        *command = command_parse(lease->answer);
    else if (status == OK)
        status = report_apply(queue, store, lease, report, command, err);
    if (status == OK && !*again)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}

enum status
queue_report(struct queue *queue, struct store *store, const char *id,
             int64_t sequence, const struct report *report,
             enum command *command, struct error *err)
{
    struct lease lease;
    bool again = false;
    enum status status = report_once(queue, store, id, sequence, report, &lease,
                                     &again, command, err);
    /* Cancelling ends on a full disk, too. */
    if (status == NO_SPACE && report->state == REPORT_CANCELLED &&
        ballast_drop(store))
        status = report_once(queue, store, id, sequence, report, &lease, &again,
                             command, err);
    if (status == OK && !again)
        queue_notify(queue, lease.job);
    return status;
}
