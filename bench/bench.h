/* bench.h - the engine alone: no jobs, no HTTP, no SQLite.
 *
 * Two things are done with it: measuring (measure.c) and replaying a trace
 * that Nengo's own simulator left behind (verify.c). */
#ifndef FOLLOWD_BENCH_H
#define FOLLOWD_BENCH_H

#include "base/base.h"
#include "engine/engine.h"
#include "spec/spec.h"

struct bench_options {
    const char *verify; /* path of a trace, or NULL: measure                 */
    const char *device; /* "any" or an id                                    */
    enum precision precision;
    enum engine_weights weights; /* how the learned weights are held         */
    int64_t neurons_ff;
    int64_t neurons_rec;
    int dimensions_in;
    int dimensions;
    int jobs;      /* networks in one launch                                 */
    bool learning; /* errors reach the weights                               */
    int slices;    /* that are timed                                         */
    int steps;     /* of a slice                                             */
};

/* A network to measure, [owned]: of more than some thousand neurons, whose
 * decoders would take too long, one of fewer several times over. */
MUST_USE enum status bench_network(const struct network_recipe *recipe,
                                   struct network **out, struct error *err);

/* Prints one JSON line about the device and shape asked for. */
MUST_USE enum status bench_measure(const struct bench_options *options,
                                   struct error *err);

/* Prints how the engine's spikes differ from the trace's; `*mismatches` is how
 * many neurons and steps differ. */
MUST_USE enum status bench_verify(const struct bench_options *options,
                                  int64_t *mismatches, struct error *err);

#endif
