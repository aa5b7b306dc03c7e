/* command_private.h - what the commands share.
 *
 *   command.c        the table of all, the door
 *   command_draw.c   the stream, and what is drawn from it
 *   command_pulse.c  those made of pulses and heights
 *   command_noise.c  those made of noise, or of oscillations
 *   command_arm.c    torques
 *   grid.c           numbers on an even grid over the job
 *
 * In the comments, as in doc/model.md: k = int(t / period), phase = t % period,
 * G = 0 while trials are clamped, else 1; R1, R2 the radii; n_k directions that
 * are uniform on the sphere; B one direction for the whole job. */
#ifndef FOLLOWD_COMMAND_PRIVATE_H
#define FOLLOWD_COMMAND_PRIVATE_H

#include "drive/drive_private.h"

/* ---- grid.c ------------------------------------------------------------- */

enum grid_kind {
    GRID_NEAREST, /* the point that is nearest in time holds                 */
    GRID_LINEAR,
    GRID_CUBIC /* a spline without a knot at the last point but one, as
                * SciPy's "cubic"                                            */
};

/* Row by row, values at points[i] = i * spacing, the last one at `end`. */
struct grid {
    enum grid_kind kind;
    int rows;
    int64_t points;
    double end, spacing; /* s                                                */
    double *values;      /* [rows][points] [owned]                           */
    double *bends;       /* [rows][points] second derivatives [owned], cubic */
};

/* int(end / spacing) + 1 points from 0 to `end`, zeroed: to be filled in, and
 * then, if it is cubic, bent. Freed by grid_free() in any case. */
MUST_USE enum status grid_make(struct grid *grid, enum grid_kind kind, int rows,
                               double end, double spacing, struct error *err);
MUST_USE enum status grid_bend(struct grid *grid, struct error *err);
void grid_free(struct grid *grid);
/* Value of a row at t, with the piece chosen as of `lookup`; beyond the end it
 * stays what it was there. */
double grid_at(const struct grid *grid, int row, double lookup, double t);
/* The first time more than BREAK_NEAR after t at which another piece begins. */
double grid_next(const struct grid *grid, double t);

/* ---- command.c ---------------------------------------------------------- */

#define COMMAND_GRIDS 5

struct input;

struct command {
    struct spec spec;
    const struct input *input;
    int d;                                  /* d_in                          */
    int64_t periods;                        /* that begin in the job or at
                                             * its end                       */
    double direction[SPEC_DIMENSIONS_MOST]; /* B                             */
    double *heights, *pulses;               /* [d_in][periods] [owned]       */
    struct grid grids[COMMAND_GRIDS];       /* [owned]                       */
    int grid_count;
    int64_t pieces;           /* of amplDurnVary                            */
    double *ends, *strengths; /* [pieces] s, and factors of B [owned]       */
    double omega[SPEC_DIMENSIONS_MOST], phi[SPEC_DIMENSIONS_MOST];
    struct series *series; /* of rows that were uploaded or learned [owned]  */
};

/* Takes from the stream what the command needs; fills its arrays. */
typedef enum status command_draw(struct command *command, struct random *random,
                                 struct error *err);
/* u [d_in], see command_at(), but for the scale. */
typedef void command_value(const struct command *command, double lookup,
                           double t, double *u);

/* k, G, phase; the latter at t, in the period of `lookup`. */
int64_t command_period(const struct command *command, double lookup);
double command_gate(const struct command *command, double lookup);
double command_phase(const struct command *command, double lookup, double t);
/* Whether phase is less than `ramps` times the length of a ramp. */
bool command_ramps(const struct command *command, double lookup, double ramps);

/* ---- command_draw.c ----------------------------------------------------- */

/* B, and all that `draw` (may be NULL) draws. Where the stream stood before and
 * after that goes to `before` and `after` (may be NULL), see drive_streams().
 */
MUST_USE enum status command_draw_all(struct command *command,
                                      command_draw *draw, struct random *before,
                                      struct random *after, struct error *err);
/* [d_in][periods]: 0; uniform in +-most; n_k. */
MUST_USE enum status command_allocate(const struct command *command,
                                      double **out, struct error *err);
MUST_USE enum status command_draw_uniform(const struct command *command,
                                          struct random *random, double most,
                                          double **out, struct error *err);
MUST_USE enum status command_draw_directions(const struct command *command,
                                             struct random *random,
                                             double **out, struct error *err);
/* One more grid, uniform in +-most. */
MUST_USE enum status command_draw_grid(struct command *command,
                                       struct random *random,
                                       enum grid_kind kind, double spacing,
                                       double most, struct error *err);
/* `numbers` [count] divided by `divisor`. */
void command_divide(double *numbers, int64_t count, double divisor);
/* The oscillator of van der Pol gets a third of everything along its first
 * dimension, [count] numbers. */
void command_weaken_first(const struct command *command, double *numbers,
                          int64_t count);

/* ---- command_pulse.c ---------------------------------------------------- */

#define LONG_RAMP 10.0 /* ramps, of rampLeaveDirnVaryNonLin */

command_draw draw_directed_pulses, draw_uniform_pulses, draw_ramps_and_heights,
    draw_pulses_and_heights, draw_unused_steps, draw_sweep;
command_value at_fixed_pulses, at_ramps, at_long_ramps, at_ramps_and_heights,
    at_pulses_and_heights, at_one_step, at_one_ramp, at_decaying_pulses,
    at_pulses_and_constant, at_sweep;
bool still_after_ramp(const struct command *command, double lookup);
bool still_after_one_ramp(const struct command *command, double lookup);
double next_one_ramp(const struct command *command, double t);
double next_fifth(const struct command *command, double t);

/* ---- command_noise.c ---------------------------------------------------- */

#define NOISE_SPACING 0.05 /* s */

command_draw draw_noise, draw_noise_and_heights, draw_scaled_heights,
    draw_alternating, draw_time_scales, draw_durations, draw_oscillations;
command_value at_noise, at_noise_and_heights, at_scaled_heights, at_alternating,
    at_time_scales, at_durations, at_oscillations;
double next_duration(const struct command *command, double t);

/* ---- command_arm.c ------------------------------------------------------ */

command_draw draw_joint_spline, draw_torque_spline, draw_torque_noise,
    draw_torque_pulses;
command_value at_curves, at_torque_noise, at_torque_pulses;
double next_half_ramp(const struct command *command, double t);

#endif
