/* metric_bucket.c - metrics of many periods at once, as they were summed up
 * while they were written. Ends of a stretch that are no whole bucket are read
 * row by row. */
#include "store/store_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows under way to the caller. */
struct rows {
    struct metric *list; /* [owned] */
    size_t count, capacity;
};

/* Periods from..to of a job. */
static enum status
stretch_find(struct store *store, int64_t job, double from, double to,
             int64_t *first, int64_t *last, struct error *err)
{
    enum status status = query_number(
        store, query_bind(store, QUERY_METRIC_FIRST, "ir", job, from),
        INT64_MAX, first, err);
    if (status != OK)
        return status;
    return query_number(store,
                        query_bind(store, QUERY_METRIC_LAST, "ir", job, to), -1,
                        last, err);
}

/* The largest buckets of which there are still `points`; 0: rows are as good.
 */
static int64_t
size_choose(int64_t periods, int64_t points)
{
    static const int64_t sizes[] = {4096, 256, 16};
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
        if (2 * (periods / sizes[i] - 2) >= points)
            return sizes[i];
    return 0;
}

static enum status
rows_grow(struct rows *rows, size_t more, struct error *err)
{
    if (rows->count + more <= rows->capacity)
        return OK;
    size_t capacity = 2 * rows->capacity + 64;
    struct metric *grown = reallocarray(rows->list, capacity, sizeof *grown);
    if (grown == NULL)
        return error_set(err, NO_MEMORY, "no memory for metrics");
    rows->list = grown;
    rows->capacity = capacity;
    return OK;
}

static enum status
periods_append(struct store *store, int64_t job, int64_t first, int64_t last,
               struct rows *rows, struct error *err)
{
    bool row;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_METRIC_PERIODS, "iii", job, first, last);
    enum status status = query_row(store, statement, &row, err);
    while (status == OK && row) {
        status = rows_grow(rows, 1, err);
        if (status == OK)
            status = metric_read(statement, &rows->list[rows->count++], err);
        if (status == OK)
            status = query_row(store, statement, &row, err);
    }
    query_end(statement);
    return status;
}

/* Its first and its last period with the least and the most of all. */
static void
bucket_read(sqlite3_stmt *row, struct metric pair[2])
{
    int64_t broken = sqlite3_column_int64(row, 4);
    for (int i = 0; i < 2; i++) {
        pair[i].value[METRIC_PERIOD] = column_real(row, i);
        pair[i].value[METRIC_T_END] = column_real(row, 2 + i);
    }
    for (int key = METRIC_MSE; key < METRIC_KEYS; key++) {
        int column = 5 + 2 * (key - METRIC_MSE);
        pair[0].value[key] = column_real(row, column);
        pair[1].value[key] =
            broken & (int64_t)1 << key ? NAN : column_real(row, column + 1);
    }
}

static enum status
buckets_append(struct store *store, int64_t job, int64_t size, int64_t first,
               int64_t last, struct rows *rows, struct error *err)
{
    bool row;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_METRIC_BUCKETS, "iiii", job, size, first, last);
    enum status status = query_row(store, statement, &row, err);
    while (status == OK && row) {
        status = rows_grow(rows, 2, err);
        if (status != OK)
            break;
        bucket_read(statement, &rows->list[rows->count]);
        rows->count += 2;
        status = query_row(store, statement, &row, err);
    }
    query_end(statement);
    return status;
}

static enum status
rows_hand(struct rows *rows, enum status status, struct metric **out,
          size_t *count)
{
    if (status != OK) {
        free(rows->list);
        return status;
    }
    *out = rows->list;
    *count = rows->count;
    return OK;
}

enum status
metric_list(struct store *store, int64_t job, double from, double to,
            struct metric **out, size_t *count, struct error *err)
{
    int64_t first, last;
    struct rows rows = {0};
    enum status status = stretch_find(store, job, from, to, &first, &last, err);
    if (status == OK)
        status = periods_append(store, job, first, last, &rows, err);
    return rows_hand(&rows, status, out, count);
}

enum status
metric_thin(struct store *store, int64_t job, double from, double to,
            int64_t points, struct metric **out, size_t *count,
            struct error *err)
{
    int64_t first, last;
    struct rows rows = {0};
    enum status status = stretch_find(store, job, from, to, &first, &last, err);
    if (status != OK)
        return status;
    int64_t size = size_choose(last - first + 1, points);
    if (size == 0) {
        status = periods_append(store, job, first, last, &rows, err);
        return rows_hand(&rows, status, out, count);
    }
    int64_t inner = first / size + 1, outer = last / size; /* whole buckets */
    status = periods_append(store, job, first, inner * size - 1, &rows, err);
    if (status == OK)
        status = buckets_append(store, job, size, inner, outer - 1, &rows, err);
    if (status == OK)
        status = periods_append(store, job, outer * size, last, &rows, err);
    return rows_hand(&rows, status, out, count);
}
