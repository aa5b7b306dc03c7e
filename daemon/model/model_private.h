/* model_private.h - what the files of this room share: ensemble, decoders and
 * their cache. */
#ifndef FOLLOWD_MODEL_PRIVATE_H
#define FOLLOWD_MODEL_PRIVATE_H

#include "model/model.h"
#include "random/random.h"

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
    double gain;          /* of every neuron; 0: from the two above */
    double bias[2];       /* ... else the range of biases */
    uint32_t seed;
};

struct ensemble {
    struct ensemble_recipe recipe;
    int64_t points;          /* P                             */
    double *eval_points;     /* [P][d] in the ball of radius  */
    double *encoders;        /* [N][d] unit vectors           */
    double *scaled_encoders; /* [N][d] encoders * gain/radius */
    double *max_rates;       /* [N] Hz, 0 with a constant gain */
    double *intercepts;      /* [N] radii, likewise           */
    double *gain;            /* [N]                           */
    double *bias;            /* [N]                           */
};

MUST_USE enum status ensemble_build(const struct ensemble_recipe *recipe,
                                    struct ensemble *out, struct error *err);
void ensemble_free(struct ensemble *ensemble); /* what it owns, not itself */
/* Rate (Hz) of a neuron in the steady current J (threshold currents). */
double neuron_rate(double current);

/* ---- network.c ---------------------------------------------------------- */

/* The recipe and what follows from it, without arrays [owned]. */
MUST_USE enum status network_begin(const struct network_recipe *recipe,
                                   struct network **out, struct error *err);
/* What determines each of the two layers. */
void network_recipes(const struct network_recipe *recipe,
                     struct ensemble_recipe *ff, struct ensemble_recipe *rec);

/* ---- decoders.c --------------------------------------------------------- */

/* The least-squares decoders, regularised, of what is to be read at each of the
 * evaluation points: these themselves for the identity. */
MUST_USE enum status decoders_solve(const struct ensemble *ensemble,
                                    const double *targets /* [P][outputs] */,
                                    int outputs,
                                    double *decoders /* [outputs][N] */,
                                    struct error *err);

/* ---- cache.c: decoders that were solved for before ---------------------- */

/* True when `folder` had them. Anything but what cache_put() wrote for the
 * same recipe is as good as nothing. */
bool cache_get(const char *folder, const struct ensemble_recipe *recipe,
               double *decoders /* [d][N] */);
/* Best effort: a failure is logged. */
void cache_put(const char *folder, const struct ensemble_recipe *recipe,
               const double *decoders /* [d][N] */);

#endif
