/* dialer.c - the process that may connect, for one that may not. It knows one
 * address, that of a server; who wants a connection sends one end of a pair of
 * sockets, and gets the connection, or the number of an error, through it. It
 * ends when nobody can ask any more. */
#include "http/http_private.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define DIAL_SECONDS 10  /* for each address of the server  */
#define ASK_MS       100 /* between looks at whether it is still wanted        */

/* ---- sockets through sockets --------------------------------------------- */

/* What is sent: `number`, and a socket unless it is negative. */
static bool
send_socket(int to, int number, int socket)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
                          .cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS}};
    struct iovec data = {&number, sizeof(number)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (socket >= 0) {
        memcpy(CMSG_DATA(&control.head), &socket, sizeof(socket));
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.space);
    }
    return sendmsg(to, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(number);
}

/* False where nothing comes any more. `socket`: -1 if none came along. */
static bool
take_socket(int from, int *number, int *socket)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {number, sizeof(*number)};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control.space)};
    ssize_t size;
    do
        size = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    const struct cmsghdr *head =
        size == (ssize_t)sizeof(*number) ? CMSG_FIRSTHDR(&message) : NULL;
    *socket = -1;
    if (head && head->cmsg_type == SCM_RIGHTS)
        memcpy(socket, CMSG_DATA(head), sizeof(*socket));
    return size == (ssize_t)sizeof(*number);
}

/* ---- in the process ------------------------------------------------------ */

/* Whether it is connected, else errno. connect() is not asked once more: that
 * is left to libcurl, of which some versions ask even where they are told that
 * it is done, and take nothing but a first success for one. */
static bool
await_connection(int made)
{
    struct pollfd ready = {.fd = made, .events = POLLOUT};
    int code = ETIMEDOUT;
    socklen_t size = sizeof(code);
    if (poll(&ready, 1, 1000 * DIAL_SECONDS) > 0 &&
        getsockopt(made, SOL_SOCKET, SO_ERROR, &code, &size))
        code = errno;
    errno = code;
    return code == 0;
}

/* Connected, or -1 and errno. */
static int
dial_address(const struct addrinfo *address)
{
    int made = socket(address->ai_family,
                      SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return -1;
    if ((connect(made, address->ai_addr, address->ai_addrlen) == 0 ||
         errno == EINPROGRESS) &&
        await_connection(made))
        return made;
    const int why = errno;
    close(made);
    errno = why;
    return -1;
}

/* Names are looked up each time: they move. */
static int
dial(const char *host, const char *port)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int made = -1;
    if (getaddrinfo(host, port, &wanted, &list) != 0) {
        errno = EHOSTUNREACH;
        return -1;
    }
    for (const struct addrinfo *one = list; one && made < 0; one = one->ai_next)
        made = dial_address(one);
    const int why = errno;
    freeaddrinfo(list);
    errno = why;
    return made;
}

/* It outlives the signals that tell its owner to save what there is. */
static void
serve(int asks, const char *host, const char *port)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    int number, answer;
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
        signal(numbers[i], SIG_IGN);
    prctl(PR_SET_NAME, "followd-dialer");
    while (take_socket(asks, &number, &answer)) {
        const int made = dial(host, port);
        send_socket(answer, made < 0 ? errno : 0, made);
        if (made >= 0)
            close(made);
        if (answer >= 0)
            close(answer);
    }
}

/* ---- starting it ----------------------------------------------------------
 */

/* Host and port of an URL. [owned by the caller] both, by curl_free() */
static enum status
url_split(const char *url, char **host, char **port, struct error *err)
{
    CURLU *parts = curl_url();
    const bool fine =
        parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, port, CURLU_DEFAULT_PORT) ==
            CURLUE_OK;
    curl_url_cleanup(parts);
    if (!fine)
        return error_set(err, INVALID, "'%s' is no http or https URL", url);
    const size_t last = strlen(*host) - 1;
    if (**host == '[') { /* an IPv6 address stands in brackets */
        memmove(*host, *host + 1, last);
        (*host)[last - 1] = '\0';
    }
    return OK;
}

enum status
dialer_open(const char *url, int *out, struct error *err)
{
    char *host = NULL, *port = NULL;
    int pair[2] = {-1, -1};
    pid_t pid = -1;
    enum status status = url_split(url, &host, &port, err);
    if (status == OK &&
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        status = error_set(err, FAILED, "no sockets: %s", strerror(errno));
    if (status == OK && (pid = fork()) < 0)
        status = error_set(err, FAILED, "no process: %s", strerror(errno));
    if (pid == 0) {
        close(pair[0]);
        serve(pair[1], host, port);
        _exit(0);
    }
    curl_free(host);
    curl_free(port);
    if (pair[1] >= 0)
        close(pair[1]);
    if (status == OK)
        *out = pair[0];
    else if (pair[0] >= 0)
        close(pair[0]);
    return status;
}

/* ---- for its owner ------------------------------------------------------- */

/* Who can reach nobody any more is to save what it can, and end. */
static enum status
dialer_gone(struct error *err)
{
    raise(SIGTERM);
    return error_set(err, UNAVAILABLE, "the process that dials has ended");
}

enum status
dialer_dial(int dialer, const atomic_bool *abort, int *out, struct error *err)
{
    int pair[2], number = 0, ready = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return error_set(err, FAILED, "no sockets: %s", strerror(errno));
    const bool asked = send_socket(dialer, 0, pair[1]);
    struct pollfd answer = {.fd = pair[0], .events = POLLIN};
    close(pair[1]);
    while (asked && ready <= 0 && !(abort && *abort))
        ready = poll(&answer, 1, ASK_MS);
    const bool told = ready > 0 && take_socket(pair[0], &number, out);
    close(pair[0]);
    if (asked && ready <= 0)
        return error_set(err, UNAVAILABLE, "interrupted");
    if (!told)
        return dialer_gone(err);
    if (*out < 0)
        return error_set(err, UNAVAILABLE, "%s", strerror(number));
    return OK;
}
