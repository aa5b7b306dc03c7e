/* server_linger.c - refused, but still talking.
 *
 * A request that is refused at its head has its body still to come. When the
 * library then closes the connection, the kernel answers the rest with a reset,
 * which may overtake our answer: the client sees a broken pipe and never learns
 * why. So a copy of the socket is kept, told that no more will be said, and
 * what comes is read and forgotten until the client ends or has had its share
 * of patience. */
#include "api/server_private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_SECONDS 5.0
#define LINGER_TICK    0.02              /* s between two looks */
#define LINGER_BYTES   ((size_t)4 << 20) /* read from one at each look */

/* The lock is held. */
void
linger_add(struct api *api, int fd)
{
    if (api->linger_count == LINGERS_MAX || api->stopping)
        return;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return;
    shutdown(copy, SHUT_WR);
    api->lingers[api->linger_count++] =
        (struct lingering){copy, clock_monotonic() + LINGER_SECONDS};
    pthread_cond_signal(&api->changed);
}

/* Whether the client has more to say, after a look at what it said. */
static bool
linger_drain(const struct lingering *linger)
{
    char forgotten[65536];
    for (size_t size = 0; size < LINGER_BYTES;) {
        ssize_t got =
            recv(linger->fd, forgotten, sizeof(forgotten), MSG_DONTWAIT);
        if (got <= 0)
            return got < 0 && (errno == EAGAIN || errno == EINTR);
        size += (size_t)got;
    }
    return true;
}

/* The lock is held. */
double
linger_turn(struct api *api, double now)
{
    size_t kept = 0;
    for (size_t i = 0; i < api->linger_count; i++) {
        struct lingering linger = api->lingers[i];
        if (now < linger.deadline && !api->stopping && linger_drain(&linger))
            api->lingers[kept++] = linger;
        else
            close(linger.fd);
    }
    api->linger_count = kept;
    return kept ? now + LINGER_TICK : INFINITY;
}
