/* fields.c - the table of what a job may ask for.
 *
 * A new key is one row here, one member of struct spec and one value in every
 * preset. There are no other defaults than the presets'. Symbols are those of
 * Gilra & Gerstner, eLife 2017;6:e28295. */
#include "spec/spec_private.h"

#include <string.h>

/* clang-format off */
const char *const system_names[] = {
    "vanderPol", "LinOsc", "Lorenz", "robot1", "rob1SL", "robot1_gravity",
    "robot1XY_gravity", "robot1_gravity_interpol", "robot1XY_gravity_interpol",
    "robot2_gravity_interpol", "robot2_todorov", "robot2_todorov_gravity",
    "robot2XY_todorov_gravity", "acrobot2_gravity", "acrobot2XY_gravity",
    "expression", "array", NULL,
};
const char *const input_names[] = {
    "rampLeave", "rampLeaveDirnVary", "rampLeaveDirnVaryNonLin",
    "rampLeaveHeights", "rampLeaveRampHeights", "rampStep", "kickStart",
    "persistent", "persconst", "amplVary", "amplVaryHeights",
    "amplVaryHeightsScaled", "vanderPolfreqVary", "amplVaryRampHeightsAlt",
    "amplVaryMultiTime", "amplDurnVary", "inputOsc", "nostim", "RLSwing",
    "RLReach1", "RLReach2", "RLReach3", "array", NULL,
};
const char *const nengo_names[] = {"2.4", "2.5", "4", NULL};
const char *const engine_names[] = {"auto", "factored", "dense", NULL};
const char *const precision_names[] = {"f32", "f64", NULL};
/* clang-format on */

#define AT(member) offsetof(struct spec, member)
#define SEED_MOST  4294967295.0 /* NumPy's RandomState takes 32 bits */

