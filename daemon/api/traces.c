/* traces.c - all signals at full rate, in the windows that were recorded. */
#include "api/handlers.h"
#include "api/json.h"
#include "api/asked.h"
#include "api/table.h"
#include "npz/npz.h"
#include "spec/spec.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_ALL TRACE_WINDOWS

struct traces_query {
    size_t window;    /* enum trace_window, or WINDOW_ALL                     */
    int64_t from, to; /* steps: from < step <= to                             */
    int64_t points;
    size_t format;
};

/* The columns of a trace: d_in of u, then d of each other signal. */
struct columns {
    int d, d_in;
    char names[TABLE_COLUMNS_MAX][24];
};

static const struct {
    const char *name;
    bool input; /* d_in columns, else d */
} signals[] = {{"u", true},
               {"x", false},
               {"xhat", false},
               {"error", false},
               {"error_filtered", false}};

static enum status
read_query(struct request *request, struct traces_query *out, struct error *err)
{
    static const char *const known[] = {"window", "from",   "to",
                                        "points", "format", NULL};
    static const char *const windows[] = {"all", "start", "live", "end", NULL};
    static const char *const formats[] = {"json", "csv", "npz", NULL};
    *out = (struct traces_query){0};
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_choice(request, "window", windows, &out->window, err);
    if (status == OK)
        status = request_steps(request, &out->from, &out->to, err);
    if (status == OK)
        status = request_whole(request, "points", 0, TABLE_POINTS_MAX,
                               &out->points, err);
    if (status == OK)
        status = request_choice(request, "format", formats, &out->format, err);
    if (status)
        return status;
    /* words[0] is the default; the store counts from 0 without "all" */
    out->window = out->window ? out->window - 1 : WINDOW_ALL;
    return OK;
}

/* Appends a window's rows after step `from`; tells the last step there is. */
static enum status
append_window(struct store *store, int64_t job, enum trace_window window,
              int64_t from, int64_t to, struct table *table, int64_t *last,
              struct error *err)
{
    struct trace trace = {0};
    enum status status = trace_load(store, job, window, from, to, &trace, err);
    if (status || trace.rows == 0)
        return status;
    size_t rows = (size_t)trace.rows, columns = (size_t)trace.columns;
    if (columns > TABLE_COLUMNS_MAX ||
        (table->rows && table->columns != columns)) {
        free(trace.data);
        return error_set(err, CORRUPT, "a trace has %zu columns", columns);
    }
    double *data = memory_array((table->rows + rows) * columns, sizeof(*data));
    if (!data) {
        free(trace.data);
        return error_set(err, NO_MEMORY, "no memory for %zu rows", rows);
    }
    if (table->rows)
        memcpy(data, table->data, table->rows * columns * sizeof(*data));
    memcpy(data + table->rows * columns, trace.data,
           rows * columns * sizeof(*data));
    free(table->data);
    free(trace.data);
    table->data = data;
    table->rows += rows;
    table->columns = columns;
    *last = trace.first_step + trace.rows;
    return OK;
}

/* The windows asked for, in the order of time and no step twice. Live comes
 * last: it reaches no further than the end window, once that has begun, and
 * would hide what is older in it. */
static enum status
load_table(struct store *store, int64_t job, const struct traces_query *query,
           struct table *table, struct error *err)
{
    static const enum trace_window order[] = {TRACE_START, TRACE_END,
                                              TRACE_LIVE};
    int64_t from = query->from;
    enum status status = OK;
    for (size_t i = 0; status == OK && i < ARRAY_LENGTH(order); i++)
        if (query->window == WINDOW_ALL || query->window == (size_t)order[i])
            status = append_window(store, job, order[i], from, query->to, table,
                                   &from, err);
    return status;
}

