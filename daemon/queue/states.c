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
#include <stdlib.h>
#include <string.h>

/* clang-format off */
enum { QU = JOB_QUEUED, RU = JOB_RUNNING, PI = JOB_PAUSING, PA = JOB_PAUSED,
       CI = JOB_CANCELLING, CA = JOB_CANCELLED, SU = JOB_SUCCEEDED,
       FA = JOB_FAILED, DI = JOB_DIVERGED, NO = JOB_STATES /* forbidden */ };

static const unsigned char table[JOB_STATES][EVENTS] = {
    /*                   lease   resume  progress    diverged    lost
     *                   |   cancel  retry   succeeded   stopped     given up
     *                   |   |   pause   |   |   |   failed  |   released|   bereft
     *                   |   |   |   |   |   |   |   |   |   |   |   |   |   |   */
    [JOB_QUEUED]     = { RU, CA, PA, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, CA },
    [JOB_RUNNING]    = { NO, CI, PI, NO, NO, RU, SU, FA, DI, NO, QU, QU, FA, NO },
    [JOB_PAUSING]    = { NO, CI, PI, RU, NO, PI, SU, FA, DI, NO, PA, PA, FA, NO },
    [JOB_PAUSED]     = { NO, CA, NO, QU, NO, NO, NO, NO, NO, NO, NO, NO, NO, CA },
    [JOB_CANCELLING] = { NO, CI, NO, NO, NO, CI, SU, FA, DI, CA, CA, CA, CA, NO },
    [JOB_CANCELLED]  = { NO, NO, NO, NO, QU, NO, NO, NO, NO, NO, NO, NO, NO, NO },
    [JOB_SUCCEEDED]  = { NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
    [JOB_FAILED]     = { NO, NO, NO, NO, QU, NO, NO, NO, NO, NO, NO, NO, NO, NO },
    [JOB_DIVERGED]   = { NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
};
/* clang-format on */

/* For the log, and for "job 7 is succeeded, it cannot be ...". */
static const struct {
    const char *name, *done;
} words[EVENTS] = {
    [EVENT_LEASE] = {"lease", "leased"},
    [EVENT_CANCEL] = {"cancel", "cancelled"},
    [EVENT_PAUSE] = {"pause", "paused"},
    [EVENT_RESUME] = {"resume", "resumed"},
    [EVENT_RETRY] = {"retry", "tried again"},
    [EVENT_PROGRESS] = {"progress", "reported as running"},
    [EVENT_SUCCEEDED] = {"succeeded", "reported as succeeded"},
    [EVENT_FAILED] = {"failed", "reported as failed"},
    [EVENT_DIVERGED] = {"diverged", "reported as diverged"},
    [EVENT_STOPPED] = {"stopped", "reported as cancelled"},
    [EVENT_RELEASED] = {"released", "given back"},
    [EVENT_LOST] = {"lost", "lost"},
    [EVENT_GIVEN_UP] = {"given_up", "given up"},
    [EVENT_BEREFT] = {"bereft", "cancelled for want of another"},
};

const char *
event_name(enum event event)
{
    return words[event].name;
}

bool
state_follows(enum job_state state, enum event event, enum job_state *next)
{
    *next = (enum job_state)table[state][event];
    return *next != JOB_STATES;
}

/* What workers say is shown on terminals, line by line: control characters
 * (also those of U+0080 to U+009F) become blanks. */
static void
text_flatten(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at; at++) {
        if (*at < 0x20 || *at == 0x7f)
            *at = ' ';
        if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
            at[0] = at[1] = ' ';
    }
}

static enum status PRINTF_LIKE(4, 0)
    line_add(struct store *store, int64_t job, struct log_line *line,
             const char *format, va_list arguments, struct error *err)
{
    if (vasprintf(&line->text, format, arguments) < 0)
        return error_set(err, NO_MEMORY, "no memory for a log");
    text_flatten(line->text);
    line->at = clock_now_ms();
    enum status status = log_add(store, job, line, err);
    free(line->text);
    return status;
}

enum status
job_note(struct store *store, int64_t job, struct error *err,
         const char *format, ...)
{
    struct log_line line = {0};
    va_list arguments;
    va_start(arguments, format);
    enum status status = line_add(store, job, &line, format, arguments, err);
    va_end(arguments);
    return status;
}

enum status
job_tell(struct store *store, const struct job *job, const char *event,
         const char *from, struct error *err, const char *format, ...)
{
    struct log_line line = {0};
    va_list arguments;
    snprintf(line.event, sizeof line.event, "%s", event);
    snprintf(line.from, sizeof line.from, "%s", from);
    snprintf(line.to, sizeof line.to, "%s", job_state_name(job->state));
    va_start(arguments, format);
    enum status status =
        line_add(store, job->id, &line, format, arguments, err);
    va_end(arguments);
    return status;
}

static enum status
reason_set(struct job *job, const char *reason, struct error *err)
{
    char *copy = strdup(reason != NULL ? reason : "");
    if (copy == NULL)
        return error_set(err, NO_MEMORY, "no memory for a reason");
    text_flatten(copy);
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
                         words[event].done);
    if (next == job->state)
        return OK;
    enum status status = reason_set(job, reason, err);
    if (status != OK)
        return status;
    const char *from = job_state_name(job->state);
    job->state = next;
    job->finished_at = job_state_is_final(next) ? clock_now_ms() : 0;
    if (event == EVENT_RETRY)
        job->lost = 0;
    if (event == EVENT_RETRY || event == EVENT_RESUME)
        status = unfit_forget(store, job->id, true, err);
    if (status != OK)
        return status;
    if (next == JOB_QUEUED || next == JOB_PAUSED || job_state_is_final(next))
        job->rate = 0;
    return job_tell(store, job, words[event].name, from, err, "%s%s%s",
                    job_state_name(next), reason != NULL ? ": " : "",
                    reason != NULL ? reason : "");
}
