/* trace.h - one run of a network, as Nengo's own simulator left it behind.
 *
 * Of the file's names `_in` is our feedforward, `_out` our recurrent layer;
 * tests/nengo_record.py writes such files. Knows the file, and nothing of the
 * engine's devices. */
#ifndef FOLLOWD_BENCH_TRACE_H
#define FOLLOWD_BENCH_TRACE_H

#include "engine/engine.h"
#include "model/model.h"
#include "npz/npz.h"

struct trace {
    struct npz *npz; /* [owned]; holds every array                          */
    size_t steps, d_in, d, n_in, n_out;
    const double *u, *x, *x_hat; /* [steps][...]                             */
    const unsigned char *clamp, *gate_off, *gate_wt; /* [steps] 0 or 1       */
    const unsigned char *spikes_in, *spikes_out;     /* [steps], N bits each */
    const double *D_ff, *D_rec;   /* [d][N] at the end; NULL: cut short      */
    const double *D0_ff, *D0_rec; /* [d][N] at the start; NULL: zero         */
    const double *decoders; /* [d][N] that are in use, or, where these learn,
                             * that came of it; NULL: those solved for       */
    double *target;         /* [steps][d] what x_hat is compared with [owned] */
    double *feedback, *eta; /* [steps] [owned]                               */
    int clamps;             /* of enum drive_gate: the layers that a clamp
                             * silences                                      */
    struct connections connections; /* [borrowed] from the file              */
    enum engine_weights weights;    /* how they must be held                 */
    struct network_recipe recipe;
    bool from_seeds; /* whether the network is what its seeds give           */
    struct engine_rule rule;
    enum nengo_rule nengo;
};

/* Reads the file at `path` into `trace`, which must be zero. Whatever comes of
 * it, trace_close() is due. */
MUST_USE enum status trace_open(const char *path, struct trace *trace,
                                struct error *err);
void trace_close(struct trace *trace);

/* network.c: the network from its seeds; from the arrays of the file, if it has
 * some and no seed gives them. Decoders that learn begin at zero. */
MUST_USE enum status trace_network(struct trace *trace, struct network **out,
                                   struct error *err);
/* W itself as it begins; `out` [owned]. */
MUST_USE enum status trace_weights(const struct trace *trace,
                                   const struct network *network,
                                   struct connections *out, struct error *err);

/* Bytes that hold a bit for each of `count` neurons, the first one highest. */
size_t trace_packed(size_t count);

#endif
