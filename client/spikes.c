/* spikes.c - what neurons did: spikes as they were recorded, and rates. */
#include "client/client.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HISTOGRAM_BINS 25 /* of 20 Hz */

/* Begins `path` with the job's and `what`, e.g. "spikes.npz". */
static enum status
path_begin(struct client *client, const struct arguments *arguments,
           const char *what, struct bytes *path, struct error *err)
{
    int64_t id;
    enum status status = job_find(client, arguments->words[0], &id, err);

    if (status == OK &&
        bytes_printf(path, "/api/v1/jobs/%" PRId64 "/%s?", id, what) != OK)
        status = error_set(err, NO_MEMORY, "out of memory");
    return status;
}

/* Adds --from and --to, where they are given. */
static enum status
range_add(const struct arguments *arguments, struct bytes *path,
          struct error *err)
{
    static const char *const names[] = {"from", "to"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const char *text = option_value(arguments, names[i]);
        char what[16];
        double seconds;
        if (!text)
            continue;
        snprintf(what, sizeof(what), "--%s", names[i]);
        if (number_parse(text, what, 0, 1e9, &seconds, err) != OK)
            return INVALID;
        if (bytes_printf(path, "%s=%.15g&", names[i], seconds) != OK)
            return error_set(err, NO_MEMORY, "out of memory");
    }
    return OK;
}

enum outcome
spikes_run(struct client *client, const struct arguments *arguments)
{
    const char *name = option_value(arguments, "output");
    struct bytes path = {0};
    struct error err;
    enum outcome outcome;
    enum status status =
        path_begin(client, arguments, "spikes.npz", &path, &err);

    if (status == OK)
        status = range_add(arguments, &path, &err);
    outcome = status == OK ? result_download(client, (char *)path.data,
                                             name ? name : "spikes.npz")
                           : client_fail(client, status, &err);
    bytes_free(&path);
    return outcome;
}

/* ---- rates -------------------------------------------------------------- */

/* Mean of the numbers in a list, NAN where there is none. */
static double
mean_of(const json_t *list)
{
    double sum = 0, count = 0;
    json_t *value;
    size_t i;

    json_array_foreach((json_t *)list, i, value) if (json_is_number(value))
    {
        sum += json_number_value(value);
        count++;
    }
    return sum / count;
}

static void
layers_print(const json_t *answer, const struct look *look)
{
    static const char *const heads[] = {"<LAYER",  "NEURONS", "SILENT",
                                        "MEAN HZ", "MEAN CV", NULL};
    static const char *const names[] = {"ff", "rec"};
    struct table table;
    char text[32];

    table_start(&table, heads, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const json_t *layer = json_object_get(answer, names[i]);
        double cells[] = {
            (double)json_array_size(json_object_get(layer, "rate")),
            json_number(layer, "silent"), json_number(layer, "mean"),
            mean_of(json_object_get(layer, "cv"))};
        table_cell(&table, names[i]);
        for (size_t j = 0; j < ARRAY_LENGTH(cells); j++)
            table_cell(&table, number_text(cells[j], text, sizeof(text)));
    }
    table_print(&table, stdout, look);
    table_free(&table);
}

/* Neurons by rate, up to the last bin that any is in. */
static void
histogram_print(const json_t *answer, const struct look *look)
{
    static const char *const heads[] = {"FROM HZ", "FF", "REC", NULL};
    const json_t *ff =
        json_object_get(json_object_get(answer, "ff"), "histogram");
    const json_t *rec =
        json_object_get(json_object_get(answer, "rec"), "histogram");
    size_t rows = json_array_size(json_object_get(ff, "counts"));
    struct table table;
    char text[32];

    while (rows && json_number_at(ff, "counts", rows - 1) == 0 &&
           json_number_at(rec, "counts", rows - 1) == 0)
        rows--;
    table_start(&table, heads, 0);
    for (size_t i = 0; i < rows; i++) {
        double cells[] = {json_number_at(ff, "edges", i),
                          json_number_at(ff, "counts", i),
                          json_number_at(rec, "counts", i)};
        for (size_t j = 0; j < ARRAY_LENGTH(cells); j++)
            table_cell(&table, number_text(cells[j], text, sizeof(text)));
    }
    table_print(&table, stdout, look);
    table_free(&table);
}

static enum status
rates_print(struct client *client, const char *path, struct error *err)
{
    struct look look;
    json_t *answer;
    enum status status =
        client_get(client, &answer, err, "%sbins=%d", path, HISTOGRAM_BINS);

    if (status != OK)
        return status;
    look_at(stdout, &look);
    printf("%g to %g s\n", json_number(answer, "from"),
           json_number(answer, "to"));
    layers_print(answer, &look);
    putchar('\n');
    histogram_print(answer, &look);
    json_decref(answer);
    return OK;
}

enum outcome
rates_run(struct client *client, const struct arguments *arguments)
{
    const char *window = option_value(arguments, "window");
    const char *name = option_value(arguments, "output");
    bool csv = option_given(arguments, "csv");
    struct bytes path = {0};
    struct error err;
    enum outcome outcome = DONE;
    enum status status = path_begin(client, arguments, "rates", &path, &err);

    if (status == OK)
        status = range_add(arguments, &path, &err);
    if (status == OK && window && bytes_printf(&path, "window=") == OK &&
        (http_escape(window, &path) != OK || bytes_printf(&path, "&") != OK))
        status = error_set(&err, NO_MEMORY, "out of memory");
    if (status == OK && (name || csv) &&
        bytes_printf(&path, "format=%s", name ? "npz" : "csv") != OK)
        status = error_set(&err, NO_MEMORY, "out of memory");
    if (status == OK && !name && !csv && !client->json)
        status = rates_print(client, (char *)path.data, &err);
    else if (status == OK && name)
        outcome = result_download(client, (char *)path.data, name);
    else if (status == OK)
        outcome = result_print(client, (char *)path.data);
    bytes_free(&path);
    return status == OK ? outcome : client_fail(client, status, &err);
}
