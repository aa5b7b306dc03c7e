/* results.c - what a job left behind: weights, traces, metrics. */
#include "client/client.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE  512
#define HEADS_KEPT 5 /* columns of metrics, however narrow a terminal is */

enum outcome
result_download(struct client *client, const char *path, const char *name)
{
    struct error err;
    enum status status;

    if (strcmp(name, "-") == 0 && isatty(STDOUT_FILENO))
        status = error_set(&err, INVALID,
                           "these bytes are not for a terminal; redirect them");
    else
        status = download(client, path, name, &err);
    if (status != OK)
        return client_fail(client, status, &err);
    if (strcmp(name, "-") != 0)
        printf("%s\n", name);
    return DONE;
}

enum outcome
result_print(struct client *client, const char *path)
{
    struct http_reply reply = {0};
    struct error err;
    enum status status =
        client_call(client, "GET", NULL, &reply, &err, "%s", path);

    if (status == OK)
        reply_print(&reply);
    http_reply_free(&reply);
    return status == OK ? DONE : client_fail(client, status, &err);
}

/* ---- weights
 * ---------------------------------------------------------------------- */

static enum status
weights_path(const struct arguments *arguments, int64_t id, char *path,
             size_t size, struct error *err)
{
    const char *at = option_value(arguments, "at");
    const char *dense = option_value(arguments, "dense");
    char time[CHECKPOINT_SIZE];

    if (checkpoint_parse(at ? at : "final", "--at", time, err) != OK)
        return INVALID;
    if (dense && strcmp(dense, "ff") != 0 && strcmp(dense, "rec") != 0)
        return error_set(err, INVALID, "--dense must be ff or rec, is '%s'",
                         dense);
    if (dense)
        snprintf(path, size,
                 "/api/v1/jobs/%" PRId64 "/checkpoints/%s/weights/%s.npy", id,
                 time, dense);
    else
        snprintf(path, size,
                 "/api/v1/jobs/%" PRId64 "/checkpoints/%s/weights.npz", id,
                 time);
    return OK;
}

enum outcome
weights_run(struct client *client, const struct arguments *arguments)
{
    const char *dense = option_value(arguments, "dense");
    const char *name = option_value(arguments, "output");
    char path[PATH_SIZE], usual[64];
    struct error err;
    int64_t id;
    enum status status = job_find(client, arguments->words[0], &id, &err);

    if (status == OK)
        status = weights_path(arguments, id, path, sizeof(path), &err);
    if (status != OK)
        return client_fail(client, status, &err);
    if (client->json) {
        char list[PATH_SIZE];
        snprintf(list, sizeof(list), "/api/v1/jobs/%" PRId64 "/checkpoints",
                 id);
        enum outcome outcome = result_print(client, list);
        if (!name || outcome != DONE)
            return outcome;
        status = download(client, path, name, &err);
        return status == OK ? DONE : client_fail(client, status, &err);
    }
    if (dense)
        snprintf(usual, sizeof(usual), "weights-%s.npy", dense);
    else
        strcpy(usual, "weights.npz");
    return result_download(client, path, name ? name : usual);
}

/* ---- traces
 * ----------------------------------------------------------------------- */

enum outcome
traces_run(struct client *client, const struct arguments *arguments)
{
    const char *window = option_value(arguments, "window");
    const char *name = option_value(arguments, "output");
    struct bytes path = {0};
    struct error err;
    int64_t id;
    enum status status = job_find(client, arguments->words[0], &id, &err);

    if (status == OK)
        status =
            bytes_printf(&path, "/api/v1/jobs/%" PRId64 "/traces?format=%s", id,
                         client->json && !name ? "json" : "npz");
    if (status == OK && window)
        status = bytes_printf(&path, "&window=");
    if (status == OK && window)
        status = http_escape(window, &path);
    enum outcome outcome = status != OK ? client_fail(client, status, &err)
                           : client->json && !name
                               ? result_print(client, (char *)path.data)
                               : result_download(client, (char *)path.data,
                                                 name ? name : "traces.npz");
    bytes_free(&path);
    return outcome;
}