/* t, u1, u2, x1, x2, xhat1, … */
static void
name_columns(const struct spec *spec, struct columns *names,
             struct table *table)
{
    spec_dimensions(spec, &names->d, &names->d_in);
    size_t column = 0;
    table->time = 0;
    table->names[column++] = "t";
    for (size_t s = 0; s < ARRAY_LENGTH(signals); s++) {
        int count = signals[s].input ? names->d_in : names->d;
        for (int k = 0; k < count && column < TABLE_COLUMNS_MAX; k++) {
            snprintf(names->names[column], sizeof(names->names[0]), "%s%d",
                     signals[s].name, k + 1);
            table->names[column] = names->names[column];
            column++;
        }
    }
    if (table->rows == 0)
        table->columns = column;
}

/* Columns [first, first + count) of the table as an array of their own. */
static double *
cut_columns(const struct table *table, size_t first, size_t count)
{
    double *out = memory_array(table->rows * count + 1, sizeof(*out));
    for (size_t r = 0; out && r < table->rows; r++)
        memcpy(out + r * count, table->data + r * table->columns + first,
               count * sizeof(*out));
    return out;
}

static enum status
answer_npz(const struct table *table, const struct columns *names, int64_t job,
           struct response *response, struct error *err)
{
    struct npz_array arrays[1 + ARRAY_LENGTH(signals)];
    double *cut[ARRAY_LENGTH(arrays)] = {NULL};
    struct bytes bytes = {0};
    char filename[48];
    enum status status = OK;
    size_t column = 1;
    cut[0] = cut_columns(table, 0, 1);
    arrays[0] = npz_view("t", NPZ_FLOAT64, cut[0], 1, table->rows);
    for (size_t s = 0; s < ARRAY_LENGTH(signals); s++) {
        size_t count = (size_t)(signals[s].input ? names->d_in : names->d);
        cut[s + 1] = cut_columns(table, column, count);
        arrays[s + 1] = npz_view(signals[s].name, NPZ_FLOAT64, cut[s + 1], 2,
                                 table->rows, count);
        column += count;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(cut); i++)
        if (!cut[i])
            status = error_set(err, NO_MEMORY, "no memory for traces");
    if (status == OK)
        status = npz_write(arrays, ARRAY_LENGTH(arrays), &bytes, err);
    for (size_t i = 0; i < ARRAY_LENGTH(cut); i++)
        free(cut[i]);
    snprintf(filename, sizeof(filename), "job-%lld-traces.npz", (long long)job);
    if (status == OK)
        response_download(response, &bytes, "application/x-npz", filename);
    bytes_free(&bytes);
    return status;
}

static enum status
answer(const struct job *job, const struct traces_query *query,
       struct table *table, struct response *response, struct error *err)
{
    struct spec spec;
    struct columns names;
    char more[64];
    enum status status = spec_from_text(job->spec, &spec, err);
    if (status == OK)
        status = table_thin(table, query->points, err);
    if (status)
        return status;
    name_columns(&spec, &names, table);
    size_t wanted = (size_t)(1 + names.d_in + 4 * names.d);
    if (table->columns != wanted)
        return error_set(err, CORRUPT, "a trace has %zu columns, not %zu",
                         table->columns, wanted);
    if (query->format == TABLE_NPZ)
        return answer_npz(table, &names, job->id, response, err);
    if (query->format == TABLE_CSV)
        return table_csv(table, response, err);
    snprintf(more, sizeof(more), "\"job\":%lld,\"window\":\"%s\",",
             (long long)job->id,
             query->window == WINDOW_ALL
                 ? "all"
                 : trace_window_name((enum trace_window)query->window));
    return table_json(table, more, response, err);
}

enum status
traces_show(struct request *request, struct response *response,
            struct error *err)
{
    struct traces_query query;
    struct table table = {0};
    struct job job = {0};
    enum status status = read_query(request, &query, err);
    if (status == OK)
        status = job_of_request(request, &job, err);
    if (status == OK)
        status = load_table(request->store, job.id, &query, &table, err);
    if (status == OK)
        status = answer(&job, &query, &table, response, err);
    table_free(&table);
    job_clear(&job);
    return status;
}
