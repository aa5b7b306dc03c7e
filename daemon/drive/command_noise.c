/* command_noise.c - commands that change all the time: noise on a grid, noise
 * that lasts a random time, oscillations. The order of operations is that of
 * the published script, to the last bit.
 *
 *   N(t)  uniform in +-most, a new one every 50 ms, and the one that is nearest
 *         in time holds */
#include "drive/command_private.h"

#include <math.h>

#define TIME_SCALES 5
#define PIECES_TIME                                                            \
    1200.0 /* s, for which the script draws if ramps follow                    \
            * each other                                        */
#define PI 3.14159265358979323846

static double
height(const struct command *command, int j, int64_t k)
{
    return command->heights[j * command->periods + k];
}

static enum status
draw_even_noise(struct command *command, struct random *random, double most,
                struct error *err)
{
    return command_draw_grid(command, random, GRID_NEAREST, NOISE_SPACING, most,
                             err);
}

/* H = n / reduction / 2 */
static enum status
draw_heights(struct command *command, struct random *random, struct error *err)
{
    int64_t count = command->d * command->periods;
    enum status status =
        command_draw_directions(command, random, &command->heights, err);

    if (status != OK)
        return status;
    command_divide(command->heights, count, command->spec.input.reduction);
    command_divide(command->heights, count, 2.0);
    return OK;
}

static bool
is_van_der_pol(const struct command *command)
{
    return command->spec.system.type == SYSTEM_VAN_DER_POL;
}

/* ---- noise on a grid ---------------------------------------------------- */

/* amplVary: N in +-R1 / 2; u = N G */
enum status
draw_noise(struct command *command, struct random *random, struct error *err)
{
    return draw_even_noise(command, random,
                           command->spec.network.radius_ff / 2.0, err);
}

void
at_noise(const struct command *command, double lookup, double t, double *u)
{
    double gate = command_gate(command, lookup);

    for (int j = 0; j < command->d; j++)
        u[j] = grid_at(&command->grids[0], j, lookup, t) * gate;
}

/* amplVaryHeights: H = n / reduction / 2, a quarter of it for van der Pol; N in
 * +-R1 / 2, a third of it for LinOsc; u = (N + H R2) G */
enum status
draw_noise_and_heights(struct command *command, struct random *random,
                       struct error *err)
{
    enum status status = draw_heights(command, random, err);
    struct grid *noise = &command->grids[0];

    if (status == OK)
        status = draw_noise(command, random, err);
    if (status != OK)
        return status;
    if (is_van_der_pol(command))
        command_divide(command->heights, command->d * command->periods, 4.0);
    if (command->spec.system.type == SYSTEM_LIN_OSC)
        command_divide(noise->values, noise->rows * noise->points, 3.0);
    return OK;
}

void
at_noise_and_heights(const struct command *command, double lookup, double t,
                     double *u)
{
    double gate = command_gate(command, lookup);
    int64_t k = command_period(command, lookup);

    for (int j = 0; j < command->d; j++)
        u[j] = (grid_at(&command->grids[0], j, lookup, t) +
                height(command, j, k) * command->spec.network.radius_rec) *
               gate;
}

/* amplVaryHeightsScaled: H = n R1 / 2, N in +-R1, for van der Pol a third of
 * both in the first dimension; u = N G / 2 + H: the constant goes on through
 * the clamp. */
enum status
draw_scaled_heights(struct command *command, struct random *random,
                    struct error *err)
{
    double radius = command->spec.network.radius_ff;
    enum status status =
        command_draw_directions(command, random, &command->heights, err);

    if (status == OK)
        status = draw_even_noise(command, random, radius, err);
    if (status != OK)
        return status;
    command_weaken_first(command, command->heights, command->periods);
    for (int64_t i = 0; i < command->d * command->periods; i++)
        command->heights[i] = command->heights[i] * radius / 2.0;
    command_weaken_first(command, command->grids[0].values,
                         command->grids[0].points);
    return OK;
}

void
at_scaled_heights(const struct command *command, double lookup, double t,
                  double *u)
{
    double gate = command_gate(command, lookup);
    int64_t k = command_period(command, lookup);

    for (int j = 0; j < command->d; j++)
        u[j] = grid_at(&command->grids[0], j, lookup, t) / 2.0 * gate +
               height(command, j, k);
}

/* amplVaryRampHeightsAlt: P = n / reduction / 2, H = n' / reduction / 2, half
 * of it for van der Pol, N in +-R1 / 2; u = (N in even periods + H R2) G
 * + P R2 phase / ramp in the ramps of odd ones */
enum status
draw_alternating(struct command *command, struct random *random,
                 struct error *err)
{
    int64_t count = command->d * command->periods;
    enum status status = draw_directed_pulses(command, random, err);

