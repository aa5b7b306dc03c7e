/* jobs.c - looking at jobs and stopping them: ls, show, log, cancel
 * and its like, rm. */
#include "client/client.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOG_SECONDS 1.0 /* between two looks at a log that is followed */
#define LIST_USUAL  "50"

/* ---- ls
 * ------------------------------------------------------------------------ */

static void
progress_cells(struct table *table, const struct job_view *job)
{
    char text[64];

    if (strcmp(job->state, "queued") == 0 && job->position > 0)
        snprintf(text, sizeof(text), "number %lld", (long long)job->position);
    else if (isfinite(job->fraction))
        snprintf(text, sizeof(text), "%.1f %%", 100 * job->fraction);
    else
        strcpy(text, "-");
    table_cell(table, text);
    table_cell(table, duration_text(job_is_over(job) ? NAN : job->eta, text,
                                    sizeof(text)));
    table_cell(table, number_text(job->mse, text, sizeof(text)));
    table_cell(table, number_text(job->test_mse, text, sizeof(text)));
}

static void
job_row(struct table *table, const json_t *object)
{
    struct job_view job;
    char text[64];

    job_view_from_json(object, &job);
    snprintf(text, sizeof(text), "%" PRId64, job.id);
    table_cell(table, text);
    table_cell(table, job.name);
    table_cell(table, job.state);
    progress_cells(table, &job);
    job.created[16] = '\0'; /* to the minute */
    char *middle = strchr(job.created, 'T');
    if (middle)
        *middle = ' ';
    table_cell(table, job.created);
}

static void
list_print(const json_t *page)
{
    static const char *const heads[] = {"ID",       "<NAME",         "<STATE",
                                        "DONE",     "?LEFT",         "MSE",
                                        "TEST MSE", "?<CREATED UTC", NULL};
    json_t *items = json_object_get(page, "items"), *job;
    struct table table;
    struct look look;
    size_t i;

    look_at(stdout, &look);
    table_start(&table, heads, 1);
    json_array_foreach(items, i, job) job_row(&table, job);
    table_print(&table, stdout, &look);
    table_free(&table);
    if (*json_text(page, "next_cursor"))
        fprintf(stderr, "the newest %zu; more with --limit\n",
                json_array_size(items));
}

static enum status
query_add(struct bytes *path, const struct arguments *arguments,
          const char *name, const char *usual, struct error *err)
{
    const char *value = option_value(arguments, name);
    enum status status = OK;

    if (!value && !usual)
        return OK;
    status = bytes_printf(
        path, "%c%s=", strchr((char *)path->data, '?') ? '&' : '?', name);
    if (status == OK)
        status = http_escape(value ? value : usual, path);
    return status == OK ? OK : error_set(err, NO_MEMORY, "out of memory");
}

enum outcome
ls_run(struct client *client, const struct arguments *arguments)
{
    struct http_reply reply = {0};
    struct bytes path = {0};
    json_t *page = NULL;
    struct error err = {0};
    enum status status = bytes_printf(&path, "/api/v1/jobs");

    if (status == OK)
        status = query_add(&path, arguments, "limit", LIST_USUAL, &err);
    if (status == OK)
        status = query_add(&path, arguments, "state", NULL, &err);
    if (status == OK)
        status = query_add(&path, arguments, "tag", NULL, &err);
    if (status == OK)
        status = query_add(&path, arguments, "sweep", NULL, &err);
    if (status == OK)
        status = client_call(client, "GET", NULL, &reply, &err, "%s",
                             (char *)path.data);
    if (status == OK && client->json)
        reply_print(&reply);
    else if (status == OK)
        status = reply_json(&reply, &page, &err);
    if (page)
        list_print(page);
    json_decref(page);
    http_reply_free(&reply);
    bytes_free(&path);
    return status == OK ? DONE : client_fail(client, status, &err);
}

/* ---- show
 * ------------------------------------------------------------------------ */

/* A value on one line: text without quotes, everything else as JSON. */
static void
value_print(const char *name, const json_t *value)
{
    char clean[4200];

    if (json_is_null(value) || !value)
        return;
    if (json_is_string(value)) {
        printf("%-28s %s\n", name,
               text_clean(json_string_value(value), clean, sizeof(clean)));
        return;
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
    printf("%-28s %s\n", name, text ? text : "");
    free(text);
}

static void
object_print(const char *prefix, const json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        char name[160], clean[80];
        snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "",
                 text_clean(key, clean, sizeof(clean)));
        if (json_is_object(value) && json_object_size(value))
            object_print(name, value);
        else if (!json_is_object(value))
            value_print(name, value);
    }
}

static void
job_print(const json_t *job)
{
    struct look look;
    struct job_view view;
    struct bytes line = {0};

    look_at(stdout, &look);
    job_view_from_json(job, &view);
    if (progress_line(&view, &look, clock_now_ms(), &line) == OK)
        printf("%s\n\n", (char *)line.data);
    bytes_free(&line);
    object_print("", job);
}

