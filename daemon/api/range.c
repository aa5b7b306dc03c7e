/* range.c - part of a download, or none of it when the client has it already:
 * Range, If-Range, If-None-Match (RFC 9110, sections 13 and 14). */
#include "api/api_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Reads digits; false when there are none or they do not fit 63 bits. */
static bool
read_whole(const char **text, uint64_t *out)
{
    const char *at = *text;
    uint64_t value = 0;
    if (!isdigit((unsigned char)*at))
        return false;
    for (; isdigit((unsigned char)*at); at++) {
        if (value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *text = at;
    *out = value;
    return true;
}

enum range { RANGE_WHOLE, RANGE_PART, RANGE_NOWHERE };

/* One range of a body of `size` bytes. Anything that is not a single byte
 * range is ignored, as the RFC allows, and the whole body is sent. */
static enum range
parse_range(const char *text, uint64_t size, uint64_t *first, uint64_t *length)
{
    if (strncmp(text, "bytes=", 6) != 0)
        return RANGE_WHOLE;
    text += 6;
    uint64_t from = 0, to = INT64_MAX;
    bool has_from = read_whole(&text, &from);
    if (*text++ != '-')
        return RANGE_WHOLE;
    bool has_to = read_whole(&text, &to);
    if (*text || (!has_from && !has_to) || (has_from && has_to && to < from))
        return RANGE_WHOLE;
    if (!has_from) { /* the last `to` bytes */
        if (to == 0 || size == 0)
            return RANGE_NOWHERE;
        from = to < size ? size - to : 0;
        to = size - 1;
    }
    if (from >= size)
        return RANGE_NOWHERE;
    if (to > size - 1)
        to = size - 1;
    *first = from;
    *length = to - from + 1;
    return RANGE_PART;
}

static void
digest_base64(const char *hex, char out[48])
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char raw[33] = {0}; /* 32 bytes, then zero bits to fill up */
    for (size_t i = 0; i < 32; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        raw[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    for (size_t i = 0; i < 11; i++) {
        unsigned group = (unsigned)raw[3 * i] << 16 |
                         (unsigned)raw[3 * i + 1] << 8 | raw[3 * i + 2];
        for (size_t k = 0; k < 4; k++)
            out[4 * i + k] = digits[group >> (18 - 6 * k) & 63];
    }
    out[43] = '=';
    out[44] = '\0';
}

/* Whether a list of entity tags names ours. A weak tag matches as well: every
 * tag here stands for exact bytes. */
static bool
names_tag(const char *list, const char *etag)
{
    size_t length = strlen(etag);
    while (*list) {
        list += strspn(list, " \t,");
        if (*list == '*')
            return true;
        if (strncmp(list, "W/", 2) == 0)
            list += 2;
        size_t item = strcspn(list, " \t,");
        if (item == length && strncmp(list, etag, length) == 0)
            return true;
        list += item;
    }
    return false;
}

void
response_apply_match(const struct request *request, struct response *response,
                     const char *etag)
{
    response_header(response, "ETag", "%s", etag);
    const char *known = request_header(request, "If-None-Match");
    /* The body stays: the library sends its length and not one byte of it. */
    if (known && response->code == 200 && names_tag(known, etag))
        response->code = 304;
}

void
response_apply_range(const struct request *request, struct response *response)
{
    uint64_t size =
        response->stream.read ? response->stream.size : response->body.size;
    response->first = 0;
    response->length = size;
    if (response->code != 200 || !(response->sha256[0] || response->summable))
        return;
    if (!response->sha256[0])
        sha256_hex(response->body.data, response->body.size, response->sha256);
    char etag[80], digest[48];
    snprintf(etag, sizeof(etag), "\"sha256-%s\"", response->sha256);
    digest_base64(response->sha256, digest);
    response_header(response, "Repr-Digest", "sha-256=:%s:", digest);
    response_header(response, "Accept-Ranges", "bytes");
    response_apply_match(request, response, etag);
    const char *range = request_header(request, "Range");
    const char *condition = request_header(request, "If-Range");
    if (response->code != 200 || !range ||
        (condition && strcmp(condition, etag) != 0))
        return;
    switch (parse_range(range, size, &response->first, &response->length)) {
    case RANGE_WHOLE:
        break;
    case RANGE_PART:
        response->code = 206;
        response_header(
            response, "Content-Range", "bytes %llu-%llu/%llu",
            (unsigned long long)response->first,
            (unsigned long long)(response->first + response->length - 1),
            (unsigned long long)size);
        break;
    case RANGE_NOWHERE: {
        struct error err = {0};
        enum status status = problem_set(response, PROBLEM_RANGE, &err,
                                         "the range lies outside of %llu bytes",
                                         (unsigned long long)size);
        response_problem(request, response, status, &err);
        response_header(response, "Content-Range", "bytes */%llu",
                        (unsigned long long)size);
        response->length = response->body.size;
        break;
    }
    }
}
