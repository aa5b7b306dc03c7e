/* presets.c - whole job descriptions by name: the published experiments.
 *
 * A preset is the one that it stands on and what it changes of it, read as a
 * user's own description is. Values are those of the published scripts, which
 * differ from the paper's tables here and there; how long each was run is that
 * of the paper's figures. */
#include "spec/spec_private.h"

#include <assert.h>
#include <string.h>

#define CHANGES(...) #__VA_ARGS__ /* JSON without backslashes */

struct preset {
    const char *name, *base, *description, *changes;
};

/* clang-format off */
static const struct preset presets[] = {
    { "vanderPol", "",
      "van der Pol oscillator, 3000 + 3000 neurons, learned for 40 s",
      "{}" },
    { "vanderPol-lowrate", "vanderPol",
      "the same with neurons of constant gain that fire at some 13 Hz, "
      "5000 s, learned 20 times faster after 1000 s (figure 2)",
      CHANGES({ "network": { "gain": 2, "bias": [-2, 2], "radius_rec": 4.5 },
                "learning": { "tau_error": 0.08,
                              "eta_schedule": [[1000, 4e-2]] },
                "schedule": { "duration": 5000 } }) },
    { "LinOsc", "vanderPol",
      "damped linear oscillator, 2000 + 2000 neurons, 10000 s (figure 2, "
      "supplement 2)",
      CHANGES({ "system": { "type": "LinOsc" },
                "network": { "neurons_ff": 2000, "neurons_rec": 2000,
                             "radius_rec": 1 },
                "input": { "type": "amplVaryHeights", "reduction": 8 },
                "schedule": { "duration": 10000, "period": 2,
                              "trial_clamp": false } }) },
    { "LinOsc-nonlin", "LinOsc",
      "the same behind a cubic function of the command, 10000 s (figure 2, "
      "supplement 5)",
      CHANGES({ "system": { "feedforward": "nonlin" } }) },
    { "LinOsc-nonlin2", "LinOsc",
      "the same behind another cubic function of the command, 10000 s "
      "(figure 2, supplement 4)",
      CHANGES({ "system": { "feedforward": "nonlin2" } }) },
    { "Lorenz", "vanderPol",
      "Lorenz attractor after one kick, 5000 + 5000 neurons, 10000 s "
      "(figure 3)",
      CHANGES({ "system": { "type": "Lorenz" },
                "network": { "neurons_ff": 5000, "neurons_rec": 5000,
                             "radius_ff": 6, "radius_rec": 30 },
                "input": { "type": "kickStart", "reduction": 10 },
                "schedule": { "duration": 10000, "period": 20, "ramp": 0.25,
                              "trial_clamp": false },
                "record": { "window": 100 } }) },
    { "robot1", "vanderPol",
      "pendulum with friction and limits, 2000 + 2000 neurons, 10000 s",
      CHANGES({ "system": { "type": "robot1" },
                "network": { "neurons_ff": 2000, "neurons_rec": 2000,
                             "radius_ff": 1.2, "radius_rec": 6 },
                "input": { "type": "rampLeaveDirnVary", "reduction": 1 },
                "schedule": { "duration": 10000, "period": 1, "ramp": 0.25,
                              "trial_clamp": false } }) },
    { "rob1SL", "robot1",
      "the same without limits, 10000 s",
      CHANGES({ "system": { "type": "rob1SL" } }) },
    { "robot1_gravity", "robot2_todorov_gravity",
      "arm of one link that may turn all round, 10000 s",
      CHANGES({ "system": { "type": "robot1_gravity" } }) },
    { "robot1XY_gravity", "robot2_todorov_gravity",
      "the same, seen as the place of its end and its angular velocity",
      CHANGES({ "system": { "type": "robot1XY_gravity" } }) },
    { "robot1_gravity_interpol", "robot2_todorov_gravity",
      "arm of one link whose torque fades beyond a right angle, 10000 s",
      CHANGES({ "system": { "type": "robot1_gravity_interpol" } }) },
    { "robot1XY_gravity_interpol", "robot2_todorov_gravity",
      "the same, seen as the place of its end and its angular velocity",
      CHANGES({ "system": { "type": "robot1XY_gravity_interpol" } }) },
    { "robot2_gravity_interpol", "robot2_todorov_gravity",
      "the arm of figure 4, scaled in another way",
      CHANGES({ "system": { "type": "robot2_gravity_interpol" } }) },
    { "robot2_todorov", "robot2_todorov_gravity",
      "arm of two links without gravity and damping, weakly pushed and put "
      "back after each second, 10000 s",
      CHANGES({ "system": { "type": "robot2_todorov" },
                "network": { "radius_rec": 2 },
                "input": { "scale": 0.01 },
                "schedule": { "trial_clamp": true } }) },
    { "robot2_todorov_gravity", "vanderPol",
      "arm of two links under gravity, 5000 + 5000 neurons, 10000 s (figure 4)",
      CHANGES({ "system": { "type": "robot2_todorov_gravity" },
                "network": { "neurons_ff": 5000, "neurons_rec": 5000,
                             "radius_rec": 1 },
                "input": { "type": "amplVaryHeights", "reduction": 0.3 },
                "reference": { "filtered": false },
                "schedule": { "duration": 10000, "period": 1, "ramp": 0.5,
                              "trial_clamp": false } }) },
    { "robot2XY_todorov_gravity", "robot2_todorov_gravity",
      "the arm of figure 4, seen as the places of elbow and hand",
      CHANGES({ "system": { "type": "robot2XY_todorov_gravity" } }) },
    { "acrobot2_gravity", "robot2_todorov_gravity",
      "acrobot of two links, 5000 + 5000 neurons, 10000 s",
      CHANGES({ "system": { "type": "acrobot2_gravity" },
                "input": { "reduction": 0.5 } }) },
    { "acrobot2XY_gravity", "acrobot2_gravity",
      "the same, seen as the places of its joint and its end",
      CHANGES({ "system": { "type": "acrobot2XY_gravity" } }) },
    { "readout", "vanderPol",
      "learns the readout alone of a network that start.job learned, 1000 s "
      "(figure 2, supplement 3)",
      CHANGES({ "learning": { "plastic": ["readout"], "eta": 1e-4,
                "tau_error": 0.02 },
                "feedback": { "enabled": false },
                "input": { "seed": 3 },
                "schedule": { "duration": 1000 } }) },
    { "rl-swing", "robot2_todorov_gravity",
      "the arm learns by reinforcement to swing up by its elbow: torques "
      "for RLSwing (figure 4)",
      CHANGES({ "rl": { "task": "swing" } }) },
    { "rl-swing2", "robot2_todorov_gravity",
      "the same until the elbow is up as well, with the paper's arm, since "
      "the scripts' is damped too much for that",
      CHANGES({ "system": { "variant": "paper" },
                "rl": { "task": "swing2" } }) },
    { "rl-reach1", "robot2_todorov_gravity",
      "the arm learns to reach with equal torques at both joints: torques "
      "for RLReach1",
      CHANGES({ "rl": { "task": "reach1" } }) },
    { "rl-reach2", "robot2_todorov_gravity",
      "the arm learns to reach with any torques: torques for RLReach2",
      CHANGES({ "rl": { "task": "reach2" } }) },
    { "rl-reach3", "robot2_todorov_gravity",
      "the arm learns to reach another target: torques for RLReach3 (figure 4)",
      CHANGES({ "rl": { "task": "reach3" } }) },
    { "custom", "vanderPol",
      "a system of your own as formulas, here the van der Pol oscillator; "
      "or arrays",
      CHANGES({ "system": { "type": "expression",
                            "expressions": [
                              "x2 / tau_dyn + u1 / tau",
                              "(mu * (1 - x1^2) * x2 - x1) / tau_dyn + u2 / tau"
                            ],
                            "constants": { "mu": 2, "tau_dyn": 0.125,
                                           "tau": 0.02 } },
                "input": { "scale": 0.3 } }) },
};
/* clang-format on */

