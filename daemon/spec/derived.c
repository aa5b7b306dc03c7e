/* derived.c - what follows from a spec: steps, silences, memory, the engine. */
#include "spec/spec_private.h"

#include <math.h>

#define POINTS_FEW 2500 /* evaluation points of a small population, at most */
#define STRIP      512  /* evaluation points that decoders.c has at once */

/* From Nengo 2.5 on the gain acts twice on what is learned, but once on what a
 * transform says. */
bool
spec_has_fixed_weights(const struct spec *spec)
{
    if (spec->weights.init == WEIGHTS_IDEAL)
        return spec->network.nengo != NENGO_2_4;
    return spec->weights.init != WEIGHTS_ZERO;
}

bool
spec_is_factored(const struct spec *spec)
{
    return !spec_has_fixed_weights(spec) && spec->weights.connectivity >= 1 &&
           spec->weights.sign == SIGN_FREE;
}

bool
spec_is_dense(const struct spec *spec)
{
    return spec->weights.sign == SIGN_NONNEGATIVE ||
           spec->compute.engine == ENGINE_DENSE;
}

bool
spec_spoils_decoders(const struct spec *spec)
{
    return spec->readout.decoder_noise != 0 ||
           spec->readout.decoder_factor != 1;
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
    if (spec->rl.task != RL_NONE)
        return spec->rl.episodes;
    return llround(spec->schedule.duration / SPEC_DT);
}

double
spec_step_length(const struct spec *spec)
{
    return spec->rl.task != RL_NONE ? 1 : SPEC_DT;
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

/* Fixed weights and masks, and the larger matrix once more while it is copied
 * to a device. */
static double
matrix_numbers(const struct spec *spec)
{
    double ff = (double)spec->network.neurons_ff;
    double rec = (double)spec->network.neurons_rec;
    double each = spec_is_factored(spec) ? 0 : 1.25;
    return each * rec * (ff + rec + fmax(ff, rec));
}

/* What model/decoders.c and model/ensemble.c allocate: encoders, scaled ones,
 * maximal rate, intercept, gain and bias; and for the recurrent layer the Gram
 * matrix, the rates at STRIP points, and three times the decoders. */
int64_t
spec_memory(const struct spec *spec)
{
    int d, d_in;
    if (spec->rl.task != RL_NONE)
        return 0; /* there is no network */
    spec_dimensions(spec, &d, &d_in);
    double neurons = (double)spec->network.neurons_rec;
    double bytes =
        sizeof(double) *
        (matrix_numbers(spec) +
         population_numbers(spec->network.neurons_ff, d_in, 2 * d_in + 4) +
         population_numbers(spec->network.neurons_rec, d,
                            neurons + STRIP + 5 * d + 4));
    return bytes < 0x1p63 ? (int64_t)bytes : INT64_MAX;
}
