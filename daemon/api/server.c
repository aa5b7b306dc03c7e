/* server.c - opening and closing the door to the network.
 *
 * The library's limits are set here; what it does not limit is in gate.c and
 * server_waiting.c. */
#include "api/digests.h"
#include "api/events.h"
#include "api/server_private.h"
#include "queue/queue.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POOL_THREADS                4u
#define CONNECTIONS_PER_ADDRESS_MAX 64u
#define IDLE_SECONDS                15u
#define CONNECTION_BYTES            ((size_t)32 * 1024)
#define BACKLOG                     128u
#define PRIORITIES                  "SECURE256:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define OPTIONS_MAX                 20

const char *
api_url(const struct api *api)
{
    return api->url;
}

const char *
api_pin(const struct api *api)
{
    return api->pin;
}

const char *
api_token_digest(const struct api *api)
{
    return api->token_digest;
}

const char *
api_worker_digest(const struct api *api)
{
    return api->worker_digest;
}

const char *
api_web_folder(const struct api *api)
{
    return api->options.web;
}

struct queue *
api_queue(struct api *api)
{
    return api->queue;
}

struct digests *
api_digests(struct api *api)
{
    return api->digests;
}

struct events *
api_events(struct api *api)
{
    return api->events;
}

bool
api_is_draining(const struct api *api)
{
    return atomic_load(&api->draining);
}

bool
api_has_lost_store(const struct api *api)
{
    return atomic_load(&api->lost);
}

void
api_drain(struct api *api)
{
    atomic_store(&api->draining, true);
    queue_set_draining(api->queue, true);
    api_wake(api);
}

void
api_set_devices(struct api *api, json_t *devices)
{
    pthread_mutex_lock(&api->devices_lock);
    json_decref(api->devices);
    api->devices = devices;
    pthread_mutex_unlock(&api->devices_lock);
}

/* A copy: jansson's counts are not safe across threads. */
json_t *
api_devices(struct api *api)
{
    pthread_mutex_lock(&api->devices_lock);
    json_t *copy = api->devices ? json_deep_copy(api->devices) : json_array();
    pthread_mutex_unlock(&api->devices_lock);
    return copy;
}

/* ---- opening --------------------------------------------------------------
 */

/* The library's own words, kept out of the way: most tell of clients that went
 * away. */
static void PRINTF_LIKE(2, 0)
    log_library(void *cls, const char *format, va_list arguments)
{
    char text[512], quoted[600];
    (void)cls;
    vsnprintf(text, sizeof(text), format, arguments);
    text[strcspn(text, "\r\n")] = '\0';
    log_event(LOG_LEVEL_DEBUG, "http_library", "text=%s",
              log_quote(text, quoted, sizeof(quoted)));
}

static enum status
start(struct api *api, struct error *err)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[4] = {{MHD_OPTION_END, 0, NULL}};
    if (api->ipv6)
        flags |= MHD_USE_IPv6;
    if (api->options.tls_cert) {
        flags |= MHD_USE_TLS;
        tls[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                         api->cert.data};
        tls[1] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, api->key.data};
        tls[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                         (void *)PRIORITIES};
        tls[3] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    }
    /* clang-format off */
    api->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, exchange_answer, api,
        MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
        MHD_OPTION_LISTEN_SOCKET, api->listener,
        MHD_OPTION_THREAD_POOL_SIZE, POOL_THREADS,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT,
            api->loopback ? 0u : CONNECTIONS_PER_ADDRESS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 0, /* at 1 it answers for a missing Host
                                            itself, in HTML; gate.c does */
        MHD_OPTION_URI_LOG_CALLBACK, exchange_open, api,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_close, api,
        MHD_OPTION_NOTIFY_CONNECTION, link_changed, api,
        MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    /* clang-format on */
    if (!api->daemon)
        return error_set(err, FAILED, "the HTTP library does not start%s",
                         api->cert.size ? ": are certificate and key sound?"
                                        : "");
    return OK;
}

static void
close_store(void *store)
{
    store_close(store);
}

/* A job that changed may be one that waits to be run. */
static void
tell_change(void *context, int64_t job)
{
    api_changed(context, job);
    api_changed(context, TOPIC_WORK);
}

static enum status
open_queue(struct api *api, struct error *err)
{
    struct store *store;
    api->queue = queue_new(tell_change, api);
    api->digests = digests_new(api);
    api->events = events_new();
    api->has_store_key = pthread_key_create(&api->store_key, close_store) == 0;
    if (!api->queue || !api->digests || !api->events || !api->has_store_key)
        return error_set(err, NO_MEMORY, "no memory for the queue");
    enum status status = store_open(api->options.store, &store, err);
    if (status)
        return status;
    status = queue_recover(api->queue, store, err);
    store_close(store);
    return status;
}

enum status
api_open(const struct api_options *options, struct api **out, struct error *err)
{
    struct api *api = calloc(1, sizeof(*api));
    if (!api)
        return error_set(err, NO_MEMORY, "no memory for the api");
    api->options = *options;
    api->listener = -1;
    sha256_hex(options->token, strlen(options->token), api->token_digest);
    if (options->worker_token)
        sha256_hex(options->worker_token, strlen(options->worker_token),
                   api->worker_digest);
    enum status status = waiting_open(api, err);
    if (status == OK)
        status = open_queue(api, err);
    if (status == OK)
        status = listener_open(api, err);
    if (status == OK && api->options.tls_cert)
        status = tls_load(api, err);
    if (status == OK)
        status = start(api, err);
    if (status == OK) {
        *out = api;
        api = NULL;
    }
    api_close(api);
    return status;
}

/* Waits until the answers on their way are out, but not for ever. */
static void
finish_exchanges(struct api *api)
{
    for (int i = 0; i < 200 && atomic_load(&api->active) > 0; i++)
        usleep(10000);
}

void
api_close(struct api *api)
{
    if (!api)
        return;
    if (api->daemon)
        MHD_quiesce_daemon(api->daemon);
    waiting_close(api);
    if (api->daemon) {
        finish_exchanges(api);
        MHD_stop_daemon(api->daemon);
    }
    if (api->listener >= 0)
        close(api->listener);
    digests_free(api->digests);
    events_free(api->events);
    queue_free(api->queue);
    if (api->has_store_key)
        pthread_key_delete(api->store_key);
    pthread_mutex_destroy(&api->lock);
    pthread_mutex_destroy(&api->devices_lock);
    pthread_mutex_destroy(&api->rates_lock);
    pthread_cond_destroy(&api->changed);
    json_decref(api->devices);
    bytes_free(&api->cert);
    bytes_free(&api->key);
    free(api);
}
