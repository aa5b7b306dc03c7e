/* asked.h - what those who tell of a run share: which job, which steps. */
#ifndef FOLLOWD_API_ASKED_H
#define FOLLOWD_API_ASKED_H

#include "api/json.h"

/* ?from=&to= (s) as steps, from < step <= to. */
MUST_USE enum status request_steps(const struct request *request, int64_t *from,
                                   int64_t *to, struct error *err);
/* The job that {id} names, and what it asked for. job_clear() it, also after a
 * failure. */
MUST_USE enum status job_with_spec(const struct request *request,
                                   struct job *job, struct spec *spec,
                                   struct error *err);

#endif
