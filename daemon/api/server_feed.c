/* server_feed.c - an answer that goes on while the client listens.
 *
 * The library asks for more as soon as there is room. When there is nothing to
 * say, the connection waits like one that polls, see server_waiting.c. It does
 * not notice meanwhile that a client has gone, so something is said every
 * FEED_SECONDS. */
#include "api/server_private.h"

#include <stdlib.h>
#include <string.h>

#define FEED_SECONDS 10.0
#define FEED_PACE    0.25 /* s between two messages: changes are told together */
#define FEED_BLOCK   ((size_t)16 * 1024)

struct feeder {
    struct exchange *exchange; /* [borrowed] it ends after the answer         */
    struct feed feed;
    struct bytes text; /* on its way out; `sent` of it have gone              */
    size_t sent;
};

/* Makes more text, or suspends the connection; `*ended` when neither. */
static enum status
feeder_fill(struct feeder *feeder, bool *ended, struct error *err)
{
    struct exchange *exchange = feeder->exchange;
    uint64_t seen = waiting_changes(exchange->api);
    double now = clock_monotonic();
    struct store *store = exchange_store(exchange->api, err);
    if (!store)
        return err->status;
    feeder->text.size = feeder->sent = 0;
    enum status status = feeder->feed.read(
        feeder->feed.state, store, exchange->overdue, &feeder->text, err);
    exchange->overdue = false;
    if (status == OK && feeder->text.size == 0) {
        exchange->earliest = now + FEED_PACE;
        *ended = !waiting_add(exchange, seen, now + FEED_SECONDS);
    }
    return status;
}

static ssize_t
feeder_read(void *cls, uint64_t position, char *out, size_t most)
{
    struct feeder *feeder = cls;
    struct error err = {0};
    bool ended = false;
    char text[1100];
    (void)position;
    if (feeder->sent == feeder->text.size &&
        feeder_fill(feeder, &ended, &err)) {
        log_event(LOG_LEVEL_ERROR, "feed_broken", "reason=%s",
                  log_quote(err.text, text, sizeof(text)));
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t left = feeder->text.size - feeder->sent;
    size_t size = most < left ? most : left;
    if (size)
        memcpy(out, feeder->text.data + feeder->sent, size);
    feeder->sent += size;
    return (ssize_t)size;
}

static void
feeder_free(void *cls)
{
    struct feeder *feeder = cls;
    feeder->feed.free(feeder->feed.state);
    bytes_free(&feeder->text);
    free(feeder);
}

struct MHD_Response *
feed_start(struct exchange *exchange)
{
    struct response *response = &exchange->response;
    struct feeder *feeder = calloc(1, sizeof(*feeder));
    if (!feeder)
        return NULL;
    feeder->exchange = exchange;
    feeder->feed = response->feed;
    response->feed = (struct feed){0};
    exchange->overdue = false;
    struct MHD_Response *made = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, FEED_BLOCK, feeder_read, feeder, feeder_free);
    if (!made)
        feeder_free(feeder);
    return made;
}
