/* sweeps.c - many jobs from one description: one for each combination of
 * values. All are good and taken, or none is. */
#include "api/handlers.h"
#include "api/json.h"
#include "api/submit.h"
#include "queue/queue.h"

#include <stdlib.h>
#include <string.h>

#define JOBS_MOST   STORE_LIST_MOST
#define NAME_MOST   128 /* bytes of a job's name                             */
#define VALUE_SHOWN 24  /* bytes of a value in one                           */

/* What the body says. */
struct plan {
    const char *name; /* [borrowed], as the rest */
    json_t *job, *set;
    size_t count;
};

/* How many combinations there are; 0 with a fault. */
static size_t
count_combinations(json_t *set, struct faults *faults)
{
    const char *key;
    json_t *values;
    size_t count = 1;
    char pointer[sizeof(faults->list[0].pointer)];
    json_object_foreach(set, key, values)
    {
        size_t size = json_array_size(values);
        snprintf(pointer, sizeof(pointer), "/set/%.100s", key);
        if (size == 0)
            fault_add(faults, pointer, "must be a list of values");
        else if (count <= JOBS_MOST)
            count *= size;
    }
    if (json_object_size(set) == 0)
        fault_add(faults, "/set", "must be an object of keys and values");
    else if (count > JOBS_MOST)
        fault_add(faults, "/set", "makes more than %d jobs", JOBS_MOST);
    return faults->count ? 0 : count;
}

static void
read_plan(json_t *body, struct plan *plan, struct faults *faults)
{
    const char *key;
    json_t *value;
    json_object_foreach(body, key, value)
    {
        char pointer[sizeof(faults->list[0].pointer)];
        snprintf(pointer, sizeof(pointer), "/%.100s", key);
        if (strcmp(key, "job") && strcmp(key, "set") && strcmp(key, "name"))
            fault_add(faults, pointer, "unknown key");
    }
    value = json_object_get(body, "name");
    plan->name = value ? json_string_value(value) : "";
    if (!plan->name || json_string_length(value) > 128)
        fault_add(faults, "/name", "must be a text of at most 128 bytes");
    plan->job = json_object_get(body, "job");
    if (!json_is_object(plan->job))
        fault_add(faults, "/job", "must be a job's description");
    plan->set = json_object_get(body, "set");
    plan->count = count_combinations(plan->set, faults);
}

/* Sets a key such as "network.seed_ff". False where something that is no object
 * is in its way, or where that is too long. */
static bool
set_value(json_t *job, const char *path, json_t *value)
{
    char key[64];
    json_t *object = job;
    int depth = 0;
    for (size_t size; path[size = strcspn(path, ".")]; path += size + 1) {
        snprintf(key, sizeof(key), "%.*s", (int)size, path);
        json_t *inner = json_object_get(object, key);
        if (!inner) {
            inner = json_object();
            json_object_set_new(object, key, inner);
        }
        if (!json_is_object(inner) || ++depth > SPEC_DEPTH_MOST)
            return false;
        object = inner;
    }
    return json_object_set(object, path, value) == 0;
}

/* ---- names ------------------------------------------------------------- */

/* The bytes of `text` that are at most `most`, no character cut in two. */
static size_t
utf8_cut(const char *text, size_t most)
{
    size_t size = strlen(text);
    if (size <= most)
        return size;
    while (most > 0 && ((unsigned char)text[most] & 0xC0) == 0x80)
        most--;
    return most;
}

/* The last part of a key, or all of it where another ends likewise. */
static const char *
short_key(json_t *set, const char *path)
{
    const char *dot = strrchr(path, '.'), *key;
    const char *last = dot ? dot + 1 : path;
    json_t *values;
    json_object_foreach(set, key, values)
    {
        const char *other = strrchr(key, '.');
        if (strcmp(key, path) && !strcmp(other ? other + 1 : key, last))
            return path;
    }
    return last;
}

