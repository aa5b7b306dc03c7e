/* store_testing.h - a store of its own, a job in it, and SQL behind its back.
 * For the tests of the store. */
#ifndef FOLLOWD_STORE_TESTING_H
#define FOLLOWD_STORE_TESTING_H

#include "testing.h"

#include "store/store.h"

#include <sqlite3.h>
#include <string.h>

#define MAYBE_UNUSED __attribute__((unused))

static struct error err = {.text = ""};

#define ck_ok(call) ck_assert_msg((call) == OK, "%s: %s", #call, err.text)

static char path[9000];

/* A new store of its own in a new folder. */
MAYBE_UNUSED static struct store *
store_fresh(void)
{
    struct store *store;
    snprintf(path, sizeof path, "%s/follow.db", test_folder());
    ck_ok(store_open(path, &store, &err));
    return store;
}

MAYBE_UNUSED static struct store *
store_again(void)
{
    struct store *store;
    ck_ok(store_open(path, &store, &err));
    return store;
}

/* Adds a queued job in a transaction that the caller has begun. */
MAYBE_UNUSED static int64_t
job_add(struct store *store, const char *uuid, int priority)
{
    int64_t id;
    struct job job = {.name = "a name",
                      .tags = "{\"kind\":\"test\",\"n\":\"1\"}",
                      .note = "",
                      .spec = "{}",
                      .priority = priority,
                      .created_at = 1000,
                      .total = 40.0,
                      .device = "any"};
    snprintf(job.uuid, sizeof job.uuid, "%s", uuid);
    ck_ok(job_insert(store, &job, &id, &err));
    return id;
}

MAYBE_UNUSED static int64_t
job_added(struct store *store, const char *uuid, int priority)
{
    ck_ok(store_begin(store, &err));
    int64_t id = job_add(store, uuid, priority);
    ck_ok(store_commit(store, &err));
    return id;
}

/* Runs SQL behind the store's back; the first number of the last row. */
MAYBE_UNUSED static int
sql(const char *text)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    int number = 0;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(db, text, -1, &statement, NULL) ==
                      SQLITE_OK,
                  "%s: %s", text, sqlite3_errmsg(db));
    while (sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int(statement, 0);
    ck_assert_msg(sqlite3_finalize(statement) == SQLITE_OK, "%s: %s", text,
                  sqlite3_errmsg(db));
    sqlite3_close(db);
    return number;
}

#endif
