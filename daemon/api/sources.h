/* sources.h - what a job takes from uploads and from other jobs: whether it is
 * there, and fits. */
#ifndef FOLLOWD_API_SOURCES_H
#define FOLLOWD_API_SOURCES_H

#include "spec/spec.h"
#include "store/store.h"

/* Numbers that a description leaves out and its uploads tell: dimensions of a
 * system of the user's own, neurons of a network that was uploaded. Uploads
 * that are not there are no failure here. */
MUST_USE enum status sources_fill(struct store *store, json_t *object,
                                  struct error *err);
/* Adds a fault for each upload and each job that a good spec names and that is
 * not there, or does not fit. */
MUST_USE enum status sources_check(struct store *store, const struct spec *spec,
                                   struct faults *faults, struct error *err);
/* uploads.c: its part of that. */
MUST_USE enum status uploads_check(struct store *store, const struct spec *spec,
                                   struct faults *faults, struct error *err);

/* Adds a fault for every job that it is to come after and that is not there, or
 * has ended otherwise. */
MUST_USE enum status after_check(struct store *store,
                                 const struct submission *submission,
                                 struct faults *faults, struct error *err);

#endif
