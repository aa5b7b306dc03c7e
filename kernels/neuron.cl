/* neuron.cl - leaky integrate-and-fire neurons, exact over one step of
 * constant current (paper, Eq. 7; Nengo 2.4 to 4.1 step by step).
 *
 *   tau_rc dV/dt = J - V   while not resting
 *   V > 1: a spike, V := 0, rest for tau_ref
 *   V < 0: V := 0
 *
 * V and J are measured in thresholds, time in tau_rc = 20 ms; tau_ref = 2 ms.
 * The moment of the spike inside the step is solved for, so the rest ends
 * inside a later step too. No branch: lanes that spike and lanes that do not
 * do the same work.
 *
 * The two transcendental functions are needed on short intervals only, where
 * a few terms of their Taylor series will do. Rounding included they are within
 * 1.1 (charge_fraction) and 1.5 (overshoot_time) units in the last place in 64
 * bits, 1.7 and 2 in 32, measured against libm (tests/test_kernel.c). */

#define STEP R(0.05)      /* dt / tau_rc                                     */
#define REST R(0.1)       /* tau_ref / tau_rc                                */

/* 1 - exp(-t) for 0 <= t <= STEP. Truncation: 6e-8 of the value in 32 bits
 * (t^4/120), 3e-18 in 64. */
static inline realv
charge_fraction(realv t)
{
#if REAL_BITS == 64
    realv s = 1 - t * (1.0 / 10);
    s = 1 - t * (1.0 / 9) * s;
    s = 1 - t * (1.0 / 8) * s;
    s = 1 - t * (1.0 / 7) * s;
    s = 1 - t * (1.0 / 6) * s;
    s = 1 - t * (1.0 / 5) * s;
    s = 1 - t * (1.0 / 4) * s;
    s = 1 - t * (1.0 / 3) * s;
    s = 1 - t * (1.0 / 2) * s;
    return t * s;
#else
    realv s = R(0.16666667) - t * R(0.041666668);
    s = R(0.5) - t * s;
    return t * (R(1.0) - t * s);
#endif
}

/* -log(1 - y) for 0 <= y <= 1 - exp(-STEP) = 0.0488: how long ago, in tau_rc,
 * V stood at threshold if it has since covered the fraction y of the way from
 * there to J. Truncation: 5e-8 of the value in 32 bits (y^5/6), 1e-17 in 64. */
static inline realv
overshoot_time(realv y)
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
    return y * (1 + y * s);
#else
    realv s = R(0.25) + y * R(0.2);
    s = R(0.33333334) + y * s;
    s = R(0.5) + y * s;
    return y * (R(1.0) + y * s);
#endif
}

/* Moves neurons one step under the current J; 1 where one spikes, else 0.
 *
 * V is never negative and is 0 during a rest, so one number holds both: the
 * membrane is V, or, negative, minus the rest that the next step begins with
 * and still has to sit out. The time spent charging in this step then is
 * membrane + STEP, cut to 0 ... STEP, in either case. */
static inline realv
neuron_step(realv J, NEURONS realv *membrane)
{
    const realv none = 0;
    const realv whole = STEP;
    const realv awake = *membrane + STEP;
    const realv V = *membrane < none ? none : *membrane;
    realv t = awake < none ? none : awake;
    t = t > whole ? whole : t;

    const realv v = V + (J - V) * charge_fraction(t);
    const realv since = overshoot_time(DIVIDE(v - 1, J - 1));
    const realv charged = v < none ? none : v;
    const realv silent = awake < none ? awake : charged;
    *membrane = v > 1 ? since - REST : silent;
    return v > 1 ? (realv)1 : none;
}
