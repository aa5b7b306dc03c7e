/* jobs.c - jobs: hand in, list, show, change, stop. */
#include "api/handlers.h"
#include "api/json.h"
#include "api/sources.h"
#include "api/submit.h"
#include "drive/drive.h"
#include "queue/queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_USUAL 100

static const char *const none[] = {NULL};

/* ---- submit ----------------------------------------------------------------
 */

json_t *
faults_to_json(const struct faults *faults)
{
    json_t *list = json_array();
    for (size_t i = 0; i < faults->count; i++) {
        char pointer[sizeof(faults->list[i].pointer) + 1];
        snprintf(pointer, sizeof(pointer), "#%s", faults->list[i].pointer);
        json_t *detail = json_string(faults->list[i].detail);
        json_array_append_new(
            list, json_pack("{s:s, s:o}", "pointer", pointer, "detail",
                            detail ? detail : json_string("is not valid")));
    }
    return list;
}

enum status
submission_check(struct store *store, json_t *object, struct submission *out,
                 struct faults *faults, struct error *err)
{
    enum status status = sources_fill(store, object, err);
    if (status == OK)
        status = spec_from_json(object, out, faults);
    if (status)
        return status;
    drive_check(&out->spec, faults);
    status = sources_check(store, &out->spec, faults, err);
    return status == OK ? after_check(store, out, faults, err) : status;
}

enum status
faults_refuse(const struct faults *faults, const char *what,
              struct response *response, struct error *err)
{
    size_t count = faults->count + faults->more;
    response->faults = faults_to_json(faults);
    return error_set(err, INVALID, "the %s has %zu fault%s: %s %s", what, count,
                     count == 1 ? "" : "s", faults->list[0].pointer,
                     faults->list[0].detail);
}

static enum status
read_submission(struct request *request, struct response *response,
                struct submission *out, struct error *err)
{
    json_t *object;
    enum status status = request_object(request, response, &object, err);
    if (status)
        return status;
    struct faults *faults = memory_array(1, sizeof(*faults));
    if (faults)
        status = submission_check(request->store, object, out, faults, err);
    else
        status = error_set(err, NO_MEMORY, "no memory for a job");
    json_decref(object);
    if (status == INVALID)
        status = faults_refuse(faults, "job", response, err);
    free(faults);
    return status;
}

/* How long the job would take by the pace of those that run: s, NAN unknown. */
static double
estimate(struct store *store, double duration)
{
    struct job_pace pace = {0};
    if (job_pace(store, &pace, NULL) || pace.known == 0 || !(pace.rate > 0))
        return NAN;
    return duration / (pace.rate / (double)pace.known);
}

static enum status
answer_validation(struct request *request, struct response *response,
                  const struct submission *submission, struct error *err)
{
    const struct spec *spec = &submission->spec;
    double seconds = spec->rl.task != RL_NONE
                         ? NAN
                         : estimate(request->store, spec->schedule.duration);
    json_t *tags = json_loads(submission->tags, 0, NULL);
    json_t *answer = json_pack(
        "{s:o, s:o, s:i, s:o, s:o, s:I, s:o}", "name",
        json_text(submission->name), "tags", tags ? tags : json_object(),
        "priority", submission->priority, "note", json_text(submission->note),
        "spec", spec_to_json(spec), "memory", (json_int_t)spec_memory(spec),
        "estimated_seconds", json_number(seconds));
    return response_json(response, 200, answer, err);
}

enum status
job_answer(struct request *request, struct response *response, int64_t id,
           int code, struct error *err)
{
    struct job job = {0};
    json_t *json = NULL;
    enum status status = job_load(request->store, id, &job, err);
    if (status == OK)
        status = job_to_json(request->store, &job, &json, err);
    if (status == OK) {
        response_header(response, "Location", "/api/v1/jobs/%lld",
                        (long long)id);
        status = response_json(response, code, json, err);
    }
    job_clear(&job);
    return status;
}

enum status
submit_key(struct request *request, struct response *response, const char **out,
           struct error *err)
{
    const char *key = request_header(request, "Idempotency-Key");
    if (key && (strlen(key) < 1 || strlen(key) > 128))
        return problem_set(response, PROBLEM_MALFORMED, err,
                           "Idempotency-Key must have 1 to 128 characters");
    *out = key;
    return OK;
}

enum status
jobs_submit(struct request *request, struct response *response,
            struct error *err)
{
    static const char *const known[] = {"validate", NULL};
    static const char *const words[] = {"false", "true", NULL};
    struct submission submission;
    size_t validate;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_choice(request, "validate", words, &validate, err);
    if (status == OK)
        status = read_submission(request, response, &submission, err);
    if (status)
        return status;
    if (validate)
        return answer_validation(request, response, &submission, err);
    const char *key = NULL;
    char sha256[SHA256_HEX_SIZE];
    int64_t id;
    bool created;
    sha256_hex(request->body.data, request->body.size, sha256);
    status = submit_key(request, response, &key, err);
    if (status == OK)
        status = queue_submit(api_queue(request->api), request->store,
                              &submission, key, sha256, &id, &created, err);
    if (status)
        return status;
    if (!created)
        response_header(response, "Idempotent-Replayed", "true");
    return job_answer(request, response, id, created ? 201 : 200, err);
}

