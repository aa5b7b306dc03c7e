/* request.c - what a client asked: path, query, headers, body. */
#include "api/api_private.h"
#include "spec/spec.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Undoes %XX in place, and + where `plus`. False for a bad escape, for a byte
 * that is no printable text, and for a path separator that was escaped. */
static bool
decode(char *text, bool query)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        char c = *in;
        if (c == '%') {
            int high = hex_digit(in[1]);
            int low = high < 0 ? -1 : hex_digit(in[2]);
            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            in += 2;
            if (!query && (c == '/' || c == '\\'))
                return false;
        } else if (c == '+' && query) {
            c = ' ';
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return false;
        *out++ = c;
    }
    *out = '\0';
    return true;
}

static bool
path_is_clean(const char *path)
{
    if (path[0] != '/' || strchr(path, '\\'))
        return false;
    for (const char *at = path; (at = strchr(at, '/')); at++) {
        size_t length = strcspn(at + 1, "/");
        if ((length == 1 && at[1] == '.') ||
            (length == 2 && at[1] == '.' && at[2] == '.'))
            return false;
    }
    return true;
}

static enum status
parse_query(struct request *request, char *query, struct error *err)
{
    char *rest = query;
    for (char *item; (item = strsep(&rest, "&"));) {
        if (item[0] == '\0')
            continue;
        if (request->parameter_count == REQUEST_PARAMETERS_MAX)
            return error_set(err, INVALID,
                             "the query has more than %d parameters",
                             REQUEST_PARAMETERS_MAX);
        char *name = strsep(&item, "=");
        char *value = item ? item : name + strlen(name);
        if (!decode(name, true) || !decode(value, true))
            return error_set(err, INVALID, "the query is not valid text");
        struct pair *pair = &request->parameters[request->parameter_count++];
        *pair = (struct pair){name, value};
    }
    return OK;
}

enum status
request_parse(struct request *request, const char *target, struct error *err)
{
    size_t length = strlen(target);
    if (length > REQUEST_TARGET_MAX)
        return error_set(err, INVALID, "the URL is longer than %d bytes",
                         REQUEST_TARGET_MAX);
    for (size_t i = 0; i < length; i++)
        if (target[i] <= ' ' || target[i] > '~')
            return error_set(err, INVALID,
                             "the URL has a byte that must be escaped");
    request->target = strdup(target);
    if (!request->target)
        return error_set(err, NO_MEMORY, "no memory for a request");
    char *rest = request->target;
    request->path = strsep(&rest, "?");
    if (!decode(request->path, false) || !path_is_clean(request->path))
        return error_set(err, INVALID, "the URL's path is not valid");
    return rest ? parse_query(request, rest, err) : OK;
}

void
request_free(struct request *request)
{
    if (!request)
        return;
    bytes_free(&request->body);
    upload_close(request->upload);
    request->upload = NULL;
    free(request->target);
    request->target = NULL;
}

const char *
request_header(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

size_t
request_header_count(const struct request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += strcasecmp(request->headers[i].name, name) == 0;
    return count;
}

const char *
request_parameter(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->parameter_count; i++)
        if (strcmp(request->parameters[i].name, name) == 0)
            return request->parameters[i].value;
    return NULL;
}

enum status
request_number(const struct request *request, const char *name, double least,
               double most, double *out, struct error *err)
{
    const char *text = request_parameter(request, name);
    if (!text)
        return OK;
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end || errno || !isfinite(value) || value < least ||
        value > most)
        return error_set(err, INVALID, "%s must be a number from %g to %g",
                         name, least, most);
    *out = value;
    return OK;
}

enum status
request_whole(const struct request *request, const char *name, int64_t least,
              int64_t most, int64_t *out, struct error *err)
{
    const char *text = request_parameter(request, name);
    if (!text)
        return OK;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < least || value > most)
        return error_set(err, INVALID,
                         "%s must be a whole number from %lld to %lld", name,
                         (long long)least, (long long)most);
    *out = value;
    return OK;
}

enum status
request_choice(const struct request *request, const char *name,
               const char *const *words, size_t *out, struct error *err)
{
    const char *text = request_parameter(request, name);
    *out = 0;
    if (!text)
        return OK;
    for (size_t i = 0; words[i]; i++)
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return OK;
        }
    char list[128] = "";
    for (size_t i = 0; words[i]; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
                 words[i]);
    }
    return error_set(err, INVALID, "%s must be one of %s", name, list);
}

enum status
request_only(const struct request *request, const char *const *known,
             struct error *err)
{
    for (size_t i = 0; i < request->parameter_count; i++) {
        size_t k = 0;
        while (known[k] && strcmp(known[k], request->parameters[i].name))
            k++;
        if (!known[k])
            return error_set(err, INVALID, "the query has no parameter '%.64s'",
                             request->parameters[i].name);
    }
    return OK;
}

enum status
request_bare(const struct request *request, struct error *err)
{
    static const char *const none[] = {NULL};
    return request_only(request, none, err);
}

bool
request_is_abandoned(const struct request *request)
{
    struct pollfd line = {.fd = request->socket, .events = POLLRDHUP};
    return poll(&line, 1, 0) > 0 &&
           (line.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

enum status
request_object(const struct request *request, struct response *response,
               json_t **out, struct error *err)
{
    enum status status = spec_check_text((const char *)request->body.data,
                                         request->body.size, out, err);
    if (status == INVALID)
        response->problem = PROBLEM_MALFORMED;
    if (status)
        return status;
    if (json_is_object(*out))
        return OK;
    json_decref(*out);
    *out = NULL;
    return problem_set(response, PROBLEM_MALFORMED, err,
                       "the body must be a JSON object");
}
