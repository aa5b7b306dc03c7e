/* server_waiting.c - who waits for a change, and who takes too long to ask.
 *
 * A handler that has nothing to say yet suspends its connection. The ticker
 * resumes it when its topic has changed or its time is up, and the handler is
 * called again. A change that falls between the handler's look and the
 * suspension is noticed by the count of changes.
 *
 * The library's own time limit starts anew with every byte, so a client that
 * drips one byte a second would hold a connection for ever. The same ticker
 * shuts down connections whose request is not whole in time; and where there
 * are so many of them that others might find no place, the oldest of them goes
 * for each that comes. */
#include "api/server_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define TICK_SECONDS 0.25

uint64_t
waiting_changes(struct api *api)
{
    pthread_mutex_lock(&api->lock);
    uint64_t changes = api->changes;
    pthread_mutex_unlock(&api->lock);
    return changes;
}

bool
waiting_add(struct exchange *exchange, uint64_t seen, double deadline)
{
    struct api *api = exchange->api;
    pthread_mutex_lock(&api->lock);
    bool waits = !api->stopping;
    if (waits) {
        MHD_suspend_connection(exchange->connection);
        exchange->waiting = true;
        exchange->suspended = clock_monotonic();
        exchange->due = api->changes != seen;
        exchange->deadline = deadline;
        exchange->previous = NULL;
        exchange->next = api->waits;
        if (api->waits)
            api->waits->previous = exchange;
        api->waits = exchange;
        pthread_cond_signal(&api->changed);
    }
    pthread_mutex_unlock(&api->lock);
    return waits;
}

/* The lock is held. Afterwards the exchange belongs to the library's thread. */
static void
wait_end(struct exchange *exchange, bool overdue)
{
    struct api *api = exchange->api;
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        api->waits = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
    exchange->next = exchange->previous = NULL;
    exchange->waiting = exchange->due = false;
    exchange->overdue = overdue;
    exchange->waited += clock_monotonic() - exchange->suspended;
    MHD_resume_connection(exchange->connection);
}

static void
wake(struct api *api, bool everybody, int64_t topic)
{
    pthread_mutex_lock(&api->lock);
    api->changes++;
    for (struct exchange *one = api->waits; one; one = one->next)
        if (everybody || one->response.topic == topic)
            one->due = true;
    pthread_cond_signal(&api->changed);
    pthread_mutex_unlock(&api->lock);
}

void
api_changed(struct api *api, int64_t topic)
{
    wake(api, false, topic);
}

void
api_wake(struct api *api)
{
    wake(api, true, 0);
}

/* The lock is held. Ends what is to end; tells when the next wait is over. */
static double
end_waits(struct api *api, double now)
{
    double next = now + TICK_SECONDS;
    for (struct exchange *one = api->waits, *after; one; one = after) {
        after = one->next;
        bool overdue = api->stopping || now >= one->deadline;
        if (overdue || (one->due && now >= one->earliest))
            wait_end(one, overdue);
        else
            next = fmin(next, one->due ? one->earliest : one->deadline);
    }
    return next;
}

static void
end_slow_links(struct api *api, double now)
{
    for (struct link *link = api->links; link; link = link->next)
        if (link->deadline > 0 && now > link->deadline) {
            shutdown(link->fd, SHUT_RDWR);
            link->deadline = 0;
        }
}

static void *
tick(void *argument)
{
    struct api *api = argument;
    pthread_mutex_lock(&api->lock);
    while (!api->stopping || api->waits || api->linger_count) {
        double now = clock_monotonic();
        double next = end_waits(api, now);
        end_slow_links(api, now);
        next = fmin(next, linger_turn(api, now));
        struct timespec until = {(time_t)next, 0};
        until.tv_nsec = (long)((next - (double)until.tv_sec) * 1e9);
        if (!api->stopping)
            pthread_cond_timedwait(&api->changed, &api->lock, &until);
    }
    pthread_mutex_unlock(&api->lock);
    return NULL;
}

enum status
waiting_open(struct api *api, struct error *err)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&api->lock, NULL);
    pthread_mutex_init(&api->devices_lock, NULL);
    pthread_mutex_init(&api->rates_lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&api->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    int failure = pthread_create(&api->ticker, NULL, tick, api);
    if (failure)
        return error_set(err, NO_MEMORY, "no thread for the ticker");
    api->has_ticker = true;
    return OK;
}

void
waiting_close(struct api *api)
{
    pthread_mutex_lock(&api->lock);
    api->stopping = true;
    pthread_cond_signal(&api->changed);
    pthread_mutex_unlock(&api->lock);
    if (api->has_ticker)
        pthread_join(api->ticker, NULL);
    api->has_ticker = false;
}

/* The lock is held. Closes the connection that has kept us waiting longest. */
static void
end_oldest_link(struct api *api)
{
    struct link *oldest = NULL;
    for (struct link *link = api->links; link; link = link->next)
        if (link->deadline > 0 &&
            (!oldest || link->deadline < oldest->deadline))
            oldest = link;
    if (!oldest)
        return;
    shutdown(oldest->fd, SHUT_RDWR);
    oldest->deadline = 0;
}

void
link_changed(void *cls, struct MHD_Connection *connection, void **context,
             enum MHD_ConnectionNotificationCode what)
{
    struct api *api = cls;
    struct link *link = *context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        link = calloc(1, sizeof(*link));
        *context = link;
        if (!link)
            return;
        link->fd = MHD_get_connection_info(connection,
                                           MHD_CONNECTION_INFO_CONNECTION_FD)
                       ->connect_fd;
        link->deadline = clock_monotonic() + REQUEST_SECONDS;
        pthread_mutex_lock(&api->lock);
        link->next = api->links;
        if (api->links)
            api->links->previous = link;
        api->links = link;
        if (atomic_fetch_add(&api->traffic.connections, 1) >= CROWD)
            end_oldest_link(api);
        pthread_mutex_unlock(&api->lock);
    } else if (link) {
        pthread_mutex_lock(&api->lock);
        if (link->previous)
            link->previous->next = link->next;
        else
            api->links = link->next;
        if (link->next)
            link->next->previous = link->previous;
        atomic_fetch_sub(&api->traffic.connections, 1);
        if (link->lingers)
            linger_add(api, link->fd);
        pthread_mutex_unlock(&api->lock);
        free(link);
        *context = NULL;
    }
}

static struct link *
link_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void
link_linger(struct api *api, struct MHD_Connection *connection)
{
    struct link *link = link_of(connection);
    if (!link)
        return;
    pthread_mutex_lock(&api->lock);
    link->lingers = true;
    pthread_mutex_unlock(&api->lock);
}

void
link_deadline(struct api *api, struct MHD_Connection *connection,
              double seconds)
{
    struct link *link = link_of(connection);
    if (!link)
        return;
    pthread_mutex_lock(&api->lock);
    link->deadline = seconds > 0 ? clock_monotonic() + seconds : 0;
    pthread_mutex_unlock(&api->lock);
}
