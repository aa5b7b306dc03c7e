/* metrics.c - how learning went, one row per period or episode. */
#include "api/handlers.h"
#include "api/json.h"
#include "api/metrics.h"
#include "npz/npz.h"

#include <math.h>
#include <stdlib.h>

enum status
metrics_query_read(const struct request *request, struct metrics_query *out,
                   struct error *err)
{
    static const char *const formats[] = {"json", "csv", "npz", NULL};
    *out = (struct metrics_query){.from = 0, .to = INFINITY};
    enum status status =
        request_number(request, "from", 0, 1e12, &out->from, err);
    if (status == OK)
        status = request_number(request, "to", 0, 1e12, &out->to, err);
    if (status == OK)
        status = request_whole(request, "points", 0, TABLE_POINTS_MAX,
                               &out->points, err);
    if (status == OK)
        status = request_choice(request, "format", formats, &out->format, err);
    return status;
}

static enum status
load_periods(struct store *store, int64_t job,
             const struct metrics_query *query, struct table *table,
             struct error *err)
{
    struct metric *rows = NULL;
    enum status status =
        query->points > 0 ? metric_thin(store, job, query->from, query->to,
                                        query->points, &rows, &table->rows, err)
                          : metric_list(store, job, query->from, query->to,
                                        &rows, &table->rows, err);
    if (status)
        return status;
    table->columns = METRIC_KEYS;
    table->time = METRIC_T_END;
    table->whole[METRIC_PERIOD] = true;
    for (int key = 0; key < METRIC_KEYS; key++)
        table->names[key] = metric_name((enum metric_key)key);
    _Static_assert(sizeof(*rows) == METRIC_KEYS * sizeof(double),
                   "a metric is a row of numbers");
    table->data = (double *)rows; /* moves in */
    return OK;
}

/* Of a job that learns by reinforcement, which has no periods. */
static enum status
load_episodes(struct store *store, int64_t job,
              const struct metrics_query *query, struct table *table,
              struct error *err)
{
    struct episode *rows = NULL;
    enum status status = episode_list(store, job, query->from, query->to, &rows,
                                      &table->rows, err);
    if (status)
        return status;
    table->columns = 2;
    table->time = 0;
    table->whole[0] = true;
    table->names[0] = "episode";
    table->names[1] = "time";
    _Static_assert(sizeof(*rows) == 2 * sizeof(double),
                   "an episode is a row of numbers");
    table->data = (double *)rows; /* moves in */
    return OK;
}

enum status
metrics_load(struct store *store, const struct job *job,
             const struct metrics_query *query, struct table *table,
             struct error *err)
{
    struct spec spec;
    enum status status = spec_from_text(job->spec, &spec, err);
    if (status == OK)
        status = (spec.rl.task == RL_NONE ? load_periods : load_episodes)(
            store, job->id, query, table, err);
    return status == OK ? table_thin(table, query->points, err) : status;
}

/* Each column as an array of its own. */
static enum status
answer_npz(const struct table *table, int64_t job, struct response *response,
           struct error *err)
{
    struct npz_array arrays[METRIC_KEYS];
    struct bytes bytes = {0};
    char filename[48];
    size_t rows = table->rows;
    double *columns = memory_array(table->columns * rows + 1, sizeof(*columns));
    if (!columns)
        return error_set(err, NO_MEMORY, "no memory for metrics");
    for (size_t c = 0; c < table->columns; c++) {
        for (size_t r = 0; r < rows; r++)
            columns[c * rows + r] = table->data[r * table->columns + c];
        arrays[c] =
            npz_view(table->names[c], NPZ_FLOAT64, columns + c * rows, 1, rows);
    }
    enum status status = npz_write(arrays, table->columns, &bytes, err);
    free(columns);
    snprintf(filename, sizeof(filename), "job-%lld-metrics.npz",
             (long long)job);
    if (status == OK)
        response_download(response, &bytes, "application/x-npz", filename);
    bytes_free(&bytes);
    return status;
}

enum status
metrics_show(struct request *request, struct response *response,
             struct error *err)
{
    static const char *const known[] = {"from", "to", "points", "format", NULL};
    struct metrics_query query;
    struct table table = {0};
    struct job job = {0};
    char more[48];
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = metrics_query_read(request, &query, err);
    if (status == OK)
        status = job_of_request(request, &job, err);
    if (status == OK)
        status = metrics_load(request->store, &job, &query, &table, err);
    snprintf(more, sizeof(more), "\"job\":%lld,", (long long)job.id);
    if (status == OK && query.format == TABLE_NPZ)
        status = answer_npz(&table, job.id, response, err);
    else if (status == OK && query.format == TABLE_CSV)
        status = table_csv(&table, response, err);
    else if (status == OK)
        status = table_json(&table, more, response, err);
    table_free(&table);
    job_clear(&job);
    return status;
}
