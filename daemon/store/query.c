/* query.c - the one way to ask SQLite, see store_private.h. */
#include "store/store_private.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

sqlite3_stmt *
query_bind(struct store *store, enum query query, const char *types, ...)
{
    sqlite3_stmt *statement = store->queries[query];
    int64_t number;
    va_list values;
    /* A change outside of a transaction would be half of something. */
    assert(sqlite3_stmt_readonly(statement) || query == QUERY_STORE_BEGIN ||
           query == QUERY_STORE_COMMIT || query == QUERY_BACKUP ||
           !sqlite3_get_autocommit(store->sqlite));
    sqlite3_reset(statement);
    va_start(values, types);
    for (int at = 1; types[at - 1] != '\0'; at++) {
        switch (types[at - 1]) {
        case 'd':
            sqlite3_bind_int(statement, at, va_arg(values, int));
            break;
        case 'i':
            sqlite3_bind_int64(statement, at, va_arg(values, int64_t));
            break;
        case 'n':
            number = va_arg(values, int64_t);
            if (number != 0)
                sqlite3_bind_int64(statement, at, number);
            break;
        case 'r':
            sqlite3_bind_double(statement, at, va_arg(values, double));
            break;
        case 't':
            sqlite3_bind_text(statement, at, va_arg(values, const char *), -1,
                              SQLITE_STATIC);
            break;
        case 'b': {
            const void *data = va_arg(values, const void *);
            sqlite3_bind_blob64(statement, at, data != NULL ? data : "",
                                va_arg(values, size_t), SQLITE_STATIC);
            break;
        }
        default:
            assert(!"a type that query_bind() does not know");
        }
    }
    va_end(values);
    return statement;
}

void
query_end(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

enum status
query_row(struct store *store, sqlite3_stmt *statement, bool *row,
          struct error *err)
{
    *row = false;
    if (store->lost) {
        query_end(statement);
        return error_set(err, FAILED, "the store's disk has failed before");
    }
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *row = true;
        return OK;
    }
    enum status status =
        code == SQLITE_DONE ? OK : store_refused(store, code, err);
    query_end(statement);
    return status;
}

enum status
query_done(struct store *store, sqlite3_stmt *statement, struct error *err)
{
    bool row;
    enum status status = query_row(store, statement, &row, err);
    if (!row)
        return status;
    query_end(statement);
    return error_set(err, FAILED, "a query had a row too many: %s",
                     sqlite3_sql(statement));
}

enum status
query_number(struct store *store, sqlite3_stmt *statement, int64_t missing,
             int64_t *out, struct error *err)
{
    bool row;
    enum status status = query_row(store, statement, &row, err);
    *out = missing;
    if (!row)
        return status;
    *out = sqlite3_column_int64(statement, 0);
    return query_done(store, statement, err);
}

char *
column_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL ? strdup(text) : NULL;
}

void
column_copy(sqlite3_stmt *statement, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    size_t length = text != NULL ? strnlen(text, size - 1) : 0;
    if (length > 0)
        memcpy(out, text, length);
    out[length] = '\0';
}

double
column_real(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return NAN;
    return sqlite3_column_double(statement, column);
}

enum status
column_verified(sqlite3_stmt *statement, int column, struct bytes *data,
                struct error *err)
{
    char now[SHA256_HEX_SIZE];
    char then[SHA256_HEX_SIZE];
    column_copy_to(statement, column, then);
    const void *blob = sqlite3_column_blob(statement, column + 1);
    size_t size = (size_t)sqlite3_column_bytes(statement, column + 1);
    sha256_hex(blob != NULL ? blob : "", size, now);
    if (strcmp(now, then) != 0)
        return error_set(err, CORRUPT,
                         "%zu bytes were stored with sha256 %.12s and read "
                         "with %.12s",
                         size, then, now);
    if (bytes_append(data, blob != NULL ? blob : "", size) != OK)
        return error_set(err, NO_MEMORY, "no memory for %zu bytes", size);
    return OK;
}

void
row_list_free(const struct row_type *type, void *list, size_t count)
{
    for (size_t i = 0; i < count && type->clear != NULL; i++)
        type->clear((char *)list + i * type->size);
    free(list);
}

enum status
query_list(struct store *store, sqlite3_stmt *statement,
           const struct row_type *type, void *list, size_t *count,
           struct error *err)
{
    char *items = NULL;
    size_t length = 0, capacity = 0;
    bool row;
    enum status status = query_row(store, statement, &row, err);
    while (status == OK && row) {
        if (length == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            char *grown = reallocarray(items, capacity, type->size);
            if (grown == NULL) {
                status = error_set(err, NO_MEMORY, "no memory for a list");
                break;
            }
            items = grown;
        }
        status = type->read(statement, items + length * type->size, err);
        if (status == OK) {
            length++;
            status = query_row(store, statement, &row, err);
        }
    }
    query_end(statement);
    if (status != OK) {
        row_list_free(type, items, length);
        return status;
    }
    memcpy(list, &items, sizeof items); /* a pointer to some struct */
    *count = length;
    return OK;
}

int
name_find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}
