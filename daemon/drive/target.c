/* target.c - what the estimate is compared with: the reference x(t), late,
 * filtered and noisy as the job asks.
 *
 * Every filter is y = keep y + take x with keep = exp(-dt/tau), take = 1 - keep
 * (what a filter of tau does to a signal held over each step), and starts at 0.
 * A synapse hands on what it held at the end of the step before. */
#include "drive/drive_private.h"

#include <math.h>
#include <string.h>

#define TAU_NOISE                                                              \
    0.005 /* s, Nengo's default synapse: the scripts name none                 \
           */

/* The state of a target; doubles and nothing else. */
struct target_state {
    double filtered[SPEC_DIMENSIONS_MOST]; /* reference units               */
    double alpha[2][SPEC_DIMENSIONS_MOST]; /* the two filters of the delay  */
    double noise[SPEC_DIMENSIONS_MOST];
    double late[]; /* [delay_steps][d] x of step n in row n % delay_steps   */
};

static int64_t
delay_steps(const struct spec *spec)
{
    if (spec->reference.delay_type != DELAY_PURE)
        return 0;
    return llround(spec->reference.delay / SPEC_DT);
}

size_t
target_state_size(const struct spec *spec, int d)
{
    return sizeof(struct target_state) / sizeof(double) +
           (size_t)delay_steps(spec) * (size_t)d;
}

void
target_start(const struct spec *spec, int d, const double *x, double *state)
{
    struct target_state *now = (struct target_state *)state;

    memset(state, 0, target_state_size(spec, d) * sizeof(double));
    if (delay_steps(spec) > 0)
        memcpy(now->late, x, (size_t)d * sizeof(double));
}

static void
filter(double tau, int d, const double *x, double *y)
{
    double keep = exp(-SPEC_DT / tau);

    for (int i = 0; i < d; i++)
        y[i] = keep * y[i] + (1 - keep) * x[i];
}

/* What came through an alpha synapse until now, and then x: the kernel
 * (t / tau^2) exp(-t / tau) is one filter after another, solved together over a
 * step in which x stands still. */
static void
alpha(double tau, int d, double x[], double first[], double second[])
{
    double keep = exp(-SPEC_DT / tau), pass = SPEC_DT / tau * keep;

    for (int i = 0; i < d; i++) {
        double came = second[i];

        second[i] =
            keep * second[i] + pass * first[i] + (1 - keep - pass) * x[i];
        first[i] = keep * first[i] + (1 - keep) * x[i];
        x[i] = came;
    }
}

/* x so much later, exactly or spread. */
static void
delay(const struct spec *spec, int d, int64_t step, struct target_state *now,
      double *x)
{
    double tau = spec->reference.delay;
    int64_t steps = delay_steps(spec);
    size_t size = (size_t)d * sizeof(double);

    if (steps > 0) {
        double *row = now->late + step % steps * d;
        double came[SPEC_DIMENSIONS_MOST];

        memcpy(came, row, size);
        memcpy(row, x, size);
        memcpy(x, came, size);
    } else if (spec->reference.delay_type == DELAY_ALPHA && tau > 0) {
        alpha(tau, d, x, now->alpha[0], now->alpha[1]);
    }
}

/* White noise of the density that Nengo's has: its numbers grow as the steps
 * shrink. */
static void
noise_go_on(const struct spec *spec, int d, int64_t step,
            struct target_state *now)
{
    double white[SPEC_DIMENSIONS_MOST];

    for (int i = 0; i < d; i++)
        white[i] =
            (spec->noise.error_mean +
             spec->noise.error_sd *
                 random_normal_at(
                     (uint64_t)spec->noise.seed, RANDOM_STREAM_ERROR,
                     (uint64_t)step * SPEC_DIMENSIONS_MOST + (uint64_t)i)) /
            sqrt(SPEC_DT);
    filter(TAU_NOISE, d, white, now->noise);
}

void
target_advance(const struct spec *spec, int d, int64_t step, const double *x,
               double *state, double *target)
{
    struct target_state *now = (struct target_state *)state;
    double late[SPEC_DIMENSIONS_MOST];

    memcpy(late, x, (size_t)d * sizeof(double));
    delay(spec, d, step, now, late);
    if (spec->reference.filtered && spec->reference.job == 0) {
        memcpy(target, now->filtered, (size_t)d * sizeof(double));
        filter(spec->network.tau_synapse, d, late, now->filtered);
    } else {
        memcpy(target, late, (size_t)d * sizeof(double));
    }
    if (spec->noise.error_sd == 0 && spec->noise.error_mean == 0)
        return;
    for (int i = 0; i < d; i++)
        target[i] -= now->noise[i];
    noise_go_on(spec, d, step, now);
}
