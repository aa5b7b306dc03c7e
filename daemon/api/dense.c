/* dense.c - a weight matrix as a download, .npy of float32: no file is stored,
 * a row is computed when it is sent, and rounded once. */
#include "api/digests.h"
#include "api/handlers.h"
#include "api/matrix.h"

#include <stdlib.h>
#include <string.h>

struct dense {
    struct bytes header;   /* of the .npy                                     */
    struct matrix *matrix; /* [owned] */
    double *row;           /* [columns] [owned] where a row is made           */
    float *part;           /* [columns] [owned] and rounded                   */
};

static void
dense_free(void *state)
{
    struct dense *dense = state;
    if (!dense)
        return;
    bytes_free(&dense->header);
    matrix_close(dense->matrix);
    free(dense->row);
    free(dense->part);
    free(dense);
}

/* Bytes [skip, skip + size) of row i. */
static void
row_read(const struct dense *dense, size_t i, size_t skip, size_t size,
         unsigned char *out)
{
    size_t from = skip / sizeof(float);
    size_t end = (skip + size + sizeof(float) - 1) / sizeof(float);
    matrix_row(dense->matrix, i, from, end, dense->row);
    for (size_t j = from; j < end; j++)
        dense->part[j] = (float)dense->row[j];
    memcpy(out, (const unsigned char *)dense->part + skip, size);
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
    size_t row_bytes = dense->matrix->columns * sizeof(float);
    while (size > 0) {
        size_t skip = (size_t)(at % row_bytes);
        size_t left = row_bytes - skip, piece = size < left ? size : left;
        row_read(dense, (size_t)(at / row_bytes), skip, piece, out);
        out += piece;
        size -= piece;
        at += piece;
    }
    return OK;
}

static enum status
dense_new(struct store *store, struct weights *weights, enum layer layer,
          struct stream *out, struct error *err)
{
    struct dense *dense = memory_array(1, sizeof(*dense));
    if (!dense)
        return error_set(err, NO_MEMORY, "no memory for a matrix");
    enum status status =
        matrix_open(store, weights, layer, &dense->matrix, err);
    const struct matrix *matrix = dense->matrix;
    if (status == OK)
        status = npy_header(NPZ_FLOAT32, 2,
                            (size_t[]){matrix->rows, matrix->columns},
                            &dense->header, err);
    if (status == OK) {
        dense->row = memory_array(matrix->columns + 1, sizeof(double));
        dense->part = memory_array(matrix->columns + 1, sizeof(float));
        if (!dense->row || !dense->part)
            status = error_set(err, NO_MEMORY, "no memory for a matrix");
    }
    if (status == OK) {
        uint64_t size = dense->header.size + (uint64_t)matrix->rows *
                                                 matrix->columns *
                                                 sizeof(float);
        *out = (struct stream){size, dense_read, dense_free, dense};
        dense = NULL;
    }
    dense_free(dense);
    return status;
}

/* What the digest of a matrix is kept under: all that determines its bytes. */
static void
dense_key(const struct weights *weights, const char *layer,
          char key[DIGEST_KEY_SIZE])
{
    snprintf(key, DIGEST_KEY_SIZE, "%s %lld %s %s", layer,
             (long long)weights->job.id, weights->checkpoint.sha256,
             weights->job.network);
}

static enum status
answer_dense(struct request *request, struct response *response,
             struct weights *weights, enum layer layer, struct error *err)
{
    struct stream stream = {0};
    char key[DIGEST_KEY_SIZE];
    bool ready;
    dense_key(weights, request->captures[2], key);
    enum status status =
        dense_new(request->store, weights, layer, &stream, err);
    if (status)
        return status;
    status =
        digest_find(request->api, key, stream, &ready, response->sha256, err);
    if (status == OK && ready) {
        response->stream = stream;
        response->content_type = "application/x-npy";
        response_header(response, "Content-Disposition",
                        "attachment; filename=\"job-%lld-W_%s-%gs.npy\"",
                        (long long)weights->job.id, request->captures[2],
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
    enum layer layer;
    enum status status = layer_parse(request->captures[2], &layer, err);
    if (status == OK)
        status = request_only(request, known, err);
    if (status == OK)
        status = weights_open(request, &weights, err);
    if (status == OK)
        status = weights_need_network(&weights, err);
    if (status == OK)
        status = answer_dense(request, response, &weights, layer, err);
    weights_close(&weights);
    return status;
}
