/* derived.c - what follows from a spec: steps, silences, memory, the engine. */
#include "spec/spec_private.h"

#include <math.h>

#define POINTS_FEW 2500 /* evaluation points of a small population, at most */
#define STRIP      512  /* evaluation points that decoders.c has at once */

bool
spec_is_factored(const struct spec *spec)
{
    return (spec->weights.init == WEIGHTS_ZERO ||
            spec->weights.init == WEIGHTS_IDEAL) &&
           spec->weights.connectivity >= 1 && spec->weights.sign == SIGN_FREE;
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
