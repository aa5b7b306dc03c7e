/* weights.c - what was learned, as .npz and .npy.
 *
 * Beside what checkpoint and network hold, weights that are not E D alone:
 * W_ff, W_rec (N_rec, N_pre) where each is held by itself; W0_ff, W0_rec and
 * mask_ff, mask_rec, made anew, where W = mask (kept W0 + E D). */
#include "api/handlers.h"
#include "api/matrix.h"
#include "spec/spec.h"

#include <stdlib.h>
#include <string.h>

#define ARRAYS_MOST 24

/* Arrays on their way out. */
struct parcel {
    struct npz_array arrays[ARRAYS_MOST];
    size_t count;
    void *owned[2 * LAYERS]; /* what some of them are views of */
    size_t owned_count;
    struct connections anew;
};

static void
parcel_free(struct parcel *parcel)
{
    for (size_t i = 0; i < parcel->owned_count; i++)
        free(parcel->owned[i]);
    connections_free(&parcel->anew);
}

/* An array of the checkpoint or of the network, NULL without it. Decoders that
 * have learned are the decoders. */
static const struct npz_array *
stored_find(const struct weights *weights, const char *name)
{
    const struct npz_array *array = npz_find(weights->learned, name);
    if (!array && strcmp(name, "decoders") == 0)
        array = npz_find(weights->learned, "learned_decoders");
    if (!array && weights->network)
        array = npz_find(weights->network, name);
    return array;
}

static enum status
add_stored(struct parcel *parcel, const struct weights *weights,
           const char *name, struct error *err)
{
    const struct npz_array *array = stored_find(weights, name);
    if (!array)
        return error_set(err, CORRUPT, "a checkpoint of job %lld lacks %s",
                         (long long)weights->job.id, name);
    struct npz_array *added = &parcel->arrays[parcel->count++];
    *added = *array;
    snprintf(added->name, sizeof(added->name), "%s", name);
    return OK;
}

/* ---- weights held by themselves ------------------------------------------ */

/* [pre][post] in the checkpoint, [post][pre] out here. */
static enum status
add_whole(struct parcel *parcel, const struct weights *weights,
          const char *name, struct error *err)
{
    const struct npz_array *from = npz_find(weights->learned, name);
    if (!from || from->dimensions != 2)
        return error_set(err, CORRUPT, "a checkpoint has no sound %s", name);
    size_t pre = from->shape[0], post = from->shape[1];
    size_t item = npz_type_size(from->type);
    char *to = memory_array(pre * post, item);
    if (!to)
        return error_set(err, NO_MEMORY, "no memory for %s", name);
    parcel->owned[parcel->owned_count++] = to;
    for (size_t i = 0; i < post; i++)
        for (size_t j = 0; j < pre; j++)
            memcpy(to + (i * pre + j) * item,
                   (const char *)from->data + (j * post + i) * item, item);
    parcel->arrays[parcel->count++] =
        npz_view(name, from->type, to, 2, post, pre);
    return OK;
}

/* ---- weights made anew --------------------------------------------------- */

/* In the precision that the job has. */
static enum status
add_fixed(struct parcel *parcel, const char *name, double *weights, size_t rows,
          size_t columns, bool narrow, struct error *err)
{
    if (!narrow) {
        parcel->arrays[parcel->count++] =
            npz_view(name, NPZ_FLOAT64, weights, 2, rows, columns);
        return OK;
    }
    float *rounded = memory_array(rows * columns, sizeof(*rounded));
    if (!rounded)
        return error_set(err, NO_MEMORY, "no memory for %s", name);
    parcel->owned[parcel->owned_count++] = rounded;
    for (size_t i = 0; i < rows * columns; i++)
        rounded[i] = (float)weights[i];
    parcel->arrays[parcel->count++] =
        npz_view(name, NPZ_FLOAT32, rounded, 2, rows, columns);
    return OK;
}

static enum status
add_anew(struct store *store, struct parcel *parcel,
         const struct weights *weights, const struct spec *spec,
         struct error *err)
{
    struct connections *anew = &parcel->anew;
    size_t ff = (size_t)spec->network.neurons_ff;
    size_t rec = (size_t)spec->network.neurons_rec;
    bool narrow = spec->compute.precision == PRECISION_F32;
    enum status status = weights_anew(store, weights, anew, err);
    if (status == OK && anew->mask_ff) {
        parcel->arrays[parcel->count++] =
            npz_view("mask_ff", NPZ_BOOL, anew->mask_ff, 2, rec, ff);
        parcel->arrays[parcel->count++] =
            npz_view("mask_rec", NPZ_BOOL, anew->mask_rec, 2, rec, rec);
    }
    if (status || !anew->weights_ff)
        return status;
    status = add_fixed(parcel, "W0_ff", anew->weights_ff, rec, ff, narrow, err);
    if (status == OK)
        status = add_fixed(parcel, "W0_rec", anew->weights_rec, rec, rec,
                           narrow, err);
    return status ? status : add_stored(parcel, weights, "kept", err);
}

