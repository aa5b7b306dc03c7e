/* test_store_rows.c - jobs and who runs them come back as they were written. */
#include "store_testing.h"

TEST(a_job_is_read_as_it_was_written)
{
    struct store *store = store_fresh();
    struct job job;
    int64_t id = job_added(store, "u-1", 3);
    store_close(store);
    store = store_again();
    ck_ok(job_load(store, id, &job, &err));
    ck_assert_str_eq(job.uuid, "u-1");
    ck_assert_str_eq(job.name, "a name");
    ck_assert_int_eq(job.state, JOB_QUEUED);
    ck_assert_int_eq(job.priority, 3);
    ck_assert_int_eq(job.rev, 1);
    ck_assert_int_eq(job.created_at, 1000);
    ck_assert_int_eq(job.started_at, 0);
    ck_assert_double_eq(job.total, 40.0);
    ck_assert_ptr_null(job.provenance);
    job_clear(&job);
    store_close(store);
}

TEST(a_job_that_is_not_there_is_not_found)
{
    struct store *store = store_fresh();
    struct job job;
    ck_assert_int_eq(job_load(store, 7, &job, &err), NOT_FOUND);
    ck_assert_str_eq(err.text, "there is no job 7");
    store_close(store);
}

TEST(every_change_of_a_job_has_a_revision_of_its_own)
{
    struct store *store = store_fresh();
    struct job job, stale;
    int64_t id = job_added(store, "u-1", 0);
    ck_ok(job_load(store, id, &job, &err));
    ck_ok(job_load(store, id, &stale, &err));
    ck_ok(store_begin(store, &err));
    ck_ok(job_save(store, &job, &err));
    ck_assert_int_eq(job.rev, 2);
    ck_assert_int_eq(job_save(store, &stale, &err), CONFLICT);
    ck_ok(store_commit(store, &err));
    job_clear(&job);
    job_clear(&stale);
    store_close(store);
}

TEST(jobs_are_listed_by_state_and_tag_page_by_page_newest_first)
{
    struct store *store = store_fresh();
    struct job *list;
    size_t count;
    for (int i = 0; i < 5; i++) {
        char uuid[16];
        snprintf(uuid, sizeof uuid, "u-%d", i);
        (void)job_added(store, uuid, 0);
    }
    struct job_filter filter = {.limit = 2};
    ck_ok(job_list(store, &filter, &list, &count, &err));
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(list[0].id, 5);
    ck_assert_int_eq(list[1].id, 4);
    job_list_free(list, count);
    filter.before = 4;
    filter.limit = 500;
    ck_ok(job_list(store, &filter, &list, &count, &err));
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(list[0].id, 3);
    job_list_free(list, count);
    static const struct {
        const char *state, *tag;
        size_t count;
    } cases[] = {
        {"queued", NULL, 5},
        {"running", NULL, 0},
        {NULL, "kind", 5},
        {NULL, "kind=test", 5},
        {NULL, "kind=other", 0},
        {NULL, "nothing", 0},
        {"queued", "n=1", 5},
        {NULL, "kind=", 0},
        {NULL, "'; DROP TABLE job;", 0},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct job_filter one = {
            .state = cases[i].state, .tag = cases[i].tag, .limit = 50};
        ck_ok(job_list(store, &one, &list, &count, &err));
        ck_assert_uint_eq(count, cases[i].count);
        job_list_free(list, count);
    }
    filter.limit = 501;
    ck_assert_int_eq(job_list(store, &filter, &list, &count, &err), INVALID);
    store_close(store);
}

TEST(the_next_job_is_the_most_urgent_and_then_the_oldest)
{
    static const struct device cpu = {.id = "cpu", .worker.name = "w"};
    struct store *store = store_fresh();
    int64_t id;
    (void)job_added(store, "a", 0);
    int64_t urgent = job_added(store, "b", 5);
    int64_t later = job_added(store, "c", 5);
    ck_ok(store_begin(store, &err));
    ck_ok(job_take(store, &cpu, NULL, 2000, &id, &err));
    ck_assert_int_eq(id, urgent);
    ck_ok(job_take(store, &cpu, NULL, 2000, &id, &err));
    ck_assert_int_eq(id, later);
    ck_ok(job_take(store, &cpu, NULL, 2000, &id, &err));
    ck_assert_int_eq(job_take(store, &cpu, NULL, 2000, &id, &err), NOT_FOUND);
    ck_ok(store_commit(store, &err));
    store_close(store);
}

TEST(one_job_cannot_be_leased_twice_at_a_time)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    struct lease lease = {.id = "one", .job = id, .answer = "go"};
    ck_ok(store_begin(store, &err));
    ck_ok(lease_insert(store, &lease, &err));
    strcpy(lease.id, "two");
    ck_assert_int_eq(lease_insert(store, &lease, &err), CONFLICT);
    ck_ok(lease_load(store, "one", &lease, &err));
    ck_assert(lease.active);
    lease.ended_at = 5000;
    ck_ok(lease_save(store, &lease, &err));
    strcpy(lease.id, "two");
    ck_ok(lease_insert(store, &lease, &err));
    ck_ok(lease_forget(store, 5001, &err));
    ck_assert_int_eq(lease_load(store, "one", &lease, &err), NOT_FOUND);
    ck_ok(store_commit(store, &err));
    store_close(store);
}

TEST(a_device_is_remembered_with_its_worker)
{
    struct store *store = store_fresh();
    struct device *list;
    size_t count;
    struct device device = {
        .id = "gpu-0",
        .type = "gpu",
        .memory = (int64_t)140 << 30,
        .units = 132,
        .worker = {.name = "w", .host = "h", .pid = 42, .local = true},
        .last_seen = 1,
        .fault = "it computes wrongly"};
    ck_ok(store_begin(store, &err));
    ck_ok(device_save(store, &device, &err));
    ck_ok(device_touch(store, "h", "gpu-0", 77, &err));
    ck_ok(device_touch(store, "h", "unknown", 77, &err));
    ck_ok(device_touch(store, "other", "gpu-0", 78, &err));
    ck_ok(store_commit(store, &err));
    ck_ok(device_list(store, &list, &count, &err));
    ck_assert_uint_eq(count, 1);
    device.last_seen = 77;
    ck_assert_mem_eq(list, &device, sizeof device);
    free(list);
    store_close(store);
}

TEST(the_log_of_a_job_is_read_on_from_where_one_was)
{
    struct store *store = store_fresh();
    int64_t id = job_added(store, "u-1", 0);
    struct log_line *lines;
    size_t count;
    ck_ok(store_begin(store, &err));
    ck_ok(
        log_add(store, id, &(struct log_line){.at = 1, .text = "first"}, &err));
    ck_ok(log_add(store, id, &(struct log_line){.at = 2, .text = "second"},
                  &err));
    ck_ok(store_commit(store, &err));
    ck_ok(log_list(store, id, 0, 1, false, &lines, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(lines[0].text, "first");
    int64_t after = lines[0].id;
    log_list_free(lines, count);
    ck_ok(log_list(store, id, after, 100, false, &lines, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(lines[0].at, 2);
    log_list_free(lines, count);
    store_close(store);
}

TEST_MAIN("store_rows")
