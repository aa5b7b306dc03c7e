/* runge_kutta.c - one step of dx/dt = f(t, x), by the eighth-order method of
 * Dormand and Prince (Hairer, Norsett and Wanner, Solving Ordinary Differential
 * Equations I, DOP853).
 *
 * A step is taken as a whole unless its error is worth a thought. That is seen
 * from where it begins alone, so no result depends on where a run was cut. */
#include "drive/runge_kutta.h"

#include <math.h>
#include <string.h>

#define HALVINGS_MOST 6 /* of a step: 64 parts at most */

/* x + h times the weighted sum of the slopes so far. */
static UNROLLED void
combine(double slopes[STAGES][SPEC_DIMENSIONS_MOST],
        const double weight[STAGES], int stages, int d, double h,
        const double *x, double *out)
{
    double sum[SPEC_DIMENSIONS_MOST] = {0};

#pragma GCC unroll 12
    for (int j = 0; j < stages; j++)
        for (int i = 0; weight[j] != 0 && i < d; i++)
            sum[i] += weight[j] * slopes[j][i];
    for (int i = 0; i < d; i++)
        out[i] = x[i] + h * sum[i];
}

/* One step from x to `out`; true when its error is nothing to mind, by two
 * estimates of it as the method has them. */
static UNROLLED bool
attempt(runge_kutta_slope *slope, void *context, int d, double t, double h,
        const double *x, double *out)
{
    double slopes[STAGES][SPEC_DIMENSIONS_MOST];
    double at[SPEC_DIMENSIONS_MOST] = {0}, fifth[SPEC_DIMENSIONS_MOST];
    double third[SPEC_DIMENSIONS_MOST];
    const double zero[SPEC_DIMENSIONS_MOST] = {0};
    double square5 = 0, square3 = 0;

#pragma GCC unroll 12
    for (int stage = 0; stage < STAGES; stage++) {
        combine(slopes, weights[stage], stage, d, h, x, at);
        slope(context, t + nodes[stage] * h, at, slopes[stage]);
    }
    combine(slopes, weights[STAGES], STAGES, d, h, x, out);
    combine(slopes, errors[0], STAGES, d, h, zero, fifth);
    combine(slopes, errors[1], STAGES, d, h, zero, third);
    for (int i = 0; i < d; i++) {
        double unit = TOLERANCE * (1 + fabs(x[i]));

        square5 += fifth[i] / unit * (fifth[i] / unit);
        square3 += third[i] / unit * (third[i] / unit);
    }
    return square5 <= sqrt((square5 + 0.01 * square3) * d);
}

static bool
attempt_any(runge_kutta_slope *slope, void *context, int d, double t, double h,
            const double *x, double *out)
{
    switch (d) {
    case 1:
        return attempt(slope, context, 1, t, h, x, out);
    case 2:
        return attempt(slope, context, 2, t, h, x, out);
    case 3:
        return attempt(slope, context, 3, t, h, x, out);
    default:
        return attempt(slope, context, d, t, h, x, out);
    }
}

/* Steps that are too long - at a kink of f, or when it is stiff - are halved,
 * and halved again. */
static void
step_or_halves(runge_kutta_slope *slope, void *context, int d, double t,
               double h, int halvings, double *x)
{
    double out[SPEC_DIMENSIONS_MOST];

    if (attempt_any(slope, context, d, t, h, x, out) || halvings == 0) {
        memcpy(x, out, (size_t)d * sizeof(double));
        return;
    }
    step_or_halves(slope, context, d, t, h / 2, halvings - 1, x);
    step_or_halves(slope, context, d, t + h / 2, h / 2, halvings - 1, x);
}

void
runge_kutta_step(runge_kutta_slope *slope, void *context, int d, double t,
                 double h, double *x)
{
    for (int i = 0; i < d; i++)
        if (!isfinite(x[i]))
            return;
    step_or_halves(slope, context, d, t, h, HALVINGS_MOST, x);
}