/* ---- all of them --------------------------------------------------------- */

static enum status
parcel_fill(struct store *store, struct parcel *parcel,
            const struct weights *weights, struct error *err)
{
    static const char *const factors[] = {"D_ff", "D_rec"};
    static const char *const wholes[] = {"W_ff", "W_rec"};
    static const char *const others[] = {"t",
                                         "decoders",
                                         "encoders_ff",
                                         "encoders_rec",
                                         "scaled_encoders_rec",
                                         "gain_ff",
                                         "bias_ff",
                                         "gain_rec",
                                         "bias_rec"};
    struct spec spec;
    enum status status = spec_from_text(weights->job.spec, &spec, err);
    bool dense = status == OK && spec_is_dense(&spec);
    for (int i = 0; i < LAYERS && status == OK; i++)
        status = dense ? add_whole(parcel, weights, wholes[i], err)
                       : add_stored(parcel, weights, factors[i], err);
    for (size_t i = 0; i < ARRAY_LENGTH(others) && status == OK; i++)
        status = add_stored(parcel, weights, others[i], err);
    if (status == OK && !dense)
        status = add_anew(store, parcel, weights, &spec, err);
    const char *text = weights->job.spec;
    parcel->arrays[parcel->count++] =
        npz_view("spec", NPZ_UINT8, text, 1, strlen(text));
    return status;
}

enum status
checkpoint_weights(struct request *request, struct response *response,
                   struct error *err)
{
    static const char *const known[] = {NULL};
    struct weights weights = {0};
    struct parcel parcel = {0};
    struct bytes bytes = {0};
    char filename[80];
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = weights_open(request, &weights, err);
    if (status == OK)
        status = weights_need_network(&weights, err);
    if (status == OK)
        status = parcel_fill(request->store, &parcel, &weights, err);
    if (status == OK)
        status = npz_write(parcel.arrays, parcel.count, &bytes, err);
    snprintf(filename, sizeof(filename), "job-%lld-weights-%gs.npz",
             (long long)weights.job.id, weights.checkpoint.t);
    if (status == OK)
        response_download(response, &bytes, "application/x-npz", filename);
    bytes_free(&bytes);
    parcel_free(&parcel);
    weights_close(&weights);
    return status;
}

/* ---- one of them --------------------------------------------------------- */

static bool
is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Puts what `name` may be found in into the parcel, and no more. */
static enum status
parcel_fetch(struct store *store, struct parcel *parcel,
             const struct weights *weights, const char *name, struct error *err)
{
    static const char *const wholes[] = {"W_ff", "W_rec"};
    static const char *const anew[] = {"W0_ff", "W0_rec", "mask_ff",
                                       "mask_rec"};
    struct spec spec;
    enum status status = spec_from_text(weights->job.spec, &spec, err);
    bool stored = stored_find(weights, name) != NULL;
    if (status)
        return status;
    if (stored && is_among(name, wholes, ARRAY_LENGTH(wholes)))
        return add_whole(parcel, weights, name, err);
    if (stored)
        return add_stored(parcel, weights, name, err);
    if (!is_among(name, anew, ARRAY_LENGTH(anew)))
        return OK;
    status = weights_need_network(weights, err);
    return status ? status : add_anew(store, parcel, weights, &spec, err);
}

static enum status
write_array(const struct parcel *parcel, const char *name, struct bytes *out,
            struct error *err)
{
    for (size_t i = 0; i < parcel->count; i++) {
        const struct npz_array *array = &parcel->arrays[i];
        if (strcmp(array->name, name) != 0 || array->type == NPZ_TEXT)
            continue;
        enum status status =
            npy_header(array->type, array->dimensions, array->shape, out, err);
        if (status == OK && bytes_append(out, array->data, array->size))
            status = error_set(err, NO_MEMORY, "no memory for an array");
        return status;
    }
    return error_set(err, NOT_FOUND, "a checkpoint has no array '%.40s'", name);
}

enum status
checkpoint_array(struct request *request, struct response *response,
                 struct error *err)
{
    static const char *const known[] = {NULL};
    struct weights weights = {0};
    struct parcel parcel = {0};
    struct bytes bytes = {0};
    char filename[96];
    const char *name = request->captures[2];
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = weights_open(request, &weights, err);
    if (status == OK)
        status = parcel_fetch(request->store, &parcel, &weights, name, err);
    if (status == OK)
        status = write_array(&parcel, name, &bytes, err);
    snprintf(filename, sizeof(filename), "job-%lld-%.40s-%gs.npy",
             (long long)weights.job.id, name, weights.checkpoint.t);
    if (status == OK)
        response_download(response, &bytes, "application/x-npy", filename);
    bytes_free(&bytes);
    parcel_free(&parcel);
    weights_close(&weights);
    return status;
}
