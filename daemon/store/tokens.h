/* tokens.h - who may ask. Part of the store's door, included by store.h. */
#ifndef FOLLOWD_STORE_TOKENS_H
#define FOLLOWD_STORE_TOKENS_H

#include "base/base.h"

struct store;

enum token_role {
    TOKEN_READ,   /* looks at everything                                      */
    TOKEN_WRITE,  /* and hands in, changes, deletes                           */
    TOKEN_WORKER, /* leases jobs and reports                                  */
    TOKEN_OWNER,  /* the one in the state folder: all of that. Not stored     */
    TOKEN_ROLES
};

#define TOKEN_NAME_SIZE 65
#define TOKEN_ID_OWNER  0
#define TOKEN_ID_LOCAL  (-1) /* of the workers that the daemon starts */
#define TOKENS_MOST     100

struct token {
    int64_t id;
    char name[TOKEN_NAME_SIZE];
    enum token_role role;
    char sha256[SHA256_HEX_SIZE]; /* of the token itself                      */
    int64_t created_at;
    int64_t expires_at; /* ms since 1970, 0: never                            */
};

const char *token_role_name(enum token_role role); /* "read" */
bool token_role_parse(const char *name, enum token_role *out);
/* CONFLICT when there is one of that name, TOO_LARGE beyond TOKENS_MOST. */
MUST_USE enum status token_add(struct store *, const struct token *,
                               struct error *);
/* NOT_FOUND. */
MUST_USE enum status token_remove(struct store *, const char *name,
                                  struct error *);
/* All, by name. `*list` [owned], free(). */
MUST_USE enum status token_list(struct store *, struct token **list,
                                size_t *count, struct error *);

#endif
