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

void
target_set(struct target *target, const struct spec *spec, int d)
{
    *target = (struct target){
        .spec = spec,
        .d = d,
        .delay_steps = delay_steps(spec),
        .filtered = spec->reference.filtered && spec->reference.job == 0,
        .noisy = spec->noise.error_sd != 0 || spec->noise.error_mean != 0,
        .keep_synapse = exp(-SPEC_DT / spec->network.tau_synapse),
        .keep_delay = exp(-SPEC_DT / spec->reference.delay),
        .keep_noise = exp(-SPEC_DT / TAU_NOISE),
    };
}

size_t
target_state_size(const struct target *target)
{
    return sizeof(struct target_state) / sizeof(double) +
           (size_t)target->delay_steps * (size_t)target->d;
}

void
target_start(const struct target *target, const double *x, double *state)
{
    struct target_state *now = (struct target_state *)state;

    memset(state, 0, target_state_size(target) * sizeof(double));
    if (target->delay_steps > 0)
        memcpy(now->late, x, (size_t)target->d * sizeof(double));
}

static void
filter(double keep, int d, const double *x, double *y)
{
    for (int i = 0; i < d; i++)
        y[i] = keep * y[i] + (1 - keep) * x[i];
}

/* What came through an alpha synapse until now, and then x: the kernel
 * (t / tau^2) exp(-t / tau) is one filter after another, solved together over a
 * step in which x stands still. */
static void
alpha(const struct target *target, double x[], double first[], double second[])
{
    double keep = target->keep_delay;
    double pass = SPEC_DT / target->spec->reference.delay * keep;

    for (int i = 0; i < target->d; i++) {
        double came = second[i];

        second[i] =
            keep * second[i] + pass * first[i] + (1 - keep - pass) * x[i];
        first[i] = keep * first[i] + (1 - keep) * x[i];
        x[i] = came;
    }
}

/* x so much later, exactly or spread. */
static void
delay(const struct target *target, int64_t step, struct target_state *now,
      double *x)
{
    const struct spec *spec = target->spec;
    size_t size = (size_t)target->d * sizeof(double);

    if (target->delay_steps > 0) {
        double *row = now->late + step % target->delay_steps * target->d;
        double came[SPEC_DIMENSIONS_MOST];

        memcpy(came, row, size);
        memcpy(row, x, size);
        memcpy(x, came, size);
    } else if (spec->reference.delay_type == DELAY_ALPHA &&
               spec->reference.delay > 0) {
        alpha(target, x, now->alpha[0], now->alpha[1]);
    }
}

/* White noise of the density that Nengo's has: its numbers grow as the steps
 * shrink. */
static void
noise_go_on(const struct target *target, int64_t step, struct target_state *now)
{
    const struct spec *spec = target->spec;
    double white[SPEC_DIMENSIONS_MOST];

    for (int i = 0; i < target->d; i++)
        white[i] =
            (spec->noise.error_mean +
             spec->noise.error_sd *
                 random_normal_at(
                     (uint64_t)spec->noise.seed, RANDOM_STREAM_ERROR,
                     (uint64_t)step * SPEC_DIMENSIONS_MOST + (uint64_t)i)) /
            sqrt(SPEC_DT);
    filter(target->keep_noise, target->d, white, now->noise);
}

void
target_advance(const struct target *target, int64_t step, const double *x,
               double *state, double *out)
{
    struct target_state *now = (struct target_state *)state;
    const size_t size = (size_t)target->d * sizeof(double);
    double late[SPEC_DIMENSIONS_MOST];

    memcpy(late, x, size);
    delay(target, step, now, late);
    if (target->filtered) {
        memcpy(out, now->filtered, size);
        filter(target->keep_synapse, target->d, late, now->filtered);
    } else {
        memcpy(out, late, size);
    }
    if (!target->noisy)
        return;
    for (int i = 0; i < target->d; i++)
        out[i] -= now->noise[i];
    noise_go_on(target, step, now);
}
