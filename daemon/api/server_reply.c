/* server_reply.c - an answer, handed to the library. */
#include "api/server_private.h"

#include <stdlib.h>
#include <string.h>

#define STREAM_BLOCK ((size_t)64 * 1024)

/* A stream on its way out, from `first` on. */
struct sender {
    struct stream stream;
    uint64_t first, length;
};

static ssize_t
sender_read(void *cls, uint64_t position, char *out, size_t most)
{
    struct sender *sender = cls;
    struct error err = {0};
    if (position >= sender->length)
        return MHD_CONTENT_READER_END_OF_STREAM;
    uint64_t left = sender->length - position;
    size_t size = most < left ? most : (size_t)left;
    if (sender->stream.read(sender->stream.state, sender->first + position,
                            (unsigned char *)out, size, &err) == OK)
        return (ssize_t)size;
    char text[1100];
    log_event(LOG_LEVEL_ERROR, "download_broken", "reason=%s",
              log_quote(err.text, text, sizeof(text)));
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
sender_free(void *cls)
{
    struct sender *sender = cls;
    if (sender->stream.free)
        sender->stream.free(sender->stream.state);
    free(sender);
}

static struct MHD_Response *
make_from_stream(struct response *response)
{
    struct sender *sender = calloc(1, sizeof(*sender));
    if (!sender)
        return NULL;
    *sender =
        (struct sender){response->stream, response->first, response->length};
    response->stream = (struct stream){0};
    struct MHD_Response *made = MHD_create_response_from_callback(
        sender->length, STREAM_BLOCK, sender_read, sender, sender_free);
    if (!made)
        sender_free(sender);
    return made;
}

static struct MHD_Response *
make_from_body(struct response *response)
{
    struct bytes *body = &response->body;
    if (response->length == 0)
        return MHD_create_response_from_buffer(0, (void *)"",
                                               MHD_RESPMEM_PERSISTENT);
    if (response->first > 0)
        memmove(body->data, body->data + response->first,
                (size_t)response->length);
    struct MHD_Response *made = MHD_create_response_from_buffer(
        (size_t)response->length, body->data, MHD_RESPMEM_MUST_FREE);
    if (made)
        *body = (struct bytes){0}; /* the library frees it now */
    return made;
}

static void
add_headers(struct MHD_Response *made, const struct response *response)
{
    /* clang-format off */
    static const struct pair always[] = {
        { "X-Content-Type-Options", "nosniff" },
        { "Content-Security-Policy", "default-src 'self'; object-src 'none'; "
                                     "base-uri 'none'; frame-ancestors 'none'" },
        { "Referrer-Policy", "no-referrer" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_LENGTH(always); i++)
        MHD_add_response_header(made, always[i].name, always[i].value);
    MHD_add_response_header(made, "Cache-Control",
                            response->cacheable ? "no-cache" : "no-store");
    if (response->content_type)
        MHD_add_response_header(made, "Content-Type", response->content_type);
    for (size_t i = 0; i < response->header_count; i++)
        MHD_add_response_header(made, response->headers[i].name,
                                response->headers[i].value);
    if (response->close)
        MHD_add_response_header(made, "Connection", "close");
}

enum MHD_Result
exchange_reply(struct exchange *exchange)
{
    struct response *response = &exchange->response;
    const struct request *request = &exchange->request;
    response_compress(request, response);
    response_apply_range(request, response);
    double seconds = clock_monotonic() - request->arrived - exchange->waited;
    traffic_count(exchange->api, response->code, seconds);
    log_event(LOG_LEVEL_DEBUG, "request", "request=%s code=%d ms=%.1f",
              request->id, response->code, seconds * 1e3);
    struct MHD_Response *made = response->feed.read ? feed_start(exchange)
                                : response->stream.read
                                    ? make_from_stream(response)
                                    : make_from_body(response);
    if (!made)
        return MHD_NO;
    add_headers(made, response);
    enum MHD_Result result = MHD_queue_response(exchange->connection,
                                                (unsigned)response->code, made);
    MHD_destroy_response(made);
    return result;
}
