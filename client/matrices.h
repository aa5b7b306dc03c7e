/* matrices.h - the weights of a job, fetched as little as may be.
 *
 * Where W = E D, the factors are all that is fetched; else the matrices are,
 * and only when they are compared. */
#ifndef FOLLOWD_CLIENT_MATRICES_H
#define FOLLOWD_CLIENT_MATRICES_H

#include "client/likeness.h"

struct client;
struct matrices;

/* Those of a checkpoint, as a path calls it. NOT_FOUND: it has none. */
MUST_USE enum status matrices_get(struct client *client, int64_t job,
                                  const char *checkpoint, struct matrices **out,
                                  struct error *err);
void matrices_free(struct matrices *matrices);
/* Compares "ff" or "rec" of both. CONFLICT: they have not the same shape. */
MUST_USE enum status matrices_compare(struct client *client,
                                      const struct matrices *a,
                                      const struct matrices *b,
                                      const char *name, struct likeness *out,
                                      struct error *err);

#endif
