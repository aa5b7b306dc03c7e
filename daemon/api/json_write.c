/* json_write.c - JSON as text. The library writes 0.1 as 0.10000000000000001;
 * people read these answers, and programs must get the same number back. */
#include "api/json.h"

#include <stdlib.h>
#include <string.h>

void
number_text(double value, char out[NUMBER_SIZE])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return;
    }
}

static enum status
write_real(double value, struct bytes *out)
{
    char text[NUMBER_SIZE];
    number_text(value, text);
    enum status status = bytes_append(out, text, strlen(text));
    if (status == OK && !strpbrk(text, ".e")) /* stays a real when read */
        status = bytes_append(out, ".0", 2);
    return status;
}

/* Everything but numbers and what holds them is left to the library. */
static enum status
write_scalar(const json_t *json, struct bytes *out)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    enum status status =
        text ? bytes_append(out, text, strlen(text)) : NO_MEMORY;
    free(text);
    return status;
}

static enum status
write_key(const char *key, bool first, struct bytes *out)
{
    json_t *name = json_string(key);
    enum status status = first ? OK : bytes_append(out, ",", 1);
    if (status == OK)
        status = name ? write_scalar(name, out) : NO_MEMORY;
    json_decref(name);
    return status ? status : bytes_append(out, ":", 1);
}

static enum status
write_object(const json_t *object, struct bytes *out)
{
    const char *key;
    json_t *value;
    bool first = true;
    enum status status = bytes_append(out, "{", 1);
    json_object_foreach((json_t *)object, key, value)
    {
        if (status == OK)
            status = write_key(key, first, out);
        if (status == OK)
            status = json_write(value, out);
        first = false;
    }
    return status ? status : bytes_append(out, "}", 1);
}

static enum status
write_array(const json_t *array, struct bytes *out)
{
    size_t index;
    json_t *value;
    enum status status = bytes_append(out, "[", 1);
    json_array_foreach(array, index, value)
    {
        if (status == OK && index)
            status = bytes_append(out, ",", 1);
        if (status == OK)
            status = json_write(value, out);
    }
    return status ? status : bytes_append(out, "]", 1);
}

enum status
json_write(const json_t *json, struct bytes *out)
{
    if (json_is_object(json))
        return write_object(json, out);
    if (json_is_array(json))
        return write_array(json, out);
    if (json_is_real(json))
        return write_real(json_real_value(json), out);
    return write_scalar(json, out);
}
