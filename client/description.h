/* description.h - what is handed in: descriptions of jobs, from presets, files
 * and other jobs, changed by the command line, and the arrays they name. */
#ifndef FOLLOWD_CLIENT_DESCRIPTION_H
#define FOLLOWD_CLIENT_DESCRIPTION_H

#include "base/base.h"

#include <jansson.h>

struct arguments;
struct client;
struct http_reply;

/* A preset's name, a file or "-" as a description [owned]. */
MUST_USE enum status description_read(const char *word, json_t **out,
                                      struct error *err);
/* That of a job [owned], to go on learning from "JOB[@TIME]". */
MUST_USE enum status description_continue(struct client *client,
                                          const char *word, json_t **out,
                                          struct error *err);
/* The same [owned] to be tested: no learning, no feedback, all spikes kept. */
MUST_USE enum status description_test(struct client *client,
                                      const struct arguments *arguments,
                                      json_t **out, struct error *err);
/* Where a description starts; INVALID for a checkpoint that moves. */
MUST_USE enum status description_start(json_t *description, int64_t job,
                                       const char *checkpoint, bool states,
                                       struct error *err);
/* What --name, --note, --priority, --tag, --from and --set say. */
MUST_USE enum status description_change(struct client *client,
                                        const struct arguments *arguments,
                                        json_t *description, struct error *err);

/* ---- settings.c: --set key=value --------------------------------------- */

/* Puts "key=value" into `description`. The key is a dotted path of `schema`
 * (as GET /api/v1/schema/job says) or a last name that only one path has.
 * `client` is asked only where a value is a @FILE to upload or a job by another
 * name than its number. INVALID: no such key, or several. */
MUST_USE enum status setting_apply(struct client *client, json_t *description,
                                   const json_t *schema, const char *setting,
                                   struct error *err);

/* Puts "key=v1,v2,..." or "key=a..b" into `axes` as key and list of values. */
MUST_USE enum status setting_spread(struct client *client, json_t *axes,
                                    const json_t *schema, const char *setting,
                                    struct error *err);
/* Whether it has several values. */
bool setting_is_spread(const char *setting);

/* ---- array.c ------------------------------------------------------------ */

/* Sends the .npz file `name`; `sha256` is what it is called from then on.
 * CORRUPT: other bytes came than were sent. */
MUST_USE enum status array_upload(struct client *client, const char *name,
                                  char sha256[SHA256_HEX_SIZE],
                                  struct http_reply *reply, struct error *err);

#endif
