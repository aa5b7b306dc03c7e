/* npy.c - the .npy header: a Python dictionary behind ten bytes.
 *
 * Source: NumPy enhancement proposal 1, format 1.0:
 *   93 'NUMPY' 1 0, length (2 bytes), then that many bytes of
 *   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 * filled with blanks to a multiple of 64 in all, a line feed last. */
#include "npz/npz_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *descr;
    size_t item; /* bytes; 0: says the number behind it, times 4 */
} types[] = {
    /* clang-format off */
    [NPZ_FLOAT32] = { "<f4", 4 },
    [NPZ_FLOAT64] = { "<f8", 8 },
    [NPZ_UINT8]   = { "|u1", 1 },
    [NPZ_BOOL]    = { "|b1", 1 },
    [NPZ_INT32]   = { "<i4", 4 },
    [NPZ_INT64]   = { "<i8", 8 },
    [NPZ_TEXT]    = { "<U",  0 },
    /* clang-format on */
};

size_t
npz_type_size(enum npz_type type)
{
    return (size_t)type < ARRAY_LENGTH(types) ? types[type].item : 0;
}

bool
npy_size(size_t item, int dimensions, const size_t *shape, size_t *out)
{
    size_t size = item;
    bool none = false;

    for (int i = 0; i < dimensions; i++) {
        /* A length 0 makes the array empty, not the others harmless. */
        if (shape[i] == 0)
            none = true;
        else if (__builtin_mul_overflow(size, shape[i], &size))
            return false;
    }
    *out = none ? 0 : size;
    return true;
}

/* ---- writing ------------------------------------------------------------- */

static enum status
shape_append(int dimensions, const size_t *shape, struct bytes *out)
{
    enum status status = bytes_append(out, "(", 1);

    for (int i = 0; status == OK && i < dimensions; i++)
        status = bytes_printf(out, "%s%zu", i ? ", " : "", shape[i]);
    if (status != OK)
        return status;
    return bytes_printf(out, "%s)", dimensions == 1 ? "," : "");
}

static enum status
dictionary_append(enum npz_type type, size_t item, int dimensions,
                  const size_t *shape, struct bytes *out)
{
    enum status status;

    status = bytes_printf(out, "{'descr': '%s", types[type].descr);
    if (status == OK && type == NPZ_TEXT)
        status = bytes_printf(out, "%zu", item / 4);
    if (status == OK)
        status = bytes_printf(out, "', 'fortran_order': False, 'shape': ");
    if (status == OK)
        status = shape_append(dimensions, shape, out);
    if (status == OK)
        status = bytes_printf(out, ", }");
    return status;
}

enum status
npy_header_append(enum npz_type type, size_t item, int dimensions,
                  const size_t *shape, struct bytes *out, struct error *err)
{
    unsigned char prefix[NPY_PREFIX_SIZE] = "\x93NUMPY\x01";
    struct bytes text = {0};
    enum status status;

    status = dictionary_append(type, item, dimensions, shape, &text);
    while (status == OK && (NPY_PREFIX_SIZE + text.size + 1) % 64 != 0)
        status = bytes_append(&text, " ", 1);
    if (status == OK)
        status = bytes_append(&text, "\n", 1);
    prefix[8] = (unsigned char)(text.size & 255);
    prefix[9] = (unsigned char)(text.size >> 8);
    if (status == OK)
        status = bytes_append(out, prefix, sizeof(prefix));
    if (status == OK)
        status = bytes_append(out, text.data, text.size);
    bytes_free(&text);
    if (status != OK)
        return error_set(err, status, "no memory for an array's header");
    return OK;
}

enum status
npy_header(enum npz_type type, int dimensions, const size_t *shape,
           struct bytes *out, struct error *err)
{
    size_t item = npz_type_size(type), size;

    if (item == 0)
        return error_set(err, INVALID, "an array of no numeric type");
    if (dimensions < 0 || dimensions > NPZ_DIMENSIONS)
        return error_set(err, INVALID, "an array of %d dimensions", dimensions);
    if (!npy_size(item, dimensions, shape, &size))
        return error_set(err, TOO_LARGE, "an array too large to count");
    return npy_header_append(type, item, dimensions, shape, out, err);
}

/* ---- reading ------------------------------------------------------------- */

enum status
npy_prefix_parse(const unsigned char prefix[NPY_PREFIX_SIZE], size_t *length,
                 struct error *err)
{
    if (memcmp(prefix, "\x93NUMPY", 6) != 0)
        return error_set(err, CORRUPT, "it does not start as an .npy does");
    if (prefix[6] != 1)
        return error_set(err, INVALID, "its .npy format %d.%d is not known",
                         prefix[6], prefix[7]);
    *length = (size_t)prefix[8] | (size_t)prefix[9] << 8;
    return OK;
}

