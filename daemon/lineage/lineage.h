/* lineage.h - a job and the jobs that it went on from, and the weights that no
 * checkpoint of theirs holds because they follow from seeds.
 *
 * Knows specs, checkpoints and uploads as npz, and how weights are made of
 * them. Knows nothing of where these are from: the worker fetches them over
 * HTTP, the api reads them from the store. Above: worker, api. Below: drive,
 * model, spec, npz, base.
 *
 * Shapes: N_ff and N_rec neurons; row i of W [N_rec][N_pre] is what neuron i
 * receives. */
#ifndef FOLLOWD_LINEAGE_H
#define FOLLOWD_LINEAGE_H

#include "base/base.h"
#include "model/model.h"
#include "npz/npz.h"
#include "spec/spec.h"

/* A job and all that it is made of, as far as its spec only names it. [owned],
 * NULL where there is nothing. Of jobs that this one takes something from, only
 * what that needs is there. */
struct lineage {
    int64_t job;
    struct spec spec;
    struct npz *system_array, *input_array; /* as uploaded               */
    struct npz *command; /* what input.command_from has learned        */
    struct npz *network_arrays, *weights_array; /* likewise                  */
    struct npz *checkpoint;    /* the state that is gone on from             */
    struct lineage *start;     /* start.job                                  */
    struct lineage *reference; /* reference.job, as it ended                 */
};
void lineage_free(struct lineage *lineage); /* what it owns, not itself      */

/* Whether its weights begin as start.job had learned them. */
bool lineage_goes_on(const struct lineage *job);
/* The job in whose spec the fixed weights of this one stand, or NULL. */
const struct lineage *lineage_fixed_by(const struct lineage *job);
/* The one whose masks it has: the first of those that all miss some. */
const struct lineage *lineage_thinned_by(const struct lineage *job);

/* One matrix of its checkpoint, in float64 [owned]. */
MUST_USE enum status lineage_matrix(const struct lineage *job, const char *name,
                                    size_t rows, size_t columns, double **out,
                                    struct error *err);
/* Adds W0 and m to `out`, where the job has them. Whatever comes of it, `out`
 * is to be freed. */
MUST_USE enum status lineage_parts(const struct lineage *job,
                                   const struct network *network,
                                   struct connections *out, struct error *err);
/* W itself, as the job had it at its checkpoint. */
MUST_USE enum status lineage_whole(const struct lineage *job,
                                   const struct network *network,
                                   struct connections *out, struct error *err);

/* ideal.c: D_ff [d][N_ff] and D_rec [d][N_rec] of weights that are the system
 * itself; both [owned], whatever comes of it. INVALID when there are none. */
MUST_USE enum status ideal_factors(const struct spec *spec,
                                   const struct network *network, double **ff,
                                   double **rec, struct error *err);

#endif
