/* systems.c - what is known of each system: its dimensions, its constants as
 * published, and so which keys of "system" mean anything for it.
 *
 * Constants are those of the published scripts; where the paper prints others,
 * the variant "paper" has them. An arm's torques and observables are scaled by
 * its factors before the network sees them. */
#include "spec/spec_private.h"

#include <string.h>

#define BIT(type)   (1u << (type))
#define VAN_DER_POL BIT(SYSTEM_VAN_DER_POL)
#define LIN_OSC     BIT(SYSTEM_LIN_OSC)
#define LORENZ      BIT(SYSTEM_LORENZ)
#define PENDULUM    (BIT(SYSTEM_ROBOT1) | BIT(SYSTEM_ROB1SL))
#define EXPRESSION  BIT(SYSTEM_EXPRESSION)
#define OWN         (EXPRESSION | BIT(SYSTEM_ARRAY))
#define ONE_LINK                                                               \
    (BIT(SYSTEM_ROBOT1_GRAVITY) | BIT(SYSTEM_ROBOT1XY_GRAVITY) |               \
     BIT(SYSTEM_ROBOT1_GRAVITY_INTERPOL) |                                     \
     BIT(SYSTEM_ROBOT1XY_GRAVITY_INTERPOL))
#define WEIGHTLESS BIT(SYSTEM_ROBOT2_TODOROV)
#define TWO_LINK                                                               \
    (BIT(SYSTEM_ROBOT2_GRAVITY_INTERPOL) |                                     \
     BIT(SYSTEM_ROBOT2_TODOROV_GRAVITY) |                                      \
     BIT(SYSTEM_ROBOT2XY_TODOROV_GRAVITY))
#define ACROBOT (BIT(SYSTEM_ACROBOT2_GRAVITY) | BIT(SYSTEM_ACROBOT2XY_GRAVITY))
#define ARM     (ONE_LINK | WEIGHTLESS | TWO_LINK | ACROBOT)
#define ODE     (VAN_DER_POL | LIN_OSC | LORENZ | PENDULUM)
#define PRINTED (VAN_DER_POL | LIN_OSC | LORENZ | TWO_LINK) /* in the paper */

/* Dimensions of x and of u; 0: the user says. */
/* clang-format off */
static const struct {
    signed char d, d_in;
    double factors[SPEC_DIMENSIONS_MOST]; /* d of x, d_in of u */
} systems[SYSTEMS] = {
    [SYSTEM_VAN_DER_POL] = {2, 2, {0}},
    [SYSTEM_LIN_OSC] = {2, 2, {0}},
    [SYSTEM_LORENZ] = {3, 3, {0}},
    [SYSTEM_ROBOT1] = {2, 2, {0}},
    [SYSTEM_ROB1SL] = {2, 2, {0}},
    [SYSTEM_ROBOT1_GRAVITY] = {2, 1, {0.5, 0.1, 0.125}},
    [SYSTEM_ROBOT1XY_GRAVITY] = {3, 1, {2.5, 2.5, 0.05, 0.02}},
    [SYSTEM_ROBOT1_GRAVITY_INTERPOL] = {2, 1, {1 / 3.5, 0.05, 0.02}},
    [SYSTEM_ROBOT1XY_GRAVITY_INTERPOL] = {3, 1, {2.5, 2.5, 0.05, 0.02}},
    [SYSTEM_ROBOT2_GRAVITY_INTERPOL] =
        {4, 2, {1 / 3.5, 1 / 3.5, 0.05, 0.05, 0.02, 0.02}},
    [SYSTEM_ROBOT2_TODOROV] = {4, 2, {1, 1, 0.5, 0.5, 0.5, 0.5}},
    [SYSTEM_ROBOT2_TODOROV_GRAVITY] =
        {4, 2, {1 / 2.5, 1 / 2.5, 0.05, 0.05, 0.02, 0.02}},
    [SYSTEM_ROBOT2XY_TODOROV_GRAVITY] =
        {6, 2, {2.5, 2.5, 1.2, 1.2, 0.075, 0.075, 0.025, 0.025}},
    [SYSTEM_ACROBOT2_GRAVITY] = {4, 2, {0.55, 0.4, 0.12, 0.075, 0.05, 0.05}},
    [SYSTEM_ACROBOT2XY_GRAVITY] =
        {6, 2, {0.9, 0.9, 0.45, 0.45, 0.08, 0.05, 0.025, 0.025}},
};

