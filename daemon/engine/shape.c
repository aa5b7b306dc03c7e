/* shape.c - what of a job is compiled in, and what it brings to a launch. */
#include "engine/engine_private.h"

#include <math.h>

/* Which weights a job needs; see spec_is_factored(). */
static enum engine_weights
weights_of(const struct spec *spec)
{
    if (spec_is_dense(spec))
        return ENGINE_WEIGHTS_DENSE;
    return spec_is_factored(spec) ? ENGINE_WEIGHTS_FACTORED
                                  : ENGINE_WEIGHTS_GATHERED;
}

struct engine_shape
engine_shape_of(const struct spec *spec)
{
    struct engine_shape shape = {
        .neurons_ff = spec->network.neurons_ff,
        .neurons_rec = spec->network.neurons_rec,
        .precision = spec->compute.precision,
        .nengo = spec->network.nengo,
        .weights = weights_of(spec),
        .weights_masked = spec->weights.connectivity<
            1, .weights_clipped = spec->weights.sign == SIGN_NONNEGATIVE,
            .plastic_readout = (spec->learning.plastic & PLASTIC_READOUT) != 0,
            .decays = spec->learning.decay> 0,
        .noisy = spec->noise.neurons_sd > 0 || spec->noise.neurons_mean != 0,
        .record_spikes = spec->record.spikes || spec->record.rates,
        .delay_steps = llround(spec->feedback.delay / SPEC_DT),
    };
    shape.weights_fixed = shape.weights == ENGINE_WEIGHTS_GATHERED &&
                          spec_has_fixed_weights(spec);
    spec_dimensions(spec, &shape.dimensions, &shape.dimensions_in);
    return shape;
}

bool
engine_shape_equals(const struct engine_shape *a, const struct engine_shape *b)
{
    return a->neurons_ff == b->neurons_ff && a->neurons_rec == b->neurons_rec &&
           a->dimensions_in == b->dimensions_in &&
           a->dimensions == b->dimensions && a->precision == b->precision &&
           a->nengo == b->nengo && a->weights == b->weights &&
           a->weights_fixed == b->weights_fixed &&
           a->weights_masked == b->weights_masked &&
           a->weights_clipped == b->weights_clipped &&
           a->plastic_readout == b->plastic_readout && a->decays == b->decays &&
           a->noisy == b->noisy && a->record_spikes == b->record_spikes &&
           a->delay_steps == b->delay_steps;
}

/* Nengo's WhiteNoise is scaled by 1 / sqrt(dt). */
struct engine_rule
engine_rule_of(const struct spec *spec)
{
    const double scale = 1 / sqrt(SPEC_DT);
    return (struct engine_rule){
        .plastic = spec->learning.enabled ? spec->learning.plastic : 0,
        .tau_synapse = spec->network.tau_synapse,
        .tau_error = spec->learning.tau_error,
        .tau_feedback = spec->feedback.tau,
        .error_cutoff = spec->learning.error_cutoff,
        .decay = spec->learning.decay,
        .noise_sd = spec->noise.neurons_sd * scale,
        .noise_mean = spec->noise.neurons_mean * scale,
        .noise_seed = (uint32_t)spec->noise.seed,
        .delay_steps = llround(spec->feedback.delay / SPEC_DT),
        .period_steps = spec_period_steps(spec),
    };
}
