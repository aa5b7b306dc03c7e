/* test_base.c - what every room stands on. */
#include "testing.h"

#include "base/base.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

TEST(an_error_says_what_failed_and_returns_its_status)
{
    struct error err = {0};

    ck_assert_int_eq(error_set(&err, NOT_FOUND, "job %d is gone", 7),
                     NOT_FOUND);
    ck_assert_str_eq(err.text, "job 7 is gone");
    ck_assert_int_eq(err.status, NOT_FOUND);
    ck_assert_int_eq(error_set(NULL, CORRUPT, "unheard"), CORRUPT);
}

TEST(a_prefix_puts_context_before_an_error_and_keeps_its_status)
{
    struct error err = {0};

    error_set(&err, CORRUPT, "byte 3 is odd");
    ck_assert_int_eq(error_prefix(&err, "checkpoint %d: ", 2), CORRUPT);
    ck_assert_str_eq(err.text, "checkpoint 2: byte 3 is odd");
}

TEST(an_error_may_quote_itself)
{
    struct error err = {0};

    error_set(&err, FAILED, "inner");
    error_set(&err, FAILED, "outer, since %s", err.text);
    ck_assert_str_eq(err.text, "outer, since inner");
}

TEST(a_text_too_long_for_an_error_is_cut_and_not_overrun)
{
    struct error err = {0};
    char long_text[3000];

    memset(long_text, 'a', sizeof(long_text));
    long_text[sizeof(long_text) - 1] = 0;
    error_set(&err, FAILED, "%s", long_text);
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
    error_prefix(&err, "%s", long_text);
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
}

TEST(every_status_has_a_name)
{
    for (int status = OK; status <= FAILED; status++)
        ck_assert_uint_gt(strlen(status_name((enum status)status)), 1);
    ck_assert_str_eq(status_name(NOT_FOUND), "not_found");
    ck_assert_int_eq(status_from_errno(ENOSPC), NO_SPACE);
    ck_assert_int_eq(status_from_errno(0), OK);
}

TEST(an_array_too_large_to_count_is_refused)
{
    void *one = memory_array(3, 5);

    ck_assert_ptr_nonnull(one);
    free(one);
    ck_assert_ptr_null(memory_array(SIZE_MAX / 2, 3));
}

TEST(bytes_grow_and_always_end_in_a_zero)
{
    struct bytes bytes = {0};

    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(bytes_append(&bytes, "ab", 2), OK);
    ck_assert_int_eq(bytes_printf(&bytes, "%d!", 42), OK);
    ck_assert_uint_eq(bytes.size, 2003);
    ck_assert_str_eq((char *)bytes.data + 1998, "ab42!");
    bytes_free(&bytes);
    ck_assert_ptr_null(bytes.data);
    ck_assert_int_eq(bytes_append(&bytes, NULL, 0), OK);
    ck_assert_str_eq((char *)bytes.data, "");
    bytes_free(&bytes);
}

TEST(sha256_agrees_with_the_standard)
{
    char hex[SHA256_HEX_SIZE];

    sha256_hex("abc", 3, hex); /* FIPS 180-4, example */
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223"
                          "b00361a396177a9cb410ff61f20015ad");
    sha256_hex(NULL, 0, hex);
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb924"
                          "27ae41e4649b934ca495991b7852b855");
}

TEST(hmac_and_base64_agree_with_their_standards)
{
    static const unsigned char wanted[32] = /* RFC 4231, test case 2 */
        "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7"
        "\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43";
    static const char text[] = "what do ya want for nothing?";
    struct bytes out = {0};
    struct error err;
    unsigned char mac[32];

    hmac_sha256("Jefe", 4, text, strlen(text), mac);
    ck_assert_mem_eq(mac, wanted, 32);
    ck_assert_int_eq(base64_write("foobar", 6, &out), OK);
    ck_assert_int_eq(base64_write("foob", 4, &out), OK); /* RFC 4648, 10 */
    ck_assert_str_eq((char *)out.data, "Zm9vYmFyZm9vYg==");
    bytes_free(&out);
    ck_assert_int_eq(base64_read("Zm9vYg==", 8, &out, &err), OK);
    ck_assert_uint_eq(out.size, 4);
    ck_assert_mem_eq(out.data, "foob", 4);
    ck_assert_int_eq(base64_read("Zm9*Yg==", 8, &out, &err), INVALID);
    bytes_free(&out);
}

TEST(sha256_of_pieces_is_that_of_the_whole)
{
    char hex[SHA256_HEX_SIZE], whole[SHA256_HEX_SIZE];
    struct sha256 *sum = sha256_new();

    sha256_add(sum, "a", 1);
    sha256_add(sum, NULL, 0);
    sha256_add(sum, "bc", 2);
    sha256_end(sum, hex);
    sha256_hex("abc", 3, whole);
    ck_assert_str_eq(hex, whole);
    sha256_end(NULL, hex);
}

