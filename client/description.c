/* description.c - the description of a job: read from a preset, a file or
 * stdin, and changed by what the command line says. */
#include "client/client.h"

#include <string.h>

#define DESCRIPTION_MOST (1 << 20) /* bytes; the server takes less */

/* ---- reading ------------------------------------------------------------ */

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

enum status
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

/* ---- changing ----------------------------------------------------------- */

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
        status = setting_apply(client, description, schema, setting, err);
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
texts_apply(const struct arguments *arguments, json_t *description,
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
    return OK;
}

/* --after JOB[:any], as often as it is given. */
static enum status
after_apply(struct client *client, const struct arguments *arguments,
            json_t *description, struct error *err)
{
    size_t cursor = 0;
    const char *word;
    json_t *list = json_array();
    enum status status = OK;

    while (status == OK && (word = option_next(arguments, "after", &cursor))) {
        char job[64];
        const char *colon = strchr(word, ':');
        int64_t id;
        snprintf(job, sizeof(job), "%.*s", (int)strcspn(word, ":"), word);
        if (colon && strcmp(colon, ":any") != 0)
            status = error_set(err, INVALID,
                               "--after wants JOB or JOB:any, got '%s'", word);
        if (status == OK)
            status = job_find(client, job, &id, err);
        if (status == OK)
            json_array_append_new(list,
                                  json_pack("{s:I, s:s}", "job", (json_int_t)id,
                                            "end", colon ? "any" : "success"));
    }
    if (status == OK && json_array_size(list) > 0)
        json_object_set(description, "after", list);
    json_decref(list);
    return status;
}

/* --from JOB[@TIME]: the weights alone; --set start.states=true adds to that.
 */
static enum status
from_apply(struct client *client, const struct arguments *arguments,
           json_t *description, struct error *err)
{
    const char *from = option_value(arguments, "from");
    char checkpoint[CHECKPOINT_SIZE];
    int64_t id;

    if (!from)
        return OK;
    enum status status = checkpoint_find(client, from, &id, checkpoint, err);
    if (status == OK)
        status = description_start(description, id, checkpoint, false, err);
    return status;
}

enum status
description_change(struct client *client, const struct arguments *arguments,
                   json_t *description, struct error *err)
{
    enum status status = texts_apply(arguments, description, err);
    if (status == OK)
        status = after_apply(client, arguments, description, err);
    if (status == OK)
        status = tags_apply(arguments, description, err);
    if (status == OK)
        status = from_apply(client, arguments, description, err);
    if (status == OK)
        status = settings_apply(client, arguments, description, err);
    return status;
}
