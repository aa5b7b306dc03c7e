/* token.c - see tokens.h. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

static const char *const roles[TOKEN_ROLES] = {
    [TOKEN_READ] = "read",
    [TOKEN_WRITE] = "write",
    [TOKEN_WORKER] = "worker",
    [TOKEN_OWNER] = "owner",
};

const char *
token_role_name(enum token_role role)
{
    return roles[role];
}

bool
token_role_parse(const char *name, enum token_role *out)
{
    int role = name_find(roles, TOKEN_OWNER, name);
    if (role >= 0)
        *out = (enum token_role)role;
    return role >= 0;
}

enum status
token_add(struct store *store, const struct token *token, struct error *err)
{
    struct token *list;
    size_t count;
    enum status status = token_list(store, &list, &count, err);
    if (status != OK)
        return status;
    bool known = false;
    for (size_t i = 0; i < count; i++)
        known |= strcmp(list[i].name, token->name) == 0;
    free(list);
    if (known)
        return error_set(err, CONFLICT, "there is a token '%s' already",
                         token->name);
    if (count >= TOKENS_MOST)
        return error_set(err, TOO_LARGE, "there are %d tokens already",
                         TOKENS_MOST);
    return query_done(store,
                      query_bind(store, QUERY_TOKEN_ADD, "tttin", token->name,
                                 roles[token->role], token->sha256,
                                 clock_now_ms(), token->expires_at),
                      err);
}

enum status
token_remove(struct store *store, const char *name, struct error *err)
{
    int64_t id;
    enum status status = query_number(
        store, query_bind(store, QUERY_TOKEN_REMOVE, "t", name), 0, &id, err);
    if (status == OK && id == 0)
        return error_set(err, NOT_FOUND, "there is no token '%s'", name);
    return status;
}

static enum status
token_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct token *token = out;
    char role[16];
    memset(token, 0, sizeof *token);
    token->id = sqlite3_column_int64(row, 0);
    column_copy_to(row, 1, token->name);
    column_copy_to(row, 2, role);
    column_copy_to(row, 3, token->sha256);
    token->created_at = sqlite3_column_int64(row, 4);
    token->expires_at = sqlite3_column_int64(row, 5);
    if (token_role_parse(role, &token->role))
        return OK;
    return error_set(err, CORRUPT, "token '%s' has no known role", token->name);
}

enum status
token_list(struct store *store, struct token **list, size_t *count,
           struct error *err)
{
    static const struct row_type type = {sizeof(struct token), token_read,
                                         NULL};
    return query_list(store, query_bind(store, QUERY_TOKEN_LIST, ""), &type,
                      list, count, err);
}
