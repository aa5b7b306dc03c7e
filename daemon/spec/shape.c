/* shape.c - which jobs can be simulated together. */
#include "spec/spec_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIXED " fixed"

bool
spec_shape_is_fixed(const char *shape)
{
    return strstr(shape, FIXED) != NULL;
}

static const char *
weights_name(const struct spec *spec, bool fixed)
{
    if (spec_is_dense(spec))
        return "dense";
    return spec_is_factored(spec) && !fixed ? "factored" : "gathered";
}

void
spec_shape(const struct spec *spec, bool fixed, char out[SPEC_SHAPE_SIZE])
{
    const bool goes_on =
        spec->start.job != 0 && spec->weights.init == WEIGHTS_ZERO;
    const bool noisy =
        spec->noise.neurons_sd > 0 || spec->noise.neurons_mean != 0;
    int d, d_in;

    if (spec->rl.task != RL_NONE) {
        snprintf(out, SPEC_SHAPE_SIZE, "rl");
        return;
    }
    fixed = spec_has_fixed_weights(spec) || (goes_on && fixed);
    spec_dimensions(spec, &d, &d_in);
    snprintf(
        out, SPEC_SHAPE_SIZE, "%lld+%lld %d+%d %s %s %s%s%s%s%s%s%s%s %lld",
        (long long)spec->network.neurons_ff,
        (long long)spec->network.neurons_rec, d_in, d,
        precision_name(spec->compute.precision),
        nengo_name(spec->network.nengo), weights_name(spec, fixed),
        fixed ? FIXED : "", spec->weights.connectivity < 1 ? " masked" : "",
        spec->weights.sign == SIGN_NONNEGATIVE ? " clipped" : "",
        spec->learning.plastic & PLASTIC_READOUT ? " readout" : "",
        spec->learning.decay > 0 ? " decays" : "", noisy ? " noisy" : "",
        spec->record.spikes || spec->record.rates ? " spikes" : "",
        (long long)llround(spec->feedback.delay / SPEC_DT));
}
