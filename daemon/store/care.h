/* care.h - whether all is whole, and a second copy of it. Part of the store's
 * door, included by store.h. Both only read, also beside a daemon that runs. */
#ifndef FOLLOWD_STORE_CARE_H
#define FOLLOWD_STORE_CARE_H

#include "base/base.h"

struct store;

/* Opens a store to look at it: nothing is made or brought forward. NOT_FOUND;
 * CONFLICT when another version of the daemon wrote it. */
MUST_USE enum status store_look(const char *path, struct store **out,
                                struct error *);
/* Reads everything: the database by SQLite's own account, every checkpoint,
 * network and upload against its SHA-256, and whether jobs and leases agree.
 * Calls `found` with a sentence about each thing that is not as it should be.
 */
MUST_USE enum status store_check(struct store *,
                                 void (*found)(void *context, const char *text),
                                 void *context, struct error *);
/* Makes a file that is a whole store of this moment, and beside it, as
 * FILE.arrays, the uploads. On the disk when it is OK; CONFLICT when there is
 * such a file. */
MUST_USE enum status store_backup(struct store *, const char *file,
                                  struct error *);

#endif
