/* daemon.c - the worker protocol (doc/protocol.md) over HTTP. */
#include "worker/worker_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "version.h"

#define LEASE_WAIT    20   /* s that the daemon may hold a lease request     */
#define RETRY_SECONDS 1    /* between two tries while nobody answers         */
#define STOP_SECONDS  20.0 /* of trying, once we are told to stop            */
#define FETCH_SECONDS 3600 /* for one download */
#define FETCH_MOST    ((size_t)8 << 30) /* bytes of it                       */

struct daemon_link {
    const atomic_bool *stop;     /* [borrowed]                         */
    struct http_client *leases;  /* given up when told to hang up            */
    struct http_client *reports; /* not given up: a checkpoint is in there   */
    struct http_client *fetches; /* large answers may come                   */
    json_t *introduction;        /* who we are, on what device               */
    double give_up;              /* s, when to, once we are told to stop     */
};

/* Who we are, for the daemon's list of devices. */
static json_t *
introduction(const struct worker_options *options,
             const struct opencl_device *device)
{
    char host[256] = "unknown";
    char name[320];
    gethostname(host, sizeof(host) - 1);
    snprintf(name, sizeof(name), "%s/%s", host, device->id);
    return json_pack(
        "{s:{s:s,s:s,s:i,s:s,s:b},s:{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:i}}",
        "worker", "name", options->name != NULL ? options->name : name, "host",
        host, "pid", (int)getpid(), "version", FOLLOWD_VERSION, "local",
        options->local, "device", "id", device->id, "name", device->name,
        "type", device->gpu ? "gpu" : "cpu", "vendor", device->vendor, "driver",
        device->driver, "platform", device->platform, "memory",
        (json_int_t)device->memory, "units", (int)device->units);
}

enum status
daemon_open(const struct worker_options *options,
            const struct opencl_device *device, const atomic_bool *stop,
            const atomic_bool *hang_up, struct daemon_link **out,
            struct error *err)
{
    struct http_options http = {
        .url = options->server,
        .token = options->token,
        .pin_sha256 = options->pin,
        .user_agent = "followd-worker/" FOLLOWD_VERSION,
        .abort = hang_up,
        .dialer = options->dialer,
    };
    struct daemon_link *link = memory_array(1, sizeof(*link));
    if (link == NULL)
        return error_set(err, NO_MEMORY, "no memory for a connection");
    link->stop = stop;
    link->give_up = INFINITY;
    enum status status = http_open(&http, &link->leases, err);
    http.abort = NULL;
    if (status == OK)
        status = http_open(&http, &link->reports, err);
    http.reply_limit = FETCH_MOST;
    http.timeout = FETCH_SECONDS;
    if (status == OK)
        status = http_open(&http, &link->fetches, err);
    link->introduction = introduction(options, device);
    if (status == OK && link->introduction == NULL)
        status = error_set(err, NO_MEMORY, "no memory for a connection");
    if (status != OK) {
        daemon_close(link);
        return status;
    }
    *out = link;
    return OK;
}

void
daemon_close(struct daemon_link *link)
{
    if (link == NULL)
        return;
    http_close(link->leases);
    http_close(link->reports);
    http_close(link->fetches);
    json_decref(link->introduction);
    free(link);
}

/* A problem document's words, or the bare status. */
static enum status
refused(const struct http_reply *reply, const char *what, struct error *err)
{
    const char *detail = NULL;
    json_t *problem =
        json_loadb((const char *)reply->body.data, reply->body.size, 0, NULL);
    if (problem != NULL)
        detail = json_string_value(json_object_get(problem, "detail"));
    error_set(err,
              reply->status == 409   ? CONFLICT
              : reply->status == 401 ? DENIED
              : reply->status == 404 ? NOT_FOUND
              : reply->status >= 500 ? UNAVAILABLE
                                     : FAILED,
              "%s: HTTP %d%s%s", what, reply->status,
              detail != NULL ? ", " : "", detail != NULL ? detail : "");
    json_decref(problem);
    return err->status;
}

enum status
daemon_spec_read(const json_t *spec, struct spec *out, struct error *err)
{
    char *text = spec != NULL ? json_dumps(spec, JSON_COMPACT) : NULL;
    if (text == NULL)
        return error_set(err, FAILED, "the daemon's answer has no spec");
    const enum status status = spec_from_text(text, out, err);
    free(text);
    return status;
}

static enum status
grant_read(const json_t *json, struct grant *out, struct error *err)
{
    const char *lease = NULL, *shape = "";
    json_t *spec = NULL, *resume = NULL;
    json_int_t job = 0, sequence = 0;
    int known = 0;
    if (json_unpack((json_t *)(uintptr_t)json, "{s:s,s:I,s?s,s:o,s:I,s:o,s:b}",
                    "lease", &lease, "job", &job, "shape", &shape, "spec",
                    &spec, "sequence", &sequence, "resume", &resume,
                    "network_known", &known) != 0)
        return error_set(err, FAILED, "the daemon's answer is not a lease");
    memset(out, 0, sizeof(*out));
    snprintf(out->lease, sizeof(out->lease), "%s", lease);
    snprintf(out->shape, sizeof(out->shape), "%s", shape);
    out->job = job;
    out->sequence = sequence;
    out->resume = json_is_object(resume);
    out->step = json_integer_value(json_object_get(resume, "step"));
    out->network_known = known != 0;
    return daemon_spec_read(spec, &out->spec, err);
}

