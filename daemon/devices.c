/* devices.c - see devices.h. */
#include "devices.h"

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIST_SECONDS 60.0 /* drivers may take long to wake up */
#define LIST_BYTES   ((size_t)1 << 20)

/* Reads until the other side closes, or the time is up. */
static enum status
read_all(int in, struct bytes *out, struct error *err)
{
    double end = clock_monotonic() + LIST_SECONDS;
    char piece[4096];
    for (;;) {
        struct pollfd ready = {.fd = in, .events = POLLIN};
        double left = end - clock_monotonic();
        if (left <= 0)
            return error_set(err, UNAVAILABLE,
                             "looking for devices took more than %g s",
                             LIST_SECONDS);
        int count = poll(&ready, 1, (int)(left * 1e3) + 1);
        if (count == 0 || (count < 0 && errno == EINTR))
            continue;
        ssize_t size = read(in, piece, sizeof(piece));
        if (size == 0)
            return OK;
        if (size < 0 || out->size > LIST_BYTES ||
            bytes_append(out, piece, (size_t)size))
            return error_set(err, FAILED, "cannot read the list of devices");
    }
}

static void
take_devices(char *text, json_t *devices)
{
    char host[128] = "localhost";
    gethostname(host, sizeof(host) - 1);
    for (char *line; (line = strsep(&text, "\n"));) {
        json_t *device = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        if (json_is_string(json_object_get(device, "id")) &&
            json_object_set_new(device, "host", json_string(host)) == 0)
            json_array_append(devices, device);
        json_decref(device);
    }
}

enum status
devices_find(json_t *devices, struct error *err)
{
    char *const arguments[] = {"followd", "worker", "--list-devices", NULL};
    struct bytes text = {0};
    int pipes[2], outcome = 0;
    if (pipe2(pipes, O_CLOEXEC))
        return error_set(err, FAILED, "no pipe to a worker");
    pid_t pid = child_start(pipes[1], arguments);
    close(pipes[1]);
    enum status status = pid > 0
                             ? read_all(pipes[0], &text, err)
                             : error_set(err, FAILED, "cannot start a worker");
    close(pipes[0]);
    if (pid > 0) {
        if (status)
            kill(pid, SIGKILL);
        waitpid(pid, &outcome, 0);
    }
    if (status == OK && text.size)
        take_devices((char *)text.data, devices);
    if (status == OK && outcome != 0)
        status = error_set(err, UNAVAILABLE,
                           "the worker that looked for "
                           "devices ended with status %d",
                           WIFEXITED(outcome) ? WEXITSTATUS(outcome)
                                              : 128 + WTERMSIG(outcome));
    bytes_free(&text);
    return status;
}
