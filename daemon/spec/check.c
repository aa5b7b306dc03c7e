/* check.c - what one field alone cannot tell: how fields must fit together. */
#include "spec/spec_private.h"

#include <math.h>

/* Each has a row of metrics, and its part of the command is drawn at once. */
#define PERIODS_MOST 1e6

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
        {"/feedback/delay", spec->feedback.delay},
        {"/reference/delay",
         spec->reference.delay_type == DELAY_PURE ? spec->reference.delay : 0},
        {"/start/at", spec->start.at},
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
    if (spec->schedule.duration > PERIODS_MOST * spec->schedule.period)
        fault_add(faults, "/schedule/period",
                  "cuts the job into more than %.0f periods, is %.15g",
                  PERIODS_MOST, spec->schedule.period);
    if (spec->schedule.ramp > spec->schedule.period)
        fault_add(faults, "/schedule/ramp",
                  "must not be longer than the period, %.15g s, is %.15g",
                  spec->schedule.period, spec->schedule.ramp);
    if (spec->schedule.trial_clamp &&
        spec->schedule.period <= spec_trial_clamp(spec) + SPEC_DT / 2)
        fault_add(faults, "/schedule/trial_clamp",
                  "needs a period longer than the %g s it clamps, it is %.15g",
                  spec_trial_clamp(spec), spec->schedule.period);
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
    spec_check_model(spec, faults);
    if (spec->rl.task != RL_NONE)
        return;
    check_whole_steps(spec, faults);
    if (schedule)
        check_schedule(spec, faults);
    if (schedule && record)
        check_record(spec, faults);
    if (network)
        check_memory(spec, faults);
}
