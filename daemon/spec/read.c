/* read.c - JSON becomes a struct spec, or a list of all that is wrong in it. */
#include "spec/spec_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *
type_words(enum field_type type)
{
    static const char *const words[] = {
        [FIELD_CHOICE] = "a name",
        [FIELD_COUNT] = "a whole number",
        [FIELD_REAL] = "a number",
        [FIELD_RANGE] = "two numbers, [least, most]",
        [FIELD_BOOL] = "true or false",
        [FIELD_TEXT] = "a text",
    };
    return words[type];
}

static void
fault_type(struct faults *faults, const char *pointer, const char *wanted,
           const json_t *value)
{
    char given[64];
    value_describe(value, given, sizeof given);
    fault_add(faults, pointer, "must be %s, is %s", wanted, given);
}

/* A number within the limits of its field. */
static bool
read_number(const struct field *field, const json_t *value, const char *pointer,
            double *out, struct faults *faults)
{
    char given[64];
    double number = json_number_value(value);
    if (!json_is_number(value)) {
        fault_type(faults, pointer, "a number", value);
        return false;
    }
    if (!(number >= field->least && number <= field->most)) {
        value_describe(value, given, sizeof given);
        fault_add(faults, pointer, "must be from %.15g to %.15g, is %s",
                  field->least, field->most, given);
        return false;
    }
    *out = number;
    return true;
}

static void
read_count(const struct field *field, const json_t *value, const char *pointer,
           int64_t *out, struct faults *faults)
{
    double number;
    if (!json_is_number(value)) {
        fault_type(faults, pointer, type_words(field->type), value);
        return;
    }
    if (!read_number(field, value, pointer, &number, faults))
        return;
    if (number != floor(number)) {
        fault_type(faults, pointer, type_words(field->type), value);
        return;
    }
    *out = (int64_t)number;
}

static void
read_range(const struct field *field, const json_t *value, const char *pointer,
           double out[2], struct faults *faults)
{
    double range[2];
    bool good = true;
    if (!json_is_array(value) || json_array_size(value) != 2) {
        fault_type(faults, pointer, type_words(field->type), value);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        char place[128];
        pointer_join(place, pointer, i == 0 ? "0" : "1");
        if (!read_number(field, json_array_get(value, i), place, &range[i],
                         faults))
            good = false;
    }
    if (good && !(range[0] < range[1])) {
        fault_add(faults, pointer,
                  "the first must be less than the second, "
                  "they are %.15g and %.15g",
                  range[0], range[1]);
        good = false;
    }
    if (good)
        memcpy(out, range, sizeof range);
}

static void
read_choice(const struct field *field, const json_t *value, const char *pointer,
            void *out, struct faults *faults)
{
    char given[64];
    char names[160] = "";
    const char *text = json_string_value(value);
    for (unsigned i = 0; field->choices[i] != NULL; i++) {
        if (text != NULL && strcmp(field->choices[i], text) == 0) {
            memcpy(out, &i, sizeof i);
            return;
        }
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s\"%s\"",
                 i == 0 ? "" : ", ", field->choices[i]);
    }
    value_describe(value, given, sizeof given);
    fault_add(faults, pointer, "must be one of %s, is %s", names, given);
}

/* A text without control characters; `most` does not count the final zero. */
static void
read_text(const json_t *value, const char *pointer, char *out, size_t least,
          size_t most, struct faults *faults)
{
    const char *text = json_string_value(value);
    if (text == NULL) {
        fault_type(faults, pointer, type_words(FIELD_TEXT), value);
        return;
    }
    size_t length = json_string_length(value);
    if (length < least || length > most) {
        fault_add(faults, pointer, "must have from %zu to %zu bytes, has %zu",
                  least, most, length);
        return;
    }
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\n' &&
            text[i] != '\t') {
            fault_add(faults, pointer, "must not have control characters");
            return;
        }
    memcpy(out, text, length + 1);
}

static void
read_field(const struct field *field, const json_t *value, const char *pointer,
           struct spec *spec, struct faults *faults)
{
    void *out = (char *)spec + field->offset;
    switch (field->type) {
    case FIELD_CHOICE:
        read_choice(field, value, pointer, out, faults);
        return;
    case FIELD_COUNT:
        read_count(field, value, pointer, out, faults);
        return;
    case FIELD_REAL:
        (void)read_number(field, value, pointer, out, faults);
        return;
    case FIELD_RANGE:
        read_range(field, value, pointer, out, faults);
        return;
    case FIELD_BOOL:
        if (json_is_boolean(value))
            *(bool *)out = json_is_true(value);
        else
            fault_type(faults, pointer, type_words(field->type), value);
        return;
    case FIELD_TEXT:
        read_text(value, pointer, out, (size_t)field->least,
                  (size_t)field->most, faults);
        return;
    }
}

/* An unknown key: what may have been meant, here or in another section. */
static void
fault_unknown(struct faults *faults, const char *pointer, const char *section,
              const char *key)
{
    static const char *const own[] = {"preset", "name", "tags", "priority",
                                      "note"};
    struct guess guess = {.word = key};
    for (size_t i = 0; i < fields_count; i++) {
        if (section == NULL)
            guess_offer(&guess, fields[i].section);
        else if (strcmp(section, fields[i].section) == 0)
            guess_offer(&guess, fields[i].key);
    }
    for (size_t i = 0; section == NULL && i < ARRAY_LENGTH(own); i++)
        guess_offer(&guess, own[i]);
    for (size_t i = 0; guess.best == NULL && i < fields_count; i++)
        if (strcmp(fields[i].key, key) == 0) {
            fault_add(faults, pointer, "unknown key, did you mean \"%s.%s\"?",
                      fields[i].section, key);
            return;
        }
    if (guess.best != NULL)
        fault_add(faults, pointer, "unknown key, did you mean \"%s\"?",
                  guess.best);
    else
        fault_add(faults, pointer, "unknown key");
}

