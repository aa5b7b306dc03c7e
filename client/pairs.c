/* pairs.c - two objects side by side, value by value. */
#include "client/pairs.h"

#include "client/text.h"

#include <stdlib.h>
#include <string.h>

/* Puts all values of an object into `flat` under their dotted paths. */
static void
flatten(json_t *flat, const char *prefix, const json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        char path[200];
        snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", key);
        if (json_is_object(value) && json_object_size(value))
            flatten(flat, path, value);
        else
            json_object_set(flat, path, value);
    }
}

json_t *
pairs_make(const json_t *a, const json_t *b, bool all)
{
    json_t *flat_a = json_object(), *flat_b = json_object();
    json_t *keys = json_object(), *out = json_object(), *unused;
    const char *key;

    flatten(flat_a, "", a);
    flatten(flat_b, "", b);
    json_object_update(keys, flat_a);
    json_object_update(keys, flat_b);
    json_object_foreach(keys, key, unused)
    {
        json_t *one = json_object_get(flat_a, key);
        json_t *other = json_object_get(flat_b, key);
        if (all || !one || !other || !json_equal(one, other))
            json_object_set_new(out, key, json_pack("[O?, O?]", one, other));
    }
    json_decref(flat_a);
    json_decref(flat_b);
    json_decref(keys);
    return out;
}

void
cell_value(struct table *table, const json_t *value, bool exact)
{
    char text[64];

    if (!value || json_is_null(value)) {
        table_cell(table, "-");
        return;
    }
    if (json_is_number(value) && !exact) {
        table_cell(table,
                   number_text(json_number_value(value), text, sizeof(text)));
        return;
    }
    char *all =
        json_is_string(value)
            ? strdup(json_string_value(value))
            : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    table_cell(table, all ? all : "");
    free(all);
}

void
pairs_fill(struct table *table, const json_t *pairs)
{
    const char *key;
    json_t *pair;

    json_object_foreach((json_t *)pairs, key, pair)
    {
        table_cell(table, key);
        cell_value(table, json_array_get(pair, 0), true);
        cell_value(table, json_array_get(pair, 1), true);
    }
}
