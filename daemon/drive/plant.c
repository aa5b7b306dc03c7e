/* plant.c - x(t), the reference: the system that the network is to imitate.
 *
 *   dx/dt = f(x) + u(t) / tau    x(0) = 0.001 in every dimension
 *   dx/dt = -x / dt              while trials are clamped, solved exactly
 *
 * The published runs integrate this with an adaptive method to seven digits.
 * Here a step of the simulation is one step of the eighth-order Runge-Kutta
 * method of Dormand and Prince (Hairer, Norsett and Wanner, Solving Ordinary
 * Differential Equations I, table of DOP853), or several where u jumps within
 * it: no result depends on an error estimate or on where a run was cut. */
#include "drive/drive_private.h"

#include <math.h>

#define TAU    0.02  /* s, of the command in the published script */
#define START  0.001 /* reference units                           */
#define STAGES 12

struct plant {
    enum system_type type;
    void (*derivative)(const struct spec *spec, const double *x /* [d] */,
                       const double *u /* [d_in] */, double *dx /* [d] 1/s */);
};

/* tau_dyn f1 = x2,  tau_dyn f2 = mu (1 - scale x1^2) x2 - x1 */
static void
van_der_pol(const struct spec *spec, const double *x, const double *u,
            double *dx)
{
    double mu = spec->system.mu, scale = spec->system.scale;
    double rate = 1 / spec->system.tau_dyn;

    dx[0] = x[1] * rate + u[0] * (1 / TAU);
    dx[1] = (mu * (1 - scale * x[0] * x[0]) * x[1] - x[0]) * rate +
            u[1] * (1 / TAU);
}

static const struct plant plants[] = {
    {SYSTEM_VAN_DER_POL, van_der_pol},
};

/* clang-format off */

/* Where in the step a stage looks at u. */
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
/* clang-format on */

static const struct plant *
plant_find(enum system_type type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(plants); i++)
        if (plants[i].type == type)
            return &plants[i];
    return NULL;
}

enum status
plant_start(const struct spec *spec, double *x, struct error *err)
{
    int d, d_in;

    if (!plant_find(spec->system.type))
        return error_set(err, INVALID, "no system of type %d",
                         (int)spec->system.type);
    spec_dimensions(spec, &d, &d_in);
    for (int i = 0; i < d; i++)
        x[i] = START;
    return OK;
}

/* x + h times the weighted sum of the slopes so far. */
static inline void
combine(double slopes[STAGES][SPEC_DIMENSIONS_MOST], const double *weight,
        int stages, int d, double h, const double *x, double *out)
{
    for (int i = 0; i < d; i++) {
        double sum = 0;

        for (int j = 0; j < stages; j++)
            sum += weight[j] * slopes[j][i];
        out[i] = x[i] + h * sum;
    }
}

static void
runge_kutta(const struct spec *spec, const struct command *command, int d,
            double t, double h, double *x)
{
    const struct plant *plant = plant_find(spec->system.type);
    bool stepwise = command_is_stepwise(command);
    double slopes[STAGES][SPEC_DIMENSIONS_MOST];
    double at[SPEC_DIMENSIONS_MOST], u[SPEC_DIMENSIONS_MOST];

    for (int stage = 0; stage < STAGES; stage++) {
        if (stage == 0 || !stepwise)
            command_at(command, t + h / 2, t + nodes[stage] * h, u);
        combine(slopes, weights[stage], stage, d, h, x, at);
        plant->derivative(spec, at, u, slopes[stage]);
    }
    combine(slopes, weights[STAGES], STAGES, d, h, x, x);
}

void
plant_step(const struct spec *spec, const struct command *command, double t,
           double h, double *x)
{
    int d, d_in;

    spec_dimensions(spec, &d, &d_in);
    if (!schedule_clamps(spec, t + h / 2)) {
        runge_kutta(spec, command, d, t, h, x);
        return;
    }
    for (int i = 0; i < d; i++)
        x[i] *= exp(-h / SPEC_DT);
}
