/* arrays.c - what users upload: npz files, known by their SHA-256. */
#include "api/handlers.h"
#include "api/json.h"
#include "npz/npz.h"
#include "queue/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAYS_MOST 64  /* in one upload */
#define PAGE_MOST   500 /* uploads in one answer */
#define PAGE_USUAL  100

static const char *const dtypes[] = {
    [NPZ_FLOAT32] = "float32",
    [NPZ_FLOAT64] = "float64",
    [NPZ_BOOL] = "bool",
    [NPZ_TEXT] = NULL,
};

/* ---- taking ------------------------------------------------------------- */

/* Every array is of a type that jobs take, and holds numbers alone. */
static enum status
check_array(const struct npz_about *about, struct error *err)
{
    if (!dtypes[about->type])
        return error_set(err, INVALID,
                         "array %s is neither float32, float64 nor bool: "
                         "convert it by .astype(float)",
                         about->name);
    if (!about->finite)
        return error_set(err, INVALID,
                         "array %s has an element that is not finite",
                         about->name);
    return OK;
}

static json_t *
array_json(const struct npz_about *about)
{
    json_t *shape = json_array();
    for (int i = 0; i < about->dimensions; i++)
        json_array_append_new(shape, json_integer((json_int_t)about->shape[i]));
    json_t *json = json_pack("{s:s, s:o, s:s}", "name", about->name, "shape",
                             shape, "dtype", dtypes[about->type]);
    if (json && about->dimensions == 1 && about->type != NPZ_BOOL) {
        json_object_set_new(json, "first", json_number(about->first));
        json_object_set_new(json, "last", json_number(about->last));
        json_object_set_new(json, "ascending", json_boolean(about->ascending));
    }
    return json;
}

/* What is in the upload, as JSON text [owned]. */
static enum status
look_through(struct upload *upload, char **out, struct error *err)
{
    const void *data;
    size_t count = 0;
    struct npz_about *list = memory_array(ARRAYS_MOST, sizeof(*list));
    if (!list)
        return error_set(err, NO_MEMORY, "no memory for arrays");
    enum status status = upload_view(upload, &data, err);
    if (status == OK)
        status = npz_look(data, upload_size(upload), BODY_ARRAYS_MAX, list,
                          ARRAYS_MOST, &count, err);
    if (status == CORRUPT)
        status =
            error_set(err, INVALID, "the body is no sound npz: %s", err->text);
    json_t *content = json_array();
    for (size_t i = 0; status == OK && i < count; i++) {
        status = check_array(&list[i], err);
        json_array_append_new(content, array_json(&list[i]));
    }
    if (status == OK) {
        *out = json_dumps(content, JSON_COMPACT | JSON_REAL_PRECISION(17));
        if (!*out)
            status = error_set(err, INVALID, "a name of an array is no text");
    }
    json_decref(content);
    free(list);
    return status;
}

static json_t *
upload_json(const struct array *array)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:o}", "sha256", array->sha256,
                     "bytes", (json_int_t)array->size, "arrays",
                     json_loads(array->content, 0, NULL), "created_at",
                     json_time(array->created_at), "jobs",
                     json_loads(array->jobs, 0, NULL));
}

enum status
arrays_add(struct request *request, struct response *response,
           struct error *err)
{
    static const char *const known[] = {NULL};
    struct array array = {0};
    char sha256[SHA256_HEX_SIZE];
    char *content = NULL;
    bool created = false;
    enum status status = request_only(request, known, err);
    if (status == OK && !request->upload)
        status = error_set(err, INVALID, "the body must be an npz, is empty");
    if (status == OK)
        status = look_through(request->upload, &content, err);
    if (status == OK)
        status = queue_keep_array(request->store, request->upload, content,
                                  sha256, &created, err);
    if (status == OK)
        status = array_load(request->store, sha256, &array, err);
    if (status == OK) {
        response_header(response, "Location", "/api/v1/arrays/%s", sha256);
        status = response_json(response, created ? 201 : 200,
                               upload_json(&array), err);
    }
    upload_close(request->upload); /* what is refused is gone by the answer */
    request->upload = NULL;
    array_clear(&array);
    free(content);
    return status;
}

/* ---- telling ------------------------------------------------------------ */

enum status
arrays_list(struct request *request, struct response *response,
            struct error *err)
{
    static const char *const known[] = {"limit", "cursor", NULL};
    struct array *list = NULL;
    size_t count = 0;
    int64_t limit = PAGE_USUAL, offset = 0;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_whole(request, "limit", 1, PAGE_MOST, &limit, err);
    if (status == OK)
        status = request_whole(request, "cursor", 0, INT32_MAX, &offset, err);
    if (status == OK)
        status = array_list(request->store, limit, offset, &list, &count, err);
    if (status)
        return status;
    json_t *items = json_array(), *next = json_null();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(items, upload_json(&list[i]));
    if (count == (size_t)limit) {
        char cursor[24];
        snprintf(cursor, sizeof(cursor), "%lld", (long long)(offset + limit));
        next = json_string(cursor);
    }
    array_list_free(list, count);
    return response_json(
        response, 200,
        json_pack("{s:o, s:o}", "items", items, "next_cursor", next), err);
}

/* 64 lower-case hex digits. */
static enum status
take_sha256(const char *text, struct error *err)
{
    if (strlen(text) == SHA256_HEX_SIZE - 1 &&
        strspn(text, "0123456789abcdef") == SHA256_HEX_SIZE - 1)
        return OK;
    return error_set(err, NOT_FOUND, "'%.70s' is no SHA-256", text);
}

/* A file on its way out. */
struct source {
    int file; /* [owned] */
};

static enum status
source_read(void *state, uint64_t offset, unsigned char *out, size_t size,
            struct error *err)
{
    const struct source *source = state;
    while (size > 0) {
        ssize_t got = pread(source->file, out, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(err, FAILED, "cannot read an array: %s",
                             got < 0 ? strerror(errno) : "it has ended early");
        out += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return OK;
}

static void
source_free(void *state)
{
    struct source *source = state;
    close(source->file);
    free(source);
}

enum status
arrays_show(struct request *request, struct response *response,
            struct error *err)
{
    static const char *const known[] = {NULL};
    const char *sha256 = request->captures[0];
    struct source *source = memory_array(1, sizeof(*source));
    enum status status = OK;
    off_t size = 0;
    if (!source)
        return error_set(err, NO_MEMORY, "no memory for a download");
    status = request_only(request, known, err);
    if (status == OK)
        status = take_sha256(sha256, err);
    if (status == OK)
        status = array_open(request->store, sha256, &source->file, err);
    if (status == OK)
        size = lseek(source->file, 0, SEEK_END);
    if (status) {
        free(source);
        return status;
    }
    response->stream =
        (struct stream){(uint64_t)size, source_read, source_free, source};
    snprintf(response->sha256, sizeof(response->sha256), "%s", sha256);
    response->content_type = "application/x-npz";
    response_header(response, "Content-Disposition",
                    "attachment; filename=\"arrays-%.12s.npz\"", sha256);
    return OK;
}

enum status
arrays_delete(struct request *request, struct response *response,
              struct error *err)
{
    static const char *const known[] = {NULL};
    const char *sha256 = request->captures[0];
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = take_sha256(sha256, err);
    if (status == OK)
        status = queue_drop_array(request->store, sha256, err);
    response->code = 204;
    return status;
}
