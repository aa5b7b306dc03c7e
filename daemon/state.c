/* state.c - see state.h. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ORPHAN_SECONDS 10.0

#define TOKEN_BYTES 32
#define TOKEN_LEAST 32 /* characters; a token made by hand may be shorter */

/* Who wrote into the lock file: the daemon that holds it; "" nobody yet. */
static void
read_holder(const struct state *state, char out[32])
{
    ssize_t size = pread(state->lock, out, 31, 0);
    out[size > 0 ? size : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* The lock is the kernel's: it is gone with the process, however that ends. But
 * one that was killed as it started a worker may leave a child that holds the
 * lock still, until it is about to be that worker, and notices. */
static enum status
await_lock(const struct state *state, struct error *err)
{
    const double end = clock_monotonic() + ORPHAN_SECONDS;
    const struct timespec while_it_ends = {.tv_nsec = 20000000};
    char holder[32];
    while (flock(state->lock, LOCK_EX | LOCK_NB)) {
        if (errno != EWOULDBLOCK)
            return error_set(err, FAILED, "%s/lock: %s", state->folder,
                             strerror(errno));
        read_holder(state, holder);
        if (atoi(holder) <= 0 || kill(atoi(holder), 0) == 0 || errno != ESRCH ||
            clock_monotonic() > end)
            return error_set(err, CONFLICT,
                             "the state directory %s is held by the followd "
                             "with process id %s",
                             state->folder, *holder ? holder : "unknown");
        nanosleep(&while_it_ends, NULL);
    }
    return OK;
}

static enum status
take_lock(struct state *state, struct error *err)
{
    char path[4200], pid[32];
    snprintf(path, sizeof(path), "%s/lock", state->folder);
    state->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (state->lock < 0)
        return error_set(err, FAILED, "%s: %s", path, strerror(errno));
    enum status status = await_lock(state, err);
    if (status)
        return status;
    int size = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
    if (ftruncate(state->lock, 0) ||
        pwrite(state->lock, pid, (size_t)size, 0) != size)
        return error_set(err, FAILED, "%s: %s", path, strerror(errno));
    return OK;
}

static enum status
read_token(struct state *state, struct error *err)
{
    struct bytes text = {0};
    enum status status =
        file_read(state->token_file, sizeof(state->token), &text, err);
    if (status == OK) {
        size_t size = strcspn((char *)text.data, " \t\r\n");
        if (size < TOKEN_LEAST || size >= sizeof(state->token))
            status = error_set(
                err, INVALID, "%s must hold a token of %d to %zu characters",
                state->token_file, TOKEN_LEAST, sizeof(state->token) - 1);
        else
            snprintf(state->token, sizeof(state->token), "%.*s", (int)size,
                     (char *)text.data);
    }
    bytes_free(&text);
    return status;
}

static enum status
make_token(const char *path, char out[TOKEN_SIZE], struct error *err)
{
    char line[TOKEN_SIZE + 1];
    enum status status = random_hex(TOKEN_BYTES, out, err);
    if (status)
        return status;
    int size = snprintf(line, sizeof(line), "%s\n", out);
    return file_write(path, 0600, line, (size_t)size, err);
}

static enum status
find_token(struct state *state, struct error *err)
{
    struct stat about;
    if (stat(state->token_file, &about)) {
        if (errno == ENOENT)
            return make_token(state->token_file, state->token, err);
        return error_set(err, FAILED, "%s: %s", state->token_file,
                         strerror(errno));
    }
    if (about.st_mode & 0077)
        log_event(LOG_LEVEL_WARNING, "token_readable",
                  "text=\"others can read the token: chmod 600 it\"");
    return read_token(state, err);
}

enum status
state_open(const char *folder, struct state *out, struct error *err)
{
    *out = (struct state){.lock = -1};
    if (strlen(folder) >= sizeof(out->folder))
        return error_set(err, INVALID,
                         "the state directory's name is too "
                         "long");
    snprintf(out->folder, sizeof(out->folder), "%s", folder);
    snprintf(out->database, sizeof(out->database), "%s/follow.db", folder);
    snprintf(out->token_file, sizeof(out->token_file), "%s/token", folder);
    snprintf(out->url_file, sizeof(out->url_file), "%s/url", folder);
    snprintf(out->pin_file, sizeof(out->pin_file), "%s/pin", folder);
    snprintf(out->worker_file, sizeof(out->worker_file), "%s/worker-token",
             folder);
    enum status status = folder_make(folder, err);
    if (status == OK)
        status = take_lock(out, err);
    if (status == OK) {
        unlink(out->url_file); /* of a daemon that was killed */
        unlink(out->pin_file);
        status = find_token(out, err);
        if (status == OK)
            status = make_token(out->worker_file, out->worker_token, err);
    }
    if (status) {
        int lock = out->lock;
        out->lock = -1; /* not ours: leave the files of whoever holds it */
        if (lock >= 0)
            close(lock);
    }
    return status;
}

static enum status
write_line(const char *path, const char *text, struct error *err)
{
    char line[256];
    int size = snprintf(line, sizeof(line), "%s\n", text);
    return file_write(path, 0644, line, (size_t)size, err);
}

enum status
state_announce(const struct state *state, const char *url, const char *pin,
               struct error *err)
{
    enum status status = OK;
    if (*pin)
        status = write_line(state->pin_file, pin, err);
    return status == OK ? write_line(state->url_file, url, err) : status;
}

void
state_close(struct state *state)
{
    if (state->lock < 0)
        return;
    unlink(state->url_file);
    unlink(state->pin_file);
    unlink(state->worker_file);
    close(state->lock);
    state->lock = -1;
}
