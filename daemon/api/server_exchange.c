/* server_exchange.c - from the library's calls to one call of a handler.
 *
 * The library calls: exchange_open with the request's first line; then
 * exchange_answer once with the headers, for every piece of the body, and at
 * its end (again after every wait); then exchange_close. */
#include "api/server_private.h"
#include "queue/queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISCARD_MAX ((size_t)16 << 20) /* bytes of a body in memory */

void *
exchange_open(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return NULL;
    exchange->api = cls;
    exchange->connection = connection;
    exchange->request.api = cls;
    exchange->request.arrived = clock_monotonic();
    exchange->request.socket =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
            ->connect_fd;
    atomic_fetch_add(&exchange->api->active, 1);
    struct error ignored;
    if (random_hex(8, exchange->request.id, &ignored))
        strcpy(exchange->request.id, "0");
    exchange->status =
        request_parse(&exchange->request, target, &exchange->err);
    if (exchange->status == INVALID)
        exchange->response.problem = PROBLEM_MALFORMED;
    return exchange;
}

void
exchange_close(void *cls, struct MHD_Connection *connection, void **context,
               enum MHD_RequestTerminationCode how)
{
    struct exchange *exchange = *context;
    struct api *api = cls;
    (void)how;
    *context = NULL;
    if (!exchange)
        return;
    link_deadline(api, connection, REQUEST_SECONDS);
    request_free(&exchange->request);
    response_free(&exchange->response);
    free(exchange);
    atomic_fetch_sub(&api->active, 1);
}

static enum MHD_Result
take_header(void *cls, enum MHD_ValueKind kind, const char *name,
            size_t name_size, const char *value, size_t value_size)
{
    struct request *request = cls;
    (void)kind;
    if (request->header_count == REQUEST_HEADERS_MAX)
        return MHD_NO;
    if (name_size == 0 || strlen(name) != name_size ||
        strpbrk(name, " \t\"(),/:;<=>?@[\\]{}") ||
        (value && strlen(value) != value_size))
        request->unclean = true;
    for (size_t i = 0; i < name_size; i++)
        if (name[i] <= ' ' || name[i] > '~')
            request->unclean = true;
    for (size_t i = 0; i < value_size; i++)
        if ((unsigned char)value[i] < ' ' && value[i] != '\t')
            request->unclean = true;
    request->headers[request->header_count++] =
        (struct pair){name, value ? value : ""};
    return MHD_YES;
}

static void
close_store(void *store)
{
    store_close(store);
}

struct store *
exchange_store(struct api *api, struct error *err)
{
    struct store *store = pthread_getspecific(api->store_key);
    if (store)
        return store;
    enum status status = store_open(api->options.store, &store, err);
    if (status == FAILED || status == CORRUPT) /* as after a failed sync */
        atomic_store(&api->lost, true);
    if (status)
        return NULL;
    if (pthread_setspecific(api->store_key, store) == 0)
        return store;
    close_store(store);
    error_set(err, NO_MEMORY, "no memory for a thread's store");
    return NULL;
}

static enum MHD_Result
exchange_refuse(struct exchange *exchange)
{
    link_deadline(exchange->api, exchange->connection, 0);
    response_problem(&exchange->request, &exchange->response, exchange->status,
                     &exchange->err);
    return exchange_reply(exchange);
}

/* The headers are here: everything that can be refused now, is. */
static enum MHD_Result
exchange_begin(struct exchange *exchange, const char *method)
{
    struct request *request = &exchange->request;
    struct response *response = &exchange->response;
    request->method = method;
    exchange->begun = true;
    int headers = MHD_get_connection_values_n(
        exchange->connection, MHD_HEADER_KIND, take_header, request);
    if (headers > REQUEST_HEADERS_MAX) {
        response->close = true;
        exchange->status =
            problem_set(response, PROBLEM_TOO_MANY_HEADERS, &exchange->err,
                        "more than %d headers", REQUEST_HEADERS_MAX);
    }
    request->store = exchange_store(exchange->api, &exchange->err);
    if (exchange->status == OK)
        exchange->status = gate_check(request, response, &exchange->err);
    else
        response->close = true;
    if (exchange->status) {
        link_linger(exchange->api, exchange->connection);
        return exchange_refuse(exchange);
    }
    const char *length = request_header(request, "Content-Length");
    double size = length ? strtod(length, NULL) : 0.0;
    link_deadline(exchange->api, exchange->connection,
                  REQUEST_SECONDS + size / BODY_BYTES_PER_SECOND);
    return MHD_YES;
}

