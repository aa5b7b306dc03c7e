/* command_pulse.c - commands that are pulses or ramps at the start of a period,
 * and constants that last it. The order of operations is that of the published
 * script, to the last bit. */
#include "drive/command_private.h"

#include <math.h>

/* Entry (j, k) of an array [d_in][periods]. */
static double
entry(const struct command *command, const double *array, int j, int64_t k)
{
    return array[j * command->periods + k];
}

/* ---- one direction, B --------------------------------------------------- */

/* rampLeave: u = B R2 / ramp in the pulse */
void
at_fixed_pulses(const struct command *command, double lookup, double t,
                double *u)
{
    const struct spec *spec = &command->spec;

    (void)t;
    if (!command_ramps(command, lookup, 1))
        return;
    for (int j = 0; j < command->d; j++)
        u[j] = command->direction[j] / spec->schedule.ramp *
               spec->network.radius_rec;
}

/* kickStart: u = B R2 / reduction t / ramp while t < ramp, once */
void
at_one_ramp(const struct command *command, double lookup, double t, double *u)
{
    const struct spec *spec = &command->spec;

    if (!(lookup < spec->schedule.ramp))
        return;
    for (int j = 0; j < command->d; j++)
        u[j] = command->direction[j] / spec->input.reduction * t /
               spec->schedule.ramp * spec->network.radius_rec;
}

bool
still_after_one_ramp(const struct command *command, double lookup)
{
    return !(lookup < command->spec.schedule.ramp);
}

double
next_one_ramp(const struct command *command, double t)
{
    double ramp = command->spec.schedule.ramp;

    return ramp > t + BREAK_NEAR ? ramp : INFINITY;
}

/* persistent: u = exp(-phase / period) B R2 / ramp in pulses, five a period */
void
at_decaying_pulses(const struct command *command, double lookup, double t,
                   double *u)
{
    const struct spec *spec = &command->spec;
    double period = spec->schedule.period;
    double part = exp(-command_phase(command, lookup, t) / period);

    if (!(fmod(lookup, period / 5.0) < spec->schedule.ramp))
        return;
    for (int j = 0; j < command->d; j++)
        u[j] = part * command->direction[j] / spec->schedule.ramp *
               spec->network.radius_rec;
}

double
next_fifth(const struct command *command, double t)
{
    double fifth = command->spec.schedule.period / 5.0;
    double ramp = command->spec.schedule.ramp;
    double begins = schedule_next(t, fifth, 0);

    return ramp < fifth ? fmin(begins, schedule_next(t, fifth, ramp)) : begins;
}

/* persconst: u = B R2 / ramp in the pulse, else 3 */
void
at_pulses_and_constant(const struct command *command, double lookup, double t,
                       double *u)
{
    for (int j = 0; j < command->d; j++)
        u[j] = 3;
    at_fixed_pulses(command, lookup, t, u);
}

/* ---- another direction every period ------------------------------------- */

/* rampLeaveDirnVary: P = n / reduction; u = P R2 phase / ramp in the ramp */
enum status
draw_directed_pulses(struct command *command, struct random *random,
                     struct error *err)
{
    enum status status =
        command_draw_directions(command, random, &command->pulses, err);

    if (status == OK)
        command_divide(command->pulses, command->d * command->periods,
                       command->spec.input.reduction);
    return status;
}

void
at_ramps(const struct command *command, double lookup, double t, double *u)
{
    const struct spec *spec = &command->spec;
    int64_t k = command_period(command, lookup);

    if (!command_ramps(command, lookup, 1))
        return;
    for (int j = 0; j < command->d; j++)
        u[j] = entry(command, command->pulses, j, k) *
               command_phase(command, lookup, t) / spec->schedule.ramp *
               spec->network.radius_rec;
}

bool
still_after_ramp(const struct command *command, double lookup)
{
    return !command_ramps(command, lookup, 1);
}

/* rampLeaveDirnVaryNonLin: P uniform in +-1 / reduction, the ramp ten times as
 * long; u = P 0.1 R2 phase / ramp */
enum status
draw_uniform_pulses(struct command *command, struct random *random,
                    struct error *err)
{
    enum status status =
        command_draw_uniform(command, random, 1, &command->pulses, err);

    if (status == OK)
        command_divide(command->pulses, command->d * command->periods,
                       command->spec.input.reduction);
    return status;
}

void
at_long_ramps(const struct command *command, double lookup, double t, double *u)
{
    const struct spec *spec = &command->spec;
    int64_t k = command_period(command, lookup);

    if (!command_ramps(command, lookup, LONG_RAMP))
        return;
    for (int j = 0; j < command->d; j++)
        u[j] = entry(command, command->pulses, j, k) *
               command_phase(command, lookup, t) /
               (spec->schedule.ramp * LONG_RAMP) * 0.1 *
               spec->network.radius_rec;
}

