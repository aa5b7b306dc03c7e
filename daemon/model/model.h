/* model.h - the mathematics of the experiment, in float64, on the CPU.
 *
 * Two nouns. A network is what the seeds determine before anything runs:
 * encoders, gains, biases, decoders. A drive is what comes from outside while
 * it runs, millisecond by millisecond: the command u(t), the reference x(t)
 * and the gates. doc/model.md gives the equations and where they are from.
 *
 * Knows numbers. Knows nothing of OpenCL, jobs, SQL or HTTP.
 * Above: engine, worker, bench. Below: spec, npz, base.
 *
 * Shapes: N_ff command neurons, N_rec recurrent neurons, d_in dimensions of
 * the command, d dimensions of the reference. Arrays are row major. A step
 * is dt = SPEC_DT. */
#ifndef FOLLOWD_MODEL_H
#define FOLLOWD_MODEL_H

#include "base/base.h"
#include "spec/spec.h"

#define MODEL_TAU_RC          0.02 /* s, membrane of every neuron               */
#define MODEL_TAU_REF         0.002 /* s, refractory period of every neuron      */
#define MODEL_DIMENSIONS_MOST 8     /* d and d_in never exceed this     */

/* ---- network ------------------------------------------------------------ */

/* What determines a network, and nothing else does. */
struct network_recipe {
    int64_t neurons_ff;   /* N_ff, at least 1                              */
    int64_t neurons_rec;  /* N_rec, at least 1                             */
    int dimensions_in;    /* d_in, 1 to MODEL_DIMENSIONS_MOST              */
    int dimensions;       /* d, 1 to MODEL_DIMENSIONS_MOST                 */
    double radius_ff;     /* command units                                 */
    double radius_rec;    /* reference units                               */
    double max_rates[2];  /* Hz, range drawn from, below 1 / MODEL_TAU_REF */
    double intercepts[2]; /* range drawn from, in radii                    */
    int64_t seed_ff;      /* 0 to 2^32 - 1, as numpy.random.RandomState    */
    int64_t seed_rec;
};

/* Two populations of leaky integrate-and-fire neurons. The current into
 * neuron i at the point p is gain_i (e_i . p) / radius + bias_i, in units of
 * the threshold current; scaled_encoders are encoders * (gain / radius).
 * Every array is [owned] by the network and not to be written to. */
struct network {
    struct network_recipe recipe;
    int64_t neurons_ff; /* these six as in the recipe               */
    int64_t neurons_rec;
    int dimensions_in;
    int dimensions;
    double radius_ff;
    double radius_rec;
    double *encoders_ff;         /* [N_ff][d_in] unit vectors                */
    double *gain_ff;             /* [N_ff] threshold currents                */
    double *bias_ff;             /* [N_ff] threshold currents                */
    double *scaled_encoders_ff;  /* [N_ff][d_in] per command unit            */
    double *encoders_rec;        /* [N_rec][d] unit vectors                  */
    double *gain_rec;            /* [N_rec] threshold currents               */
    double *bias_rec;            /* [N_rec] threshold currents               */
    double *scaled_encoders_rec; /* [N_rec][d] per reference unit            */
    double *decoders;            /* [d][N_rec] reference units * s, applied
                                  * to spikes of height 1/dt                 */
};

void network_recipe_from_spec(const struct spec *spec,
                              struct network_recipe *out);

/* Builds the network of a recipe. Decoders take seconds for thousands of
 * neurons, and 8 N_rec^2 bytes and more while they are solved for, so with a
 * `cache_folder` (may be NULL; made when it is not there) they are looked up
 * first and kept for the next time; a damaged cache file is replaced, and a
 * cache that cannot be written is logged and no failure. `out` is [owned] by
 * the caller. */
MUST_USE enum status network_build(const struct network_recipe *recipe,
                                   const char *cache_folder,
                                   struct network **out, struct error *err);
MUST_USE enum status network_new(const struct spec *spec,
                                 const char *cache_folder, struct network **out,
                                 struct error *err);
void network_free(struct network *network);

/* The network as an npz in `out` (emptied first): encoders_ff, gain_ff,
 * bias_ff, encoders_rec, gain_rec, bias_rec, decoders, scaled_encoders_rec. */
MUST_USE enum status network_to_npz(const struct network *network,
                                    struct bytes *out, struct error *err);

/* ---- drive -------------------------------------------------------------- */

/* One byte of gates for every step. */
enum drive_gate {
    DRIVE_ERROR = 1,    /* the error passes on (settled, not yet the test,
                         * not clamped)                                      */
    DRIVE_FEEDBACK = 2, /* the error, where it passes, is fed back           */
    DRIVE_LEARN = 4,    /* the filtered error reaches the learning rule      */
    DRIVE_CLAMP = 8     /* both layers are held silent                       */
};

/* All that a drive remembers beyond its spec. */
struct drive_state {
    int64_t step;                    /* steps done                           */
    double x[MODEL_DIMENSIONS_MOST]; /* reference units, at t = step * dt    */
};

/* The command, the reference and the gates of one job, in order of time. Owns
 * 16 bytes per 50 ms and per period of the job, nothing per step. The numbers
 * do not depend on how a run is cut into slices. */
struct drive;

/* [owned] by the caller; stands before the first step, t = 0. */
MUST_USE enum status drive_new(const struct spec *spec, struct drive **out,
                               struct error *err);
void drive_free(struct drive *drive);
int drive_dimensions_in(const struct drive *drive); /* d_in                  */
int drive_dimensions(const struct drive *drive);    /* d                     */
int64_t drive_step(const struct drive *drive);      /* steps done            */
int64_t drive_steps_total(const struct drive *drive); /* duration / dt       */

/* Goes `steps` further. Row i belongs to step n = drive_step() + 1 + i (as it
 * was before the call), t = n * dt: the first row of a job is t = 1 ms. Goes
 * on past the end of the job as far as it is asked to. */
void drive_advance(struct drive *drive, int64_t steps,
                   double *u /* [steps][d_in] command units */,
                   double *x /* [steps][d] reference units */,
                   unsigned char *gates /* [steps] of enum drive_gate */);

/* Restoring what was saved, into a drive of the same spec, goes on with the
 * same bits. */
void drive_save(const struct drive *drive, struct drive_state *out);
void drive_restore(struct drive *drive, const struct drive_state *state);

#endif
