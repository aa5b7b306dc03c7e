/* names.c - what the values of enums are called in JSON, and the way from names
 * to fields. Systems and inputs have the names of the published scripts. */
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
const char *const variant_names[] = {"code", "paper", NULL};
const char *const feedforward_names[] = {"linear", "nonlin", "nonlin2", NULL};
const char *const nengo_names[] = {"2.4", "2.5", "4", NULL};
const char *const init_names[] = {"zero", "random", "ideal", "shuffled",
                                  "array", NULL};
const char *const sign_names[] = {"free", "nonnegative", NULL};
const char *const plastic_names[] = {"ff", "rec", "readout", NULL};
const char *const layer_names[] = {"ff", "rec", NULL};
const char *const delay_names[] = {"pure", "alpha", NULL};
const char *const task_names[] = {"none", "swing", "swing2", "reach1",
                                  "reach2", "reach3", NULL};
const char *const engine_names[] = {"auto", "factored", "dense", NULL};
const char *const precision_names[] = {"f32", "f64", NULL};
/* clang-format on */

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
