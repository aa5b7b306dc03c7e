/* test_npz.c - arrays in and out of memory, sound and otherwise. */
#include "testing.h"

#include "npz/npz.h"

#include <math.h>
#include <string.h>
#include <zip.h>

#define LIMIT (1 << 20)

static const double matrix[2][3] = {{1, 2, 3}, {4, 5, -0.5}};

/* An .npz with a matrix `D_ff` and a number `t`. */
static struct bytes
sample(void)
{
    static const double t = 12.5;
    struct bytes out = {0};
    struct error err = {0};
    struct npz_array arrays[] = {
        npz_view("D_ff", NPZ_FLOAT64, matrix, 2, (size_t)2, (size_t)3),
        npz_view("t", NPZ_FLOAT64, &t, 0),
        npz_text("spec", "{\"name\": \"\xc3\xbc\"}"),
    };

    ck_assert_int_eq(npz_write(arrays, 3, &out, &err), OK);
    return out;
}

/* A zip of one entry that holds a header with that dictionary and `data`. */
static struct bytes
forged(const char *name, const char *dictionary, const void *data, size_t size)
{
    struct bytes npy = {0}, out = {0};
    zip_source_t *whole = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *zip = zip_open_from_source(whole, ZIP_TRUNCATE, NULL);
    unsigned char prefix[10] = "\x93NUMPY\x01";
    zip_stat_t about;

    zip_source_keep(whole);
    prefix[8] = (unsigned char)strlen(dictionary);
    ck_assert_int_eq(bytes_append(&npy, prefix, 10), OK);
    ck_assert_int_eq(bytes_append(&npy, dictionary, strlen(dictionary)), OK);
    ck_assert_int_eq(bytes_append(&npy, data, size), OK);
    ck_assert_int_ge(zip_file_add(zip, name,
                                  zip_source_buffer(zip, npy.data, npy.size, 0),
                                  0),
                     0);
    ck_assert_int_eq(zip_close(zip), 0);
    ck_assert_int_eq(zip_source_stat(whole, &about), 0);
    ck_assert_int_eq(bytes_reserve(&out, about.size), OK);
    ck_assert_int_eq(zip_source_open(whole), 0);
    out.size = (size_t)zip_source_read(whole, out.data, about.size);
    zip_source_close(whole);
    zip_source_free(whole);
    bytes_free(&npy);
    return out;
}

static enum status
forged_open(const char *dictionary, size_t size)
{
    static const char zeros[256];
    struct bytes bytes = forged("a.npy", dictionary, zeros, size);
    struct error err = {0};
    struct npz *npz = NULL;
    enum status status = npz_open(bytes.data, bytes.size, LIMIT, &npz, &err);

    ck_assert((status == OK) == (npz != NULL));
    ck_assert((status == OK) == (err.text[0] == 0));
    npz_close(npz);
    bytes_free(&bytes);
    return status;
}

TEST(arrays_come_back_as_they_went)
{
    struct bytes bytes = sample();
    struct error err = {0};
    struct npz *npz;
    size_t shape[2] = {2, 0};
    const void *data;
    double t;

    ck_assert_int_eq(npz_open(bytes.data, bytes.size, LIMIT, &npz, &err), OK);
    bytes_free(&bytes);
    ck_assert_uint_eq(npz_count(npz), 3);
    ck_assert_int_eq(npz_need(npz, "D_ff", NPZ_FLOAT64, 2, shape, &data, &err),
                     OK);
    ck_assert_uint_eq(shape[1], 3);
    ck_assert_mem_eq(data, matrix, sizeof(matrix));
    ck_assert_int_eq(npz_number(npz, "t", &t, &err), OK);
    ck_assert_double_eq(t, 12.5);
    ck_assert_str_eq(npz_find(npz, "spec")->data, "{\"name\": \"\xc3\xbc\"}");
    ck_assert_ptr_null(npz_at(npz, 3));
    npz_close(npz);
}

TEST(the_same_arrays_make_the_same_bytes)
{
    struct bytes one = sample(), two;

    sleep(3); /* a zip's clock ticks every 2 s */
    two = sample();
    ck_assert_uint_eq(one.size, two.size);
    ck_assert_mem_eq(one.data, two.data, one.size);
    bytes_free(&one);
    bytes_free(&two);
}

TEST(an_array_that_is_missing_or_another_one_is_named)
{
    struct bytes bytes = sample();
    struct error err = {0};
    struct npz *npz;
    size_t shape[2] = {3, 3};
    const void *data;
    double number;

    ck_assert_int_eq(npz_open(bytes.data, bytes.size, LIMIT, &npz, &err), OK);
    ck_assert_int_eq(npz_need(npz, "W", NPZ_UINT8, 1, shape, &data, &err),
                     NOT_FOUND);
    ck_assert_str_eq(err.text, "array W is missing");
    ck_assert_int_eq(npz_need(npz, "D_ff", NPZ_FLOAT32, 2, shape, &data, &err),
                     INVALID);
    ck_assert_int_eq(npz_need(npz, "D_ff", NPZ_FLOAT64, 1, shape, &data, &err),
                     INVALID);
    ck_assert_int_eq(npz_need(npz, "D_ff", NPZ_FLOAT64, 2, shape, &data, &err),
                     INVALID);
    ck_assert_str_eq(err.text, "array D_ff has length 2 along axis 0, not 3");
    ck_assert_int_eq(npz_number(npz, "D_ff", &number, &err), INVALID);
    ck_assert_int_eq(npz_number(npz, "spec", &number, &err), INVALID);
    npz_close(npz);
    bytes_free(&bytes);
}