/* " eta=0.001"; a long value shows its beginning. */
static enum status
name_add(struct bytes *name, const char *key, const json_t *value)
{
    char *text = json_is_string(value)
                     ? strdup(json_string_value(value))
                     : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
                                             JSON_REAL_PRECISION(6));
    enum status status =
        text ? bytes_printf(name, " %s=%.*s", key,
                            (int)utf8_cut(text, VALUE_SHOWN), text)
             : NO_MEMORY;
    free(text);
    return status;
}

/* Adds to a job's name what it has otherwise than others of the sweep. */
static void
name_vary(const struct plan *plan, json_t *job, size_t number)
{
    const char *base = json_string_value(json_object_get(job, "name")), *key;
    json_t *values;
    struct bytes name = {0};
    size_t left = plan->count;
    if (json_object_get(plan->set, "name") ||
        (!base && json_object_get(job, "name")))
        return; /* its own, or a fault that is told of */
    if (!base || !*base)
        base = *plan->name ? plan->name
                           : json_string_value(json_object_get(job, "preset"));
    enum status status = bytes_printf(&name, "%s", base ? base : "");
    json_object_foreach(plan->set, key, values)
    {
        left /= json_array_size(values);
        size_t index = number / left % json_array_size(values);
        if (status == OK && json_array_size(values) > 1)
            status = name_add(&name, short_key(plan->set, key),
                              json_array_get(values, index));
    }
    if (status == OK)
        json_object_set_new(
            job, "name",
            json_stringn((char *)name.data,
                         utf8_cut((char *)name.data, NAME_MOST)));
    bytes_free(&name);
}

/* ---- jobs -------------------------------------------------------------- */

/* Combination `number`; the last key moves fastest. NULL after a fault. */
static json_t *
combine(const struct plan *plan, size_t number, struct faults *faults)
{
    json_t *job = json_deep_copy(plan->job), *values;
    const char *key;
    size_t left = plan->count;
    json_object_foreach(plan->set, key, values)
    {
        left /= json_array_size(values);
        size_t index = number / left % json_array_size(values);
        if (!set_value(job, key, json_array_get(values, index))) {
            char pointer[sizeof(faults->list[0].pointer)];
            snprintf(pointer, sizeof(pointer), "/set/%.100s", key);
            fault_add(faults, pointer, "there is no such key");
            json_decref(job);
            return NULL;
        }
    }
    name_vary(plan, job, number);
    return job;
}

/* Faults of a combination are those of its job. */
static void
move_faults(struct faults *faults, size_t number)
{
    struct faults *inner = memory_array(1, sizeof(*inner));
    if (!inner)
        return;
    *inner = *faults;
    *faults = (struct faults){.more = inner->more};
    for (size_t i = 0; i < inner->count; i++) {
        char pointer[sizeof(inner->list[0].pointer) + 8];
        snprintf(pointer, sizeof(pointer), "/job%s", inner->list[i].pointer);
        fault_add(faults, pointer, "%s (combination %zu)",
                  inner->list[i].detail, number + 1);
    }
    free(inner);
}

static enum status
make_jobs(struct store *store, const struct plan *plan, struct submission *jobs,
          struct faults *faults, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; status == OK && i < plan->count; i++) {
        json_t *job = combine(plan, i, faults);
        if (!job)
            return INVALID;
        status = submission_check(store, job, &jobs[i], faults, err);
        json_decref(job);
        if (status == INVALID)
            move_faults(faults, i);
    }
    return status;
}

/* The plan's jobs [owned], or every fault. */
static enum status
read_jobs(struct request *request, struct response *response, json_t *body,
          struct plan *plan, struct submission **out, struct error *err)
{
    struct faults *faults = memory_array(1, sizeof(*faults));
    if (!faults)
        return error_set(err, NO_MEMORY, "no memory for a sweep");
    enum status status = OK;
    read_plan(body, plan, faults);
    if (faults->count)
        status = INVALID;
    else if (!(*out = memory_array(plan->count, sizeof(**out))))
        status = error_set(err, NO_MEMORY, "no memory for a sweep");
    else
        status = make_jobs(request->store, plan, *out, faults, err);
    if (status == INVALID)
        status = faults_refuse(faults, "sweep", response, err);
    free(faults);
    return status;
}

/* ---- answers ----------------------------------------------------------------
 */

