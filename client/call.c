/* call.c - requests to the API, and what to make of an answer that is none.
 *
 * A problem (RFC 9457) becomes an error once, here; the exit code follows from
 * its status in the table below, and nowhere else. */
#include "client/client.h"

#include "version.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_MOST 2048

static atomic_bool interrupted;

static void
interrupt(int number)
{
    (void)number;
    if (interrupted) /* asked twice: at once */
        _exit(INTERRUPTED);
    interrupted = 1;
}

bool
client_interrupted(void)
{
    return interrupted != 0;
}

void
client_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = interrupt};
    sigaction(SIGINT, &action, NULL);
}

enum status
client_open(struct client *client, const struct server *server,
            struct error *err)
{
    client->server = *server;
    struct http_options options = {
        .url = client->server.url,
        .token = *server->token ? client->server.token : NULL,
        .user_agent = "follow/" FOLLOWD_VERSION,
        .ca_file = *server->ca_file ? client->server.ca_file : NULL,
        .pin_sha256 = *server->pin ? client->server.pin : NULL,
        .abort = &interrupted,
    };
    return http_open(&options, &client->http, err);
}

void
client_close(struct client *client)
{
    http_close(client->http);
    json_decref(client->problem);
    client->http = NULL;
    client->problem = NULL;
}

/* ---- problems
 * ---------------------------------------------------------------- */

static enum status
status_from_code(int code)
{
    switch (code) {
    case 401:
    case 403:
        return DENIED;
    case 404:
    case 410:
        return NOT_FOUND;
    case 409:
    case 412:
        return CONFLICT;
    default:
        return code >= 400 && code < 500 ? INVALID : FAILED;
    }
}

/* What to do about it, where a program can know that. */
static const char *
hint(const struct client *client, enum status status)
{
    if (status != DENIED)
        return "";
    return *client->server.token
               ? " (it did not take this token)"
               : " (no token: give --token-file or FOLLOW_TOKEN)";
}

enum status
client_judge(struct client *client, const struct http_reply *reply,
             struct error *err)
{
    client->refused = reply->status < 400 ? 0 : reply->status;
    if (!client->refused)
        return OK;
    enum status status = status_from_code(reply->status);
    json_t *problem =
        json_loadb((const char *)reply->body.data, reply->body.size, 0, NULL);
    json_decref(client->problem);
    client->problem = json_is_object(problem) ? problem : NULL;
    if (!client->problem)
        json_decref(problem);
    const char *detail = json_text(client->problem, "detail");
    if (!*detail)
        detail = json_text(client->problem, "title");
    if (!*detail)
        return error_set(err, status, "%s answered %d and no reason",
                         client->server.url, reply->status);
    char clean[900];
    return error_set(err, status, "%s%s",
                     text_clean(detail, clean, sizeof(clean)),
                     hint(client, status));
}

enum outcome
client_outcome(const struct client *client, enum status status)
{
    switch (status) {
    case OK:
        return DONE;
    case INVALID:
    case TOO_LARGE:
        return USAGE;
    case UNAVAILABLE:
        return NOT_REACHED;
    case DENIED:
        return NOT_AUTHORISED;
    case NOT_FOUND:
        return NO_SUCH_THING;
    case CONFLICT:
        return IN_CONFLICT;
    case CORRUPT:
        return WRONG_CHECKSUM;
    case FAILED: /* the server, or something here: a file, gnuplot */
        return client->refused ? SERVER_FAILED : JOB_FAILED;
    case NO_MEMORY:
    case NO_SPACE:
        break;
    }
    return JOB_FAILED;
}

/* Faults one by one, but for one that the text tells already. */
static void
faults_print(const json_t *faults, const char *told)
{
    const json_t *fault;
    char clean[600];
    size_t i;

    json_array_foreach((json_t *)faults, i, fault)
    {
        const char *detail = json_text(fault, "detail");
        if (json_array_size(faults) == 1 && strstr(told, detail))
            return;
        fprintf(stderr, "  %s: ",
                text_clean(json_text(fault, "pointer"), clean, sizeof(clean)));
        fprintf(stderr, "%s\n", text_clean(detail, clean, sizeof(clean)));
    }
}

enum outcome
client_fail(struct client *client, enum status status, const struct error *err)
{
    if (interrupted)
        return INTERRUPTED;
    fprintf(stderr, "follow: %s\n", err->text);
    faults_print(json_object_get(client->problem, "errors"), err->text);
    return client_outcome(client, status);
}

/* ---- requests
 * ------------------------------------------------------------------ */

enum status
client_send(struct client *client, const struct http_request *request,
            struct http_reply *reply, struct error *err)
{
    json_decref(client->problem);
    client->problem = NULL;
    client->refused = 0;
    enum status status = http_send(client->http, request, reply, err);
    if (status != OK)
        return status;
    return client_judge(client, reply, err);
}

static enum status
call(struct client *client, const char *method, const char *path,
     const json_t *body, struct http_reply *reply, struct error *err)
{
    struct http_request request = {.method = method, .path = path};
    char *text = NULL;
    enum status status;

    if (body) {
        text = json_dumps(body, JSON_COMPACT);
        if (!text)
            return error_set(err, NO_MEMORY, "out of memory");
        request.content_type = "application/json";
        request.body = text;
        request.size = strlen(text);
    }
    status = client_send(client, &request, reply, err);
    free(text);
    return status;
}

enum status
client_call(struct client *client, const char *method, const json_t *body,
            struct http_reply *reply, struct error *err, const char *format,
            ...)
{
    struct http_reply mine = {0};
    char path[PATH_MOST];
    va_list list;

    va_start(list, format);
    int length = vsnprintf(path, sizeof(path), format, list);
    va_end(list);
    if (length < 0 || (size_t)length >= sizeof(path))
        return error_set(err, INVALID, "more than %d bytes of path",
                         PATH_MOST - 1);
    enum status status =
        call(client, method, path, body, reply ? reply : &mine, err);
    http_reply_free(&mine);
    return status;
}

enum status
client_get(struct client *client, json_t **out, struct error *err,
           const char *format, ...)
{
    struct http_reply reply = {0};
    char path[PATH_MOST];
    va_list list;

    *out = NULL;
    va_start(list, format);
    int length = vsnprintf(path, sizeof(path), format, list);
    va_end(list);
    if (length < 0 || (size_t)length >= sizeof(path))
        return error_set(err, INVALID, "more than %d bytes of path",
                         PATH_MOST - 1);
    enum status status = call(client, "GET", path, NULL, &reply, err);
    if (status == OK) {
        status = reply_json(&reply, out, err);
        client->refused = status == OK ? 0 : reply.status;
    }
    http_reply_free(&reply);
    return status;
}

enum status
reply_json(const struct http_reply *reply, json_t **out, struct error *err)
{
    json_error_t fault;

    *out =
        json_loadb((const char *)reply->body.data, reply->body.size, 0, &fault);
    if (*out)
        return OK;
    return error_set(err, FAILED, "the answer is no JSON: %s", fault.text);
}

void
reply_print(const struct http_reply *reply)
{
    size_t size = reply->body.size;

    fwrite(reply->body.data, 1, size, stdout);
    if (size && reply->body.data[size - 1] != '\n')
        putchar('\n');
}
