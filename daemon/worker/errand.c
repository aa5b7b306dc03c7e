/* errand.c - one job on its way through this worker, but for its slices: from
 * preparation to a seat, and from there to its last report. */
#include "worker/errand_private.h"

#include <stdio.h>
#include <stdlib.h>

#define SIGN_SECONDS 5.0 /* between signs of life of one that waits */

struct errand *
errand_new(struct worker *worker, const struct grant *grant)
{
    struct errand *errand = memory_array(1, sizeof(*errand));
    if (errand == NULL)
        return NULL;
    errand->worker = worker;
    errand->grant = *grant;
    errand->seat = -1;
    errand->reported = clock_monotonic();
    return errand;
}

void
errand_free(struct errand *errand)
{
    run_close(&errand->run);
    rl_free(errand->rl);
    lineage_free(&errand->job);
    engine_state_free(&errand->state);
    bytes_free(&errand->checkpoint);
    bytes_free(&errand->letter);
    free(errand);
}

void
errand_stage(struct errand *errand, enum stage stage)
{
    pthread_mutex_lock(&errand->worker->lock);
    errand->stage = stage;
    worker_changed(errand->worker);
    pthread_mutex_unlock(&errand->worker->lock);
}

void
errand_sit(struct errand *errand, struct engine *engine, int seat)
{
    errand->engine = engine;
    errand->seat = seat;
    errand->packed = false;
    errand->saved = errand->run.done;
    errand->checkpointed = clock_monotonic();
    errand_stage(errand, STAGE_SEATED);
}

void
errand_leave(struct errand *errand, const char *last, const char *reason)
{
    errand->last = last;
    snprintf(errand->reason, sizeof(errand->reason), "%s",
             reason != NULL ? reason : "");
    errand_stage(errand, STAGE_LEAVING);
}

void
errand_fail(struct errand *errand, enum status status, const struct error *err)
{
    errand->kind = NULL;
    if (status == NO_MEMORY)
        errand->fits = "later";
    errand_leave(errand, status == NO_MEMORY ? "released" : "failed",
                 err->text);
}

void
errand_misfit(struct errand *errand, const struct error *err)
{
    errand->kind = NULL;
    errand->fits = "never";
    errand_leave(errand, "released", err->text);
}

void
errand_drop(struct errand *errand)
{
    log_event(LOG_LEVEL_WARNING, "lease_lost", "job=%lld",
              (long long)errand->grant.job);
    errand->kind = NULL;
    errand_stage(errand, STAGE_OVER);
}

const char *
errand_last_state(const struct errand *errand)
{
    return errand->order == ORDER_CANCEL ? "cancelled" : "released";
}

bool
errand_must_stop(const struct errand *errand)
{
    return errand->order != ORDER_GO || *errand->worker->stop;
}

/* What its thread made of it; UNAVAILABLE and the like are the device's. */
static enum status
preparation_take(struct errand *errand, struct error *err)
{
    if (errand->stage != STAGE_PREPARING)
        return OK; /* nobody waits for it any more */
    if (errand->outcome == CONFLICT)
        errand_drop(errand);
    if (errand->outcome == CONFLICT)
        return OK;
    errand->status = errand->outcome;
    if (errand->status != OK) {
        errand->err = errand->outcome_err;
        *err = errand->outcome_err;
        return status_is_beyond_job(errand->status) ? errand->status : OK;
    }
    if (errand->rl != NULL) {
        errand_stage(errand, STAGE_OVER); /* it has told everything */
        return OK;
    }
    errand->opened = true;
    errand->network_sent = errand->grant.network_known;
    snprintf(errand->line, sizeof(errand->line), "simulating from t = %g s",
             (double)errand->run.done * SPEC_DT);
    errand_stage(errand, STAGE_READY);
    letter_send(errand, "running");
    return OK;
}

/* One that has no seat yet. */
static enum status
wait_tend(struct errand *errand, struct error *err)
{
    if (errand->preparing && errand->grant.spec.rl.task != RL_NONE)
        return OK; /* it looks after itself */
    if (errand->status != OK)
        errand_fail(errand, errand->status, &errand->err);
    else if (errand_must_stop(errand))
        errand_leave(errand, errand_last_state(errand), NULL);
    else if (!errand->out &&
             clock_monotonic() - errand->reported >= SIGN_SECONDS)
        letter_send(errand, "running");
    else if (errand->stage == STAGE_PREPARING && !errand->preparing)
        return preparation_begin(errand, err);
    return OK;
}

/* Whatever the batch still has to do for it goes before the last report. */
static enum status
leave_tend(struct errand *errand, struct error *err)
{
    if (errand->out || errand->fresh || errand->kind != NULL)
        return OK;
    letter_send(errand, errand->last);
    return errand->out ? OK
                       : error_set(err, errand->status, "%s", errand->err.text);
}

enum status
errand_tend(struct errand *errand, struct error *err)
{
    enum status status = letter_answer(errand, err);
    if (status == OK && preparation_ends(errand))
        status = preparation_take(errand, err);
    if (status == OK && errand->stage < STAGE_SEATED)
        status = wait_tend(errand, err);
    if (status == OK && errand->stage == STAGE_LEAVING)
        status = leave_tend(errand, err);
    return status;
}
