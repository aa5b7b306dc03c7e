/* queue_private.h - what the files of this room share. */
#ifndef FOLLOWD_QUEUE_PRIVATE_H
#define FOLLOWD_QUEUE_PRIVATE_H

#include "queue/queue.h"

#include <stdatomic.h>

struct queue {
    void (*changed)(void *context, int64_t job);
    void *context;
    atomic_bool draining;
    atomic_bool full;  /* the disk, see queue_guard() */
    int64_t looked_at; /* ms, by the main thread, see unfit_look() */
};

/* What may happen to a job. */
enum event {
    EVENT_LEASE,     /* a worker takes it */
    EVENT_CANCEL,    /* the user asks */
    EVENT_PAUSE,     /* the user asks */
    EVENT_RESUME,    /* the user asks */
    EVENT_RETRY,     /* the user asks */
    EVENT_PROGRESS,  /* its worker reports: it goes on */
    EVENT_SUCCEEDED, /* its worker reports the end */
    EVENT_FAILED,    /* its worker reports the end */
    EVENT_DIVERGED,  /* its worker reports: the state is not finite */
    EVENT_STOPPED,   /* its worker has stopped it, as it was told */
    EVENT_RELEASED,  /* its worker gives it back */
    EVENT_LOST,      /* its worker was lost */
    EVENT_GIVEN_UP,  /* too many workers were lost with it */
    EVENT_BEREFT,    /* what it was to come after did not succeed */
    EVENTS
};

/* states.c: whether `event` may happen in `state`, and what follows. */
bool state_follows(enum job_state state, enum event event,
                   enum job_state *next);
const char *event_name(enum event event); /* "lease", for the log */

/* Lets `event` happen to a loaded job, in a transaction: its state, times and a
 * line in its log. The caller saves the job. `reason` may be NULL. */
MUST_USE enum status job_happens(struct store *store, struct job *job,
                                 enum event event, const char *reason,
                                 struct error *err);
/* Adds a line to a job's log. */
MUST_USE enum status job_note(struct store *store, int64_t job,
                              struct error *err, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The same of a change that led to its present state; `from` is "" when it was
 * handed in. */
MUST_USE enum status job_tell(struct store *store, const struct job *job,
                              const char *event, const char *from,
                              struct error *err, const char *format, ...)
    PRINTF_LIKE(6, 7);

/* record.c: whether what was recorded fits the job, and its rows. */
MUST_USE enum status record_check(const struct report *report,
                                  const struct spec *spec, struct error *err);
MUST_USE enum status record_save(struct store *store,
                                 const struct report *report, int64_t job,
                                 const struct spec *spec, struct error *err);

/* sources.c: from now on the job takes what its spec names. CONFLICT when that
 * has gone. */
MUST_USE enum status sources_take(struct store *store, int64_t id,
                                  const struct spec *spec, struct error *err);
/* CONFLICT, with their numbers, while jobs need what they take from this one.
 */
MUST_USE enum status sources_release(struct store *store,
                                     const struct job *source,
                                     struct error *err);

/* order.c: gives the job its turn, behind others of its share. */
MUST_USE enum status order_take(struct store *store, const struct job *job,
                                struct error *err);
/* From now on the job waits for those that its submission names. CONFLICT when
 * one has gone. */
MUST_USE enum status order_after(struct store *store, int64_t id,
                                 const struct submission *submission,
                                 struct error *err);
/* Cancels what waits for the success of a job that ended otherwise. */
MUST_USE enum status order_settle(struct queue *queue, struct store *store,
                                  struct error *err);

/* lost.c: leases of workers that could not be heard last on, in a transaction
 * of its own. */
MUST_USE enum status leases_extend(struct store *store, struct error *err);

/* unfit.c: a worker gives a job back as its device has no memory for it: what
 * follows, and what users are told, from `why`, which its worker said. */
struct release {
    enum event event;
    const char *why; /* [borrowed] */
    char reason[1200];
};
MUST_USE enum status unfit_tell(struct store *store, const struct lease *lease,
                                enum fitness fits, struct release *out,
                                struct error *err);
/* Once a second: who waits is told of jobs that may be tried again. */
MUST_USE enum status unfit_look(struct queue *queue, struct store *store,
                                struct error *err);

/* arrays.c: takes files away that no row is about; `uploads` too at start. */
MUST_USE enum status arrays_sweep(struct store *store, bool uploads,
                                  struct error *err);

/* queue.c: makes the row of a job, and all that hangs on it, in a transaction;
 * `sweep` may be 0. */
MUST_USE enum status submit_new(const struct queue *queue, struct store *store,
                                const struct submission *submission,
                                int64_t sweep, int64_t *id, struct error *err);
/* queue.c: tells the listener; only after the commit. */
void queue_notify(struct queue *queue, int64_t job);

#endif
