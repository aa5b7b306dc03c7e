/* runge_kutta.c - one step of dx/dt = f(t, x), by the eighth-order method of
 * Dormand and Prince (Hairer, Norsett and Wanner, Solving Ordinary Differential
 * Equations I, DOP853).
 *
 * A step is taken as a whole unless its error is worth a thought. That is seen
 * from where it begins alone, so no result depends on where a run was cut. */
#include "drive/drive_private.h"

#include <math.h>
#include <string.h>

#define STAGES        12
#define TOLERANCE     1e-13 /* of 1 + |x|, error of one step */
#define HALVINGS_MOST 6     /* of a step: 64 parts at most   */

/* clang-format off */

/* Where in the step a stage looks at t. */
static const double nodes[STAGES] = {
    0.0, 0.05260015195876773, 0.0789002279381516, 0.1183503419072274,
    0.2816496580927726, 1.0 / 3.0, 0.25, 4.0 / 13.0, 127.0 / 195.0, 0.6,
    6.0 / 7.0, 1.0,
};

/* How much of the earlier stages goes into a stage; the last row is the step
 * itself. */
static const double weights[STAGES + 1][STAGES] = {
    { 0 },
    { 0.05260015195876773 },
    { 0.0197250569845379, 0.0591751709536137 },
    { 0.02958758547680685, 0, 0.08876275643042054 },
    { 0.2413651341592667, 0, -0.8845494793282861, 0.924834003261792 },
    { 0.037037037037037035, 0, 0, 0.17082860872947386, 0.12546768756682242 },
    { 0.037109375, 0, 0, 0.17025221101954405, 0.06021653898045596,
      -0.017578125 },
    { 0.03709200011850479, 0, 0, 0.17038392571223998, 0.10726203044637328,
      -0.015319437748624402, 0.008273789163814023 },
    { 0.6241109587160757, 0, 0, -3.3608926294469414, -0.868219346841726,
      27.59209969944671, 20.154067550477894, -43.48988418106996 },
    { 0.47766253643826434, 0, 0, -2.4881146199716677, -0.590290826836843,
      21.230051448181193, 15.279233632882423, -33.28821096898486,
      -0.020331201708508627 },
    { -0.9371424300859873, 0, 0, 5.186372428844064, 1.0914373489967295,
      -8.149787010746927, -18.52006565999696, 22.739487099350505,
      2.4936055526796523, -3.0467644718982196 },
    { 2.273310147516538, 0, 0, -10.53449546673725, -2.0008720582248625,
      -17.9589318631188, 27.94888452941996, -2.8589982771350235,
      -8.87285693353063, 12.360567175794303, 0.6433927460157636 },
    { 0.054293734116568765, 0, 0, 0, 0, 4.450312892752409,
      1.8915178993145003, -5.801203960010585, 0.3111643669578199,
      -0.1521609496625161, 0.20136540080403034, 0.04471061572777259 },
};

/* The same for the two estimates of a step's error: of the fifth order, and of
 * the third (the step itself less a simpler one). */
static const double errors[2][STAGES] = {
    { 0.01312004499419488, 0, 0, 0, 0, -1.2251564463762044,
      -0.4957589496572502, 1.6643771824549864, -0.35032884874997366,
      0.3341791187130175, 0.08192320648511571, -0.022355307863886294 },
    { 0.054293734116568765 - 0.244094488188976377952755905512, 0, 0, 0, 0,
      4.450312892752409, 1.8915178993145003, -5.801203960010585,
      0.3111643669578199 - 0.733846688281611857341361741547,
      -0.1521609496625161, 0.20136540080403034,
      0.04471061572777259 - 0.220588235294117647058823529412e-1 },
};
/* clang-format on */

/* What follows is compiled once for each number of dimensions, all loops
 * unrolled: half of all weights are 0 and cost nothing then. */
#define UNROLLED inline __attribute__((always_inline))

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