/* Who we are, and what runs here already; [owned] text. */
static char *
question_text(const struct daemon_link *link, const char *shape)
{
    json_t *json = json_copy(link->introduction);
    if (shape != NULL)
        json_object_set_new(json, "shape", json_string(shape));
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

enum status
daemon_lease(struct daemon_link *link, const char *shape, struct grant *out,
             struct error *err)
{
    char path[64];
    char *text = question_text(link, shape);
    if (text == NULL)
        return error_set(err, NO_MEMORY, "no memory for a question");
    snprintf(path, sizeof(path), "/internal/leases?wait=%d", LEASE_WAIT);
    const struct http_request request = {
        .method = "POST",
        .path = path,
        .content_type = "application/json",
        .body = text,
        .size = strlen(text),
        .timeout = LEASE_WAIT + 30,
    };
    struct http_reply reply = {0};
    enum status status = http_send(link->leases, &request, &reply, err);
    if (status == OK && reply.status == 204)
        status = error_set(err, NOT_FOUND, "no job");
    else if (status == OK && reply.status != 200)
        status = refused(&reply, "lease", err);
    else if (status == OK) {
        json_t *json =
            json_loadb((const char *)reply.body.data, reply.body.size, 0, NULL);
        status = grant_read(json, out, err);
        json_decref(json);
    }
    free(text);
    http_reply_free(&reply);
    return status;
}

static void
silence_log(const char *what, const struct error *err)
{
    char quoted[1100];
    log_event(LOG_LEVEL_WARNING, "daemon_silent", "what=%s reason=%s", what,
              log_quote(err->text, quoted, sizeof(quoted)));
}

/* Sends what concerns a job until somebody answers: the daemon may be away for
 * a while, and the job is still ours when it comes back. Should it go to
 * somebody else meanwhile, the answer will be that. */
static enum status
send_patiently(struct daemon_link *link, struct http_client *client,
               const struct http_request *request, const char *what,
               struct http_reply *reply, struct error *err)
{
    for (int tries = 0;; tries++) {
        enum status status = http_send(client, request, reply, err);
        if (status == OK && reply->status != 200)
            status = refused(reply, what, err);
        if (*link->stop)
            link->give_up =
                fmin(link->give_up, clock_monotonic() + STOP_SECONDS);
        if (status != UNAVAILABLE || clock_monotonic() > link->give_up)
            return status;
        if (tries == 0)
            silence_log(what, err);
        http_reply_free(reply);
        sleep(RETRY_SECONDS);
    }
}

enum status
daemon_tell_fault(struct daemon_link *link, const char *fault,
                  struct error *err)
{
    struct http_reply reply = {0};
    json_t *json = json_deep_copy(link->introduction);
    json_object_set_new(json_object_get(json, "device"), "fault",
                        json_string(fault));
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL)
        return error_set(err, NO_MEMORY, "no memory to tell of a device");
    const struct http_request request = {
        .method = "POST",
        .path = "/internal/devices",
        .content_type = "application/json",
        .body = text,
        .size = strlen(text),
    };
    const enum status status =
        send_patiently(link, link->reports, &request, "device", &reply, err);
    free(text);
    http_reply_free(&reply);
    return status;
}

enum status
daemon_get(struct daemon_link *link, const char *path, const char *what,
           struct bytes *out, struct error *err)
{
    const struct http_request request = {.path = path};
    struct http_reply reply = {0};
    const enum status status =
        send_patiently(link, link->fetches, &request, what, &reply, err);
    if (status == OK) {
        *out = reply.body;
        memset(&reply.body, 0, sizeof(reply.body));
    }
    http_reply_free(&reply);
    return status;
}

static enum order
order_read(const struct http_reply *reply)
{
    static const char *const names[] = {
        [ORDER_GO] = "go",
        [ORDER_CANCEL] = "cancel",
        [ORDER_PAUSE] = "pause",
        [ORDER_RELEASE] = "release",
    };
    enum order order = ORDER_RELEASE; /* what is not understood: stop safely */
    json_t *json =
        json_loadb((const char *)reply->body.data, reply->body.size, 0, NULL);
    const char *command = json_string_value(json_object_get(json, "command"));
    for (size_t i = 0; command != NULL && i < ARRAY_LENGTH(names); i++)
        if (strcmp(command, names[i]) == 0)
            order = (enum order)i;
    json_decref(json);
    return order;
}

/* The number in the path makes a report that arrives twice count once, so it
 * is safe to send it again whenever no answer came. */
enum status
daemon_report(struct daemon_link *link, struct grant *grant,
              const struct bytes *report, enum order *order, struct error *err)
{
    char path[128];
    snprintf(path, sizeof(path), "/internal/leases/%s/reports/%lld",
             grant->lease, (long long)grant->sequence);
    const struct http_request request = {
        .method = "POST",
        .path = path,
        .content_type = "application/octet-stream",
        .body = report->data,
        .size = report->size,
    };
    struct http_reply reply = {0};
    const enum status status =
        send_patiently(link, link->reports, &request, "report", &reply, err);
    if (status == OK) {
        *order = order_read(&reply);
        grant->sequence++;
    }
    http_reply_free(&reply);
    return status;
}
