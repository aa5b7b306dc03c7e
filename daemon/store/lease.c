/* lease.c - which worker has which job. */
#include "store/store_private.h"

#include <string.h>

enum status
lease_insert(struct store *store, const struct lease *lease, struct error *err)
{
    return query_done(
        store,
        query_bind(store, QUERY_LEASE_INSERT, "tittdiitiit", lease->id,
                   lease->job, lease->worker, lease->device, (int)lease->local,
                   lease->sequence, lease->expires_at, lease->answer,
                   lease->resume_step, lease->token, lease->host),
        err);
}

/* The columns of lease_load and lease_list. */
static enum status
lease_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct lease *lease = out;
    (void)err;
    memset(lease, 0, sizeof *lease);
    column_copy_to(row, 0, lease->id);
    lease->job = sqlite3_column_int64(row, 1);
    column_copy_to(row, 2, lease->worker);
    column_copy_to(row, 3, lease->device);
    lease->local = sqlite3_column_int(row, 4) != 0;
    lease->sequence = sqlite3_column_int64(row, 5);
    lease->expires_at = sqlite3_column_int64(row, 6);
    lease->ended_at = sqlite3_column_int64(row, 7);
    lease->active = lease->ended_at == 0;
    column_copy_to(row, 8, lease->answer);
    lease->resume_step = sqlite3_column_int64(row, 9);
    lease->token = sqlite3_column_int64(row, 10);
    column_copy_to(row, 11, lease->host);
    return OK;
}

enum status
lease_load(struct store *store, const char *id, struct lease *out,
           struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_LEASE_LOAD, "t", id);
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "there is no such lease");
    status = lease_read(statement, out, err);
    query_end(statement);
    return status;
}

enum status
lease_save(struct store *store, const struct lease *lease, struct error *err)
{
    return query_done(store,
                      query_bind(store, QUERY_LEASE_SAVE, "tiinti", lease->id,
                                 lease->sequence, lease->expires_at,
                                 lease->ended_at, lease->answer,
                                 lease->resume_step),
                      err);
}

enum status
lease_list(struct store *store, enum lease_choice choice, int64_t now,
           const char *worker, struct lease **list, size_t *count,
           struct error *err)
{
    static const struct row_type type = {sizeof(struct lease), lease_read,
                                         NULL};
    sqlite3_stmt *statement =
        query_bind(store, QUERY_LEASE_LIST, "ndt",
                   choice == LEASE_EXPIRED ? now : (int64_t)0,
                   (int)(choice == LEASE_LOCAL),
                   choice == LEASE_OF_WORKER ? worker : NULL);
    return query_list(store, statement, &type, list, count, err);
}

enum status
lease_forget(struct store *store, int64_t before, struct error *err)
{
    return query_done(store, query_bind(store, QUERY_LEASE_FORGET, "i", before),
                      err);
}
