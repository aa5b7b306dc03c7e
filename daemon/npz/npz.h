/* npz.h - NumPy's .npy and .npz, in and out of memory.
 *
 * Knows the two formats and nothing of what the arrays mean. Arrays here are C
 * ordered and little-endian, as this host is; Fortran order is turned round.
 * Whatever another program wrote may be hostile: a file that is not sound is
 * CORRUPT, one beyond the caller's limit is TOO_LARGE, and neither is ever read
 * out of bounds. Above: model, worker, api, engine. Below: base, libzip. */
#ifndef FOLLOWD_NPZ_H
#define FOLLOWD_NPZ_H

#include "base/base.h"

#define NPZ_DIMENSIONS 4  /* at most */
#define NPZ_NAME_SIZE  64 /* with the final zero, without ".npy" */

enum npz_type {
    NPZ_FLOAT32, /* '<f4' float                            */
    NPZ_FLOAT64, /* '<f8' double                           */
    NPZ_UINT8,   /* '|u1' unsigned char                    */
    NPZ_BOOL,    /* '|b1' unsigned char, 0 or 1            */
    NPZ_INT32,   /* '<i4' int32_t                          */
    NPZ_INT64,   /* '<i8' int64_t                          */
    NPZ_TEXT     /* '<Un' one text, dimensions = 0: UTF-8  */
};

/* One array. A scalar has 0 dimensions and one element. Text was UCS-4 in the
 * file and is UTF-8 here, zero-terminated; `size` does not count that zero. */
struct npz_array {
    char name[NPZ_NAME_SIZE];
    enum npz_type type;
    int dimensions;
    size_t shape[NPZ_DIMENSIONS]; /* rows first; those unused are 0 */
    const void *data;             /* [borrowed] aligned for its type */
    size_t size;                  /* bytes */
};

/* An .npz that was read [owned]; its arrays live as long as it does. */
struct npz;

/* Bytes of one element; 0 for NPZ_TEXT. */
size_t npz_type_size(enum npz_type type);

/* Appends the .npy header (format 1.0) of an array to `out`; its elements in C
 * order are to follow, e.g. row by row into a download. The header's size
 * depends on nothing but the arguments and is a multiple of 64. */
MUST_USE enum status npy_header(enum npz_type type, int dimensions,
                                const size_t *shape, struct bytes *out,
                                struct error *err);

/* Writes `count` arrays as an .npz (stored, not compressed) into `out`,
 * emptied first. The same arrays give the same bytes, whenever it is done. An
 * array's `size` must be that of its shape; a text's is its length. */
MUST_USE enum status npz_write(const struct npz_array *arrays, size_t count,
                               struct bytes *out, struct error *err);

/* Reads an .npz (stored or deflated) whose arrays are together at most `limit`
 * bytes. `data` may go away afterwards. Entries whose type is not of those
 * above are refused, not skipped. */
MUST_USE enum status npz_open(const void *data, size_t size, size_t limit,
                              struct npz **out, struct error *err);
void npz_close(struct npz *npz);

/* An array that was looked through and not kept. */
struct npz_about {
    char name[NPZ_NAME_SIZE];
    enum npz_type type;
    int dimensions;
    size_t shape[NPZ_DIMENSIONS];
    bool finite;        /* every element is; true unless they are floats */
    bool ascending;     /* each element is greater than the one before; only of
                         * one dimension, floats */
    double first, last; /* element, likewise; 0 when there is none */
};

/* Looks through an .npz to the last byte, with little memory: at most `most`
 * arrays, together of at most `limit` bytes. `count` of `out` are filled in.
 * The same faults as npz_open(). */
MUST_USE enum status npz_look(const void *data, size_t size, size_t limit,
                              struct npz_about *out, size_t most, size_t *count,
                              struct error *err);

size_t npz_count(const struct npz *npz);
const struct npz_array *npz_at(const struct npz *npz, size_t index);
/* The array of that name [borrowed], or NULL. */
const struct npz_array *npz_find(const struct npz *npz, const char *name);

/* The elements [borrowed] of an array that must be there with this type and
 * shape, where a length 0 in `shape` takes any and is filled in. NOT_FOUND
 * without the array, INVALID when it is another one than expected. */
MUST_USE enum status npz_need(const struct npz *npz, const char *name,
                              enum npz_type type, int dimensions, size_t *shape,
                              const void **out, struct error *err);

/* The same of an array of float64 or of float32, as float64 [owned, free()]. */
MUST_USE enum status npz_need_doubles(const struct npz *npz, const char *name,
                                      int dimensions, size_t *shape,
                                      double **out, struct error *err);

/* The number in an array of one element of any numeric type (t, step).
 * NOT_FOUND without the array, INVALID when it holds more or text. */
MUST_USE enum status npz_number(const struct npz *npz, const char *name,
                                double *out, struct error *err);

/* A text to be written: a view of `text` [borrowed]. */
struct npz_array npz_text(const char *name, const char *text);

/* An array to be written: a view of `data` [borrowed]. `dimensions` lengths
 * follow as size_t: npz_view("D_ff", NPZ_FLOAT64, data, 2, d, n). A name too
 * long or a shape too large leaves `size` 0, and npz_write refuses it. */
struct npz_array npz_view(const char *name, enum npz_type type,
                          const void *data, int dimensions, ...);

#endif