/* ---- list and show ----------------------------------------------------------
 */

static enum status
list_filter(struct request *request, struct job_filter *filter,
            struct error *err)
{
    static const char *const known[] = {"state", "tag",    "sweep",
                                        "limit", "cursor", NULL};
    enum job_state state;
    int64_t limit = PAGE_USUAL;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status =
            request_whole(request, "limit", 1, STORE_LIST_MOST, &limit, err);
    if (status == OK)
        status = request_whole(request, "cursor", 1, INT64_MAX, &filter->before,
                               err);
    if (status == OK)
        status =
            request_whole(request, "sweep", 1, INT64_MAX, &filter->sweep, err);
    if (status)
        return status;
    filter->limit = (int)limit;
    filter->tag = request_parameter(request, "tag");
    filter->state = request_parameter(request, "state");
    if (filter->state && !job_state_parse(filter->state, &state))
        return error_set(err, INVALID, "there is no state '%.40s'",
                         filter->state);
    return OK;
}

static enum status
list_json(struct store *store, const struct job *list, size_t count,
          json_t *items, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        json_t *job;
        enum status status = job_to_json(store, &list[i], &job, err);
        if (status)
            return status;
        json_array_append_new(items, job);
    }
    return OK;
}

enum status
jobs_list(struct request *request, struct response *response, struct error *err)
{
    struct job_filter filter = {0};
    struct job *list = NULL;
    size_t count = 0;
    enum status status = list_filter(request, &filter, err);
    if (status == OK)
        status = job_list(request->store, &filter, &list, &count, err);
    if (status)
        return status;
    json_t *items = json_array();
    status = list_json(request->store, list, count, items, err);
    json_t *next = json_null();
    if (count == (size_t)filter.limit && list[count - 1].id > 1) {
        char cursor[24];
        snprintf(cursor, sizeof(cursor), "%lld", (long long)list[count - 1].id);
        next = json_string(cursor);
    }
    json_t *answer =
        json_pack("{s:o, s:o}", "items", items, "next_cursor", next);
    job_list_free(list, count);
    if (status == OK)
        return response_json(response, 200, answer, err);
    json_decref(answer);
    return status;
}

enum status
jobs_show(struct request *request, struct response *response, struct error *err)
{
    static const char *const known[] = {"wait", "since", NULL};
    struct job job = {0};
    json_t *json = NULL;
    double wait = 0;
    int64_t since = -1;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status =
            request_number(request, "wait", 0, WAIT_SECONDS_MAX, &wait, err);
    if (status == OK)
        status = request_whole(request, "since", 0, INT64_MAX, &since, err);
    if (status == OK)
        status = job_of_request(request, &job, err);
    if (status)
        return status;
    bool unchanged = job.rev <= since && wait > 0;
    if (unchanged && request->may_wait) {
        response_wait(response, job.id, wait);
    } else {
        char etag[48];
        job_etag(&job, etag, sizeof(etag));
        status = job_to_json(request->store, &job, &json, err);
        if (status == OK)
            status = response_json(response, unchanged ? 304 : 200, json, err);
        if (status == OK)
            response_apply_match(request, response, etag);
    }
    job_clear(&job);
    return status;
}

/* ---- verbs ------------------------------------------------------------------
 */

typedef enum status verb(struct queue *, struct store *, int64_t id,
                         struct error *);

/* A verb takes no options: no body, or an empty object. */
static enum status
check_no_options(const struct request *request, struct response *response,
                 struct error *err)
{
    json_t *body;
    if (request->body.size == 0)
        return OK;
    enum status status = request_object(request, response, &body, err);
    if (status)
        return status;
    bool empty = json_object_size(body) == 0;
    json_decref(body);
    return empty ? OK
                 : error_set(err, INVALID, "the body must be an empty object");
}

static enum status
apply_verb(struct request *request, struct response *response, verb *apply,
           struct error *err)
{
    struct job job = {0};
    enum status status = request_only(request, none, err);
    if (status == OK)
        status = check_no_options(request, response, err);
    if (status == OK)
        status = job_of_request(request, &job, err);
    if (status)
        return status;
    int64_t id = job.id;
    job_clear(&job);
    status = apply(api_queue(request->api), request->store, id, err);
    return status ? status : job_answer(request, response, id, 202, err);
}

enum status
jobs_cancel(struct request *request, struct response *response,
            struct error *err)
{
    return apply_verb(request, response, queue_cancel, err);
}

enum status
jobs_pause(struct request *request, struct response *response,
           struct error *err)
{
    return apply_verb(request, response, queue_pause, err);
}

enum status
jobs_resume(struct request *request, struct response *response,
            struct error *err)
{
    return apply_verb(request, response, queue_resume, err);
}

enum status
jobs_retry(struct request *request, struct response *response,
           struct error *err)
{
    return apply_verb(request, response, queue_retry, err);
}
