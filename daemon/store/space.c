/* space.c - see space.h. */
#include "store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static enum status
pages(struct store *store, enum query query, int64_t *out, struct error *err)
{
    return query_number(store, query_bind(store, query, ""), 0, out, err);
}

enum status
space_look(struct store *store, struct space *out, struct error *err)
{
    struct statvfs disk;
    int64_t size, count = 0, unused = 0;
    if (statvfs(store->folder, &disk) != 0)
        return error_set(err, FAILED, "cannot look at the disk of %s: %s",
                         store->folder, strerror(errno));
    enum status status = pages(store, QUERY_SPACE_PAGE, &size, err);
    if (status == OK)
        status = pages(store, QUERY_SPACE_PAGES, &count, err);
    if (status == OK)
        status = pages(store, QUERY_SPACE_UNUSED, &unused, err);
    out->free = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    out->size = size * count;
    out->unused = size * unused;
    return status;
}

enum status
space_return(struct store *store, struct error *err)
{
    bool row = true;
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    sqlite3_stmt *statement = query_bind(store, QUERY_SPACE_RETURN, "");
    while (status == OK && row)
        status = query_row(store, statement, &row, err);
    if (status == OK)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}

/* ---- ballast ------------------------------------------------------------ */

static bool
ballast_path(const struct store *store, char out[PATH_SIZE])
{
    return path_join(out, store->folder, "ballast", "");
}

/* One that was only half made is no use. */
enum status
ballast_keep(const struct store *store, int64_t size, struct error *err)
{
    char path[PATH_SIZE];
    struct stat about;
    if (!ballast_path(store, path))
        return error_set(err, INVALID, "the path of the store is too long");
    if (stat(path, &about) == 0 && about.st_blocks * 512 >= size)
        return OK;
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return error_set(err, status_from_errno(errno), "%s: %s", path,
                         strerror(errno));
    int code = posix_fallocate(file, 0, size);
    close(file);
    if (code == 0)
        return OK;
    unlink(path);
    return error_set(err, status_from_errno(code), "%s: %s", path,
                     strerror(code));
}

bool
ballast_drop(const struct store *store)
{
    char path[PATH_SIZE];
    return ballast_path(store, path) && unlink(path) == 0;
}
