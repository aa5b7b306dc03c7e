/* notify_private.h - what the files of this room share. */
#ifndef FOLLOWD_NOTIFY_PRIVATE_H
#define FOLLOWD_NOTIFY_PRIVATE_H

#include "notify/notify.h"

#include <pthread.h>
#include <stdatomic.h>

struct teller {
    struct notify *notify;
    const struct way *way; /* NULL: it has no thread                          */
    struct store *store;   /* [owned]                                         */
    int64_t told;          /* notice whose row could not be removed yet       */
    pthread_t thread;
};

enum { WAYS = 2 };

struct notify {
    struct notify_options options;
    struct bytes secret; /* key of signatures                               */
    atomic_bool stopping;
    int stop; /* eventfd, can be read as soon as it is stopping               */
    atomic_bool lost_store;
    struct teller tellers[WAYS];
};

struct way {
    const char *name;
    enum status (*tell)(struct notify *, const struct notice *, struct error *);
};

/* Waits for `seconds`, or until it is stopping. */
void notify_rest(const struct notify *notify, double seconds);

/* hook.c: runs the command and waits for it. FAILED unless it ends with 0. */
MUST_USE enum status hook_tell(struct notify *notify,
                               const struct notice *notice, struct error *err);
/* webhook.c: POSTs it, signed. FAILED, UNAVAILABLE unless a 2xx came. */
MUST_USE enum status webhook_tell(struct notify *notify,
                                  const struct notice *notice,
                                  struct error *err);
/* webhook.c: the key in the file, made when there is no file. */
MUST_USE enum status secret_read(const char *path, struct bytes *key,
                                 struct error *err);

#endif