TEST(a_header_is_a_multiple_of_64_bytes_and_says_the_shape)
{
    const size_t shape[] = {3000, 3000};
    struct bytes out = {0};
    struct error err = {0};

    ck_assert_int_eq(npy_header(NPZ_FLOAT32, 2, shape, &out, &err), OK);
    ck_assert_uint_eq(out.size % 64, 0);
    ck_assert_mem_eq(out.data, "\x93NUMPY\x01\x00", 8);
    ck_assert_uint_eq(out.data[8] + 256U * out.data[9], out.size - 10);
    ck_assert_ptr_nonnull(strstr((char *)out.data + 10,
                                 "{'descr': '<f4', 'fortran_order': "
                                 "False, 'shape': (3000, 3000), }"));
    ck_assert_int_eq(out.data[out.size - 1], '\n');
    bytes_free(&out);
    ck_assert_int_eq(npy_header(NPZ_TEXT, 0, NULL, &out, &err), INVALID);
    ck_assert_int_eq(npy_header(NPZ_UINT8, 5, shape, &out, &err), INVALID);
}

TEST(an_array_whose_size_is_not_that_of_its_shape_is_not_written)
{
    struct npz_array array =
        npz_view("a", NPZ_FLOAT64, matrix, 1, (size_t)SIZE_MAX / 4);
    struct bytes out = {0};
    struct error err = {0};

    ck_assert_int_eq(npz_write(&array, 1, &out, &err), INVALID);
    array = npz_view("a", NPZ_FLOAT64, matrix, 1, (size_t)6);
    array.size = 7;
    ck_assert_int_eq(npz_write(&array, 1, &out, &err), INVALID);
    array = npz_view("../a", NPZ_FLOAT64, matrix, 1, (size_t)6);
    ck_assert_int_eq(npz_write(&array, 1, &out, &err), INVALID);
    array = npz_text("a", "\xff");
    ck_assert_int_eq(npz_write(&array, 1, &out, &err), INVALID);
    ck_assert_ptr_null(out.data);
}

TEST(two_arrays_of_one_name_are_not_written)
{
    struct npz_array arrays[] = {npz_text("a", "1"), npz_text("a", "2")};
    struct bytes out = {0};
    struct error err = {0};

    ck_assert_int_eq(npz_write(arrays, 2, &out, &err), INVALID);
}

TEST(a_file_cut_anywhere_is_corrupt)
{
    struct bytes bytes = sample();
    struct error err = {0};
    struct npz *npz = NULL;

    for (size_t size = 0; size < bytes.size; size++) {
        void *exact = malloc(size ? size : 1); /* a sanitizer sees its end */

        memcpy(exact, bytes.data, size);
        ck_assert_int_eq(npz_open(exact, size, LIMIT, &npz, &err), CORRUPT);
        ck_assert_ptr_null(npz);
        free(exact);
    }
    bytes_free(&bytes);
}

TEST(a_file_with_any_one_byte_changed_is_never_read_out_of_bounds)
{
    struct bytes bytes = sample();
    size_t refused = 0;

    for (size_t at = 0; at < bytes.size; at++) {
        struct error err = {0};
        struct npz *npz = NULL;

        bytes.data[at] ^= 0x5a;
        refused += npz_open(bytes.data, bytes.size, LIMIT, &npz, &err) != OK;
        npz_close(npz);
        bytes.data[at] ^= 0x5a;
    }
    ck_assert_uint_gt(refused, bytes.size / 2);
    bytes_free(&bytes);
}

TEST(an_element_changed_after_writing_is_noticed)
{
    struct bytes bytes = sample();
    struct error err = {0};
    struct npz *npz = NULL;
    unsigned char *at =
        memmem(bytes.data, bytes.size, &matrix[1][2], sizeof(double));

    ck_assert_ptr_nonnull(at);
    at[7] ^= 0x80; /* -0.5 becomes 0.5 */
    ck_assert_int_eq(npz_open(bytes.data, bytes.size, LIMIT, &npz, &err),
                     CORRUPT);
    bytes_free(&bytes);
}

TEST(arrays_beyond_the_limit_are_too_large_in_sum)
{
    struct bytes bytes = sample();
    struct error err = {0};
    struct npz *npz = NULL;

    ck_assert_int_eq(npz_open(bytes.data, bytes.size, 107, &npz, &err),
                     TOO_LARGE);
    ck_assert_int_eq(npz_open(bytes.data, bytes.size, 108, &npz, &err), OK);
    npz_close(npz);
    bytes_free(&bytes);
}

