/* prepare.c - before an errand can take a seat.
 *
 * Decoders of many neurons can take longer than a lease lasts, and so can a
 * download, so the work is done on a thread of its own; those that have a seat
 * go on meanwhile, and the daemon is told that somebody is there. */
#include "worker/errand_private.h"

static bool
needs_no_device(const struct errand *errand)
{
    return errand->grant.spec.rl.task != RL_NONE;
}

static enum status
network_prepare(struct errand *errand, struct daemon_link *link,
                struct error *err)
{
    struct worker *worker = errand->worker;
    enum status status = lineage_fetch(link, &errand->grant, &errand->job, err);
    if (status == OK)
        status = weights_shape(&errand->job, &errand->shape, err);
    if (status == OK)
        status = run_open(&errand->run, &errand->job, worker->cl,
                          worker->networks, err);
    return status;
}

static void *
prepare(void *context)
{
    struct errand *errand = context;
    struct worker *worker = errand->worker;
    struct error *err = &errand->outcome_err;
    struct daemon_link *link = NULL;
    enum status status = worker_link(worker, &link, err);
    if (status == OK)
        status = needs_no_device(errand) ? episodes_run(errand, link, err)
                                         : network_prepare(errand, link, err);
    daemon_close(link);
    pthread_mutex_lock(&worker->lock);
    errand->outcome = status;
    errand->prepared = true;
    worker_changed(worker);
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

enum status
preparation_begin(struct errand *errand, struct error *err)
{
    struct worker *worker = errand->worker;
    const bool costly = !needs_no_device(errand);
    if (costly && worker->preparing >= cores_count())
        return OK;
    log_event(LOG_LEVEL_INFO, "job_begin", "job=%lld resume=%s",
              (long long)errand->grant.job,
              errand->grant.resume ? "yes" : "no");
    if (pthread_create(&errand->thread, NULL, prepare, errand) != 0)
        return error_set(err, UNAVAILABLE, "no thread to prepare a job on");
    errand->preparing = true;
    worker->preparing += costly;
    return OK;
}

bool
preparation_ends(struct errand *errand)
{
    struct worker *worker = errand->worker;
    pthread_mutex_lock(&worker->lock);
    const bool ends = errand->preparing && errand->prepared;
    pthread_mutex_unlock(&worker->lock);
    if (!ends)
        return false;
    pthread_join(errand->thread, NULL);
    errand->preparing = false;
    worker->preparing -= !needs_no_device(errand);
    return true;
}
