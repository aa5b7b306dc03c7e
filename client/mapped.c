/* mapped.c - a file in memory as far as it is read. */
#include "client/mapped.h"

#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Keeps what is in `file` now, which may be closed then. */
static enum status
file_map(int file, const char *name, struct mapped *out, struct error *err)
{
    struct stat about;

    *out = (struct mapped){0};
    if (fstat(file, &about) != 0)
        return error_set(err, FAILED, "%s: %s", name, strerror(errno));
    if (about.st_size == 0)
        return OK;
    void *data =
        mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED)
        return error_set(err, FAILED, "%s: %s", name, strerror(errno));
    *out = (struct mapped){.data = data, .size = (size_t)about.st_size};
    return OK;
}

enum status
mapped_open(const char *name, struct mapped *out, struct error *err)
{
    int file = open(name, O_RDONLY | O_CLOEXEC);

    *out = (struct mapped){0};
    if (file < 0)
        return error_set(err, INVALID, "%s: %s", name, strerror(errno));
    enum status status = file_map(file, name, out, err);
    close(file);
    return status == OK ? OK : INVALID;
}

enum status
mapped_get(struct client *client, const char *path, const char *name,
           struct mapped *out, struct error *err)
{
    FILE *file = tmpfile();

    *out = (struct mapped){0};
    if (!file)
        return error_set(err, FAILED, "a temporary file: %s", strerror(errno));
    enum status status = download_into(client, path, file, name, err);
    if (status == OK && fflush(file) != 0)
        status = error_set(err, FAILED, "%s: %s", name, strerror(errno));
    if (status == OK)
        status = file_map(fileno(file), name, out, err);
    fclose(file);
    return status;
}

void
mapped_free(struct mapped *mapped)
{
    if (mapped->data)
        munmap((void *)mapped->data, mapped->size);
    *mapped = (struct mapped){0};
}
