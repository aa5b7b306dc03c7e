/* read.c - JSON becomes a struct spec, or a list of all that is wrong in it. */
#include "spec/spec_private.h"

#include <stdlib.h>
#include <string.h>

/* An unknown key: what may have been meant, here or in another section. */
static void
fault_unknown(struct faults *faults, const char *pointer, const char *section,
              const char *key)
{
    static const char *const own[] = {"preset",   "name", "tags",
                                      "priority", "note", "after"};
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

/* A key that there is, but not in this job. */
static void
fault_idle(struct faults *faults, const char *pointer,
           const struct field *field, const struct spec *spec)
{
    if (strcmp(field->section, "system") == 0)
        fault_add(faults, pointer, "%s has no \"%s\"",
                  system_names[spec->system.type], field->key);
    else if (strcmp(field->section, "rl") == 0)
        fault_add(faults, pointer, "means nothing without rl.task");
    else
        fault_add(faults, pointer,
                  "means nothing for an rl job, which has no network");
}

/* What the meaning of other keys hangs on, so it is read before them. */
static bool
is_first(const struct field *field)
{
    return field->offset == offsetof(struct spec, system.type) ||
           field->offset == offsetof(struct spec, system.variant) ||
           field->offset == offsetof(struct spec, rl.task);
}

static void
read_section(const char *section, json_t *object, struct spec *spec,
             struct faults *faults)
{
    const char *key;
    json_t *value;
    bool doubtful = fault_is_below(faults, "/system/type") ||
                    fault_is_below(faults, "/rl/task") ||
                    fault_is_below(faults, "/preset");
    json_object_foreach(object, key, value)
    {
        char parent[128], place[128];
        const struct field *field = field_find(section, key);
        pointer_join(parent, "", section);
        pointer_join(place, parent, key);
        if (field == NULL)
            fault_unknown(faults, place, section, key);
        else if (is_first(field))
            continue;
        else if (field_applies(field, spec))
            value_read(field, value, place, spec, faults);
        else if (!doubtful)
            fault_idle(faults, place, field, spec);
    }
}

static json_t *
given(const json_t *object, const char *section, const char *key)
{
    return json_object_get(json_object_get(object, section), key);
}

/* Another system, or another variant of it, comes with constants of its own. */
static void
read_first(const json_t *object, struct spec *spec, struct faults *faults)
{
    enum system_type type = spec->system.type;
    enum variant variant = spec->system.variant;
    for (size_t i = 0; i < fields_count; i++) {
        char parent[128], place[128];
        const struct field *field = &fields[i];
        const json_t *value = given(object, field->section, field->key);
        if (value == NULL || !is_first(field))
            continue;
        pointer_join(parent, "", field->section);
        pointer_join(place, parent, field->key);
        value_read(field, value, place, spec, faults);
    }
    if (!system_has_variant(spec->system.type, spec->system.variant)) {
        fault_add(faults, "/system/variant", "the paper has no \"%s\"",
                  system_names[spec->system.type]);
        spec->system.variant = VARIANT_CODE;
    }
    if (spec->system.type != type || spec->system.variant != variant)
        system_fill(spec, spec->system.type != type);
}

/* Values that go with another one unless they are given themselves. */
static void
follow(const json_t *object, struct spec *spec)
{
    bool period = given(object, "schedule", "period") != NULL;
    if (period && given(object, "schedule", "settle") == NULL)
        spec->schedule.settle = spec->schedule.period;
    if (period && given(object, "schedule", "test") == NULL)
        spec->schedule.test = 4 * spec->schedule.period;
    if (given(object, "feedback", "gain") != NULL &&
        given(object, "feedback", "gain_end") == NULL)
        spec->feedback.gain_end = spec->feedback.gain;
    if (spec->learning.plastic == PLASTIC_READOUT &&
        given(object, "start", "job") != NULL &&
        given(object, "reference", "job") == NULL &&
        !json_is_string(json_object_get(object, "reference")))
        spec->reference.job = spec->start.job;
}

void
spec_apply(const json_t *object, struct spec *spec, struct faults *faults)
{
    const char *key;
    json_t *value;
    read_first(object, spec, faults);
    json_object_foreach((json_t *)object, key, value)
    {
        char pointer[128];
        const char *text = json_string_value(value);
        pointer_join(pointer, "", key);
        if (!field_is_section(key))
            continue;
        if (json_is_object(value))
            read_section(key, value, spec, faults);
        else if (strcmp(key, "reference") == 0 && text != NULL &&
                 strcmp(text, "system") == 0)
            spec->reference.job = 0;
        else
            fault_type(faults, pointer,
                       strcmp(key, "reference") == 0 ? "\"system\" or an object"
                                                     : "an object",
                       value);
    }
    follow(object, spec);
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
        (void)text_read(value, place, ignored, 0, sizeof ignored - 1, faults);
    }
    char *text = json_dumps(tags, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL || strlen(text) >= sizeof out->tags)
        fault_add(faults, "/tags", "are too many, at most %zu bytes in all",
                  sizeof out->tags - 1);
    else
        strcpy(out->tags, text);
    free(text);
}

/* 7, or {"job": 7, "end": "any"}. */
static void
read_earlier(json_t *value, const char *place, struct submission *out,
             struct faults *faults)
{
    static const struct field number = {
        .type = FIELD_COUNT, .least = 1, .most = 9007199254740991.0};
    const json_t *end = json_object_get(value, "end");
    json_t *job = json_is_object(value) ? json_object_get(value, "job") : value;
    const char *word = end != NULL ? json_string_value(end) : "success";
    bool any_end = word != NULL && strcmp(word, "any") == 0;
    if (job == NULL || json_object_size(value) > 1 + (end != NULL))
        fault_add(faults, place, "has \"job\", and \"end\" at most");
    else if (!any_end && (word == NULL || strcmp(word, "success") != 0))
        fault_add(faults, place, "\"end\" is \"success\" or \"any\"");
    else
        count_read(&number, job, place, &out->after[out->after_count].job,
                   faults);
    out->after[out->after_count++].any_end = any_end;
}

static void
read_after(json_t *list, struct submission *out, struct faults *faults)
{
    size_t i;
    json_t *value;
    if (!json_is_array(list)) {
        fault_type(faults, "/after", "a list of jobs", list);
        return;
    }
    if (json_array_size(list) > SPEC_AFTER_MOST) {
        fault_add(faults, "/after", "has %zu jobs, at most %d",
                  json_array_size(list), SPEC_AFTER_MOST);
        return;
    }
    json_array_foreach(list, i, value)
    {
        char place[32];
        snprintf(place, sizeof place, "/after/%zu", i);
        read_earlier(value, place, out, faults);
    }
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
        (void)text_read(value, "/name", out->name, 0, sizeof out->name - 1,
                        faults);
    } else if (strcmp(key, "note") == 0) {
        (void)text_read(value, "/note", out->note, 0, sizeof out->note - 1,
                        faults);
    } else if (strcmp(key, "tags") == 0) {
        read_tags(value, out, faults);
    } else if (strcmp(key, "after") == 0) {
        read_after(value, out, faults);
    } else if (strcmp(key, "priority") == 0) {
        int64_t number = 0;
        count_read(&priority, value, "/priority", &number, faults);
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
        fault_type(faults, "/preset", "a text", name);
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
    spec_apply(object, &out->spec, faults);
    json_object_foreach((json_t *)object, key, value)
    {
        char pointer[128];
        pointer_join(pointer, "", key);
        if (!field_is_section(key) && !read_own(key, value, out, faults))
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
