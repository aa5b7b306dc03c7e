/* states.c - the life of a job, as one table.
 *
 *              lease             released, lost: goes on from its checkpoint
 *   [queued] ---------> [running] ---------> [queued]
 *      |  ^                | |  \
 *  pause  resume      pause| |   `-- succeeded, failed, diverged: the end
 *      v  |                v |cancel
 *   [paused] <--------- [pausing]`-> [cancelling] ---> [cancelled]
 *
 * A worker learns of pausing and cancelling in the answer to its next report,
 * so a job may well succeed in between. Nothing follows upon succeeded and
 * diverged: the same job would give the same bits again. */
#include "queue/queue_private.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
#define QUE JOB_QUEUED
#define RUN JOB_RUNNING
#define PAI JOB_PAUSING
#define PAU JOB_PAUSED
#define CAI JOB_CANCELLING
#define CAN JOB_CANCELLED
#define SUC JOB_SUCCEEDED
#define FAI JOB_FAILED
#define DIV JOB_DIVERGED
#define ___ JOB_STATES /* forbidden */

static const unsigned char table[JOB_STATES][EVENTS] = {
    /*                   lease      resume     progress   diverged   lost
     *                   |    cancel|    retry |    succeed    stopped    given
     *                   |    |    pause  |    |    |    failed |    released up
     *                   |    |    |    |    |    |    |    |    |    |    |    |    | */
    [JOB_QUEUED]     = { RUN, CAN, PAU, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___ },
    [JOB_RUNNING]    = { ___, CAI, PAI, ___, ___, RUN, SUC, FAI, DIV, ___, QUE, QUE, FAI },
    [JOB_PAUSING]    = { ___, CAI, PAI, RUN, ___, PAI, SUC, FAI, DIV, ___, PAU, PAU, FAI },
    [JOB_PAUSED]     = { ___, CAN, ___, QUE, ___, ___, ___, ___, ___, ___, ___, ___, ___ },
    [JOB_CANCELLING] = { ___, CAI, ___, ___, ___, CAI, SUC, FAI, DIV, CAN, CAN, CAN, CAN },
    [JOB_CANCELLED]  = { ___, ___, ___, ___, QUE, ___, ___, ___, ___, ___, ___, ___, ___ },
    [JOB_SUCCEEDED]  = { ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___ },
    [JOB_FAILED]     = { ___, ___, ___, ___, QUE, ___, ___, ___, ___, ___, ___, ___, ___ },
    [JOB_DIVERGED]   = { ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___, ___ },
};
/* clang-format on */

/* "job 7 is succeeded, it cannot be ..." */
static const char *const words[EVENTS] = {
    [EVENT_LEASE] = "leased",
    [EVENT_CANCEL] = "cancelled",
    [EVENT_PAUSE] = "paused",
    [EVENT_RESUME] = "resumed",
    [EVENT_RETRY] = "tried again",
    [EVENT_PROGRESS] = "reported as running",
    [EVENT_SUCCEEDED] = "reported as succeeded",
    [EVENT_FAILED] = "reported as failed",
    [EVENT_DIVERGED] = "reported as diverged",
    [EVENT_STOPPED] = "reported as cancelled",
    [EVENT_RELEASED] = "given back",
    [EVENT_LOST] = "lost",
    [EVENT_GIVEN_UP] = "given up",
};

bool
state_follows(enum job_state state, enum event event, enum job_state *next)
{
    *next = (enum job_state)table[state][event];
    return *next != JOB_STATES;
}

enum status
job_note(struct store *store, int64_t job, struct error *err,
         const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return log_add(store, job, clock_now_ms(), text, err);
}

static enum status
reason_set(struct job *job, const char *reason, struct error *err)
{
    char *copy = strdup(reason != NULL ? reason : "");
    if (copy == NULL)
        return error_set(err, NO_MEMORY, "no memory for a reason");
    free(job->state_reason);
    job->state_reason = copy;
    return OK;
}

enum status
job_happens(struct store *store, struct job *job, enum event event,
            const char *reason, struct error *err)
{
    enum job_state next;
    if (!state_follows(job->state, event, &next))
        return error_set(err, CONFLICT, "job %lld is %s, it cannot be %s",
                         (long long)job->id, job_state_name(job->state),
                         words[event]);
    if (next == job->state)
        return OK;
    enum status status = reason_set(job, reason, err);
    if (status != OK)
        return status;
    job->state = next;
    job->finished_at = job_state_is_final(next) ? clock_now_ms() : 0;
    if (event == EVENT_RETRY)
        job->lost = 0;
    if (next == JOB_QUEUED || next == JOB_PAUSED || job_state_is_final(next))
        job->rate = 0;
    return job_note(store, job->id, err, "%s%s%s", job_state_name(next),
                    reason != NULL ? ": " : "", reason != NULL ? reason : "");
}
