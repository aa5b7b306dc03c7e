/* queue.c - what users may do: submit, cancel, pause, resume, try again. */
#include "queue/queue_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct queue *
queue_new(void (*changed)(void *context, int64_t job), void *context)
{
    struct queue *queue = memory_array(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    queue->changed = changed;
    queue->context = context;
    atomic_init(&queue->draining, false);
    atomic_init(&queue->full, false);
    return queue;
}

void
queue_free(struct queue *queue)
{
    free(queue);
}

void
queue_set_draining(struct queue *queue, bool draining)
{
    atomic_store(&queue->draining, draining);
}

void
queue_notify(struct queue *queue, int64_t job)
{
    if (queue->changed != NULL)
        queue->changed(queue->context, job);
}

/* RFC 9562, version 4: 122 random bits. */
static enum status
uuid_new(char out[37], struct error *err)
{
    char hex[33];
    enum status status = random_hex(16, hex, err);
    if (status != OK)
        return status;
    hex[12] = '4';
    hex[16] = "89ab"[(unsigned char)hex[16] % 4];
    snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
             hex + 16, hex + 20);
    return OK;
}

/* The hash of all that determines encoders, gains, biases and decoders. Noise
 * on decoders may come from the command's stream, hence from nearly anything.
 */
static enum status
network_key(const struct spec *spec, char out[SHA256_HEX_SIZE],
            struct error *err)
{
    int d, d_in;
    spec_dimensions(spec, &d, &d_in);
    json_t *json = spec_to_json(spec);
    json_t *key =
        json_pack("{s:i, s:i, s:O*, s:O*}", "d", d, "d_in", d_in, "network",
                  json_object_get(json, "network"), "spoiled",
                  spec_spoils_decoders(spec) ? json : NULL);
    char *text = key != NULL ? json_dumps(key, JSON_SORT_KEYS) : NULL;
    if (text != NULL)
        sha256_hex(text, strlen(text), out);
    bool good = text != NULL;
    free(text);
    json_decref(key);
    json_decref(json);
    return good ? OK : error_set(err, NO_MEMORY, "no memory for a network key");
}

static enum status
queue_has_room(const struct queue *queue, struct store *store,
               struct error *err)
{
    int64_t count[JOB_STATES];
    if (queue_is_full(queue))
        return error_set(err, NO_SPACE,
                         "the disk is nearly full, no job is taken until "
                         "something is removed");
    enum status status = job_count(store, count, err);
    if (status == OK && count[JOB_QUEUED] >= QUEUE_SUBMITTED_MOST)
        return error_set(err, UNAVAILABLE,
                         "%d jobs wait already, no more are taken",
                         QUEUE_SUBMITTED_MOST);
    return status;
}

/* Texts of `job` but its spec are [borrowed] from the submission. */
static enum status
job_make(const struct submission *submission, int64_t sweep, struct job *job,
         struct error *err)
{
    const struct spec *spec = &submission->spec;
    memset(job, 0, sizeof *job);
    job->name = (char *)submission->name;
    job->tags = (char *)submission->tags;
    job->note = (char *)submission->note;
    job->priority = submission->priority;
    job->created_at = clock_now_ms();
    job->parent = spec->start.job;
    job->sweep = sweep;
    job->total = (double)spec_steps(spec) * spec_step_length(spec);
    snprintf(job->device, sizeof job->device, "%s", spec->compute.device);
    enum status status = uuid_new(job->uuid, err);
    if (status == OK)
        status = network_key(spec, job->network, err);
    if (status != OK)
        return status;
    job->spec = spec_to_text(spec);
    if (job->spec == NULL)
        return error_set(err, NO_MEMORY, "no memory for a job");
    return OK;
}

/* A job that goes on from another has its fixed weights, if it had any. */
static enum status
shape_save(struct store *store, int64_t id, const struct spec *spec,
           struct error *err)
{
    char shape[SPEC_SHAPE_SIZE], before[SPEC_SHAPE_SIZE] = "";
    enum status status = OK;
    if (spec->start.job != 0)
        status = job_shape_load(store, spec->start.job, before, err);
    if (status != OK)
        return status;
    spec_shape(spec, spec_shape_is_fixed(before), shape);
    return job_shape_save(store, id, shape, err);
}

enum status
submit_new(const struct queue *queue, struct store *store,
           const struct submission *submission, int64_t sweep, int64_t *id,
           struct error *err)
{
    struct job job;
    enum status status = queue_has_room(queue, store, err);
    if (status != OK)
        return status;
    status = job_make(submission, sweep, &job, err);
    if (status != OK)
        return status;
    status = job_insert(store, &job, id, err);
    job.id = *id;
    free(job.spec);
    if (status == OK)
        status = order_take(store, &job, err);
    if (status == OK)
        status = order_after(store, *id, submission, err);
    if (status == OK)
        status = sources_take(store, *id, &submission->spec, err);
    if (status == OK)
        status = shape_save(store, *id, &submission->spec, err);
    if (status == OK)
        status = job_tell(store, &job, "submit", "", err, "queued");
    return status;
}

