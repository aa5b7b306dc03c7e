/* command.c - u(t), the command that both the network and the reference get.
 *
 * One row of a table per type of input; names, draw order and arithmetic are
 * those of the published scripts, so a seed means the same command here. All
 * that is random is drawn at the start; it depends on the duration of the job,
 * because that is how many numbers are drawn of one kind before the next. */
#include "drive/command_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whose a row is: the published scripts have one name for two commands here and
 * there. */
enum {
    FREE = 1,      /* systems of the first script...                         */
    PENDULUM = 2,  /* ...and those of them that have "rob" in their names    */
    ARM = 4,       /* those of the robot script, in N m, without...          */
    ARM_TRIALS = 8 /* ...and with trials that end in a clamp                 */
};
#define FIRST (FREE | PENDULUM)
#define ARMS  (ARM | ARM_TRIALS)
#define ALL   (FIRST | ARMS)

/* Pulses last so many ramps, 0: there are none. Stepwise: u only changes where
 * it jumps. */
struct input {
    enum input_type type;
    unsigned whose;
    bool stepwise;
    double pulse;
    command_draw *draw;                                      /* NULL: nothing */
    command_value *at;                                       /* NULL: 0       */
    double (*next)(const struct command *command, double t); /* more jumps   */
    /* Whether it is stepwise now; NULL: never, unless always. */
    bool (*still)(const struct command *command, double lookup);
};

/* ---- rows that were uploaded, or learned -------------------------------- */

static void
at_series(const struct command *command, double lookup, double t, double *u)
{
    (void)lookup;
    series_at(command->series, t, u);
}

static double
next_of_series(const struct command *command, double t)
{
    return series_next(command->series, t);
}

/* ---- the table ---------------------------------------------------------- */

/* clang-format off */
static const struct input inputs[] = {
    /* type, whose, stepwise, pulse, draw, at, next, still */
    { INPUT_RAMP_LEAVE, FIRST, true, 1, NULL, at_fixed_pulses, NULL, NULL },
    { INPUT_RAMP_LEAVE_DIRN_VARY, FREE, false, 1,
      draw_directed_pulses, at_ramps, NULL, still_after_ramp },
    { INPUT_RAMP_LEAVE_DIRN_VARY, PENDULUM, false, 0,
      draw_joint_spline, at_curves, NULL, NULL },
    { INPUT_RAMP_LEAVE_DIRN_VARY, ARM, false, 0,
      draw_torque_spline, at_curves, NULL, NULL },
    { INPUT_RAMP_LEAVE_DIRN_VARY, ARM_TRIALS, false, 1,
      draw_torque_pulses, at_torque_pulses, next_half_ramp, NULL },
    { INPUT_RAMP_LEAVE_DIRN_VARY_NON_LIN, FIRST, false, LONG_RAMP,
      draw_uniform_pulses, at_long_ramps, NULL, NULL },
    { INPUT_RAMP_LEAVE_HEIGHTS, FIRST, false, 1,
      draw_ramps_and_heights, at_ramps_and_heights, NULL, still_after_ramp },
    { INPUT_RAMP_LEAVE_RAMP_HEIGHTS, FIRST, true, 1,
      draw_pulses_and_heights, at_pulses_and_heights, NULL, NULL },
    { INPUT_RAMP_STEP, FIRST, false, 0, draw_unused_steps, at_one_step, NULL, NULL },
    { INPUT_KICK_START, FIRST, false, 0, NULL, at_one_ramp, next_one_ramp,
      still_after_one_ramp },
    { INPUT_PERSISTENT, FIRST, false, 0,
      NULL, at_decaying_pulses, next_fifth, NULL },
    { INPUT_PERSCONST, FIRST, true, 1, NULL, at_pulses_and_constant, NULL, NULL },
    { INPUT_AMPL_VARY, FIRST, true, 0, draw_noise, at_noise, NULL, NULL },
    { INPUT_AMPL_VARY_HEIGHTS, FIRST, true, 0,
      draw_noise_and_heights, at_noise_and_heights, NULL, NULL },
    { INPUT_AMPL_VARY_HEIGHTS, ARMS, false, 0,
      draw_torque_noise, at_torque_noise, NULL, NULL },
    { INPUT_AMPL_VARY_HEIGHTS_SCALED, FIRST, true, 0,
      draw_scaled_heights, at_scaled_heights, NULL, NULL },
    { INPUT_VAN_DER_POL_FREQ_VARY, FIRST, true, 1,
      draw_sweep, at_sweep, NULL, NULL },
    { INPUT_AMPL_VARY_RAMP_HEIGHTS_ALT, FIRST, false, 1,
      draw_alternating, at_alternating, NULL, NULL },
    { INPUT_AMPL_VARY_MULTI_TIME, FIRST, false, 0,
      draw_time_scales, at_time_scales, NULL, NULL },
    { INPUT_AMPL_DURN_VARY, FIRST, true, 1,
      draw_durations, at_durations, next_duration, NULL },
    { INPUT_OSC, FIRST, false, 0, draw_oscillations, at_oscillations, NULL, NULL },
    { INPUT_NOSTIM, ALL, true, 0, NULL, NULL, NULL, NULL },
    { INPUT_RL_SWING, ARMS, false, 0, NULL, at_series, next_of_series, NULL },
    { INPUT_RL_REACH1, ARMS, false, 0, NULL, at_series, next_of_series, NULL },
    { INPUT_RL_REACH2, ARMS, false, 0, NULL, at_series, next_of_series, NULL },
    { INPUT_RL_REACH3, ARMS, false, 0, NULL, at_series, next_of_series, NULL },
    { INPUT_ARRAY, ALL, false, 0, NULL, at_series, next_of_series, NULL },
};
/* clang-format on */

