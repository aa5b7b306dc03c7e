/* response.c - an answer in the making, before it meets the library. */
#include "api/json.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
response_empty(struct response *response)
{
    bytes_free(&response->body);
    if (response->stream.free)
        response->stream.free(response->stream.state);
    if (response->feed.free)
        response->feed.free(response->feed.state);
    response->stream = (struct stream){0};
    response->feed = (struct feed){0};
}

void
response_free(struct response *response)
{
    if (!response)
        return;
    for (size_t i = 0; i < response->header_count; i++)
        free(response->headers[i].value);
    response_empty(response);
    json_decref(response->faults);
    *response = (struct response){0};
}

void
response_header(struct response *response, const char *name, const char *format,
                ...)
{
    assert(response->header_count < RESPONSE_HEADERS_MAX);
    char *value = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&value, format, arguments) < 0)
        value = NULL;
    va_end(arguments);
    if (!value)
        return;
    response->headers[response->header_count].name = name;
    response->headers[response->header_count++].value = value;
}

enum status
response_json(struct response *response, int code, json_t *json,
              struct error *err)
{
    response->code = code;
    response->content_type = "application/json";
    enum status status = json ? json_write(json, &response->body) : NO_MEMORY;
    if (status == OK)
        status = bytes_append(&response->body, "\n", 1);
    json_decref(json);
    return status ? error_set(err, status, "no memory for an answer") : OK;
}

void
response_download(struct response *response, struct bytes *bytes,
                  const char *content_type, const char *filename)
{
    response->body = *bytes;
    *bytes = (struct bytes){0};
    sha256_hex(response->body.data, response->body.size, response->sha256);
    response->content_type = content_type;
    response_header(response, "Content-Disposition",
                    "attachment; filename=\"%s\"", filename);
}

void
response_wait(struct response *response, int64_t topic, double seconds)
{
    response->wait = true;
    response->topic = topic;
    response->wait_seconds = seconds;
}
