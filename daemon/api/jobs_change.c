/* jobs_change.c - what may be changed of a job that exists: its name, tags,
 * priority and note. And whether it exists. */
#include "api/handlers.h"
#include "api/json.h"
#include "queue/queue.h"

#include <stdlib.h>
#include <string.h>

static const char *const changeable[] = {"name", "tags", "priority", "note"};

static bool
is_changeable(const char *key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(changeable); i++)
        if (strcmp(changeable[i], key) == 0)
            return true;
    return false;
}

/* A fault for every key that may not be changed. */
static enum status
check_keys(const json_t *body, struct response *response, struct error *err)
{
    const char *key;
    json_t *value;
    json_t *faults = json_array();
    json_object_foreach((json_t *)body, key, value)
    {
        char pointer[160];
        if (is_changeable(key))
            continue;
        snprintf(pointer, sizeof(pointer), "#/%.128s", key);
        json_t *text = json_string(pointer);
        json_array_append_new(faults, json_pack("{s:o, s:s}", "pointer",
                                                text ? text : json_string("#"),
                                                "detail", "cannot be changed"));
    }
    if (json_array_size(faults) == 0) {
        json_decref(faults);
        return OK;
    }
    response->faults = faults;
    return error_set(err, INVALID,
                     "only name, tags, priority and note can be changed");
}

/* The rules for these keys are those of a job handed in: let the same table
 * judge them, beside a preset that is known to be good. */
static enum status
read_change(const json_t *body, struct response *response,
            struct submission *out, struct error *err)
{
    struct faults *faults = memory_array(1, sizeof(*faults));
    json_t *whole = json_copy((json_t *)body);
    enum status status = NO_MEMORY;
    if (faults && whole) {
        json_object_set_new(whole, "preset", json_string(preset_name(0)));
        status = spec_from_json(whole, out, faults);
    }
    json_decref(whole);
    if (status == INVALID) {
        response->faults = faults_to_json(faults);
        error_set(err, INVALID, "%s %s", faults->list[0].pointer,
                  faults->list[0].detail);
    } else if (status) {
        error_set(err, status, "no memory for a change");
    }
    free(faults);
    return status;
}

/* If-Match guards against changing what somebody else has changed: the revision
 * that the change is for, 0 when it is for any. */
static enum status
read_match(const struct request *request, struct response *response,
           const struct job *job, int64_t *rev, struct error *err)
{
    char etag[48];
    const char *given = request_header(request, "If-Match");
    job_etag(job, etag, sizeof(etag));
    *rev = 0;
    if (!given || strcmp(given, "*") == 0)
        return OK;
    *rev = job->rev;
    if (strcmp(given, etag) == 0)
        return OK;
    return problem_set(response, PROBLEM_PRECONDITION, err,
                       "job %lld has changed since, it is at %s",
                       (long long)job->id, etag);
}

static enum status
change_job(struct request *request, struct response *response,
           const json_t *body, const struct submission *with, int64_t *id,
           struct error *err)
{
    struct job job = {0};
    int64_t rev;
    struct change change = {
        .name = json_object_get(body, "name") ? with->name : NULL,
        .tags = json_object_get(body, "tags") ? with->tags : NULL,
        .note = json_object_get(body, "note") ? with->note : NULL,
        .priority = json_object_get(body, "priority") ? &with->priority : NULL,
    };
    enum status status = job_of_request(request, &job, err);
    if (status)
        return status;
    *id = job.id;
    status = read_match(request, response, &job, &rev, err);
    job_clear(&job);
    if (status == OK)
        status = queue_change(api_queue(request->api), request->store, *id, rev,
                              &change, err);
    if (status == CONFLICT && rev)
        response->problem = PROBLEM_PRECONDITION;
    return status;
}

enum status
jobs_change(struct request *request, struct response *response,
            struct error *err)
{
    static const char *const known[] = {NULL};
    struct submission change;
    json_t *body = NULL;
    int64_t id = 0;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_object(request, response, &body, err);
    if (status == OK)
        status = check_keys(body, response, err);
    if (status == OK)
        status = read_change(body, response, &change, err);
    if (status == OK)
        status = change_job(request, response, body, &change, &id, err);
    json_decref(body);
    if (status)
        return status;
    return job_answer(request, response, id, 200, err);
}

enum status
jobs_delete(struct request *request, struct response *response,
            struct error *err)
{
    static const char *const known[] = {NULL};
    struct job job = {0};
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = job_of_request(request, &job, err);
    if (status)
        return status;
    int64_t id = job.id;
    job_clear(&job);
    status = queue_delete(api_queue(request->api), request->store, id, err);
    if (status == OK)
        response->code = 204;
    return status;
}
