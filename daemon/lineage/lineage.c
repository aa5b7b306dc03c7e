/* lineage.c - a line of jobs, of which each went on from the one before. */
#include "lineage/lineage.h"

#include <stdlib.h>
#include <string.h>

void
lineage_free(struct lineage *lineage)
{
    npz_close(lineage->system_array);
    npz_close(lineage->input_array);
    npz_close(lineage->command);
    npz_close(lineage->network_arrays);
    npz_close(lineage->weights_array);
    npz_close(lineage->checkpoint);
    if (lineage->start != NULL)
        lineage_free(lineage->start);
    free(lineage->start);
    if (lineage->reference != NULL)
        lineage_free(lineage->reference);
    free(lineage->reference);
    memset(lineage, 0, sizeof(*lineage));
}

bool
lineage_goes_on(const struct lineage *job)
{
    return job->start != NULL && job->spec.weights.init == WEIGHTS_ZERO;
}

const struct lineage *
lineage_fixed_by(const struct lineage *job)
{
    while (lineage_goes_on(job))
        job = job->start;
    return spec_has_fixed_weights(&job->spec) ? job : NULL;
}

const struct lineage *
lineage_thinned_by(const struct lineage *job)
{
    while (lineage_goes_on(job) && job->start->spec.weights.connectivity < 1)
        job = job->start;
    return job;
}

enum status
lineage_matrix(const struct lineage *job, const char *name, size_t rows,
               size_t columns, double **out, struct error *err)
{
    size_t shape[2] = {rows, columns};
    const enum status status =
        npz_need_doubles(job->checkpoint, name, 2, shape, out, err);
    if (status != OK)
        error_prefix(err, "job %lld: ", (long long)job->job);
    return status;
}