/* Skips blanks, then `token` when it stands there. */
static bool
token_take(const char **at, const char *token)
{
    size_t length = strlen(token);

    while (isspace((unsigned char)**at))
        (*at)++;
    if (strncmp(*at, token, length) != 0)
        return false;
    *at += length;
    return true;
}

static bool
string_take(const char **at, char *out, size_t size)
{
    char quote;
    size_t length = 0;

    if (token_take(at, "'"))
        quote = '\'';
    else if (token_take(at, "\""))
        quote = '"';
    else
        return false;
    while (**at && **at != quote && length + 1 < size)
        out[length++] = *(*at)++;
    out[length] = 0;
    if (**at != quote)
        return false;
    (*at)++;
    return true;
}

/* Decimal digits that a size_t can hold; Python 2 put an L behind them. */
static bool
number_take(const char **at, size_t *out)
{
    size_t value = 0;
    bool any = false;

    token_take(at, "");
    for (; isdigit((unsigned char)**at); (*at)++, any = true)
        if (__builtin_mul_overflow(value, (size_t)10, &value) ||
            __builtin_add_overflow(value, (size_t)(**at - '0'), &value))
            return false;
    if (any && **at == 'L')
        (*at)++;
    *out = value;
    return any;
}

/* "(3, 4)", "(3,)" or "()". */
static bool
shape_take(const char **at, struct npy_layout *out)
{
    if (!token_take(at, "("))
        return false;
    out->dimensions = 0;
    while (!token_take(at, ")")) {
        if (out->dimensions == NPZ_DIMENSIONS ||
            !number_take(at, &out->shape[out->dimensions++]))
            return false;
        if (!token_take(at, ",")) {
            if (!token_take(at, ")"))
                return false;
            break;
        }
    }
    return true;
}

/* "<f8", "|b1", "<U9": sets the type and the bytes of one element. */
static bool
type_find(const char *descr, struct npy_layout *out)
{
    for (size_t i = 0; i < NPZ_TEXT; i++)
        if (strcmp(descr, types[i].descr) == 0) {
            out->type = (enum npz_type)i;
            out->item = types[i].item;
            return true;
        }
    if (strncmp(descr, "<U", 2) != 0)
        return false;
    descr += 2;
    out->type = NPZ_TEXT;
    return number_take(&descr, &out->item) && *descr == 0 &&
           !__builtin_mul_overflow(out->item, (size_t)4, &out->item);
}

/* One "key: value" of the dictionary; `seen` gathers one bit per key. */
static enum status
entry_take(const char **at, struct npy_layout *out, unsigned *seen,
           struct error *err)
{
    char key[24], descr[24];

    if (!string_take(at, key, sizeof(key)) || !token_take(at, ":"))
        return error_set(err, CORRUPT, "its header is no dictionary");
    if (strcmp(key, "descr") == 0 && !(*seen & 1)) {
        *seen |= 1;
        if (!string_take(at, descr, sizeof(descr)))
            return error_set(err, INVALID, "its type is none of those known");
        if (!type_find(descr, out))
            return error_set(err, INVALID, "its type '%s' is not known", descr);
        return OK;
    }
    if (strcmp(key, "fortran_order") == 0 && !(*seen & 2)) {
        *seen |= 2;
        out->fortran = token_take(at, "True");
        if (out->fortran || token_take(at, "False"))
            return OK;
        return error_set(err, CORRUPT, "its order is neither true nor false");
    }
    if (strcmp(key, "shape") == 0 && !(*seen & 4)) {
        *seen |= 4;
        if (shape_take(at, out))
            return OK;
        return error_set(err, INVALID, "its shape is none of 0 to %d lengths",
                         NPZ_DIMENSIONS);
    }
    return error_set(err, CORRUPT, "its header has a '%s' too many", key);
}

enum status
npy_dictionary_parse(const char *text, struct npy_layout *out,
                     struct error *err)
{
    const char *at = text;
    unsigned seen = 0;

    *out = (struct npy_layout){0};
    if (!token_take(&at, "{"))
        return error_set(err, CORRUPT, "its header is no dictionary");
    while (!token_take(&at, "}")) {
        enum status status = entry_take(&at, out, &seen, err);

        if (status != OK)
            return status;
        if (token_take(&at, ","))
            continue;
        if (!token_take(&at, "}"))
            return error_set(err, CORRUPT, "its header is no dictionary");
        break;
    }
    if (seen != 7 || (token_take(&at, ""), *at != 0))
        return error_set(err, CORRUPT, "its header is not complete");
    if (out->type == NPZ_TEXT && out->dimensions != 0)
        return error_set(err, INVALID, "it is an array of texts");
    if (!npy_size(out->item, out->dimensions, out->shape, &out->size))
        return error_set(err, TOO_LARGE, "it is too large to count");
    return OK;
}
