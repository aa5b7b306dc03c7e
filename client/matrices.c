/* matrices.c - the weights of a job, fetched as little as may be. */
#include "client/matrices.h"

#include "client/client.h"
#include "client/mapped.h"

#include "npz/npz.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NPZ_MOST   ((size_t)4 << 30) /* bytes of all arrays of a download */
#define NPY_PREFIX 10 /* bytes before the header; the last two count it    */

struct matrices {
    int64_t job;
    char checkpoint[CHECKPOINT_SIZE];
    struct npz *npz; /* [owned] */
};

enum status
matrices_get(struct client *client, int64_t job, const char *checkpoint,
             struct matrices **out, struct error *err)
{
    char path[128], name[64];
    struct mapped file;
    enum status status;

    *out = NULL;
    snprintf(path, sizeof(path),
             "/api/v1/jobs/%" PRId64 "/checkpoints/%s/weights.npz", job,
             checkpoint);
    snprintf(name, sizeof(name), "weights of job %" PRId64, job);
    status = mapped_get(client, path, name, &file, err);
    if (status != OK)
        return status;
    *out = memory_array(1, sizeof(**out));
    if (!*out)
        status = error_set(err, NO_MEMORY, "out of memory");
    else
        status = npz_open(file.data, file.size, NPZ_MOST, &(*out)->npz, err);
    mapped_free(&file);
    if (status == OK) {
        (*out)->job = job;
        strcpy((*out)->checkpoint, checkpoint);
        return OK;
    }
    matrices_free(*out);
    *out = NULL;
    return status;
}

void
matrices_free(struct matrices *matrices)
{
    if (!matrices)
        return;
    npz_close(matrices->npz);
    free(matrices);
}

/* ---- factors ------------------------------------------------------------ */

/* A matrix as doubles [owned], NULL where there is none of that name. */
static double *
matrix_take(const struct npz *npz, const char *name, size_t *rows,
            size_t *columns)
{
    const struct npz_array *array = npz_find(npz, name);

    if (!array || array->dimensions != 2 ||
        (array->type != NPZ_FLOAT32 && array->type != NPZ_FLOAT64))
        return NULL;
    *rows = array->shape[0];
    *columns = array->shape[1];
    double *out = memory_array(*rows * *columns + 1, sizeof(*out));
    for (size_t i = 0; out && i < *rows * *columns; i++)
        out[i] = array->type == NPZ_FLOAT32 ? ((const float *)array->data)[i]
                                            : ((const double *)array->data)[i];
    return out;
}

static void
factors_free(struct likeness_factors *factors)
{
    free((double *)factors->e);
    free((double *)factors->d);
    *factors = (struct likeness_factors){0};
}

/* Whether a file has an array of one layer, "W0_ff". */
static bool
has_array(const struct npz *npz, const char *what, const char *layer)
{
    char name[16];

    snprintf(name, sizeof(name), "%s_%s", what, layer);
    return npz_find(npz, name) != NULL;
}

/* Whether W = E D is all there is to W, and then what E and D are [owned]. */
static bool
factors_take(const struct npz *npz, const char *name,
             struct likeness_factors *out)
{
    char d[16];
    size_t rank = 0;

    *out = (struct likeness_factors){0};
    if (has_array(npz, "W0", name) || has_array(npz, "mask", name))
        return false;
    snprintf(d, sizeof(d), "D_%s", name);
    out->e = matrix_take(npz, "scaled_encoders_rec", &out->rows, &out->rank);
    out->d = matrix_take(npz, d, &rank, &out->columns);
    if (out->e && out->d && rank == out->rank)
        return true;
    factors_free(out);
    return false;
}

/* ---- whole matrices ----------------------------------------------------- */

/* The elements of an .npy of float32; `*count` of them. */
static enum status
elements_find(const struct mapped *file, const float **out, size_t *count,
              struct error *err)
{
    size_t header = file->size >= NPY_PREFIX
                        ? NPY_PREFIX + file->data[8] + 256u * file->data[9]
                        : file->size;

    if (header >= file->size || header % sizeof(float) ||
        memcmp(file->data, "\x93NUMPY", 6) != 0)
        return error_set(err, CORRUPT, "what came is no .npy file");
    *out = (const float *)(const void *)(file->data + header);
    *count = (file->size - header) / sizeof(float);
    return OK;
}

static enum status
dense_get(struct client *client, const struct matrices *of, const char *name,
          struct mapped *out, struct error *err)
{
    char path[128], told[64];

    snprintf(path, sizeof(path),
             "/api/v1/jobs/%" PRId64 "/checkpoints/%s/weights/%s.npy", of->job,
             of->checkpoint, name);
    snprintf(told, sizeof(told), "W_%s of job %" PRId64, name, of->job);
    return mapped_get(client, path, told, out, err);
}

/* Two matrices of one shape have the same .npy header. */
static enum status
dense_compare(struct client *client, const struct matrices *a,
              const struct matrices *b, const char *name,
              struct likeness_sums *sums, struct error *err)
{
    struct mapped one = {0}, other = {0};
    const float *x = NULL, *y = NULL;
    size_t count = 0, more = 0;
    enum status status = dense_get(client, a, name, &one, err);

    if (status == OK)
        status = dense_get(client, b, name, &other, err);
    if (status == OK)
        status = elements_find(&one, &x, &count, err);
    if (status == OK)
        status = elements_find(&other, &y, &more, err);
    size_t header = one.size - count * sizeof(float);
    if (status == OK && (count != more || one.size != other.size ||
                         memcmp(one.data, other.data, header) != 0))
        status = error_set(err, CONFLICT, "W_%s have not the same shape", name);
    if (status == OK)
        likeness_add(sums, x, y, count);
    mapped_free(&one);
    mapped_free(&other);
    return status;
}

enum status
matrices_compare(struct client *client, const struct matrices *a,
                 const struct matrices *b, const char *name,
                 struct likeness *out, struct error *err)
{
    struct likeness_factors one, other;
    struct likeness_sums sums = {0};
    bool first = factors_take(a->npz, name, &one);
    bool both = factors_take(b->npz, name, &other) && first;
    enum status status;

    if (!both)
        status = dense_compare(client, a, b, name, &sums, err);
    else if (one.rows != other.rows || one.columns != other.columns)
        status = error_set(
            err, CONFLICT, "W_%s are of %zu x %zu and of %zu x %zu weights",
            name, one.rows, one.columns, other.rows, other.columns);
    else
        status = likeness_add_factors(&sums, &one, &other);
    factors_free(&one);
    factors_free(&other);
    *out = likeness_from_sums(&sums);
    return status;
}