enum status
queue_submit(struct queue *queue, struct store *store,
             const struct submission *submission, const char *key,
             const char *sha256, int64_t *id, bool *created, struct error *err)
{
    enum status status = store_begin(store, err);
    *created = false;
    if (status != OK)
        return status;
    status = NOT_FOUND;
    if (key != NULL)
        status = idempotency_find(store, key, sha256, id, err);
    if (status == NOT_FOUND) {
        *created = true;
        status = submit_new(queue, store, submission, 0, id, err);
        if (status == OK && key != NULL)
            status = idempotency_add(store, key, sha256, *id, err);
    }
    if (status == OK)
        status = store_commit(store, err);
    else
        store_rollback(store);
    if (status != OK)
        *created = false;
    else if (*created)
        queue_notify(queue, *id);
    return status;
}

static enum status
job_apply(struct store *store, int64_t id, enum event event, struct error *err)
{
    struct job job;
    enum status status = job_load(store, id, &job, err);
    if (status != OK)
        return status;
    enum job_state before = job.state;
    status = job_happens(store, &job, event, NULL, err);
    if (status == OK && job.state != before)
        status = job_save(store, &job, err);
    job_clear(&job);
    return status;
}

static enum status
apply_once(struct store *store, int64_t id, enum event event, struct error *err)
{
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = job_apply(store, id, event, err);
    if (status == OK)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}

/* What users may ask for on a full disk, too. */
static enum status
queue_apply(struct queue *queue, struct store *store, int64_t id,
            enum event event, struct error *err)
{
    enum status status = apply_once(store, id, event, err);
    if (status == NO_SPACE && ballast_drop(store))
        status = apply_once(store, id, event, err);
    if (status == OK)
        queue_notify(queue, id);
    return status;
}

static enum status
text_change(char **text, const char *with, bool *changed, struct error *err)
{
    if (with == NULL || strcmp(*text, with) == 0)
        return OK;
    char *copy = strdup(with);
    if (copy == NULL)
        return error_set(err, NO_MEMORY, "no memory for a change");
    free(*text);
    *text = copy;
    *changed = true;
    return OK;
}

/* `*moved`: it has to queue anew. */
static enum status
job_edit(struct store *store, struct job *job, const struct change *change,
         bool *changed, bool *moved, struct error *err)
{
    *moved = false;
    enum status status = text_change(&job->tags, change->tags, moved, err);
    if (status == OK && change->priority != NULL &&
        job->priority != *change->priority) {
        status = job_note(store, job->id, err, "priority %d, was %d",
                          *change->priority, job->priority);
        job->priority = *change->priority;
        *moved = true;
    }
    *changed = *moved;
    if (status == OK)
        status = text_change(&job->name, change->name, changed, err);
    if (status == OK)
        status = text_change(&job->note, change->note, changed, err);
    return status;
}

/* In a transaction. */
static enum status
job_change(struct store *store, int64_t id, int64_t rev,
           const struct change *change, bool *changed, struct error *err)
{
    struct job job;
    bool moved;
    enum status status = job_load(store, id, &job, err);
    *changed = false;
    if (status != OK)
        return status;
    if (rev != 0 && rev != job.rev)
        status = error_set(err, CONFLICT,
                           "job %lld has changed since, it is at revision %lld",
                           (long long)id, (long long)job.rev);
    if (status == OK)
        status = job_edit(store, &job, change, changed, &moved, err);
    if (status == OK && *changed)
        status = job_save(store, &job, err);
    if (status == OK && moved)
        status = order_take(store, &job, err);
    job_clear(&job);
    return status;
}

enum status
queue_change(struct queue *queue, struct store *store, int64_t id, int64_t rev,
             const struct change *change, struct error *err)
{
    bool changed;
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = job_change(store, id, rev, change, &changed, err);
    if (status == OK)
        status = store_commit(store, err);
    else
        store_rollback(store);
    if (status == OK && changed)
        queue_notify(queue, id);
    return status;
}

static enum status
job_delete(struct store *store, int64_t id, struct error *err)
{
    struct job job;
    enum status status = job_load(store, id, &job, err);
    if (status != OK)
        return status;
    if (!job_state_is_final(job.state))
        status = error_set(err, CONFLICT,
                           "job %lld is %s, cancel it before it is deleted",
                           (long long)id, job_state_name(job.state));
    if (status == OK)
        status = sources_release(store, &job, err);
    job_clear(&job);
    return status == OK ? job_remove(store, id, err) : status;
}

static enum status
delete_once(struct store *store, int64_t id, struct error *err)
{
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = job_delete(store, id, err);
    if (status == OK)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}

enum status
queue_delete(struct queue *queue, struct store *store, int64_t id,
             struct error *err)
{
    enum status status = delete_once(store, id, err);
    if (status == NO_SPACE && ballast_drop(store))
        status = delete_once(store, id, err);
    if (status == OK)
        queue_notify(queue, id);
    return status;
}

enum status
queue_cancel(struct queue *queue, struct store *store, int64_t id,
             struct error *err)
{
    return queue_apply(queue, store, id, EVENT_CANCEL, err);
}

enum status
queue_pause(struct queue *queue, struct store *store, int64_t id,
            struct error *err)
{
    return queue_apply(queue, store, id, EVENT_PAUSE, err);
}

enum status
queue_resume(struct queue *queue, struct store *store, int64_t id,
             struct error *err)
{
    return queue_apply(queue, store, id, EVENT_RESUME, err);
}

enum status
queue_retry(struct queue *queue, struct store *store, int64_t id,
            struct error *err)
{
    return queue_apply(queue, store, id, EVENT_RETRY, err);
}
