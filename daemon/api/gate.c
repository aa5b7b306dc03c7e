/* gate.c - what is refused before a byte of a body is read.
 *
 * The library below accepts requests that two servers in a row would cut
 * apart in different places (two lengths, a length and chunks), and leaves the
 * rest to its users: who may ask (the token), under which name (Host, against
 * DNS rebinding) and from which page (Origin, against forged requests). The
 * order matters: a stranger learns 401, never which paths exist. */
#include "api/api_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static enum status
refuse(struct response *response, enum problem problem, struct error *err,
       const char *text)
{
    response->close = true;
    return problem_set(response, problem, err, "%s", text);
}

static bool
is_length(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 18 && text[digits] == '\0';
}

/* One message, one length: what request smuggling lives on is turned away. */
static enum status
check_framing(const struct request *request, struct response *response,
              struct error *err)
{
    size_t lengths = request_header_count(request, "Content-Length");
    size_t codings = request_header_count(request, "Transfer-Encoding");
    if (request->unclean)
        return refuse(response, PROBLEM_MALFORMED, err,
                      "a header has a byte that does not belong there");
    if (request_header_count(request, "Host") != 1)
        return refuse(response, PROBLEM_MALFORMED, err,
                      "there must be exactly one Host header");
    if (lengths > 1 || codings > 1 || (lengths && codings))
        return refuse(response, PROBLEM_MALFORMED, err,
                      "the length of the body is stated more than once");
    const char *length = request_header(request, "Content-Length");
    if (length && !is_length(length))
        return refuse(response, PROBLEM_MALFORMED, err,
                      "Content-Length is not a number of bytes");
    const char *coding = request_header(request, "Transfer-Encoding");
    if (coding && strcasecmp(coding, "chunked") != 0)
        return refuse(response, PROBLEM_MALFORMED, err,
                      "the only Transfer-Encoding taken is chunked");
    return OK;
}

static enum status
check_origin(const struct request *request, struct response *response,
             struct error *err)
{
    const char *host = request_header(request, "Host");
    if (!api_knows_host(request->api, host)) {
        response->close = true;
        return problem_set(response, PROBLEM_MISDIRECTED, err,
                           "this server does not answer for host '%.100s': "
                           "use the name and port it listens on, or give it "
                           "this one with --host",
                           host);
    }
    const char *origin = request_header(request, "Origin");
    if (origin) {
        const char *name = strstr(origin, "://");
        if (!name || strcasecmp(name + 3, host) != 0)
            return refuse(response, PROBLEM_FOREIGN, err,
                          "pages of another origin may not ask");
    }
    const char *site = request_header(request, "Sec-Fetch-Site");
    if (site && strcmp(site, "same-origin") && strcmp(site, "none") &&
        (strcmp(request->method, "GET") || route_is_guarded(request->path)))
        return refuse(response, PROBLEM_FOREIGN, err,
                      "pages of another site may not ask");
    return OK;
}

/* application/json, with or without parameters */
static bool
is_media_type(const char *given, const char *wanted)
{
    size_t length = strlen(wanted);
    return given && strncasecmp(given, wanted, length) == 0 &&
           (given[length] == '\0' || given[length] == ';' ||
            given[length] == ' ');
}

static enum status
check_body(const struct request *request, struct response *response,
           struct error *err)
{
    const struct route *route = request->route;
    const char *length = request_header(request, "Content-Length");
    uint64_t size = length ? strtoull(length, NULL, 10) : 0;
    bool has_body = size > 0 || request_header(request, "Transfer-Encoding");
    if (size > route->body_max) {
        response->close = true;
        return problem_set(response, PROBLEM_TOO_LARGE, err,
                           "the body is %llu bytes, at most %zu are taken",
                           (unsigned long long)size, route->body_max);
    }
    if (has_body && request_header(request, "Content-Encoding"))
        return refuse(response, PROBLEM_MEDIA_TYPE, err,
                      "the body must not be compressed");
    if (route->body_type && (has_body || !route->body_optional) &&
        !is_media_type(request_header(request, "Content-Type"),
                       route->body_type)) {
        response->close = true;
        return problem_set(response, PROBLEM_MEDIA_TYPE, err,
                           "the body must be Content-Type: %s",
                           route->body_type);
    }
    return OK;
}

enum status
gate_check(struct request *request, struct response *response,
           struct error *err)
{
    enum status status = check_framing(request, response, err);
    if (status == OK)
        status = check_origin(request, response, err);
    if (status == OK && route_is_guarded(request->path))
        status = access_check(request, response, err);
    if (status == OK)
        status = route_find(request, response, err);
    if (status == OK)
        status = access_allow(request, response, err);
    if (status == OK)
        status = check_body(request, response, err);
    return status;
}