static void
read_section(const char *section, json_t *object, const char *pointer,
             struct spec *spec, struct faults *faults)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object)) {
        fault_type(faults, pointer, "an object", object);
        return;
    }
    json_object_foreach(object, key, value)
    {
        char place[128];
        const struct field *field = field_find(section, key);
        pointer_join(place, pointer, key);
        if (field == NULL)
            fault_unknown(faults, place, section, key);
        else
            read_field(field, value, place, spec, faults);
    }
}

static bool
is_tag_key(const char *key)
{
    size_t length = strlen(key);
    return length >= 1 && length <= 64 &&
           strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789._-") == length;
}

static void
read_tags(json_t *tags, struct submission *out, struct faults *faults)
{
    const char *key;
    json_t *value;
    char ignored[257];
    if (!json_is_object(tags)) {
        fault_type(faults, "/tags", "an object of texts", tags);
        return;
    }
    json_object_foreach(tags, key, value)
    {
        char place[128];
        pointer_join(place, "/tags", key);
        if (!is_tag_key(key))
            fault_add(faults, place,
                      "a tag's name has 1 to 64 letters, "
                      "digits, dots, dashes and underscores");
        read_text(value, place, ignored, 0, sizeof ignored - 1, faults);
    }
    char *text = json_dumps(tags, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL || strlen(text) >= sizeof out->tags)
        fault_add(faults, "/tags", "are too many, at most %zu bytes in all",
                  sizeof out->tags - 1);
    else
        strcpy(out->tags, text);
    free(text);
}

/* What belongs to the job and not to its spec. False: no such key. */
static bool
read_own(const char *key, json_t *value, struct submission *out,
         struct faults *faults)
{
    static const struct field priority = {
        .type = FIELD_COUNT, .least = -100, .most = 100};
    if (strcmp(key, "preset") == 0)
        return true; /* spec_from_json() has it */
    if (strcmp(key, "name") == 0) {
        read_text(value, "/name", out->name, 0, sizeof out->name - 1, faults);
    } else if (strcmp(key, "note") == 0) {
        read_text(value, "/note", out->note, 0, sizeof out->note - 1, faults);
    } else if (strcmp(key, "tags") == 0) {
        read_tags(value, out, faults);
    } else if (strcmp(key, "priority") == 0) {
        int64_t number = 0;
        read_count(&priority, value, "/priority", &number, faults);
        out->priority = (int)number;
    } else {
        return false;
    }
    return true;
}

/* An unknown preset is one fault, and the first preset stands in so that the
 * other faults are found as well. */
static void
read_preset(const json_t *object, struct spec *spec, struct faults *faults)
{
    struct error err;
    const json_t *name = json_object_get(object, "preset");
    if (name == NULL)
        fault_add(faults, "/preset", "is missing, for example \"%s\"",
                  preset_name(0));
    else if (!json_is_string(name))
        fault_type(faults, "/preset", type_words(FIELD_TEXT), name);
    else if (preset_spec(json_string_value(name), spec, &err) != OK)
        fault_add(faults, "/preset", "%s", err.text);
    else
        return;
    if (preset_spec(preset_name(0), spec, NULL) != OK)
        memset(spec, 0, sizeof *spec);
}

enum status
spec_from_json(const json_t *object, struct submission *out,
               struct faults *faults)
{
    const char *key;
    json_t *value;
    memset(out, 0, sizeof *out);
    faults->count = faults->more = 0;
    strcpy(out->tags, "{}");
    if (!json_is_object(object)) {
        fault_type(faults, "", "an object", object);
        return INVALID;
    }
    read_preset(object, &out->spec, faults);
    json_object_foreach((json_t *)object, key, value)
    {
        char pointer[128];
        pointer_join(pointer, "", key);
        if (field_is_section(key))
            read_section(key, value, pointer, &out->spec, faults);
        else if (!read_own(key, value, out, faults))
            fault_unknown(faults, pointer, NULL, key);
    }
    spec_check(&out->spec, faults);
    return faults->count == 0 ? OK : INVALID;
}

enum status
spec_from_text(const char *text, struct spec *out, struct error *err)
{
    json_t *json = NULL;
    struct error why = {.text = ""};
    struct submission *submission = memory_array(1, sizeof *submission);
    struct faults *faults = memory_array(1, sizeof *faults);
    enum status status = OK;
    if (submission == NULL || faults == NULL)
        status = error_set(err, NO_MEMORY, "no memory to read a spec");
    else if (spec_check_text(text, strlen(text), &json, &why) != OK)
        status = error_set(err, CORRUPT, "spec: %s", why.text);
    else if (spec_from_json(json, submission, faults) != OK)
        status = error_set(err, CORRUPT, "spec: %s %s", faults->list[0].pointer,
                           faults->list[0].detail);
    else
        *out = submission->spec;
    json_decref(json);
    free(submission);
    free(faults);
    return status;
}
