/* model_private.h - what the files of this room share, from the random stream
 * up to the drive: random, ensemble, decoders, command, plant. */
#ifndef FOLLOWD_MODEL_PRIVATE_H
#define FOLLOWD_MODEL_PRIVATE_H

#include "model/model.h"

/* ---- mt19937.c: the Mersenne twister ------------------------------------ */

#define MT19937_WORDS 624

struct mt19937 {
    uint32_t words[MT19937_WORDS];
    int position; /* of the next word to hand out */
};

void mt19937_seed(struct mt19937 *twister, uint32_t seed);
void mt19937_seed_list(struct mt19937 *twister, const uint32_t *list,
                       size_t count /* at least 1 */);
uint32_t mt19937_next(struct mt19937 *twister);

/* ---- random.c: numpy.random.RandomState, bit for bit -------------------- */

struct random {
    struct mt19937 twister;
    bool has_spare; /* Gaussians come in pairs; the second one waits here    */
    double spare;
};

void random_seed(struct random *random, uint32_t seed); /* RandomState(seed) */
/* RandomState([seed]), which is another stream. */
void random_seed_list(struct random *random, uint32_t seed);
double random_sample(struct random *random); /* in [0, 1), 53 bits           */
double random_normal(struct random *random); /* mean 0, deviation 1          */
void random_fill_uniform(struct random *random, double low, double high,
                         int64_t count, double *out /* [count] */);
void random_fill_normal(struct random *random, int64_t count,
                        double *out /* [count] */);

/* ---- exponential.c ------------------------------------------------------ */

/* exp(z) for z <= 0, rounded as NumPy's vector code rounds it. */
double exponential(double z);

/* ---- ensemble.c: one population from its seed --------------------------- */

struct ensemble_recipe {
    int64_t neurons; /* N */
    int dimensions;  /* d */
    double radius;
    double max_rates[2];  /* Hz    */
    double intercepts[2]; /* radii */
    uint32_t seed;
};

struct ensemble {
    struct ensemble_recipe recipe;
    int64_t points;          /* P                             */
    double *eval_points;     /* [P][d] in the ball of radius  */
    double *encoders;        /* [N][d] unit vectors           */
    double *scaled_encoders; /* [N][d] encoders * gain/radius */
    double *max_rates;       /* [N] Hz                        */
    double *intercepts;      /* [N] radii                     */
    double *gain;            /* [N]                           */
    double *bias;            /* [N]                           */
};

MUST_USE enum status ensemble_build(const struct ensemble_recipe *recipe,
                                    struct ensemble *out, struct error *err);
void ensemble_free(struct ensemble *ensemble); /* what it owns, not itself */
/* Rate (Hz) of a neuron in the steady current J (threshold currents). */
double neuron_rate(double current);

/* ---- decoders.c --------------------------------------------------------- */

/* The least-squares decoders of the identity, regularised. */
MUST_USE enum status decoders_solve(const struct ensemble *ensemble,
                                    double *decoders /* [d][N] */,
                                    struct error *err);

/* ---- cache.c: decoders that were solved for before ---------------------- */

/* True when `folder` had them. Anything but what cache_put() wrote for the
 * same recipe is as good as nothing. */
bool cache_get(const char *folder, const struct ensemble_recipe *recipe,
               double *decoders /* [d][N] */);
/* Best effort: a failure is logged. */
void cache_put(const char *folder, const struct ensemble_recipe *recipe,
               const double *decoders /* [d][N] */);

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

/* True in the last SPEC_TRIAL_CLAMP of a period, if trials end in a clamp. */
bool schedule_clamps(const struct spec *spec, double t);
unsigned char schedule_gates(const struct spec *spec, double t);
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
