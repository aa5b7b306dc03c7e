/* spikes.c - every spike of the stretches that were recorded, packed. */
#include "api/handlers.h"
#include "api/asked.h"
#include "npz/npz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPIKES_MOST ((int64_t)512 << 20) /* bytes of one download */

enum status
request_steps(const struct request *request, int64_t *from, int64_t *to,
              struct error *err)
{
    double first = 0, last = 1e9;
    enum status status = request_number(request, "from", 0, 1e9, &first, err);
    if (status == OK)
        status = request_number(request, "to", 0, 1e9, &last, err);
    *from = (int64_t)ceil(first / SPEC_DT - 1e-6) - 1;
    *to = (int64_t)floor(last / SPEC_DT + 1e-6);
    return status;
}

/* What the chunks are put together in. */
struct stretch {
    size_t rows, done, bytes_ff, bytes_rec; /* of a row */
    double *t;                              /* [rows] s */
    unsigned char *ff, *rec;                /* [rows][bytes_...] */
};

static enum status
stretch_take(void *context, const struct spikes *chunk, struct error *err)
{
    struct stretch *stretch = context;
    size_t rows = (size_t)chunk->rows;
    if (rows > stretch->rows - stretch->done ||
        (size_t)chunk->bytes_ff != stretch->bytes_ff ||
        (size_t)chunk->bytes_rec != stretch->bytes_rec)
        return error_set(err, CORRUPT, "the spikes do not fit together");
    for (size_t i = 0; i < rows; i++)
        stretch->t[stretch->done + i] =
            (double)(chunk->first_step + 1 + (int64_t)i) * SPEC_DT;
    memcpy(stretch->ff + stretch->done * stretch->bytes_ff, chunk->ff,
           rows * stretch->bytes_ff);
    memcpy(stretch->rec + stretch->done * stretch->bytes_rec, chunk->rec,
           rows * stretch->bytes_rec);
    stretch->done += rows;
    return OK;
}

static enum status
stretch_load(struct store *store, int64_t job, int64_t from, int64_t to,
             struct stretch *out, struct error *err)
{
    int64_t rows, bytes;
    enum status status =
        spikes_measure(store, job, from, to, &rows, &bytes, err);
    if (status)
        return status;
    if (rows == 0)
        return error_set(err, NOT_FOUND, "job %lld has no spikes there",
                         (long long)job);
    if (rows > SPIKES_MOST / (bytes + 8))
        return error_set(err, TOO_LARGE,
                         "%.0f MiB of spikes, at most %lld are sent at once: "
                         "ask for parts, with from and to",
                         (double)rows * (double)(bytes + 8) / (1 << 20),
                         (long long)(SPIKES_MOST >> 20));
    out->rows = (size_t)rows;
    out->t = memory_array(out->rows, sizeof(*out->t));
    out->ff = memory_array(out->rows, out->bytes_ff);
    out->rec = memory_array(out->rows, out->bytes_rec);
    if (!out->t || !out->ff || !out->rec)
        return error_set(err, NO_MEMORY, "no memory for %lld steps of spikes",
                         (long long)rows);
    return spikes_each(store, job, from, to, stretch_take, out, err);
}

static enum status
stretch_pack(const struct stretch *stretch, const struct spec *spec,
             struct bytes *out, struct error *err)
{
    const struct npz_array arrays[] = {
        npz_view("t", NPZ_FLOAT64, stretch->t, 1, stretch->done),
        npz_view("spikes_ff", NPZ_UINT8, stretch->ff, 2, stretch->done,
                 stretch->bytes_ff),
        npz_view("spikes_rec", NPZ_UINT8, stretch->rec, 2, stretch->done,
                 stretch->bytes_rec),
        npz_view("neurons_ff", NPZ_INT64, &spec->network.neurons_ff, 0),
        npz_view("neurons_rec", NPZ_INT64, &spec->network.neurons_rec, 0),
    };
    return npz_write(arrays, ARRAY_LENGTH(arrays), out, err);
}

enum status
spikes_show(struct request *request, struct response *response,
            struct error *err)
{
    static const char *const known[] = {"from", "to", NULL};
    struct stretch stretch = {0};
    struct bytes bytes = {0};
    struct job job = {0};
    struct spec spec;
    int64_t from, to;
    char filename[48];
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_steps(request, &from, &to, err);
    if (status == OK)
        status = job_with_spec(request, &job, &spec, err);
    if (status == OK) {
        stretch.bytes_ff = (size_t)(spec.network.neurons_ff + 7) / 8;
        stretch.bytes_rec = (size_t)(spec.network.neurons_rec + 7) / 8;
        status = stretch_load(request->store, job.id, from, to, &stretch, err);
    }
    if (status == NOT_FOUND && job.id && !spec.record.spikes)
        status = error_set(err, NOT_FOUND,
                           "job %lld records no spikes: record.spikes is false",
                           (long long)job.id);
    if (status == OK)
        status = stretch_pack(&stretch, &spec, &bytes, err);
    snprintf(filename, sizeof(filename), "job-%lld-spikes.npz",
             (long long)job.id);
    if (status == OK)
        response_download(response, &bytes, "application/x-npz", filename);
    bytes_free(&bytes);
    free(stretch.t);
    free(stretch.ff);
    free(stretch.rec);
    job_clear(&job);
    return status;
}
