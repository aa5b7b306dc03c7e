/* plant.c - x(t), the reference: the system that the network is to imitate.
 *
 *   dx/dt = f(x) + u(t) / tau_input    for the systems of the first script
 *   dx/dt = -x / dt                    while trials are clamped, exactly
 *
 * or the user's own formulas, an arm (arm.c), or rows that were uploaded
 * (series.c).
 *
 * The published runs integrate the first with an adaptive method to seven
 * digits. Here a step of the simulation is one step of a method of eighth
 * order (runge_kutta.c), or several where u jumps within it. */
#include "drive/plant_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define START 0.001 /* reference units, x(0) of the published runs */

/* ---- the equations ------------------------------------------------------ */

/* tau_dyn f1 = x2,  tau_dyn f2 = mu (1 - scale x1^2) x2 - x1 */
static void
van_der_pol(const struct plant *plant, double t, const double *x,
            const double *u, double *dx)
{
    double mu = plant->spec->system.mu, scale = plant->spec->system.scale;
    double rate = plant->rate;

    (void)t;
    dx[0] = x[1] * rate + u[0];
    dx[1] = (mu * (1 - scale * x[0] * x[0]) * x[1] - x[0]) * rate + u[1];
}

/* tau_dyn f1 = delta x1 - x2,  tau_dyn f2 = x1 + delta x2 */
static void
linear_oscillator(const struct plant *plant, double t, const double *x,
                  const double *u, double *dx)
{
    double delta = plant->spec->system.decay;
    double rate = plant->rate;

    (void)t;
    dx[0] = (delta * x[0] - x[1]) * rate + u[0];
    dx[1] = (x[0] + delta * x[1]) * rate + u[1];
}

/* tau_dyn f = [sigma (x2 - x1), -x1 x3 - x2, x1 x2 - beta (x3 + rho)], which
 * is the system of Lorenz with rho taken off its third variable. */
static void
lorenz(const struct plant *plant, double t, const double *x, const double *u,
       double *dx)
{
    double sigma = plant->spec->system.sigma, rho = plant->spec->system.rho;
    double beta = plant->spec->system.beta;
    double rate = plant->rate;

    (void)t;
    dx[0] = sigma * (x[1] - x[0]) * rate + u[0];
    dx[1] = (-x[0] * x[2] - x[1]) * rate + u[1];
    dx[2] = (x[0] * x[1] - beta * (x[2] + rho)) * rate + u[2];
}

/* f1 = x2 - sin x1,  f2 = -friction x2 */
static void
pendulum(const struct plant *plant, double t, const double *x, const double *u,
         double *dx)
{
    (void)t;
    dx[0] = x[1] - sin(x[0]) + u[0];
    dx[1] = -plant->spec->system.friction * x[1] + u[1];
}

/* ... between two limits that push back with the square of how far x1 is past
 * them, the lower ten times as hard: so the script has it. */
static void
limited_pendulum(const struct plant *plant, double t, const double *x,
                 const double *u, double *dx)
{
    double limit = plant->spec->system.limit;
    double width = plant->spec->system.limit_width;
    double above = (x[0] - limit) / width, below = (x[0] + limit) / width;

    pendulum(plant, t, x, u, dx);
    if (x[0] > limit)
        dx[1] -= above * above;
    if (x[0] < -limit)
        dx[1] += below * below / 0.1;
}

static void
expression(const struct plant *plant, double t, const double *x,
           const double *u, double *dx)
{
    formulas_evaluate(plant->formulas, t, x, u, dx);
}

static const struct {
    enum system_type type;
    derivative *derivative;
} equations[] = {
    {SYSTEM_VAN_DER_POL, van_der_pol}, {SYSTEM_LIN_OSC, linear_oscillator},
    {SYSTEM_LORENZ, lorenz},           {SYSTEM_ROBOT1, limited_pendulum},
    {SYSTEM_ROB1SL, pendulum},         {SYSTEM_EXPRESSION, expression},
};

