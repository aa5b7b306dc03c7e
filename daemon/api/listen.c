/* listen.c - who listens to what happens: server-sent events. */
#include "api/events.h"
#include "api/handlers.h"
#include "api/json.h"

#include <stdlib.h>
#include <string.h>

struct listener {
    struct events *events; /* [borrowed] */
    int64_t job;           /* 0: all                                          */
    int64_t after;         /* the last change that was told                   */
    bool resumed;          /* nothing was missed since the client left        */
    bool greeted;
};

/* The first event says where the stream begins. */
static enum status
greet(struct listener *listener, struct bytes *out)
{
    listener->greeted = true;
    return bytes_printf(out,
                        "retry: 2000\nid: %lld\nevent: start\ndata: "
                        "{\"resumed\":%s}\n\n",
                        (long long)listener->after,
                        listener->resumed ? "true" : "false");
}

static enum status
listener_read(void *state, struct store *store, bool idle, struct bytes *out,
              struct error *err)
{
    struct listener *listener = state;
    if (!listener->greeted)
        return greet(listener, out);
    int64_t before = listener->after;
    enum status status = OK;
    do { /* much that is not of this job may have to be passed over */
        before = listener->after;
        status = events_read(listener->events, store, listener->job,
                             &listener->after, out, err);
    } while (status == OK && out->size == 0 && listener->after > before);
    if (status == OK && idle && out->size == 0)
        status = bytes_append(out, ":\n\n", 3);
    return status;
}

/* After which change to begin: where the client was, or now. */
static enum status
find_place(const struct request *request, struct listener *listener,
           struct error *err)
{
    const char *known = request_header(request, "Last-Event-ID");
    int64_t last;
    enum status status = change_last(request->store, &last, err);
    listener->after = last;
    if (status || !known || strlen(known) > 18 ||
        strspn(known, "0123456789") != strlen(known) || !*known)
        return status;
    int64_t after = strtoll(known, NULL, 10);
    listener->resumed = after <= last && last - after < CHANGES_KEPT;
    if (listener->resumed)
        listener->after = after;
    return OK;
}

enum status
events_listen(struct request *request, struct response *response,
              struct error *err)
{
    static const char *const known[] = {"job", NULL};
    const char *name = request_parameter(request, "job");
    struct job job = {0};
    enum status status = request_only(request, known, err);
    if (status == OK && name)
        status = job_named(request->store, name, &job, err);
    int64_t id = job.id;
    job_clear(&job);
    if (status)
        return status;
    struct listener *listener = calloc(1, sizeof(*listener));
    if (!listener)
        return error_set(err, NO_MEMORY, "no memory to listen");
    listener->events = api_events(request->api);
    listener->job = id;
    response->content_type = "text/event-stream";
    response->topic = id ? id : TOPIC_WORK;
    response->feed = (struct feed){listener_read, free, listener};
    return find_place(request, listener, err);
}
