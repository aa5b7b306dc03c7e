/* arm.c - arms and acrobots of one and two links, hanging from a shoulder.
 *
 * Explicit Euler of 1 ms, angles and velocities both from the old ones, as the
 * published runs have it: their reference is that polygon and not the solution
 * of the equations. Angles q in rad, 0 hanging down; velocities w in rad/s;
 * torques in N m. Two links (W. Li and E. Todorov, ICINCO 2004, plus gravity):
 *
 *   I(q) dw/dt = torque - H(q, w)
 *   I11 = i1 + i2 + m2 l1^2 + 2 m2 l1 s2 cos q2 + m1 s1^2 + m2 s2^2
 *   I12 = i2 + m2 l1 s2 cos q2 + m2 s2^2
 *   I22 = i2 + m2 s2^2
 *   H1  = -m2 l1 s2 (2 w1 + w2) w2 sin q2 + b11 w1 + b12 w2
 *         + g ((m1 s1 + m2 l1) sin q1 + m2 s2 sin(q1 + q2))
 *   H2  = m2 l1 s2 w1^2 sin q2 + b22 w2 + b12 w1 + g m2 s2 sin(q1 + q2) */
#include "drive/drive_private.h"

#include <math.h>

#define PI             3.14159265358979323846
#define LIMIT_DAMPING  10.0       /* kg m^2/s, of an acrobot's joints at PI/2 */
#define SHOULDER_SPEED (4.0 * PI) /* rad/s, an acrobot's are not faster */
#define ELBOW_SPEED    (9.0 * PI)

/* What tells the published models apart. */
struct arm {
    int links;
    bool weight;  /* has gravity, and its links' mass off the joints        */
    bool fades;   /* no torque drives a joint on beyond three eighths turn  */
    bool acrobot; /* joints brake at their limits, speeds are limited       */
    bool ends;    /* observed: where the links end, in m, not the angles    */
};

/* clang-format off */
static const struct arm arms[] = {
#define ARM(type) [type - SYSTEM_ROBOT1_GRAVITY]
    /*                                     links weight fades  acrobot ends */
    ARM(SYSTEM_ROBOT1_GRAVITY)           = { 1,  true,  false, false,  false },
    ARM(SYSTEM_ROBOT1XY_GRAVITY)         = { 1,  true,  false, false,  true },
    ARM(SYSTEM_ROBOT1_GRAVITY_INTERPOL)  = { 1,  true,  true,  false,  false },
    ARM(SYSTEM_ROBOT1XY_GRAVITY_INTERPOL)= { 1,  true,  true,  false,  true },
    ARM(SYSTEM_ROBOT2_GRAVITY_INTERPOL)  = { 2,  true,  true,  false,  false },
    ARM(SYSTEM_ROBOT2_TODOROV)           = { 2,  false, false, false,  false },
    ARM(SYSTEM_ROBOT2_TODOROV_GRAVITY)   = { 2,  true,  true,  false,  false },
    ARM(SYSTEM_ROBOT2XY_TODOROV_GRAVITY) = { 2,  true,  true,  false,  true },
    ARM(SYSTEM_ACROBOT2_GRAVITY)         = { 2,  true,  true,  true,   false },
    ARM(SYSTEM_ACROBOT2XY_GRAVITY)       = { 2,  true,  true,  true,   true },
};
/* clang-format on */

static const struct arm *
arm_of(const struct spec *spec)
{
    return &arms[spec->system.type - SYSTEM_ROBOT1_GRAVITY];
}

/* How far a joint is into its limit: 0 up to PI/2, 1 from 3/4 PI on. */
static double
limit_depth(double q)
{
    return fmin(fmax(q - PI / 2, 0), PI / 4) / (PI / 4);
}

/* Depth into the limit towards which `direction` points. */
static double
limit_ahead(double q, double direction)
{
    if (direction > 0)
        return limit_depth(q);
    return direction < 0 ? limit_depth(-q) : 0;
}

/* q between -PI and PI, PI not included. */
static double
wrap(double q)
{
    double turned = fmod(q + PI, 2 * PI);

    return (turned < 0 ? turned + 2 * PI : turned) - PI;
}

/* dw/dt, 1/s^2 */
static void
one_link(const struct spec *spec, const double *torque, const double *q,
         const double *w, double *dw)
{
    double m1 = spec->system.m1, s1 = spec->system.s1;
    double inertia = spec->system.i1 + m1 * s1 * s1;

    dw[0] = (torque[0] - m1 * s1 * spec->system.g * sin(q[0]) -
             spec->system.b11 * w[0]) /
            inertia;
}

