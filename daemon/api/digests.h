/* digests.h - the SHA-256 of bodies that are too large to keep and too slow to
 * sum up while everybody waits: done once, on the side, and remembered. */
#ifndef FOLLOWD_API_DIGESTS_H
#define FOLLOWD_API_DIGESTS_H

#include "api/api_private.h"

#define DIGEST_KEY_SIZE 192
#define TOPIC_DIGEST    (-1) /* for response_wait() */

struct digests;
MUST_USE struct digests *digests_new(struct api *api);
/* Gives up what is under way. */
void digests_free(struct digests *digests);

/* The digest of the body that `key` stands for. `*ready`: `out` holds it. Else
 * it is on its way, `stream` [taken], and TOPIC_DIGEST changes once it is
 * there; after a failure `stream` is taken too. */
MUST_USE enum status digest_find(struct api *api, const char *key,
                                 struct stream stream, bool *ready,
                                 char out[SHA256_HEX_SIZE], struct error *err);

#endif
