/* reply.c - what an answer says: the few headers that matter, and its body. */
#include "http/http_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Fields may be read before the first answer, so empty means empty. */
void
reply_empty(struct http_reply *reply)
{
    bytes_free(&reply->body);
    *reply = (struct http_reply){.retry_after = -1, .date = -1};
}

void
http_reply_free(struct http_reply *reply)
{
    reply_empty(reply);
}

/* Puts the value of the header `name` into `out` if `line` is that header. One
 * too long is left out: half an ETag is worse than none. */
static bool
header_take(const char *line, size_t size, const char *name, char *out,
            size_t out_size)
{
    size_t length = strlen(name);

    if (size <= length || strncasecmp(line, name, length) != 0 ||
        line[length] != ':')
        return false;
    line += length + 1;
    size -= length + 1;
    while (size > 0 && isspace((unsigned char)*line)) {
        line++;
        size--;
    }
    while (size > 0 && isspace((unsigned char)line[size - 1]))
        size--;
    if (size >= out_size)
        return false;
    memcpy(out, line, size);
    out[size] = 0;
    return true;
}

size_t
reply_header(char *line, size_t one, size_t size, void *context)
{
    struct http_reply *reply = context;
    char seconds[32], *end;

    size *= one;
    /* "HTTP/1.1 100 Continue" and its like are not the answer yet. */
    if (size > 5 && memcmp(line, "HTTP/", 5) == 0) {
        reply_empty(reply);
        return size;
    }
    header_take(line, size, "Content-Type", reply->content_type,
                sizeof(reply->content_type));
    header_take(line, size, "ETag", reply->etag, sizeof(reply->etag));
    header_take(line, size, "Location", reply->location,
                sizeof(reply->location));
    header_take(line, size, "Repr-Digest", reply->repr_digest,
                sizeof(reply->repr_digest));
    if (header_take(line, size, "Date", seconds, sizeof(seconds)))
        reply->date = (int64_t)curl_getdate(seconds, NULL);
    if (header_take(line, size, "Retry-After", seconds, sizeof(seconds))) {
        long value = strtol(seconds, &end, 10); /* a date is not understood */

        if (end != seconds && *end == 0 && value >= 0)
            reply->retry_after = (double)value;
    }
    return size;
}

size_t
reply_body(char *data, size_t one, size_t size, void *context)
{
    struct transfer *transfer = context;
    struct bytes *body = &transfer->reply->body;

    size *= one;
    if (size > transfer->client->reply_limit - body->size) {
        transfer->too_large = true;
        return 0;
    }
    return bytes_append(body, data, size) == OK ? size : 0;
}