/* The order of operations is the script's: what is learned by reinforcement
 * hangs on every bit. */
static void
two_links(const struct spec *spec, bool weight, const double *torque,
          const double *q, const double *w, double *dw)
{
    double m1 = spec->system.m1, m2 = spec->system.m2, l1 = spec->system.l1;
    double s1 = spec->system.s1, s2 = spec->system.s2;
    double i1 = spec->system.i1, i2 = spec->system.i2;
    double mass1 = weight ? m1 * (s1 * s1) : 0;
    double mass2 = weight ? m2 * (s2 * s2) : 0;
    double g = weight ? spec->system.g : 0;
    double mls = m2 * l1 * s2, c = cos(q[1]), s = sin(q[1]);
    double i11 = i1 + i2 + m2 * (l1 * l1) + 2 * mls * c + mass1 + mass2;
    double i12 = i2 + mls * c + mass2;
    double i22 = i2 + mass2;
    double upper = (m1 * s1 + m2 * l1) * g * sin(q[0]);
    double fore = m2 * s2 * g * sin(q[0] + q[1]);
    double h1 = -mls * (2 * w[0] + w[1]) * w[1] * s + spec->system.b11 * w[0] +
                spec->system.b12 * w[1] + upper + fore;
    double h2 = mls * (w[0] * w[0]) * s + spec->system.b22 * w[1] +
                spec->system.b12 * w[0] + fore;
    double r1 = torque[0] - h1, r2 = torque[1] - h2;
    double determinant = i11 * i22 - i12 * i12;

    dw[0] = i22 / determinant * r1 + -i12 / determinant * r2;
    dw[1] = -i12 / determinant * r1 + i11 / determinant * r2;
}

static double
limit_speed(double w, double most)
{
    return w > most ? most : w < -most ? -most : w; /* and NaN stays NaN */
}

/* What acts at the joints: a torque fades as it drives a joint into its limit,
 * and there an acrobot's joint brakes. */
static void
joints(const struct arm *arm, const double *torque, const double *q,
       const double *w, double *out)
{
    for (int i = 0; i < arm->links; i++) {
        out[i] = torque[i];
        if (arm->fades)
            out[i] *= 1 - limit_ahead(q[i], torque[i]);
        if (arm->acrobot)
            out[i] -= LIMIT_DAMPING * w[i] * limit_ahead(q[i], w[i]);
    }
}

void
drive_arm_step(const struct spec *spec, double dt, const double *torque,
               double *state)
{
    const struct arm *arm = arm_of(spec);
    double *w = state + arm->links;
    double q[2], acting[2], dw[2];

    for (int i = 0; i < arm->links; i++)
        q[i] = arm->acrobot ? wrap(state[i]) : state[i];
    joints(arm, torque, q, w, acting);
    if (arm->links == 1)
        one_link(spec, acting, q, w, dw);
    else
        two_links(spec, arm->weight, acting, q, w, dw);
    for (int i = 0; i < arm->links; i++) {
        state[i] += dt * w[i];
        w[i] += dt * dw[i];
    }
    if (arm->acrobot) {
        w[0] = limit_speed(w[0], SHOULDER_SPEED);
        w[1] = limit_speed(w[1], ELBOW_SPEED);
    }
}

int
drive_arm_ends(const struct spec *spec, const double *q, double *out)
{
    double l1 = spec->system.l1, l2 = spec->system.l2;

    out[0] = l1 * cos(q[0]);
    out[1] = l1 * sin(q[0]);
    if (arm_of(spec)->links == 1)
        return 2;
    out[2] = out[0] + l2 * cos(q[0] + q[1]);
    out[3] = out[1] + l2 * sin(q[0] + q[1]);
    return 4;
}

static double
factor(const struct spec *spec, int i)
{
    return i < spec->system.factors.count ? spec->system.factors.at[i] : 1;
}

void
arm_observe(const struct spec *spec, const double *state, double *x)
{
    const struct arm *arm = arm_of(spec);
    int count = arm->links;

    for (int i = 0; i < arm->links; i++)
        x[i] = state[i];
    if (arm->ends)
        count = drive_arm_ends(spec, state, x);
    for (int i = 0; i < arm->links; i++)
        x[count + i] = state[arm->links + i];
    count += arm->links;
    for (int i = 0; i < count; i++)
        x[i] *= factor(spec, i);
}

void
arm_scale_torques(const struct spec *spec, double *u)
{
    int d, d_in;

    spec_dimensions(spec, &d, &d_in);
    for (int i = 0; i < d_in; i++)
        u[i] *= factor(spec, d + i);
}
