/* dense.c - W = E D, the matrix that is never stored.
 *
 * E is scaled_encoders_rec (N_rec, d), D is D_ff (d, N_ff) or D_rec (d, N_rec),
 * W is (N_rec, N_ff) or (N_rec, N_rec) of float32. Element (i, j) is a sum of d
 * products in float64, taken in the order of d and rounded once, so that any
 * part of the file has the same bytes whenever and in whatever pieces it is
 * asked for: a row is computed when it is sent. */
#include "api/digests.h"
#include "api/handlers.h"
#include "api/weights.h"

#include <stdlib.h>
#include <string.h>

struct dense {
    struct bytes header; /* of the .npy                                       */
    size_t rows, columns, d;
    double *encoders; /* [rows][d]    [owned]                                 */
    double *factor;   /* [d][columns] [owned]                                 */
    float *part;      /* [columns]    [owned] where a row is made             */
};

static void
dense_free(void *state)
{
    struct dense *dense = state;
    if (!dense)
        return;
    bytes_free(&dense->header);
    free(dense->encoders);
    free(dense->factor);
    free(dense->part);
    free(dense);
}

/* Elements [from, end) of row i, to part[from…]. */
static void
dense_row(const struct dense *dense, size_t i, size_t from, size_t end)
{
    const double *e = dense->encoders + i * dense->d;
    for (size_t j = from; j < end; j++) {
        double sum = 0;
        for (size_t k = 0; k < dense->d; k++)
            sum += e[k] * dense->factor[k * dense->columns + j];
        dense->part[j] = (float)sum;
    }
}

/* Bytes [offset, offset + size) of the file. */
static enum status
dense_read(void *state, uint64_t offset, unsigned char *out, size_t size,
           struct error *err)
{
    struct dense *dense = state;
    (void)err;
    if (offset < dense->header.size) {
        size_t left = dense->header.size - (size_t)offset;
        size_t piece = size < left ? size : left;
        memcpy(out, dense->header.data + offset, piece);
        out += piece;
        size -= piece;
        offset += piece;
    }
    uint64_t at = offset - dense->header.size;
    size_t row_bytes = dense->columns * sizeof(float);
    while (size > 0) {
        size_t i = (size_t)(at / row_bytes), skip = (size_t)(at % row_bytes);
        size_t left = row_bytes - skip, piece = size < left ? size : left;
        size_t from = skip / sizeof(float);
        size_t end = (skip + piece + sizeof(float) - 1) / sizeof(float);
        dense_row(dense, i, from, end);
        memcpy(out, (const unsigned char *)dense->part + skip, piece);
        out += piece;
        size -= piece;
        at += piece;
    }
    return OK;
}

/* A copy of a float matrix in float64. */
static enum status
as_doubles(const struct npz *npz, const char *name, size_t shape[2],
           double **out, struct error *err)
{
    const struct npz_array *array = npz_find(npz, name);
    bool narrow = array && array->type == NPZ_FLOAT32;
    const void *data;
    enum status status = npz_need(npz, name, narrow ? NPZ_FLOAT32 : NPZ_FLOAT64,
                                  2, shape, &data, err);
    if (status)
        return error_set(err, CORRUPT, "a checkpoint has no sound %s", name);
    size_t count = shape[0] * shape[1];
    *out = memory_array(count, sizeof(**out));
    if (!*out)
        return error_set(err, NO_MEMORY, "no memory for %s", name);
    for (size_t i = 0; i < count; i++)
        (*out)[i] = narrow ? (double)((const float *)data)[i]
                           : ((const double *)data)[i];
    return OK;
}

static enum status
dense_new(const struct weights *weights, const char *factor, struct dense **out,
          struct error *err)
{
    size_t encoders[2] = {0, 0}, learned[2] = {0, 0};
    struct dense *dense = calloc(1, sizeof(*dense));
    if (!dense)
        return error_set(err, NO_MEMORY, "no memory for a matrix");
    enum status status = as_doubles(weights->network, "scaled_encoders_rec",
                                    encoders, &dense->encoders, err);
    if (status == OK)
        status =
            as_doubles(weights->learned, factor, learned, &dense->factor, err);
    if (status == OK && encoders[1] != learned[0])
        status = error_set(err, CORRUPT, "%s has %zu dimensions, not %zu",
                           factor, learned[0], encoders[1]);
    dense->rows = encoders[0];
    dense->d = encoders[1];
    dense->columns = learned[1];
    if (status == OK)
        status =
            npy_header(NPZ_FLOAT32, 2, (size_t[]){dense->rows, dense->columns},
                       &dense->header, err);
    if (status == OK) {
        dense->part = memory_array(dense->columns + 1, sizeof(float));
        status = dense->part ? OK : error_set(err, NO_MEMORY, "no memory");
    }
    if (status == OK) {
        *out = dense;
        dense = NULL;
    }
    dense_free(dense);
    return status;
}

static struct stream
dense_stream(struct dense *dense)
{
    uint64_t size = dense->header.size +
                    (uint64_t)dense->rows * dense->columns * sizeof(float);
    return (struct stream){size, dense_read, dense_free, dense};
}

/* What the digest of a matrix is kept under: all that determines its bytes. */
static void
dense_key(const struct weights *weights, const char *factor,
          char key[DIGEST_KEY_SIZE])
{
    snprintf(key, DIGEST_KEY_SIZE, "%s %s %s", factor,
             weights->checkpoint.sha256, weights->job.network);
}

static enum status
answer_dense(struct request *request, struct response *response,
             const struct weights *weights, const char *layer,
             const char *factor, struct error *err)
{
    struct dense *dense = NULL;
    char key[DIGEST_KEY_SIZE];
    dense_key(weights, factor, key);
    enum status status = dense_new(weights, factor, &dense, err);
    if (status)
        return status;
    struct stream stream = dense_stream(dense);
    bool ready;
    status =
        digest_find(request->api, key, stream, &ready, response->sha256, err);
    if (status == OK && ready) {
        response->stream = stream;
        response->content_type = "application/x-npy";
        response_header(response, "Content-Disposition",
                        "attachment; filename=\"job-%lld-W_%s-%gs.npy\"",
                        (long long)weights->job.id, layer,
                        weights->checkpoint.t);
        return OK;
    }
    if (status == OK && request->may_wait)
        response_wait(response, TOPIC_DIGEST, WAIT_SECONDS_MAX);
    else if (status == OK)
        status = error_set(err, UNAVAILABLE,
                           "the matrix is still being summed up, ask again");
    return status;
}

enum status
checkpoint_dense(struct request *request, struct response *response,
                 struct error *err)
{
    static const char *const known[] = {NULL};
    struct weights weights = {0};
    const char *layer = request->captures[2], *factor = NULL;
    if (strcmp(layer, "ff") == 0)
        factor = "D_ff";
    else if (strcmp(layer, "rec") == 0)
        factor = "D_rec";
    else
        return error_set(err, NOT_FOUND,
                         "the layers are ff and rec, not "
                         "'%.40s'",
                         layer);
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = weights_open(request, &weights, err);
    if (status == OK)
        status = weights_need_network(&weights, err);
    if (status == OK)
        status = answer_dense(request, response, &weights, layer, factor, err);
    weights_close(&weights);
    return status;
}
