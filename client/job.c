/* job.c - which job is meant, and how far it is. */
#include "client/client.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLACK        0.01 /* s, between two ways to add up a time */
#define PREFIX_LEAST 4    /* characters of an uuid */

/* ---- values in JSON
 * ------------------------------------------------------------ */

static const json_t *
json_at(const json_t *object, const char *path)
{
    while (object && *path) {
        size_t length = strcspn(path, ".");
        char key[64];
        snprintf(key, sizeof(key), "%.*s", (int)length, path);
        object = json_object_get(object, key);
        path += length + (path[length] == '.');
    }
    return object;
}

double
json_number(const json_t *object, const char *path)
{
    const json_t *value = json_at(object, path);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

double
json_number_at(const json_t *object, const char *key, size_t index)
{
    const json_t *value = json_array_get(json_object_get(object, key), index);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *
json_text(const json_t *object, const char *path)
{
    const char *text = json_string_value(json_at(object, path));
    return text ? text : "";
}

/* ---- which job
 * ------------------------------------------------------------------- */

static bool
is_number(const char *word)
{
    return *word && strspn(word, "0123456789") == strlen(word) &&
           strlen(word) < 19;
}

static enum status
job_newest(struct client *client, int64_t *id, struct error *err)
{
    json_t *page;
    enum status status = client_get(client, &page, err, "/api/v1/jobs?limit=1");

    if (status != OK)
        return status;
    const json_t *job = json_array_get(json_object_get(page, "items"), 0);
    if (job)
        *id = json_integer_value(json_object_get(job, "id"));
    else
        status = error_set(err, NOT_FOUND, "@last: there is no job yet");
    json_decref(page);
    return status;
}

/* Counts the jobs of one page whose uuid begins with `word`. */
static size_t
page_count(const json_t *page, const char *word, int64_t *id)
{
    size_t i, found = 0;
    json_t *job;

    json_array_foreach(json_object_get(page, "items"), i, job)
    {
        if (strncasecmp(json_text(job, "uuid"), word, strlen(word)) != 0)
            continue;
        *id = json_integer_value(json_object_get(job, "id"));
        found++;
    }
    return found;
}

static enum status
job_by_uuid(struct client *client, const char *word, int64_t *id,
            struct error *err)
{
    struct bytes cursor = {0};
    size_t found = 0;
    enum status status;

    do {
        json_t *page;
        status = client_get(client, &page, err, "/api/v1/jobs?limit=500%s%s",
                            cursor.size ? "&cursor=" : "",
                            cursor.size ? (char *)cursor.data : "");
        if (status != OK)
            break;
        found += page_count(page, word, id);
        bytes_free(&cursor);
        const char *next = json_text(page, "next_cursor");
        if (*next)
            status = http_escape(next, &cursor);
        json_decref(page);
    } while (status == OK && cursor.size);
    bytes_free(&cursor);
    if (status == OK && found == 0)
        return error_set(err, NOT_FOUND, "no job %s", word);
    if (status == OK && found > 1)
        return error_set(err, INVALID, "%s is the beginning of %zu jobs", word,
                         found);
    return status;
}

/* A word of many digits may be both; a job of that number comes first. */
static enum status
job_by_number_or_uuid(struct client *client, const char *word, int64_t *id,
                      struct error *err)
{
    enum status status =
        client_call(client, "GET", NULL, NULL, err, "/api/v1/jobs/%s", word);

    if (status != NOT_FOUND)
        return status;
    return job_by_uuid(client, word, id, err);
}

enum status
job_find(struct client *client, const char *word, int64_t *id,
         struct error *err)
{
    if (strcmp(word, "@last") == 0)
        return job_newest(client, id, err);
    if (is_number(word)) {
        *id = atoll(word);
        if (strlen(word) < PREFIX_LEAST)
            return OK;
        return job_by_number_or_uuid(client, word, id, err);
    }
    if (strlen(word) >= PREFIX_LEAST &&
        strspn(word, "0123456789abcdefABCDEF-") == strlen(word))
        return job_by_uuid(client, word, id, err);
    return error_set(err, INVALID,
                     "'%s' is no job: give a number, @last or at least %d "
                     "digits of an uuid",
                     word, PREFIX_LEAST);
}

/* Adds what `word` names to the `count` numbers there are. */
static enum status
jobs_add(struct client *client, const char *word, int64_t **ids, size_t *count,
         struct error *err)
{
    static const char prefix[] = "sweep:";
    bool many = strncmp(word, prefix, sizeof(prefix) - 1) == 0;
    json_t *sweep = NULL, *number;
    size_t i, more = 1;
    enum status status = OK;

    if (many && strspn(word + sizeof(prefix) - 1, "0123456789") !=
                    strlen(word + sizeof(prefix) - 1))
        return error_set(err, INVALID, "'%s' is no sweep", word);
    if (many)
        status = client_get(client, &sweep, err, "/api/v1/sweeps/%s",
                            word + sizeof(prefix) - 1);
    if (many)
        more = json_array_size(json_object_get(sweep, "jobs"));
    int64_t *longer = realloc(*ids, (*count + more + 1) * sizeof(**ids));
    if (status == OK && !longer)
        status = error_set(err, NO_MEMORY, "out of memory");
    *ids = longer ? longer : *ids;
    json_array_foreach(json_object_get(sweep, "jobs"), i,
                       number) if (status == OK)(*ids)[(*count)++] =
        json_integer_value(number);
    if (status == OK && !many)
        status = job_find(client, word, &(*ids)[(*count)++], err);
    json_decref(sweep);
    return status;
}

enum status
jobs_find(struct client *client, const struct arguments *arguments,
          size_t first, int64_t **ids, size_t *count, struct error *err)
{
    enum status status = OK;

    *ids = NULL;
    *count = 0;
    for (size_t i = first; status == OK && i < arguments->word_count; i++)
        status = jobs_add(client, arguments->words[i], ids, count, err);
    if (status != OK) {
        free(*ids);
        *ids = NULL;
    }
    return status;
}

/* ---- which checkpoint --------------------------------------------------- */

enum status
checkpoint_parse(const char *text, const char *what, char out[CHECKPOINT_SIZE],
                 struct error *err)
{
    double seconds;

    if (strcmp(text, "final") == 0 || strcmp(text, "latest") == 0) {
        strcpy(out, text);
        return OK;
    }
    if (number_parse(text, what, 0, 1e9, &seconds, err) != OK)
        return INVALID;
    snprintf(out, CHECKPOINT_SIZE, "%.15g", seconds);
    return OK;
}

enum status
checkpoint_find(struct client *client, const char *word, int64_t *id,
                char out[CHECKPOINT_SIZE], struct error *err)
{
    const char *at = strrchr(word, '@');
    char job[80];
    enum status status;

    if (!at || at == word) /* "@last" */
        at = word + strlen(word);
    snprintf(job, sizeof(job), "%.*s", (int)(at - word), word);
    status =
        checkpoint_parse(*at ? at + 1 : "final", "the time after @", out, err);
    return status == OK ? job_find(client, job, id, err) : status;
}

/* ---- how far it is
 * ------------------------------------------------------------------ */

static int64_t
json_whole(const json_t *object, const char *path)
{
    double value = json_number(object, path);
    return isnan(value) ? 0 : (int64_t)value;
}

/* s from 1970 of "2026-11-23T23:51:27.123Z", NAN when it is not there. */
static double
time_parse(const char *text)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);

    if (!rest)
        return NAN;
    return (double)timegm(&parts) + (*rest == '.' ? strtod(rest, NULL) : 0);
}

