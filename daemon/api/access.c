/* access.c - who asks, and what he may.
 *
 * Tokens are compared by their SHA-256, every one of them whole, so that the
 * time it takes tells nothing. The owner's stands in the state folder, that of
 * the daemon's own workers is made anew at every start; others are rows of the
 * store, so one that is revoked ends with the next request. */
#include "api/api_private.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The hash of what Authorization: Bearer carries; false without one. */
static bool
given_digest(const struct request *request, char out[SHA256_HEX_SIZE])
{
    const char *given = request_header(request, "Authorization");
    if (!given || request_header_count(request, "Authorization") != 1 ||
        strncasecmp(given, "Bearer ", 7) != 0)
        return false;
    given += 7 + strspn(given + 7, " ");
    sha256_hex(given, strlen(given), out);
    return true;
}

static bool
is_same(const char *one, const char *other)
{
    return gnutls_memcmp(one, other, SHA256_HEX_SIZE - 1) == 0;
}

static bool
find_kept(struct request *request, const char *digest, int64_t *expired,
          struct error *err)
{
    struct token *list = NULL;
    size_t count = 0;
    bool found = false;
    if (token_list(request->store, &list, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_same(list[i].sha256, digest)) {
            found = true;
            request->token = list[i].id;
            request->role = list[i].role;
            *expired = list[i].expires_at;
        }
    free(list);
    return found;
}

static enum status
refuse(struct response *response, struct error *err, const char *text)
{
    response->close = true;
    return problem_set(response, PROBLEM_UNAUTHORIZED, err, "%s", text);
}

enum status
access_check(struct request *request, struct response *response,
             struct error *err)
{
    char digest[SHA256_HEX_SIZE];
    const char *local = api_worker_digest(request->api);
    int64_t expired = 0;
    if (!given_digest(request, digest))
        return refuse(response, err,
                      "a token is needed: Authorization: Bearer TOKEN");
    request->token = TOKEN_ID_OWNER;
    request->role = TOKEN_OWNER;
    if (is_same(digest, api_token_digest(request->api)))
        return OK;
    request->token = TOKEN_ID_LOCAL;
    request->role = TOKEN_WORKER;
    if (local[0] && is_same(digest, local))
        return OK;
    if (!request->store) /* nobody knows whether it is one of these */
        return error_set(err, UNAVAILABLE, "the store does not answer");
    if (!find_kept(request, digest, &expired, err))
        return refuse(response, err,
                      "this token is not the one in the state directory, nor "
                      "one that followd token has made");
    if (expired && expired <= clock_now_ms())
        return refuse(response, err, "this token has expired");
    return OK;
}

enum status
access_allow(const struct request *request, struct response *response,
             struct error *err)
{
    bool internal = strncmp(request->path, "/internal", 9) == 0;
    bool reads = strcmp(request->route->method, "GET") == 0;
    if (!route_is_guarded(request->path))
        return OK;
    if (request->role != TOKEN_WORKER &&
        !api_lets_ask(request->api, request->token))
        return problem_set(response, PROBLEM_TOO_MANY, err,
                           "this token has asked too often, see --rate");
    if (request->role == TOKEN_OWNER)
        return OK;
    if (request->role == TOKEN_WORKER
            ? request->route->workers
            : !internal && (reads || request->role == TOKEN_WRITE))
        return OK;
    response->close = true;
    return problem_set(
        response, PROBLEM_FORBIDDEN, err, "a token to %s does not allow this",
        request->role == TOKEN_WORKER ? "work"
                                      : token_role_name(request->role));
}
