/* spikes.c - what single neurons did: every spike of a stretch, in chunks as
 * they were reported, and how often each fired in a window. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- spikes ------------------------------------------------------------- */

static enum status
spikes_check(const struct spikes *spikes, struct error *err)
{
    int64_t row, size;
    if (spikes->rows < 1 || spikes->bytes_ff < 1 || spikes->bytes_rec < 1 ||
        spikes->first_step < 0)
        return error_set(err, INVALID, "spikes without rows");
    if (__builtin_add_overflow(spikes->bytes_ff, spikes->bytes_rec, &row) ||
        __builtin_mul_overflow(spikes->rows, row, &size) ||
        size > (int64_t)STORE_BLOB_MOST)
        return error_set(err, TOO_LARGE, "spikes of %lld steps",
                         (long long)spikes->rows);
    return OK;
}

enum status
spikes_save(struct store *store, int64_t job, const struct spikes *spikes,
            struct error *err)
{
    enum status status = spikes_check(spikes, err);
    if (status == OK)
        status = query_done(
            store,
            query_bind(store, QUERY_SPIKES_DROP, "ii", job, spikes->first_step),
            err);
    if (status == OK)
        status = query_done(store,
                            query_bind(store, QUERY_SPIKES_SHORTEN, "ii", job,
                                       spikes->first_step),
                            err);
    if (status != OK)
        return status;
    return query_done(
        store,
        query_bind(store, QUERY_SPIKES_ADD, "iiiiibb", job, spikes->first_step,
                   spikes->rows, spikes->bytes_ff, spikes->bytes_rec,
                   spikes->ff, (size_t)(spikes->rows * spikes->bytes_ff),
                   spikes->rec, (size_t)(spikes->rows * spikes->bytes_rec)),
        err);
}

/* What a chunk has of the rows from < step <= to. */
static enum status
chunk_cut(sqlite3_stmt *row, int64_t from, int64_t to, struct spikes *out,
          struct error *err)
{
    int64_t first = sqlite3_column_int64(row, 0);
    int64_t last = first + sqlite3_column_int64(row, 1);
    out->bytes_ff = sqlite3_column_int64(row, 2);
    out->bytes_rec = sqlite3_column_int64(row, 3);
    out->ff = sqlite3_column_blob(row, 4);
    out->rec = sqlite3_column_blob(row, 5);
    if (out->ff == NULL || out->rec == NULL ||
        sqlite3_column_bytes(row, 4) != (last - first) * out->bytes_ff ||
        sqlite3_column_bytes(row, 5) != (last - first) * out->bytes_rec)
        return error_set(err, CORRUPT, "the spikes do not fit together");
    out->first_step = first < from ? from : first;
    out->rows = (last > to ? to : last) - out->first_step;
    out->ff += (out->first_step - first) * out->bytes_ff;
    out->rec += (out->first_step - first) * out->bytes_rec;
    return OK;
}

enum status
spikes_each(struct store *store, int64_t job, int64_t from, int64_t to,
            enum status (*take)(void *context, const struct spikes *,
                                struct error *),
            void *context, struct error *err)
{
    bool row;
    struct spikes chunk;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_SPIKES_LIST, "iii", job, from, to);
    enum status status = query_row(store, statement, &row, err);
    while (status == OK && row) {
        status = chunk_cut(statement, from, to, &chunk, err);
        if (status == OK)
            status = take(context, &chunk, err);
        if (status == OK)
            status = query_row(store, statement, &row, err);
    }
    query_end(statement);
    return status;
}

enum status
spikes_measure(struct store *store, int64_t job, int64_t from, int64_t to,
               int64_t *rows, int64_t *bytes, struct error *err)
{
    bool row;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_SPIKES_SIZE, "iii", job, from, to);
    enum status status = query_row(store, statement, &row, err);
    *rows = *bytes = 0;
    if (!row)
        return status;
    *rows = sqlite3_column_int64(statement, 0);
    *bytes = sqlite3_column_int64(statement, 1);
    return query_done(store, statement, err);
}

/* ---- counts ------------------------------------------------------------- */

enum status
spike_count_save(struct store *store, int64_t job, enum trace_window window,
                 const struct spike_count *count, struct error *err)
{
    const size_t size = sizeof *count->ff;
    return query_done(store,
                      query_bind(store, QUERY_SPIKE_COUNT_SAVE, "itiibb", job,
                                 trace_window_name(window), count->first_step,
                                 count->steps, count->ff,
                                 (size_t)count->neurons_ff * size, count->rec,
                                 (size_t)count->neurons_rec * size),
                      err);
}

static enum status
count_read(sqlite3_stmt *row, struct spike_count *out, struct error *err)
{
    size_t ff = (size_t)sqlite3_column_bytes(row, 2);
    size_t rec = (size_t)sqlite3_column_bytes(row, 3);
    int32_t *both = memory_array(1, ff + rec);
    if (both == NULL)
        return error_set(err, NO_MEMORY, "no memory for spike counts");
    if (ff > 0)
        memcpy(both, sqlite3_column_blob(row, 2), ff);
    if (rec > 0)
        memcpy(both + ff / sizeof *both, sqlite3_column_blob(row, 3), rec);
    out->first_step = sqlite3_column_int64(row, 0);
    out->steps = sqlite3_column_int64(row, 1);
    out->neurons_ff = (int64_t)(ff / sizeof *both);
    out->neurons_rec = (int64_t)(rec / sizeof *both);
    out->ff = both;
    out->rec = both + out->neurons_ff;
    return OK;
}

enum status
spike_count_load(struct store *store, int64_t job, enum trace_window window,
                 struct spike_count *out, struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_SPIKE_COUNT_LOAD, "it",
                                         job, trace_window_name(window));
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "job %lld has no spike counts there",
                         (long long)job);
    status = count_read(statement, out, err);
    query_end(statement);
    return status;
}
