/* keys.h - the keys of a job description, as the server's schema has them. */
#ifndef FOLLOWD_CLIENT_KEYS_H
#define FOLLOWD_CLIENT_KEYS_H

#include "base/base.h"

#include <jansson.h>

#define KEYS_MOST 512
#define KEY_SIZE  128

struct keys {
    char paths[KEYS_MOST][KEY_SIZE]; /* "network", "network.neurons_ff"       */
    const json_t *schemas[KEYS_MOST]; /* [borrowed]                           */
    size_t count;
};

/* Adds every key of a schema, those of its objects too; start with `{0}` and
 * the prefix "". */
void keys_collect(struct keys *keys, const json_t *schema, const char *prefix);
/* The key of this whole name, or of this last name if only one has it. INVALID
 * with the nearest name, or with those that it could be. */
MUST_USE enum status key_find(const struct keys *keys, const char *name,
                              size_t *index, struct error *err);

#endif
