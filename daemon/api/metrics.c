/* metrics.c - how learning went, one row per period or episode. */
#include "api/handlers.h"
#include "api/json.h"
#include "api/asked.h"
#include "api/table.h"

#include <math.h>
#include <stdlib.h>

/* What ?from=&to=&points=&format= ask for. */
struct metrics_query {
    double from, to; /* s, or episodes */
    int64_t points;
    size_t format;
};

static enum status
read_query(struct request *request, struct metrics_query *out,
           struct error *err)
{
    static const char *const known[] = {"from", "to", "points", "format", NULL};
    static const char *const formats[] = {"json", "csv", NULL};
    *out = (struct metrics_query){.from = 0, .to = INFINITY};
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_number(request, "from", 0, 1e12, &out->from, err);
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
metrics_show(struct request *request, struct response *response,
             struct error *err)
{
    struct metrics_query query;
    struct table table = {0};
    struct job job = {0};
    struct spec spec;
    char more[48];
    enum status status = read_query(request, &query, err);
    if (status == OK)
        status = job_with_spec(request, &job, &spec, err);
    if (status == OK)
        status = (spec.rl.task == RL_NONE ? load_periods : load_episodes)(
            request->store, job.id, &query, &table, err);
    if (status == OK)
        status = table_thin(&table, query.points, err);
    snprintf(more, sizeof(more), "\"job\":%lld,", (long long)job.id);
    if (status == OK && query.format == TABLE_CSV)
        status = table_csv(&table, response, err);
    else if (status == OK)
        status = table_json(&table, more, response, err);
    table_free(&table);
    job_clear(&job);
    return status;
}
