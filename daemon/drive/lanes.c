/* lanes.c - references of one system, side by side: a step of the integrator is
 * one long chain of numbers that wait for each other, and four such chains take
 * hardly longer than one. Each lane does what runge_kutta.c does, operation for
 * operation, so that its numbers are the same to the bit. */
#include "drive/runge_kutta.h"

#include <math.h>

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

#define D_MOST 3

/* The constants of a system, and u as it acts. */
struct lane_system {
    lanes rate, one, two, three;
    lanes u[D_MOST];
};

static UNROLLED void
lanes_combine(lanes slopes[STAGES][D_MOST], const double weight[STAGES],
              int stages, int d, lanes *out)
{
    lanes sum[D_MOST] = {{0}};

#pragma GCC unroll 12
    for (int j = 0; j < stages; j++)
        for (int i = 0; weight[j] != 0 && i < d; i++)
            sum[i] += weight[j] * slopes[j][i];
    for (int i = 0; i < d; i++)
        out[i] = sum[i];
}

/* As the functions of that name in plant.c. */
static UNROLLED void
lanes_slope(enum system_type type, const struct lane_system *system,
            const lanes *x, lanes *dx)
{
    const lanes rate = system->rate, *u = system->u;

    if (type == SYSTEM_VAN_DER_POL) { /* mu, scale */
        dx[0] = x[1] * rate + u[0];
        dx[1] = (system->one * (1 - system->two * x[0] * x[0]) * x[1] - x[0]) *
                    rate +
                u[1];
    } else if (type == SYSTEM_LIN_OSC) { /* delta */
        dx[0] = (system->one * x[0] - x[1]) * rate + u[0];
        dx[1] = (x[0] + system->one * x[1]) * rate + u[1];
    } else { /* of Lorenz: sigma, rho, beta */
        dx[0] = system->one * (x[1] - x[0]) * rate + u[0];
        dx[1] = (-x[0] * x[2] - x[1]) * rate + u[1];
        dx[2] =
            (x[0] * x[1] - system->three * (x[2] + system->two)) * rate + u[2];
    }
}

static UNROLLED void
lanes_squares(int d, double h, const lanes *x, const lanes *fifth,
              const lanes *third, lanes squares[2])
{
    squares[0] = squares[1] = (lanes){0};
    for (int i = 0; i < d; i++) {
        lanes size;
        for (int lane = 0; lane < LANES; lane++)
            size[lane] = fabs(x[i][lane]);
        const lanes unit = TOLERANCE * (1 + size);
        const lanes a = (0 + h * fifth[i]) / unit;
        const lanes b = (0 + h * third[i]) / unit;
        squares[0] += a * a;
        squares[1] += b * b;
    }
}

/* One step of length h from x; `good` are the lanes whose error is nothing to
 * mind. */
static UNROLLED void
lanes_attempt(enum system_type type, int d, const struct lane_system *system,
              double h, lanes *x, bool good[LANES])
{
    lanes slopes[STAGES][D_MOST], sum[D_MOST], at[D_MOST] = {{0}};
    lanes third[D_MOST], squares[2];

#pragma GCC unroll 12
    for (int stage = 0; stage < STAGES; stage++) {
        lanes_combine(slopes, weights[stage], stage, d, sum);
        for (int i = 0; i < d; i++)
            at[i] = x[i] + h * sum[i];
        lanes_slope(type, system, at, slopes[stage]);
    }
    lanes_combine(slopes, errors[0], STAGES, d, sum);
    lanes_combine(slopes, errors[1], STAGES, d, third);
    lanes_squares(d, h, x, sum, third, squares);
    for (int lane = 0; lane < LANES; lane++)
        good[lane] = squares[0][lane] <=
                     sqrt((squares[0][lane] + 0.01 * squares[1][lane]) * d);
    lanes_combine(slopes, weights[STAGES], STAGES, d, sum);
    for (int i = 0; i < d; i++)
        x[i] += h * sum[i];
}

bool
lanes_know(const struct spec *spec)
{
    return spec->system.type == SYSTEM_VAN_DER_POL ||
           spec->system.type == SYSTEM_LIN_OSC ||
           spec->system.type == SYSTEM_LORENZ;
}

static void
lane_set(const struct lane *lane, int i, int d, struct lane_system *system,
         lanes *x)
{
    const struct spec *spec = lane->spec;
    const bool lorenz = spec->system.type == SYSTEM_LORENZ;

    system->rate[i] = 1 / spec->system.tau_dyn;
    system->one[i] = spec->system.type == SYSTEM_VAN_DER_POL ? spec->system.mu
                     : lorenz ? spec->system.sigma
                              : spec->system.decay;
    system->two[i] = lorenz ? spec->system.rho : spec->system.scale;
    system->three[i] = spec->system.beta;
    for (int k = 0; k < d; k++) {
        system->u[k][i] = lane->u[k];
        x[k][i] = lane->x[k];
    }
}

void
lanes_step(enum system_type type, const struct lane *all, int count, double h,
           bool good[LANES])
{
    const int d = type == SYSTEM_LORENZ ? 3 : 2;
    struct lane_system system;
    lanes x[D_MOST] = {{0}};

    for (int i = 0; i < LANES; i++) /* idle lanes do what the first does */
        lane_set(&all[i < count ? i : 0], i, d, &system, x);
    if (type == SYSTEM_VAN_DER_POL)
        lanes_attempt(SYSTEM_VAN_DER_POL, 2, &system, h, x, good);
    else if (type == SYSTEM_LIN_OSC)
        lanes_attempt(SYSTEM_LIN_OSC, 2, &system, h, x, good);
    else
        lanes_attempt(SYSTEM_LORENZ, 3, &system, h, x, good);
    for (int i = 0; i < count; i++)
        for (int k = 0; good[i] && k < d; k++)
            all[i].x[k] = x[k][i];
}
