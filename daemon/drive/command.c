/* command.c - u(t), the command that both the network and the reference get.
 *
 * One row of a table per type of input; names, draw order and arithmetic are
 * those of the published script, so a seed means the same command here. All
 * that is random is drawn at the start; it depends on the duration of the job,
 * because that is how many numbers are drawn of one kind before the next.
 *
 *   N(t)    random steps: uniform in +-R1, a new one every 50 ms, and the one
 *           that is nearest in time holds
 *   H_k     a constant of the period k = int(t / period)
 *   P_k     a pulse of the period k, while t % period < ramp
 *   G(t)    0 while trials are clamped, else 1 */
#include "drive/drive_private.h"

#include <math.h>
#include <stdlib.h>

#define NOISE_SPACING 0.05 /* s */

struct input {
    enum input_type type;
    bool has_noise, has_pulse;
    void (*draw)(struct command *command, struct random *random);
    void (*at)(const struct command *command, double lookup, double t,
               double *u);
};

struct command {
    struct spec spec;
    const struct input *input;
    int dimensions;        /* d_in                                      */
    int64_t periods;       /* that begin in the job or at its end       */
    int64_t points;        /* of noise, 0 when there is none            */
    double spacing;        /* s, between points of noise                */
    double *heights;       /* [d_in][periods] H                         */
    double *pulses;        /* [d_in][periods] P, NULL when there is none */
    double *noise;         /* [d_in][points] N, NULL when there is none */
    struct series *series; /* uploaded, NULL when there is none */
};

/* ---- drawing ------------------------------------------------------------ */

/* Directions that are uniform on the sphere: Gaussians, each column divided by
 * its length. */
static void
draw_directions(struct random *random, int d, int64_t columns,
                double *out /* [d][columns] */)
{
    random_fill_normal(random, d * columns, out);
    for (int64_t k = 0; k < columns; k++) {
        double square = 0;

        for (int i = 0; i < d; i++)
            square += out[i * columns + k] * out[i * columns + k];
        square = sqrt(square);
        for (int i = 0; i < d; i++)
            out[i * columns + k] /= square;
    }
}

/* The van der Pol oscillator gets a third of everything along its first
 * dimension. */
static void
weaken_first(const struct command *command, int64_t columns, double *rows)
{
    if (command->spec.system.type != SYSTEM_VAN_DER_POL)
        return;
    for (int64_t k = 0; k < columns; k++)
        rows[k] /= 3.0;
}

static void
draw_scaled_heights(struct command *command, struct random *random)
{
    double radius = command->spec.network.radius_ff;
    int d = command->dimensions;

    draw_directions(random, d, command->periods, command->heights);
    weaken_first(command, command->periods, command->heights);
    for (int64_t k = 0; k < d * command->periods; k++)
        command->heights[k] = command->heights[k] * radius / 2.0;
    random_fill_uniform(random, -radius, radius, d * command->points,
                        command->noise);
    weaken_first(command, command->points, command->noise);
}

static void
draw_pulses_and_heights(struct command *command, struct random *random)
{
    double radius = command->spec.network.radius_ff;
    int d = command->dimensions;

    draw_directions(random, d, command->periods, command->pulses);
    for (int64_t k = 0; k < d * command->periods; k++)
        command->pulses[k] = command->pulses[k] * radius / 2.0;
    random_fill_uniform(random, -radius / 2.0, radius / 2.0,
                        d * command->periods, command->heights);
    weaken_first(command, command->periods, command->heights);
}

/* ---- looking up --------------------------------------------------------- */

/* Where the noise changes from point i to point i + 1: half-way. The points
 * are numpy.linspace(0, duration, points). */
static double
noise_bound(const struct command *command, int64_t i)
{
    double here = (double)i * command->spacing;
    double next = i + 2 == command->points ? command->spec.schedule.duration
                                           : (double)(i + 1) * command->spacing;

    return here / 2.0 + next / 2.0;
}

/* How many bounds lie before t: the nearest point, and on a tie the earlier
 * one. The first guess is right but for rounding. */
static int64_t
noise_index(const struct command *command, double t)
{
    int64_t last = command->points - 1;
    int64_t i = last > 0 ? (int64_t)(t / command->spacing + 0.5) : 0;

    if (i > last)
        i = last;
    while (i > 0 && !(noise_bound(command, i - 1) < t))
        i--;
    while (i < last && noise_bound(command, i) < t)
        i++;
    return i;
}

static int64_t
period_index(const struct command *command, double t)
{
    int64_t k = (int64_t)(t / command->spec.schedule.period);

    return k < command->periods ? k : command->periods - 1;
}

