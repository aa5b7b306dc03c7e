/* change.c - which jobs changed last. Triggers of the schema count. */
#include "store/store_private.h"

enum status
change_last(struct store *store, int64_t *number, struct error *err)
{
    return query_number(store, query_bind(store, QUERY_CHANGE_LAST, ""), 0,
                        number, err);
}

static enum status
change_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct job_change *change = out;
    (void)err;
    change->number = sqlite3_column_int64(row, 0);
    change->job = sqlite3_column_int64(row, 1);
    change->gone = sqlite3_column_int(row, 2) != 0;
    return OK;
}

enum status
change_list(struct store *store, int64_t after, int limit,
            struct job_change **list, size_t *count, struct error *err)
{
    static const struct row_type type = {sizeof(struct job_change), change_read,
                                         NULL};
    return query_list(store,
                      query_bind(store, QUERY_CHANGE_LIST, "id", after, limit),
                      &type, list, count, err);
}