const char *
preset_name(size_t index)
{
    return index < ARRAY_LENGTH(presets) ? presets[index].name : NULL;
}

const char *
preset_description(size_t index)
{
    return index < ARRAY_LENGTH(presets) ? presets[index].description : NULL;
}

const char *
preset_base(size_t index)
{
    return presets[index].base;
}

const char *
preset_changes(size_t index)
{
    return presets[index].changes;
}

static const struct preset *
preset_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

/* The tables of this room have no faults: the tests read all of them. */
static enum status
value_default(const struct field *field, struct spec *spec)
{
    struct faults faults = {0};
    json_t *value = json_loads(field->value, JSON_DECODE_ANY, NULL);
    if (value == NULL)
        return NO_MEMORY;
    value_read(field, value, field->key, spec, &faults);
    json_decref(value);
    assert(faults.count == 0);
    return OK;
}

enum status
spec_default(struct spec *out)
{
    enum status status = OK;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < fields_count && status == OK; i++)
        if (fields[i].value != NULL)
            status = value_default(&fields[i], out);
    if (status == OK)
        system_fill(out, true);
    return status;
}

/* What the preset stands on, and over it what it changes. */
static enum status
preset_resolve(const struct preset *preset, struct spec *out)
{
    const struct preset *base = preset_find(preset->base);
    struct faults faults = {0};
    json_t *changes;
    enum status status =
        base != NULL ? preset_resolve(base, out) : spec_default(out);
    if (status != OK)
        return status;
    changes = json_loads(preset->changes, 0, NULL);
    if (changes == NULL)
        return NO_MEMORY;
    spec_apply(changes, out, &faults);
    json_decref(changes);
    assert(faults.count == 0);
    memset(out->preset, 0, sizeof out->preset);
    strcpy(out->preset, preset->name);
    return OK;
}

enum status
preset_spec(const char *name, struct spec *out, struct error *err)
{
    struct guess guess = {.word = name};
    const struct preset *preset = preset_find(name);
    if (preset != NULL && preset_resolve(preset, out) == OK)
        return OK;
    if (preset != NULL)
        return error_set(err, NO_MEMORY, "no memory for a preset");
    for (size_t i = 0; i < ARRAY_LENGTH(presets); i++)
        guess_offer(&guess, presets[i].name);
    if (guess.best != NULL)
        return error_set(err, NOT_FOUND,
                         "no preset has this name, did you mean \"%s\"?",
                         guess.best);
    return error_set(err, NOT_FOUND, "no preset has this name");
}