/* Which systems have a key, and its value if it is a number. */
static const struct constant {
    unsigned systems;
    const char *key;
    double code, paper;
} constants[] = {
    { LIN_OSC,     "feedforward", 0,     0 },
    { ODE,         "tau_input",   0.02,  0.02 },
    { VAN_DER_POL, "tau_dyn",     0.125, 0.125 },
    { LIN_OSC,     "tau_dyn",     0.1,   0.05 },
    { LORENZ,      "tau_dyn",     1,     1 },
    { VAN_DER_POL, "mu",          2,     2 },
    { VAN_DER_POL, "scale",       1,     1 },
    { LIN_OSC,     "decay",      -0.2,  -0.2 },
    { LORENZ,      "sigma",       10,    10 },
    { LORENZ,      "rho",         28,    28 },
    { LORENZ,      "beta",        8.0 / 3, 8.0 / 3 },
    { PENDULUM,    "friction",    0.2,   0.2 },
    { BIT(SYSTEM_ROBOT1), "limit", 0.6,  0.6 },
    { BIT(SYSTEM_ROBOT1), "limit_width", 0.5, 0.5 },
    { ONE_LINK | TWO_LINK, "m1",  1.4,   1.4 },
    { ACROBOT,     "m1",          1,     1 },
    { WEIGHTLESS | TWO_LINK, "m2", 1.1,  1.1 },
    { ACROBOT,     "m2",          1,     1 },
    { ONE_LINK | WEIGHTLESS | TWO_LINK, "l1", 0.31, 0.3 },
    { ACROBOT,     "l1",          1,     1 },
    { WEIGHTLESS | TWO_LINK, "l2", 0.27, 0.33 },
    { ACROBOT,     "l2",          1,     1 },
    { ONE_LINK | TWO_LINK, "s1",  0.11,  0.11 },
    { ACROBOT,     "s1",          0.5,   0.5 },
    { WEIGHTLESS | TWO_LINK, "s2", 0.16, 0.16 },
    { ACROBOT,     "s2",          0.5,   0.5 },
    { ONE_LINK | WEIGHTLESS | TWO_LINK, "i1", 0.025, 0.025 },
    { ACROBOT,     "i1",          1,     1 },
    { WEIGHTLESS | TWO_LINK, "i2", 0.045, 0.045 },
    { ACROBOT,     "i2",          1,     1 },
    { ONE_LINK | TWO_LINK, "b11", 0.7,   0.05 },
    { WEIGHTLESS | ACROBOT, "b11", 0,    0 },
    { TWO_LINK,    "b22",         0.8,   0.05 },
    { WEIGHTLESS | ACROBOT, "b22", 0,    0 },
    { TWO_LINK,    "b12",         0.08,  0.025 },
    { WEIGHTLESS | ACROBOT, "b12", 0,    0 },
    { ONE_LINK | TWO_LINK, "g",   9.81,  9.81 },
    { ACROBOT,     "g",           9.8,   9.8 },
    { ARM,         "factors",     0,     0 },
    { ODE | ARM | EXPRESSION, "start", 0, 0 },
    { OWN,         "dimensions",  2,     2 },
    { OWN,         "dimensions_in", 2,   2 },
    { EXPRESSION,  "expressions", 0,     0 },
    { EXPRESSION,  "constants",   0,     0 },
    { BIT(SYSTEM_ARRAY), "array", 0,     0 },
};
/* clang-format on */

static const struct constant *
constant_find(enum system_type type, const char *key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++)
        if ((constants[i].systems & BIT(type)) != 0 &&
            strcmp(constants[i].key, key) == 0)
            return &constants[i];
    return NULL;
}

