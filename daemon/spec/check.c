/* check.c - what one field alone cannot tell: how fields must fit together. */
#include "spec/spec_private.h"

#include <math.h>

/* Whether `seconds` is a whole number of steps, but for rounding. */
static bool
is_whole_steps(double seconds)
{
    double steps = seconds / SPEC_DT;
    return fabs(steps - round(steps)) <= 1e-9 * fmax(1.0, steps);
}

static void
check_whole_steps(const struct spec *spec, struct faults *faults)
{
    const struct {
        const char *pointer;
        double value;
    } times[] = {
        {"/schedule/duration", spec->schedule.duration},
        {"/schedule/period", spec->schedule.period},
        {"/schedule/settle", spec->schedule.settle},
        {"/schedule/test", spec->schedule.test},
        {"/record/window", spec->record.window},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(times); i++)
        if (!fault_is_below(faults, times[i].pointer) &&
            !is_whole_steps(times[i].value))
            fault_add(faults, times[i].pointer,
                      "must be a whole number of steps of %g s, is %.15g",
                      SPEC_DT, times[i].value);
}

static void
check_schedule(const struct spec *spec, struct faults *faults)
{
    double least =
        spec->schedule.settle + spec->schedule.test + spec->schedule.period;
    if (spec->schedule.duration < least - SPEC_DT / 2)
        fault_add(faults, "/schedule/duration",
                  "must be at least settle + test + period, %.15g s, is %.15g",
                  least, spec->schedule.duration);
    if (spec->schedule.ramp > spec->schedule.period)
        fault_add(faults, "/schedule/ramp",
                  "must not be longer than the period, %.15g s, is %.15g",
                  spec->schedule.period, spec->schedule.ramp);
    if (spec->schedule.trial_clamp &&
        spec->schedule.period <= SPEC_TRIAL_CLAMP + SPEC_DT / 2)
        fault_add(faults, "/schedule/trial_clamp",
                  "needs a period longer than the %g s it clamps, it is %.15g",
                  SPEC_TRIAL_CLAMP, spec->schedule.period);
}

static void
check_record(const struct spec *spec, struct faults *faults)
{
    if (spec->record.window > spec->schedule.duration)
        fault_add(faults, "/record/window",
                  "must not be longer than the job, %.15g s, is %.15g",
                  spec->schedule.duration, spec->record.window);
}

static void
check_memory(const struct spec *spec, struct faults *faults)
{
    int64_t memory = spec_memory(spec);
    if (memory > SPEC_MEMORY_MOST)
        fault_add(faults, "/network/neurons_rec",
                  "%lld neurons need %.3g GiB of memory for their decoders, "
                  "at most %lld GiB are allowed",
                  (long long)spec->network.neurons_rec,
                  (double)memory / (double)(1 << 30),
                  (long long)(SPEC_MEMORY_MOST >> 30));
}

/* A section with a fault keeps the preset's values, about which nothing more is
 * to be said. */
void
spec_check(const struct spec *spec, struct faults *faults)
{
    bool schedule = !fault_is_below(faults, "/schedule");
    bool record = !fault_is_below(faults, "/record");
    bool network = !fault_is_below(faults, "/network");
    check_whole_steps(spec, faults);
    if (schedule)
        check_schedule(spec, faults);
    if (schedule && record)
        check_record(spec, faults);
    if (network)
        check_memory(spec, faults);
}

int64_t
spec_steps(const struct spec *spec)
{
    return llround(spec->schedule.duration / SPEC_DT);
}

int64_t
spec_period_steps(const struct spec *spec)
{
    return llround(spec->schedule.period / SPEC_DT);
}

void
spec_dimensions(const struct spec *spec, int *d, int *d_in)
{
    switch (spec->system.type) {
    case SYSTEM_VAN_DER_POL:
        *d = 2;
        *d_in = 2;
        return;
    }
}

/* Nengo's number of evaluation points P is 500 d within 750 to 2500, and at
 * least 2 N; the rates are P x N, the Gram matrix is N x N. */
int64_t
spec_memory(const struct spec *spec)
{
    int d, d_in;
    int64_t neurons = spec->network.neurons_rec;
    int64_t points, width, memory;
    spec_dimensions(spec, &d, &d_in);
    points = 500 * (int64_t)d;
    points = points < 750 ? 750 : points > 2500 ? 2500 : points;
    if (__builtin_mul_overflow(neurons, 2, &width))
        return INT64_MAX;
    points = points < width ? width : points;
    if (__builtin_add_overflow(points, neurons, &width) ||
        __builtin_mul_overflow(width, neurons, &memory) ||
        __builtin_mul_overflow(memory, (int64_t)sizeof(double), &memory))
        return INT64_MAX;
    return memory;
}
