/* sweep.c - see sweeps.h. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

void
sweep_clear(struct sweep *sweep)
{
    free(sweep->name);
    free(sweep->axes);
    free(sweep->jobs);
    free(sweep->states);
    memset(sweep, 0, sizeof *sweep);
}

static void
sweep_clear_item(void *item)
{
    sweep_clear(item);
}

enum status
sweep_insert(struct store *store, const char *name, const char *axes,
             int64_t *id, struct error *err)
{
    return query_number(store,
                        query_bind(store, QUERY_SWEEP_INSERT, "tti", name, axes,
                                   clock_now_ms()),
                        0, id, err);
}

static enum status
sweep_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct sweep *sweep = out;
    memset(sweep, 0, sizeof *sweep);
    sweep->id = sqlite3_column_int64(row, 0);
    sweep->name = column_text(row, 1);
    sweep->axes = column_text(row, 2);
    sweep->created_at = sqlite3_column_int64(row, 3);
    sweep->jobs = column_text(row, 4);
    sweep->states = column_text(row, 5);
    if (sweep->name && sweep->axes && sweep->jobs && sweep->states)
        return OK;
    sweep_clear(sweep);
    return error_set(err, NO_MEMORY, "no memory for a sweep");
}

static const struct row_type sweep_row = {sizeof(struct sweep), sweep_read,
                                          sweep_clear_item};

enum status
sweep_list(struct store *store, int64_t before, int limit, struct sweep **list,
           size_t *count, struct error *err)
{
    sqlite3_stmt *statement =
        query_bind(store, QUERY_SWEEP_LIST, "iid", (int64_t)0, before, limit);
    return query_list(store, statement, &sweep_row, list, count, err);
}

void
sweep_list_free(struct sweep *list, size_t count)
{
    row_list_free(&sweep_row, list, count);
}

enum status
sweep_load(struct store *store, int64_t id, struct sweep *out,
           struct error *err)
{
    bool row;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_SWEEP_LIST, "iid", id, id + 1, 1);
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "there is no sweep %lld",
                         (long long)id);
    status = sweep_read(statement, out, err);
    query_end(statement);
    return status;
}
