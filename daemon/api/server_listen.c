/* server_listen.c - the socket that is listened on. It is made here and not by
 * the library, so that the port is known before the first request comes. */
#include "api/server_private.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 128

static bool
is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *in6 = (const void *)address;
    return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* Whether it stands for all addresses of this machine. */
static bool
is_any(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        return in->sin_addr.s_addr == htonl(INADDR_ANY);
    }
    const struct sockaddr_in6 *in6 = (const void *)address;
    return IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr);
}

static enum status
resolve(const struct api_options *options, struct addrinfo **out,
        struct error *err)
{
    char port[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    snprintf(port, sizeof(port), "%u", options->port);
    int failure = getaddrinfo(options->address, port, &hints, out);
    if (failure)
        return error_set(err, INVALID, "cannot listen on '%s': %s",
                         options->address, gai_strerror(failure));
    return OK;
}

static enum status
refuse(const struct api *api, struct error *err)
{
    return error_set(err, UNAVAILABLE, "cannot listen on %s port %u: %s",
                     api->options.address, api->options.port, strerror(errno));
}

/* Binds; fills in the port that was free. */
static enum status
bind_to(struct api *api, const struct addrinfo *at, struct error *err)
{
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof(bound);
    int yes = 1, no = 0;
    int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    api->listener = socket(at->ai_family, type, 0);
    if (api->listener < 0)
        return refuse(api, err);
    setsockopt(api->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (at->ai_family == AF_INET6) /* [::] is every address, IPv4's too */
        setsockopt(api->listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
    if (bind(api->listener, at->ai_addr, at->ai_addrlen) ||
        listen(api->listener, BACKLOG) ||
        getsockname(api->listener, (struct sockaddr *)&bound, &size))
        return refuse(api, err);
    const struct sockaddr_in *in = (const void *)&bound;
    const struct sockaddr_in6 *in6 = (const void *)&bound;
    api->port =
        ntohs(at->ai_family == AF_INET6 ? in6->sin6_port : in->sin_port);
    return OK;
}

/* The url by which this machine itself reaches the listener. */
static void
name_url(struct api *api, bool any)
{
    const char *name = api->options.address;
    if (any)
        name = api->ipv6 ? "::1" : "127.0.0.1";
    snprintf(api->url, sizeof(api->url), "%s://%s%s%s:%u",
             api->options.tls_cert ? "https" : "http", api->ipv6 ? "[" : "",
             name, api->ipv6 ? "]" : "", api->port);
}

enum status
listener_open(struct api *api, struct error *err)
{
    struct addrinfo *at = NULL;
    enum status status = resolve(&api->options, &at, err);
    if (status)
        return status;
    api->ipv6 = at->ai_family == AF_INET6;
    api->loopback = is_loopback(at->ai_addr);
    if (!api->loopback && gethostname(api->own_host, sizeof(api->own_host)))
        api->own_host[0] = '\0';
    bool any = is_any(at->ai_addr);
    status = bind_to(api, at, err);
    freeaddrinfo(at);
    name_url(api, any);
    return status;
}
