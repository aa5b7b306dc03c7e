/* notices.h - what is still to be told of jobs that have ended. Part of the
 * store's door, included by store.h.
 *
 * A notice for each listener is made by the schema itself, in the transaction
 * in which a job ends; so none is lost, and none told of what did not last. */
#ifndef FOLLOWD_STORE_NOTICES_H
#define FOLLOWD_STORE_NOTICES_H

#include "base/base.h"

struct store;

struct notice {
    int64_t id;
    char key[33]; /* the same whenever it is told */
    char *body;   /* JSON [owned] */
    int64_t job;  /* as in body, like state and name */
    char state[16];
    char *name;     /* "" when it has none [owned] */
    bool job_stays; /* it was not deleted since */
    int64_t made_at;
    int64_t tries; /* that failed */
};

/* Whether `way` ("hook", "webhook") is told of jobs that end. */
MUST_USE enum status listener_load(struct store *, const char *way,
                                   bool *listens, struct error *);
/* From now on it is, or is not: what it was still to be told is gone then. */
MUST_USE enum status listener_save(struct store *, const char *way,
                                   bool listens, struct error *);
/* The one that is due first at `now`. NOT_FOUND: none is. */
MUST_USE enum status notice_next(struct store *, const char *way, int64_t now,
                                 struct notice *out, struct error *);
void notice_clear(struct notice *notice);
/* One more try has failed; the next is due then. */
MUST_USE enum status notice_delay(struct store *, int64_t id, int64_t due_at,
                                  struct error *);
MUST_USE enum status notice_remove(struct store *, int64_t id, struct error *);

#endif