/* ---- metrics
 * ----------------------------------------------------------------------- */

static enum status
csv_get(struct client *client, int64_t id, struct http_reply *reply,
        struct error *err)
{
    return client_call(client, "GET", NULL, reply, err,
                       "/api/v1/jobs/%" PRId64 "/metrics?format=csv", id);
}

/* Prints CSV with the job's number before every line; the head once. */
static void
csv_print(const char *csv, int64_t id, bool head)
{
    for (bool first = true; *csv; first = false) {
        size_t length = strcspn(csv, "\r\n");
        if (first && head)
            printf("job,%.*s\n", (int)length, csv);
        if (!first && length)
            printf("%" PRId64 ",%.*s\n", id, (int)length, csv);
        csv += length;
        csv += strspn(csv, "\r\n");
    }
}

/* Cells of one line of CSV. Numbers are cut to what a reader can use. */
static void
row_add(struct table *table, const char *line, size_t length, int64_t id)
{
    char text[64], number[64];

    snprintf(text, sizeof(text), "%" PRId64, id);
    table_cell(table, text);
    for (size_t i = 1; i < table->columns; i++) {
        size_t size = 0;
        while (size < length && line[size] != ',')
            size++;
        snprintf(text, sizeof(text), "%.*s", (int)size, line);
        table_cell(table,
                   number_text(strtod(text, NULL), number, sizeof(number)));
        line += size + (size < length);
        length -= size + (size < length);
    }
}

/* The heads of a CSV text, in `names`, which point into `copy`; those behind
 * the first HEADS_KEPT may be spared. */
static void
heads_read(const char *csv, char *copy, size_t size, const char **names,
           size_t most)
{
    size_t count = 0, length = strcspn(csv, "\r\n"), used = 0;

    names[count++] = "job";
    while (length && count + 1 < most) {
        size_t one = strcspn(csv, ",\r\n");
        int put = snprintf(copy + used, size - used, "%s%.*s",
                           count < HEADS_KEPT ? "" : "?", (int)one, csv);
        if (put < 0 || (size_t)put >= size - used)
            break;
        names[count++] = copy + used;
        used += (size_t)put + 1;
        csv += one + (one < length);
        length -= one + (one < length);
    }
    names[count] = NULL;
}

static void
table_show(const char *csv, int64_t id)
{
    char copy[512];
    const char *names[24];
    struct table table;
    struct look look;

    look_at(stdout, &look);
    heads_read(csv, copy, sizeof(copy), names, ARRAY_LENGTH(names));
    table_start(&table, names, 0);
    csv += strcspn(csv, "\n");
    for (csv += *csv == '\n'; *csv;) {
        size_t length = strcspn(csv, "\r\n");
        if (length)
            row_add(&table, csv, length, id);
        csv += length;
        csv += strspn(csv, "\r\n");
    }
    table_print(&table, stdout, &look);
    table_free(&table);
}

static enum status
metrics_show(struct client *client, int64_t id, bool csv, bool first,
             struct error *err)
{
    struct http_reply reply = {0};
    enum status status;

    if (client->json)
        status = client_call(client, "GET", NULL, &reply, err,
                             "/api/v1/jobs/%" PRId64 "/metrics", id);
    else
        status = csv_get(client, id, &reply, err);
    const char *text = reply.body.data ? (char *)reply.body.data : "";
    if (status == OK && client->json)
        reply_print(&reply);
    else if (status == OK && csv)
        csv_print(text, id, first);
    else if (status == OK) {
        fputs(first ? "" : "\n", stdout);
        table_show(text, id);
    }
    http_reply_free(&reply);
    return status;
}

enum outcome
metrics_run(struct client *client, const struct arguments *arguments)
{
    bool csv = option_given(arguments, "csv");
    int64_t *ids = NULL;
    size_t count;
    struct error err;
    enum status status = jobs_find(client, arguments, 0, &ids, &count, &err);

    for (size_t i = 0; status == OK && i < count; i++)
        status = metrics_show(client, ids[i], csv, i == 0, &err);
    free(ids);
    return status == OK ? DONE : client_fail(client, status, &err);
}
