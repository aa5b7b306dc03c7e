/* check.c - whether all is whole, see care.h. */
#include "store/store_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct finder {
    struct store *store;
    void (*found)(void *context, const char *text);
    void *context;
};

static void PRINTF_LIKE(2, 3)
    find(const struct finder *finder, const char *format, ...)
{
    char text[1200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    finder->found(finder->context, text);
}

/* ---- what SQLite knows --------------------------------------------------- */

/* Rows of a query that finds faults: one text each, in the first column; "ok"
 * is none. */
static enum status
check_rows(const struct finder *finder, enum query query, const char *what,
           struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(finder->store, query, "");
    enum status status = query_row(finder->store, statement, &row, err);
    while (status == OK && row) {
        char text[1000];
        column_copy_to(statement, 0, text);
        if (strcmp(text, "ok") != 0)
            find(finder, "%s: %s", what, text);
        status = query_row(finder->store, statement, &row, err);
    }
    return status;
}

/* ---- what has a SHA-256 -------------------------------------------------- */

/* CORRUPT is found, other failures are failures. */
static enum status
take_failure(const struct finder *finder, enum status status, struct error *err)
{
    if (status != CORRUPT)
        return status == NOT_FOUND ? OK : status; /* removed meanwhile */
    find(finder, "%s", err->text);
    return OK;
}

static enum status
place_read(sqlite3_stmt *row, void *out, struct error *err)
{
    int64_t *place = out;
    (void)err;
    place[0] = sqlite3_column_int64(row, 0);
    place[1] = sqlite3_column_int64(row, 1);
    return OK;
}

static enum status
check_checkpoints(const struct finder *finder, struct error *err)
{
    static const struct row_type type = {2 * sizeof(int64_t), place_read, NULL};
    int64_t(*list)[2];
    size_t count;
    enum status status = query_list(
        finder->store, query_bind(finder->store, QUERY_CHECK_CHECKPOINTS, ""),
        &type, &list, &count, err);
    if (status != OK)
        return status;
    for (size_t i = 0; i < count && status == OK; i++) {
        struct bytes data = {0};
        status =
            checkpoint_load(finder->store, list[i][0], list[i][1], &data, err);
        status = take_failure(finder, status, err);
        bytes_free(&data);
    }
    free(list);
    return status;
}

struct key {
    char text[SHA256_HEX_SIZE];
};

static enum status
key_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct key *key = out;
    (void)err;
    column_copy_to(row, 0, key->text);
    return OK;
}

static enum status
check_network(const struct finder *finder, const char *key, struct error *err)
{
    struct bytes data = {0};
    enum status status = network_load(finder->store, key, &data, err);
    if (status == CORRUPT)
        error_prefix(err, "network %.12s: ", key);
    bytes_free(&data);
    return take_failure(finder, status, err);
}

static enum status
file_sum(int file, char out[SHA256_HEX_SIZE], struct error *err)
{
    static char piece[1 << 16];
    ssize_t size;
    struct sha256 *sum = sha256_new();
    if (sum == NULL)
        return error_set(err, NO_MEMORY, "no memory to check an upload");
    while ((size = read(file, piece, sizeof piece)) > 0)
        sha256_add(sum, piece, (size_t)size);
    sha256_end(sum, out);
    return size == 0 ? OK : error_set(err, FAILED, "cannot read an upload");
}

static enum status
check_array(const struct finder *finder, const char *sha256, struct error *err)
{
    int file;
    char now[SHA256_HEX_SIZE];
    enum status status = array_open(finder->store, sha256, &file, err);
    if (status != OK)
        return take_failure(finder, status, err);
    status = file_sum(file, now, err);
    close(file);
    if (status == OK && strcmp(now, sha256) != 0)
        find(finder, "upload %.12s is damaged, its SHA-256 is %.12s", sha256,
             now);
    return status;
}

static enum status
check_keys(const struct finder *finder, enum query query,
           enum status (*check)(const struct finder *, const char *,
                                struct error *),
           struct error *err)
{
    static const struct row_type type = {sizeof(struct key), key_read, NULL};
    struct key *list;
    size_t count;
    enum status status =
        query_list(finder->store, query_bind(finder->store, query, ""), &type,
                   &list, &count, err);
    if (status != OK)
        return status;
    for (size_t i = 0; i < count && status == OK; i++)
        status = check(finder, list[i].text, err);
    free(list);
    return status;
}

enum status
store_check(struct store *store, void (*found)(void *context, const char *text),
            void *context, struct error *err)
{
    const struct finder finder = {store, found, context};
    enum status status =
        check_rows(&finder, QUERY_CHECK_INTEGRITY, "database", err);
    if (status == OK)
        status = check_rows(&finder, QUERY_CHECK_REFERENCES,
                            "row without what it belongs to, in table", err);
    if (status == OK)
        status = check_rows(&finder, QUERY_CHECK_LEASES, "job", err);
    if (status == OK)
        status = check_checkpoints(&finder, err);
    if (status == OK)
        status = check_keys(&finder, QUERY_CHECK_NETWORKS, check_network, err);
    if (status == OK)
        status = check_keys(&finder, QUERY_CHECK_ARRAYS, check_array, err);
    return status;
}
