/* read.c - arrays out of an .npz, whoever wrote it.
 *
 * Nothing is allocated on the word of a header: an array's size must be the
 * size of its entry, and all of them together at most the caller's limit. */
#include "npz/npz_private.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define ENTRIES_MAX 4096

struct npz {
    size_t count;
    struct npz_array *arrays; /* [count], data owned */
};

void
npz_close(struct npz *npz)
{
    if (!npz)
        return;
    for (size_t i = 0; i < npz->count; i++)
        free((void *)npz->arrays[i].data);
    free(npz->arrays);
    free(npz);
}

size_t
npz_count(const struct npz *npz)
{
    return npz->count;
}

const struct npz_array *
npz_at(const struct npz *npz, size_t index)
{
    return index < npz->count ? &npz->arrays[index] : NULL;
}

const struct npz_array *
npz_find(const struct npz *npz, const char *name)
{
    for (size_t i = 0; i < npz->count; i++)
        if (strcmp(npz->arrays[i].name, name) == 0)
            return &npz->arrays[i];
    return NULL;
}

/* ---- one entry ------------------------------------------------------------
 */

enum status
entry_read(zip_file_t *file, void *out, size_t size, struct error *err)
{
    zip_int64_t got = zip_fread(file, out, size);

    if (got < 0 || (size_t)got != size)
        return error_set(err, CORRUPT, "it ends early or is damaged");
    return OK;
}

/* Reads the header; `rest` is the entry's size before, the elements' after. */
static enum status
header_read(zip_file_t *file, struct npy_layout *layout, uint64_t *rest,
            struct error *err)
{
    unsigned char prefix[NPY_PREFIX_SIZE];
    char text[65536]; /* the length has 16 bits */
    size_t length;
    enum status status = entry_read(file, prefix, sizeof(prefix), err);

    if (status == OK)
        status = npy_prefix_parse(prefix, &length, err);
    if (status == OK)
        status = entry_read(file, text, length, err);
    if (status != OK)
        return status;
    text[length] = 0;
    if (*rest < sizeof(prefix) + length)
        return error_set(err, CORRUPT, "it is smaller than its own header");
    *rest -= sizeof(prefix) + length;
    status = npy_dictionary_parse(text, layout, err);
    if (status == OK && layout->size != *rest)
        return error_set(err, CORRUPT, "its shape needs %zu bytes, it has %llu",
                         layout->size, (unsigned long long)*rest);
    return status;
}

/* Fortran order to C order: the first index ran fastest, now it is the last. */
static void
order_turn(const struct npy_layout *layout, const unsigned char *from,
           unsigned char *to)
{
    size_t index[NPZ_DIMENSIONS] = {0};

    for (size_t at = 0; at < layout->size; at += layout->item) {
        size_t place = 0;

        for (int i = 0; i < layout->dimensions; i++)
            place = place * layout->shape[i] + index[i];
        memcpy(to + place * layout->item, from + at, layout->item);
        for (int i = 0; i < layout->dimensions; i++) {
            if (++index[i] < layout->shape[i])
                break;
            index[i] = 0;
        }
    }
}

/* What was read becomes what is handed out; takes `data`. */
static enum status
array_finish(const struct npy_layout *layout, unsigned char *data,
             struct npz_array *array, struct error *err)
{
    struct bytes text = {0};
    enum status status = OK;

    array->type = layout->type;
    array->dimensions = layout->dimensions;
    memcpy(array->shape, layout->shape, sizeof(array->shape));
    array->size = layout->size;
    array->data = data;
    if (layout->type == NPZ_TEXT) {
        status = ucs4_to_utf8(data, layout->size, &text, err);
        free(data);
        array->data = text.data;
        array->size = text.size;
    } else if (layout->fortran && layout->dimensions > 1) {
        unsigned char *turned = memory_array(layout->size, 1);

        if (turned)
            order_turn(layout, data, turned);
        else
            status = error_set(err, NO_MEMORY, "no memory to turn it round");
        free(data);
        array->data = turned;
    }
    return status;
}

/* The elements behind a header, to the last byte, so that the sum is checked.
 */
static enum status
elements_read(zip_file_t *file, const struct npy_layout *layout,
              struct npz_array *array, struct error *err)
{
    unsigned char *data = memory_array(layout->size, 1);
    enum status status;

    if (!data)
        return error_set(err, NO_MEMORY, "no memory for %zu bytes",
                         layout->size);
    status = entry_read(file, data, layout->size, err);
    if (status == OK)
        status = entry_end(file, err);
    if (status != OK) {
        free(data);
        return status;
    }
    return array_finish(layout, data, array, err);
}

