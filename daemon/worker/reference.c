/* reference.c - the network that another one imitates ("copycat" of the
 * published scripts): what reference.job learned, moving on its own under the
 * same command and the same clamps. Nothing in it learns, and nothing disturbs
 * it.
 *
 * It has an engine of its own and is a slice ahead of its imitator, as all that
 * drives one is. */
#include "worker/worker_private.h"

#include <stdlib.h>
#include <string.h>

/* What the job's network is here, whatever it was when it learned. */
static void
spec_calm(struct spec *spec, enum precision precision)
{
    spec->compute.precision = precision;
    spec->learning.enabled = false;
    spec->learning.decay = 0;
    spec->feedback.delay = 0;
    spec->noise.neurons_sd = spec->noise.neurons_mean = 0;
    spec->record.spikes = spec->record.rates = false;
}

static enum status
dimensions_check(const struct spec *ours, const struct lineage *job,
                 struct error *err)
{
    int d, d_in, d_theirs, d_in_theirs;
    spec_dimensions(ours, &d, &d_in);
    spec_dimensions(&job->spec, &d_theirs, &d_in_theirs);
    if (d != d_theirs || d_in != d_in_theirs)
        return error_set(err, INVALID,
                         "job %lld has %d dimensions and %d of the command, "
                         "and cannot be imitated with %d and %d",
                         (long long)job->job, d_theirs, d_in_theirs, d, d_in);
    return OK;
}

static enum status
engine_make(struct reference *reference, const struct lineage *job,
            struct opencl *cl, struct error *err)
{
    struct connections connections = {0};
    struct engine_shape shape;
    enum status status = weights_shape(job, &shape, err);
    if (status == OK)
        status =
            engine_open(cl, &shape, 1, SLICE_MOST, &reference->engine, err);
    if (status == OK)
        status = seat_make(job, reference->networks, &reference->network,
                           &connections, err);
    if (status == OK)
        status = seat_take(job, reference->network, &connections,
                           reference->engine, 0, err);
    if (status == OK)
        status =
            weights_load(job, reference->network, reference->engine, 0, err);
    connections_free(&connections);
    return status;
}

enum status
reference_open(struct reference *reference, struct lineage *job,
               const struct spec *imitator, struct opencl *cl,
               struct networks *networks, struct error *err)
{
    reference->networks = networks;
    spec_calm(&job->spec, imitator->compute.precision);
    enum status status = dimensions_check(imitator, job, err);
    reference->zeros =
        memory_array(SLICE_MOST, SPEC_DIMENSIONS_MOST * sizeof(double));
    reference->gates = memory_array(SLICE_MOST, 1);
    if (status == OK && (reference->zeros == NULL || reference->gates == NULL))
        status = error_set(err, NO_MEMORY, "no memory for a slice");
    if (status == OK)
        status = engine_make(reference, job, cl, err);
    if (status != OK)
        error_prefix(err, "reference.job: ");
    return status;
}

void
reference_close(struct reference *reference)
{
    engine_close(reference->engine);
    networks_give(reference->networks, reference->network);
    free(reference->zeros);
    free(reference->gates);
    memset(reference, 0, sizeof(*reference));
}

enum status
reference_run(struct reference *reference, const struct slice *slice,
              const double **x_hat, struct error *err)
{
    struct engine_trace trace;
    for (int64_t i = 0; i < slice->steps; i++)
        reference->gates[i] =
            slice->rows.gates[i] & (DRIVE_CLAMP | DRIVE_CLAMP_FF);
    const struct engine_drive drive = {
        .steps = slice->steps,
        .u = slice->rows.u,
        .target = reference->zeros,
        .feedback = reference->zeros,
        .eta = reference->zeros,
        .gates = reference->gates,
    };
    enum status status = engine_pack(reference->engine, 0, &drive, err);
    if (status == OK)
        status = engine_begin(reference->engine, err);
    if (status == OK)
        status = engine_end(reference->engine, &trace, err);
    if (status != OK)
        return status;
    engine_unpack(reference->engine, 0);
    *x_hat = trace.x_hat;
    return OK;
}
