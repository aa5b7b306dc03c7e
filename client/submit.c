/* submit.c - handing a job in, once: a key made here lets the request be sent
 * again when its answer got lost, and still makes one job. */
#include "client/client.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define DESCRIPTION_MOST (1 << 20) /* bytes; the server takes less */
#define KEY_BYTES        16

static enum status
stdin_read(struct bytes *out, struct error *err)
{
    char part[4096];
    size_t size;

    while ((size = fread(part, 1, sizeof(part), stdin)) > 0) {
        if (out->size + size > DESCRIPTION_MOST)
            return error_set(err, TOO_LARGE, "stdin: more than %d bytes",
                             DESCRIPTION_MOST);
        if (bytes_append(out, part, size) != OK)
            return error_set(err, NO_MEMORY, "out of memory");
    }
    return OK;
}

/* A preset's name has neither slash nor dot; a file's has. */
static bool
is_file(const char *word)
{
    return strpbrk(word, "/.") != NULL;
}

static enum status
description_read(const char *word, json_t **out, struct error *err)
{
    bool standard = strcmp(word, "-") == 0;
    struct bytes text = {0};
    json_error_t fault;
    enum status status;

    *out = NULL;
    if (!standard && !is_file(word)) {
        *out = json_pack("{s:s}", "preset", word);
        return *out ? OK : error_set(err, INVALID, "no valid UTF-8");
    }
    if (standard)
        status = stdin_read(&text, err);
    else if (file_read(word, DESCRIPTION_MOST, &text, err) != OK)
        status = INVALID; /* not the server's NOT_FOUND: a wrong argument */
    else
        status = OK;
    if (status == OK) {
        *out = json_loadb((char *)text.data, text.size, JSON_REJECT_DUPLICATES,
                          &fault);
        if (!*out)
            status = error_set(err, INVALID, "%s, line %d, column %d: %s", word,
                               fault.line, fault.column, fault.text);
        else if (!json_is_object(*out))
            status = error_set(err, INVALID, "%s: no JSON object", word);
    }
    if (status != OK) {
        json_decref(*out);
        *out = NULL;
    }
    bytes_free(&text);
    return status;
}

/* --set: only these need the server's schema. */
static enum status
settings_apply(struct client *client, const struct arguments *arguments,
               json_t *description, struct error *err)
{
    json_t *schema;
    size_t cursor = 0;
    const char *setting;
    enum status status;

    if (!option_given(arguments, "set"))
        return OK;
    status = client_get(client, &schema, err, "/api/v1/schema/job");
    while (status == OK && (setting = option_next(arguments, "set", &cursor)))
        status = setting_apply(description, schema, setting, err);
    json_decref(schema);
    return status;
}

static enum status
tags_apply(const struct arguments *arguments, json_t *description,
           struct error *err)
{
    size_t cursor = 0;
    const char *tag;

    while ((tag = option_next(arguments, "tag", &cursor))) {
        const char *equals = strchr(tag, '=');
        char key[256];
        if (!equals || equals == tag || (size_t)(equals - tag) >= sizeof(key))
            return error_set(err, INVALID, "--tag wants key=value, got '%s'",
                             tag);
        snprintf(key, sizeof(key), "%.*s", (int)(equals - tag), tag);
        if (!json_object_get(description, "tags"))
            json_object_set_new(description, "tags", json_object());
        if (json_object_set_new(json_object_get(description, "tags"), key,
                                json_string(equals + 1)) != 0)
            return error_set(err, INVALID, "--tag: no valid UTF-8");
    }
    return OK;
}

static enum status
options_apply(const struct arguments *arguments, json_t *description,
              struct error *err)
{
    static const char *const texts[] = {"name", "note"};
    const char *priority = option_value(arguments, "priority");
    double number;

    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        const char *value = option_value(arguments, texts[i]);
        if (value &&
            json_object_set_new(description, texts[i], json_string(value)) != 0)
            return error_set(err, INVALID, "--%s: no valid UTF-8", texts[i]);
    }
    if (priority) {
        if (number_parse(priority, "--priority", -1e6, 1e6, &number, err) != OK)
            return INVALID;
        json_object_set_new(description, "priority",
                            json_integer((json_int_t)number));
    }
    return tags_apply(arguments, description, err);
}

/* ---- sending
 * --------------------------------------------------------------------- */

static enum status
description_send(struct client *client, const json_t *description, bool dry,
                 struct http_reply *reply, struct error *err)
{
    static const struct timespec breath = {.tv_nsec = 300 * 1000 * 1000};
    char *text = json_dumps(description, JSON_COMPACT);
    char key[2 * KEY_BYTES + 1], line[80];
    const char *headers[] = {line, NULL};
    struct http_request request = {
        .method = "POST",
        .path = dry ? "/api/v1/jobs?validate=true" : "/api/v1/jobs",
        .content_type = "application/json",
        .body = text,
        .size = text ? strlen(text) : 0,
        .headers = dry ? NULL : headers,
    };
    enum status status = random_hex(KEY_BYTES, key, err);

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

enum outcome
submit_run(struct client *client, const struct arguments *arguments)
{
    struct http_reply reply = {0};
    json_t *description;
    struct error err;
    enum outcome outcome;
    enum status status =
        description_read(arguments->words[0], &description, &err);

    if (status == OK)
        status = options_apply(arguments, description, &err);
    if (status == OK)
        status = settings_apply(client, arguments, description, &err);
    if (status == OK)
        status =
            description_send(client, description,
                             option_given(arguments, "dry-run"), &reply, &err);
    outcome = status == OK ? answer_show(client, arguments, &reply)
                           : client_fail(client, status, &err);
    json_decref(description);
    http_reply_free(&reply);
    return outcome;
}