TEST(random_hex_is_new_each_time)
{
    char one[33], two[33];

    ck_assert_int_eq(random_hex(16, one, NULL), OK);
    ck_assert_int_eq(random_hex(16, two, NULL), OK);
    ck_assert_uint_eq(strlen(one), 32);
    ck_assert_uint_eq(strspn(one, "0123456789abcdef"), 32);
    ck_assert_str_ne(one, two);
    ck_assert_int_eq(random_hex(1000, one, NULL), TOO_LARGE);
}

TEST(a_file_is_read_back_as_it_was_written)
{
    const char *path = test_scratch_path("token");
    struct bytes bytes = {0};
    struct error err = {0};
    struct stat about;

    ck_assert_int_eq(file_write(path, 0600, "a\0b", 3, &err), OK);
    ck_assert_int_eq(file_write(path, 0600, "c\0de", 4, &err), OK);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_uint_eq(about.st_mode & 0777, 0600);
    ck_assert_int_eq(file_read(path, 4, &bytes, &err), OK);
    ck_assert_uint_eq(bytes.size, 4);
    ck_assert_mem_eq(bytes.data, "c\0de", 4);
    ck_assert_int_eq(file_read(path, 3, &bytes, &err), TOO_LARGE);
    ck_assert_ptr_null(bytes.data);
}

TEST(a_missing_file_and_a_folder_are_no_files)
{
    struct bytes bytes = {0};
    struct error err = {0};

    ck_assert_int_eq(file_read(test_scratch_path("nowhere"), 10, &bytes, &err),
                     NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "nowhere"));
    ck_assert_int_ne(file_read(test_folder(), 10, &bytes, &err), OK);
    ck_assert_int_eq(
        file_write(test_scratch_path("no/where"), 0600, "x", 1, &err),
        NOT_FOUND);
}

TEST(a_folder_is_made_with_those_above_it_and_may_be_there_already)
{
    const char *path = test_scratch_path("a/b/c");
    struct error err = {0};
    struct stat about;

    ck_assert_int_eq(folder_make(path, &err), OK);
    ck_assert_int_eq(folder_make(path, &err), OK);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_uint_eq(about.st_mode & 0777, 0700);
    path = test_scratch_path("a/b/file");
    ck_assert_int_eq(file_write(path, 0600, "", 0, &err), OK);
    ck_assert_int_eq(folder_make(path, &err), CONFLICT);
}

TEST(a_moment_is_written_as_rfc_3339)
{
    char text[CLOCK_TEXT_SIZE];

    clock_rfc3339(1700000000123, text);
    ck_assert_str_eq(text, "2023-11-14T22:13:20.123Z");
    clock_rfc3339(-1, text);
    ck_assert_str_eq(text, "1969-12-31T23:59:59.999Z");
    ck_assert(clock_monotonic() <= clock_monotonic());
}

/* What log_event writes to stderr in this process, as one string. */
static void
log_capture(char *out, size_t size, const char *text)
{
    int ends[2], kept = dup(STDERR_FILENO);
    ssize_t length;

    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_event(LOG_LEVEL_INFO, "job_started", "job=%d note=%s", 7, text);
    log_event(LOG_LEVEL_DEBUG, "unheard", "");
    dup2(kept, STDERR_FILENO);
    close(ends[1]);
    length = read(ends[0], out, size - 1);
    ck_assert_int_gt(length, 0);
    out[length] = 0;
}

TEST(an_event_is_one_line_whatever_its_text)
{
    char line[8192], quoted[64];
    char long_text[6000];

    log_capture(line, sizeof(line), log_quote("a\n\"b\"", quoted, 64));
    ck_assert_ptr_nonnull(strstr(
        line, "level=info event=job_started job=7 note=\"a\\n\\\"b\\\"\"\n"));
    log_capture(line, sizeof(line), "forged\nlevel=error");
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    memset(long_text, 'a', sizeof(long_text));
    long_text[sizeof(long_text) - 1] = 0;
    log_capture(line, sizeof(line), long_text);
    ck_assert_str_eq(line + strlen(line) - 4, "...\n");
}

TEST(a_quoted_text_is_cut_to_fit_and_closed)
{
    char out[8];

    ck_assert_str_eq(log_quote("abcdefgh", out, sizeof(out)), "\"abcde\"");
    ck_assert_str_eq(log_quote("abcd\nxyz", out, sizeof(out)), "\"abcd\"");
    ck_assert_str_eq(log_quote(NULL, out, sizeof(out)), "\"\"");
}

TEST_MAIN("base")
