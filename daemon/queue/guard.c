/* guard.c - the disk: what happens before it is full, and what is kept of jobs
 * that ended long ago.
 *
 * Below `min_free` nothing new is taken and jobs that run are given back with a
 * checkpoint; they wait until a quarter more than that is free. What is removed
 * meanwhile is given back to the disk. A disk that is full all the same, since
 * others fill it as well, still lets users cancel and delete: see
 * ballast_drop(). */
#include "queue/queue_private.h"

#include <stdlib.h>

#define BALLAST_MOST ((int64_t)64 << 20) /* bytes, or a quarter of min_free */
#define UNUSED_MOST                                                            \
    ((int64_t)64 << 20)   /* bytes that the database may hoard                 \
                           */
#define ENDED_AT_ONCE 100 /* jobs that are looked at */

bool
queue_is_full(const struct queue *queue)
{
    return atomic_load(&queue->full);
}

/* ---- room ---------------------------------------------------------------- */

static int64_t
ballast_size(const struct limits *limits)
{
    int64_t size = limits->min_free / 4;
    return size < BALLAST_MOST ? size : BALLAST_MOST;
}

/* Full or not any more. Workers that could not report are not lost: nobody
 * could hear them. */
static enum status
full_set(struct queue *queue, struct store *store, bool full,
         const struct space *space, struct error *err)
{
    enum status status = full ? OK : leases_extend(store, err);
    if (status != OK)
        return status;
    atomic_store(&queue->full, full);
    log_event(full ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
              full ? "disk_full" : "disk_has_room", "free=%lld",
              (long long)space->free);
    queue_notify(queue, 0);
    return OK;
}

static enum status
room_see(struct queue *queue, struct store *store, const struct limits *limits,
         const struct space *space, struct error *err)
{
    bool was = queue_is_full(queue);
    int64_t least =
        was ? limits->min_free + limits->min_free / 4 : limits->min_free;
    bool full = space->free < least;
    enum status status = OK;
    if (full != was)
        status = full_set(queue, store, full, space, err);
    if (status == OK && !full &&
        space->free > limits->min_free + ballast_size(limits) &&
        limits->min_free > 0)
        status = ballast_keep(store, ballast_size(limits), err);
    return status;
}

/* ---- jobs that ended long ago ------------------------------------------- */

static enum status
job_forget(struct queue *queue, struct store *store, int64_t id,
           const char *why, struct error *err)
{
    enum status status = queue_delete(queue, store, id, err);
    if (status == OK)
        log_event(LOG_LEVEL_INFO, "job_removed", "job=%lld reason=%s",
                  (long long)id, why);
    return status == CONFLICT ? NOT_FOUND : status; /* others need it */
}

/* Removes the first that can go of those that ended before `before`. NOT_FOUND:
 * none can. */
static enum status
oldest_forget(struct queue *queue, struct store *store, int64_t before,
              const char *why, struct error *err)
{
    int64_t ids[ENDED_AT_ONCE];
    size_t count;
    enum status status =
        job_ended(store, before, ENDED_AT_ONCE, ids, &count, err);
    if (status != OK)
        return status;
    status = NOT_FOUND;
    for (size_t i = 0; i < count && status == NOT_FOUND; i++)
        status = job_forget(queue, store, ids[i], why, err);
    return status;
}

static enum status
ended_see(struct queue *queue, struct store *store, const struct limits *limits,
          const struct space *space, struct error *err)
{
    int64_t now = clock_now_ms();
    enum status status = NOT_FOUND;
    if (limits->keep_days > 0)
        status = oldest_forget(queue, store,
                               now - (int64_t)(limits->keep_days * 86400e3),
                               "keep_days", err);
    if (status == NOT_FOUND && limits->max_bytes > 0 &&
        space->size - space->unused > limits->max_bytes)
        status = oldest_forget(queue, store, now, "max_bytes", err);
    return status == NOT_FOUND ? OK : status;
}

enum status
queue_guard(struct queue *queue, struct store *store,
            const struct limits *limits, struct error *err)
{
    struct space space;
    enum status status = space_look(store, &space, err);
    if (status == OK)
        status = room_see(queue, store, limits, &space, err);
    if (status == OK)
        status = ended_see(queue, store, limits, &space, err);
    if (status == OK && space.unused > 0 &&
        (queue_is_full(queue) || space.unused > UNUSED_MOST))
        status = space_return(store, err);
    return status;
}