static json_t *
sweep_json(const struct sweep *sweep)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "id",
                     (json_int_t)sweep->id, "name", json_text(sweep->name),
                     "created_at", json_time(sweep->created_at), "set",
                     json_loads(sweep->axes, 0, NULL), "jobs",
                     json_loads(sweep->jobs, 0, NULL), "states",
                     json_loads(sweep->states, 0, NULL));
}

static enum status
answer(struct request *request, struct response *response, int64_t id, int code,
       struct error *err)
{
    struct sweep sweep = {0};
    enum status status = sweep_load(request->store, id, &sweep, err);
    if (status)
        return status;
    response_header(response, "Location", "/api/v1/sweeps/%lld", (long long)id);
    status = response_json(response, code, sweep_json(&sweep), err);
    sweep_clear(&sweep);
    return status;
}

static enum status
keep(struct request *request, struct response *response,
     const struct plan *plan, const struct submission *jobs, struct error *err)
{
    const char *key = NULL;
    char sha256[SHA256_HEX_SIZE];
    int64_t id;
    bool created;
    char *axes = json_dumps(plan->set, JSON_COMPACT);
    const struct sweep_plan taken = {plan->name, axes, jobs, plan->count};
    sha256_hex(request->body.data, request->body.size, sha256);
    enum status status = axes ? submit_key(request, response, &key, err)
                              : error_set(err, NO_MEMORY, "no memory");
    if (status == OK)
        status = queue_submit_sweep(api_queue(request->api), request->store,
                                    &taken, key, sha256, &id, &created, err);
    free(axes);
    if (status)
        return status;
    if (!created)
        response_header(response, "Idempotent-Replayed", "true");
    return answer(request, response, id, created ? 201 : 200, err);
}

enum status
sweeps_submit(struct request *request, struct response *response,
              struct error *err)
{
    static const char *const known[] = {"validate", NULL};
    static const char *const words[] = {"false", "true", NULL};
    struct plan plan = {0};
    struct submission *jobs = NULL;
    json_t *body = NULL;
    size_t validate;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_choice(request, "validate", words, &validate, err);
    if (status == OK)
        status = request_object(request, response, &body, err);
    if (status == OK)
        status = read_jobs(request, response, body, &plan, &jobs, err);
    if (status == OK && validate)
        status =
            response_json(response, 200,
                          json_pack("{s:s, s:O, s:I}", "name", plan.name, "set",
                                    plan.set, "count", (json_int_t)plan.count),
                          err);
    else if (status == OK)
        status = keep(request, response, &plan, jobs, err);
    free(jobs);
    json_decref(body);
    return status;
}

enum status
sweeps_list(struct request *request, struct response *response,
            struct error *err)
{
    static const char *const known[] = {"limit", "cursor", NULL};
    struct sweep *list = NULL;
    size_t count = 0;
    int64_t limit = 100, before = INT64_MAX;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status =
            request_whole(request, "limit", 1, STORE_LIST_MOST, &limit, err);
    if (status == OK)
        status = request_whole(request, "cursor", 1, INT64_MAX, &before, err);
    if (status == OK)
        status =
            sweep_list(request->store, before, (int)limit, &list, &count, err);
    if (status)
        return status;
    json_t *items = json_array(), *next = json_null();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(items, sweep_json(&list[i]));
    if (count == (size_t)limit && list[count - 1].id > 1) {
        char cursor[24];
        snprintf(cursor, sizeof(cursor), "%lld", (long long)list[count - 1].id);
        next = json_string(cursor);
    }
    sweep_list_free(list, count);
    return response_json(
        response, 200,
        json_pack("{s:o, s:o}", "items", items, "next_cursor", next), err);
}

enum status
sweeps_show(struct request *request, struct response *response,
            struct error *err)
{
    static const char *const known[] = {NULL};
    const char *name = request->captures[0];
    enum status status = request_only(request, known, err);
    if (status)
        return status;
    if (strspn(name, "0123456789") != strlen(name) || strlen(name) > 18)
        return error_set(err, NOT_FOUND, "there is no sweep '%.40s'", name);
    return answer(request, response, strtoll(name, NULL, 10), 200, err);
}
