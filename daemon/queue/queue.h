/* queue.h - the life of a job: the only writer of job states.
 *
 * Knows which event may follow in which state (states.c), leases and what to do
 * when a worker is lost. Knows nothing of HTTP, of npz or of OpenCL. Above:
 * api, main. Below: store, spec, base.
 *
 * What workers may do is in leases.h: part of this door.
 *
 * A queue is shared by all threads; each hands in its own store. Every function
 * that changes something is one transaction of that store, and afterwards tells
 * `changed` about the job, outside of the transaction. */
#ifndef FOLLOWD_QUEUE_H
#define FOLLOWD_QUEUE_H

#include "queue/leases.h"
#include "spec/spec.h"
#include "store/store.h"

#define QUEUE_SUBMITTED_MOST 10000 /* queued jobs; more are refused */

struct queue;
/* `changed` (or NULL) is called from any thread after a job changed, with
 * `context` [borrowed]; it must return at once. NULL: there is no memory. */
MUST_USE struct queue *queue_new(void (*changed)(void *context, int64_t job),
                                 void *context);
void queue_free(struct queue *queue);

/* ---- for users ---------------------------------------------------------- */

/* Durable when it returns OK. `key` is an Idempotency-Key or NULL, `sha256`
 * that of the request's body: the same two give the same job and `*created`
 * false; the same key with another body is a CONFLICT. */
MUST_USE enum status queue_submit(struct queue *, struct store *,
                                  const struct submission *, const char *key,
                                  const char *sha256, int64_t *id,
                                  bool *created, struct error *);
/* The same of many jobs at once, which become a sweep: all of them or none. */
struct sweep_plan {
    const char *name, *axes; /* see struct sweep [borrowed]                   */
    const struct submission *jobs;
    size_t count;
};
MUST_USE enum status queue_submit_sweep(struct queue *, struct store *,
                                        const struct sweep_plan *,
                                        const char *key, const char *sha256,
                                        int64_t *sweep, bool *created,
                                        struct error *);
/* Each is one row of the state table: CONFLICT "job 7 is succeeded, it cannot
 * be cancelled". A running job stops when its worker reports next. */
MUST_USE enum status queue_cancel(struct queue *, struct store *, int64_t id,
                                  struct error *);
MUST_USE enum status queue_pause(struct queue *, struct store *, int64_t id,
                                 struct error *);
MUST_USE enum status queue_resume(struct queue *, struct store *, int64_t id,
                                  struct error *);
MUST_USE enum status queue_retry(struct queue *, struct store *, int64_t id,
                                 struct error *);
struct change {
    const char *name, *tags, *note; /* NULL stays as it is [borrowed] */
    const int *priority;
};
/* What is so already is no change. CONFLICT when the job is not at revision
 * `rev` any more; 0 is any. */
MUST_USE enum status queue_change(struct queue *, struct store *, int64_t id,
                                  int64_t rev, const struct change *,
                                  struct error *);
/* Takes a job that ended away for good, with all its results. CONFLICT while
 * it is not over, or others need it. */
MUST_USE enum status queue_delete(struct queue *, struct store *, int64_t id,
                                  struct error *);
/* Keeps what was uploaded, or takes it away: NOT_FOUND, or CONFLICT while a job
 * takes it. */
MUST_USE enum status queue_keep_array(struct store *, struct upload *,
                                      const char *content,
                                      char sha256[SHA256_HEX_SIZE],
                                      bool *created, struct error *);
MUST_USE enum status queue_drop_array(struct store *, const char *sha256,
                                      struct error *);
struct outlook {
    int64_t place; /* in the queue, 1 is next; 0: it is not queued, or waits
                    * for another job */
    int64_t estimated_start; /* ms since 1970, 0: nothing to guess from */
};
MUST_USE enum status queue_outlook(struct store *, const struct job *,
                                   struct outlook *, struct error *);

/* ---- for the daemon ----------------------------------------------------- */

/* At start: leases of local workers are void, since these died with us; so are
 * uploads that were on their way. */
MUST_USE enum status queue_recover(struct queue *, struct store *,
                                   struct error *);
/* Once a second: leases past their time are void, jobs go back to the queue;
 * what waits for a job that failed is cancelled. */
MUST_USE enum status queue_expire(struct queue *, struct store *,
                                  struct error *);
/* When a worker is known to be dead: as if its leases had expired. `fate` says
 * how, as in "has died of signal 11". */
MUST_USE enum status queue_worker_lost(struct queue *, struct store *,
                                       const char *worker, const char *fate,
                                       struct error *);
/* Calls `silent` with the name of each worker of this machine that did not
 * report in time: it hangs, for the daemon hears of its end. */
MUST_USE enum status
queue_silent(struct store *, void (*silent)(void *context, const char *worker),
             void *context, struct error *);
/* What the disk is used for. */
struct limits {
    int64_t min_free;  /* bytes   below that no new work, and jobs wait */
    int64_t max_bytes; /* of the database; 0: as many as there are */
    double keep_days;  /* after its end a job goes; 0: it stays for good */
};
/* Once a second: sees to the disk. Where it gets narrow, jobs are given back
 * with a checkpoint, nothing new is taken, and all goes on by itself once there
 * is room again. The oldest jobs that ended go, as far as the limits want it.
 */
MUST_USE enum status queue_guard(struct queue *, struct store *,
                                 const struct limits *, struct error *);
/* Whether the disk is too full for anything new. */
bool queue_is_full(const struct queue *queue);
/* From now on no leases, and every report is answered "release". */
void queue_set_draining(struct queue *queue, bool draining);
/* Leases that are held now; 0 once all has drained. */
MUST_USE enum status queue_held(struct store *, int64_t *count, struct error *);

#endif
