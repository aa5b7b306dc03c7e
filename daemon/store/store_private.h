/* store_private.h - what the files of this room share: one way to ask SQLite.
 *
 * A step of a statement has three outcomes - a row, done, refused - and every
 * use below tells them apart: query_row() for row or done, query_done() for
 * done alone, a status for refused. */
#ifndef FOLLOWD_STORE_PRIVATE_H
#define FOLLOWD_STORE_PRIVATE_H

#include "store/store.h"
#include "queries.h"

#include <sqlite3.h>

#define PATH_SIZE 4096

struct store {
    char folder[PATH_SIZE]; /* of the database */
    char arrays[PATH_SIZE]; /* folder of what was uploaded */
    sqlite3 *sqlite;
    sqlite3_stmt *queries[QUERY_COUNT];
    bool lost; /* see store_is_lost() */
    /* order.c: of jobs that wait, as long as nothing was changed by others or
     * by this store. */
    struct place *places; /* [owned] */
    size_t places_count;
    int64_t places_others, places_own;
};

#define UPLOAD_PREFIX "upload-"

struct upload {
    char path[PATH_SIZE];
    int file;
    struct sha256 *sum; /* [owned] NULL once it is told */
    size_t size;        /* bytes */
    size_t unsynced;    /* bytes, of these */
    void *map;          /* [owned] of `mapped` bytes, or NULL */
    size_t mapped;
    bool kept; /* the file has another name now */
};
MUST_USE enum status upload_sync(struct upload *upload, struct error *err);
void upload_unmap(struct upload *upload);
/* array.c: "folder/namesuffix"; false when it is too long. */
bool path_join(char out[PATH_SIZE], const char *folder, const char *name,
               const char *suffix);

/* migrate.c: the number that a PRAGMA tells. */
MUST_USE enum status pragma_read(struct store *store, const char *sql,
                                 int64_t *out, struct error *err);
/* migrate.c: brings the schema up to date, or refuses. */
MUST_USE enum status store_migrate(struct store *store, struct error *err);
/* CONFLICT unless it is up to date. */
MUST_USE enum status store_fits(struct store *store, struct error *err);

/* What SQLite refused, as a status and a sentence. */
enum status store_refused(struct store *store, int code, struct error *err);

/* The statement, reset, with `types` bound from ?1 on:
 *   d int           i int64_t        n int64_t, 0 is NULL
 *   r double        t const char *   b const void *, size_t
 * Texts and blobs stay [borrowed] until query_end(). */
MUST_USE sqlite3_stmt *query_bind(struct store *store, enum query query,
                                  const char *types, ...);
/* The next row, or `*row` false when there is none (any more). */
MUST_USE enum status query_row(struct store *store, sqlite3_stmt *statement,
                               bool *row, struct error *err);
/* Runs a statement that has no (more) row. */
MUST_USE enum status query_done(struct store *store, sqlite3_stmt *statement,
                                struct error *err);
/* One number of one row; `missing` when there is none. */
MUST_USE enum status query_number(struct store *store, sqlite3_stmt *statement,
                                  int64_t missing, int64_t *out,
                                  struct error *err);
/* Lets go of locks and of what was bound. */
void query_end(sqlite3_stmt *statement);

/* Columns: a copy [owned] or NULL (SQL's or for want of memory); a copy cut to
 * fit; NAN for NULL; 0 for NULL. */
char *column_text(sqlite3_stmt *statement, int column);
void column_copy(sqlite3_stmt *statement, int column, char *out, size_t size);
double column_real(sqlite3_stmt *statement, int column);
#define column_copy_to(statement, column, array)                               \
    column_copy(statement, column, array, sizeof(array))

/* The bytes of a blob whose sha256 (hex) stands in column `column` and data in
 * the one after it. CORRUPT when they do not fit together. */
MUST_USE enum status column_verified(sqlite3_stmt *statement, int column,
                                     struct bytes *data, struct error *err);

/* What makes a struct of a row, and what empties it again. */
struct row_type {
    size_t size;
    enum status (*read)(sqlite3_stmt *row, void *out, struct error *err);
    void (*clear)(void *item); /* NULL: nothing to free */
};
/* All rows of a statement. `*list` [owned] by the caller when OK. */
MUST_USE enum status query_list(struct store *store, sqlite3_stmt *statement,
                                const struct row_type *type, void *list,
                                size_t *count, struct error *err);
void row_list_free(const struct row_type *type, void *list, size_t count);

/* metric.c: a row of metric_periods. */
enum status metric_read(sqlite3_stmt *row, void *out, struct error *err);

/* The position of `name` in a table of names, -1 when it is not there. */
int name_find(const char *const *names, int count, const char *name);

#endif
