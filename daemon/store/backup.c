/* backup.c - a second copy of all, see care.h. */
#include "store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status
failed(const char *what, const char *path, struct error *err)
{
    return error_set(err, status_from_errno(errno), "cannot %s %s: %s", what,
                     path, strerror(errno));
}

static enum status
path_sync(const char *path, struct error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return failed("open", path, err);
    int code = fsync(file);
    close(file);
    return code == 0 ? OK : failed("sync", path, err);
}

/* The folder that holds a file, so that its name lasts. */
static enum status
parent_sync(const char *path, struct error *err)
{
    char folder[PATH_SIZE];
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        snprintf(folder, sizeof folder, ".");
    else
        snprintf(folder, sizeof folder, "%.*s",
                 slash == path ? 1 : (int)(slash - path), path);
    return folder_sync(folder, err);
}

/* ---- uploads ------------------------------------------------------------- */

/* They never change, so a second name for one is as good as a copy, where the
 * disk is the same. */
static enum status
file_copy(const char *from, const char *to, struct error *err)
{
    struct bytes data = {0};
    if (link(from, to) == 0 || errno == EEXIST)
        return OK;
    enum status status = file_read(from, (size_t)2 << 30, &data, err);
    if (status == OK)
        status = file_write(to, 0600, data.data, data.size, err);
    bytes_free(&data);
    return status;
}

static enum status
array_copy(const struct store *store, const char *sha256, const char *folder,
           struct error *err)
{
    char from[PATH_SIZE], to[PATH_SIZE];
    if (!path_join(from, store->arrays, sha256, ".npz") ||
        !path_join(to, folder, sha256, ".npz"))
        return error_set(err, INVALID, "the path of a backup is too long");
    return file_copy(from, to, err);
}

static enum status
arrays_copy(struct store *store, const char *file, struct error *err)
{
    enum { PAGE = 100 };
    char folder[PATH_SIZE];
    size_t count = PAGE;
    int length = snprintf(folder, sizeof folder, "%s.arrays", file);
    enum status status = OK;
    if (length >= PATH_SIZE)
        return error_set(err, INVALID, "the path of a backup is too long");
    for (int64_t at = 0; status == OK && count == PAGE; at += PAGE) {
        struct array *list;
        status = array_list(store, PAGE, at, &list, &count, err);
        if (status != OK)
            return status;
        if (count > 0)
            status = folder_make(folder, err);
        for (size_t i = 0; i < count && status == OK; i++)
            status = array_copy(store, list[i].sha256, folder, err);
        array_list_free(list, count);
    }
    return status;
}

/* ---- the database -------------------------------------------------------- */

/* VACUUM INTO reads one moment, which holds up nobody in WAL mode. */
static enum status
database_copy(struct store *store, const char *file, struct error *err)
{
    char part[PATH_SIZE];
    if (snprintf(part, sizeof part, "%s.part", file) >= PATH_SIZE)
        return error_set(err, INVALID, "the path of a backup is too long");
    unlink(part); /* of a backup that was broken off */
    enum status status =
        query_done(store, query_bind(store, QUERY_BACKUP, "t", part), err);
    if (status == OK && chmod(part, 0600) != 0)
        status = failed("protect", part, err);
    if (status == OK)
        status = path_sync(part, err);
    if (status == OK && link(part, file) != 0)
        status = failed("make", file, err);
    unlink(part);
    return status == OK ? parent_sync(file, err) : status;
}

/* Uploads first would miss one that comes meanwhile; afterwards, one that was
 * removed meanwhile is missing, and no job of this moment can have it. */
enum status
store_backup(struct store *store, const char *file, struct error *err)
{
    struct stat about;
    if (stat(file, &about) == 0)
        return error_set(err, CONFLICT, "%s is there already", file);
    enum status status = database_copy(store, file, err);
    return status == OK ? arrays_copy(store, file, err) : status;
}
