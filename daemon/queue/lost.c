/* lost.c - workers that are heard of no more, and what becomes of their jobs.
 */
#include "queue/queue_private.h"

#include <stdio.h>
#include <stdlib.h>

#define START_BYTES         (4 << 20)        /* that a start writes, at most */
#define LEASE_REMEMBERED_MS (10 * 60 * 1000) /* after its end */

/* Why leases end here, and whether it may be the jobs' fault. */
struct loss {
    enum lease_choice choice;
    const char *worker; /* for LEASE_OF_WORKER */
    const char *fate;   /* "worker NAME ..." */
    bool counts;        /* towards QUEUE_LOST_MOST */
};

static enum status
lease_lose(struct store *store, struct lease *lease, const struct loss *loss,
           int64_t now, struct error *err)
{
    char reason[256];
    struct job job;
    enum status status = job_load(store, lease->job, &job, err);
    if (status != OK)
        return status;
    enum event event = EVENT_LOST;
    int length = snprintf(reason, sizeof reason, "worker %s %s", lease->worker,
                          loss->fate);
    if (loss->counts && ++job.lost >= QUEUE_LOST_MOST) {
        event = EVENT_GIVEN_UP;
        snprintf(reason + length, sizeof reason - (size_t)length,
                 ", the %drd in a row", QUEUE_LOST_MOST);
    }
    status = job_happens(store, &job, event, reason, err);
    job.restarts += !job_state_is_final(job.state);
    if (status == OK)
        status = job_save(store, &job, err);
    job_clear(&job);
    lease->ended_at = now;
    return status == OK ? lease_save(store, lease, err) : status;
}

/* In a transaction: `*list` are the leases that ended [owned]. */
static enum status
leases_lose(struct store *store, const struct loss *loss, int64_t now,
            struct lease **list, size_t *count, struct error *err)
{
    enum status status =
        lease_list(store, loss->choice, now, loss->worker, list, count, err);
    for (size_t i = 0; i < *count && status == OK; i++)
        status = lease_lose(store, &(*list)[i], loss, now, err);
    if (status == OK)
        status = lease_forget(store, now - LEASE_REMEMBERED_MS, err);
    return status;
}

static enum status
queue_lose(struct queue *queue, struct store *store, const struct loss *loss,
           struct error *err)
{
    struct lease *list = NULL;
    size_t count = 0;
    int64_t now = clock_now_ms();
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = leases_lose(store, loss, now, &list, &count, err);
    if (status == OK)
        status = store_commit(store, err);
    else
        store_rollback(store);
    for (size_t i = 0; i < count && status == OK; i++)
        queue_notify(queue, list[i].job);
    free(list);
    return status;
}

enum status
queue_expire(struct queue *queue, struct store *store, struct error *err)
{
    static const struct loss loss = {LEASE_EXPIRED, NULL,
                                     "was not heard of any more", true};
    struct lease *list;
    size_t count;
    if (queue_is_full(queue))
        return OK; /* who reported could not be heard */
    enum status status = lease_list(store, LEASE_EXPIRED, clock_now_ms(), NULL,
                                    &list, &count, err);
    if (status != OK)
        return status;
    free(list);
    status = count == 0 ? OK : queue_lose(queue, store, &loss, err);
    if (status == OK)
        status = unfit_look(queue, store, err);
    return status == OK ? order_settle(queue, store, err) : status;
}

enum status
queue_worker_lost(struct queue *queue, struct store *store, const char *worker,
                  const char *fate, struct error *err)
{
    struct loss loss = {LEASE_OF_WORKER, worker, fate, true};
    return queue_lose(queue, store, &loss, err);
}

enum status
queue_silent(struct store *store,
             void (*silent)(void *context, const char *worker), void *context,
             struct error *err)
{
    struct lease *list;
    size_t count;
    enum status status = lease_list(store, LEASE_EXPIRED, clock_now_ms(), NULL,
                                    &list, &count, err);
    if (status != OK)
        return status;
    for (size_t i = 0; i < count; i++)
        if (list[i].local)
            silent(context, list[i].worker);
    free(list);
    return OK;
}

static enum status
extend_all(struct store *store, struct error *err)
{
    struct lease *list;
    size_t count;
    int64_t until = clock_now_ms() + (int64_t)(1000 * QUEUE_LEASE_S);
    enum status status =
        lease_list(store, LEASE_ACTIVE, 0, NULL, &list, &count, err);
    if (status != OK)
        return status;
    for (size_t i = 0; i < count && status == OK; i++) {
        list[i].expires_at = until;
        status = lease_save(store, &list[i], err);
    }
    free(list);
    return status;
}

enum status
leases_extend(struct store *store, struct error *err)
{
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = extend_all(store, err);
    if (status == OK)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}

/* Workers elsewhere may have lived on while there was no daemon to hear them.
 */
enum status
queue_recover(struct queue *queue, struct store *store, struct error *err)
{
    static const struct loss loss = {LEASE_LOCAL, NULL, "ended with the daemon",
                                     false};
    struct space space;
    enum status status = space_look(store, &space, err);
    if (status == OK && space.free < START_BYTES)
        (void)ballast_drop(store);
    if (status == OK)
        status = queue_lose(queue, store, &loss, err);
    if (status == OK)
        status = leases_extend(store, err);
    return status == OK ? arrays_sweep(store, true, err) : status;
}

enum status
queue_held(struct store *store, int64_t *count, struct error *err)
{
    struct lease *list;
    size_t length = 0;
    enum status status =
        lease_list(store, LEASE_ACTIVE, 0, NULL, &list, &length, err);
    *count = (int64_t)length;
    if (status == OK)
        free(list);
    return status;
}