TEST(a_header_is_believed_only_where_it_fits_what_is_there)
{
    const char *head = "{'descr': '<f8', 'fortran_order': False, 'shape': ";
    static const struct {
        const char *shape;
        enum status status;
    } cases[] = {
        {"(4,)}", OK},
        {"(4L,)}", OK},
        {"(2, 2), }", OK},
        {"(5,)}", CORRUPT},
        {"(3,)}", CORRUPT},
        {"(-4,)}", INVALID},
        {"(4294967296, 4294967296)}", TOO_LARGE},
        {"(0, 18446744073709551616)}", INVALID},
        {"(1, 1, 1, 1, 4)}", INVALID},
        {"(4}", INVALID},
        {"(4,)", CORRUPT},
        {"(4,)} x", CORRUPT},
        {"(4,), 'shape': (4,)}", CORRUPT},
        {"(4,), 'more': 1}", CORRUPT},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char text[256];

        snprintf(text, sizeof(text), "%s%s", head, cases[i].shape);
        ck_assert_msg(forged_open(text, 32) == cases[i].status, "%s", text);
    }
    ck_assert_int_eq(forged_open("{'descr': '<f8', 'shape': (4,)}", 32),
                     CORRUPT);
    ck_assert_int_eq(
        forged_open("{'descr': [('a', '<f8')], 'fortran_order': False,", 32),
        INVALID);
    ck_assert_int_eq(forged_open("", 0), CORRUPT);
}

TEST(looking_through_arrays_tells_shapes_and_what_is_not_finite)
{
    static const double time[] = {0, 0.5, 0.5, 2};
    static const float late[] = {-1, 0, (float)INFINITY};
    static const unsigned char mask[] = {1, 0};
    struct npz_array arrays[] = {
        npz_view("D_ff", NPZ_FLOAT64, matrix, 2, (size_t)2, (size_t)3),
        npz_view("t", NPZ_FLOAT64, time, 1, (size_t)4),
        npz_view("late", NPZ_FLOAT32, late, 1, (size_t)3),
        npz_view("mask", NPZ_BOOL, mask, 1, (size_t)2),
        npz_view("none", NPZ_FLOAT64, time, 1, (size_t)0),
    };
    struct bytes bytes = {0};
    struct error err = {0};
    struct npz_about about[5];
    size_t count;

    ck_assert_int_eq(npz_write(arrays, 5, &bytes, &err), OK);
    ck_assert_int_eq(
        npz_look(bytes.data, bytes.size, LIMIT, about, 5, &count, &err), OK);
    ck_assert_uint_eq(count, 5);
    ck_assert_str_eq(about[0].name, "D_ff");
    ck_assert(about[0].finite && !about[0].ascending);
    ck_assert_uint_eq(about[0].shape[1], 3);
    ck_assert(about[1].finite && !about[1].ascending);
    ck_assert_double_eq(about[1].last, 2);
    ck_assert(!about[2].finite && about[2].ascending);
    ck_assert_double_eq(about[2].first, -1);
    ck_assert(about[3].finite && about[3].type == NPZ_BOOL);
    ck_assert(about[4].finite && about[4].ascending);
    ck_assert_int_eq(
        npz_look(bytes.data, bytes.size, LIMIT, about, 4, &count, &err),
        TOO_LARGE);
    ck_assert_int_eq(
        npz_look(bytes.data, bytes.size, 93, about, 5, &count, &err),
        TOO_LARGE); /* 48 + 32 + 12 + 2 bytes */
    ck_assert_int_eq(
        npz_look(bytes.data, bytes.size, 94, about, 5, &count, &err), OK);
    bytes_free(&bytes);
}

TEST(looking_through_a_damaged_file_finds_what_reading_it_finds)
{
    struct bytes bytes = sample();

    for (size_t at = 0; at < bytes.size; at++) {
        struct error err = {0};
        struct npz *npz = NULL;
        struct npz_about about[3];
        size_t count;

        bytes.data[at] ^= 0x5a;
        const enum status status =
            npz_open(bytes.data, bytes.size, LIMIT, &npz, &err);
        npz_close(npz);
        ck_assert_int_eq(
            npz_look(bytes.data, bytes.size, LIMIT, about, 3, &count, &err),
            status);
        bytes.data[at] ^= 0x5a;
    }
    bytes_free(&bytes);
}

TEST(a_zip_of_something_else_is_refused)
{
    struct bytes bytes = forged("notes.txt", "{}", "", 0);
    struct error err = {0};
    struct npz *npz = NULL;

    ck_assert_int_eq(npz_open(bytes.data, bytes.size, LIMIT, &npz, &err),
                     INVALID);
    bytes_free(&bytes);
    ck_assert_int_eq(npz_open("not a zip", 9, LIMIT, &npz, &err), CORRUPT);
    ck_assert_int_eq(npz_open(NULL, 0, LIMIT, &npz, &err), CORRUPT);
}

TEST_MAIN("npz")
