/* read_values.c - one value of JSON into its place, or a fault that names what
 * was wanted and what was given. */
#include "spec/spec_private.h"

#include <math.h>
#include <string.h>

bool
real_read(const struct field *field, const json_t *value, const char *pointer,
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

void
count_read(const struct field *field, const json_t *value, const char *pointer,
           int64_t *out, struct faults *faults)
{
    double number;
    if (!json_is_number(value)) {
        fault_type(faults, pointer, "a whole number", value);
        return;
    }
    if (!real_read(field, value, pointer, &number, faults))
        return;
    if (number != floor(number)) {
        fault_type(faults, pointer, "a whole number", value);
        return;
    }
    *out = (int64_t)number;
}

/* A count, or null for what `none` stands for. */
static void
nullable_read(const struct field *field, const json_t *value,
              const char *pointer, int64_t none, int64_t *out,
              struct faults *faults)
{
    if (json_is_null(value))
        *out = none;
    else if (json_is_number(value))
        count_read(field, value, pointer, out, faults);
    else
        fault_type(faults, pointer, "a whole number or null", value);
}

static void
range_read(const struct field *field, const json_t *value, const char *pointer,
           double out[2], struct faults *faults)
{
    double range[2];
    bool good = true;
    if (!json_is_array(value) || json_array_size(value) != 2) {
        fault_type(faults, pointer, "two numbers, [least, most]", value);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        char place[128];
        pointer_join(place, pointer, i == 0 ? "0" : "1");
        if (!real_read(field, json_array_get(value, i), place, &range[i],
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

/* Tells the names there are or, where they are many, the nearest. */
static void
fault_choice(struct faults *faults, const char *pointer,
             const char *const *choices, const json_t *value)
{
    char given[64];
    char names[128] = "";
    struct guess guess = {.word = json_string_value(value)};
    size_t used = 0;
    value_describe(value, given, sizeof given);
    for (size_t i = 0; choices[i] != NULL; i++) {
        if (used < sizeof names)
            used +=
                (size_t)snprintf(names + used, sizeof names - used, "%s\"%s\"",
                                 i == 0 ? "" : ", ", choices[i]);
        if (guess.word != NULL)
            guess_offer(&guess, choices[i]);
    }
    if (used < sizeof names)
        fault_add(faults, pointer, "must be one of %s, is %s", names, given);
    else if (guess.best != NULL)
        fault_add(faults, pointer, "there is no %s, did you mean \"%s\"?",
                  given, guess.best);
    else
        fault_add(faults, pointer,
                  "must be one of the names in the table of keys, is %s",
                  given);
}

bool
choice_read(const char *const *choices, const json_t *value,
            const char *pointer, unsigned *out, struct faults *faults)
{
    const char *text = json_string_value(value);
    for (unsigned i = 0; text != NULL && choices[i] != NULL; i++)
        if (strcmp(choices[i], text) == 0) {
            *out = i;
            return true;
        }
    fault_choice(faults, pointer, choices, value);
    return false;
}

/* Without control characters; `most` does not count the final zero. What is
 * behind the text is zero too, so that equal specs are equal bytes. */
bool
text_read(const json_t *value, const char *pointer, char *out, size_t least,
          size_t most, struct faults *faults)
{
    const char *text = json_string_value(value);
    if (text == NULL) {
        fault_type(faults, pointer, "a text", value);
        return false;
    }
    size_t length = json_string_length(value);
    if (length < least || length > most) {
        fault_add(faults, pointer, "must have from %zu to %zu bytes, has %zu",
                  least, most, length);
        return false;
    }
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\n' &&
            text[i] != '\t') {
            fault_add(faults, pointer, "must not have control characters");
            return false;
        }
    memset(out, 0, most + 1);
    memcpy(out, text, length);
    return true;
}

static void
time_read(const struct field *field, const json_t *value, const char *pointer,
          double *out, struct faults *faults)
{
    const char *text = json_string_value(value);
    if (text != NULL && strcmp(text, "final") == 0)
        *out = -1;
    else if (json_is_number(value))
        (void)real_read(field, value, pointer, out, faults);
    else
        fault_type(faults, pointer, "a time in s or \"final\"", value);
}

static void
upload_read(const json_t *value, const char *pointer, char *out,
            struct faults *faults)
{
    const char *text = json_string_value(value);
    if (json_is_null(value))
        memset(out, 0, SPEC_ARRAY_SIZE);
    else if (text == NULL || strlen(text) != SPEC_ARRAY_SIZE - 1 ||
             strspn(text, "0123456789abcdef") != SPEC_ARRAY_SIZE - 1)
        fault_type(faults, pointer,
                   "the SHA-256 of an uploaded npz, 64 digits of 0-9 and a-f, "
                   "or null",
                   value);
    else
        memcpy(out, text, SPEC_ARRAY_SIZE);
}

void
value_read(const struct field *field, const json_t *value, const char *pointer,
           struct spec *spec, struct faults *faults)
{
    void *out = (char *)spec + field->offset;
    unsigned choice;
    switch (field->type) {
    case FIELD_CHOICE:
        if (choice_read(field->choices, value, pointer, &choice, faults))
            memcpy(out, &choice, sizeof choice);
        return;
    case FIELD_COUNT:
        count_read(field, value, pointer, out, faults);
        return;
    case FIELD_REAL:
        (void)real_read(field, value, pointer, out, faults);
        return;
    case FIELD_RANGE:
        range_read(field, value, pointer, out, faults);
        return;
    case FIELD_BOOL:
        if (json_is_boolean(value))
            *(bool *)out = json_is_true(value);
        else
            fault_type(faults, pointer, "true or false", value);
        return;
    case FIELD_TEXT:
        (void)text_read(value, pointer, out, (size_t)field->least,
                        (size_t)field->most, faults);
        return;
    case FIELD_SEED:
        nullable_read(field, value, pointer, -1, out, faults);
        return;
    case FIELD_JOB:
        nullable_read(field, value, pointer, 0, out, faults);
        return;
    case FIELD_TIME:
        time_read(field, value, pointer, out, faults);
        return;
    case FIELD_UPLOAD:
        upload_read(value, pointer, out, faults);
        return;
    case FIELD_SET:
    case FIELD_REALS:
    case FIELD_STEPS:
    case FIELD_FORMULAS:
    case FIELD_CONSTANTS:
        list_read(field, value, pointer, spec, faults);
        return;
    }
}
