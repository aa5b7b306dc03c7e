/* presets.c - whole job descriptions by name: the published experiments.
 *
 * Values are those of the published scripts (which differ from the paper's
 * tables here and there); a preset stands here only when it runs as published.
 */
#include "spec/spec_private.h"

#include <string.h>

struct preset {
    const char *description;
    struct spec spec;
};

static const struct preset presets[] = {
    {.description =
         "van der Pol oscillator, 3000 + 3000 neurons, learned for 40 s",
     .spec = {.preset = "vanderPol",
              .system = {.type = SYSTEM_VAN_DER_POL,
                         .mu = 2.0,
                         .scale = 1.0,
                         .tau_dyn = 0.125},
              .network = {.neurons_ff = 3000,
                          .neurons_rec = 3000,
                          .radius_ff = 0.2,
                          .radius_rec = 5.0,
                          .max_rates = {200.0, 400.0},
                          .intercepts = {-1.0, 1.0},
                          .seed_ff = 3,
                          .seed_rec = 4,
                          .tau_synapse = 0.02,
                          .nengo = NENGO_2_4},
              .learning = {.enabled = true, .eta = 2e-3, .tau_error = 0.2},
              .feedback = {.enabled = true, .gain = 10.0, .tau = 0.02},
              .input = {.type = INPUT_AMPL_VARY_HEIGHTS_SCALED,
                        .seed = 2,
                        .scale = 1.0},
              .schedule = {.duration = 40.0,
                           .period = 4.0,
                           .ramp = 0.1,
                           .settle = 4.0,
                           .test = 16.0,
                           .trial_clamp = true},
              .record = {.window = 20.0, .snapshots = 20},
              .compute = {.engine = ENGINE_AUTO,
                          .precision = PRECISION_F32,
                          .device = "any"}}},
};

const char *
preset_name(size_t index)
{
    return index < ARRAY_LENGTH(presets) ? presets[index].spec.preset : NULL;
}

const char *
preset_description(size_t index)
{
    return index < ARRAY_LENGTH(presets) ? presets[index].description : NULL;
}

enum status
preset_spec(const char *name, struct spec *out, struct error *err)
{
    struct guess guess = {.word = name};
    for (size_t i = 0; i < ARRAY_LENGTH(presets); i++) {
        if (strcmp(presets[i].spec.preset, name) == 0) {
            *out = presets[i].spec;
            return OK;
        }
        guess_offer(&guess, presets[i].spec.preset);
    }
    if (guess.best != NULL)
        return error_set(err, NOT_FOUND,
                         "no preset has this name, did you mean \"%s\"?",
                         guess.best);
    return error_set(err, NOT_FOUND, "no preset has this name");
}
