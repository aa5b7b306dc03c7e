/* compress.c - answers of text, gzipped for those who take that. */
#include "api/api_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define LEAST ((size_t)1024) /* bytes; below that it is not worth it */
#define LEVEL 1              /* two thirds of the work of 6, nearly its gain */
#define GZIP  (15 + 16)      /* zlib's word for a gzip header */

static bool
is_text(const char *type)
{
    static const char *const texts[] = {"application/json", "text/",
                                        "application/schema+json",
                                        "image/svg+xml"};
    for (size_t i = 0; type && i < ARRAY_LENGTH(texts); i++)
        if (strncmp(type, texts[i], strlen(texts[i])) == 0)
            return true;
    return false;
}

/* Whether one item of Accept-Encoding, "gzip;q=0.5", allows gzip. */
static bool
allows_gzip(const char *item, size_t size)
{
    size_t name = strcspn(item, "; \t,");
    const char *quality = memchr(item, '=', size);
    if (name != 4 || strncasecmp(item, "gzip", 4) != 0)
        return false;
    return !quality || strtod(quality + 1, NULL) > 0;
}

static bool
wants_gzip(const struct request *request)
{
    const char *list = request_header(request, "Accept-Encoding");
    while (list && *list) {
        list += strspn(list, " \t,");
        size_t size = strcspn(list, ",");
        if (size && allows_gzip(list, size))
            return true;
        list += size;
    }
    return false;
}

/* False when there is no memory. */
static bool
gzip(const struct bytes *in, struct bytes *out)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY))
        return false;
    size_t most = deflateBound(&stream, in->size);
    bool good = most <= UINT32_MAX && bytes_reserve(out, most) == OK;
    if (good) {
        stream.next_in = in->data;
        stream.avail_in = (unsigned)in->size;
        stream.next_out = out->data;
        stream.avail_out = (unsigned)most;
        good = deflate(&stream, Z_FINISH) == Z_STREAM_END;
        out->size = stream.total_out;
    }
    deflateEnd(&stream);
    return good;
}

static bool
has_tag(const struct response *response)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (strcmp(response->headers[i].name, "ETag") == 0)
            return true;
    return false;
}

/* An answer that has an ETag already is known by it, and stays as it is; that
 * of a download is made of the bytes that are sent. */
void
response_compress(const struct request *request, struct response *response)
{
    struct bytes out = {0};
    if (response->body.size < LEAST || !is_text(response->content_type) ||
        has_tag(response))
        return;
    response_header(response, "Vary", "Accept-Encoding");
    if (!wants_gzip(request))
        return;
    if (gzip(&response->body, &out)) {
        bytes_free(&response->body);
        response->body = out;
        out = (struct bytes){0};
        response_header(response, "Content-Encoding", "gzip");
        if (response->sha256[0])
            sha256_hex(response->body.data, response->body.size,
                       response->sha256);
    }
    bytes_free(&out);
}