    if (status == OK)
        status = draw_heights(command, random, err);
    if (status == OK)
        status = draw_noise(command, random, err);
    if (status != OK)
        return status;
    command_divide(command->pulses, count, 2.0);
    if (is_van_der_pol(command))
        command_divide(command->heights, count, 2.0);
    return OK;
}

void
at_alternating(const struct command *command, double lookup, double t,
               double *u)
{
    double gate = command_gate(command, lookup);
    int64_t k = command_period(command, lookup);

    if (k % 2 == 1)
        at_ramps(command, lookup, t, u);
    for (int j = 0; j < command->d; j++) {
        double held = height(command, j, k) * command->spec.network.radius_rec;

        if (k % 2 == 0)
            held += grid_at(&command->grids[0], j, lookup, t);
        u[j] += held * gate;
    }
}

/* amplVaryMultiTime: on five grids, 0.1 s to one period apart, numbers in +-R1
 * / 10 and straight lines between them; u = G times the sum of the five */
enum status
draw_time_scales(struct command *command, struct random *random,
                 struct error *err)
{
    double last = command->spec.schedule.period;
    double spread = (last - 0.1) / (TIME_SCALES - 1);
    double most = command->spec.network.radius_ff / 2.0 / TIME_SCALES;
    enum status status = OK;

    for (int i = 0; i < TIME_SCALES && status == OK; i++)
        status = command_draw_grid(
            command, random, GRID_LINEAR,
            i + 1 < TIME_SCALES ? (double)i * spread + 0.1 : last, most, err);
    return status;
}

void
at_time_scales(const struct command *command, double lookup, double t,
               double *u)
{
    double gate = command_gate(command, lookup);

    for (int j = 0; j < command->d; j++) {
        for (int i = 0; i < TIME_SCALES; i++)
            u[j] += grid_at(&command->grids[i], j, lookup, t);
        u[j] *= gate;
    }
}

/* ---- noise that lasts a random time ------------------------------------- */

/* amplDurnVary: strengths a in +-2 R2, each for a time between a ramp and a
 * period; u = a B R2 / ramp, until the test, which is as of rampLeave. The
 * script draws int(1200 / ramp) of both; where that is not enough for a job, it
 * ends with an error, and here the last one lasts. */
enum status
draw_durations(struct command *command, struct random *random,
               struct error *err)
{
    double most = 2 * command->spec.network.radius_rec;
    double ramp = command->spec.schedule.ramp;
    size_t count = (size_t)(PIECES_TIME / ramp);

    command->pieces = (int64_t)count;
    command->ends = memory_array(count, sizeof(double));
    command->strengths = memory_array(count, sizeof(double));
    if (!command->ends || !command->strengths)
        return error_set(err, NO_MEMORY, "no memory for %zu durations", count);
    random_fill_uniform(random, -most, most, command->pieces,
                        command->strengths);
    random_fill_uniform(random, ramp, command->spec.schedule.period,
                        command->pieces, command->ends);
    for (int64_t i = 1; i < command->pieces; i++)
        command->ends[i] += command->ends[i - 1];
    return OK;
}

/* The first piece that does not end before t, or the last. */
static int64_t
piece_at(const struct command *command, double t)
{
    int64_t low = 0, high = command->pieces - 1;

    while (low < high) {
        int64_t middle = low + (high - low) / 2;

        if (command->ends[middle] < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double
test_begins(const struct command *command)
{
    return command->spec.schedule.duration - command->spec.schedule.test;
}

void
at_durations(const struct command *command, double lookup, double t, double *u)
{
    const struct spec *spec = &command->spec;
    double strength;

    if (!(lookup < test_begins(command))) {
        at_fixed_pulses(command, lookup, t, u);
        return;
    }
    strength = command->strengths[piece_at(command, lookup)];
    for (int j = 0; j < command->d; j++)
        u[j] = strength * command->direction[j] * spec->network.radius_rec /
               spec->schedule.ramp;
}

double
next_duration(const struct command *command, double t)
{
    double test = test_begins(command);
    double next = command->ends[piece_at(command, t + BREAK_NEAR)];

    if (test > t + BREAK_NEAR && !(next > t + BREAK_NEAR && next < test))
        return test;
    return next > t + BREAK_NEAR ? next : INFINITY;
}

/* ---- oscillations ------------------------------------------------------- */

/* inputOsc: u = cos(omega t + phi) in each dimension, of 1 to 3 Hz */
enum status
draw_oscillations(struct command *command, struct random *random,
                  struct error *err)
{
    (void)err;
    random_fill_uniform(random, 1, 3, command->d, command->omega);
    random_fill_uniform(random, 0, 1, command->d, command->phi);
    for (int j = 0; j < command->d; j++) {
        command->omega[j] *= 2 * PI;
        command->phi[j] *= 2 * PI;
    }
    return OK;
}

void
at_oscillations(const struct command *command, double lookup, double t,
                double *u)
{
    (void)lookup;
    for (int j = 0; j < command->d; j++)
        u[j] = cos(command->omega[j] * t + command->phi[j]);
}
