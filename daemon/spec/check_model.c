/* check_model.c - how system, command, weights and rules must fit together.
 *
 * Whether a formula can be understood and an upload has the right shape is for
 * those to say who take them. */
#include "spec/spec_private.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Adds a fault unless one is known there: what is kept of the preset in its
 * stead is nobody's wish. */
static void fault_unless(bool good, struct faults *faults, const char *pointer,
                         const char *format, ...) PRINTF_LIKE(4, 5);
static void
fault_unless(bool good, struct faults *faults, const char *pointer,
             const char *format, ...)
{
    char detail[sizeof faults->list[0].detail];
    va_list arguments;
    if (good || fault_is_below(faults, pointer))
        return;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    fault_add(faults, pointer, "%s", detail);
}

/* ---- system ------------------------------------------------------------- */

static int
count_formulas(const struct spec *spec)
{
    int count = 0;
    while (count < SPEC_DIMENSIONS_MOST &&
           spec->system.expressions[count][0] != '\0')
        count++;
    return count;
}

static void
check_system(const struct spec *spec, struct faults *faults)
{
    int d, d_in;
    int64_t factors = spec->system.factors.count;
    int64_t start = spec->system.start.count;
    spec_dimensions(spec, &d, &d_in);
    int states = spec_is_arm(spec) ? 2 * d_in : d;
    if (spec_is_arm(spec))
        fault_unless(factors == d + d_in, faults, "/system/factors",
                     "must have %d numbers, of %d observables and %d torques, "
                     "has %lld",
                     d + d_in, d, d_in, (long long)factors);
    fault_unless(start == 0 || start == states, faults, "/system/start",
                 "must have %d numbers or none, has %lld", states,
                 (long long)start);
    if (spec->system.type == SYSTEM_EXPRESSION)
        fault_unless(count_formulas(spec) == d, faults, "/system/expressions",
                     "must have %d formulas, one for each of "
                     "system.dimensions, has %d",
                     d, count_formulas(spec));
    if (spec->system.type == SYSTEM_ARRAY)
        fault_unless(spec->system.array[0] != '\0', faults, "/system/array",
                     "must be given, as the system is an array");
}

/* ---- command ------------------------------------------------------------ */

#define RAMP_MOST 1200.0 /* s, where one is asked for */

static bool
is_learned_torque(enum input_type type)
{
    return type >= INPUT_RL_SWING && type <= INPUT_RL_REACH3;
}

/* Those that the published robot script computes, and those that need no
 * computing. */
static bool
is_torque(enum input_type type)
{
    return is_learned_torque(type) || type == INPUT_AMPL_VARY_HEIGHTS ||
           type == INPUT_RAMP_LEAVE_DIRN_VARY || type == INPUT_NOSTIM ||
           type == INPUT_ARRAY;
}

/* Of these commands the published script draws two numbers, of which the Lorenz
 * system has the first two dimensions. */
static bool
has_one_direction(enum input_type type)
{
    return type == INPUT_RAMP_LEAVE || type == INPUT_KICK_START ||
           type == INPUT_PERSISTENT || type == INPUT_PERSCONST ||
           type == INPUT_AMPL_DURN_VARY;
}

/* What `type` wants of the dimensions of u, in words, or NULL. One link learns
 * to swing, too. */
static const char *
dimensions_fault(enum input_type type, int d_in)
{
    if ((type == INPUT_RAMP_STEP || type == INPUT_VAN_DER_POL_FREQ_VARY ||
         (is_learned_torque(type) && type != INPUT_RL_SWING)) &&
        d_in != 2)
        return "two dimensions";
    if (has_one_direction(type) && d_in != 2 && d_in != 3)
        return "two or three dimensions";
    return NULL;
}

/* Of these commands a ramp makes more than the length of a pulse. */
static bool
divides_by_ramp(const struct spec *spec)
{
    enum system_type system = spec->system.type;
    return spec->input.type == INPUT_AMPL_DURN_VARY ||
           (spec->input.type == INPUT_RAMP_LEAVE_DIRN_VARY &&
            (system == SYSTEM_ROBOT1 || system == SYSTEM_ROB1SL));
}

