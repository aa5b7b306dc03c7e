/* store.c - the file, its transactions, and what a failure means. */
#include "store/store_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 5000
#define LOG_PAGES       1000 /* from which on it is moved */

enum status
store_refused(struct store *store, int code, struct error *err)
{
    const char *text = sqlite3_errmsg(store->sqlite);
    switch (code & 0xff) {
    case SQLITE_FULL:
        return error_set(err, NO_SPACE, "the disk of the store is full");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, UNAVAILABLE, "the store is locked: %s", text);
    case SQLITE_NOMEM:
        return error_set(err, NO_MEMORY, "no memory for the store");
    case SQLITE_TOOBIG:
        return error_set(err, TOO_LARGE, "too large for the store");
    case SQLITE_CONSTRAINT:
        return error_set(err, CONFLICT, "the store refuses: %s", text);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return error_set(err, FAILED, "the store cannot be written: %s", text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(err, CORRUPT, "the store is damaged: %s", text);
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_SHMSIZE) /* nothing of it need last */
            return error_set(err, NO_SPACE, "the disk of the store is full");
        /* A second try may falsely succeed: the kernel forgets what it could
         * not write. */
        store->lost = code != SQLITE_IOERR_NOMEM;
        return error_set(err, FAILED, "the store's disk fails (%d): %s", code,
                         text);
    default:
        return error_set(err, FAILED, "the store fails (%d): %s", code, text);
    }
}