/* GET on one job: printed as it is, or by `print`. */
static enum status
job_get(struct client *client, int64_t id, struct error *err)
{
    struct http_reply reply = {0};
    json_t *job = NULL;
    enum status status = client_call(client, "GET", NULL, &reply, err,
                                     "/api/v1/jobs/%" PRId64, id);

    if (status == OK && client->json)
        reply_print(&reply);
    else if (status == OK)
        status = reply_json(&reply, &job, err);
    if (job)
        job_print(job);
    json_decref(job);
    http_reply_free(&reply);
    return status;
}

enum outcome
show_run(struct client *client, const struct arguments *arguments)
{
    int64_t *ids;
    size_t count;
    struct error err;
    enum status status = jobs_find(client, arguments, 0, &ids, &count, &err);

    for (size_t i = 0; status == OK && i < count; i++) {
        if (i && !client->json)
            putchar('\n');
        status = job_get(client, ids[i], &err);
    }
    free(ids);
    return status == OK ? DONE : client_fail(client, status, &err);
}

/* ---- log
 * ------------------------------------------------------------------------- */

/* Prints what the log holds beyond `*told` bytes. */
static enum status
log_print(struct client *client, int64_t id, size_t *told, struct error *err)
{
    struct http_reply reply = {0};
    enum status status = client_call(client, "GET", NULL, &reply, err,
                                     "/api/v1/jobs/%" PRId64 "/log", id);

    if (status == OK && reply.body.size > *told) {
        fwrite(reply.body.data + *told, 1, reply.body.size - *told, stdout);
        *told = reply.body.size;
        fflush(stdout);
    }
    http_reply_free(&reply);
    return status;
}

static enum status
job_over(struct client *client, int64_t id, bool *over, struct error *err)
{
    struct job_view view;
    json_t *job;
    enum status status =
        client_get(client, &job, err, "/api/v1/jobs/%" PRId64, id);

    if (status != OK)
        return status;
    job_view_from_json(job, &view);
    *over = job_is_over(&view);
    json_decref(job);
    return OK;
}

enum outcome
log_run(struct client *client, const struct arguments *arguments)
{
    static const struct timespec breath = {.tv_sec = (time_t)LOG_SECONDS};
    bool follow = option_given(arguments, "follow"), over = true;
    size_t told = 0;
    struct error err;
    int64_t id;
    enum status status = job_find(client, arguments->words[0], &id, &err);

    do {
        if (status == OK && follow)
            status = job_over(client, id, &over, &err);
        if (status == OK)
            status = log_print(client, id, &told, &err);
        if (status == OK && !over)
            nanosleep(&breath, NULL);
    } while (status == OK && !over && !client_interrupted());
    if (client_interrupted())
        return INTERRUPTED;
    return status == OK ? DONE : client_fail(client, status, &err);
}

/* ---- cancel and its like, rm
 * -------------------------------------------------------------------- */

/* Sends the same request for every job named; the first refusal is the
 * outcome, and does not keep the others from being asked. */
static enum outcome
jobs_tell(struct client *client, const struct arguments *arguments,
          const char *method, const char *suffix)
{
    int64_t *ids = NULL;
    size_t count;
    struct error err;
    enum outcome outcome = DONE;
    enum status status = jobs_find(client, arguments, 0, &ids, &count, &err);

    if (status != OK)
        return client_fail(client, status, &err);
    for (size_t i = 0; i < count && !client_interrupted(); i++) {
        struct http_reply reply = {0};
        status = client_call(client, method, NULL, &reply, &err,
                             "/api/v1/jobs/%" PRId64 "%s", ids[i], suffix);
        if (status == OK && client->json)
            reply_print(&reply);
        if (status != OK) {
            enum outcome refused = client_fail(client, status, &err);
            outcome = outcome == DONE ? refused : outcome;
        }
        http_reply_free(&reply);
    }
    free(ids);
    return client_interrupted() ? INTERRUPTED : outcome;
}

enum outcome
cancel_run(struct client *client, const struct arguments *arguments)
{
    return jobs_tell(client, arguments, "POST", "/cancel");
}

enum outcome
pause_run(struct client *client, const struct arguments *arguments)
{
    return jobs_tell(client, arguments, "POST", "/pause");
}

enum outcome
resume_run(struct client *client, const struct arguments *arguments)
{
    return jobs_tell(client, arguments, "POST", "/resume");
}

enum outcome
retry_run(struct client *client, const struct arguments *arguments)
{
    return jobs_tell(client, arguments, "POST", "/retry");
}

enum outcome
rm_run(struct client *client, const struct arguments *arguments)
{
    return jobs_tell(client, arguments, "DELETE", "");
}