static void
check_input_kind(const struct spec *spec, struct faults *faults)
{
    int d, d_in;
    enum input_type type = spec->input.type;
    const char *system = system_names[spec->system.type];
    spec_dimensions(spec, &d, &d_in);
    if (spec_is_arm(spec) && !is_torque(type)) {
        fault_unless(false, faults, "/input/type",
                     "%s takes torques: \"amplVaryHeights\", "
                     "\"rampLeaveDirnVary\", \"nostim\", \"array\", "
                     "\"RLSwing\" or, with two joints, \"RLReach...\", is "
                     "\"%s\"",
                     system, input_names[type]);
        return;
    }
    if (!spec_is_arm(spec) && is_learned_torque(type)) {
        fault_unless(false, faults, "/input/type",
                     "\"%s\" is of torques, and %s takes none",
                     input_names[type], system);
        return;
    }
    if (divides_by_ramp(spec))
        fault_unless(spec->schedule.ramp >= SPEC_DT &&
                         spec->schedule.ramp <= RAMP_MOST,
                     faults, "/schedule/ramp",
                     "must be from %g to %g for \"%s\", is %.15g", SPEC_DT,
                     RAMP_MOST, input_names[type], spec->schedule.ramp);
    const char *wanted = dimensions_fault(type, d_in);
    fault_unless(wanted == NULL, faults, "/input/type",
                 "\"%s\" has %s, and the command of %s %d", input_names[type],
                 wanted != NULL ? wanted : "", system, d_in);
}

static void
check_input(const struct spec *spec, struct faults *faults)
{
    enum input_type type = spec->input.type;
    bool from = spec->input.command_from != 0;
    bool array = spec->input.array[0] != '\0';
    if (!fault_is_below(faults, "/input") && !fault_is_below(faults, "/system"))
        check_input_kind(spec, faults);
    if (fault_is_below(faults, "/input"))
        return;
    if (is_learned_torque(type)) {
        fault_unless(from != array, faults, "/input/command_from",
                     "must be the job that learned the torques, or input.array "
                     "must have them, and not both");
        return;
    }
    fault_unless(type != INPUT_ARRAY || array, faults, "/input/array",
                 "must be given, as the command is an array");
    fault_unless(type == INPUT_ARRAY || !array, faults, "/input/array",
                 "must be null, as the command is \"%s\"", input_names[type]);
    fault_unless(!from, faults, "/input/command_from",
                 "must be null, as the command is \"%s\"", input_names[type]);
}

/* ---- weights and where they come from ----------------------------------- */

static void
check_weights(const struct spec *spec, struct faults *faults)
{
    enum weights_init init = spec->weights.init;
    bool goes_on = spec->start.job != 0;
    bool array = spec->weights.array[0] != '\0';
    fault_unless(init != WEIGHTS_ARRAY || array, faults, "/weights/array",
                 "must be given, as weights.init is \"array\"");
    fault_unless(init == WEIGHTS_ARRAY || !array, faults, "/weights/array",
                 "must be null, as weights.init is \"%s\"", init_names[init]);
    fault_unless(init != WEIGHTS_SHUFFLED || goes_on, faults, "/start/job",
                 "must be given: its weights are to be shuffled");
    fault_unless(init != WEIGHTS_SHUFFLED || spec->weights.shuffled != 0,
                 faults, "/weights/shuffled",
                 "must name at least one, as weights.init is \"shuffled\"");
    fault_unless(!goes_on || init == WEIGHTS_ZERO || init == WEIGHTS_SHUFFLED,
                 faults, "/weights/init",
                 "must be \"zero\" or \"shuffled\", as weights come from "
                 "start.job, is \"%s\"",
                 init_names[init]);
    fault_unless(init != WEIGHTS_IDEAL ||
                     (!spec_is_arm(spec) && spec->system.type != SYSTEM_ARRAY),
                 faults, "/weights/init",
                 "\"ideal\" needs dx/dt as a function of x plus one of u, "
                 "which %s is not",
                 system_names[spec->system.type]);
}

