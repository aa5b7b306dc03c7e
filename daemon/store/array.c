/* array.c - what was uploaded, once for all jobs that take it. */
#include "store/store_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".npz"

bool
path_join(char out[PATH_SIZE], const char *folder, const char *name,
          const char *suffix)
{
    int length = snprintf(out, PATH_SIZE, "%s/%s%s", folder, name, suffix);
    return length > 0 && length < PATH_SIZE;
}

static enum status
array_path(const struct store *store, const char *sha256, char out[PATH_SIZE],
           struct error *err)
{
    if (!path_join(out, store->arrays, sha256, SUFFIX))
        return error_set(err, INVALID, "the path of the store is too long");
    return OK;
}

/* ---- keeping ------------------------------------------------------------ */

/* A rename lasts once the folder is on the disk. */
static enum status
upload_place(const struct store *store, struct upload *upload,
             const char *sha256, struct error *err)
{
    char path[PATH_SIZE];
    enum status status = array_path(store, sha256, path, err);
    if (status != OK)
        return status;
    if (rename(upload->path, path) != 0)
        return error_set(err, status_from_errno(errno),
                         "cannot keep an upload: %s", strerror(errno));
    upload->kept = true;
    return folder_sync(store->arrays, err);
}

enum status
array_save(struct store *store, struct upload *upload, const char *content,
           char sha256[SHA256_HEX_SIZE], bool *created, struct error *err)
{
    int64_t added;
    sha256_end(upload->sum, sha256);
    upload->sum = NULL;
    /* Even if it is known: the file that is there may have been damaged. */
    enum status status = upload_sync(upload, err);
    if (status == OK)
        status = upload_place(store, upload, sha256, err);
    if (status != OK)
        return status;
    status =
        query_number(store,
                     query_bind(store, QUERY_ARRAY_SAVE, "titi", sha256,
                                (int64_t)upload->size, content, clock_now_ms()),
                     0, &added, err);
    *created = added != 0;
    return status;
}

/* ---- reading ------------------------------------------------------------ */

void
array_clear(struct array *array)
{
    free(array->content);
    free(array->jobs);
    memset(array, 0, sizeof *array);
}

static void
array_clear_item(void *item)
{
    array_clear(item);
}

/* The columns of array_load and array_list. */
static enum status
array_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct array *array = out;
    memset(array, 0, sizeof *array);
    column_copy_to(row, 0, array->sha256);
    array->size = sqlite3_column_int64(row, 1);
    array->content = column_text(row, 2);
    array->created_at = sqlite3_column_int64(row, 3);
    array->jobs = column_text(row, 4);
    if (array->content != NULL && array->jobs != NULL)
        return OK;
    array_clear(array);
    return error_set(err, NO_MEMORY, "no memory for an array");
}

static const struct row_type array_row = {sizeof(struct array), array_read,
                                          array_clear_item};

enum status
array_load(struct store *store, const char *sha256, struct array *out,
           struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_ARRAY_LOAD, "t", sha256);
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "there is no array %.64s", sha256);
    status = array_read(statement, out, err);
    query_end(statement);
    return status;
}

enum status
array_list(struct store *store, int64_t limit, int64_t offset,
           struct array **list, size_t *count, struct error *err)
{
    sqlite3_stmt *statement =
        query_bind(store, QUERY_ARRAY_LIST, "ii", limit, offset);
    return query_list(store, statement, &array_row, list, count, err);
}

void
array_list_free(struct array *list, size_t count)
{
    row_list_free(&array_row, list, count);
}

enum status
array_open(struct store *store, const char *sha256, int *out, struct error *err)
{
    struct array array;
    char path[PATH_SIZE];
    struct stat about;
    enum status status = array_load(store, sha256, &array, err);
    if (status != OK)
        return status;
    int64_t size = array.size;
    array_clear(&array);
    status = array_path(store, sha256, path, err);
    if (status != OK)
        return status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return error_set(err, errno == ENOENT ? CORRUPT : FAILED,
                         "cannot open %s: %s", path, strerror(errno));
    if (fstat(file, &about) != 0 || about.st_size != size) {
        close(file);
        return error_set(err, CORRUPT, "%s has not %lld bytes", path,
                         (long long)size);
    }
    *out = file;
    return OK;
}

/* ---- using, removing ---------------------------------------------------- */

enum status
array_use(struct store *store, int64_t job, const char *sha256,
          struct error *err)
{
    struct array array;
    enum status status = array_load(store, sha256, &array, err);
    if (status == NOT_FOUND)
        return error_set(err, CONFLICT, "there is no array %.64s any more",
                         sha256);
    if (status != OK)
        return status;
    array_clear(&array);
    return query_done(
        store, query_bind(store, QUERY_ARRAY_USE, "it", job, sha256), err);
}

enum status
array_remove(struct store *store, const char *sha256, struct error *err)
{
    struct array array;
    enum status status = array_load(store, sha256, &array, err);
    if (status != OK)
        return status;
    if (strcmp(array.jobs, "[]") != 0)
        status =
            error_set(err, CONFLICT, "array %.12s is taken by the jobs %.400s",
                      sha256, array.jobs);
    array_clear(&array);
    if (status != OK)
        return status;
    return query_done(store, query_bind(store, QUERY_ARRAY_REMOVE, "t", sha256),
                      err);
}

/* Whether a file of this name has no reason to be there. */
static enum status
is_stray(struct store *store, const char *name, bool uploads, bool *out,
         struct error *err)
{
    char sha256[SHA256_HEX_SIZE];
    struct array array;
    *out = uploads && strncmp(name, UPLOAD_PREFIX, strlen(UPLOAD_PREFIX)) == 0;
    if (*out || strlen(name) != sizeof sha256 - 1 + strlen(SUFFIX) ||
        strcmp(name + sizeof sha256 - 1, SUFFIX) != 0)
        return OK;
    memcpy(sha256, name, sizeof sha256 - 1);
    sha256[sizeof sha256 - 1] = '\0';
    enum status status = array_load(store, sha256, &array, err);
    if (status == OK)
        array_clear(&array);
    *out = status == NOT_FOUND;
    return status == NOT_FOUND ? OK : status;
}

enum status
array_sweep(struct store *store, bool uploads, struct error *err)
{
    enum status status = OK;
    const struct dirent *entry;
    DIR *folder = opendir(store->arrays);
    if (folder == NULL && errno == ENOENT)
        return OK; /* nothing was ever uploaded */
    if (folder == NULL)
        return error_set(err, FAILED, "cannot read %s: %s", store->arrays,
                         strerror(errno));
    while (status == OK && (entry = readdir(folder)) != NULL) {
        bool stray;
        status = is_stray(store, entry->d_name, uploads, &stray, err);
        if (status == OK && stray)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
    return status;
}
