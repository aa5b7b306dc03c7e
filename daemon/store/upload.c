/* upload.c - bytes on their way in, on the disk: there may be a GiB of them. */
#include "store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SYNC_BYTES ((size_t)64 << 20) /* so that the end need not wait long */

static enum status
upload_failed(const char *what, struct error *err)
{
    int code = errno;
    return error_set(err, status_from_errno(code), "%s an upload: %s", what,
                     strerror(code));
}

enum status
upload_open(const struct store *store, struct upload **out, struct error *err)
{
    enum status status = folder_make(store->arrays, err);
    if (status != OK)
        return status;
    struct upload *upload = memory_array(1, sizeof *upload);
    if (upload == NULL)
        return error_set(err, NO_MEMORY, "no memory for an upload");
    upload->file = -1;
    upload->sum = sha256_new();
    if (upload->sum == NULL)
        status = error_set(err, NO_MEMORY, "no memory for an upload");
    else if (!path_join(upload->path, store->arrays, UPLOAD_PREFIX, "XXXXXX"))
        status = error_set(err, INVALID, "the path of the store is too long");
    else if ((upload->file = mkostemp(upload->path, O_CLOEXEC)) < 0)
        status = upload_failed("cannot make a file for", err);
    if (status == OK) {
        *out = upload;
        upload = NULL;
    }
    upload_close(upload);
    return status;
}

enum status
upload_append(struct upload *upload, const void *data, size_t size,
              struct error *err)
{
    const char *at = data;
    size_t left = size;
    while (left > 0) {
        ssize_t put = write(upload->file, at, left);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return upload_failed("cannot write", err);
        at += put;
        left -= (size_t)put;
    }
    sha256_add(upload->sum, data, size);
    upload->size += size;
    upload->unsynced += size;
    if (upload->unsynced < SYNC_BYTES)
        return OK;
    upload->unsynced = 0;
    return fdatasync(upload->file) == 0 ? OK
                                        : upload_failed("cannot sync", err);
}

size_t
upload_size(const struct upload *upload)
{
    return upload->size;
}

enum status
upload_view(struct upload *upload, const void **data, struct error *err)
{
    upload_unmap(upload);
    void *map =
        mmap(NULL, upload->size, PROT_READ, MAP_PRIVATE, upload->file, 0);
    if (map == MAP_FAILED)
        return upload_failed("cannot read", err);
    upload->map = map;
    upload->mapped = upload->size;
    *data = map;
    return OK;
}

enum status
upload_sync(struct upload *upload, struct error *err)
{
    return fsync(upload->file) == 0 ? OK : upload_failed("cannot sync", err);
}

void
upload_unmap(struct upload *upload)
{
    if (upload->map != NULL)
        munmap(upload->map, upload->mapped);
    upload->map = NULL;
}

void
upload_close(struct upload *upload)
{
    if (upload == NULL)
        return;
    upload_unmap(upload);
    sha256_end(upload->sum, NULL);
    if (upload->file >= 0) {
        close(upload->file);
        if (!upload->kept)
            unlink(upload->path);
    }
    free(upload);
}
