/* npz_private.h - the .npy header, shared by the reader and the writer. */
#ifndef FOLLOWD_NPZ_PRIVATE_H
#define FOLLOWD_NPZ_PRIVATE_H

#include "npz/npz.h"

#include <zip.h>

/* What a header says of the elements behind it. */
struct npy_layout {
    enum npz_type type;
    bool fortran; /* the first index runs fastest */
    int dimensions;
    size_t shape[NPZ_DIMENSIONS];
    size_t item; /* bytes of one element; 4 * characters for text */
    size_t size; /* bytes of them all */
};

#define NPY_PREFIX_SIZE 10 /* magic, version, length of what follows */

/* The length of the dictionary that follows an .npy's first 10 bytes. */
MUST_USE enum status
npy_prefix_parse(const unsigned char prefix[NPY_PREFIX_SIZE], size_t *length,
                 struct error *err);
/* Understands the dictionary `text`, zero-terminated. */
MUST_USE enum status npy_dictionary_parse(const char *text,
                                          struct npy_layout *out,
                                          struct error *err);
/* Bytes of a whole array; false when that is more than memory can count. */
MUST_USE bool npy_size(size_t item, int dimensions, const size_t *shape,
                       size_t *out);
/* As npy_header, for texts too: elements of `item` bytes. */
MUST_USE enum status npy_header_append(enum npz_type type, size_t item,
                                       int dimensions, const size_t *shape,
                                       struct bytes *out, struct error *err);

/* The entries of an .npz in memory, at least one; zip_discard() it. CORRUPT,
 * TOO_LARGE. */
MUST_USE enum status entries_open(const void *data, size_t size, zip_t **out,
                                  size_t *count, struct error *err);
/* Entry `index` with its header behind it, the elements to come; zip_fclose()
 * it. */
MUST_USE enum status entry_open(zip_t *zip, uint64_t index,
                                char name[NPZ_NAME_SIZE],
                                struct npy_layout *layout, zip_file_t **out,
                                struct error *err);
MUST_USE enum status entry_read(zip_file_t *file, void *out, size_t size,
                                struct error *err);
/* After the last byte: that the entry ends here, and its check sum is right. */
MUST_USE enum status entry_end(zip_file_t *file, struct error *err);

/* UTF-8 to UCS-4, appended, and back; INVALID for what is neither. Trailing
 * zero characters are NumPy's filling and not part of a text. */
MUST_USE enum status ucs4_from_utf8(const char *text, size_t size,
                                    struct bytes *out, struct error *err);
MUST_USE enum status ucs4_to_utf8(const unsigned char *data, size_t size,
                                  struct bytes *out, struct error *err);

#endif
