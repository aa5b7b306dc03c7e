/* prepare.c - before the first slice.
 *
 * Decoders of many neurons and a compiler can take longer than a lease lasts,
 * and so can a download, so the work is done on a thread of its own and the
 * daemon is told meanwhile that somebody is there. */
#include "worker/worker_private.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HEARTBEAT_SECONDS 5

/* An engine for the job; the last job's, when that has the same shape. */
static enum status
engine_ready(struct errand *errand, struct error *err)
{
    struct worker *worker = errand->worker;
    struct engine_shape want;
    const enum status status = weights_shape(&errand->job, &want, err);
    if (status != OK ||
        (worker->engine != NULL &&
         engine_shape_equals(engine_shape(worker->engine), &want)))
        return status;
    engine_close(worker->engine);
    worker->engine = NULL;
    return engine_open(worker->cl, &want, 1, spikes_steps_most(&want),
                       &worker->engine, err);
}

struct preparation {
    struct errand *errand;
    enum status status;
    struct error err;
};

static void *
prepare(void *context)
{
    struct preparation *work = context;
    struct errand *errand = work->errand;
    struct worker *worker = errand->worker;
    work->status =
        lineage_fetch(worker->link, errand->grant, &errand->job, &work->err);
    if (work->status == OK)
        work->status = engine_ready(errand, &work->err);
    if (work->status == OK)
        work->status = run_open(&errand->run, &errand->job, worker, &work->err);
    return NULL;
}

/* Waits for the thread and reports as long as it takes; a failure to report
 * does not end the wait, the thread still works on the run. Until it is done
 * the run is the thread's alone: what is reported is that of a job which has
 * not begun, or not gone on from its checkpoint. */
static enum status
prepare_await(const struct errand *errand, pthread_t thread, enum order *order,
              struct error *err)
{
    struct errand waiting = {.worker = errand->worker,
                             .grant = errand->grant,
                             .run.done = errand->grant->step};
    enum status status = OK;
    for (;;) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += HEARTBEAT_SECONDS;
        if (pthread_timedjoin_np(thread, NULL, &until) == 0)
            return status;
        if (status == OK)
            status = report_send(&waiting, "running", NULL, order, err);
    }
}

enum status
errand_prepare(struct errand *errand, enum order *order, struct error *err)
{
    struct preparation work = {.errand = errand};
    pthread_t thread;
    if (pthread_create(&thread, NULL, prepare, &work) != 0)
        return error_set(err, UNAVAILABLE, "no thread to prepare a job on");
    enum status status = prepare_await(errand, thread, order, err);
    if (status != OK)
        return status;
    if (work.status != OK) {
        *err = work.err;
        return work.status;
    }
    errand->network_sent = errand->grant->network_known;
    errand->saved = errand->run.done;
    errand->reported = errand->checkpointed = clock_monotonic();
    snprintf(errand->line, sizeof(errand->line), "simulating from t = %g s",
             (double)errand->run.done * SPEC_DT);
    return status;
}