/* What the command adds to dx/dt: u / tau_input, or, of "nonlin" and "nonlin2",
 * 10 (v^3 - v) and 10 (v^3 - v / 4) with v = u / (0.1 R2). */
static void
input_effect(const struct plant *plant, double *u)
{
    const struct spec *spec = plant->spec;
    double rate = 1 / spec->system.tau_input;
    double unit = 0.1 * spec->network.radius_rec;

    if (spec->system.type == SYSTEM_EXPRESSION)
        return;
    for (int i = 0; i < plant->d_in; i++) {
        double v = u[i] / unit;

        if (spec->system.feedforward == FEEDFORWARD_LINEAR)
            u[i] *= rate;
        else if (spec->system.feedforward == FEEDFORWARD_NONLIN)
            u[i] = 10 * (v * v * v - v);
        else
            u[i] = 10 * (v * v * v - v / 4);
    }
}

/* ---- making ------------------------------------------------------------- */

static enum status
formulas_make(struct plant *plant, struct error *err)
{
    struct faults *faults = memory_array(1, sizeof(*faults));
    enum status status = OK;

    if (faults)
        plant->formulas = formulas_new(plant->spec, faults);
    if (!plant->formulas && faults && faults->count > 0)
        status = error_set(err, INVALID, "%s %s", faults->list[0].pointer,
                           faults->list[0].detail);
    else if (!plant->formulas)
        status = error_set(err, NO_MEMORY, "no memory for formulas");
    free(faults);
    return status;
}

static enum status
equations_find(struct plant *plant, struct error *err)
{
    enum system_type type = plant->spec->system.type;

    for (size_t i = 0; i < ARRAY_LENGTH(equations); i++)
        if (equations[i].type == type)
            plant->derivative = equations[i].derivative;
    if (!plant->derivative && type != SYSTEM_ARRAY && !spec_is_arm(plant->spec))
        return error_set(err, INVALID, "no system of type %d", (int)type);
    return OK;
}

enum status
plant_new(const struct spec *spec, const struct drive_sources *sources,
          const struct command *command, struct plant **out, struct error *err)
{
    struct plant *plant = memory_array(1, sizeof(*plant));
    enum status status;

    if (!plant)
        return error_set(err, NO_MEMORY, "no memory for a reference");
    plant->spec = spec;
    plant->lanes = lanes_know(spec);
    plant->rate = 1 / spec->system.tau_dyn;
    plant->command = command;
    spec_dimensions(spec, &plant->d, &plant->d_in);
    status = equations_find(plant, err);
    if (status == OK && spec->system.type == SYSTEM_EXPRESSION)
        status = formulas_make(plant, err);
    if (status == OK && spec->system.type == SYSTEM_ARRAY)
        status = series_new(sources->system_array, "t", "x", plant->d,
                            spec->schedule.duration, &plant->series, err);
    if (status == OK) {
        *out = plant;
        return OK;
    }
    plant_free(plant);
    return status;
}

void
plant_free(struct plant *plant)
{
    if (!plant)
        return;
    formulas_free(plant->formulas);
    series_free(plant->series);
    free(plant);
}

void
drive_begin(const struct spec *spec, double *state)
{
    const struct real_list *start = &spec->system.start;
    double usual = spec_is_arm(spec) ? 0 : START;

    for (int i = 0; i < DRIVE_STATES; i++)
        state[i] = i < start->count ? start->at[i] : usual;
}

/* The script for arms writes down the state after the torque of t, so that x(0)
 * has felt the torque of t = 0 already. */
void
plant_start(const struct plant *plant, double *state)
{
    double torques[SPEC_DIMENSIONS_MOST];

    drive_begin(plant->spec, state);
    if (!spec_is_arm(plant->spec))
        return;
    command_at(plant->command, 0, 0, torques);
    drive_arm_step(plant->spec, SPEC_DT, torques, state);
}

