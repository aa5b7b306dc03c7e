/* notify.h - tells a program, or another server, that a job has ended.
 *
 * Knows the notices that the store keeps, how they are told and when again.
 * Knows nothing of what they say. Above: main. Below: store, http, base.
 *
 * Each way has a thread with a store of its own, so nobody waits for a receiver
 * that is slow. A notice goes once it was told: the same one may be told twice,
 * none is lost. */
#ifndef FOLLOWD_NOTIFY_H
#define FOLLOWD_NOTIFY_H

#include "base/base.h"
#include "store/store.h"

struct notify;

/* All [borrowed], must outlive it. */
struct notify_options {
    const char *state;   /* folder                                            */
    const char *path;    /* of the database                                   */
    const char *hook;    /* command for sh; "": none                          */
    const char *webhook; /* URL; "": none                                     */
};

/* Keeps in `store` who listens, reads or makes STATE/webhook_secret, and starts
 * to tell what is due. */
MUST_USE enum status notify_open(const struct notify_options *options,
                                 struct store *store, struct notify **out,
                                 struct error *err);
bool notify_has_lost_store(const struct notify *notify);
/* What is being told is told again another time. Accepts NULL. */
void notify_close(struct notify *notify);

/* INVALID unless a webhook can be there. */
MUST_USE enum status webhook_check(const char *url, struct error *err);

#endif
