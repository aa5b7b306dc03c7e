/* submit.c - handing a job in, once: a key made here lets the request be sent
 * again when its answer got lost, and still makes one job. */
#include "client/client.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define KEY_BYTES 16

/* ---- sending
 * --------------------------------------------------------------------- */

enum status
description_send(struct client *client, const char *path,
                 const json_t *description, bool dry, struct http_reply *reply,
                 struct error *err)
{
    static const struct timespec breath = {.tv_nsec = 300 * 1000 * 1000};
    char *text = json_dumps(description, JSON_COMPACT);
    char key[2 * KEY_BYTES + 1], line[80], where[64];
    const char *headers[] = {line, NULL};
    struct http_request request = {
        .method = "POST",
        .path = where,
        .content_type = "application/json",
        .body = text,
        .size = text ? strlen(text) : 0,
        .headers = dry ? NULL : headers,
    };
    enum status status = random_hex(KEY_BYTES, key, err);

    snprintf(where, sizeof(where), "%s%s", path, dry ? "?validate=true" : "");
    if (!text)
        status = error_set(err, NO_MEMORY, "out of memory");
    if (status == OK) {
        snprintf(line, sizeof(line), "Idempotency-Key: %s", key);
        status = client_send(client, &request, reply, err);
    }
    if (status == UNAVAILABLE && !client_interrupted()) {
        nanosleep(&breath, NULL);
        status = client_send(client, &request, reply, err);
    }
    free(text);
    return status;
}

/* What a dry run says on stderr; the description itself is the result. */
static void
estimate_tell(const json_t *answer)
{
    double seconds = json_number(answer, "estimated_seconds");
    char text[32];

    fprintf(stderr, "valid; making the network takes %.3g MB of memory, ",
            json_number(answer, "memory") / 1e6);
    if (isnan(seconds))
        fputs("the run a time that is not known yet\n", stderr);
    else
        fprintf(stderr, "the run some %s\n",
                duration_text(seconds, text, sizeof(text)));
}

static void
dry_print(const json_t *answer)
{
    estimate_tell(answer);
    json_dumpf(json_object_get(answer, "spec"), stdout,
               JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    putchar('\n');
}

static enum outcome
job_follow(struct client *client, int64_t id)
{
    enum outcome outcome =
        watch_jobs(client, &id, 1, client->json ? NULL : stderr, 0, true);
    struct http_reply reply = {0};
    struct error err;

    if (!client->json || outcome == INTERRUPTED)
        return outcome;
    enum status status = client_call(client, "GET", NULL, &reply, &err,
                                     "/api/v1/jobs/%" PRId64, id);
    if (status == OK)
        reply_print(&reply);
    else
        outcome = client_fail(client, status, &err);
    http_reply_free(&reply);
    return outcome;
}

static enum outcome
answer_show(struct client *client, const struct arguments *arguments,
            const struct http_reply *reply)
{
    bool wait = option_given(arguments, "wait");
    bool dry = option_given(arguments, "dry-run");
    struct error err;
    json_t *answer;
    enum status status = reply_json(reply, &answer, &err);

    if (status != OK)
        return client_fail(client, status, &err);
    int64_t id = json_integer_value(json_object_get(answer, "id"));
    if (client->json && (dry || !wait))
        reply_print(reply);
    else if (dry)
        dry_print(answer);
    else if (!client->json)
        printf("%" PRId64 "\n", id);
    fflush(stdout);
    json_decref(answer);
    return wait && !dry ? job_follow(client, id) : DONE;
}

/* Hands in a description [taken] that was made with `status`. */
static enum outcome
description_submit(struct client *client, const struct arguments *arguments,
                   json_t *description, enum status status, struct error *err)
{
    struct http_reply reply = {0};
    enum outcome outcome;

    if (status == OK)
        status = description_change(client, arguments, description, err);
    if (status == OK)
        status =
            description_send(client, "/api/v1/jobs", description,
                             option_given(arguments, "dry-run"), &reply, err);
    outcome = status == OK ? answer_show(client, arguments, &reply)
                           : client_fail(client, status, err);
    if (status != OK)
        carets_print(description, json_object_get(client->problem, "errors"));
    json_decref(description);
    http_reply_free(&reply);
    return outcome;
}

enum outcome
submit_run(struct client *client, const struct arguments *arguments)
{
    json_t *description;
    struct error err;
    enum status status =
        description_read(arguments->words[0], &description, &err);

    return description_submit(client, arguments, description, status, &err);
}

enum outcome
continue_run(struct client *client, const struct arguments *arguments)
{
    json_t *description;
    struct error err;
    enum status status =
        description_continue(client, arguments->words[0], &description, &err);

    return description_submit(client, arguments, description, status, &err);
}

enum outcome
test_run(struct client *client, const struct arguments *arguments)
{
    json_t *description;
    struct error err;
    enum status status =
        description_test(client, arguments, &description, &err);

    return description_submit(client, arguments, description, status, &err);
}
