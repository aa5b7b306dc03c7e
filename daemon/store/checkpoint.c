/* checkpoint.c - states of a network at a step, as the npz they came in. */
#include "store/store_private.h"

#include <string.h>

static const char *const kinds[] = {
    [CHECKPOINT_ROLLING] = "rolling",
    [CHECKPOINT_SNAPSHOT] = "snapshot",
    [CHECKPOINT_FINAL] = "final",
};

const char *
checkpoint_kind_name(enum checkpoint_kind kind)
{
    return kinds[kind];
}

bool
checkpoint_kind_parse(const char *name, enum checkpoint_kind *out)
{
    int kind = name_find(kinds, (int)ARRAY_LENGTH(kinds), name);
    if (kind >= 0)
        *out = (enum checkpoint_kind)kind;
    return kind >= 0;
}

enum status
checkpoint_save(struct store *store, struct checkpoint *checkpoint,
                const void *data, size_t size, struct error *err)
{
    bool row;
    char kind[16];
    if (size > STORE_BLOB_MOST)
        return error_set(err, TOO_LARGE,
                         "a checkpoint of %zu bytes, at most %zu can be stored",
                         size, STORE_BLOB_MOST);
    checkpoint->size = (int64_t)size;
    checkpoint->created_at = clock_now_ms();
    sha256_hex(data, size, checkpoint->sha256);
    sqlite3_stmt *statement =
        query_bind(store, QUERY_CHECKPOINT_SAVE, "iirttiib", checkpoint->job,
                   checkpoint->step, checkpoint->t, kinds[checkpoint->kind],
                   checkpoint->sha256, checkpoint->size, checkpoint->created_at,
                   data, size);
    enum status status = query_row(store, statement, &row, err);
    if (!row)
        return status != OK ? status
                            : error_set(err, FAILED, "no checkpoint was saved");
    column_copy_to(statement, 0, kind);
    (void)checkpoint_kind_parse(kind, &checkpoint->kind);
    return query_done(store, statement, err);
}

enum status
checkpoint_prune(struct store *store, int64_t job, int keep, struct error *err)
{
    return query_done(
        store, query_bind(store, QUERY_CHECKPOINT_PRUNE, "id", job, keep), err);
}

enum status
checkpoint_remove(struct store *store, int64_t job, int64_t step,
                  struct error *err)
{
    return query_done(
        store, query_bind(store, QUERY_CHECKPOINT_REMOVE, "ii", job, step),
        err);
}

/* The columns of checkpoint_list and checkpoint_find. */
static enum status
checkpoint_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct checkpoint *checkpoint = out;
    char kind[16];
    memset(checkpoint, 0, sizeof *checkpoint);
    checkpoint->job = sqlite3_column_int64(row, 6);
    checkpoint->step = sqlite3_column_int64(row, 0);
    checkpoint->t = sqlite3_column_double(row, 1);
    column_copy_to(row, 2, kind);
    column_copy_to(row, 3, checkpoint->sha256);
    checkpoint->size = sqlite3_column_int64(row, 4);
    checkpoint->created_at = sqlite3_column_int64(row, 5);
    if (checkpoint_kind_parse(kind, &checkpoint->kind))
        return OK;
    return error_set(err, CORRUPT, "a checkpoint is of no known kind");
}

enum status
checkpoint_list(struct store *store, int64_t job, struct checkpoint **list,
                size_t *count, struct error *err)
{
    static const struct row_type type = {sizeof(struct checkpoint),
                                         checkpoint_read, NULL};
    sqlite3_stmt *statement =
        query_bind(store, QUERY_CHECKPOINT_LIST, "i", job);
    return query_list(store, statement, &type, list, count, err);
}

enum status
checkpoint_find(struct store *store, int64_t job, int64_t step,
                struct checkpoint *out, struct error *err)
{
    bool row;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_CHECKPOINT_FIND, "ii", job, step);
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "job %lld has no such checkpoint",
                         (long long)job);
    status = checkpoint_read(statement, out, err);
    query_end(statement);
    return status;
}

enum status
checkpoint_load(struct store *store, int64_t job, int64_t step,
                struct bytes *data, struct error *err)
{
    bool row;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_CHECKPOINT_LOAD, "ii", job, step);
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND,
                         "job %lld has no checkpoint at step "
                         "%lld",
                         (long long)job, (long long)step);
    status = column_verified(statement, 0, data, err);
    if (status != OK)
        error_prefix(err,
                     "checkpoint of job %lld at step %lld: ", (long long)job,
                     (long long)step);
    query_end(statement);
    return status;
}
