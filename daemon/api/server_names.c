/* server_names.c - which names this server answers to. A page of another site
 * may have its own name point at this machine; it cannot have our name. */
#include "api/server_private.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool
is_name_in(const char *list, const char *name, size_t size)
{
    while (list && *list) {
        list += strspn(list, ", ");
        size_t item = strcspn(list, ", ");
        if (item == size && size && strncasecmp(list, name, size) == 0)
            return true;
        list += item;
    }
    return false;
}

/* An address in numbers can not be rebound, so it needs no list. */
static bool
is_numeric(const char *name, size_t size)
{
    char text[INET6_ADDRSTRLEN + 2];
    unsigned char binary[16];
    if (size == 0 || size >= sizeof(text))
        return false;
    bool bracketed = name[0] == '[' && name[size - 1] == ']';
    size_t skip = bracketed ? 1 : 0;
    memcpy(text, name + skip, size - 2 * skip);
    text[size - 2 * skip] = '\0';
    return inet_pton(bracketed ? AF_INET6 : AF_INET, text, binary) == 1;
}

bool
api_knows_host(const struct api *api, const char *host)
{
    unsigned usual = api->options.tls_cert ? 443 : 80;
    const char *colon = strrchr(host, ':');
    if (colon && strchr(colon, ']'))
        colon = NULL; /* inside of an IPv6 address */
    size_t size = colon ? (size_t)(colon - host) : strlen(host);
    if (is_name_in(api->options.hosts, host, strlen(host)))
        return true; /* a name with its own port, as behind a tunnel */
    if (colon) {
        char port[8];
        snprintf(port, sizeof(port), "%u", api->port);
        if (strcmp(colon + 1, port) != 0)
            return false;
    } else if (api->port != usual) {
        return false;
    }
    return is_name_in("localhost, 127.0.0.1, [::1]", host, size) ||
           is_name_in(api->options.hosts, host, size) ||
           (!api->loopback &&
            (is_name_in(api->own_host, host, size) || is_numeric(host, size)));
}
