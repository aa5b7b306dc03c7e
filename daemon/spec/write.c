/* write.c - the way out: a spec as JSON, and the table of fields as JSON
 * Schema. */
#include "spec/spec_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *
field_to_json(const struct field *field, const struct spec *spec)
{
    const void *at = (const char *)spec + field->offset;
    const double *real = at;
    unsigned choice;
    switch (field->type) {
    case FIELD_CHOICE:
        memcpy(&choice, at, sizeof choice);
        return json_string(field->choices[choice]);
    case FIELD_COUNT:
        return json_integer(*(const int64_t *)at);
    case FIELD_REAL:
        return json_real(*real);
    case FIELD_RANGE:
        return json_pack("[f, f]", real[0], real[1]);
    case FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case FIELD_TEXT:
        return json_string(at);
    }
    return NULL;
}

/* The object of a section in `parent`, made when it is not there [borrowed]. */
static json_t *
section_of(json_t *parent, const char *section)
{
    json_t *object = json_object_get(parent, section);
    if (object == NULL) {
        if (json_object_set_new(parent, section, json_object()) != 0)
            return NULL;
        object = json_object_get(parent, section);
    }
    return object;
}

json_t *
spec_to_json(const struct spec *spec)
{
    json_t *out = json_object();
    int bad = json_object_set_new(out, "preset", json_string(spec->preset));
    for (size_t i = 0; i < fields_count && bad == 0; i++)
        bad =
            json_object_set_new(section_of(out, fields[i].section),
                                fields[i].key, field_to_json(&fields[i], spec));
    if (bad == 0)
        return out;
    json_decref(out);
    return NULL;
}

char *
spec_to_text(const struct spec *spec)
{
    json_t *json = spec_to_json(spec);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static json_t *
schema_choices(const char *const *choices)
{
    json_t *names = json_array();
    for (size_t i = 0; choices[i] != NULL; i++)
        if (json_array_append_new(names, json_string(choices[i])) != 0) {
            json_decref(names);
            return NULL;
        }
    return names;
}

static json_t *
schema_type(const struct field *field)
{
    switch (field->type) {
    case FIELD_CHOICE:
        return json_pack("{s:o}", "enum", schema_choices(field->choices));
    case FIELD_COUNT:
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
                         (json_int_t)field->least, "maximum",
                         (json_int_t)field->most);
    case FIELD_REAL:
        return json_pack("{s:s, s:f, s:f}", "type", "number", "minimum",
                         field->least, "maximum", field->most);
    case FIELD_RANGE:
        return json_pack("{s:s, s:i, s:i, s:{s:s, s:f, s:f}}", "type", "array",
                         "minItems", 2, "maxItems", 2, "items", "type",
                         "number", "minimum", field->least, "maximum",
                         field->most);
    case FIELD_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case FIELD_TEXT:
        return json_pack("{s:s, s:i, s:i}", "type", "string", "minLength",
                         (int)field->least, "maxLength", (int)field->most);
    }
    return NULL;
}

json_t *
field_default(const struct field *field)
{
    struct spec spec;
    json_t *common = NULL;
    for (size_t i = 0; preset_name(i) != NULL; i++) {
        if (preset_spec(preset_name(i), &spec, NULL) != OK)
            continue;
        json_t *value = field_to_json(field, &spec);
        bool same = common == NULL || json_equal(common, value);
        json_decref(common);
        common = value;
        if (!same) {
            json_decref(common);
            return NULL;
        }
    }
    return common;
}

static json_t *
schema_field(const struct field *field)
{
    char title[80];
    json_t *schema = schema_type(field);
    json_t *value = field_default(field);
    snprintf(title, sizeof title, "%s.%s", field->section, field->key);
    int bad = json_object_set_new(schema, "title", json_string(title));
    bad |= json_object_set_new(schema, "description", json_string(field->text));
    if (strcmp(field->unit, "1") != 0)
        bad |= json_object_set_new(schema, "x-unit", json_string(field->unit));
    if (value != NULL)
        bad |= json_object_set_new(schema, "default", value);
    if (bad == 0)
        return schema;
    json_decref(schema);
    return NULL;
}

static json_t *
schema_presets(void)
{
    json_t *names = json_array();
    for (size_t i = 0; preset_name(i) != NULL; i++)
        if (json_array_append_new(names, json_string(preset_name(i))) != 0) {
            json_decref(names);
            return NULL;
        }
    return names;
}

/* The keys that stand beside the sections. */
static json_t *
schema_own(void)
{
    return json_pack(
        "{s:{s:o, s:s}, s:{s:s, s:i, s:s}, s:{s:s, s:i, s:s},"
        " s:{s:s, s:i, s:i, s:i, s:s},"
        " s:{s:s, s:{s:s}, s:{s:s, s:i}, s:s}}",
        "preset", "enum", schema_presets(), "description",
        "fills every key that is not given",                            /**/
        "name", "type", "string", "maxLength", 128, "description",      /**/
        "what lists and plots call the job",                            /**/
        "note", "type", "string", "maxLength", 4096, "description",     /**/
        "free text",                                                    /**/
        "priority", "type", "integer", "minimum", -100, "maximum", 100, /**/
        "default", 0, "description", "higher goes first",               /**/
        "tags", "type", "object", "propertyNames", "pattern",           /**/
        "^[A-Za-z0-9._-]{1,64}$", "additionalProperties", "type",       /**/
        "string", "maxLength", 256, "description", "texts to filter by");
}

json_t *
spec_schema(void)
{
    json_t *properties = schema_own();
    int bad = properties == NULL;
    for (size_t i = 0; i < fields_count && !bad; i++) {
        json_t *section = section_of(properties, fields[i].section);
        bad = json_object_set_new(section, "type", json_string("object"));
        bad |=
            json_object_set_new(section, "additionalProperties", json_false());
        bad |= json_object_set_new(section_of(section, "properties"),
                                   fields[i].key, schema_field(&fields[i]));
    }
    json_t *schema =
        bad ? NULL
            : json_pack("{s:s, s:s, s:s, s:s, s:b, s:[s], s:O}", "$schema",
                        "https://json-schema.org/draft/2020-12/schema", "title",
                        "job", "description", "what POST /api/v1/jobs takes",
                        "type", "object", "additionalProperties", 0, "required",
                        "preset", "properties", properties);
    json_decref(properties);
    return schema;
}
