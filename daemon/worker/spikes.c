/* spikes.c - every spike in the windows at the start and at the end of a run.
 *
 * What is recorded of a slice is all of it or nothing: slices are cut where the
 * windows are, so nobody pays for spikes outside of them. */
#include "worker/worker_private.h"

#include <math.h>

/* Bytes of a slice, and of a report before it is sent: far below what a report
 * may have. */
#define BYTES_MOST ((int64_t)16 << 20)

static size_t
row_bytes(int64_t neurons)
{
    return ((size_t)neurons + 7) / 8;
}

static bool
are_needed(const struct spec *spec)
{
    return spec->record.spikes || spec->record.rates;
}

bool
spikes_wanted(const struct spec *spec, int64_t step)
{
    const int64_t wide = llround(spec->record.window / SPEC_DT);
    return are_needed(spec) && (step < wide || step >= spec_steps(spec) - wide);
}

int64_t
spikes_change(const struct spec *spec, int64_t step)
{
    const int64_t wide = llround(spec->record.window / SPEC_DT);
    const int64_t total = spec_steps(spec);
    if (!are_needed(spec) || step >= total - wide)
        return total;
    return step < wide ? wide : total - wide;
}

int
spikes_steps_most(const struct engine_shape *shape)
{
    const int64_t row =
        (int64_t)(row_bytes(shape->neurons_ff) + row_bytes(shape->neurons_rec));
    if (!shape->record_spikes || BYTES_MOST / row > SLICE_MOST)
        return SLICE_MOST;
    return (int)(BYTES_MOST / row);
}

enum status
spikes_take(struct spikes *spikes, const struct spec *spec, int64_t first,
            const struct engine_trace *trace)
{
    const size_t ff = row_bytes(spec->network.neurons_ff);
    const size_t rec = row_bytes(spec->network.neurons_rec);
    const size_t steps = (size_t)trace->steps;
    if (trace->spikes_ff == NULL || !spec->record.spikes)
        return OK;
    if (spikes->rows == 0)
        spikes->first = first;
    spikes->rows += trace->steps;
    const enum status status =
        bytes_append(&spikes->ff, trace->spikes_ff, steps * ff);
    return status != OK
               ? status
               : bytes_append(&spikes->rec, trace->spikes_rec, steps * rec);
}

/* A report has one stretch of steps. */
bool
spikes_are_due(const struct spikes *spikes, const struct spec *spec,
               int64_t step)
{
    return spikes->rows > 0 &&
           (!spikes_wanted(spec, step) ||
            (int64_t)(spikes->ff.size + spikes->rec.size) >= BYTES_MOST);
}

void
spikes_reported(struct spikes *spikes)
{
    spikes->rows = 0;
    spikes->ff.size = spikes->rec.size = 0;
}

void
spikes_close(struct spikes *spikes)
{
    bytes_free(&spikes->ff);
    bytes_free(&spikes->rec);
}
