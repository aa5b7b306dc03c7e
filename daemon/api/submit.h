/* submit.h - what those who hand in one job and many share. */
#ifndef FOLLOWD_API_SUBMIT_H
#define FOLLOWD_API_SUBMIT_H

#include "api/api_private.h"
#include "spec/spec.h"

/* The submission that an object describes, or every fault in it: INVALID. The
 * object may get numbers that its uploads tell. */
MUST_USE enum status submission_check(struct store *store, json_t *object,
                                      struct submission *out,
                                      struct faults *faults, struct error *err);
/* Answers with the faults of a `what`: INVALID. */
enum status faults_refuse(const struct faults *faults, const char *what,
                          struct response *response, struct error *err);
/* The Idempotency-Key, or NULL. */
MUST_USE enum status submit_key(struct request *request,
                                struct response *response, const char **out,
                                struct error *err);

#endif
