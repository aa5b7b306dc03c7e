/* trace.c - stretches of a run at full rate, in chunks as they were reported.
 */
#include "store/store_private.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

static const char *const windows[TRACE_WINDOWS] = {
    [TRACE_START] = "start",
    [TRACE_LIVE] = "live",
    [TRACE_END] = "end",
};

const char *
trace_window_name(enum trace_window window)
{
    return windows[window];
}

bool
trace_window_parse(const char *name, enum trace_window *out)
{
    int window = name_find(windows, TRACE_WINDOWS, name);
    if (window >= 0)
        *out = (enum trace_window)window;
    return window >= 0;
}

/* Between this machine's doubles and the file's, which are little endian: on
 * most machines the same thing. */
static void
doubles_convert(void *data, size_t count)
{
#if __BYTE_ORDER == __BIG_ENDIAN
    unsigned char *bytes = data;
    for (size_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, bytes + 8 * i, 8);
        word = htole64(word);
        memcpy(bytes + 8 * i, &word, 8);
    }
#else
    (void)data;
    (void)count;
#endif
}

static enum status
trace_insert(struct store *store, int64_t job, enum trace_window window,
             const struct trace *trace, size_t size, struct error *err)
{
    void *data = memory_array(1, size);
    if (data == NULL)
        return error_set(err, NO_MEMORY, "no memory for a trace");
    memcpy(data, trace->data, size);
    doubles_convert(data, size / 8);
    enum status status = query_done(
        store,
        query_bind(store, QUERY_TRACE_ADD, "itiiib", job, windows[window],
                   trace->first_step, trace->rows, trace->columns, data, size),
        err);
    free(data);
    return status;
}

enum status
trace_save(struct store *store, int64_t job, enum trace_window window,
           const struct trace *trace, struct error *err)
{
    int64_t size;
    const char *name = windows[window];
    enum status status;
    if (trace->rows < 1 || trace->columns < 1 || trace->first_step < 0)
        return error_set(err, INVALID, "a trace without rows");
    if (__builtin_mul_overflow(trace->rows, trace->columns, &size) ||
        __builtin_mul_overflow(size, 8, &size) ||
        size > (int64_t)STORE_BLOB_MOST)
        return error_set(err, TOO_LARGE, "a trace of %lld rows",
                         (long long)trace->rows);
    if (window == TRACE_LIVE)
        status = query_done(
            store, query_bind(store, QUERY_TRACE_CLEAR, "it", job, name), err);
    else
        status = query_done(store,
                            query_bind(store, QUERY_TRACE_DROP, "iti", job,
                                       name, trace->first_step),
                            err);
    if (status == OK)
        status = query_done(store,
                            query_bind(store, QUERY_TRACE_SHORTEN, "iti", job,
                                       name, trace->first_step),
                            err);
    if (status == OK)
        status = trace_insert(store, job, window, trace, (size_t)size, err);
    return status;
}

/* Appends what a chunk has of the rows from < step <= to. */
static enum status
chunk_append(sqlite3_stmt *row, int64_t from, int64_t to, struct trace *trace,
             struct bytes *data, struct error *err)
{
    int64_t first = sqlite3_column_int64(row, 0);
    int64_t last = first + sqlite3_column_int64(row, 1);
    int64_t columns = sqlite3_column_int64(row, 2);
    const char *blob = sqlite3_column_blob(row, 3);
    int64_t start = first < from ? from : first;
    int64_t end = last > to ? to : last;
    if (blob == NULL || columns < 1 ||
        sqlite3_column_bytes(row, 3) != (last - first) * columns * 8 ||
        (trace->rows > 0 && columns != trace->columns))
        return error_set(err, CORRUPT, "the trace does not fit together");
    if (trace->rows == 0)
        trace->first_step = start;
    trace->columns = columns;
    trace->rows += end - start;
    if (bytes_append(data, blob + (start - first) * columns * 8,
                     (size_t)((end - start) * columns * 8)) != OK)
        return error_set(err, NO_MEMORY, "no memory for a trace");
    return OK;
}

enum status
trace_load(struct store *store, int64_t job, enum trace_window window,
           int64_t from, int64_t to, struct trace *out, struct error *err)
{
    bool row;
    struct bytes data = {0};
    memset(out, 0, sizeof *out);
    sqlite3_stmt *statement = query_bind(store, QUERY_TRACE_LIST, "itii", job,
                                         windows[window], from, to);
    enum status status = query_row(store, statement, &row, err);
    while (status == OK && row) {
        status = chunk_append(statement, from, to, out, &data, err);
        if (status == OK)
            status = query_row(store, statement, &row, err);
    }
    query_end(statement);
    if (status != OK) {
        bytes_free(&data);
        return status;
    }
    doubles_convert(data.data, data.size / 8);
    out->data = (double *)(void *)data.data;
    return OK;
}
