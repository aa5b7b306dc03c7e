/* look.c - an .npz that may be larger than memory: what is in it, and whether
 * it is sound. */
#include "npz/npz_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)65536) /* bytes at once, a multiple of any element */

static double
element(const unsigned char *block, enum npz_type type, size_t i)
{
    if (type == NPZ_FLOAT32)
        return ((const float *)(const void *)block)[i];
    return ((const double *)(const void *)block)[i];
}

/* `done` elements were there before this block of `count`. */
static void
floats_see(struct npz_about *about, const unsigned char *block, size_t done,
           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double value = element(block, about->type, i);

        about->finite &= isfinite(value) != 0;
        if (about->dimensions != 1)
            continue;
        if (done + i == 0)
            about->first = value;
        else
            about->ascending &= value > about->last;
        about->last = value;
    }
}

static enum status
elements_see(zip_file_t *file, const struct npy_layout *layout,
             unsigned char *block, struct npz_about *about, struct error *err)
{
    bool floats = layout->type == NPZ_FLOAT32 || layout->type == NPZ_FLOAT64;

    about->type = layout->type;
    about->dimensions = layout->dimensions;
    memcpy(about->shape, layout->shape, sizeof(about->shape));
    about->finite = true;
    about->ascending = floats && layout->dimensions == 1;
    for (size_t at = 0; at < layout->size;) {
        size_t left = layout->size - at, size = left < BLOCK ? left : BLOCK;
        enum status status = entry_read(file, block, size, err);

        if (status != OK)
            return status;
        if (floats)
            floats_see(about, block, at / layout->item, size / layout->item);
        at += size;
    }
    return entry_end(file, err);
}

/* Takes the array's size off `limit`. */
static enum status
entry_see(zip_t *zip, size_t index, unsigned char *block, size_t *limit,
          struct npz_about *out, struct error *err)
{
    struct npz_about *about = &out[index];
    struct npy_layout layout;
    zip_file_t *file;
    enum status status =
        entry_open(zip, index, about->name, &layout, &file, err);

    if (status != OK)
        return status;
    for (size_t i = 0; i < index && status == OK; i++)
        if (strcmp(out[i].name, about->name) == 0)
            status = error_set(err, CORRUPT, "there are two of this name");
    if (status == OK && layout.size > *limit)
        status = error_set(err, TOO_LARGE, "its %zu bytes are too many",
                           layout.size);
    if (status == OK) {
        *limit -= layout.size;
        status = elements_see(file, &layout, block, about, err);
    }
    zip_fclose(file);
    if (status != OK)
        error_prefix(err, "array %s: ", about->name);
    return status;
}

enum status
npz_look(const void *data, size_t size, size_t limit, struct npz_about *out,
         size_t most, size_t *count, struct error *err)
{
    unsigned char *block;
    zip_t *zip;
    enum status status = entries_open(data, size, &zip, count, err);

    if (status != OK)
        return status;
    block = malloc(BLOCK);
    if (!block)
        status = error_set(err, NO_MEMORY, "no memory to read arrays");
    else if (*count > most)
        status = error_set(err, TOO_LARGE,
                           "it has %zu arrays, at most %zu are "
                           "taken",
                           *count, most);
    memset(out, 0, most * sizeof(*out));
    for (size_t i = 0; status == OK && i < *count; i++)
        status = entry_see(zip, i, block, &limit, out, err);
    free(block);
    zip_discard(zip);
    return status;
}
