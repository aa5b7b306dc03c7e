/* space.h - how much room there is on the disk, and what is kept back. Part of
 * the store's door, included by store.h.
 *
 * Even taking something away writes first, so on a full disk it would fail too:
 * a file of no use, the ballast, is kept to be thrown off then. */
#ifndef FOLLOWD_STORE_SPACE_H
#define FOLLOWD_STORE_SPACE_H

#include "base/base.h"

struct store;

struct space {
    int64_t free;   /* bytes   left on the disk, for us */
    int64_t size;   /* bytes   of the database, without its log */
    int64_t unused; /* bytes   of these that hold nothing */
};
MUST_USE enum status space_look(struct store *, struct space *out,
                                struct error *);
/* Gives some of what is unused, a MiB at most, back to the disk: a transaction
 * of its own. */
MUST_USE enum status space_return(struct store *, struct error *);
/* Makes a ballast of `size` bytes unless it is there. NO_SPACE. */
MUST_USE enum status ballast_keep(const struct store *, int64_t size,
                                  struct error *);
/* Throws it off; false when there is none. */
bool ballast_drop(const struct store *store);

#endif
