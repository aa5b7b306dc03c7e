/* line.c - the jobs that a job went on from, out of the store, for weights that
 * no checkpoint holds. */
#include "api/matrix.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MOST 1000              /* jobs that each went on from another */
#define NPZ_MOST  ((size_t)2 << 30) /* bytes of arrays */

/* An upload; nothing for the hash "". */
static enum status
upload_load(struct store *store, const char *sha256, struct npz **out,
            struct error *err)
{
    int file;
    struct stat about;
    if (!sha256[0])
        return OK;
    enum status status = array_open(store, sha256, &file, err);
    if (status)
        return status;
    void *data = MAP_FAILED;
    if (fstat(file, &about) == 0)
        data =
            mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (data == MAP_FAILED)
        return error_set(err, FAILED, "cannot read array %s", sha256);
    status = npz_open(data, (size_t)about.st_size, NPZ_MOST, out, err);
    munmap(data, (size_t)about.st_size);
    return status;
}

static enum status
state_load(struct store *store, int64_t job, double at, struct npz **out,
           struct error *err)
{
    struct checkpoint found;
    struct bytes bytes = {0};
    int64_t step = at < 0 ? INT64_MAX : llround(at / SPEC_DT);
    enum status status = checkpoint_find(store, job, step, &found, err);
    if (status == OK)
        status = checkpoint_load(store, job, found.step, &bytes, err);
    if (status == OK)
        status = npz_open(bytes.data, bytes.size, STORE_BLOB_MOST, out, err);
    bytes_free(&bytes);
    return status;
}

/* start.job of `job`, with its state where its weights were shuffled. One that
 * is gone had nothing to hand on, see queue/sources.c. */
static enum status
start_load(struct store *store, struct lineage *job, struct error *err)
{
    struct job row;
    enum status status = job_load(store, job->spec.start.job, &row, err);
    if (status == NOT_FOUND)
        return OK;
    if (status)
        return status;
    struct lineage *start = memory_array(1, sizeof(*start));
    job->start = start;
    if (start)
        status = spec_from_text(row.spec, &start->spec, err);
    else
        status = error_set(err, NO_MEMORY, "no memory for a job");
    if (status == OK)
        start->job = row.id;
    if (status == OK && job->spec.weights.init == WEIGHTS_SHUFFLED)
        status = state_load(store, start->job, job->spec.start.at,
                            &start->checkpoint, err);
    if (status == OK)
        status = upload_load(store, start->spec.weights.array,
                             &start->weights_array, err);
    job_clear(&row);
    return status;
}

enum status
line_load(struct store *store, const struct job *job, struct lineage *out,
          struct error *err)
{
    struct lineage *at = out;
    *out = (struct lineage){.job = job->id};
    enum status status = spec_from_text(job->spec, &out->spec, err);
    if (status == OK)
        status = upload_load(store, out->spec.weights.array,
                             &out->weights_array, err);
    for (int i = 0; status == OK && at && at->spec.start.job; i++) {
        if (i == LINE_MOST)
            return error_set(err, TOO_LARGE, "more than %d jobs in a line", i);
        status = start_load(store, at, err);
        at = at->start;
    }
    return status;
}
