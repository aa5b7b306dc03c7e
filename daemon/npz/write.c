/* write.c - arrays into an .npz: a zip of .npy files, stored.
 *
 * Every entry bears the same date, 1980-01-01, so that the same arrays make the
 * same bytes: checkpoints are compared and hashed. */
#include "npz/npz_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define DOS_DATE_1980_01_01 0x21

struct npz_array
npz_view(const char *name, enum npz_type type, const void *data, int dimensions,
         ...)
{
    struct npz_array array = {.type = type, .data = data};
    va_list lengths;

    if (strlen(name) >= sizeof(array.name) || dimensions < 0 ||
        dimensions > NPZ_DIMENSIONS)
        return array;
    snprintf(array.name, sizeof(array.name), "%s", name);
    array.dimensions = dimensions;
    va_start(lengths, dimensions);
    for (int i = 0; i < dimensions; i++)
        array.shape[i] = va_arg(lengths, size_t);
    va_end(lengths);
    if (!npy_size(npz_type_size(type), dimensions, array.shape, &array.size))
        array.size = 0;
    return array;
}

struct npz_array
npz_text(const char *name, const char *text)
{
    struct npz_array array = npz_view(name, NPZ_TEXT, text, 0);

    array.size = strlen(text);
    return array;
}

static enum status
array_check(const struct npz_array *array, struct error *err)
{
    size_t size;

    if (array->name[0] == 0 || strchr(array->name, '/'))
        return error_set(err, INVALID, "'%s' cannot name an array",
                         array->name);
    if (array->type == NPZ_TEXT)
        return OK;
    if (!npy_size(npz_type_size(array->type), array->dimensions, array->shape,
                  &size) ||
        size != array->size)
        return error_set(err, INVALID, "array %s has not the size of its shape",
                         array->name);
    return OK;
}

/* One array as an .npy, which `out` then owns. */
static enum status
array_append(const struct npz_array *array, struct bytes *out,
             struct error *err)
{
    struct bytes text = {0};
    enum status status = array_check(array, err);

    if (status != OK)
        return status;
    if (array->type == NPZ_TEXT) {
        status = ucs4_from_utf8(array->data, array->size, &text, err);
        if (status == OK)
            status = npy_header_append(NPZ_TEXT, text.size, 0, NULL, out, err);
        if (status == OK && bytes_append(out, text.data, text.size) != OK)
            status = error_set(err, NO_MEMORY, "no memory for %s", array->name);
        bytes_free(&text);
        return status;
    }
    status = npy_header(array->type, array->dimensions, array->shape, out, err);
    if (status == OK && bytes_append(out, array->data, array->size) != OK)
        return error_set(err, NO_MEMORY, "no memory for %s", array->name);
    return status;
}

static enum status
entry_add(zip_t *zip, const struct npz_array *array, struct error *err)
{
    struct bytes npy = {0};
    char name[NPZ_NAME_SIZE + 4];
    zip_source_t *source;
    zip_int64_t index;
    enum status status = array_append(array, &npy, err);

    if (status != OK) {
        bytes_free(&npy);
        return status;
    }
    source = zip_source_buffer(zip, npy.data, npy.size, 1); /* takes the data */
    if (!source) {
        bytes_free(&npy);
        return error_set(err, NO_MEMORY, "no memory for %s", array->name);
    }
    snprintf(name, sizeof(name), "%s.npy", array->name);
    index = zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return error_set(err, INVALID, "cannot add array %s: %s", array->name,
                         zip_strerror(zip));
    }
    if (zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) ||
        zip_file_set_dostime(zip, (zip_uint64_t)index, 0, DOS_DATE_1980_01_01,
                             0))
        return error_set(err, FAILED, "cannot add array %s: %s", array->name,
                         zip_strerror(zip));
    return OK;
}

/* All that a finished zip holds. */
static enum status
source_read(zip_source_t *source, struct bytes *out, struct error *err)
{
    zip_stat_t about;
    zip_int64_t got = -1;

    if (zip_source_stat(source, &about) != 0 || zip_source_open(source) != 0)
        return error_set(err, FAILED, "cannot read back the arrays");
    if (bytes_reserve(out, about.size) == OK)
        got = zip_source_read(source, out->data, about.size);
    zip_source_close(source);
    if (got < 0 || (zip_uint64_t)got != about.size)
        return error_set(err, NO_MEMORY, "no memory to gather the arrays");
    out->size = about.size;
    out->data[out->size] = 0;
    return OK;
}

/* An empty zip in memory; `source` stays the caller's when it is closed. */
static zip_t *
zip_make(zip_source_t **source)
{
    zip_t *zip = NULL;

    *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    if (*source)
        zip = zip_open_from_source(*source, ZIP_TRUNCATE, NULL);
    if (!zip) {
        zip_source_free(*source);
        return NULL;
    }
    zip_source_keep(*source);
    return zip;
}

enum status
npz_write(const struct npz_array *arrays, size_t count, struct bytes *out,
          struct error *err)
{
    zip_source_t *source;
    zip_t *zip = zip_make(&source);
    enum status status = OK;

    bytes_free(out);
    if (!zip)
        return error_set(err, NO_MEMORY, "no memory to gather arrays");
    for (size_t i = 0; status == OK && i < count; i++)
        status = entry_add(zip, &arrays[i], err);
    if (status != OK || count == 0) {
        zip_discard(zip);
        if (status == OK)
            status = error_set(err, INVALID, "no arrays to write");
    } else if (zip_close(zip) != 0) {
        status = error_set(err, NO_MEMORY, "cannot gather the arrays: %s",
                           zip_strerror(zip));
        zip_discard(zip);
    }
    if (status == OK)
        status = source_read(source, out, err);
    zip_source_free(source);
    if (status != OK)
        bytes_free(out);
    return status;
}
