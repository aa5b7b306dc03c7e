/* order.h - which job is next. Part of the store's door, included by store.h.
 */
#ifndef FOLLOWD_STORE_ORDER_H
#define FOLLOWD_STORE_ORDER_H

#include "store/rows.h"

struct store;

/* Gives the job the turn behind those that `share` has already. */
MUST_USE enum status job_turn(struct store *, int64_t id, const char *share,
                              struct error *);
MUST_USE enum status job_after_add(struct store *, int64_t id, int64_t earlier,
                                   bool any_end, struct error *);
/* `*list` [owned], free(). */
MUST_USE enum status job_after_list(struct store *, int64_t id,
                                    struct earlier **list, size_t *count,
                                    struct error *);
/* Some job that waits for the success of one that ended otherwise. NOT_FOUND.
 */
MUST_USE enum status job_bereft(struct store *, int64_t *id,
                                struct earlier *ended, struct error *);
/* Makes the next queued job for `device` running: of those that wait for no
 * other, the highest priority, then the least turn, then the oldest; NOT_FOUND
 * when it has not this `shape` (NULL: any does), or a worker died of it or of
 * one that its worker has, or there is none. Those that do not fit the device
 * are passed. One statement, so nobody else gets the same. */
MUST_USE enum status job_take(struct store *, const struct device *device,
                              const char *shape, int64_t now, int64_t *id,
                              struct error *);
/* Whether job_take() would find one: a read, for those who wait. */
enum job_wait { JOB_WAITS_NOT, JOB_WAITS, JOB_WAITS_MISFIT };
MUST_USE enum status job_waits(struct store *, const struct device *device,
                               const char *shape, int64_t now,
                               enum job_wait *out, struct error *);
/* The job does not fit the device: for good, or for a while, longer each time;
 * `*until` is when it may be tried there again. */
MUST_USE enum status unfit_add(struct store *, int64_t job, const char *host,
                               const char *device, bool for_good,
                               int64_t *until, struct error *);
/* Forgets that; `all`: also what was for good. */
MUST_USE enum status unfit_forget(struct store *, int64_t job, bool all,
                                  struct error *);
/* Jobs for which such a while has ended, `after` a time and not after `now`.
 * `*ids` [owned], free(). */
MUST_USE enum status unfit_over(struct store *, int64_t after, int64_t now,
                                int64_t **ids, size_t *count, struct error *);
/* Whether a device in service, seen `since`, may still take it. */
MUST_USE enum status unfit_elsewhere(struct store *, int64_t job, int64_t since,
                                     bool *out, struct error *);
/* Place of a queued job, 1 is next, and simulated s of those before it; 0 when
 * it waits for another. */
MUST_USE enum status job_position(struct store *, int64_t id, int64_t *place,
                                  double *ahead, struct error *);
/* Numbers of jobs that ended before `before`, the oldest first, at most `most`.
 */
MUST_USE enum status job_ended(struct store *, int64_t before, int most,
                               int64_t *ids, size_t *count, struct error *);
MUST_USE enum status job_pace(struct store *, struct job_pace *out,
                              struct error *);

#endif
