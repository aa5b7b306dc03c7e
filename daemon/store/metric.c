/* metric.c - one row per period, and the last and least value of every key. */
#include "store/store_private.h"

#include <math.h>
#include <string.h>

static const char *const names[METRIC_KEYS] = {
    [METRIC_PERIOD] = "period",
    [METRIC_T_END] = "t_end",
    [METRIC_MSE] = "mse",
    [METRIC_MSE_RAW] = "mse_raw",
    [METRIC_RATE_FF] = "rate_ff",
    [METRIC_RATE_REC] = "rate_rec",
    [METRIC_WEIGHT_RMS_FF] = "weight_rms_ff",
    [METRIC_WEIGHT_RMS_REC] = "weight_rms_rec",
    [METRIC_STEPS_PER_SECOND] = "steps_per_second",
};

const char *
metric_name(enum metric_key key)
{
    return names[key];
}

/* SQLite makes NULL of NaN by itself, but keeps infinity, which JSON has not.
 */
static double
finite_or_nan(double value)
{
    return isfinite(value) ? value : NAN;
}

enum status
metric_add(struct store *store, int64_t job, const struct metric *metric,
           const struct metric *least, struct error *err)
{
    double value[METRIC_KEYS];
    int64_t nonfinite = 0;
    if (!(metric->value[METRIC_PERIOD] >= 0 &&
          metric->value[METRIC_PERIOD] < 1e15))
        return error_set(err, INVALID, "a metric without a period");
    for (int key = 0; key < METRIC_KEYS; key++) {
        value[key] = finite_or_nan(metric->value[key]);
        if (isnan(value[key]))
            nonfinite |= (int64_t)1 << key;
    }
    static const enum query adds[] = {QUERY_METRIC_ADD,
                                      QUERY_METRIC_BUCKET_ADD};
    enum status status = OK;
    for (size_t i = 0; i < ARRAY_LENGTH(adds) && status == OK; i++)
        status = query_done(
            store,
            query_bind(store, adds[i], "iirrrrrrrri", job,
                       (int64_t)value[METRIC_PERIOD], value[METRIC_T_END],
                       value[METRIC_MSE], value[METRIC_MSE_RAW],
                       value[METRIC_RATE_FF], value[METRIC_RATE_REC],
                       value[METRIC_WEIGHT_RMS_FF],
                       value[METRIC_WEIGHT_RMS_REC],
                       value[METRIC_STEPS_PER_SECOND], nonfinite),
            err);
    for (int key = 0; key < METRIC_KEYS && status == OK; key++)
        status = query_done(store,
                            query_bind(store, QUERY_METRIC_SUMMARY_ADD, "idrr",
                                       job, key, value[key],
                                       finite_or_nan(least->value[key])),
                            err);
    return status;
}

enum status
metric_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct metric *metric = out;
    (void)err;
    for (int key = 0; key < METRIC_KEYS; key++)
        metric->value[key] = column_real(row, key);
    return OK;
}

enum status
metric_summarize(struct store *store, int64_t job, struct metric_summary *out,
                 struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_METRIC_SUMMARY, "i", job);
    enum status status = query_row(store, statement, &row, err);
    memset(out, 0, sizeof *out);
    while (status == OK && row) {
        int key = sqlite3_column_int(statement, 0);
        if (key >= 0 && key < METRIC_KEYS) {
            out->present = true;
            out->last.value[key] = column_real(statement, 1);
            out->least.value[key] = column_real(statement, 2);
        }
        status = query_row(store, statement, &row, err);
    }
    return status;
}
