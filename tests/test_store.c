/* test_store.c - what is kept, and what is left after a crash. */
#include "store_testing.h"

#include "queries.h"

#include <signal.h>
#include <sys/wait.h>

TEST(a_new_store_is_empty)
{
    struct store *store = store_fresh();
    struct job *list;
    size_t count;
    struct job_filter filter = {.limit = 50};
    ck_ok(job_list(store, &filter, &list, &count, &err));
    ck_assert_uint_eq(count, 0);
    job_list_free(list, count);
    store_close(store);
}

TEST(what_is_rolled_back_has_never_been)
{
    struct store *store = store_fresh();
    struct job job;
    ck_ok(store_begin(store, &err));
    int64_t id = job_add(store, "u-1", 0);
    store_rollback(store);
    ck_assert_int_eq(job_load(store, id, &job, &err), NOT_FOUND);
    store_close(store);
}

TEST(a_process_killed_in_mid_transaction_leaves_all_or_nothing)
{
    struct store *store = store_fresh();
    int64_t whole = job_added(store, "before", 0);
    store_close(store);
    for (int round = 0; round < 5; round++) {
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            static char data[1 << 20];
            struct checkpoint checkpoint = {
                .job = whole, .step = 1000 + round, .t = 1};
            store = store_again();
            ck_ok(store_begin(store, &err));
            ck_ok(checkpoint_save(store, &checkpoint, data, sizeof data, &err));
            (void)job_add(store, "torn", 0);
            if (round == 4)
                ck_ok(store_commit(store, &err));
            kill(getpid(), SIGKILL);
        }
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        store = store_again();
        struct job *list;
        struct checkpoint *checkpoints;
        size_t jobs, saved;
        struct job_filter filter = {.limit = 50};
        ck_ok(job_list(store, &filter, &list, &jobs, &err));
        ck_ok(checkpoint_list(store, whole, &checkpoints, &saved, &err));
        ck_assert_uint_eq(jobs, round == 4 ? 2 : 1);
        ck_assert_uint_eq(saved, round == 4 ? 1 : 0);
        job_list_free(list, jobs);
        free(checkpoints);
        store_close(store);
    }
}

TEST(a_store_of_any_older_daemon_is_brought_forward_with_all_that_is_in_it)
{
    for (int from = 1; from <= migration_count; from++) {
        sqlite3 *db;
        char text[100];
        snprintf(path, sizeof path, "%s/follow-%d.db", test_folder(), from);
        ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
        for (int i = 0; i < from; i++)
            ck_assert_int_eq(
                sqlite3_exec(db, migrations[i].sql, NULL, NULL, NULL),
                SQLITE_OK);
        snprintf(text, sizeof text, "PRAGMA user_version = %d", from);
        ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        (void)sql("INSERT INTO job (uuid, name, tags, note, state, priority,"
                  " spec, network, device, created_at, total) VALUES"
                  " ('u', 'old', '{}', '', 'queued', 3, '{}', '', 'any', 5,"
                  " 40)");
        (void)sql("INSERT INTO log (job, at, text) VALUES (1, 5, 'queued')");
        (void)sql(
            "INSERT INTO device (id, name, type, vendor, driver, platform,"
            " memory, units, worker, host, version, pid, local,"
            " last_seen) VALUES ('cpu0', 'n', 'cpu', 'v', 'd', 'p', 7, 2,"
            " 'h/cpu0', 'h', '0', 42, 1, 6)");
        (void)sql("INSERT INTO lease (id, job, worker, device, local, sequence,"
                  " expires_at, answer, resume_step) VALUES ('l', 1, 'h/cpu0',"
                  " 'cpu0', 1, 3, 7, 'go', -1)");
        struct store *store = store_again();
        struct job job;
        struct log_line *lines;
        size_t count;
        ck_ok(job_load(store, 1, &job, &err));
        ck_assert_str_eq(job.name, "old");
        ck_assert_int_eq(job.priority, 3);
        job_clear(&job);
        ck_ok(log_list(store, 1, 0, 10, false, &lines, &count, &err));
        ck_assert_uint_eq(count, 1);
        log_list_free(lines, count);
        struct device *devices;
        ck_ok(device_list(store, &devices, &count, &err));
        ck_assert_uint_eq(count, 1);
        ck_assert_str_eq(devices[0].worker.host, "h");
        ck_assert_int_eq(devices[0].last_seen, 6);
        free(devices);
        struct lease lease;
        ck_ok(lease_load(store, "l", &lease, &err));
        ck_assert_int_eq(lease.sequence, 3);
        ck_assert_str_eq(lease.host, from < 10 ? "h" : "");
        store_close(store);
        ck_assert_int_eq(sql("PRAGMA user_version"), migration_count);
    }
}

TEST(a_store_of_a_newer_daemon_is_refused_and_left_alone)
{
    struct store *store = store_fresh();
    store_close(store);
    sql("PRAGMA user_version = 999");
    ck_assert_int_eq(store_open(path, &store, &err), CONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "a newer followd wrote this store"));
    ck_assert_ptr_nonnull(strstr(err.text, "schema 999"));
}