/* ---- going on ----------------------------------------------------------- */

/* One step of the integrator: within it, no decision about u changes. */
struct crossing {
    const struct plant *plant;
    double lookup; /* s, in the middle */
    double u[SPEC_DIMENSIONS_MOST];
};

static void
slope(void *context, double t, const double *x, double *dx)
{
    struct crossing *crossing = context;
    const struct plant *plant = crossing->plant;

    command_at(plant->command, crossing->lookup, t, crossing->u);
    input_effect(plant, crossing->u);
    plant->derivative(plant, t, x, crossing->u, dx);
}

static void
held_slope(void *context, double t, const double *x, double *dx)
{
    const struct plant *plant = context;

    plant->derivative(plant, t, x, plant->u, dx);
}

/* What the schedule and the command say between two jumps. */
void
plant_look_up(struct plant *plant, double lookup)
{
    plant->known = true;
    plant->clamped = schedule_clamps(plant->spec, lookup);
    plant->held = command_is_still(plant->command, lookup);
    if (!plant->held)
        return;
    command_at(plant->command, lookup, lookup, plant->u);
    input_effect(plant, plant->u);
}

/* From t to t + h, with no jump of u or of the schedule between. */
static void
integrate(struct plant *plant, double t, double h, double *x)
{
    struct crossing crossing = {.plant = plant, .lookup = t + h / 2};

    if (!plant->known)
        plant_look_up(plant, crossing.lookup);
    if (plant->clamped) {
        for (int i = 0; i < plant->d; i++)
            x[i] *= exp(-h / SPEC_DT);
        return;
    }
    if (plant->held)
        runge_kutta_step(held_slope, plant, plant->d, t, h, x);
    else
        runge_kutta_step(slope, &crossing, plant->d, t, h, x);
}

/* A jump lies behind. */
void
plant_pass_break(struct plant *plant, double t)
{
    plant->next_break = command_next_break(plant->command, t);
    plant->known = false;
}

void
plant_slope(const struct plant *plant, const double *x, const double *u,
            double *dx)
{
    double effect[SPEC_DIMENSIONS_MOST];

    memcpy(effect, u, (size_t)plant->d_in * sizeof(double));
    input_effect(plant, effect);
    plant->derivative(plant, 0, x, effect, dx);
}

void
plant_seek(struct plant *plant, int64_t step)
{
    plant_pass_break(plant, step_time(step));
}

/* Cut where the command jumps within the step. A jump on the grid, up to
 * rounding, is no cut: the next step begins there. */
static void
cross_step(struct plant *plant, int64_t step, double *x)
{
    double t = step_time(step), end = step_time(step + 1);
    double left = SPEC_DT;

    while (plant->next_break < end - BREAK_NEAR) {
        double h = plant->next_break - t;

        integrate(plant, t, h, x);
        left -= h;
        t = plant->next_break;
        plant_pass_break(plant, t);
    }
    integrate(plant, t, left, x);
    if (plant->next_break <= end + BREAK_NEAR)
        plant_pass_break(plant, end);
}

void
plant_advance(struct plant *plant, int64_t step, double *state)
{
    double t = step_time(step + 1);
    double torques[SPEC_DIMENSIONS_MOST];

    if (plant->derivative) {
        cross_step(plant, step, state);
    } else if (schedule_returns_arm(plant->spec, t)) {
        drive_begin(plant->spec, state);
    } else if (!plant->series) {
        command_at(plant->command, t, t, torques);
        drive_arm_step(plant->spec, SPEC_DT, torques, state);
    }
}

void
plant_observe(const struct plant *plant, int64_t step, const double *state,
              double *x)
{
    if (plant->series)
        series_at(plant->series, step_time(step), x);
    else if (plant->derivative)
        memcpy(x, state, (size_t)plant->d * sizeof(double));
    else
        arm_observe(plant->spec, state, x);
}
