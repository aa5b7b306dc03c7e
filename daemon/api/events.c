/* events.c - see events.h.
 *
 * Hundreds may listen while a job reports several times a second. The latest
 * texts are kept in a ring; who comes first makes them, the others copy. Who
 * was away for longer than the ring reaches is told from the store. */
#include "api/events.h"
#include "api/json.h"

#include <pthread.h>
#include <stdlib.h>

#define RING 256 /* texts kept; also how many are told at once */

struct event {
    int64_t change, job;
    struct bytes text; /* [owned] */
};

struct events {
    pthread_mutex_t lock;
    int64_t floor, last; /* the ring has all changes after floor, up to last */
    struct event ring[RING];
    size_t first, count;
};

struct events *
events_new(void)
{
    struct events *events = calloc(1, sizeof(*events));
    if (events)
        pthread_mutex_init(&events->lock, NULL);
    return events;
}

/* The oldest goes. */
static void
ring_drop(struct events *events)
{
    struct event *oldest = &events->ring[events->first];
    events->floor = oldest->change;
    bytes_free(&oldest->text);
    events->first = (events->first + 1) % RING;
    events->count--;
}

void
events_free(struct events *events)
{
    if (!events)
        return;
    while (events->count)
        ring_drop(events);
    pthread_mutex_destroy(&events->lock);
    free(events);
}

/* A job without its spec, which is long and stays as it is. */
static enum status
job_text(struct store *store, int64_t id, struct bytes *out, struct error *err)
{
    struct job job = {0};
    json_t *json = NULL;
    enum status status = job_load(store, id, &job, err);
    if (status == OK)
        status = job_to_json(store, &job, &json, err);
    if (status == OK) {
        json_object_del(json, "spec");
        status = json_write(json, out);
    }
    json_decref(json);
    job_clear(&job);
    return status;
}

static enum status
append_event(struct store *store, const struct job_change *change,
             struct bytes *out, struct error *err)
{
    struct bytes text = {0};
    enum status status =
        change->gone
            ? bytes_printf(&text, "{\"id\":%lld}", (long long)change->job)
            : job_text(store, change->job, &text, err);
    if (status == NOT_FOUND) /* gone since: the next change says so */
        return OK;
    if (status == OK)
        status = bytes_printf(
            out, "id: %lld\nevent: %s\ndata: ", (long long)change->number,
            change->gone ? "gone" : "job");
    if (status == OK)
        status = bytes_append(out, text.data, text.size);
    if (status == OK)
        status = bytes_append(out, "\n\n", 2);
    bytes_free(&text);
    return status;
}

/* The lock is held. */
static enum status
ring_push(struct events *events, struct store *store,
          const struct job_change *change, struct error *err)
{
    struct event event = {.change = change->number, .job = change->job};
    enum status status = append_event(store, change, &event.text, err);
    if (status) {
        bytes_free(&event.text);
        return status;
    }
    if (events->count == RING)
        ring_drop(events);
    events->ring[(events->first + events->count++) % RING] = event;
    events->last = change->number;
    return OK;
}

/* The lock is held. Looks for what is new; where that is too much, the ring
 * begins anew. */
static enum status
ring_update(struct events *events, struct store *store, struct error *err)
{
    struct job_change *list = NULL;
    size_t count = 0;
    int64_t last;
    enum status status = change_last(store, &last, err);
    if (status || last <= events->last)
        return status;
    if (last - events->last > RING) {
        while (events->count)
            ring_drop(events);
        events->floor = events->last = last;
        return OK;
    }
    status = change_list(store, events->last, RING, &list, &count, err);
    for (size_t i = 0; status == OK && i < count; i++)
        status = ring_push(events, store, &list[i], err);
    free(list);
    return status;
}

static enum status
read_ring(const struct events *events, int64_t job, int64_t *after,
          struct bytes *out)
{
    enum status status = OK;
    for (size_t i = 0; status == OK && i < events->count; i++) {
        const struct event *one = &events->ring[(events->first + i) % RING];
        if (one->change > *after && (job == 0 || one->job == job))
            status = bytes_append(out, one->text.data, one->text.size);
    }
    if (status == OK && events->last > *after)
        *after = events->last;
    return status;
}

static enum status
read_store(struct store *store, int64_t job, int64_t *after, struct bytes *out,
           struct error *err)
{
    struct job_change *list = NULL;
    size_t count = 0;
    enum status status = change_list(store, *after, RING, &list, &count, err);
    for (size_t i = 0; status == OK && i < count; i++) {
        if (job == 0 || list[i].job == job)
            status = append_event(store, &list[i], out, err);
        *after = list[i].number;
    }
    free(list);
    return status;
}

enum status
events_read(struct events *events, struct store *store, int64_t job,
            int64_t *after, struct bytes *out, struct error *err)
{
    pthread_mutex_lock(&events->lock);
    enum status status = ring_update(events, store, err);
    bool reaches = *after >= events->floor;
    if (status == OK && reaches)
        status = read_ring(events, job, after, out);
    pthread_mutex_unlock(&events->lock);
    if (status == OK && !reaches)
        status = read_store(store, job, after, out, err);
    return status == NO_MEMORY ? error_set(err, status, "no memory for events")
                               : status;
}
