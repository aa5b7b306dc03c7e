/* migrate.c - from the schema that the file has to the one this daemon needs.
 *
 * user_version counts the migrations that were done; each is all or nothing. */
#include "store/store_private.h"

#include <stdio.h>

#define APPLICATION_ID 1718578284 /* "foll", set by 001-jobs.sql */

enum status
pragma_read(struct store *store, const char *sql, int64_t *out,
            struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->sqlite, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    enum status status = OK;
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else if (code == SQLITE_DONE)
        status = error_set(err, FAILED, "no answer to %s", sql);
    else
        status = store_refused(store, code, err);
    sqlite3_finalize(statement);
    return status;
}

/* Whether the file is ours, and not of a later time. */
static enum status
file_check(struct store *store, int64_t *version, struct error *err)
{
    int64_t application = 0, tables = 0;
    enum status status =
        pragma_read(store, "PRAGMA user_version", version, err);
    if (status == OK)
        status = pragma_read(store, "PRAGMA application_id", &application, err);
    if (status == OK)
        status = pragma_read(store, "SELECT count(*) FROM sqlite_schema",
                             &tables, err);
    if (status != OK)
        return status;
    if (tables > 0 && application != APPLICATION_ID)
        return error_set(err, CORRUPT, "this is a database of another program");
    if (*version > migration_count)
        return error_set(err, CONFLICT,
                         "a newer followd wrote this store (schema %lld, this "
                         "one knows %d): install that version or use another "
                         "state directory",
                         (long long)*version, migration_count);
    return OK;
}

static enum status
migration_run(struct store *store, const struct migration *migration,
              struct error *err)
{
    char version[48];
    snprintf(version, sizeof version, "PRAGMA user_version = %d",
             migration->number);
    const char *const steps[] = {migration->sql, version};
    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
        int code = sqlite3_exec(store->sqlite, steps[i], NULL, NULL, NULL);
        if (code != SQLITE_OK) {
            enum status status = store_refused(store, code, err);
            error_prefix(err, "migration %s: ", migration->name);
            return status;
        }
    }
    return OK;
}

/* The version is read again under the lock: another thread may be first. */
enum status
store_migrate(struct store *store, struct error *err)
{
    int64_t version;
    enum status status = file_check(store, &version, err);
    if (status != OK || version == migration_count)
        return status;
    int code = sqlite3_exec(store->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return store_refused(store, code, err);
    status = file_check(store, &version, err);
    for (int64_t i = version; i < migration_count && status == OK; i++)
        status = migration_run(store, &migrations[i], err);
    if (status == OK) {
        code = sqlite3_exec(store->sqlite, "COMMIT", NULL, NULL, NULL);
        if (code != SQLITE_OK)
            status = store_refused(store, code, err);
    }
    if (!sqlite3_get_autocommit(store->sqlite))
        sqlite3_exec(store->sqlite, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum status
store_fits(struct store *store, struct error *err)
{
    int64_t version;
    enum status status = file_check(store, &version, err);
    if (status == OK && version != migration_count)
        return error_set(err, CONFLICT,
                         "an older followd wrote this store (schema %lld, this "
                         "one knows %d): let this version's daemon open it "
                         "first",
                         (long long)version, migration_count);
    return status;
}
