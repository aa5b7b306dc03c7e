/* notice.c - who is to be told of jobs that end, and what is still to be told.
 */
#include "store/store_private.h"

#include <stdlib.h>

enum status
listener_load(struct store *store, const char *way, bool *listens,
              struct error *err)
{
    int64_t count = 0;
    enum status status =
        query_number(store, query_bind(store, QUERY_LISTENER_COUNT, "t", way),
                     0, &count, err);
    *listens = count > 0;
    return status;
}

enum status
listener_save(struct store *store, const char *way, bool listens,
              struct error *err)
{
    enum query query = listens ? QUERY_LISTENER_ADD : QUERY_LISTENER_REMOVE;
    return query_done(store, query_bind(store, query, "t", way), err);
}

enum status
notice_next(struct store *store, const char *way, int64_t now,
            struct notice *out, struct error *err)
{
    bool row;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_NOTICE_NEXT, "ti", way, now);
    enum status status = query_row(store, statement, &row, err);
    *out = (struct notice){0};
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "nothing is to be told now");
    out->id = sqlite3_column_int64(statement, 0);
    out->job_stays = sqlite3_column_int(statement, 1) != 0;
    column_copy_to(statement, 2, out->key);
    out->body = column_text(statement, 3);
    out->made_at = sqlite3_column_int64(statement, 4);
    out->tries = sqlite3_column_int64(statement, 5);
    out->job = sqlite3_column_int64(statement, 6);
    column_copy_to(statement, 7, out->state);
    out->name = column_text(statement, 8);
    query_end(statement);
    if (out->body == NULL || out->name == NULL)
        return error_set(err, NO_MEMORY, "no memory for a notice");
    return OK;
}

void
notice_clear(struct notice *notice)
{
    free(notice->body);
    free(notice->name);
    *notice = (struct notice){0};
}

enum status
notice_delay(struct store *store, int64_t id, int64_t due_at, struct error *err)
{
    return query_done(
        store, query_bind(store, QUERY_NOTICE_DELAY, "ii", id, due_at), err);
}

enum status
notice_remove(struct store *store, int64_t id, struct error *err)
{
    return query_done(store, query_bind(store, QUERY_NOTICE_REMOVE, "i", id),
                      err);
}
