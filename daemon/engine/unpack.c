/* unpack.c - what the device said of a slice, as the caller wants it. */
#include "engine/engine_private.h"

#include <math.h>

/* How many summaries a seat wrote: one at each period's end, and at the end. */
size_t
summary_count(const struct seat *seat, const struct stretch *stretch)
{
    const int64_t period = seat->rule.period_steps;
    if (stretch->steps == 0)
        return 0;
    if (period <= 0)
        return 1;
    const int64_t end = stretch->first + stretch->steps;
    const int64_t whole = end / period - stretch->first / period;
    return (size_t)whole + (end % period != 0);
}

/* Root mean square of the entries of W. Of W = E D from E^T E and D D^T: the
 * mean of W_ij^2 is trace(E^T E D D^T) / (N_rec N), and the numbers from `at`
 * on are the upper triangle of D D^T; else their sum of squares itself. */
static double
weight_rms(const struct engine *engine, const struct seat *seat, size_t at,
           double neurons)
{
    const bool factored = engine->shape.weights == ENGINE_WEIGHTS_FACTORED;
    const void *summaries = staging_bytes(engine->summaries);
    const int d = factored ? engine->shape.dimensions : 1;
    double trace = 0;
    for (int i = 0; i < d; i++)
        for (int j = i; j < d; j++) {
            const double square =
                real_at(summaries, at++, (size_t)engine->fit.real_size);
            trace +=
                (i == j ? 1 : 2) * (factored ? seat->gram[i][j] : 1) * square;
        }
    return sqrt((trace < 0 ? 0 : trace) /
                (neurons * (double)engine->shape.neurons_rec));
}

/* One of them, of the step `step`; false if what it sums up is not finite. */
static bool
summary_unpack(const struct engine *engine, const struct seat *place, size_t at,
               int64_t step, struct engine_summary *summary)
{
    const void *summaries = staging_bytes(engine->summaries);
    const size_t real = (size_t)engine->fit.real_size;
    const size_t factors = at + SUMMARY_FACTORS;
    summary->step = step;
    summary->spikes_ff = real_at(summaries, at + SUMMARY_SPIKES_FF, real);
    summary->spikes_rec = real_at(summaries, at + SUMMARY_SPIKES_REC, real);
    summary->weight_rms_ff =
        weight_rms(engine, place, factors, (double)engine->shape.neurons_ff);
    summary->weight_rms_rec =
        weight_rms(engine, place, factors + engine->sizes.squares,
                   (double)engine->shape.neurons_rec);
    return isfinite(real_at(summaries, at + SUMMARY_STATES, real)) &&
           isfinite(summary->weight_rms_ff) &&
           isfinite(summary->weight_rms_rec);
}

bool
summaries_unpack(struct engine *engine, int seat)
{
    struct seat *place = &engine->seat[seat];
    const struct stretch *past = &place->past;
    const size_t count = summary_count(place, past);
    const int64_t period = place->rule.period_steps;
    bool finite = true;

    for (size_t i = 0; i < count; i++) {
        const size_t at = ((size_t)seat * (size_t)engine->summaries_most + i) *
                          engine->sizes.summary;
        const int64_t step =
            i + 1 == count ? past->first + past->steps
                           : (past->first / period + 1 + (int64_t)i) * period;
        finite =
            summary_unpack(engine, place, at, step, &place->summaries[i]) &&
            finite;
    }
    return finite;
}

/* The trace is dealt out into its parts. What was not sent is computed as the
 * device did: the error is x_hat as it was before the step, less the target. */
#define TRACE_UNPACK(real)                                                     \
    for (size_t i = 0; i < steps; i++)                                         \
        for (size_t j = 0; j < d; j++) {                                       \
            const real *row = (const real *)traces + i * engine->sizes.trace;  \
            const real *drive =                                                \
                (const real *)drives + i * engine->sizes.drive;                \
            x_hat[i * d + j] = row[engine->sizes.trace + j];                   \
            error[i * d + j] = row[j] - drive[d_in + j];                       \
            filtered[i * d + j] = row[d + j];                                  \
        }

void
engine_unpack(struct engine *engine, int seat)
{
    const struct seat *place = &engine->seat[seat];
    const size_t d = (size_t)engine->shape.dimensions;
    const size_t d_in = (size_t)engine->shape.dimensions_in;
    const size_t real = (size_t)engine->fit.real_size;
    const size_t most = (size_t)engine->steps_most;
    const size_t steps = (size_t)place->past.steps;
    double *x_hat = place->trace, *error = x_hat + most * d;
    double *filtered = error + most * d;

    if (steps == 0)
        return;
    const char *traces = (const char *)staging_bytes(engine->traces) +
                         (size_t)seat * (most + 1) * engine->sizes.trace * real;
    const char *drives =
        (const char *)staging_bytes(place->past.packed->drives) +
        (size_t)seat * most * engine->sizes.drive * real;
    if (real == sizeof(double))
        TRACE_UNPACK(double)
    else
        TRACE_UNPACK(float)
    if (place->past.spikes)
        spikes_pack(engine, seat);
}
