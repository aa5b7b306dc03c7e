/* hook.c - a notice as a command that is run: who ended stands in its
 * environment, all of it comes on its standard input. */
#include "notify/notify_private.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT      60.0 /* s, then it is killed                             */
#define LOOK_SECONDS 0.05 /* between two looks whether it has ended */

extern char **environ;

/* ---- its environment ---------------------------------------------------- */

enum { OURS = 4 };

/* With STATE_DIRECTORY `follow` finds this daemon and its token. */
static const char *const names[OURS] = {"FOLLOW_JOB", "FOLLOW_STATE",
                                        "FOLLOW_NAME", "STATE_DIRECTORY"};

static bool
is_ours(const char *entry)
{
    for (size_t i = 0; i < OURS; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(entry, names[i], length) == 0 && entry[length] == '=')
            return true;
    }
    return false;
}

static void
environment_free(char **entries)
{
    for (size_t i = 0; entries && i < OURS; i++)
        free(entries[i]);
    free(entries);
}

/* The first OURS are [owned], the rest [borrowed]. */
static char **
environment_new(const struct notify *notify, const struct notice *notice)
{
    char number[32];
    const char *const values[OURS] = {number, notice->state, notice->name,
                                      notify->options.state};
    size_t count = 0, used = OURS;

    while (environ[count])
        count++;
    char **entries = memory_array(count + OURS + 1, sizeof(*entries));
    if (!entries)
        return NULL;
    snprintf(number, sizeof(number), "%lld", (long long)notice->job);
    for (size_t i = 0; i < OURS; i++)
        if (asprintf(&entries[i], "%s=%s", names[i], values[i]) < 0) {
            entries[i] = NULL;
            environment_free(entries);
            return NULL;
        }
    for (size_t i = 0; i < count; i++)
        if (!is_ours(environ[i]))
            entries[used++] = environ[i];
    return entries;
}

/* ---- its process -------------------------------------------------------- */

/* A file in memory that holds the body, to be read from its beginning. */
static int
input_open(const struct notice *notice)
{
    size_t size = strlen(notice->body);
    int input = memfd_create("notice", MFD_CLOEXEC);

    if (input >= 0 && write(input, notice->body, size) == (ssize_t)size &&
        lseek(input, 0, SEEK_SET) == 0)
        return input;
    if (input >= 0)
        close(input);
    return -1;
}

/* In a group of its own, so that what it starts can be ended with it. */
static int
process_start(const char *command, char **environment, int input, pid_t *out)
{
    char *words[] = {"sh", "-c", (char *)command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
                                              POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    int code =
        posix_spawn(out, "/bin/sh", &actions, &attributes, words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code;
}

/* Until it ends, its time is up, or the daemon stops. */
static enum status
process_wait(const struct notify *notify, pid_t process, struct error *err)
{
    double end = clock_monotonic() + TIMEOUT;
    int outcome = 0;
    bool over = false;

    while (!over && !notify->stopping && clock_monotonic() < end) {
        over = waitpid(process, &outcome, WNOHANG) == process;
        if (!over)
            notify_rest(notify, LOOK_SECONDS);
    }
    if (!over) {
        kill(-process, SIGKILL);
        waitpid(process, &outcome, 0);
        return error_set(err, FAILED, "it did not end within %g s", TIMEOUT);
    }
    if (WIFSIGNALED(outcome))
        return error_set(err, FAILED, "it died of signal %d",
                         WTERMSIG(outcome));
    if (WEXITSTATUS(outcome) != 0)
        return error_set(err, FAILED, "its exit status was %d",
                         WEXITSTATUS(outcome));
    return OK;
}

enum status
hook_tell(struct notify *notify, const struct notice *notice, struct error *err)
{
    char **environment = environment_new(notify, notice);
    int input = input_open(notice), code = 0;
    pid_t process = 0;
    enum status status = OK;

    if (!environment || input < 0)
        status = error_set(err, NO_MEMORY, "no memory for a hook");
    else
        code =
            process_start(notify->options.hook, environment, input, &process);
    if (status == OK && code != 0)
        status =
            error_set(err, FAILED, "it does not start: %s", strerror(code));
    if (status == OK)
        status = process_wait(notify, process, err);
    if (input >= 0)
        close(input);
    environment_free(environment);
    return status;
}
