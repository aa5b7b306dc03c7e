/* picture.c - a file that gnuplot draws. */
#include "client/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Starts gnuplot reading from `*pipe_end`. */
static enum status
gnuplot_start(pid_t *child, int *pipe_end, struct error *err)
{
    char *words[] = {"gnuplot", NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, FAILED, "no pipe: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    /* The script is UTF-8; gnuplot warns where the terminal's locale is not. */
    setenv("LC_ALL", "C.UTF-8", 1);
    int code = posix_spawnp(child, "gnuplot", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    *pipe_end = ends[1];
    if (code == 0)
        return OK;
    close(ends[1]);
    if (code == ENOENT)
        return error_set(err, FAILED,
                         "gnuplot is not installed (on Debian: apt install "
                         "gnuplot-nox)");
    return error_set(err, FAILED, "gnuplot: %s", strerror(code));
}

/* Writes it all; a reader that has gone is told by its exit status. */
static void
pipe_write(int pipe_end, const struct bytes *text)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    size_t done = 0;

    sigaction(SIGPIPE, &ignore, &before);
    while (done < text->size) {
        ssize_t size = write(pipe_end, text->data + done, text->size - done);
        if (size < 0 && errno != EINTR)
            break;
        done += size > 0 ? (size_t)size : 0;
    }
    close(pipe_end);
    sigaction(SIGPIPE, &before, NULL);
}

static enum status
gnuplot_run(const struct bytes *script, struct error *err)
{
    pid_t child;
    int pipe_end = -1, state = 0;
    enum status status = gnuplot_start(&child, &pipe_end, err);

    if (status != OK)
        return status;
    pipe_write(pipe_end, script);
    while (waitpid(child, &state, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return OK;
    return error_set(err, FAILED, "gnuplot failed with %d",
                     WIFEXITED(state) ? WEXITSTATUS(state)
                                      : 128 + WTERMSIG(state));
}

/* ---- the file ----------------------------------------------------------- */

static const char *
format_of(const char *name)
{
    static const char *const formats[] = {"png", "svg", "pdf"};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < ARRAY_LENGTH(formats); i++)
        if (strcasecmp(dot + 1, formats[i]) == 0)
            return formats[i];
    return NULL;
}

enum status
picture_begin(const char *name, struct picture *out, struct error *err)
{
    *out = (struct picture){.name = name, .format = format_of(name)};
    if (!out->format)
        return error_set(err, INVALID, "%s: must end in .png, .svg or .pdf",
                         name);
    if ((size_t)snprintf(out->partner, sizeof(out->partner), "%s.part", name) >=
        sizeof(out->partner))
        return error_set(err, INVALID, "%s: name too long", name);
    return OK;
}

enum status
picture_draw(const struct picture *picture, const struct bytes *script,
             struct error *err)
{
    struct stat about;
    enum status status = gnuplot_run(script, err);

    if (status == OK &&
        (stat(picture->partner, &about) != 0 || about.st_size == 0))
        status = error_set(err, FAILED, "gnuplot drew nothing");
    if (status == OK && rename(picture->partner, picture->name) != 0)
        status =
            error_set(err, FAILED, "%s: %s", picture->name, strerror(errno));
    if (status != OK)
        unlink(picture->partner);
    return status;
}
