/* drive_private.h - what the files of this room share.
 *
 *   drive.c        all of it, step by step
 *   command.c      u(t); command_private.h has more
 *   plant.c        x(t): which system, and how it goes on
 *   equations.c    ... dx/dt by itself
 *   arm.c          ... arms and acrobots
 *   formulas.c     ... the user's own formulas
 *   culprit.c      ... and what in one of them is not finite
 *   series.c       ... rows that were uploaded, of u too
 *   runge_kutta.c  one step of a differential equation
 *   lanes.c        ... of several of them, side by side
 *   plants.c       several plants
 *   target.c       delay, filter and noise of the reference
 *   schedule.c     trials, phases, strengths */
#ifndef FOLLOWD_DRIVE_PRIVATE_H
#define FOLLOWD_DRIVE_PRIVATE_H

#include "drive/drive.h"
#include "random/random.h"

#define BREAK_NEAR 1e-9 /* s, two times this near are one up to rounding */

/* Float64 as Python forms it: a product, never a running sum. */
static inline double
step_time(int64_t step)
{
    return (double)step * SPEC_DT;
}

/* ---- command.c: u(t) ---------------------------------------------------- */

struct command;

MUST_USE enum status command_new(const struct spec *spec,
                                 const struct drive_sources *sources,
                                 struct command **out, struct error *err);
void command_free(struct command *command);
/* u at `t`, with every decision - which period, which piece of noise, whether
 * a pulse is on - taken as of `lookup`. Sampling asks with lookup = t; an
 * integrator asks with lookup in the middle of the stretch that it crosses,
 * and so never sees the far side of a jump. Of arms, torques in N m. */
void command_at(const struct command *command, double lookup, double t,
                double *u /* [d_in] */);
/* True when u does not change before it jumps next, as of `lookup`: then `t`
 * does not matter. */
bool command_is_still(const struct command *command, double lookup);
/* True when that is so at any time. */
bool command_is_stepwise(const struct command *command);
/* The first time more than BREAK_NEAR after t at which u may jump. */
double command_next_break(const struct command *command, double t);

/* ---- schedule.c: what the trial structure says at a time t -------------- */

/* True in the last spec_trial_clamp() of a period, if trials end in a clamp. */
bool schedule_clamps(const struct spec *spec, double t);
/* Whether an arm is held where it began: while trials are clamped, but, as its
 * script compares, not yet at the very time at which that sets in. */
bool schedule_returns_arm(const struct spec *spec, double t);
unsigned char schedule_gates(const struct spec *spec, double t);
double schedule_gain(const struct spec *spec, double t); /* k                */
double schedule_eta(const struct spec *spec, double t);
/* The first of offset, offset + period, offset + 2 periods, ... that lies more
 * than BREAK_NEAR after t. All in s. */
double schedule_next(double t, double period, double offset);
/* The first time more than BREAK_NEAR after t at which the clamp sets in or a
 * period ends. */
double schedule_next_break(const struct spec *spec, double t);
/* The first time after t at which gates or eta may change, up to rounding. */
double schedule_next_change(const struct spec *spec, double t);

/* ---- plant.c: x(t) ------------------------------------------------------ */

struct plant;

/* `spec` and `command` are [borrowed]. */
MUST_USE enum status plant_new(const struct spec *spec,
                               const struct drive_sources *sources,
                               const struct command *command,
                               struct plant **out, struct error *err);
void plant_free(struct plant *plant);
/* The state at t = 0. */
void plant_start(const struct plant *plant, double *state /* [DRIVE_STATES] */);
/* To be told before plant_advance() goes on from another step than the one it
 * came to. */
void plant_seek(struct plant *plant, int64_t step);
/* The state from step * dt to one step later. */
void plant_advance(struct plant *plant, int64_t step,
                   double *state /* [DRIVE_STATES], in and out */);
/* The same for up to LANES plants, with the same bits. */
#define LANES 4
void plant_advance_all(struct plant *const plants[], const int64_t steps[],
                       double *const states[], int count);
/* dx/dt at t = 0, of a system that is a differential equation. */
void plant_slope(const struct plant *plant, const double *x /* [d] */,
                 const double *u /* [d_in] */, double *dx /* [d] */);
/* x at step * dt, when the plant is in that state. */
void plant_observe(const struct plant *plant, int64_t step, const double *state,
                   double *x /* [d] */);

/* ---- arm.c -------------------------------------------------------------- */

void arm_observe(const struct spec *spec, const double *state,
                 double *x /* [d] */);
/* Torques in N m to what the network sees. */
void arm_scale_torques(const struct spec *spec, double *u /* [d_in] */);

/* ---- formulas.c --------------------------------------------------------- */

struct formulas;

/* NULL with at least one more fault; or without one, when there is no memory.
 */
MUST_USE struct formulas *formulas_new(const struct spec *spec,
                                       struct faults *faults);
void formulas_free(struct formulas *formulas);
void formulas_evaluate(struct formulas *formulas, double t,
                       const double *x /* [d] */, const double *u /* [d_in] */,
                       double *dx /* [d] */);
/* The value of a part of a formula where they were evaluated last; NAN where
 * it is none by itself. */
double formulas_part(struct formulas *formulas, const struct spec *spec,
                     const char *text, size_t length);

/* ---- culprit.c ---------------------------------------------------------- */

/* Where formula i, which is not finite where it was evaluated last, stops
 * being so, and what is wrong there; NULL where nothing stands out. */
const char *culprit_find(struct formulas *formulas, const struct spec *spec,
                         int i, const char **what);

/* ---- series.c ----------------------------------------------------------- */

struct series;

/* The array `name` [n][columns] of `npz` [borrowed], over the array `times`
 * [n], for so many s, 0 if it need not last the job. */
MUST_USE enum status series_new(const struct npz *npz, const char *times,
                                const char *name, int columns, double duration,
                                struct series **out, struct error *err);
void series_free(struct series *series);
void series_at(const struct series *series, double t,
               double *out /* [columns] */);
/* The time of the first row more than BREAK_NEAR after t. */
double series_next(const struct series *series, double t);

/* ---- lanes.c ------------------------------------------------------------ */

/* Where one of them stands, while its command stands still. */
struct lane {
    const struct spec *spec;
    const double *u; /* [d] as it acts                                       */
    double *x;       /* [d] in and out                                       */
};
bool lanes_know(const struct spec *spec); /* this system                     */
/* One step of length h (s), of up to LANES of one system; those that are not
 * `good` stay where they are. */
void lanes_step(enum system_type type, const struct lane *all, int count,
                double h, bool good[LANES]);

/* ---- runge_kutta.c ------------------------------------------------------ */

typedef void runge_kutta_slope(void *context, double t, const double *x,
                               double *dx /* [d] 1/s */);
void runge_kutta_step(runge_kutta_slope *slope, void *context, int d, double t,
                      double h, double *x /* [d], in and out */);

/* ---- target.c ----------------------------------------------------------- */

struct target {
    const struct spec *spec; /* [borrowed] */
    int d;
    int64_t delay_steps;
    bool filtered, noisy;
    double keep_synapse, keep_delay, keep_noise; /* exp(-dt / tau)           */
};
void target_set(struct target *target, const struct spec *spec, int d);

/* A target's state is that many float64. */
size_t target_state_size(const struct target *target);
/* Before the first step, with the reference at x(0). */
void target_start(const struct target *target, const double *x /* [d] */,
                  double *state);
/* Step `step`, at whose time the reference is x. */
void target_advance(const struct target *target, int64_t step,
                    const double *x /* [d] */, double *state,
                    double *out /* [d] */);

#endif
