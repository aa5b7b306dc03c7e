/* test_opencl.c - programs that are built once and then found again. */
#include "testing.h"

#include "opencl/opencl.h"

#include <glob.h>
#include <string.h>

static struct error err;

#define KERNEL(number)                                                         \
    "__kernel void tell(__global int *out) { out[0] = " #number "; }"

/* What the kernel of this source writes, on a device that keeps programs in
 * `folder`. */
static int
told(const char *source, const char *folder)
{
    struct opencl *cl;
    struct program *program;
    struct buffer *buffer;
    int out = 0;

    ck_assert_msg(opencl_open("any", &cl, &err) == OK, "%s", err.text);
    opencl_keep_programs(cl, folder);
    ck_assert_msg(program_build(cl, &source, 1, "", "tell", &program, &err) ==
                      OK,
                  "%s", err.text);
    ck_assert_int_eq(buffer_new(cl, sizeof(out), &buffer, &err), OK);
    ck_assert_int_eq(program_set_buffer(program, 0, buffer, &err), OK);
    ck_assert_int_eq(program_run(program, 1, 1, &err), OK);
    ck_assert_int_eq(buffer_read(buffer, 0, &out, sizeof(out), &err), OK);
    ck_assert_int_eq(opencl_finish(cl, &err), OK);
    buffer_free(buffer);
    program_free(program);
    opencl_close(cl);
    return out;
}

/* The only file in a folder. */
static const char *
kept_in(const char *folder, struct bytes *out)
{
    static char path[8300];
    glob_t found;
    snprintf(path, sizeof(path), "%s/kernels-*.bin", folder);
    ck_assert_int_eq(glob(path, 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc, 1);
    snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
    globfree(&found);
    ck_assert_int_eq(file_read(path, 1 << 26, out, &err), OK);
    return path;
}

/* The proof: it does what another one does that is put there. */
TEST(a_program_is_taken_from_the_file_that_keeps_it)
{
    char mine[8192], others[8192];
    struct bytes one = {0}, two = {0};
    snprintf(mine, sizeof(mine), "%s", test_folder());
    snprintf(others, sizeof(others), "%s", test_folder());
    ck_assert_int_eq(told(KERNEL(1), mine), 1);
    ck_assert_int_eq(told(KERNEL(2), others), 2);
    (void)kept_in(others, &two);
    const char *path = kept_in(mine, &one);
    ck_assert_int_eq(file_write(path, 0600, two.data, two.size, &err), OK);
    ck_assert_int_eq(told(KERNEL(1), mine), 2);
    bytes_free(&one);
    bytes_free(&two);
}

TEST(a_damaged_file_is_not_believed_and_made_anew)
{
    char folder[8192];
    struct bytes sound = {0}, after = {0};
    snprintf(folder, sizeof(folder), "%s", test_folder());
    ck_assert_int_eq(told(KERNEL(3), folder), 3);
    const char *path = kept_in(folder, &sound);
    sound.data[sound.size / 2] ^= 1;
    ck_assert_int_eq(file_write(path, 0600, sound.data, sound.size, &err), OK);
    sound.data[sound.size / 2] ^= 1;
    ck_assert_int_eq(told(KERNEL(3), folder), 3);
    (void)kept_in(folder, &after);
    sha256_raw(after.data + 32, after.size - 32, sound.data);
    ck_assert_mem_eq(after.data, sound.data, 32);
    bytes_free(&sound);
    bytes_free(&after);
}

TEST(a_file_that_the_driver_refuses_is_no_failure)
{
    char folder[8192];
    struct bytes sound = {0};
    unsigned char junk[100] = {0};
    snprintf(folder, sizeof(folder), "%s", test_folder());
    ck_assert_int_eq(told(KERNEL(4), folder), 4);
    const char *path = kept_in(folder, &sound);
    sha256_raw(junk + 32, sizeof(junk) - 32, junk);
    ck_assert_int_eq(file_write(path, 0600, junk, sizeof(junk), &err), OK);
    ck_assert_int_eq(told(KERNEL(4), folder), 4);
    bytes_free(&sound);
}

/* A second engine of one shape, with other seats. */
TEST(one_process_builds_two_programs_that_do_not_disturb_each_other)
{
    const char *sources[] = {KERNEL(5), KERNEL(6)};
    struct program *programs[4];
    struct buffer *buffers[4];
    struct opencl *cl;
    int out[4] = {0};

    ck_assert_int_eq(opencl_open("any", &cl, &err), OK);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(program_build(cl, &sources[i % 2], 1, "", "tell",
                                       &programs[i], &err),
                         OK);
        ck_assert_int_eq(buffer_new(cl, sizeof(int), &buffers[i], &err), OK);
        ck_assert_int_eq(program_set_buffer(programs[i], 0, buffers[i], &err),
                         OK);
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(program_run(programs[i], 1, 1, &err), OK);
        ck_assert_int_eq(buffer_read(buffers[i], 0, &out[i], 4, &err), OK);
    }
    ck_assert_int_eq(opencl_finish(cl, &err), OK);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(out[i], 5 + i % 2);
        buffer_free(buffers[i]);
        program_free(programs[i]);
    }
    opencl_close(cl);
}

TEST_MAIN("opencl")