bool
job_has_feedback(const json_t *job)
{
    return !json_is_false(json_at(job, "spec.feedback.enabled"));
}

bool
job_learns(const json_t *job)
{
    return !json_is_false(json_at(job, "spec.learning.enabled"));
}

bool
job_is_reinforcement(const json_t *job)
{
    const char *task = json_text(job, "spec.rl.task");
    return *task && strcmp(task, "none") != 0;
}

/* The filtered error is what the learning rule gets: without it there is none.
 * Where nothing is fed back, what counts is how far the network strays by
 * itself. A period that is only partly the one or the other tells neither. */
static void
errors_view(const json_t *job, struct job_view *out)
{
    double end = json_number(job, "metrics.last.t_end");
    double begin = end - json_number(job, "spec.schedule.period");
    double settle = json_number(job, "spec.schedule.settle");
    double test = json_number(job, "spec.schedule.duration") -
                  json_number(job, "spec.schedule.test");

    out->mse = out->test_mse = NAN;
    if (begin > test - SLACK || !job_has_feedback(job))
        out->test_mse = json_number(job, "metrics.last.mse_raw");
    if (begin > settle - SLACK && end < test + SLACK && job_learns(job))
        out->mse = json_number(job, "metrics.last.mse");
}

void
job_view_from_json(const json_t *job, struct job_view *out)
{
    memset(out, 0, sizeof(*out));
    out->id = json_whole(job, "id");
    out->rev = json_whole(job, "rev");
    out->restarts = json_whole(job, "restarts");
    out->position = json_whole(job, "queue.position");
    text_clean(json_text(job, "name"), out->name, sizeof(out->name));
    if (!*out->name)
        text_clean(json_text(job, "spec.preset"), out->name, sizeof(out->name));
    text_clean(json_text(job, "state"), out->state, sizeof(out->state));
    text_clean(json_text(job, "state_reason"), out->reason,
               sizeof(out->reason));
    text_clean(json_text(job, "provenance.device"), out->device,
               sizeof(out->device));
    text_clean(json_text(job, "created_at"), out->created,
               sizeof(out->created));
    out->unit = job_is_reinforcement(job) ? "episodes" : "s";
    out->done = json_number(job, "progress.done");
    out->total = json_number(job, "progress.total");
    out->fraction = json_number(job, "progress.fraction");
    out->rate = json_number(job, "progress.rate");
    out->eta = json_number(job, "progress.eta_seconds");
    errors_view(job, out);
    out->started = time_parse(json_text(job, "started_at"));
    out->wall = time_parse(json_text(job, "finished_at")) - out->started;
}

bool
job_is_over(const struct job_view *job)
{
    static const char *const last[] = {"succeeded", "failed", "cancelled",
                                       "diverged"};

    for (size_t i = 0; i < ARRAY_LENGTH(last); i++)
        if (strcmp(job->state, last[i]) == 0)
            return true;
    return false;
}

bool
job_is_good(const struct job_view *job)
{
    return strcmp(job->state, "succeeded") == 0;
}
