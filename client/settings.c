/* settings.c - `--set key=value`, against the server's own schema.
 *
 * The schema says which keys there are, so a new one needs no new client: a
 * dotted path, or a last name that only one path has, or a mistake that is
 * told with the nearest name. The value is JSON where that makes sense and text
 * where the schema wants text (nengo=2.4 is the text "2.4"). Where it wants an
 * uploaded array, @FILE uploads one; where it wants a job, it is named as
 * everywhere. */
#include "client/client.h"

#include "client/keys.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MOST 500 /* of one key, as of a sweep */

/* Whether the schema takes text and nothing else. */
static bool
wants_text(const json_t *schema)
{
    const json_t *choices = json_object_get(schema, "enum");
    const char *type = json_text(schema, "type");

    return strcmp(type, "string") == 0 ||
           json_is_string(json_array_get(choices, 0));
}

static json_t *
value_plain(const char *text, const json_t *schema)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    if (value && (json_is_string(value) || !wants_text(schema)))
        return value;
    json_decref(value);
    return json_string(text);
}

static enum status
value_parse(struct client *client, const char *text, const json_t *schema,
            json_t **out, struct error *err)
{
    const char *refers = json_text(schema, "x-refers");
    char sha256[SHA256_HEX_SIZE];
    int64_t job;
    enum status status;

    *out = NULL;
    if (strcmp(refers, "array") == 0 && *text == '@') {
        status = array_upload(client, text + 1, sha256, NULL, err);
        if (status == OK)
            *out = json_string(sha256);
        return status;
    }
    *out = value_plain(text, schema);
    if (strcmp(refers, "job") != 0 || !json_is_string(*out))
        return *out ? OK : error_set(err, INVALID, "--set: no valid UTF-8");
    json_decref(*out);
    status = job_find(client, text, &job, err);
    *out = status == OK ? json_integer(job) : NULL;
    return status;
}

/* Puts `value` [taken] at a dotted path, making the objects on the way. */
static enum status
value_put(json_t *object, const char *path, json_t *value, struct error *err)
{
    for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
        char key[KEY_SIZE];
        snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
        if (!json_is_object(json_object_get(object, key)))
            json_object_set_new(object, key, json_object());
        object = json_object_get(object, key);
    }
    if (json_object_set_new(object, path, value) == 0)
        return OK;
    return error_set(err, INVALID, "--set %s: no valid UTF-8", path);
}

/* What stands before `=`, found among the keys of the schema. */
static enum status
setting_key(const json_t *schema, const char *setting, struct keys **keys,
            size_t *index, struct error *err)
{
    const char *equals = strchr(setting, '=');
    char key[KEY_SIZE];

    *keys = NULL;
    if (!equals || equals == setting || equals - setting >= KEY_SIZE)
        return error_set(err, INVALID, "--set wants key=value, got '%s'",
                         setting);
    *keys = memory_array(1, sizeof(**keys));
    if (!*keys)
        return error_set(err, NO_MEMORY, "out of memory");
    snprintf(key, sizeof(key), "%.*s", (int)(equals - setting), setting);
    keys_collect(*keys, schema, "");
    enum status status = key_find(*keys, key, index, err);
    if (status != OK)
        error_prefix(err, "--set: ");
    return status;
}

/* ---- several values ----------------------------------------------------- */

/* a..b, whole numbers; false when the text is none of that. */
static bool
range_read(const char *text, int64_t *first, int64_t *last)
{
    char *end;

    *first = strtoll(text, &end, 10);
    if (end == text || strncmp(end, "..", 2) != 0)
        return false;
    text = end + 2;
    *last = strtoll(text, &end, 10);
    return end != text && *end == '\0';
}

/* Bytes before the next comma that stands in no brackets and no quotes. */
static size_t
value_length(const char *text)
{
    const char *at = text;
    bool quoted = false;

    for (int depth = 0; *at && (*at != ',' || depth > 0 || quoted); at++) {
        quoted ^= *at == '"';
        depth += !quoted && (*at == '[' || *at == '{');
        depth -= !quoted && (*at == ']' || *at == '}');
    }
    return (size_t)(at - text);
}

static enum status
range_add(int64_t first, int64_t last, json_t *values, struct error *err)
{
    if (last < first || last - first >= VALUES_MOST)
        return error_set(err, INVALID,
                         "--set: %" PRId64 "..%" PRId64
                         " is no range of 1 to %d numbers",
                         first, last, VALUES_MOST);
    for (int64_t value = first; value <= last; value++)
        json_array_append_new(values, json_integer(value));
    return OK;
}

static enum status
values_read(struct client *client, const char *text, const json_t *schema,
            json_t *values, struct error *err)
{
    int64_t first, last;
    enum status status = OK;

    if (range_read(text, &first, &last))
        return range_add(first, last, values, err);
    for (bool more = true; status == OK && more;) {
        size_t length = value_length(text);
        char *one = strndup(text, length);
        json_t *value = NULL;
        status = one ? value_parse(client, one, schema, &value, err)
                     : error_set(err, NO_MEMORY, "out of memory");
        if (status == OK)
            json_array_append_new(values, value);
        free(one);
        more = text[length] == ',';
        text += length + more;
    }
    return status;
}

enum status
setting_spread(struct client *client, json_t *axes, const json_t *schema,
               const char *setting, struct error *err)
{
    struct keys *keys;
    size_t index = 0;
    json_t *values = json_array();
    enum status status = setting_key(schema, setting, &keys, &index, err);

    if (status == OK)
        status = values_read(client, strchr(setting, '=') + 1,
                             keys->schemas[index], values, err);
    if (status == OK)
        json_object_set(axes, keys->paths[index], values);
    json_decref(values);
    free(keys);
    return status;
}

bool
setting_is_spread(const char *setting)
{
    const char *equals = strchr(setting, '=');
    int64_t first, last;

    return equals && (range_read(equals + 1, &first, &last) ||
                      equals[1 + value_length(equals + 1)] == ',');
}

/* ---- one value ---------------------------------------------------------- */

enum status
setting_apply(struct client *client, json_t *description, const json_t *schema,
              const char *setting, struct error *err)
{
    struct keys *keys;
    size_t index = 0;
    json_t *value;
    enum status status = setting_key(schema, setting, &keys, &index, err);

    if (status == OK)
        status = value_parse(client, strchr(setting, '=') + 1,
                             keys->schemas[index], &value, err);
    if (status == OK)
        status = value_put(description, keys->paths[index], value, err);
    free(keys);
    return status;
}
