/* fault.c - collecting what is wrong, in words that help. */
#include "spec/spec_private.h"

#include <stdio.h>
#include <string.h>

/* Cuts `text`, which filled its `size` bytes, at the border of a character. */
static void
text_trim(char *text, size_t size)
{
    size_t end = strlen(text);
    if (end + 1 < size)
        return;
    size_t start = end;
    while (start > 0 && (text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0 || (text[start - 1] & 0x80) == 0)
        return; /* it ends with a whole one-byte character */
    unsigned char lead = (unsigned char)text[start - 1];
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (start - 1 + length != end)
        text[start - 1] = '\0';
}

void
fault_add(struct faults *faults, const char *pointer, const char *format, ...)
{
    if (faults->count == FAULTS_MOST) {
        faults->more++;
        return;
    }
    struct fault *fault = &faults->list[faults->count++];
    snprintf(fault->pointer, sizeof fault->pointer, "%s", pointer);
    text_trim(fault->pointer, sizeof fault->pointer);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->detail, sizeof fault->detail, format, arguments);
    va_end(arguments);
    text_trim(fault->detail, sizeof fault->detail);
}

bool
fault_is_below(const struct faults *faults, const char *pointer)
{
    size_t length = strlen(pointer);
    for (size_t i = 0; i < faults->count; i++)
        if (strncmp(faults->list[i].pointer, pointer, length) == 0)
            return true;
    return false;
}

/* RFC 6901: ~ is written ~0 and / is written ~1. */
void
pointer_join(char out[128], const char *parent, const char *key)
{
    size_t used = (size_t)snprintf(out, 128, "%s/", parent);
    for (; *key != '\0' && used + 3 < 128; key++) {
        if (*key == '~' || *key == '/') {
            out[used++] = '~';
            out[used++] = *key == '~' ? '0' : '1';
        } else {
            out[used++] = *key;
        }
    }
    out[used] = '\0';
    if (*key != '\0')
        text_trim(out, used + 1);
}

void
value_describe(const json_t *value, char *out, size_t size)
{
    switch (json_typeof(value)) {
    case JSON_INTEGER:
        snprintf(out, size, "%lld", (long long)json_integer_value(value));
        return;
    case JSON_REAL:
        snprintf(out, size, "%.15g", json_real_value(value));
        return;
    case JSON_STRING:
        snprintf(out, size > 48 ? 48 : size, "\"%s", json_string_value(value));
        text_trim(out, size > 48 ? 48 : size);
        snprintf(out + strlen(out), size - strlen(out), "\"");
        return;
    case JSON_OBJECT:
        snprintf(out, size, "an object");
        return;
    case JSON_ARRAY:
        snprintf(out, size, "an array of %zu", json_array_size(value));
        return;
    default:
        snprintf(out, size, "%s",
                 json_is_true(value)    ? "true"
                 : json_is_false(value) ? "false"
                                        : "null");
    }
}

void
fault_type(struct faults *faults, const char *pointer, const char *wanted,
           const json_t *value)
{
    char given[64];
    value_describe(value, given, sizeof given);
    fault_add(faults, pointer, "must be %s, is %s", wanted, given);
}

/* Levenshtein's distance; SIZE_MAX for words too long to be meant. */
static size_t
word_distance(const char *a, const char *b)
{
    size_t row[64];
    size_t length = strlen(b);
    if (length >= ARRAY_LENGTH(row) || strlen(a) >= ARRAY_LENGTH(row))
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= length; j++) {
            size_t change = diagonal + (a[i] != b[j - 1]);
            size_t shorter = row[j] < row[j - 1] ? row[j] : row[j - 1];
            diagonal = row[j];
            row[j] = change < shorter + 1 ? change : shorter + 1;
        }
    }
    return row[length];
}

void
guess_offer(struct guess *guess, const char *candidate)
{
    size_t distance = word_distance(guess->word, candidate);
    size_t limit = strlen(candidate) < 6 ? 1 : strlen(candidate) / 3;
    if (distance > limit ||
        (guess->best != NULL && distance >= guess->distance))
        return;
    guess->best = candidate;
    guess->distance = distance;
}
