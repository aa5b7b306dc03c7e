/* store.h - jobs, and what became of them, in one SQLite file; what users have
 * uploaded, in files beside it.
 *
 * Knows rows (rows.h, results.h, spikes.h, arrays.h, sweeps.h, ...:
 * part of this door) and the queries of schema/queries.sql. Knows nothing of
 * which job state may follow which (queue), of reports or of HTTP. Above:
 * queue; api, which only reads. Below: spec, base.
 *
 * A store belongs to one thread; each thread opens its own. */
#ifndef FOLLOWD_STORE_H
#define FOLLOWD_STORE_H

#include "base/base.h"
#include "spec/spec.h"
#include "store/arrays.h"
#include "store/care.h"
#include "store/notices.h"
#include "store/order.h"
#include "store/results.h"
#include "store/rows.h"
#include "store/space.h"
#include "store/spikes.h"
#include "store/sweeps.h"
#include "store/tokens.h"

#define STORE_LIST_MOST 500 /* jobs in one page */

/* Opens DIR/follow.db, makes or migrates it, prepares every query. CONFLICT
 * when a newer daemon wrote the file, CORRUPT when it is no database. */
MUST_USE enum status store_open(const char *path, struct store **out,
                                struct error *err);
void store_close(struct store *store);

/* All or nothing, and durable once store_commit() is OK. Every change below
 * must stand between the two; reading may, and then sees one moment.
 * After a failed commit nothing was changed, or the store is lost. */
MUST_USE enum status store_begin(struct store *store, struct error *err);
MUST_USE enum status store_commit(struct store *store, struct error *err);
void store_rollback(struct store *store); /* harmless outside of one */

/* After a failed sync nobody knows what is on the disk: the store then refuses
 * all work with FAILED, and the process must end and start anew. */
bool store_is_lost(const struct store *store);
int64_t store_version(struct store *store); /* new after any other's commit */

/* ---- job.c -------------------------------------------------------------- */

const char *job_state_name(enum job_state state); /* "queued" */
bool job_state_parse(const char *name, enum job_state *out);
bool job_state_is_final(enum job_state state);
void job_clear(struct job *job);
MUST_USE enum status job_insert(struct store *, const struct job *, int64_t *id,
                                struct error *);
MUST_USE enum status job_load(struct store *, int64_t id, struct job *out,
                              struct error *);
/* The number of the job with this uuid. NOT_FOUND. */
MUST_USE enum status job_find(struct store *, const char *uuid, int64_t *id,
                              struct error *);
/* Takes a job away, with its results, and the network if no other job has it.
 */
MUST_USE enum status job_remove(struct store *, int64_t id, struct error *);
/* Writes all that may change (not spec, network, device, created_at); rev + 1,
 * in `job` as well. */
MUST_USE enum status job_save(struct store *, struct job *job, struct error *);
/* Newest first. `*list` [owned], job_list_free(). */
MUST_USE enum status job_list(struct store *, const struct job_filter *,
                              struct job **list, size_t *count, struct error *);
void job_list_free(struct job *list, size_t count);
/* From now on `job` takes something from the job `source`. */
MUST_USE enum status job_source_add(struct store *, int64_t job, int64_t source,
                                    struct error *);
/* Those that take something from it, by number. job_list_free(). */
MUST_USE enum status job_taker_list(struct store *, int64_t source,
                                    struct job **list, size_t *count,
                                    struct error *);
/* What it has in common with those that it can be simulated with; "" when that
 * is not known. */
MUST_USE enum status job_shape_save(struct store *, int64_t id,
                                    const char *shape, struct error *);
MUST_USE enum status job_shape_load(struct store *, int64_t id,
                                    char out[SPEC_SHAPE_SIZE], struct error *);

MUST_USE enum status job_count(struct store *, int64_t count[JOB_STATES],
                               struct error *);

/* ---- change.c ----------------------------------------------------------- */

#define CHANGES_KEPT 100000 /* so many back, jobs that have gone are known */

/* A job's last change, or that it has gone. Numbers grow with every change of
 * any job. */
struct job_change {
    int64_t number, job;
    bool gone;
};
MUST_USE enum status change_last(struct store *, int64_t *number,
                                 struct error *);
/* Those after change `after`, each job once, in order, at most `limit`. `*list`
 * [owned], free(). */
MUST_USE enum status change_list(struct store *, int64_t after, int limit,
                                 struct job_change **list, size_t *count,
                                 struct error *);

/* ---- lease.c, device.c, log.c, idempotency.c ---------------------------- */

MUST_USE enum status lease_insert(struct store *, const struct lease *,
                                  struct error *);
MUST_USE enum status lease_load(struct store *, const char *id, struct lease *,
                                struct error *);
MUST_USE enum status lease_save(struct store *, const struct lease *,
                                struct error *);
/* Leases that are held: those past their time at `now`, those of local workers,
 * those of `worker`, or all. `*list` [owned], free(). */
enum lease_choice { LEASE_EXPIRED, LEASE_LOCAL, LEASE_OF_WORKER, LEASE_ACTIVE };
MUST_USE enum status lease_list(struct store *, enum lease_choice, int64_t now,
                                const char *worker, struct lease **list,
                                size_t *count, struct error *);
/* Forgets leases that ended before `before`. */
MUST_USE enum status lease_forget(struct store *, int64_t before,
                                  struct error *);
MUST_USE enum status device_save(struct store *, const struct device *,
                                 struct error *);
/* It was seen `now`; a device that nobody knows is nothing. */
MUST_USE enum status device_touch(struct store *, const char *host,
                                  const char *id, int64_t now, struct error *);
/* `*list` [owned], free(). */
MUST_USE enum status device_list(struct store *, struct device **list,
                                 size_t *count, struct error *);
MUST_USE enum status log_add(struct store *, int64_t job,
                             const struct log_line *, struct error *);
/* Lines after line `after` (0: all), at most `limit`; all, or the changes of
 * state alone. log_list_free(). */
MUST_USE enum status log_list(struct store *, int64_t job, int64_t after,
                              int limit, bool changes, struct log_line **list,
                              size_t *count, struct error *);
void log_list_free(struct log_line *list, size_t count);
/* Job that was made with this key and sha256 of the body. NOT_FOUND: none yet;
 * CONFLICT: the key was used with another body. */
MUST_USE enum status idempotency_find(struct store *, const char *key,
                                      const char *sha256, int64_t *job,
                                      struct error *);
MUST_USE enum status idempotency_add(struct store *, const char *key,
                                     const char *sha256, int64_t job,
                                     struct error *);

#endif