static void
check_start(const struct spec *spec, struct faults *faults)
{
    bool goes_on = spec->start.job != 0;
    fault_unless(goes_on || spec->start.at < 0, faults, "/start/at",
                 "means nothing without start.job");
    fault_unless(goes_on || !spec->start.states, faults, "/start/states",
                 "means nothing without start.job");
}

/* Why weights are not held as factors, or NULL. */
static const char *
dense_reason(const struct spec *spec)
{
    if (spec->weights.sign != SIGN_FREE)
        return "weights.sign is \"nonnegative\"";
    if (spec->weights.connectivity < 1)
        return "weights.connectivity is less than 1";
    if (spec->weights.init == WEIGHTS_IDEAL && spec_has_fixed_weights(spec))
        return "weights.init is \"ideal\", whose gain acts once, and "
               "network.nengo not \"2.4\"";
    if (spec_has_fixed_weights(spec))
        return "weights.init is neither \"zero\" nor \"ideal\"";
    return NULL;
}

static void
check_engine(const struct spec *spec, struct faults *faults)
{
    const char *reason = dense_reason(spec);
    fault_unless(spec->compute.engine != ENGINE_FACTORED || reason == NULL,
                 faults, "/compute/engine",
                 "\"factored\" cannot hold these weights: %s",
                 reason != NULL ? reason : "");
}

/* ---- rules -------------------------------------------------------------- */

/* Only the readout learns: of a network that moves by its own weights. */
static void
check_readout(const struct spec *spec, struct faults *faults)
{
    fault_unless(spec->learning.plastic == PLASTIC_READOUT, faults,
                 "/learning/plastic",
                 "\"readout\" learns alone, without \"ff\" and \"rec\"");
    fault_unless(spec->start.job != 0 || spec->weights.init != WEIGHTS_ZERO,
                 faults, "/start/job",
                 "must be given: only the readout learns, so the weights must "
                 "come from a job");
    fault_unless(!spec->feedback.enabled, faults, "/feedback/enabled",
                 "must be false while the readout learns, which makes the "
                 "error that would be fed back");
    fault_unless(spec->readout.decoder_noise == 0 &&
                     spec->readout.decoder_factor == 1,
                 faults, "/readout/decoder_noise",
                 "means nothing for a readout that is learned from zero");
}

static void
check_learning(const struct spec *spec, struct faults *faults)
{
    fault_unless(spec->learning.plastic != 0, faults, "/learning/plastic",
                 "must name something; learning.enabled turns learning off");
    if ((spec->learning.plastic & PLASTIC_READOUT) != 0)
        check_readout(spec, faults);
}

/* Two links have all tasks; one, and acrobots, swing up. */
static void
check_reinforcement(const struct spec *spec, struct faults *faults)
{
    int d, joints;
    enum system_type type = spec->system.type;
    bool acrobot =
        type == SYSTEM_ACROBOT2_GRAVITY || type == SYSTEM_ACROBOT2XY_GRAVITY;
    spec_dimensions(spec, &d, &joints);
    fault_unless(spec_is_arm(spec), faults, "/system/type",
                 "must be an arm or an acrobot, as rl.task has one, is \"%s\"",
                 system_names[type]);
    fault_unless(!spec_is_arm(spec) || spec->rl.task == RL_SWING ||
                     (joints == 2 && !acrobot),
                 faults, "/rl/task", "must be \"swing\" for %s, is \"%s\"",
                 system_names[type], task_names[spec->rl.task]);
    fault_unless(spec->start.at < 0 || spec->start.at == floor(spec->start.at),
                 faults, "/start/at",
                 "must be a whole number of episodes, is %.15g",
                 spec->start.at);
}

void
spec_check_model(const struct spec *spec, struct faults *faults)
{
    check_system(spec, faults);
    if (spec->rl.task != RL_NONE) {
        check_reinforcement(spec, faults);
        check_start(spec, faults);
        return;
    }
    check_input(spec, faults);
    check_weights(spec, faults);
    check_start(spec, faults);
    check_engine(spec, faults);
    check_learning(spec, faults);
}
