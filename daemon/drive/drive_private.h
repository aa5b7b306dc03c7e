/* drive_private.h - what the files of this room share: command, schedule,
 * plant. */
#ifndef FOLLOWD_DRIVE_PRIVATE_H
#define FOLLOWD_DRIVE_PRIVATE_H

#include "drive/drive.h"
#include "random/random.h"

/* ---- command.c: u(t) ---------------------------------------------------- */

struct command;

MUST_USE enum status command_new(const struct spec *spec, struct command **out,
                                 struct error *err);
void command_free(struct command *command);
/* u at `t`, with every decision - which period, which piece of noise, whether
 * a pulse is on - taken as of `lookup`. Sampling asks with lookup = t; an
 * integrator asks with lookup in the middle of the stretch that it crosses,
 * and so never sees the far side of a jump. */
void command_at(const struct command *command, double lookup, double t,
                double *u /* [d_in] */);
/* True when u only changes where it jumps, so that `t` does not matter. */
bool command_is_stepwise(const struct command *command);
/* The first time more than BREAK_NEAR after t at which u may jump. */
double command_next_break(const struct command *command, double t);

#define BREAK_NEAR 1e-9 /* s, two times this near are one up to rounding */

/* ---- schedule.c: what the trial structure says at a time t -------------- */

/* True in the last spec_trial_clamp() of a period, if trials end in a clamp. */
bool schedule_clamps(const struct spec *spec, double t);
unsigned char schedule_gates(const struct spec *spec, double t);
double schedule_gain(const struct spec *spec, double t); /* k                */
double schedule_eta(const struct spec *spec, double t);
/* The first of offset, offset + period, offset + 2 periods, ... that lies more
 * than BREAK_NEAR after t. All in s. */
double schedule_next(double t, double period, double offset);
/* The first time more than BREAK_NEAR after t at which the clamp sets in or a
 * period ends. */
double schedule_next_break(const struct spec *spec, double t);

/* ---- plant.c: x(t) ------------------------------------------------------ */

/* x at t = 0; INVALID for a system that is not in the table. */
MUST_USE enum status plant_start(const struct spec *spec, double *x /* [d] */,
                                 struct error *err);
/* x from t to t + h, with no jump of u or of the schedule between. */
void plant_step(const struct spec *spec, const struct command *command,
                double t, double h, double *x /* [d], in and out */);

#endif
