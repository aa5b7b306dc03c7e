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

/* ---- connections -------------------------------------------------------- */

/* What of the weight matrices is not learned: W = mask (weights + E D). NULL
 * where there is nothing: no fixed weights, every connection there. Arrays are
 * [N_rec][N_ff] and [N_rec][N_rec], row i what neuron i receives; [owned]. */
struct connections {
    double *weights_ff, *weights_rec;  /* thresholds * s                      */
    unsigned char *mask_ff, *mask_rec; /* 0 or 1                             */
};
void connections_free(struct connections *connections);

#endif
