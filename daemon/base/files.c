/* files.c - whole files in, whole files out, and the folders they lie in. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Call it first: it reads errno. */
static enum status
file_failed(struct error *err, const char *verb, const char *path)
{
    int code = errno;

    return error_set(err, status_from_errno(code), "cannot %s %s: %s", verb,
                     path, strerror(code));
}

static enum status
descriptor_read(int descriptor, const char *path, size_t limit,
                struct bytes *out, struct error *err)
{
    unsigned char chunk[65536];

    for (;;) {
        ssize_t got = read(descriptor, chunk, sizeof(chunk));

        if (got == 0)
            return OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return file_failed(err, "read", path);
        if ((size_t)got > limit - out->size)
            return error_set(err, TOO_LARGE, "%s is larger than %zu bytes",
                             path, limit);
        if (bytes_append(out, chunk, (size_t)got) != OK)
            return error_set(err, NO_MEMORY, "no memory to read %s", path);
    }
}

enum status
file_read(const char *path, size_t limit, struct bytes *out, struct error *err)
{
    enum status status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);

    if (descriptor < 0)
        return file_failed(err, "open", path);
    bytes_free(out);
    status = bytes_append(out, "", 0); /* an empty file reads as "" */
    if (status == OK)
        status = descriptor_read(descriptor, path, limit, out, err);
    else
        error_set(err, status, "no memory to read %s", path);
    close(descriptor);
    if (status != OK)
        bytes_free(out);
    return status;
}

static int
descriptor_write(int descriptor, const unsigned char *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write(descriptor, data, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        data += put;
        size -= (size_t)put;
    }
    return 0;
}

/* A rename is lasting only once the folder itself is on the disk. */
static int
parent_sync(const char *path)
{
    char copy[PATH_MAX];
    int descriptor, result;

    snprintf(copy, sizeof(copy), "%s", path);
    descriptor = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    result = fsync(descriptor);
    close(descriptor);
    return result;
}

/* The file beside the one it will replace; -1 and errno when that fails. */
static int
file_fill(char *beside, unsigned mode, const void *data, size_t size)
{
    int code, result;
    int descriptor = mkostemp(beside, O_CLOEXEC);

    if (descriptor < 0)
        return -1;
    result = fchmod(descriptor, (mode_t)mode);
    if (result == 0)
        result = descriptor_write(descriptor, data, size);
    if (result == 0)
        result = fsync(descriptor);
    code = errno;
    if (close(descriptor) != 0 && result == 0) {
        result = -1;
        code = errno;
    }
    if (result != 0)
        unlink(beside);
    errno = code;
    return result;
}

enum status
file_write(const char *path, unsigned mode, const void *data, size_t size,
           struct error *err)
{
    char beside[PATH_MAX];
    int length = snprintf(beside, sizeof(beside), "%s.XXXXXX", path);

    if (length < 0 || (size_t)length >= sizeof(beside))
        return error_set(err, INVALID, "the path %.80s... is too long", path);
    if (file_fill(beside, mode, data, size) != 0)
        return file_failed(err, "write", path);
    if (rename(beside, path) != 0) {
        enum status status = file_failed(err, "replace", path);

        unlink(beside);
        return status;
    }
    if (parent_sync(path) != 0)
        return file_failed(err, "sync the folder of", path);
    return OK;
}

enum status
folder_make(const char *path, struct error *err)
{
    char part[PATH_MAX];
    struct stat about;
    int length = snprintf(part, sizeof(part), "%s", path);

    if (length <= 0 || (size_t)length >= sizeof(part))
        return error_set(err, INVALID, "no folder can be named '%.80s'", path);
    for (char *slash = strchr(part + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return file_failed(err, "make", part);
        *slash = '/';
    }
    if (mkdir(part, 0700) != 0 && errno != EEXIST)
        return file_failed(err, "make", part);
    if (stat(part, &about) != 0)
        return file_failed(err, "look at", part);
    if (!S_ISDIR(about.st_mode))
        return error_set(err, CONFLICT, "%s is there and is no folder", part);
    return OK;
}

enum status
folder_sync(const char *path, struct error *err)
{
    int result = -1, code;
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (descriptor >= 0)
        result = fsync(descriptor);
    code = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (result == 0)
        return OK;
    return error_set(err, FAILED, "cannot sync %s: %s", path, strerror(code));
}