/* A piece of the body, in memory or on the disk. */
static enum status
exchange_keep(struct exchange *exchange, const char *data, size_t size)
{
    struct request *request = &exchange->request;
    struct error *err = &exchange->err;
    enum status status = OK;
    if (!request->route->uploads) {
        status = bytes_append(&request->body, data, size);
        return status ? error_set(err, status, "no memory for the body") : OK;
    }
    struct store *store = exchange_store(exchange->api, err);
    if (!store)
        return err->status;
    if (queue_is_full(exchange->api->queue))
        return error_set(err, NO_SPACE,
                         "the disk is nearly full, nothing is uploaded until "
                         "something is removed");
    if (!request->upload)
        status = upload_open(store, &request->upload, err);
    return status ? status : upload_append(request->upload, data, size, err);
}

/* Keeps a piece of the body. What exceeds the limit (only chunks can, a stated
 * length was checked) is read and forgotten so that the answer is heard, until
 * it becomes too much even for that. */
static enum MHD_Result
exchange_collect(struct exchange *exchange, const char *data, size_t size)
{
    struct request *request = &exchange->request;
    size_t limit = request->route->body_max;
    size_t have =
        request->upload ? upload_size(request->upload) : request->body.size;
    if (!exchange->overflown && size <= limit - have) {
        exchange->status = exchange_keep(exchange, data, size);
        if (exchange->status == OK)
            return MHD_YES;
        exchange->overflown = true;
    } else if (!exchange->overflown) {
        exchange->overflown = true;
        exchange->response.close = true;
        exchange->status =
            error_set(&exchange->err, TOO_LARGE,
                      "the body is larger than %zu bytes", limit);
    }
    bytes_free(&request->body);
    upload_close(request->upload);
    request->upload = NULL;
    exchange->discarded += size;
    size_t most = request->route->uploads ? limit : DISCARD_MAX;
    return exchange->discarded < most ? MHD_YES : MHD_NO;
}

static enum status
run_handler(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct error *err = &exchange->err;
    *err = (struct error){0};
    request->store = exchange_store(exchange->api, err);
    if (!request->store && route_is_guarded(request->path))
        return err->status;
    exchange->response.code = 200;
    enum status status =
        request->route->handle(request, &exchange->response, err);
    if (request->store && store_is_lost(request->store))
        atomic_store(&exchange->api->lost, true);
    return status;
}

static enum MHD_Result
exchange_finish(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct response *response = &exchange->response;
    if (exchange->status)
        return exchange_refuse(exchange);
    link_deadline(exchange->api, exchange->connection, 0);
    request->may_wait = !exchange->overdue;
    for (;;) {
        uint64_t seen = waiting_changes(exchange->api);
        response_free(response);
        enum status status = run_handler(exchange);
        if (status)
            response_problem(request, response, status, &exchange->err);
        if (!response->wait || !request->may_wait)
            return exchange_reply(exchange);
        if (waiting_add(exchange, seen,
                        request->arrived + response->wait_seconds))
            return MHD_YES;
        request->may_wait = false;
    }
}

enum MHD_Result
exchange_answer(void *cls, struct MHD_Connection *connection, const char *url,
                const char *method, const char *version, const char *data,
                size_t *size, void **context)
{
    struct exchange *exchange = *context;
    (void)cls;
    (void)connection;
    (void)url;
    (void)version;
    if (!exchange)
        return MHD_NO;
    if (!exchange->begun)
        return exchange_begin(exchange, method);
    if (*size > 0) {
        size_t piece = *size;
        *size = 0;
        return exchange_collect(exchange, data, piece);
    }
    return exchange_finish(exchange);
}
