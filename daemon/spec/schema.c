/* schema.c - the table of fields as JSON Schema 2020-12. */
#include "spec/spec_private.h"

#include <string.h>

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
schema_number(const char *type, const struct field *field)
{
    return json_pack("{s:s, s:f, s:f}", "type", type, "minimum", field->least,
                     "maximum", field->most);
}

/* A whole number, or null. */
static json_t *
schema_nullable(const struct field *field)
{
    return json_pack("{s:[s, s], s:I, s:I}", "type", "integer", "null",
                     "minimum", (json_int_t)field->least, "maximum",
                     (json_int_t)field->most);
}

/* A list of 0 to `most` things like `item` [taken]. */
static json_t *
schema_list(int most, json_t *item)
{
    return json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems", most,
                     "items", item);
}

static json_t *
schema_many(const struct field *field)
{
    switch (field->type) {
    case FIELD_SET:
        return json_pack("{s:s, s:b, s:{s:o}}", "type", "array", "uniqueItems",
                         1, "items", "enum", schema_choices(field->choices));
    case FIELD_REALS:
        return schema_list(SPEC_LIST_MOST, schema_number("number", field));
    case FIELD_STEPS:
        return schema_list(
            SPEC_LIST_MOST,
            json_pack("{s:s, s:i, s:i, s:[o, o]}", "type", "array", "minItems",
                      2, "maxItems", 2, "prefixItems",
                      schema_number("number", field),
                      schema_number("number", field_find("learning", "eta"))));
    case FIELD_FORMULAS:
        return schema_list(SPEC_DIMENSIONS_MOST,
                           json_pack("{s:s, s:i, s:i}", "type", "string",
                                     "minLength", 1, "maxLength",
                                     SPEC_FORMULA_SIZE - 1));
    default:
        return json_pack("{s:s, s:i, s:{s:s}, s:o}", "type", "object",
                         "maxProperties", SPEC_LIST_MOST, "propertyNames",
                         "pattern", "^[A-Za-z_][A-Za-z0-9_]{0,30}$",
                         "additionalProperties",
                         schema_number("number", field));
    }
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
        return schema_number("number", field);
    case FIELD_RANGE:
        return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", 2,
                         "maxItems", 2, "items",
                         schema_number("number", field));
    case FIELD_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case FIELD_TEXT:
        return json_pack("{s:s, s:i, s:i}", "type", "string", "minLength",
                         (int)field->least, "maxLength", (int)field->most);
    case FIELD_SEED:
    case FIELD_JOB:
        return schema_nullable(field);
    case FIELD_TIME:
        return json_pack("{s:[{s:s}, o]}", "anyOf", "const", "final",
                         schema_number("number", field));
    case FIELD_UPLOAD:
        return json_pack("{s:[s, s], s:s}", "type", "string", "null", "pattern",
                         "^[0-9a-f]{64}$");
    default:
        return schema_many(field);
    }
}

/* What a value is the name of, or NULL: a program can fill in what it is. */
static const char *
schema_refers(const struct field *field)
{
    if (field->type == FIELD_JOB)
        return "job";
    return field->type == FIELD_UPLOAD ? "array" : NULL;
}

/* The systems that have this key, or NULL when all have. */
static json_t *
schema_systems(const struct field *field)
{
    json_t *names = json_array();
    if (strcmp(field->section, "system") == 0)
        for (unsigned type = 0; type < SYSTEMS; type++)
            if (system_has((enum system_type)type, field->key))
                json_array_append_new(names, json_string(system_names[type]));
    if (json_array_size(names) > 0 && json_array_size(names) < SYSTEMS)
        return names;
    json_decref(names);
    return NULL;
}

static json_t *
schema_field(const struct field *field)
{
    char title[80];
    json_t *schema = schema_type(field);
    json_t *systems = schema_systems(field);
    snprintf(title, sizeof title, "%s.%s", field->section, field->key);
    int bad = json_object_set_new(schema, "title", json_string(title));
    bad |= json_object_set_new(schema, "description", json_string(field->text));
    if (strcmp(field->unit, "1") != 0)
        bad |= json_object_set_new(schema, "x-unit", json_string(field->unit));
    if (field->value != NULL)
        bad |= json_object_set_new(
            schema, "default", json_loads(field->value, JSON_DECODE_ANY, NULL));
    if (systems != NULL)
        bad |= json_object_set_new(schema, "x-systems", systems);
    if (schema_refers(field) != NULL)
        bad |= json_object_set_new(schema, "x-refers",
                                   json_string(schema_refers(field)));
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
        " s:{s:s, s:i, s:i, s:i, s:s}, s:{s:s, s:i, s:s},"
        " s:{s:s, s:{s:s}, s:{s:s, s:i}, s:s}}",
        "preset", "enum", schema_presets(), "description",
        "fills every key that is not given; the defaults told here are "
        "those of vanderPol",                                           /**/
        "name", "type", "string", "maxLength", 128, "description",      /**/
        "what lists and plots call the job",                            /**/
        "note", "type", "string", "maxLength", 4096, "description",     /**/
        "free text",                                                    /**/
        "priority", "type", "integer", "minimum", -100, "maximum", 100, /**/
        "default", 0, "description", "higher goes first",               /**/
        "after", "type", "array", "maxItems", SPEC_AFTER_MOST, "description",
        "jobs that must be over before: their numbers, or {\"job\": N, "
        "\"end\": \"any\"} for one that need not succeed",        /**/
        "tags", "type", "object", "propertyNames", "pattern",     /**/
        "^[A-Za-z0-9._-]{1,64}$", "additionalProperties", "type", /**/
        "string", "maxLength", 256, "description", "texts to filter by");
}

/* "reference" may be the text "system", too. */
static json_t *
schema_section(const char *section)
{
    if (strcmp(section, "reference") == 0)
        return json_pack("[s, s]", "object", "string");
    return json_string("object");
}

static int
schema_add(json_t *properties, const struct field *field)
{
    json_t *section = section_of(properties, field->section);
    int bad =
        json_object_set_new(section, "type", schema_section(field->section));
    if (strcmp(field->section, "reference") == 0)
        bad |= json_object_set_new(section, "pattern", json_string("^system$"));
    bad |= json_object_set_new(section, "additionalProperties", json_false());
    bad |= json_object_set_new(section_of(section, "properties"), field->key,
                               schema_field(field));
    return bad;
}

json_t *
spec_schema(void)
{
    json_t *properties = schema_own();
    int bad = properties == NULL;
    for (size_t i = 0; i < fields_count && !bad; i++)
        bad = schema_add(properties, &fields[i]);
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