static enum status
store_execute(struct store *store, const char *sql, struct error *err)
{
    int code = sqlite3_exec(store->sqlite, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : store_refused(store, code, err);
}

/* After a commit. SQLite would move a long log into the file by itself, too,
 * but tell nobody when the disk fails at it. What was committed is in the log.
 */
static int
log_move(void *context, sqlite3 *sqlite, const char *name, int pages)
{
    struct store *store = context;
    if (pages < LOG_PAGES)
        return SQLITE_OK;
    const int code = sqlite3_wal_checkpoint_v2(
        sqlite, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if ((code & 0xff) == SQLITE_IOERR) /* a full disk is no failing one */
        (void)store_refused(store, code, NULL);
    return SQLITE_OK;
}

/* FULL: what was acknowledged survives a power cut. Debian's SQLite otherwise
 * overwrites what is deleted, which doubles the writes of every checkpoint. */
static enum status
store_configure(struct store *store, struct error *err)
{
    sqlite3_extended_result_codes(store->sqlite, 1);
    sqlite3_busy_timeout(store->sqlite, BUSY_TIMEOUT_MS);
    sqlite3_wal_hook(store->sqlite, log_move, store);
    sqlite3_db_config(store->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_limit(store->sqlite, SQLITE_LIMIT_LENGTH,
                  (int)(STORE_BLOB_MOST + 65536));
    int64_t pages;
    enum status status = pragma_read(store, "PRAGMA page_count", &pages, err);
    /* It acts on an empty file, and writes to any other. */
    if (status == OK && pages == 0)
        status = store_execute(store, "PRAGMA auto_vacuum = INCREMENTAL", err);
    if (status != OK)
        return status;
    return store_execute(store,
                         "PRAGMA journal_mode = WAL;"
                         "PRAGMA synchronous = FULL;"
                         "PRAGMA foreign_keys = ON;"
                         "PRAGMA trusted_schema = OFF;"
                         "PRAGMA secure_delete = OFF;"
                         "PRAGMA temp_store = MEMORY;"
                         "PRAGMA journal_size_limit = 67108864;",
                         err);
}

static enum status
store_prepare(struct store *store, struct error *err)
{
    for (int i = 0; i < QUERY_COUNT; i++) {
        int code = sqlite3_prepare_v3(store->sqlite, query_texts[i].sql, -1,
                                      SQLITE_PREPARE_PERSISTENT,
                                      &store->queries[i], NULL);
        if (code != SQLITE_OK) {
            enum status status = store_refused(store, code, err);
            error_prefix(err, "query %s: ", query_texts[i].name);
            return status;
        }
    }
    return OK;
}

/* Uploads lie beside the database. False when the path is too long. */
static bool
store_place(struct store *store, const char *path)
{
    const char *slash = strrchr(path, '/');
    int length = slash == NULL
                     ? snprintf(store->folder, PATH_SIZE, ".")
                     : snprintf(store->folder, PATH_SIZE, "%.*s",
                                slash == path ? 1 : (int)(slash - path), path);
    return length < PATH_SIZE &&
           path_join(store->arrays, store->folder, "arrays", "");
}

/* With SQLITE_OPEN_CREATE in `flags` it is made or brought forward. */
static enum status
store_connect(struct store *store, const char *path, int flags,
              struct error *err)
{
    enum status status = OK;
    int code = sqlite3_open_v2(path, &store->sqlite,
                               flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        status = store_refused(store, code, err);
    if (status == OK)
        status = store_configure(store, err);
    if (status == OK)
        status = flags & SQLITE_OPEN_CREATE ? store_migrate(store, err)
                                            : store_fits(store, err);
    /* SQLite syncs the name of a new log too, but tells nobody when it fails.
     */
    if (status == OK && flags & SQLITE_OPEN_CREATE)
        status = folder_sync(store->folder, err);
    return status == OK ? store_prepare(store, err) : status;
}

static void
store_disconnect(struct store *store)
{
    for (int i = 0; i < QUERY_COUNT; i++) {
        sqlite3_finalize(store->queries[i]);
        store->queries[i] = NULL;
    }
    sqlite3_close(store->sqlite);
    store->sqlite = NULL;
}

static enum status
store_new(const char *path, int flags, struct store **out, struct error *err)
{
    struct store *store = memory_array(1, sizeof *store);
    enum status status = OK;
    if (store == NULL)
        return error_set(err, NO_MEMORY, "no memory to open %s", path);
    if (!store_place(store, path))
        status = error_set(err, INVALID, "the path is too long");
    if (status == OK)
        status = store_connect(store, path, flags, err);
    if (status == NO_SPACE && ballast_drop(store)) {
        store_disconnect(store);
        status = store_connect(store, path, flags, err);
    }
    if (status == OK) {
        *out = store;
        store = NULL;
    } else {
        error_prefix(err, "%s: ", path);
    }
    store_close(store);
    return status;
}

enum status
store_open(const char *path, struct store **out, struct error *err)
{
    return store_new(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, out,
                     err);
}

enum status
store_look(const char *path, struct store **out, struct error *err)
{
    if (access(path, F_OK) != 0)
        return error_set(err, NOT_FOUND, "%s: there is no store", path);
    return store_new(path, SQLITE_OPEN_READWRITE, out, err);
}

void
store_close(struct store *store)
{
    if (store == NULL)
        return;
    store_disconnect(store);
    free(store->places);
    free(store);
}

enum status
store_begin(struct store *store, struct error *err)
{
    return query_done(store, query_bind(store, QUERY_STORE_BEGIN, ""), err);
}

enum status
store_commit(struct store *store, struct error *err)
{
    enum status status =
        query_done(store, query_bind(store, QUERY_STORE_COMMIT, ""), err);
    if (status != OK)
        store_rollback(store);
    return status;
}

void
store_rollback(struct store *store)
{
    if (sqlite3_get_autocommit(store->sqlite))
        return;
    sqlite3_stmt *statement = store->queries[QUERY_STORE_ROLLBACK];
    (void)sqlite3_step(statement); /* the file rolls itself back as well */
    sqlite3_reset(statement);
}

bool
store_is_lost(const struct store *store)
{
    return store->lost;
}

int64_t
store_version(struct store *store)
{
    int64_t version;
    sqlite3_stmt *statement = query_bind(store, QUERY_STORE_VERSION, "");
    return query_number(store, statement, 0, &version, NULL) == OK ? version
                                                                   : 0;
}
