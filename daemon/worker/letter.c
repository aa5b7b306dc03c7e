/* letter.c - what an errand has to say, handed to the post, and the answer. */
#include "worker/errand_private.h"

/* What is sent of one that has not begun is its place in the job alone: its run
 * may still be in the making, on another thread. */
static enum status
letter_make(struct errand *errand, const char *state, struct error *err)
{
    struct errand waiting = {.worker = errand->worker,
                             .grant = errand->grant,
                             .fits = errand->fits,
                             .run.done = errand->grant.step};
    if (!errand->opened)
        return report_make(&waiting, state, errand->reason, &errand->letter,
                           err);
    return report_make(errand, state, errand->reason, &errand->letter, err);
}

void
letter_send(struct errand *errand, const char *state)
{
    const enum status status = letter_make(errand, state, &errand->err);
    errand->reported = clock_monotonic();
    errand->held = false;
    if (status != OK) {
        errand->status = status;
        return;
    }
    errand->final = errand->stage == STAGE_LEAVING;
    errand->out = true;
    post_send(errand);
}

/* Whether the answer to what was sent has come. */
static bool
is_answered(struct errand *errand)
{
    pthread_mutex_lock(&errand->worker->lock);
    const bool answered = errand->out && !errand->posting;
    pthread_mutex_unlock(&errand->worker->lock);
    return answered;
}

/* A report that the daemon does not take is a fault of the job; if it is the
 * last one, nothing more can be said. */
static enum status
answer_take(struct errand *errand, struct error *err)
{
    const enum status status = errand->answer;
    if (status == OK) {
        errand->order = errand->answer_order;
        if (errand->final)
            errand_stage(errand, STAGE_OVER);
    } else if (status == CONFLICT) {
        errand_drop(errand);
    } else if (status_is_beyond_job(status)) {
        *err = errand->answer_err;
    } else if (errand->final && errand->status != OK) {
        errand_drop(errand);
    } else {
        errand->status = status;
        errand->err = errand->answer_err;
        if (errand->final)
            errand_fail(errand, errand->status, &errand->err);
    }
    return status_is_beyond_job(status) ? status : OK;
}

enum status
letter_answer(struct errand *errand, struct error *err)
{
    if (!is_answered(errand))
        return OK;
    errand->out = false;
    return answer_take(errand, err);
}

bool
status_is_beyond_job(enum status status)
{
    return status == UNAVAILABLE || status == DENIED;
}
