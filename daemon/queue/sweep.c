/* sweep.c - many jobs at once: all of them or none. */
#include "queue/queue_private.h"

#include <stdlib.h>

static enum status
sweep_new(const struct queue *queue, struct store *store,
          const struct sweep_plan *plan, const char *key, const char *sha256,
          int64_t *sweep, int64_t *jobs, struct error *err)
{
    enum status status =
        sweep_insert(store, plan->name, plan->axes, sweep, err);
    for (size_t i = 0; i < plan->count && status == OK; i++)
        status =
            submit_new(queue, store, &plan->jobs[i], *sweep, &jobs[i], err);
    if (status == OK && key != NULL)
        status = idempotency_add(store, key, sha256, jobs[0], err);
    return status;
}

/* The sweep of the job that a key made. */
static enum status
sweep_of(struct store *store, int64_t id, int64_t *sweep, struct error *err)
{
    struct job job = {0};
    enum status status = job_load(store, id, &job, err);
    *sweep = job.sweep;
    job_clear(&job);
    if (status == OK && *sweep == 0)
        return error_set(err, CONFLICT, "this key has made a single job");
    return status;
}

enum status
queue_submit_sweep(struct queue *queue, struct store *store,
                   const struct sweep_plan *plan, const char *key,
                   const char *sha256, int64_t *sweep, bool *created,
                   struct error *err)
{
    int64_t first;
    *created = false;
    int64_t *jobs = memory_array(plan->count, sizeof *jobs);
    if (jobs == NULL)
        return error_set(err, NO_MEMORY, "no memory for a sweep");
    enum status status = store_begin(store, err);
    if (status == OK)
        status = key != NULL ? idempotency_find(store, key, sha256, &first, err)
                             : NOT_FOUND;
    if (status == OK) {
        status = sweep_of(store, first, sweep, err);
    } else if (status == NOT_FOUND) {
        *created = true;
        status = sweep_new(queue, store, plan, key, sha256, sweep, jobs, err);
    }
    if (status == OK)
        status = store_commit(store, err);
    else
        store_rollback(store);
    *created = *created && status == OK;
    for (size_t i = 0; *created && i < plan->count; i++)
        queue_notify(queue, jobs[i]);
    free(jobs);
    return status;
}
