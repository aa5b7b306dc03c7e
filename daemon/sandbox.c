/* sandbox.c - see sandbox.h: what is done before, and the walls in turn. */
#include "sandbox.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODPROBE "/usr/bin/nvidia-modprobe"

/* NVIDIA's library has a setuid program make its device files where they are
 * missing, as after a start of the machine. Behind the walls it could not. */
static void
devices_make(void)
{
    char *const arguments[] = {(char *)MODPROBE, (char *)"-c", (char *)"0",
                               (char *)"-u", NULL};
    pid_t pid;
    if (access("/proc/driver/nvidia", F_OK) == 0 &&
        access("/dev/nvidia-uvm", F_OK) != 0 &&
        posix_spawn(&pid, MODPROBE, NULL, NULL, arguments, environ) == 0)
        waitpid(pid, NULL, 0);
}

/* A folder below the cache for what is found by the variable `name`. */
static enum status
cache_part(const char *cache, const char *part, const char *name,
           struct error *err)
{
    char path[4096];
    const char *told = getenv(name);
    snprintf(path, sizeof(path), "%s/%s", cache, part);
    if (told && *told)
        return folder_make(told, err);
    if (setenv(name, path, 1))
        return error_set(err, NO_MEMORY, "no memory for %s", name);
    return folder_make(path, err);
}

/* XDG_CACHE_HOME is where most drivers look. */
static enum status
cache_open(const char *cache, struct error *err)
{
    enum status status = folder_make(cache, err);
    if (status == OK && setenv("XDG_CACHE_HOME", cache, 1))
        status = error_set(err, NO_MEMORY, "no memory for XDG_CACHE_HOME");
    if (status == OK)
        status = cache_part(cache, "pocl", "POCL_CACHE_DIR", err);
    if (status == OK)
        status = cache_part(cache, "nvidia", "CUDA_CACHE_PATH", err);
    unsetenv("TMPDIR"); /* others write there, too */
    return status == OK ? cache_part(cache, "tmp", "TMPDIR", err) : status;
}

static enum status
wall_check(const char *name, enum status status, const struct error *why)
{
    char quoted[1100];
    if (status != UNAVAILABLE)
        return status;
    log_event(LOG_LEVEL_WARNING, "sandbox_incomplete", "without=%s reason=%s",
              name, log_quote(why->text, quoted, sizeof(quoted)));
    return OK;
}

enum status
sandbox_enter(const struct sandbox *sandbox, struct error *err)
{
    devices_make();
    enum status status = cache_open(sandbox->cache, err);
    if (status == OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        status = error_set(err, FAILED, "privileges are not given up: %s",
                           strerror(errno));
    if (status == OK)
        status = wall_check("landlock", sandbox_files(sandbox, err), err);
    if (status == OK)
        status = wall_check("seccomp", sandbox_calls(err), err);
    return status;
}
