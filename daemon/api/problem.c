/* problem.c - failures as RFC 9457 tells them. The only place where a status
 * becomes an HTTP code. */
#include "api/api_private.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct problem_row {
    int code;
    const char *type;
    const char *title;
};

/* clang-format off */
static const struct problem_row problems[] = {
    [PROBLEM_NONE]             = { 500, "internal-error",        "Internal error" },
    [PROBLEM_MALFORMED]        = { 400, "malformed-request",     "Malformed request" },
    [PROBLEM_UNAUTHORIZED]     = { 401, "unauthorized",          "Not authorised" },
    [PROBLEM_FOREIGN]          = { 403, "foreign-origin",        "Foreign origin" },
    [PROBLEM_FORBIDDEN]        = { 403, "forbidden",             "Forbidden" },
    [PROBLEM_NOT_FOUND]        = { 404, "not-found",             "Not found" },
    [PROBLEM_METHOD]           = { 405, "method-not-allowed",    "Method not allowed" },
    [PROBLEM_CONFLICT]         = { 409, "conflict",              "Conflict" },
    [PROBLEM_PRECONDITION]     = { 412, "precondition-failed",   "Precondition failed" },
    [PROBLEM_TOO_LARGE]        = { 413, "too-large",             "Too large" },
    [PROBLEM_MEDIA_TYPE]       = { 415, "unsupported-media-type","Unsupported media type" },
    [PROBLEM_RANGE]            = { 416, "range-not-satisfiable", "Range not satisfiable" },
    [PROBLEM_MISDIRECTED]      = { 421, "misdirected-request",   "Misdirected request" },
    [PROBLEM_INVALID]          = { 422, "invalid-parameter",     "Invalid parameter" },
    [PROBLEM_TOO_MANY]         = { 429, "too-many-requests",     "Too many requests" },
    [PROBLEM_TOO_MANY_HEADERS] = { 431, "too-many-headers",      "Too many headers" },
    [PROBLEM_FAILED]           = { 500, "internal-error",        "Internal error" },
    [PROBLEM_UNAVAILABLE]      = { 503, "unavailable",           "Unavailable" },
    [PROBLEM_NO_SPACE]         = { 507, "no-space",              "No space left" },
};

static const enum problem usual[] = {
    [OK]          = PROBLEM_FAILED,
    [INVALID]     = PROBLEM_INVALID,
    [NOT_FOUND]   = PROBLEM_NOT_FOUND,
    [CONFLICT]    = PROBLEM_CONFLICT,
    [DENIED]      = PROBLEM_UNAUTHORIZED,
    [TOO_LARGE]   = PROBLEM_TOO_LARGE,
    [NO_MEMORY]   = PROBLEM_UNAVAILABLE,
    [NO_SPACE]    = PROBLEM_NO_SPACE,
    [UNAVAILABLE] = PROBLEM_UNAVAILABLE,
    [CORRUPT]     = PROBLEM_FAILED,
    [FAILED]      = PROBLEM_FAILED,
};
/* clang-format on */

enum status
problem_set(struct response *response, enum problem problem, struct error *err,
            const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    response->problem = problem;
    return error_set(err, INVALID, "%s", text);
}

/* A text that may hold bytes a client sent, as JSON: what is no UTF-8 is not
 * repeated. */
static json_t *
safe_text(const char *text)
{
    json_t *json = json_string(text);
    return json ? json : json_string("the request is not valid text");
}

/* What a client may read of a failure that is ours: nothing of paths or SQL. */
static const char *
detail_of(const struct problem_row *row, const struct error *err)
{
    if (row->code == 500)
        return "the daemon failed; its log says why under this instance";
    return err->text[0] ? err->text : row->title;
}

static json_t *
problem_body(const struct request *request, const struct problem_row *row,
             const char *detail, json_t *faults)
{
    char type[64], instance[48];
    snprintf(type, sizeof(type), "/problems/%s", row->type);
    snprintf(instance, sizeof(instance), "/requests/%s", request->id);
    json_t *body = json_pack("{s:s, s:s, s:i, s:o, s:s}", "type", type, "title",
                             row->title, "status", row->code, "detail",
                             safe_text(detail), "instance", instance);
    if (body && faults)
        json_object_set(body, "errors", faults);
    return body;
}

static void
log_failure(const struct request *request, const struct problem_row *row,
            const struct error *err)
{
    char method[32], path[256], text[1200];
    enum log_level level = row->code >= 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_DEBUG;
    log_event(
        level, "request_refused",
        "request=%s code=%d method=%s "
        "path=%s reason=%s",
        request->id, row->code,
        log_quote(request->method ? request->method : "-", method,
                  sizeof(method)),
        log_quote(request->path ? request->path : "-", path, sizeof(path)),
        log_quote(err->text, text, sizeof(text)));
}

void
response_problem(const struct request *request, struct response *response,
                 enum status status, const struct error *err)
{
    enum problem problem =
        response->problem ? response->problem : usual[status];
    const struct problem_row *row = &problems[problem];
    log_failure(request, row, err);
    json_t *json =
        problem_body(request, row, detail_of(row, err), response->faults);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    response_empty(response);
    response->sha256[0] = '\0';
    response->summable = false;
    response->wait = false;
    response->code = row->code;
    response->content_type = "application/problem+json";
    if (!text || bytes_append(&response->body, text, strlen(text)))
        response->code = 503;
    free(text);
    if (row->code == 401)
        response_header(response, "WWW-Authenticate", "Bearer");
    if (row->code == 429)
        response_header(response, "Retry-After", "1");
    if (row->code == 503)
        response_header(response, "Retry-After", "2");
}
