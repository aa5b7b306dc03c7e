/* neuron.cl - leaky integrate-and-fire neurons, exact over one step of
 * constant current (paper, Eq. 7; Nengo 2.4 to 4.1 step by step).
 *
 *   tau_rc dV/dt = J - V   while not resting
 *   V > 1: a spike, V := 0, rest for tau_ref
 *   V < 0: V := 0
 *
 * V and J are measured in thresholds, time in steps of dt = tau_rc / 20; tau_ref
 * is 2 steps. The moment of the spike inside the step is solved for, so the rest
 * ends inside a later step too. No branch: lanes that spike and lanes that do not
 * do the same work.
 *
 * The two transcendental functions are needed on short intervals only, where
 * a few terms of their Taylor series will do, the last of them a little changed
 * in 32 bits to make up for those left out. Rounding included they are within
 * 2.1 (charge_fraction) and 1.3 (overshoot_steps) units in the last place in 64
 * bits, 1.4 and 1.4 in 32, measured against libm (tests/test_kernel.c). */

#define STEP 0.05 /* dt / tau_rc                                             */
#define REST R(2.0) /* tau_ref / dt                                          */

/* 1 - exp(-STEP t) for 0 <= t <= 1. */
static inline realv
charge_fraction(realv t)
{
#if REAL_BITS == 64
    const realv x = t * STEP;
    realv s = 1 - x * (1.0 / 10);
    s = 1 - x * (1.0 / 9) * s;
    s = 1 - x * (1.0 / 8) * s;
    s = 1 - x * (1.0 / 7) * s;
    s = 1 - x * (1.0 / 6) * s;
    s = 1 - x * (1.0 / 5) * s;
    s = 1 - x * (1.0 / 4) * s;
    s = 1 - x * (1.0 / 3) * s;
    s = 1 - x * (1.0 / 2) * s;
    return x * s;
#else
    realv s = R(2.0833333e-5) - t * R(2.582e-7);
    s = R(1.25e-3) - t * s;
    return t * (R(0.05) - t * s);
#endif
}

/* -log(1 - y) / STEP for 0 <= y <= 1 - exp(-STEP) = 0.0488: how many steps ago V
 * stood at threshold if it has since covered the fraction y of the way from
 * there to J. */
static inline realv
overshoot_steps(realv y)
{
#if REAL_BITS == 64
    realv s = (1.0 / 12) + y * (1.0 / 13);
    s = (1.0 / 11) + y * s;
    s = (1.0 / 10) + y * s;
    s = (1.0 / 9) + y * s;
    s = (1.0 / 8) + y * s;
    s = (1.0 / 7) + y * s;
    s = (1.0 / 6) + y * s;
    s = (1.0 / 5) + y * s;
    s = (1.0 / 4) + y * s;
    s = (1.0 / 3) + y * s;
    s = (1.0 / 2) + y * s;
    return y * (20 + (20 * y) * s);
#else
    realv s = R(5.0) + y * R(4.14);
    s = R(6.6666667) + y * s;
    s = R(10.0) + y * s;
    return y * (R(20.0) + y * s);
#endif
}

/* Moves neurons one step under the current J = 1 + above; 1 where one spikes,
 * else 0.
 *
 * V is never negative and is 0 during a rest, so one number holds both: the
 * membrane is V - 1, from -1 to 0, or, below -1, -1 minus the steps of rest
 * that are still to be sat out. The part of this step spent charging then is
 * membrane + 2, cut to 0 ... 1, in either case. */
static inline realv
neuron_step(realv above, NEURONS realv *membrane)
{
    const realv none = 0;
    const realv empty = -1;
    const realv below = *membrane < empty ? empty : *membrane;
    const realv charged_part = charge_fraction(CUT(*membrane + 2));
    const realv over = below + (above - below) * charged_part;
    const realv ago = overshoot_steps(DIVIDE(over, above));
    const realv charged = over < empty ? empty : over;
    const realv silent = *membrane < empty - 1 ? *membrane + 1 : charged;
    *membrane = over > none ? ago - (1 + REST) : silent;
    return over > none ? (realv)1 : none;
}
