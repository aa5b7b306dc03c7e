/* events.h - what happened to jobs, as texts that are made once however many
 * listen. Shared by all threads; each hands in its own store. */
#ifndef FOLLOWD_API_EVENTS_H
#define FOLLOWD_API_EVENTS_H

#include "api/api_private.h"

struct events;
/* NULL: there is no memory. */
MUST_USE struct events *events_new(void);
void events_free(struct events *events);

/* Appends server-sent events of what changed after change `*after`: of `job`,
 * or of all (0). Moves `*after` on as far as it has looked; nothing new leaves
 * it. A job that changed twice meanwhile may be told once. */
MUST_USE enum status events_read(struct events *events, struct store *store,
                                 int64_t job, int64_t *after, struct bytes *out,
                                 struct error *err);

#endif