/* u = N G / 2 + H: the constant goes on through the clamp. */
static void
at_scaled_heights(const struct command *command, double lookup, double t,
                  double *u)
{
    double gate = schedule_clamps(&command->spec, lookup) ? 0.0 : 1.0;
    int64_t i = noise_index(command, lookup);
    int64_t k = period_index(command, lookup);

    (void)t;
    for (int j = 0; j < command->dimensions; j++)
        u[j] = command->noise[j * command->points + i] / 2.0 * gate +
               command->heights[j * command->periods + k];
}

/* u = H G + P */
static void
at_pulses_and_heights(const struct command *command, double lookup, double t,
                      double *u)
{
    const struct spec *spec = &command->spec;
    double gate = schedule_clamps(spec, lookup) ? 0.0 : 1.0;
    bool pulse = fmod(lookup, spec->schedule.period) < spec->schedule.ramp;
    int64_t k = period_index(command, lookup);

    (void)t;
    for (int j = 0; j < command->dimensions; j++) {
        u[j] = command->heights[j * command->periods + k] * gate;
        if (pulse)
            u[j] += command->pulses[j * command->periods + k];
    }
}

static void
at_array(const struct command *command, double lookup, double t, double *u)
{
    (void)lookup;
    series_at(command->series, t, u);
}

/* clang-format off */
static const struct input inputs[] = {
    /* type                           noise  pulse  draw, at */
    { INPUT_AMPL_VARY_HEIGHTS_SCALED, true,  false,
      draw_scaled_heights, at_scaled_heights },
    { INPUT_RAMP_LEAVE_RAMP_HEIGHTS,  false, true,
      draw_pulses_and_heights, at_pulses_and_heights },
    { INPUT_ARRAY,                    false, false, NULL, at_array },
};
/* clang-format on */

/* ---- the door ----------------------------------------------------------- */

static enum status
command_allocate(struct command *command, struct error *err)
{
    size_t d = (size_t)command->dimensions;
    size_t periods = (size_t)command->periods;
    size_t points = (size_t)command->points;

    command->heights = memory_array(periods, d * sizeof(double));
    if (command->input->has_pulse)
        command->pulses = memory_array(periods, d * sizeof(double));
    if (command->input->has_noise)
        command->noise = memory_array(points, d * sizeof(double));
    if (!command->heights || (command->input->has_pulse && !command->pulses) ||
        (command->input->has_noise && !command->noise))
        return error_set(err, NO_MEMORY, "no memory for a command of %g s",
                         command->spec.schedule.duration);
    return OK;
}

/* Seeds as the script does, with a list of one number, and passes over the
 * direction of a stimulus that it draws first and does not use here. */
static void
command_draw(struct command *command)
{
    struct random random;
    double unused[2];

    if (!command->input->draw)
        return;
    random_seed_list(&random, (uint32_t)command->spec.input.seed);
    random_fill_uniform(&random, -1, 1, 2, unused);
    command->input->draw(command, &random);
}

static const struct input *
input_find(enum input_type type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(inputs); i++)
        if (inputs[i].type == type)
            return &inputs[i];
    return NULL;
}

enum status
command_new(const struct spec *spec, const struct drive_sources *sources,
            struct command **out, struct error *err)
{
    const struct input *input = input_find(spec->input.type);
    double duration = spec->schedule.duration;
    struct command *command;
    enum status status;
    int d;

    if (!input)
        return error_set(err, INVALID, "no input of type %d",
                         (int)spec->input.type);
    command = memory_array(1, sizeof(*command));
    if (!command)
        return error_set(err, NO_MEMORY, "no memory for a command");
    command->spec = *spec;
    command->input = input;
    spec_dimensions(spec, &d, &command->dimensions);
    command->periods = (int64_t)(duration / spec->schedule.period) + 1;
    command->points = (int64_t)(duration / NOISE_SPACING) + 1;
    command->spacing = duration / (double)(command->points - 1);
    status = command_allocate(command, err);
    if (status == OK && input->type == INPUT_ARRAY)
        status = series_new(sources->input_array, "u", command->dimensions,
                            duration, &command->series, err);
    if (status == OK) {
        command_draw(command);
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
    free(command->noise);
    series_free(command->series);
    free(command);
}

void
command_at(const struct command *command, double lookup, double t, double *u)
{
    command->input->at(command, lookup, t, u);
    for (int j = 0; j < command->dimensions; j++)
        u[j] *= command->spec.input.scale;
}

bool
command_is_stepwise(const struct command *command)
{
    return !command->series;
}

double
command_next_break(const struct command *command, double t)
{
    const struct spec *spec = &command->spec;
    double next = schedule_next_break(spec, t);

    if (command->input->has_pulse)
        next = fmin(
            next, schedule_next(t, spec->schedule.period, spec->schedule.ramp));
    if (command->input->has_noise) {
        int64_t i = noise_index(command, t + BREAK_NEAR);

        if (i + 1 < command->points)
            next = fmin(next, noise_bound(command, i));
    }
    if (command->series)
        next = fmin(next, series_next(command->series, t));
    return next;
}