TEST(a_file_that_is_no_database_is_refused)
{
    struct store *store = NULL;
    snprintf(path, sizeof path, "%s/follow.db", test_folder());
    ck_ok(file_write(path, 0600, "not a database, but long enough", 31, &err));
    ck_assert_int_eq(store_open(path, &store, &err), CORRUPT);
    ck_assert_ptr_null(store);
}

TEST(a_database_of_another_program_is_refused)
{
    struct store *store = NULL;
    snprintf(path, sizeof path, "%s/follow.db", test_folder());
    sql("CREATE TABLE job (id INTEGER)");
    ck_assert_int_eq(store_open(path, &store, &err), CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "another program"));
}

TEST(a_query_that_does_not_fit_the_schema_stops_the_daemon_at_start)
{
    struct store *store = store_fresh();
    store_close(store);
    sql("ALTER TABLE metric RENAME COLUMN mse TO error");
    ck_assert_int_eq(store_open(path, &store, &err), FAILED);
    ck_assert_ptr_nonnull(strstr(err.text, "query metric_add"));
}

TEST(a_locked_store_is_unavailable_and_not_an_empty_queue)
{
    struct store *store = store_fresh();
    struct store *other = store_again();
    (void)job_added(store, "u-1", 0);
    ck_ok(store_begin(store, &err));
    ck_assert_int_eq(store_begin(other, &err), UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(err.text, "locked"));
    store_rollback(store);
    store_close(other);
    store_close(store);
}

TEST(readers_see_other_threads_commits_and_a_new_version)
{
    struct store *store = store_fresh();
    struct store *other = store_again();
    struct job job;
    int64_t before = store_version(other);
    ck_assert_int_eq(store_version(other), before);
    int64_t id = job_added(store, "u-1", 0);
    ck_assert_int_ne(store_version(other), before);
    ck_ok(job_load(other, id, &job, &err));
    job_clear(&job);
    store_close(other);
    store_close(store);
}

/* A disk on which every sync of the log, or of another file, fails once
 * `disk_fails` is set. */
static int disk_file = SQLITE_OPEN_WAL;
static bool disk_fails;
static int disk_syncs;
static sqlite3_io_methods disk_methods;
static int (*disk_sync_truly)(sqlite3_file *, int);
static int (*disk_open_truly)(sqlite3_vfs *, const char *, sqlite3_file *, int,
                              int *);

static int
disk_sync(sqlite3_file *file, int flags)
{
    disk_syncs += disk_fails;
    return disk_fails ? SQLITE_IOERR_FSYNC : disk_sync_truly(file, flags);
}

static int
disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
          int *flags_out)
{
    int code = disk_open_truly(vfs, name, file, flags, flags_out);
    if (code != SQLITE_OK || !(flags & disk_file))
        return code;
    if (disk_sync_truly == NULL) {
        disk_methods = *file->pMethods;
        disk_sync_truly = disk_methods.xSync;
        disk_methods.xSync = disk_sync;
    }
    file->pMethods = &disk_methods;
    return code;
}

static struct store *
store_on_failing_disk(int file)
{
    static sqlite3_vfs disk;
    disk = *sqlite3_vfs_find(NULL);
    disk.zName = "failing";
    disk_file = file;
    disk_open_truly = disk.xOpen;
    disk.xOpen = disk_open;
    sqlite3_vfs_register(&disk, 1);
    return store_fresh();
}

TEST(a_disk_that_fails_as_the_log_is_moved_ends_all_work_but_no_promise)
{
    struct store *store = store_on_failing_disk(SQLITE_OPEN_MAIN_DB);
    char *text = memory_array(1, (size_t)5 << 20);
    struct job job;
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', ((size_t)5 << 20) - 1);
    ck_ok(store_begin(store, &err));
    int64_t id = job_add(store, "u-1", 0);
    ck_ok(log_add(store, id, &(struct log_line){.at = 1, .text = text}, &err));
    disk_fails = true;
    ck_ok(store_commit(store, &err)); /* it is in the log, and synced */
    ck_assert_int_gt(disk_syncs, 0);
    ck_assert(store_is_lost(store));
    ck_assert_int_eq(job_load(store, id, &job, &err), FAILED);
    free(text);
    store_close(store);
}

TEST(a_disk_that_fails_to_sync_ends_all_work_and_is_not_asked_again)
{
    struct store *store = store_on_failing_disk(SQLITE_OPEN_WAL);
    struct job job;
    ck_ok(store_begin(store, &err));
    int64_t id = job_add(store, "u-1", 0);
    disk_fails = true;
    ck_assert_int_eq(store_commit(store, &err), FAILED);
    ck_assert(store_is_lost(store));
    int syncs = disk_syncs;
    disk_fails = false;
    ck_assert_int_eq(job_load(store, id, &job, &err), FAILED);
    ck_assert_int_eq(store_begin(store, &err), FAILED);
    ck_assert_int_eq(disk_syncs, syncs);
    store_close(store);
}

TEST_MAIN("store")
