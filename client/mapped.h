/* mapped.h - a file in memory as far as it is read: one of the user's, or a
 * download without a name. */
#ifndef FOLLOWD_CLIENT_MAPPED_H
#define FOLLOWD_CLIENT_MAPPED_H

#include "base/base.h"

struct client;

/* Start with `{0}`. */
struct mapped {
    const unsigned char *data; /* [owned] NULL where it is empty */
    size_t size;
};

/* A file of the user's; INVALID when it cannot be read. */
MUST_USE enum status mapped_open(const char *name, struct mapped *out,
                                 struct error *err);
/* What the server has at `path`, verified; `name` is what people are told. */
MUST_USE enum status mapped_get(struct client *client, const char *path,
                                const char *name, struct mapped *out,
                                struct error *err);
void mapped_free(struct mapped *mapped);

#endif
