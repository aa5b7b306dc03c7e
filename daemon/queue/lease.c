/* lease.c - giving jobs to workers. */
#include "queue/queue_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE_SEEN_MS 5000 /* how exact a device's last_seen is */

void
grant_clear(struct grant *grant)
{
    free(grant->spec);
    memset(grant, 0, sizeof *grant);
}

/* Whether the store knows the device and its worker as they are, in service,
 * and has heard of them lately: asking for work is then no reason to write. */
static enum status
device_is_known(struct store *store, const struct device *device, int64_t now,
                bool *out, struct error *err)
{
    struct device *list;
    size_t count;
    enum status status = device_list(store, &list, &count, err);
    *out = false;
    if (status != OK)
        return status;
    for (size_t i = 0; i < count; i++)
        *out |= strcmp(list[i].id, device->id) == 0 &&
                strcmp(list[i].worker.host, device->worker.host) == 0 &&
                strcmp(list[i].driver, device->driver) == 0 &&
                strcmp(list[i].worker.name, device->worker.name) == 0 &&
                list[i].worker.pid == device->worker.pid &&
                list[i].fault[0] == '\0' &&
                now - list[i].last_seen < DEVICE_SEEN_MS;
    free(list);
    return OK;
}

enum status
queue_device_fault(struct store *store, const struct device *device,
                   struct error *err)
{
    struct device seen = *device;
    seen.last_seen = clock_now_ms();
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = device_save(store, &seen, err);
    if (status == OK)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}

/* The newest checkpoint that is what was written; damaged ones are removed, for
 * they would only be in the way again. */
static enum status
checkpoint_choose(struct store *store, int64_t job, struct grant *grant,
                  struct error *err)
{
    for (;;) {
        struct bytes data = {0};
        struct checkpoint *newest = &grant->checkpoint;
        enum status status =
            checkpoint_find(store, job, INT64_MAX, newest, err);
        if (status == NOT_FOUND)
            return OK;
        if (status == OK)
            status = checkpoint_load(store, job, newest->step, &data, err);
        bytes_free(&data);
        grant->resumes = status == OK;
        if (status != CORRUPT)
            return status;
        status = job_note(store, job, err,
                          "the checkpoint at t = %g s is damaged, an earlier "
                          "one is taken",
                          newest->t);
        if (status == OK)
            status = checkpoint_remove(store, job, newest->step, err);
        if (status != OK)
            return status;
    }
}

static enum status
lease_make(struct store *store, const struct device *device, int64_t now,
           struct grant *grant, struct error *err)
{
    struct lease lease = {.job = grant->job,
                          .local = device->worker.local,
                          .token = device->worker.token,
                          .expires_at = now + (int64_t)(1000 * QUEUE_LEASE_S),
                          .answer = "go",
                          .resume_step = -1};
    enum status status = random_hex(16, grant->lease, err);
    if (status != OK)
        return status;
    memcpy(lease.id, grant->lease, sizeof lease.id);
    snprintf(lease.worker, sizeof lease.worker, "%s", device->worker.name);
    snprintf(lease.device, sizeof lease.device, "%s", device->id);
    snprintf(lease.host, sizeof lease.host, "%s", device->worker.host);
    if (grant->resumes)
        lease.resume_step = grant->checkpoint.step;
    return lease_insert(store, &lease, err);
}

/* Everything the worker must know; the job's progress is that of the checkpoint
 * it goes on from. */
static enum status
grant_fill(struct store *store, const struct device *device, int64_t now,
           struct grant *grant, struct error *err)
{
    struct job job;
    enum status status = job_load(store, grant->job, &job, err);
    if (status != OK)
        return status;
    status = checkpoint_choose(store, job.id, grant, err);
    if (status == OK)
        status = network_known(store, job.network, &grant->network_known, err);
    if (status == OK)
        status = lease_make(store, device, now, grant, err);
    if (status == OK)
        status = job_tell(
            store, &job, event_name(EVENT_LEASE), job_state_name(JOB_QUEUED),
            err, "running: worker %s on %s", device->worker.name, device->id);
    job.done = grant->resumes ? grant->checkpoint.t : 0.0;
    if (status == OK)
        status = job_save(store, &job, err);
    grant->spec = job.spec;
    job.spec = NULL;
    grant->expires_in = QUEUE_LEASE_S;
    job_clear(&job);
    return status;
}

/* In a transaction. */
static enum status
lease_try(struct queue *queue, struct store *store, const struct device *device,
          const char *shape, int64_t now, struct grant *grant,
          struct error *err)
{
    struct device seen = *device;
    seen.last_seen = now;
    enum status status = device_save(store, &seen, err);
    if (status == OK && (atomic_load(&queue->draining) || queue_is_full(queue)))
        return OK;
    if (status == OK)
        status = job_take(store, device, shape, now, &grant->job, err);
    if (status == NOT_FOUND)
        return OK; /* the device is remembered all the same */
    if (status == OK)
        status = job_shape_load(store, grant->job, grant->shape, err);
    if (status == OK)
        status = grant_fill(store, device, now, grant, err);
    return status;
}

enum status
queue_lease(struct queue *queue, struct store *store,
            const struct device *device, const char *shape, struct grant *grant,
            struct error *err)
{
    bool known;
    enum job_wait waits;
    int64_t now = clock_now_ms();
    memset(grant, 0, sizeof *grant);
    enum status status = device_is_known(store, device, now, &known, err);
    if (status == OK)
        status = job_waits(store, device, shape, now, &waits, err);
    if (status != OK)
        return status;
    if (atomic_load(&queue->draining) || queue_is_full(queue))
        waits = JOB_WAITS_NOT;
    if (waits == JOB_WAITS || !known) {
        status = store_begin(store, err);
        if (status != OK)
            return status;
        status = lease_try(queue, store, device, shape, now, grant, err);
        if (status == OK)
            status = store_commit(store, err);
        else
            store_rollback(store);
    }
    if (status != OK) {
        grant_clear(grant);
        return status;
    }
    if (grant->job == 0 && waits == JOB_WAITS_MISFIT)
        return error_set(err, CONFLICT, "the next job for %s has another shape",
                         device->id);
    if (grant->job == 0)
        return error_set(err, NOT_FOUND, "no job waits for %s", device->id);
    queue_notify(queue, grant->job);
    return OK;
}

enum status
queue_checkpoint(struct store *store, const char *id, struct bytes *data,
                 struct error *err)
{
    struct lease lease;
    enum status status = lease_load(store, id, &lease, err);
    if (status == NOT_FOUND || (status == OK && !lease.active))
        return error_set(err, CONFLICT, "this lease is not yours any more");
    if (status != OK)
        return status;
    if (lease.resume_step < 0)
        return error_set(err, NOT_FOUND, "job %lld starts from the beginning",
                         (long long)lease.job);
    return checkpoint_load(store, lease.job, lease.resume_step, data, err);
}
