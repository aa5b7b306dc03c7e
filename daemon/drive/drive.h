/* drive.h - what comes from outside while a network runs, millisecond by
 * millisecond: the command u(t), the reference x(t), what the estimate is
 * compared with, the strength of feedback and learning, and the gates.
 *
 * Knows numbers, in float64, on the CPU; doc/model.md gives the equations and
 * where they are from. Knows nothing of neurons, OpenCL, jobs, SQL or HTTP.
 * Above: engine, worker, bench, api. Below: random, spec, npz, base.
 *
 * Shapes: d_in dimensions of the command, d dimensions of the reference.
 * Arrays are row major. A step is dt = SPEC_DT. */
#ifndef FOLLOWD_DRIVE_H
#define FOLLOWD_DRIVE_H

#include "base/base.h"
#include "npz/npz.h"
#include "random/random.h"
#include "spec/spec.h"

/* One byte of gates for every step. */
enum drive_gate {
    DRIVE_ERROR = 1,    /* the error passes on (settled, not yet the test,
                         * not clamped)                                      */
    DRIVE_FEEDBACK = 2, /* the error, where it passes, is fed back           */
    DRIVE_LEARN = 4,    /* the filtered error reaches the learning rule      */
    DRIVE_CLAMP = 8,    /* the recurrent layer is held silent                */
    DRIVE_CLAMP_FF = 16 /* the command layer is; not so with arms            */
};

/* What a spec only names, each [borrowed] as long as the drive lives, NULL
 * where the spec names none. The arrays have `t` [n] (s, ascending, from 0 or
 * the first step to the end) with `x` [n][d] or `u` [n][d_in], in float64 or
 * float32; so has `command` torque_t [n] with torque [n][d_in], as
 * rl_save() gives them, of an arm that an RL input drives. They, or those that
 * were uploaded for it, need not last the job. */
struct drive_sources {
    const struct npz *system_array;
    const struct npz *input_array;
    const struct npz *command;
};

/* Adds what is wrong with the system that `spec` describes and only this room
 * can tell: formulas that are none, or not finite where they begin. */
void drive_check(const struct spec *spec, struct faults *faults);

/* The stream that the command is drawn from also gives the network what has no
 * seed of its own (-1). `before` the command, with weights.init "random", the
 * normal numbers of the recurrent weights, [neurons_rec][neurons_rec], which
 * are the feedforward ones too; where the layers are not of one size, those
 * follow, [neurons_rec][neurons_ff]. `after` it, the decoders' noise, or how
 * weights are shuffled. Either may be NULL. */
MUST_USE enum status drive_streams(const struct spec *spec,
                                   struct random *before, struct random *after,
                                   struct error *err);

/* The equations of a system that is neither an arm nor an array, at t = 0. */
struct equations;
MUST_USE enum status equations_new(const struct spec *spec,
                                   struct equations **out, struct error *err);
void equations_free(struct equations *equations);
void equations_slope(const struct equations *equations,
                     const double *x /* [d] */, const double *u /* [d_in] */,
                     double *dx /* [d] 1/s */);

/* All of this for one job, in order of time. Owns 16 bytes per 50 ms and per
 * period of the job and the delay of its reference, nothing else per step. The
 * numbers do not depend on how a run is cut into slices. */
struct drive;

/* [owned] by the caller; stands before the first step, t = 0. `sources` may be
 * NULL for none. */
MUST_USE enum status drive_new(const struct spec *spec,
                               const struct drive_sources *sources,
                               struct drive **out, struct error *err);
void drive_free(struct drive *drive);
int drive_dimensions_in(const struct drive *drive); /* d_in                  */
int drive_dimensions(const struct drive *drive);    /* d                     */
int64_t drive_step(const struct drive *drive);      /* steps done            */
int64_t drive_steps_total(const struct drive *drive); /* duration / dt       */

/* What a drive says, step by step; the caller's arrays. */
struct drive_rows {
    double *u;        /* [steps][d_in] command units, as the network sees it:
                       * of arms, torques times their factors                */
    double *x;        /* [steps][d] reference units: the reference itself    */
    double *target;   /* [steps][d] ... as x_hat is compared with it         */
    double *feedback; /* [steps] k                                           */
    double *eta;      /* [steps] learning rate, as published                 */
    unsigned char *gates; /* [steps] of enum drive_gate                      */
};

/* Goes `steps` further. Row i belongs to step n = drive_step() + 1 + i (as it
 * was before the call), t = n * dt: the first row of a job is t = 1 ms. Goes
 * on past the end of the job as far as it is asked to. Where the reference
 * diverges, rows are not finite. */
void drive_advance(struct drive *drive, int64_t steps,
                   const struct drive_rows *out);

/* The same for several drives, with the same bits in less time: references of
 * one system go on side by side. */
void drive_advance_all(struct drive *const drives[], const int64_t steps[],
                       const struct drive_rows *const outs[], int count);

/* Where another network is imitated (reference.job), that leaves x and target
 * to be told: x_hat [steps][d] of that network in the steps just gone. */
void drive_imitate(struct drive *drive, int64_t steps, const double *x_hat,
                   const struct drive_rows *out);

/* All that a drive remembers beyond its spec, as numbers: so many, of meaning
 * to this room alone, the step among them. Restoring what was saved, into a
 * drive of the same spec, goes on with the same bits. */
size_t drive_state_count(const struct drive *drive);
void drive_save(const struct drive *drive, double *out /* [count] */);
/* CORRUPT when these numbers are no state of this drive. */
MUST_USE enum status drive_restore(struct drive *drive, const double *state,
                                   size_t count, struct error *err);

/* ---- a system alone, for who learns to move it -------------------------- */

#define DRIVE_STATES SPEC_DIMENSIONS_MOST

/* What `spec` says of the state before anything happened: x, or the angles
 * (rad) and then the velocities (1/s) of an arm's joints. */
void drive_begin(const struct spec *spec, double *state /* [DRIVE_STATES] */);
/* An arm dt (s) later, under these torques (N m). */
void drive_arm_step(const struct spec *spec, double dt,
                    const double *torques /* [d_in] */, double *state);
/* Where the links of an arm end, in m from the shoulder: along gravity, then
 * across; upper arm first. How many numbers. */
int drive_arm_ends(const struct spec *spec, const double *state, double *ends);

#endif
