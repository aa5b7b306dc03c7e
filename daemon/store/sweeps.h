/* sweeps.h - jobs that were handed in together. Part of the store's door,
 * included by store.h. */
#ifndef FOLLOWD_STORE_SWEEPS_H
#define FOLLOWD_STORE_SWEEPS_H

#include "base/base.h"

struct store;

struct sweep {
    int64_t id;
    char *name;   /* "" when none was given [owned]                           */
    char *axes;   /* JSON object: key, list of its values [owned]             */
    char *jobs;   /* JSON list of their numbers [owned]                       */
    char *states; /* JSON object: state, how many are in it [owned]           */
    int64_t created_at;
};
void sweep_clear(struct sweep *sweep);
MUST_USE enum status sweep_insert(struct store *, const char *name,
                                  const char *axes, int64_t *id,
                                  struct error *);
/* NOT_FOUND. */
MUST_USE enum status sweep_load(struct store *, int64_t id, struct sweep *,
                                struct error *);
/* Those of smaller numbers than `before`, the newest first. `*list` [owned],
 * sweep_list_free(). */
MUST_USE enum status sweep_list(struct store *, int64_t before, int limit,
                                struct sweep **list, size_t *count,
                                struct error *);
void sweep_list_free(struct sweep *list, size_t count);

#endif
