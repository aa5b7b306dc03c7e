/* command_arm.c - torques: of the robot script, in N m, and of the one-link
 * arms of the first script. One link turns one way or the other: its n_k is +1
 * or -1. */
#include "drive/command_private.h"

#include <math.h>
#include <string.h>

#define STRENGTH 4.0 /* N m, of rampLeaveDirnVary */

/* One more grid, a point a period. */
static enum status
spline_make(struct command *command, struct error *err)
{
    return grid_make(&command->grids[command->grid_count++], GRID_CUBIC,
                     command->d, command->spec.schedule.duration,
                     command->spec.schedule.period, err);
}

/* rampLeaveDirnVary of robot1 and rob1SL: normal numbers / ramp act on the
 * velocity, joined by a cubic spline; that is what u / tau_input is, so they
 * come times tau_input. */
enum status
draw_joint_spline(struct command *command, struct random *random,
                  struct error *err)
{
    const struct spec *spec = &command->spec;
    struct grid *grid = &command->grids[0];
    enum status status = spline_make(command, err);
    double *velocity = grid->values + command->d / 2 * grid->points;
    int64_t count = (command->d - command->d / 2) * grid->points;

    if (status != OK)
        return status;
    random_fill_normal(random, count, velocity);
    for (int64_t i = 0; i < count; i++)
        velocity[i] =
            spec->system.tau_input * velocity[i] / spec->schedule.ramp;
    return grid_bend(grid, err);
}

/* P = 4 n, and of one link 4 times a number uniform in +-1 */
enum status
draw_torque_pulses(struct command *command, struct random *random,
                   struct error *err)
{
    enum status status =
        command->d > 1
            ? command_draw_directions(command, random, &command->pulses, err)
            : command_draw_uniform(command, random, 1, &command->pulses, err);

    if (status == OK)
        for (int64_t i = 0; i < command->d * command->periods; i++)
            command->pulses[i] *= STRENGTH;
    return status;
}

/* rampLeaveDirnVary of arms: a cubic spline through P, one a period */
enum status
draw_torque_spline(struct command *command, struct random *random,
                   struct error *err)
{
    enum status status = draw_torque_pulses(command, random, err);
    struct grid *grid = &command->grids[0];

    if (status == OK)
        status = spline_make(command, err);
    if (status != OK)
        return status;
    memcpy(grid->values, command->pulses,
           (size_t)(grid->rows * grid->points) * sizeof(double));
    return grid_bend(grid, err);
}

void
at_curves(const struct command *command, double lookup, double t, double *u)
{
    for (int j = 0; j < command->d; j++)
        u[j] = grid_at(&command->grids[0], j, lookup, t);
}

/* ... with trial clamps: a triangle of the height P over one ramp */
void
at_torque_pulses(const struct command *command, double lookup, double t,
                 double *u)
{
    double part =
        command_phase(command, lookup, t) / command->spec.schedule.ramp;
    double height =
        command_ramps(command, lookup, 0.5) ? 2 * part : 2 * (1 - part);
    int64_t k = command_period(command, lookup);

    if (!command_ramps(command, lookup, 1))
        return;
    for (int j = 0; j < command->d; j++)
        u[j] = command->pulses[j * command->periods + k] * height;
}

double
next_half_ramp(const struct command *command, double t)
{
    return schedule_next(t, command->spec.schedule.period,
                         command->spec.schedule.ramp / 2.0);
}

/* amplVaryHeights of arms: straight lines between n / reduction, one a period,
 * and between N, uniform in +-R2 / reduction, one every 50 ms; u = (N + H R2)
 * G. n is drawn first. */
enum status
draw_torque_noise(struct command *command, struct random *random,
                  struct error *err)
{
    const struct spec *spec = &command->spec;
    struct grid *heights = &command->grids[0];
    enum status status =
        command_draw_directions(command, random, &command->heights, err);

    if (status == OK) {
        command->grid_count = 1;
        status = grid_make(heights, GRID_LINEAR, command->d,
                           spec->schedule.duration, spec->schedule.period, err);
    }
    if (status != OK)
        return status;
    for (int64_t i = 0; i < heights->rows * heights->points; i++)
        heights->values[i] = command->heights[i] / spec->input.reduction;
    return command_draw_grid(command, random, GRID_LINEAR, NOISE_SPACING,
                             spec->network.radius_rec / spec->input.reduction,
                             err);
}

void
at_torque_noise(const struct command *command, double lookup, double t,
                double *u)
{
    double gate = command_gate(command, lookup);

    for (int j = 0; j < command->d; j++)
        u[j] = (grid_at(&command->grids[1], j, lookup, t) +
                grid_at(&command->grids[0], j, lookup, t) *
                    command->spec.network.radius_rec) *
               gate;
}
