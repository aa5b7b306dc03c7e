/* model.h - networks as their seeds determine them, before anything
 * runs: encoders, gains, biases, decoders; in float64, on the CPU.
 *
 * doc/model.md gives the equations and where they are from. Knows numbers.
 * Knows nothing of OpenCL, jobs, SQL or HTTP. Above: engine, worker, bench.
 * Below: random, spec, npz, base.
 *
 * Shapes: N_ff command neurons, N_rec recurrent neurons, d_in dimensions of
 * the command, d dimensions of the reference. Arrays are row major. */
#ifndef FOLLOWD_MODEL_H
#define FOLLOWD_MODEL_H

#include "base/base.h"
#include "npz/npz.h"
#include "random/random.h"
#include "spec/spec.h"

#define MODEL_TAU_RC  0.02  /* s, membrane of every neuron               */
#define MODEL_TAU_REF 0.002 /* s, refractory period of every neuron      */

/* ---- network ------------------------------------------------------------ */

/* What determines a network, and nothing else does. */
struct network_recipe {
    int64_t neurons_ff;   /* N_ff, at least 1                              */
    int64_t neurons_rec;  /* N_rec, at least 1                             */
    int dimensions_in;    /* d_in, 1 to SPEC_DIMENSIONS_MOST              */
    int dimensions;       /* d, 1 to SPEC_DIMENSIONS_MOST                 */
    double radius_ff;     /* command units                                 */
    double radius_rec;    /* reference units                               */
    double max_rates[2];  /* Hz, range drawn from, below 1 / MODEL_TAU_REF */
    double intercepts[2]; /* range drawn from, in radii                    */
    double gain;          /* of every neuron; 0: as rates and intercepts   */
    double bias[2];       /* ... have it, else biases in this range        */
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

/* A network that somebody else made, of the recipe's sizes and radii, from the
 * first seven of the arrays below, float64 or float32. */
MUST_USE enum status network_from_arrays(const struct network_recipe *recipe,
                                         const struct npz *arrays,
                                         struct network **out,
                                         struct error *err);
/* The network as an npz in `out` (emptied first): encoders_ff, gain_ff,
 * bias_ff, encoders_rec, gain_rec, bias_rec, decoders, scaled_encoders_rec. */
MUST_USE enum status network_to_npz(const struct network *network,
                                    struct bytes *out, struct error *err);

/* ---- readout ------------------------------------------------------------ */

enum model_layer { MODEL_FF, MODEL_REC };
/* A function of a point that a layer represents. */
typedef void model_function(void *context, const double *point /* [d] */,
                            double *out /* [outputs] */);

/* The weights by which the spikes of a layer are read as `function` of what it
 * represents: as decoders are, fitted at the same points. */
MUST_USE enum status network_decode(const struct network *network,
                                    enum model_layer layer,
                                    model_function *function, void *context,
                                    int outputs, double *out /* [outputs][N] */,
                                    struct error *err);
/* Every decoder times factor + noise U(-1, 1), row after row of [d][N_rec]. */
void network_spoil_decoders(struct network *network, double factor,
                            double noise, struct random *random);

/* ---- connections -------------------------------------------------------- */

/* What of the weight matrices is not learned: W = mask (weights + E D). NULL
 * where there is nothing: no fixed weights, every connection there. Arrays are
 * [N_rec][N_ff] and [N_rec][N_rec], row i what neuron i receives; [owned]. */
struct connections {
    double *weights_ff, *weights_rec;  /* thresholds * s                      */
    unsigned char *mask_ff, *mask_rec; /* 0 or 1                             */
};

/* What a spec only names; all [borrowed], NULL where it names nothing. */
struct connections_sources {
    struct random *random;   /* when weights.seed is -1: the stream of the
                              * command where weights are drawn from it       */
    const struct npz *array; /* uploaded: W_ff, W_rec, float64 or float32     */
    const double *learned_ff, *learned_rec; /* W to shuffle, like weights_ff  */
    const double *ideal_ff, *ideal_rec;     /* D [d][N_ff], [d][N_rec]        */
};
/* Adds to `out` the fixed weights of `spec`, if it has any, as they act (with
 * the gain of their neuron for Nengo 2.4). Whatever comes of it, `out` is to be
 * freed. */
MUST_USE enum status connections_fix(const struct spec *spec,
                                     const struct network *network,
                                     const struct connections_sources *sources,
                                     struct connections *out,
                                     struct error *err);
/* ... and masks, if some of its connections are missing. */
MUST_USE enum status connections_thin(const struct spec *spec,
                                      const struct network *network,
                                      struct connections *out,
                                      struct error *err);
void connections_free(struct connections *connections);
/* The weights themselves instead of their parts: weights become mask (kept
 * weights + E D), with factors D [d][N_ff] and [d][N_rec] or NULL, and kept the
 * part of fixed weights that has not decayed. */
MUST_USE enum status connections_whole(struct connections *connections,
                                       const struct network *network,
                                       double kept, const double *factors_ff,
                                       const double *factors_rec,
                                       struct error *err);

#endif
