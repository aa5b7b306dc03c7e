/* job_json.c - a job as the world sees it, and how the world names it. */
#include "api/json.h"
#include "api/asked.h"
#include "queue/queue.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *
json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *
json_time(int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    if (ms == 0)
        return json_null();
    clock_rfc3339(ms, text);
    return json_string(text);
}

json_t *
json_text(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

/* Stored JSON text; null where there is none. */
static json_t *
json_stored(const char *text)
{
    json_t *json = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return json ? json : json_null();
}

static json_t *
json_id(int64_t id)
{
    return id ? json_integer(id) : json_null();
}

static json_t *
progress_json(const struct job *job)
{
    double left = job->total - job->done;
    bool moves = job->state == JOB_RUNNING && job->rate > 0;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o}", "done", json_number(job->done), "total",
        json_number(job->total), "fraction",
        json_number(job->total > 0 ? job->done / job->total : 0), "rate",
        json_number(moves ? job->rate : NAN), "eta_seconds",
        json_number(moves ? left / job->rate : NAN));
}

static json_t *
metric_json(const struct metric *metric)
{
    json_t *object = json_object();
    json_t *marks = json_object();
    for (int key = 0; key < METRIC_KEYS; key++) {
        double value = metric->value[key];
        const char *name = metric_name((enum metric_key)key);
        json_object_set_new(object, name,
                            key == METRIC_PERIOD && isfinite(value)
                                ? json_integer((json_int_t)value)
                                : json_number(value));
        if (!isfinite(value))
            json_object_set_new(marks, name, json_string("nan"));
    }
    if (json_object_size(marks))
        json_object_set(object, "nonfinite", marks);
    json_decref(marks);
    return object;
}

/* The least value of each measure; not of when it was. */
static json_t *
least_json(const struct metric *least)
{
    json_t *object = metric_json(least);
    json_object_del(object, metric_name(METRIC_PERIOD));
    json_object_del(object, metric_name(METRIC_T_END));
    return object;
}

/* The same of a job that learns by reinforcement. */
static enum status
episodes_json(struct store *store, int64_t job, json_t **out, struct error *err)
{
    struct episode last = {0};
    double least = NAN;
    bool present = false;
    enum status status =
        episode_summarize(store, job, &present, &last, &least, err);
    if (status)
        return status;
    if (present)
        *out =
            json_pack("{s:{s:I, s:o}, s:{s:o}}", "last", "episode",
                      (json_int_t)last.number, "time", json_number(last.time),
                      "min", "time", json_number(least));
    else
        *out = json_pack("{s:n, s:n}", "last", "min");
    return OK;
}

static enum status
summary_json(struct store *store, int64_t job, json_t **out, struct error *err)
{
    struct metric_summary summary = {0};
    enum status status = metric_summarize(store, job, &summary, err);
    if (status)
        return status;
    if (!summary.present)
        return episodes_json(store, job, out, err);
    *out = json_pack("{s:o, s:o}", "last", metric_json(&summary.last), "min",
                     least_json(&summary.least));
    return OK;
}

static enum status
place_json(struct store *store, const struct job *job, json_t **out,
           struct error *err)
{
    struct outlook outlook = {0};
    enum status status = queue_outlook(store, job, &outlook, err);
    if (status == OK)
        *out = json_pack("{s:o, s:o}", "position", json_id(outlook.place),
                         "estimated_start", json_time(outlook.estimated_start));
    return status;
}

/* What it comes after, and whether it still waits for that. */
static enum status
after_json(struct store *store, int64_t id, json_t **out, struct error *err)
{
    struct earlier *list;
    size_t count;
    enum status status = job_after_list(store, id, &list, &count, err);
    if (status)
        return status;
    *out = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct earlier *one = &list[i];
        bool met = one->state == JOB_SUCCEEDED ||
                   (one->any_end && job_state_is_final(one->state));
        json_array_append_new(
            *out, json_pack("{s:I, s:s, s:s, s:b}", "job", (json_int_t)one->job,
                            "end", one->any_end ? "any" : "success", "state",
                            job_state_name(one->state), "met", met));
    }
    free(list);
    return OK;
}

void
job_etag(const struct job *job, char *out, size_t size)
{
    snprintf(out, size, "\"%lld-%lld\"", (long long)job->id,
             (long long)job->rev);
}

enum status
job_to_json(struct store *store, const struct job *job, json_t **out,
            struct error *err)
{
    json_t *place = NULL, *after = NULL, *metrics = NULL;
    enum status status = place_json(store, job, &place, err);
    if (status == OK)
        status = after_json(store, job->id, &after, err);
    if (status == OK)
        status = summary_json(store, job->id, &metrics, err);
    if (status) {
        json_decref(place);
        json_decref(after);
        return status;
    }
    /* clang-format off */
    *out = json_pack(
        "{s:I, s:s, s:I, s:o, s:o, s:o, s:s, s:o, s:i, s:o, s:o,"
        " s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o}",
        "id", (json_int_t)job->id, "uuid", job->uuid,
        "rev", (json_int_t)job->rev,
        "name", json_text(job->name), "tags", json_stored(job->tags),
        "note", json_text(job->note),
        "state", job_state_name(job->state),
        "state_reason", json_text(job->state_reason),
        "priority", job->priority, "queue", place, "after", after,
        "progress", progress_json(job),
        "created_at", json_time(job->created_at),
        "started_at", json_time(job->started_at),
        "finished_at", json_time(job->finished_at),
        "restarts", job->restarts,
        "parent", json_id(job->parent), "sweep", json_id(job->sweep),
        "spec", json_stored(job->spec),
        "provenance", json_stored(job->provenance), "metrics", metrics);
    /* clang-format on */
    return *out ? OK : error_set(err, NO_MEMORY, "no memory for a job");
}

static bool
is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

enum status
job_named(struct store *store, const char *name, struct job *out,
          struct error *err)
{
    int64_t id = 0;
    errno = 0;
    if (is_number(name))
        id = strtoll(name, NULL, 10);
    else if (strlen(name) == 36) {
        enum status status = job_find(store, name, &id, err);
        if (status)
            return status;
    }
    if (id <= 0 || errno)
        return error_set(err, NOT_FOUND, "there is no job '%.40s'", name);
    return job_load(store, id, out, err);
}

enum status
job_of_request(const struct request *request, struct job *out,
               struct error *err)
{
    return job_named(request->store, request->captures[0], out, err);
}

enum status
job_with_spec(const struct request *request, struct job *job, struct spec *spec,
              struct error *err)
{
    enum status status = job_of_request(request, job, err);
    return status ? status : spec_from_text(job->spec, spec, err);
}
