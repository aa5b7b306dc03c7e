/* keys.c - what a description may say, from the server's own schema, so that a
 * new key needs no new client; and `follow keys`, which shows it. */
#include "client/keys.h"

#include "client/client.h"
#include "client/pairs.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "/api/v1/schema/job"

static const char *
last_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

void
keys_collect(struct keys *keys, const json_t *schema, const char *prefix)
{
    json_t *properties = json_object_get(schema, "properties"), *property;
    const char *name;

    json_object_foreach(properties, name, property)
    {
        if (keys->count == KEYS_MOST)
            return;
        char path[KEY_SIZE];
        snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "",
                 name);
        keys->schemas[keys->count] = property;
        strcpy(keys->paths[keys->count++], path);
        keys_collect(keys, property, path);
    }
}

static enum status
key_unknown(const struct keys *keys, const char *key, struct error *err)
{
    const char **names = memory_array(2 * keys->count + 1, sizeof(*names));
    enum status status;

    if (!names)
        return error_set(err, NO_MEMORY, "out of memory");
    for (size_t i = 0; i < keys->count; i++) {
        names[i] = keys->paths[i];
        names[keys->count + i] = last_name(keys->paths[i]);
    }
    const char *near = nearest_name(key, names);
    status = near ? error_set(err, INVALID, "no key '%s'; did you mean '%s'?",
                              key, near)
                  : error_set(err, INVALID, "no key '%s'", key);
    free(names);
    return status;
}

enum status
key_find(const struct keys *keys, const char *key, size_t *index,
         struct error *err)
{
    char which[400] = "";
    size_t found = 0;

    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->paths[i], key) == 0) {
            *index = i;
            return OK;
        }
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(last_name(keys->paths[i]), key) != 0)
            continue;
        size_t length = strlen(which);
        snprintf(which + length, sizeof(which) - length, "%s%s",
                 found ? ", " : "", keys->paths[i]);
        *index = i;
        found++;
    }
    if (found == 1)
        return OK;
    if (found > 1)
        return error_set(err, INVALID,
                         "'%s' could be any of %s; give the whole name", key,
                         which);
    return key_unknown(keys, key, err);
}

/* ---- follow keys -------------------------------------------------------- */

static bool
key_has(const char *path, const json_t *schema, const char *word)
{
    return !word || strcasestr(path, word) ||
           strcasestr(json_text(schema, "description"), word);
}

/* How many keys have the word, by name or description. */
static size_t
table_show(const struct keys *keys, const char *word)
{
    static const char *const heads[] = {"<KEY", "?<DEFAULT", "?<UNIT",
                                        "<DESCRIPTION", NULL};
    struct table table;
    struct look look;
    size_t count = 0;

    look_at(stdout, &look);
    table_start(&table, heads, 3);
    for (size_t i = 0; i < keys->count; i++) {
        const json_t *schema = keys->schemas[i];
        if (json_object_get(schema, "properties") ||
            !key_has(keys->paths[i], schema, word))
            continue;
        table_cell(&table, keys->paths[i]);
        cell_value(&table, json_object_get(schema, "default"), false);
        table_cell(&table, json_text(schema, "x-unit"));
        table_cell(&table, json_text(schema, "description"));
        count++;
    }
    if (count)
        table_print(&table, stdout, &look);
    table_free(&table);
    return count;
}

/* Everything that the schema says of one key, a line each. */
static void
key_show(const char *path, const json_t *schema)
{
    static const char *const lines[][2] = {
        {"description", ""},  {"default", "default"}, {"x-unit", "unit"},
        {"type", "type"},     {"minimum", "least"},   {"maximum", "most"},
        {"maxItems", "size"}, {"x-systems", "of"}};
    const char *heads[] = {"<KEY", NULL, NULL};
    char head[KEY_SIZE + 1];
    struct table table;
    struct look look = {0}; /* no terminal: nothing is cut */
    json_t *value;
    size_t i;

    snprintf(head, sizeof(head), "<%s", path);
    heads[1] = head;
    table_start(&table, heads, 1);
    for (i = 0; i < ARRAY_LENGTH(lines); i++) {
        if (!(value = json_object_get(schema, lines[i][0])))
            continue;
        table_cell(&table, lines[i][1]);
        cell_value(&table, value, true);
    }
    json_array_foreach(json_object_get(schema, "enum"), i, value)
    {
        table_cell(&table, i ? "" : "one of");
        cell_value(&table, value, true);
    }
    table_print(&table, stdout, &look);
    table_free(&table);
}

/* NOT_FOUND where no key has the word. */
static enum status
keys_show(const struct keys *keys, const char *word, struct error *err)
{
    size_t index = 0;

    if (word && key_find(keys, word, &index, err) == OK &&
        !json_object_get(keys->schemas[index], "properties"))
        key_show(keys->paths[index], keys->schemas[index]);
    else if (table_show(keys, word) == 0)
        return NOT_FOUND;
    return OK;
}

enum outcome
keys_run(struct client *client, const struct arguments *arguments)
{
    const char *word = arguments->word_count ? arguments->words[0] : NULL;
    json_t *schema = NULL;
    struct error err;

    if (client->json)
        return result_print(client, SCHEMA);
    struct keys *keys = memory_array(1, sizeof(*keys));
    enum status status = keys ? client_get(client, &schema, &err, SCHEMA)
                              : error_set(&err, NO_MEMORY, "out of memory");

    if (status == OK) {
        keys_collect(keys, schema, "");
        status = keys_show(keys, word, &err);
    }
    json_decref(schema);
    free(keys);
    return status == OK ? DONE : client_fail(client, status, &err);
}
