/* sandbox_files.c - the wall around files (landlock(7)). Its rules only ever
 * allow: what is hidden is so since what stands beside it, on each level down
 * to it, is allowed one by one. */
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIDDEN_MOST 8

/* What headers of older kernels do not know. */
#define RIGHT_REFER (1ULL << 13) /* from the 2nd version on: move files     */
#define RIGHT_TRUNCATE                                                         \
    (1ULL << 14)       /* from the 3rd                            */
#define SCOPE_ALL 3ULL /* from the 6th: abstract sockets, signals */

#define RIGHTS_FIRST ((1ULL << 13) - 1)
#define RIGHTS_READING                                                         \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |               \
     LANDLOCK_ACCESS_FS_READ_DIR)
/* A file that was written is not executed, nor is a device made. */
#define RIGHTS_WRITING                                                         \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |              \
     LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |           \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |            \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | RIGHT_REFER | \
     RIGHT_TRUNCATE)
#define RIGHTS_DEVICE                                                          \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |              \
     LANDLOCK_ACCESS_FS_WRITE_FILE)
/* What is there to be done with a file that is no folder. */
#define RIGHTS_FILE                                                            \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |               \
     LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE)

struct wall {
    int rules;                 /* file descriptor                      */
    uint64_t handled;          /* rights that are refused elsewhere    */
    char *hidden[HIDDEN_MOST]; /* [owned] without symbolic links       */
    size_t hidden_count;
};

/* The kernel's structure, with what newer ones have added. */
struct ruleset {
    uint64_t handled_access_fs, handled_access_net, scoped;
};

/* Nothing happens to what is not there, or is not ours to open. */
static void
allow(const struct wall *wall, const char *path, uint64_t rights)
{
    struct stat about;
    int at = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
    if (at < 0)
        return;
    rights &= wall->handled;
    if (fstat(at, &about) == 0 && !S_ISDIR(about.st_mode))
        rights &= RIGHTS_FILE;
    const struct landlock_path_beneath_attr rule = {rights, at};
    if (!S_ISLNK(about.st_mode))
        (void)!syscall(SYS_landlock_add_rule, wall->rules,
                       LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(at);
}

/* Where its links lead; files are made before. */
static void
allow_resolved(const struct wall *wall, const char *path, uint64_t rights)
{
    char *resolved = path ? realpath(path, NULL) : NULL;
    if (resolved)
        allow(wall, resolved, rights);
    free(resolved);
}

static bool
is_hidden(const struct wall *wall, const char *path)
{
    for (size_t i = 0; i < wall->hidden_count; i++)
        if (strcmp(wall->hidden[i], path) == 0)
            return true;
    return false;
}

/* `path` ends with a slash. */
static bool
leads_to_hidden(const struct wall *wall, const char *path)
{
    for (size_t i = 0; i < wall->hidden_count; i++)
        if (strncmp(wall->hidden[i], path, strlen(path)) == 0)
            return true;
    return false;
}

/* Reading, from `folder` (which ends with a slash) on, but for the hidden. */
static void
allow_reading(const struct wall *wall, const char *folder)
{
    char path[4096];
    if (!leads_to_hidden(wall, folder)) {
        allow(wall, folder, RIGHTS_READING);
        return;
    }
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            snprintf(path, sizeof(path), "%s%s", folder, name) >=
                (int)sizeof(path) - 1 ||
            is_hidden(wall, path))
            continue;
        if (entry->d_type == DT_DIR)
            allow_reading(wall, strcat(path, "/"));
        else
            allow(wall, path, RIGHTS_READING);
    }
    if (entries)
        closedir(entries);
}

static void
allow_devices(const struct wall *wall)
{
    static const char *const patterns[] = {
        "/dev/null",    "/dev/zero", "/dev/full",  "/dev/random",
        "/dev/urandom", "/dev/tty",  "/dev/accel", "/dev/dri",
        "/dev/dxg",     "/dev/kfd",  "/dev/mali*", "/dev/nvidia*",
        "/proc/self",
    };
    glob_t found = {0};
    for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++)
        glob(patterns[i], i ? GLOB_APPEND : 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++)
        allow_resolved(wall, found.gl_pathv[i], RIGHTS_DEVICE);
    globfree(&found);
}

static void
allow_all(const struct wall *wall, const struct sandbox *sandbox)
{
    allow_reading(wall, "/");
    allow_devices(wall);
    allow(wall, "/dev/shm", RIGHTS_WRITING);
    allow_resolved(wall, sandbox->cache, RIGHTS_WRITING);
    allow_resolved(wall, getenv("POCL_CACHE_DIR"), RIGHTS_WRITING);
    allow_resolved(wall, getenv("CUDA_CACHE_PATH"), RIGHTS_WRITING);
}

static enum status
wall_open(struct wall *wall, const struct sandbox *sandbox, struct error *err)
{
    struct ruleset set = {.handled_access_fs = RIGHTS_FIRST};
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                                 LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return error_set(err, UNAVAILABLE, "the kernel has no landlock: %s",
                         strerror(errno));
    set.handled_access_fs |= version >= 2 ? RIGHT_REFER : 0;
    set.handled_access_fs |= version >= 3 ? RIGHT_TRUNCATE : 0;
    set.scoped = version >= 6 ? SCOPE_ALL : 0;
    wall->handled = set.handled_access_fs;
    wall->rules =
        (int)syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
    if (wall->rules < 0)
        return error_set(err, FAILED, "landlock takes no rules: %s",
                         strerror(errno));
    for (const char *const *at = sandbox->hidden;
         *at && wall->hidden_count < HIDDEN_MOST; at++)
        if ((wall->hidden[wall->hidden_count] = realpath(*at, NULL)))
            wall->hidden_count++;
    return OK;
}

enum status
sandbox_files(const struct sandbox *sandbox, struct error *err)
{
    struct wall wall = {.rules = -1};
    enum status status = wall_open(&wall, sandbox, err);
    if (status == OK) {
        allow_all(&wall, sandbox);
        if (syscall(SYS_landlock_restrict_self, wall.rules, 0))
            status = error_set(err, FAILED, "landlock does not close: %s",
                               strerror(errno));
    }
    if (wall.rules >= 0)
        close(wall.rules);
    for (size_t i = 0; i < wall.hidden_count; i++)
        free(wall.hidden[i]);
    return status;
}