/* rampLeaveHeights: P = n / reduction, H = n' / reduction / 2, both half of it
 * for van der Pol; u = P R2 phase / ramp in the ramp + H R2 G */
enum status
draw_ramps_and_heights(struct command *command, struct random *random,
                       struct error *err)
{
    int64_t count = command->d * command->periods;
    double weak = command->spec.system.type == SYSTEM_VAN_DER_POL ? 2.0 : 1.0;
    enum status status = draw_directed_pulses(command, random, err);

    if (status == OK)
        status =
            command_draw_directions(command, random, &command->heights, err);
    if (status != OK)
        return status;
    command_divide(command->pulses, count, weak);
    command_divide(command->heights, count, command->spec.input.reduction);
    command_divide(command->heights, count, 2.0 * weak);
    return OK;
}

void
at_ramps_and_heights(const struct command *command, double lookup, double t,
                     double *u)
{
    double gate = command_gate(command, lookup);
    int64_t k = command_period(command, lookup);

    at_ramps(command, lookup, t, u);
    for (int j = 0; j < command->d; j++)
        u[j] += entry(command, command->heights, j, k) *
                command->spec.network.radius_rec * gate;
}

/* rampLeaveRampHeights: P = n R1 / 2, H uniform in +-R1 / 2, a third of it in
 * the first dimension for van der Pol; behind a cubic function P / 3 and H / 2;
 * u = H G + P in the pulse */
enum status
draw_pulses_and_heights(struct command *command, struct random *random,
                        struct error *err)
{
    int64_t count = command->d * command->periods;
    double radius = command->spec.network.radius_ff;
    enum status status =
        command_draw_directions(command, random, &command->pulses, err);

    if (status == OK)
        status = command_draw_uniform(command, random, radius / 2.0,
                                      &command->heights, err);
    if (status != OK)
        return status;
    for (int64_t i = 0; i < count; i++)
        command->pulses[i] = command->pulses[i] * radius / 2.0;
    command_weaken_first(command, command->heights, command->periods);
    if (command->spec.system.feedforward != FEEDFORWARD_LINEAR) {
        command_divide(command->pulses, count, 3.0);
        command_divide(command->heights, count, 2.0);
    }
    return OK;
}

void
at_pulses_and_heights(const struct command *command, double lookup, double t,
                      double *u)
{
    double gate = command_gate(command, lookup);
    bool pulse = command_ramps(command, lookup, 1);
    int64_t k = command_period(command, lookup);

    (void)t;
    for (int j = 0; j < command->d; j++) {
        u[j] = entry(command, command->heights, j, k) * gate;
        if (pulse)
            u[j] += entry(command, command->pulses, j, k);
    }
}

/* ---- nothing random ----------------------------------------------------- */

/* rampStep: a ramp to (0.075, 0.05) through the first period, then (0.025,
 * -0.025). The script draws both at random and then overwrites them. */
enum status
draw_unused_steps(struct command *command, struct random *random,
                  struct error *err)
{
    (void)err;
    for (int j = 0; j < command->d; j++)
        (void)random_normal(random);
    for (int j = 0; j < command->d; j++)
        (void)random_sample(random);
    return OK;
}

void
at_one_step(const struct command *command, double lookup, double t, double *u)
{
    static const double top[] = {0.075, 0.05}, after[] = {0.025, -0.025};
    double period = command->spec.schedule.period;

    for (int j = 0; j < 2; j++)
        u[j] = lookup <= period ? top[j] * t / period : after[j];
}

/* vanderPolfreqVary: H goes from (-1/3, 0) to 0 through the job; u = H R1 / 2 G
 * + (0.707, 0.707) R1 in the pulse */
enum status
draw_sweep(struct command *command, struct random *random, struct error *err)
{
    int64_t last = command->periods - 1;
    enum status status = command_allocate(command, &command->heights, err);

    (void)random;
    if (status != OK)
        return status;
    command->heights[0] = -1.0 / 3.0;
    for (int64_t k = 1; k < last; k++)
        command->heights[k] = (double)k * (1.0 / 3.0 / (double)last) - 1.0 / 3;
    return OK;
}

void
at_sweep(const struct command *command, double lookup, double t, double *u)
{
    double radius = command->spec.network.radius_ff;
    double gate = command_gate(command, lookup);
    int64_t k = command_period(command, lookup);

    (void)t;
    for (int j = 0; j < command->d; j++) {
        u[j] = entry(command, command->heights, j, k) * radius / 2.0 * gate;
        if (command_ramps(command, lookup, 1))
            u[j] += 0.707 * radius;
    }
}
