/* write.c - the way out: a spec as JSON. */
#include "spec/spec_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- values that are many ----------------------------------------------- */

/* Appends `value` [taken]; the list is NULL once there was no memory. */
static json_t *
list_add(json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) == 0)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *
reals_to_json(const struct real_list *list)
{
    json_t *json = json_array();
    for (int64_t i = 0; i < list->count; i++)
        json = list_add(json, json_real(list->at[i]));
    return json;
}

static json_t *
steps_to_json(const struct eta_schedule *steps)
{
    json_t *json = json_array();
    for (int64_t i = 0; i < steps->count; i++)
        json =
            list_add(json, json_pack("[f, f]", steps->time[i], steps->eta[i]));
    return json;
}

static json_t *
set_to_json(const char *const *choices, int64_t set)
{
    json_t *json = json_array();
    for (unsigned i = 0; choices[i] != NULL; i++)
        if ((set & INT64_C(1) << i) != 0)
            json = list_add(json, json_string(choices[i]));
    return json;
}

static json_t *
formulas_to_json(const struct spec *spec)
{
    json_t *json = json_array();
    for (size_t i = 0;
         i < SPEC_DIMENSIONS_MOST && spec->system.expressions[i][0] != '\0';
         i++)
        json = list_add(json, json_string(spec->system.expressions[i]));
    return json;
}

static json_t *
constants_to_json(const struct spec *spec)
{
    const struct real_list *list = &spec->system.constants;
    json_t *json = json_object();
    for (int64_t i = 0; i < list->count; i++)
        if (json_object_set_new(json, spec->system.constant_names[i],
                                json_real(list->at[i])) != 0) {
            json_decref(json);
            return NULL;
        }
    return json;
}

/* ---- one value ---------------------------------------------------------- */

json_t *
field_to_json(const struct field *field, const struct spec *spec)
{
    const void *at = (const char *)spec + field->offset;
    const char *text = at;
    const double *real = at;
    const int64_t *whole = at;
    unsigned choice;
    switch (field->type) {
    case FIELD_CHOICE:
        memcpy(&choice, at, sizeof choice);
        return json_string(field->choices[choice]);
    case FIELD_COUNT:
        return json_integer(*whole);
    case FIELD_REAL:
        return json_real(*real);
    case FIELD_RANGE:
        return json_pack("[f, f]", real[0], real[1]);
    case FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case FIELD_TEXT:
        return json_string(text);
    case FIELD_SEED:
        return *whole >= 0 ? json_integer(*whole) : json_null();
    case FIELD_JOB:
        return *whole > 0 ? json_integer(*whole) : json_null();
    case FIELD_TIME:
        return *real >= 0 ? json_real(*real) : json_string("final");
    case FIELD_UPLOAD:
        return text[0] != '\0' ? json_string(text) : json_null();
    case FIELD_SET:
        return set_to_json(field->choices, *whole);
    case FIELD_REALS:
        return reals_to_json(at);
    case FIELD_STEPS:
        return steps_to_json(at);
    case FIELD_FORMULAS:
        return formulas_to_json(spec);
    case FIELD_CONSTANTS:
        return constants_to_json(spec);
    }
    return NULL;
}

/* ---- the whole ---------------------------------------------------------- */

json_t *
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
        if (field_applies(&fields[i], spec))
            bad = json_object_set_new(section_of(out, fields[i].section),
                                      fields[i].key,
                                      field_to_json(&fields[i], spec));
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