/* clang-format off */
const struct field fields[] = {
    /* section, key, type, unit, least, most, offset, choices, text */
    { "system", "type", FIELD_CHOICE, "1", 0, 0,
      AT(system.type), system_names,
      "the system to learn: dx/dt = h(x) + u / 0.02 s, eq. 1" },
    { "system", "mu", FIELD_REAL, "1", 0, 100,
      AT(system.mu), NULL,
      "mu of dx2/dt = (mu (1 - scale x1^2) x2 - x1) / tau_dyn" },
    { "system", "scale", FIELD_REAL, "1", 0, 100,
      AT(system.scale), NULL,
      "scale of the same equation" },
    { "system", "tau_dyn", FIELD_REAL, "s", 0.001, 100,
      AT(system.tau_dyn), NULL,
      "time constant of the same equation" },

    { "network", "neurons_ff", FIELD_COUNT, "1", 1, 1e6,
      AT(network.neurons_ff), NULL,
      "neurons of the feedforward (command) layer" },
    { "network", "neurons_rec", FIELD_COUNT, "1", 1, 1e6,
      AT(network.neurons_rec), NULL,
      "neurons of the recurrent layer" },
    { "network", "radius_ff", FIELD_REAL, "u", 1e-6, 1e6,
      AT(network.radius_ff), NULL,
      "R1, radius of the command that the feedforward layer represents" },
    { "network", "radius_rec", FIELD_REAL, "x", 1e-6, 1e6,
      AT(network.radius_rec), NULL,
      "R2, radius of the state that the recurrent layer represents" },
    { "network", "max_rates", FIELD_RANGE, "1/s", 1, 499,
      AT(network.max_rates), NULL,
      "firing rates at the radius, drawn uniformly from this range" },
    { "network", "intercepts", FIELD_RANGE, "1", -1, 1,
      AT(network.intercepts), NULL,
      "where tuning curves start, as part of the radius, drawn uniformly" },
    { "network", "seed_ff", FIELD_COUNT, "1", 0, SEED_MOST,
      AT(network.seed_ff), NULL,
      "seed of the feedforward layer's neurons" },
    { "network", "seed_rec", FIELD_COUNT, "1", 0, SEED_MOST,
      AT(network.seed_rec), NULL,
      "seed of the recurrent layer's neurons and decoders" },
    { "network", "tau_synapse", FIELD_REAL, "s", 0.001, 1,
      AT(network.tau_synapse), NULL,
      "tau_s of the synaptic filter kappa, eq. 4" },
    { "network", "nengo", FIELD_CHOICE, "1", 0, 2,
      AT(network.nengo), nengo_names,
      "the version of Nengo whose arithmetic is reproduced" },

    { "learning", "enabled", FIELD_BOOL, "1", 0, 1,
      AT(learning.enabled), NULL,
      "whether weights are learned at all" },
    { "learning", "eta", FIELD_REAL, "1", 0, 1,
      AT(learning.eta), NULL,
      "learning rate of the published code: k times the paper's eta" },
    { "learning", "tau_error", FIELD_REAL, "s", 0.001, 10,
      AT(learning.tau_error), NULL,
      "kappa^epsilon, filter of the error that drives learning, eq. 10" },

    { "feedback", "enabled", FIELD_BOOL, "1", 0, 1,
      AT(feedback.enabled), NULL,
      "whether the error is fed back into the recurrent layer" },
    { "feedback", "gain", FIELD_REAL, "1", 0, 1e5,
      AT(feedback.gain), NULL,
      "k, gain of the error feedback, eq. 8" },
    { "feedback", "tau", FIELD_REAL, "s", 0.001, 1,
      AT(feedback.tau), NULL,
      "filter of the error that is fed back" },

    { "input", "type", FIELD_CHOICE, "1", 0, 1,
      AT(input.type), input_names,
      "the command u(t), by its name in the published scripts" },
    { "input", "seed", FIELD_COUNT, "1", 0, SEED_MOST,
      AT(input.seed), NULL,
      "seed of the command" },
    { "input", "scale", FIELD_REAL, "1", 0, 1000,
      AT(input.scale), NULL,
      "factor on the command as published" },

    { "schedule", "duration", FIELD_REAL, "s", 0.001, 1e6,
      AT(schedule.duration), NULL,
      "Tmax, simulated time of the whole job" },
    { "schedule", "period", FIELD_REAL, "s", 0.001, 1e5,
      AT(schedule.period), NULL,
      "Tperiod, length of one trial" },
    { "schedule", "ramp", FIELD_REAL, "s", 0, 1e5,
      AT(schedule.ramp), NULL,
      "rampT, length of the pulse at the start of a trial" },
    { "schedule", "settle", FIELD_REAL, "s", 0, 1e6,
      AT(schedule.settle), NULL,
      "time at the start without feedback and learning" },
    { "schedule", "test", FIELD_REAL, "s", 0, 1e6,
      AT(schedule.test), NULL,
      "time at the end without feedback and learning" },
    { "schedule", "trial_clamp", FIELD_BOOL, "1", 0, 1,
      AT(schedule.trial_clamp), NULL,
      "silence neurons and reset the state in the last 0.5 s of a trial" },

    { "record", "window", FIELD_REAL, "s", 0, 1000,
      AT(record.window), NULL,
      "length of the traces kept at full rate, at the start and at the end" },
    { "record", "snapshots", FIELD_COUNT, "1", 0, 1000,
      AT(record.snapshots), NULL,
      "checkpoints of the weights that are kept, evenly spaced in time" },

    { "compute", "engine", FIELD_CHOICE, "1", 0, 1,
      AT(compute.engine), engine_names,
      "how weights are held: as factors, W = E D, whenever that is exact" },
    { "compute", "precision", FIELD_CHOICE, "1", 0, 1,
      AT(compute.precision), precision_names,
      "single or double precision" },
    { "compute", "device", FIELD_TEXT, "1", 1, 127,
      AT(compute.device), NULL,
      "\"any\" or the id of the only device that may run it" },
};
/* clang-format on */

const size_t fields_count = ARRAY_LENGTH(fields);

const struct field *
field_find(const char *section, const char *key)
{
    for (size_t i = 0; i < fields_count; i++)
        if (strcmp(fields[i].section, section) == 0 &&
            strcmp(fields[i].key, key) == 0)
            return &fields[i];
    return NULL;
}

bool
field_is_section(const char *name)
{
    for (size_t i = 0; i < fields_count; i++)
        if (strcmp(fields[i].section, name) == 0)
            return true;
    return false;
}

const char *
system_name(enum system_type type)
{
    return system_names[type];
}

const char *
input_name(enum input_type type)
{
    return input_names[type];
}

const char *
nengo_name(enum nengo_rule rule)
{
    return nengo_names[rule];
}

const char *
precision_name(enum precision precision)
{
    return precision_names[precision];
}