static unsigned
whose_of(const struct spec *spec)
{
    if (spec_is_arm(spec))
        return spec->schedule.trial_clamp ? ARM_TRIALS : ARM;
    return spec->system.type == SYSTEM_ROBOT1 ||
                   spec->system.type == SYSTEM_ROB1SL
               ? PENDULUM
               : FREE;
}

static const struct input *
input_find(const struct spec *spec)
{
    for (size_t i = 0; i < ARRAY_LENGTH(inputs); i++)
        if (inputs[i].type == spec->input.type &&
            (inputs[i].whose & whose_of(spec)) != 0)
            return &inputs[i];
    return NULL;
}

/* ---- the door ----------------------------------------------------------- */

/* All but what it draws. */
static enum status
command_make(const struct spec *spec, struct command **out, struct error *err)
{
    const struct input *input = input_find(spec);
    struct command *command;
    int d;

    if (!input)
        return error_set(err, INVALID, "%s has no input \"%s\"",
                         system_name(spec->system.type),
                         input_name(spec->input.type));
    command = memory_array(1, sizeof(*command));
    if (!command)
        return error_set(err, NO_MEMORY, "no memory for a command");
    command->spec = *spec;
    command->input = input;
    spec_dimensions(spec, &d, &command->d);
    command->periods =
        (int64_t)(spec->schedule.duration / spec->schedule.period) + 1;
    *out = command;
    return OK;
}

enum status
drive_streams(const struct spec *spec, struct random *before,
              struct random *after, struct error *err)
{
    struct command *command = NULL;
    enum status status = command_make(spec, &command, err);

    if (status == OK)
        status =
            command_draw_all(command, command->input->draw, before, after, err);
    command_free(command);
    return status;
}

/* An upload holds the whole job; torques were learned for as long as it took,
 * and the last one lasts. */
static enum status
series_find(struct command *command, const struct drive_sources *sources,
            struct error *err)
{
    const struct spec *spec = &command->spec;
    bool whole = spec->input.type == INPUT_ARRAY;

    if (!whole && sources->command)
        return series_new(sources->command, "torque_t", "torque", command->d, 0,
                          &command->series, err);
    return series_new(sources->input_array, "t", "u", command->d,
                      whole ? spec->schedule.duration : 0, &command->series,
                      err);
}

enum status
command_new(const struct spec *spec, const struct drive_sources *sources,
            struct command **out, struct error *err)
{
    struct command *command = NULL;
    enum status status = command_make(spec, &command, err);

    if (status == OK)
        status =
            command_draw_all(command, command->input->draw, NULL, NULL, err);
    if (status == OK && command->input->at == at_series)
        status = series_find(command, sources, err);
    if (status == OK) {
        *out = command;
        return OK;
    }
    command_free(command);
    return status;
}

void
command_free(struct command *command)
{
    if (!command)
        return;
    free(command->heights);
    free(command->pulses);
    for (int i = 0; i < command->grid_count; i++)
        grid_free(&command->grids[i]);
    free(command->ends);
    free(command->strengths);
    series_free(command->series);
    free(command);
}

/* ---- looking up --------------------------------------------------------- */

int64_t
command_period(const struct command *command, double lookup)
{
    int64_t k = (int64_t)(lookup / command->spec.schedule.period);

    return k < command->periods ? k : command->periods - 1;
}

double
command_gate(const struct command *command, double lookup)
{
    return schedule_clamps(&command->spec, lookup) ? 0.0 : 1.0;
}

double
command_phase(const struct command *command, double lookup, double t)
{
    return fmod(lookup, command->spec.schedule.period) + (t - lookup);
}

bool
command_ramps(const struct command *command, double lookup, double ramps)
{
    return command_phase(command, lookup, lookup) <
           command->spec.schedule.ramp * ramps;
}

void
command_at(const struct command *command, double lookup, double t, double *u)
{
    memset(u, 0, (size_t)command->d * sizeof(double));
    if (command->input->at)
        command->input->at(command, lookup, t, u);
    for (int j = 0; j < command->d; j++)
        u[j] *= command->spec.input.scale;
}

bool
command_is_still(const struct command *command, double lookup)
{
    return command->input->stepwise ||
           (command->input->still && command->input->still(command, lookup));
}

bool
command_is_stepwise(const struct command *command)
{
    return command->input->stepwise;
}

double
command_next_break(const struct command *command, double t)
{
    const struct spec *spec = &command->spec;
    double pulse = spec->schedule.ramp * command->input->pulse;
    double next = schedule_next_break(spec, t);

    if (pulse > 0 && pulse < spec->schedule.period)
        next = fmin(next, schedule_next(t, spec->schedule.period, pulse));
    for (int i = 0; i < command->grid_count; i++)
        next = fmin(next, grid_next(&command->grids[i], t));
    if (command->input->next)
        next = fmin(next, command->input->next(command, t));
    return next;
}
