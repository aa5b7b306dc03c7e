/* test_store_arrays.c - uploads: files beside the database, and their rows. */
#include "testing.h"

#include "store/store.h"

#include <dirent.h>
#include <string.h>

static struct error err = {.text = ""};

#define ck_ok(call) ck_assert_msg((call) == OK, "%s: %s", #call, err.text)

static char folder[8500];
static char path[9000];

static struct store *
store_fresh(void)
{
    struct store *store;
    snprintf(folder, sizeof folder, "%s", test_folder());
    snprintf(path, sizeof path, "%s/follow.db", folder);
    ck_ok(store_open(path, &store, &err));
    return store;
}

/* Files in the folder of uploads, whatever they are. */
static int
files(void)
{
    char name[9000];
    int count = 0;
    snprintf(name, sizeof name, "%s/arrays", folder);
    DIR *open = opendir(name);
    while (open != NULL) {
        const struct dirent *entry = readdir(open);
        if (entry == NULL)
            break;
        count += entry->d_name[0] != '.';
    }
    if (open != NULL)
        closedir(open);
    return count;
}

static struct upload *
uploaded(struct store *store, const char *text)
{
    struct upload *upload;
    ck_ok(upload_open(store, &upload, &err));
    for (const char *at = text; *at != '\0'; at++)
        ck_ok(upload_append(upload, at, 1, &err));
    ck_assert_uint_eq(upload_size(upload), strlen(text));
    return upload;
}

static bool
keep(struct store *store, const char *text, char sha256[SHA256_HEX_SIZE])
{
    bool created;
    struct upload *upload = uploaded(store, text);
    ck_ok(store_begin(store, &err));
    ck_ok(array_save(store, upload, "[]", sha256, &created, &err));
    ck_ok(store_commit(store, &err));
    upload_close(upload);
    return created;
}

static int64_t
job_added(struct store *store)
{
    int64_t id;
    struct job job = {.uuid = "u-1",
                      .name = "",
                      .tags = "{}",
                      .note = "",
                      .spec = "{}",
                      .total = 40.0,
                      .device = "any"};
    ck_ok(job_insert(store, &job, &id, &err));
    return id;
}

TEST(what_was_uploaded_in_pieces_is_kept_once_under_its_hash)
{
    struct store *store = store_fresh();
    char sha256[SHA256_HEX_SIZE], whole[SHA256_HEX_SIZE], text[4] = "";
    int file;
    ck_assert(keep(store, "abc", sha256));
    ck_assert(!keep(store, "abc", sha256));
    sha256_hex("abc", 3, whole);
    ck_assert_str_eq(sha256, whole);
    ck_assert_int_eq(files(), 1);
    ck_ok(array_open(store, sha256, &file, &err));
    ck_assert_int_eq(read(file, text, 4), 3);
    ck_assert_str_eq(text, "abc");
    close(file);
    store_close(store);
}

TEST(an_upload_that_is_not_kept_leaves_no_file)
{
    struct store *store = store_fresh();
    struct upload *upload = uploaded(store, "abc");
    const void *data;
    ck_assert_int_eq(files(), 1);
    ck_ok(upload_view(upload, &data, &err));
    ck_assert_mem_eq(data, "abc", 3);
    upload_close(upload);
    ck_assert_int_eq(files(), 0);
    store_close(store);
}

TEST(an_array_stays_as_long_as_a_job_takes_it)
{
    struct store *store = store_fresh();
    struct array array;
    char sha256[SHA256_HEX_SIZE];
    keep(store, "abc", sha256);
    ck_ok(store_begin(store, &err));
    int64_t job = job_added(store);
    ck_ok(array_use(store, job, sha256, &err));
    ck_ok(array_use(store, job, sha256, &err)); /* of two keys, say */
    ck_assert_int_eq(array_remove(store, sha256, &err), CONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "[1]"));
    ck_ok(array_load(store, sha256, &array, &err));
    ck_assert_str_eq(array.jobs, "[1]");
    array_clear(&array);
    ck_ok(job_remove(store, job, &err));
    ck_ok(array_remove(store, sha256, &err));
    ck_ok(array_sweep(store, false, &err));
    ck_ok(store_commit(store, &err));
    ck_assert_int_eq(files(), 0);
    ck_assert_int_eq(array_remove(store, sha256, &err), NOT_FOUND);
    store_close(store);
}

TEST(a_job_cannot_take_an_array_that_is_not_there)
{
    struct store *store = store_fresh();
    ck_ok(store_begin(store, &err));
    int64_t job = job_added(store);
    ck_assert_int_eq(array_use(store, job, "0123", &err), CONFLICT);
    store_rollback(store);
    store_close(store);
}

TEST(a_sweep_takes_what_no_row_is_about_and_nothing_else)
{
    struct store *store = store_fresh();
    struct upload *upload = uploaded(store, "on its way");
    char sha256[SHA256_HEX_SIZE], stray[9200];
    keep(store, "abc", sha256);
    snprintf(stray, sizeof stray, "%s/arrays/%064d.npz", folder, 7);
    ck_ok(file_write(stray, 0600, "x", 1, &err));
    ck_assert_int_eq(files(), 3);
    ck_ok(store_begin(store, &err));
    ck_ok(array_sweep(store, false, &err));
    ck_assert_int_eq(files(), 2);
    ck_ok(array_sweep(store, true, &err));
    ck_assert_int_eq(files(), 1);
    ck_ok(store_commit(store, &err));
    upload_close(upload);
    store_close(store);
}

TEST_MAIN("store_arrays")
