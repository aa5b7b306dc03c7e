/* idempotency.c - which request made which job, so that one sent again makes no
 * second. A commit that seemed to fail may be on the disk all the same, and
 * only this lets a client find out. */
#include "store/store_private.h"

#include <string.h>

#define KEPT_MS (24 * 3600 * INT64_C(1000))

enum status
idempotency_find(struct store *store, const char *key, const char *sha256,
                 int64_t *job, struct error *err)
{
    bool row;
    char before[SHA256_HEX_SIZE];
    sqlite3_stmt *statement = query_bind(store, QUERY_IDEMPOTENCY_FIND, "ti",
                                         key, clock_now_ms() - KEPT_MS);
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "this idempotency key is new");
    column_copy_to(statement, 0, before);
    *job = sqlite3_column_int64(statement, 1);
    query_end(statement);
    if (strcmp(before, sha256) != 0)
        return error_set(err, CONFLICT,
                         "this idempotency key made job %lld from another "
                         "request",
                         (long long)*job);
    return OK;
}

enum status
idempotency_add(struct store *store, const char *key, const char *sha256,
                int64_t job, struct error *err)
{
    return query_done(store,
                      query_bind(store, QUERY_IDEMPOTENCY_ADD, "ttii", key,
                                 sha256, job, clock_now_ms()),
                      err);
}
