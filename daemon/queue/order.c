/* order.c - whose turn it is, and what comes after what. */
#include "queue/queue_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who shares turns: everything of one user (the tag of that name), else one
 * sweep, else what has the same tags. */
static enum status
share_of(const struct job *job, char **out, struct error *err)
{
    json_t *tags = json_loads(job->tags, 0, NULL);
    const char *user = json_string_value(json_object_get(tags, "user"));
    int length;
    if (user != NULL)
        length = asprintf(out, "user %s", user);
    else if (job->sweep != 0)
        length = asprintf(out, "sweep %lld", (long long)job->sweep);
    else
        length = asprintf(out, "tags %s", job->tags);
    json_decref(tags);
    if (length < 0)
        return error_set(err, NO_MEMORY, "no memory for a job's turn");
    return OK;
}

enum status
order_take(struct store *store, const struct job *job, struct error *err)
{
    char *share;
    enum status status = share_of(job, &share, err);
    if (status != OK)
        return status;
    status = job_turn(store, job->id, share, err);
    free(share);
    return status;
}

enum status
order_after(struct store *store, int64_t id,
            const struct submission *submission, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < submission->after_count && status == OK; i++) {
        struct job earlier = {0};
        int64_t number = submission->after[i].job;
        status = job_load(store, number, &earlier, err);
        job_clear(&earlier);
        if (status == NOT_FOUND)
            return error_set(err, CONFLICT, "job %lld is gone meanwhile",
                             (long long)number);
        if (status == OK)
            status = job_after_add(store, id, number,
                                   submission->after[i].any_end, err);
    }
    return status;
}

/* In a transaction. NOT_FOUND: no (more) job waits in vain. */
static enum status
bereft_cancel(struct store *store, int64_t *id, struct error *err)
{
    struct job job;
    struct earlier ended;
    char reason[80];
    enum status status = job_bereft(store, id, &ended, err);
    if (status == OK)
        status = job_load(store, *id, &job, err);
    if (status != OK)
        return status;
    snprintf(reason, sizeof reason, "it was to come after job %lld, which %s",
             (long long)ended.job,
             ended.state == JOB_CANCELLED  ? "was cancelled"
             : ended.state == JOB_DIVERGED ? "diverged"
                                           : "failed");
    status = job_happens(store, &job, EVENT_BEREFT, reason, err);
    if (status == OK)
        status = job_save(store, &job, err);
    job_clear(&job);
    return status;
}

/* A chain of them ends one by one, each in a transaction of its own. */
enum status
order_settle(struct queue *queue, struct store *store, struct error *err)
{
    int64_t id;
    struct earlier ended;
    enum status status = job_bereft(store, &id, &ended, err);
    while (status == OK) {
        status = store_begin(store, err);
        if (status != OK)
            return status;
        status = bereft_cancel(store, &id, err);
        if (status == OK)
            status = store_commit(store, err);
        else
            store_rollback(store);
        if (status == OK)
            queue_notify(queue, id);
    }
    return status == NOT_FOUND ? OK : status;
}

/* A guess needs the rate of every job that runs: it says when the first of them
 * ends, and how fast those that wait before this one will pass. */
enum status
queue_outlook(struct store *store, const struct job *job,
              struct outlook *outlook, struct error *err)
{
    double ahead;
    struct job_pace pace;
    memset(outlook, 0, sizeof *outlook);
    if (job->state != JOB_QUEUED)
        return OK;
    enum status status =
        job_position(store, job->id, &outlook->place, &ahead, err);
    if (status == OK)
        status = job_pace(store, &pace, err);
    if (status != OK || outlook->place == 0 || pace.running == 0 ||
        pace.known < pace.running)
        return status;
    double wait = pace.first_end + ahead / pace.rate;
    outlook->estimated_start = clock_now_ms() + llround(1000.0 * wait);
    return OK;
}