bool
system_has(enum system_type type, const char *key)
{
    return strcmp(key, "type") == 0 || strcmp(key, "variant") == 0 ||
           constant_find(type, key) != NULL;
}

bool
system_has_variant(enum system_type type, enum variant variant)
{
    return variant == VARIANT_CODE || (PRINTED & BIT(type)) != 0;
}

/* What an rl job has beside its arm and its rl keys. */
static bool
needs_no_network(const struct field *field)
{
    return strcmp(field->section, "compute") == 0 ||
           (strcmp(field->section, "start") == 0 &&
            strcmp(field->key, "states") != 0);
}

bool
field_applies(const struct field *field, const struct spec *spec)
{
    bool learns_by_reward = spec->rl.task != RL_NONE;
    if (strcmp(field->section, "system") == 0)
        return system_has(spec->system.type, field->key);
    if (strcmp(field->section, "rl") == 0)
        return learns_by_reward;
    return !learns_by_reward || needs_no_network(field);
}

void
system_fill(struct spec *spec, bool is_new)
{
    enum system_type type = spec->system.type;
    enum variant variant = spec->system.variant;
    if (is_new)
        memset(&spec->system, 0, sizeof spec->system);
    spec->system.type = type;
    spec->system.variant = variant;
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++) {
        const struct constant *constant = &constants[i];
        const struct field *field = field_find("system", constant->key);
        void *at = (char *)spec + field->offset;
        if ((constant->systems & BIT(type)) == 0)
            continue;
        if (field->type == FIELD_REAL)
            *(double *)at =
                variant == VARIANT_PAPER ? constant->paper : constant->code;
        else if (field->type == FIELD_COUNT)
            *(int64_t *)at = (int64_t)constant->code;
    }
    if (!is_new || !system_has(type, "factors"))
        return;
    spec->system.factors.count = systems[type].d + systems[type].d_in;
    memcpy(spec->system.factors.at, systems[type].factors,
           sizeof systems[type].factors);
}

bool
spec_is_arm(const struct spec *spec)
{
    return (ARM & BIT(spec->system.type)) != 0;
}

void
spec_dimensions(const struct spec *spec, int *d, int *d_in)
{
    *d = systems[spec->system.type].d;
    *d_in = systems[spec->system.type].d_in;
    if (*d > 0)
        return;
    *d = (int)spec->system.dimensions;
    *d_in = (int)spec->system.dimensions_in;
}

/* ---- documentation ------------------------------------------------------ */

static enum status
document_constants(enum system_type type, struct bytes *out)
{
    const char *between = "";
    enum status status = OK;
    for (size_t i = 0; i < ARRAY_LENGTH(constants) && status == OK; i++) {
        const struct constant *constant = &constants[i];
        if ((constant->systems & BIT(type)) == 0)
            continue;
        status = bytes_printf(out, "%s`%s`", between, constant->key);
        between = ", ";
        if (status == OK &&
            field_find("system", constant->key)->type == FIELD_REAL)
            status = bytes_printf(out, " %.6g", constant->code);
        if (status == OK && constant->paper != constant->code &&
            (PRINTED & BIT(type)) != 0)
            status = bytes_printf(out, " (paper: %.6g)", constant->paper);
    }
    return status;
}

enum status
system_document(struct bytes *out)
{
    enum status status =
        bytes_printf(out, "\n## Systems\n\n"
                          "| type | dimensions of x, u | keys of `system`, "
                          "with the values published |\n"
                          "|---|---|---|\n");
    for (unsigned type = 0; type < SYSTEMS && status == OK; type++) {
        status = bytes_printf(out, "| `%s` | ", system_names[type]);
        if (status == OK && systems[type].d > 0)
            status = bytes_printf(out, "%d, %d", systems[type].d,
                                  systems[type].d_in);
        if (status == OK)
            status = bytes_printf(out, " | ");
        if (status == OK)
            status = document_constants((enum system_type)type, out);
        if (status == OK)
            status = bytes_printf(out, " |\n");
    }
    return status;
}