/* "D_ff.npy" names the array D_ff. */
static enum status
name_take(const char *name, char out[NPZ_NAME_SIZE], struct error *err)
{
    size_t length = strlen(name);

    if (length < 5 || strcmp(name + length - 4, ".npy") != 0)
        return error_set(err, INVALID, "an entry '%.80s' is no array", name);
    length -= 4;
    if (length >= NPZ_NAME_SIZE)
        return error_set(err, INVALID, "the name '%.80s...' is too long", name);
    memcpy(out, name, length);
    out[length] = 0;
    return OK;
}

enum status
entry_open(zip_t *zip, uint64_t index, char name[NPZ_NAME_SIZE],
           struct npy_layout *layout, zip_file_t **out, struct error *err)
{
    const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE;
    zip_stat_t about;
    uint64_t rest;
    enum status status;

    if (zip_stat_index(zip, index, 0, &about) != 0 ||
        (about.valid & needed) != needed)
        return error_set(err, CORRUPT, "entry %llu cannot be read",
                         (unsigned long long)index);
    status = name_take(about.name, name, err);
    if (status != OK)
        return status;
    *out = zip_fopen_index(zip, index, 0);
    if (!*out)
        return error_set(err, CORRUPT, "array %s cannot be read: %s", name,
                         zip_strerror(zip));
    rest = about.size;
    status = header_read(*out, layout, &rest, err);
    if (status == OK)
        return OK;
    error_prefix(err, "array %s: ", name);
    zip_fclose(*out);
    return status;
}

enum status
entry_end(zip_file_t *file, struct error *err)
{
    unsigned char beyond;

    if (zip_fread(file, &beyond, 1) != 0)
        return error_set(err, CORRUPT, "its check sum is wrong");
    return OK;
}

/* Reads entry `index` into the next array; takes its size off `limit`. */
static enum status
array_read(zip_t *zip, uint64_t index, size_t *limit, struct npz *npz,
           struct error *err)
{
    struct npz_array *array = &npz->arrays[npz->count];
    char name[NPZ_NAME_SIZE];
    struct npy_layout layout;
    zip_file_t *file;
    enum status status = entry_open(zip, index, name, &layout, &file, err);

    if (status != OK)
        return status;
    if (npz_find(npz, name))
        status = error_set(err, CORRUPT, "there are two of this name");
    else if (layout.size > *limit)
        status = error_set(err, TOO_LARGE, "its %zu bytes are too many",
                           layout.size);
    if (status == OK) {
        *limit -= layout.size;
        npz->count++;
        memcpy(array->name, name, sizeof(name));
        status = elements_read(file, &layout, array, err);
    }
    zip_fclose(file);
    if (status != OK)
        error_prefix(err, "array %s: ", name);
    return status;
}

/* ---- the whole ------------------------------------------------------- */

enum status
entries_open(const void *data, size_t size, zip_t **out, size_t *count,
             struct error *err)
{
    zip_error_t problem;
    zip_source_t *source;
    enum status status = OK;

    zip_error_init(&problem);
    source = zip_source_buffer_create(data, size, 0, &problem);
    *out = source ? zip_open_from_source(source, ZIP_RDONLY, &problem) : NULL;
    if (!*out) {
        status = error_set(err, CORRUPT, "it is no .npz: %s",
                           zip_error_strerror(&problem));
        zip_source_free(source);
    }
    zip_error_fini(&problem);
    if (status != OK)
        return status;
    *count = (size_t)zip_get_num_entries(*out, 0);
    if (*count == 0)
        status = error_set(err, CORRUPT, "it holds no arrays");
    else if (*count > ENTRIES_MAX)
        status = error_set(err, TOO_LARGE, "it has more than %d arrays",
                           ENTRIES_MAX);
    if (status != OK)
        zip_discard(*out);
    return status;
}

enum status
npz_open(const void *data, size_t size, size_t limit, struct npz **out,
         struct error *err)
{
    zip_t *zip;
    size_t count;
    struct npz *npz;
    enum status status = entries_open(data, size, &zip, &count, err);

    *out = NULL;
    if (status != OK)
        return status;
    npz = memory_array(1, sizeof(*npz));
    if (!npz || !(npz->arrays = memory_array(count, sizeof(*npz->arrays))))
        status = error_set(err, NO_MEMORY, "no memory for %zu arrays", count);
    for (size_t i = 0; status == OK && i < count; i++)
        status = array_read(zip, i, &limit, npz, err);
    zip_discard(zip);
    if (status == OK) {
        *out = npz;
        npz = NULL;
    }
    npz_close(npz);
    return status;
}
