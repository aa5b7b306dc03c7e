/* text.c - NumPy keeps text as 4 bytes a character, we as UTF-8. */
#include "npz/npz_private.h"

#include <string.h>

static bool
is_character(uint32_t code)
{
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* One character of UTF-8 at data[*at], which is moved behind it. */
static bool
utf8_take(const unsigned char *data, size_t size, size_t *at, uint32_t *code)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    unsigned char first = data[(*at)++];
    int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;

    if (first >= 0x80 && (first < 0xc0 || first > 0xf7))
        return false;
    *code = more == 0 ? first : first & (0x3fU >> more);
    for (int i = 0; i < more; i++) {
        if (*at == size || (data[*at] & 0xc0) != 0x80)
            return false;
        *code = *code << 6 | (data[(*at)++] & 0x3fU);
    }
    return *code >= least[more] && is_character(*code);
}

enum status
ucs4_from_utf8(const char *text, size_t size, struct bytes *out,
               struct error *err)
{
    size_t at = 0;

    while (at < size) {
        uint32_t code;

        if (!utf8_take((const unsigned char *)text, size, &at, &code))
            return error_set(err, INVALID, "its text is not UTF-8");
        if (bytes_append(out, &code, 4) != OK)
            return error_set(err, NO_MEMORY, "no memory for its text");
    }
    return OK;
}

static size_t
utf8_put(uint32_t code, unsigned char out[4])
{
    size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char marks[] = {0, 0xc0, 0xe0, 0xf0};

    for (size_t i = more; i > 0; i--, code >>= 6)
        out[i] = (unsigned char)(0x80 | (code & 0x3f));
    out[0] = (unsigned char)(marks[more] | code);
    return more + 1;
}

enum status
ucs4_to_utf8(const unsigned char *data, size_t size, struct bytes *out,
             struct error *err)
{
    uint32_t code;

    while (size >= 4 && memcmp(data + size - 4, "\0\0\0", 4) == 0)
        size -= 4;
    if (bytes_append(out, "", 0) != OK)
        return error_set(err, NO_MEMORY, "no memory for its text");
    for (size_t at = 0; at + 4 <= size; at += 4) {
        unsigned char utf8[4];

        memcpy(&code, data + at, 4);
        if (!is_character(code))
            return error_set(err, CORRUPT, "its text is not Unicode");
        if (bytes_append(out, utf8, utf8_put(code, utf8)) != OK)
            return error_set(err, NO_MEMORY, "no memory for its text");
    }
    return OK;
}
