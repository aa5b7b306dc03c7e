/* weights.h - what a job had learned at one moment, read from the store. */
#ifndef FOLLOWD_API_WEIGHTS_H
#define FOLLOWD_API_WEIGHTS_H

#include "api/api_private.h"
#include "npz/npz.h"

struct weights {
    struct job job;
    struct checkpoint checkpoint;
    struct npz *learned; /* D_ff, D_rec, t, step, … [owned]                   */
    struct npz *network; /* encoders, gains, …; NULL without it [owned]       */
};

/* The checkpoint that {id} and {time} of the path name. weights_close() it,
 * also after a failure. */
MUST_USE enum status weights_open(const struct request *request,
                                  struct weights *out, struct error *err);
void weights_close(struct weights *weights);
/* CONFLICT unless the network is known. */
MUST_USE enum status weights_need_network(const struct weights *weights,
                                          struct error *err);

#endif
