/* testing.h - what a test file stands on.
 *
 *   TEST(a_locked_store_is_a_failure_and_not_an_empty_queue)
 *   {
 *       ck_assert_int_eq(...);
 *   }
 *   TEST_MAIN("store")
 *
 * A TEST registers itself. Each runs in a process of its own (CK_FORK=no keeps
 * them in one, for a debugger; CK_RUN_CASE=sentence runs one alone) and is one
 * line of TAP on stdout. Knows libcheck and nothing of followd. */
#ifndef FOLLOWD_TESTING_H
#define FOLLOWD_TESTING_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#undef fail /* check.h takes this good name for an outdated macro */

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SLOWNESS 10 /* sanitizers cost time, and that is no failure */
#else
#define TEST_SLOWNESS 1
#endif

#define TEST_UNUSED __attribute__((unused))

struct test_entry {
    const char *sentence;
    const TTest *test;
    double seconds; /* allowed to it */
    struct test_entry *next;
};

static struct test_entry *test_first;
static struct test_entry **test_end = &test_first;
static char test_root[4096]; /* the folder of this run, removed at its end */

/* A test that may take one minute, and one that may take `limit` seconds. */
#define TEST(sentence) TEST_WITHIN(60.0, sentence)
#define TEST_WITHIN(limit, sentence)                                           \
    static void sentence##_run(int);                                           \
    static const TTest sentence##_test = {"", sentence##_run, __FILE__,        \
                                          __LINE__};                           \
    __attribute__((constructor)) static void sentence##_register(void)         \
    {                                                                          \
        static struct test_entry entry = {#sentence, &sentence##_test, limit,  \
                                          NULL};                               \
        *test_end = &entry;                                                    \
        test_end = &entry.next;                                                \
    }                                                                          \
    static void sentence##_run(int test_index CK_ATTRIBUTE_UNUSED)

/* main(): runs every TEST of the file. With _UNLESS, `reason` (evaluated once)
 * is NULL, or says in words why none of them can run here. */
#define TEST_MAIN(room) TEST_MAIN_UNLESS(room, NULL)
#define TEST_MAIN_UNLESS(room, reason)                                         \
    int main(void)                                                             \
    {                                                                          \
        return test_main(room, reason);                                        \
    }

/* The path of tests/data/`name`; good until the fourth call after this one. */
static TEST_UNUSED const char *
test_data_path(const char *name)
{
    static char paths[4][4096];
    static unsigned turn;
    const char *source = getenv("srcdir"); /* make check says where */
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/tests/data/%s", source ? source : ".",
             name);
    return path;
}

/* A path in the folder of this run: the folder stands, the file does not. */
static TEST_UNUSED const char *
test_scratch_path(const char *name)
{
    static char paths[4][8192];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", test_root, name);
    return path;
}

/* A new empty folder of this test's own. */
static TEST_UNUSED const char *
test_folder(void)
{
    static char path[8192];

    snprintf(path, sizeof(path), "%s/XXXXXX", test_root);
    ck_assert_ptr_nonnull(mkdtemp(path));
    return path;
}

static int
test_remove(const char *path, const struct stat *about, int flag,
            struct FTW *walk)
{
    (void)about;
    (void)flag;
    (void)walk;
    return remove(path);
}

static int
test_main(const char *room, const char *reason)
{
    const char *temporary = getenv("TMPDIR");
    Suite *suite = suite_create(room);
    SRunner *runner;
    int failed;

    if (reason) {
        printf("1..0 # SKIP %s\n", reason);
        return 0;
    }
    snprintf(test_root, sizeof(test_root), "%s/followd-test-XXXXXX",
             temporary ? temporary : "/tmp");
    if (!mkdtemp(test_root)) {
        printf("Bail out! no folder %s\n", test_root);
        return 1;
    }
    for (struct test_entry *entry = test_first; entry; entry = entry->next) {
        TCase *one = tcase_create(entry->sentence);

        tcase_set_timeout(one, entry->seconds * TEST_SLOWNESS);
        tcase_add_test(one, entry->test);
        suite_add_tcase(suite, one);
    }
    runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    nftw(test_root, test_remove, 16, FTW_DEPTH | FTW_PHYS);
    return failed ? 1 : 0;
}

/* Equal to the last bit. */
static TEST_UNUSED void
assert_same_bits(const double *ours, const double *theirs, int64_t count,
                 const char *what)
{
    for (int64_t i = 0; i < count; i++)
        ck_assert_msg(memcmp(ours + i, theirs + i, sizeof(double)) == 0,
                      "%s[%lld] is %a, not %a", what, (long long)i, ours[i],
                      theirs[i]);
}

#endif
