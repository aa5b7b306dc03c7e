/* leases.c - what a worker asks for: a job, and the state to go on from; and
 * what it says of a device that is not fit for any.
 * doc/protocol.md is the contract. */
#include "api/handlers.h"
#include "api/json.h"
#include "queue/queue.h"

#include <stdio.h>
#include <string.h>

/* Copies a name of the worker's into a field; one that is empty, too long or
 * not to be shown is a fault of its. */
static enum status
take_text(const json_t *object, const char *key, char *out, size_t size,
          struct error *err)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || !*text || strlen(text) >= size)
        return error_set(err, INVALID, "%s must be a text of 1 to %zu bytes",
                         key, size - 1);
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return error_set(err, INVALID, "%s has a control character", key);
    snprintf(out, size, "%s", text);
    return OK;
}

/* The same, of a text that only people read: cut, between characters, and on
 * one line. */
static void
take_words(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    size_t length = text ? strlen(text) : 0;
    if (length >= size) {
        length = size - 1;
        while (length && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    for (size_t i = 0; i < length; i++)
        out[i] =
            (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i];
    out[length] = '\0';
}

static enum status
read_worker(const json_t *object, struct worker *out, struct error *err)
{
    take_words(object, "host", out->host, sizeof(out->host));
    take_words(object, "version", out->version, sizeof(out->version));
    out->pid = json_integer_value(json_object_get(object, "pid"));
    out->local = json_is_true(json_object_get(object, "local"));
    return take_text(object, "name", out->name, sizeof(out->name), err);
}

static enum status
read_device(const json_t *object, struct device *out, struct error *err)
{
    take_words(object, "name", out->name, sizeof(out->name));
    take_words(object, "vendor", out->vendor, sizeof(out->vendor));
    take_words(object, "driver", out->driver, sizeof(out->driver));
    take_words(object, "platform", out->platform, sizeof(out->platform));
    take_words(object, "fault", out->fault, sizeof(out->fault));
    out->memory = json_integer_value(json_object_get(object, "memory"));
    out->units = json_integer_value(json_object_get(object, "units"));
    enum status status = take_text(object, "id", out->id, sizeof(out->id), err);
    if (status)
        return status;
    if (strcmp(out->id, "any") == 0)
        return error_set(err, INVALID, "id must not be \"any\"");
    status = take_text(object, "type", out->type, sizeof(out->type), err);
    if (status == OK && strcmp(out->type, "gpu") && strcmp(out->type, "cpu"))
        return error_set(err, INVALID, "type must be gpu or cpu");
    return status;
}

/* Who asks, for which device, and what runs there already, "" nothing. */
static enum status
read_asker(struct request *request, struct response *response,
           struct device *out, char shape[SPEC_SHAPE_SIZE], struct error *err)
{
    json_t *body;
    enum status status = request_object(request, response, &body, err);
    if (status)
        return status;
    status = read_worker(json_object_get(body, "worker"), &out->worker, err);
    if (status)
        error_prefix(err, "worker: ");
    else {
        status = read_device(json_object_get(body, "device"), out, err);
        if (status)
            error_prefix(err, "device: ");
    }
    shape[0] = '\0';
    if (status == OK && json_object_get(body, "shape"))
        status = take_text(body, "shape", shape, SPEC_SHAPE_SIZE, err);
    json_decref(body);
    return status;
}

enum status
device_tell(struct request *request, struct response *response,
            struct error *err)
{
    struct device device = {0};
    char shape[SPEC_SHAPE_SIZE];
    enum status status = read_asker(request, response, &device, shape, err);
    if (status == OK && device.fault[0] == '\0')
        status = error_set(err, INVALID,
                           "device: fault must say what is wrong with it");
    if (status == OK)
        status = queue_device_fault(request->store, &device, err);
    return status ? status : response_json(response, 200, json_object(), err);
}

static enum status
answer_grant(const struct grant *grant, struct response *response,
             struct error *err)
{
    json_t *resume = json_null();
    if (grant->resumes)
        resume =
            json_pack("{s:o, s:I, s:s}", "t", json_number(grant->checkpoint.t),
                      "step", (json_int_t)grant->checkpoint.step, "sha256",
                      grant->checkpoint.sha256);
    json_t *answer = json_pack(
        "{s:s, s:I, s:s, s:o, s:I, s:o, s:o, s:b}", "lease", grant->lease,
        "job", (json_int_t)grant->job, "shape", grant->shape, "spec",
        json_loads(grant->spec, JSON_REJECT_DUPLICATES, NULL), "sequence",
        (json_int_t)grant->sequence, "expires_in",
        json_number(grant->expires_in), "resume", resume, "network_known",
        grant->network_known);
    return response_json(response, 200, answer, err);
}

enum status
lease_take(struct request *request, struct response *response,
           struct error *err)
{
    static const char *const known[] = {"wait", NULL};
    struct device device = {0};
    struct grant grant = {0};
    char shape[SPEC_SHAPE_SIZE];
    double wait = 0;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status =
            request_number(request, "wait", 0, WAIT_SECONDS_MAX, &wait, err);
    if (status == OK)
        status = read_asker(request, response, &device, shape, err);
    if (status)
        return status;
    device.worker.token = request->token;
    if (request_is_abandoned(request)) { /* a worker that died as it waited */
        response->code = 204;
        return OK;
    }
    device.fault[0] = '\0'; /* who asks for a job is fit for it */
    status = queue_lease(api_queue(request->api), request->store, &device,
                         shape[0] ? shape : NULL, &grant, err);
    if (status == OK)
        status = answer_grant(&grant, response, err);
    else if (status == NOT_FOUND) {
        status = OK;
        if (wait > 0 && request->may_wait && !api_is_draining(request->api))
            response_wait(response, TOPIC_WORK, wait);
        else
            response->code = 204;
    }
    grant_clear(&grant);
    return status;
}

/* A lease is good for the token that took it alone; one that is not there is
 * for the queue to tell. */
enum status
lease_is_his(const struct request *request, struct response *response,
             struct error *err)
{
    struct lease lease;
    enum status status =
        lease_load(request->store, request->captures[0], &lease, err);
    if (status == NOT_FOUND || request->role == TOKEN_OWNER)
        return OK;
    if (status == OK && lease.token != request->token)
        return problem_set(response, PROBLEM_FORBIDDEN, err,
                           "another token has taken this lease");
    return status;
}

enum status
lease_checkpoint(struct request *request, struct response *response,
                 struct error *err)
{
    struct bytes bytes = {0};
    enum status status = lease_is_his(request, response, err);
    if (status == OK)
        status =
            queue_checkpoint(request->store, request->captures[0], &bytes, err);
    if (status == OK)
        response_download(response, &bytes, "application/octet-stream",
                          "checkpoint.npz");
    bytes_free(&bytes);
    return status;
}
