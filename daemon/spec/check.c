/* check.c - what one field alone cannot tell: how fields must fit together. */
#include "spec/spec_private.h"

#include <math.h>

#define POINTS_FEW 2500 /* evaluation points of a small population, at most */
#define STRIP      512  /* evaluation points that decoders.c has at once */

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
    check_whole_steps(spec, faults);
    if (schedule)
        check_schedule(spec, faults);
    if (schedule && record)
        check_record(spec, faults);
    if (network)
        check_memory(spec, faults);
}

bool
spec_is_arm(const struct spec *spec)
{
    return spec->system.type >= SYSTEM_ROBOT1_GRAVITY &&
           spec->system.type <= SYSTEM_ACROBOT2XY_GRAVITY;
}

double
spec_trial_clamp(const struct spec *spec)
{
    if (!spec->schedule.trial_clamp)
        return 0;
    return spec_is_arm(spec) ? 0.25 : 0.5;
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

bool
spec_lets_error_pass(const struct spec *spec, double from, double to)
{
    double test = spec->schedule.duration - spec->schedule.test;
    return from > spec->schedule.settle - SPEC_DT / 2 &&
           to < test + SPEC_DT / 2;
}

void
spec_dimensions(const struct spec *spec, int *d, int *d_in)
{
    static const struct {
        signed char d, d_in;
    } of[SYSTEMS] = {
        [SYSTEM_VAN_DER_POL] = {2, 2},
        [SYSTEM_LIN_OSC] = {2, 2},
        [SYSTEM_LORENZ] = {3, 3},
        [SYSTEM_ROBOT1] = {2, 2},
        [SYSTEM_ROB1SL] = {2, 2},
        [SYSTEM_ROBOT1_GRAVITY] = {2, 1},
        [SYSTEM_ROBOT1XY_GRAVITY] = {3, 1},
        [SYSTEM_ROBOT1_GRAVITY_INTERPOL] = {2, 1},
        [SYSTEM_ROBOT1XY_GRAVITY_INTERPOL] = {3, 1},
        [SYSTEM_ROBOT2_GRAVITY_INTERPOL] = {4, 2},
        [SYSTEM_ROBOT2_TODOROV] = {4, 2},
        [SYSTEM_ROBOT2_TODOROV_GRAVITY] = {4, 2},
        [SYSTEM_ROBOT2XY_TODOROV_GRAVITY] = {6, 2},
        [SYSTEM_ACROBOT2_GRAVITY] = {4, 2},
        [SYSTEM_ACROBOT2XY_GRAVITY] = {6, 2},
    };

    *d = of[spec->system.type].d;
    *d_in = of[spec->system.type].d_in;
    if (*d > 0)
        return;
    *d = (int)spec->system.dimensions;
    *d_in = (int)spec->system.dimensions_in;
}

/* Numbers that a population of `neurons` in `d` dimensions takes: evaluation
 * points, of which Nengo takes two for each neuron or some thousands, and
 * `each` more for every neuron. */
static double
population_numbers(int64_t neurons, int d, double each)
{
    double points = fmax(POINTS_FEW, 2 * (double)neurons);
    return points * d + (double)neurons * each;
}

/* What model/decoders.c and model/ensemble.c allocate: encoders, scaled ones,
 * maximal rate, intercept, gain and bias; and for the recurrent layer the Gram
 * matrix, the rates at STRIP points, and three times the decoders. */
int64_t
spec_memory(const struct spec *spec)
{
    int d, d_in;
    spec_dimensions(spec, &d, &d_in);
    double neurons = (double)spec->network.neurons_rec;
    double bytes =
        sizeof(double) *
        (population_numbers(spec->network.neurons_ff, d_in, 2 * d_in + 4) +
         population_numbers(spec->network.neurons_rec, d,
                            neurons + STRIP + 5 * d + 4));
    return bytes < 0x1p63 ? (int64_t)bytes : INT64_MAX;
}
