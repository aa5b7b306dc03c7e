/* unfit.c - devices that have no memory for a job. */
#include "store/store_private.h"

enum status
unfit_add(struct store *store, int64_t job, const char *host,
          const char *device, bool for_good, int64_t *until, struct error *err)
{
    /* 0 is NULL: for good */
    sqlite3_stmt *statement =
        query_bind(store, QUERY_UNFIT_ADD, "ittn", job, host, device,
                   for_good ? (int64_t)0 : clock_now_ms());
    return query_number(store, statement, 0, until, err);
}

enum status
unfit_forget(struct store *store, int64_t job, bool all, struct error *err)
{
    return query_done(
        store, query_bind(store, QUERY_UNFIT_FORGET, "id", job, (int)all), err);
}

static enum status
id_read(sqlite3_stmt *row, void *out, struct error *err)
{
    (void)err;
    *(int64_t *)out = sqlite3_column_int64(row, 0);
    return OK;
}

enum status
unfit_over(struct store *store, int64_t after, int64_t now, int64_t **ids,
           size_t *count, struct error *err)
{
    static const struct row_type type = {sizeof(int64_t), id_read, NULL};
    return query_list(store,
                      query_bind(store, QUERY_UNFIT_OVER, "ii", after, now),
                      &type, ids, count, err);
}

enum status
unfit_elsewhere(struct store *store, int64_t job, int64_t since, bool *out,
                struct error *err)
{
    int64_t found = 0;
    enum status status = query_number(
        store, query_bind(store, QUERY_UNFIT_ELSEWHERE, "ii", job, since), 0,
        &found, err);
    *out = found != 0;
    return status;
}
