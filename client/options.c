/* options.c - words on the command line, sorted by tables of options. */
#include "client/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MOST 64

static size_t
smallest(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters must be added, removed or changed (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
    size_t row[128];
    size_t length = strlen(b);

    if (length >= ARRAY_LENGTH(row))
        return length;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = smallest(change, smallest(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

const char *
nearest_name(const char *word, const char *const *names)
{
    const char *best = NULL;
    size_t least = strlen(word) / 3 + 2; /* more is another word */

    for (size_t i = 0; names[i]; i++) {
        size_t here = distance(word, names[i]);
        if (strlen(word) > 2 && strncmp(names[i], word, strlen(word)) == 0)
            here = 1;
        if (here < least) {
            least = here;
            best = names[i];
        }
    }
    return best;
}

/* The row for `--name` (of `length` bytes) or for `letter`. */
static const struct option_row *
row_find(const struct option_row *const *tables, const char *name,
         size_t length, char letter)
{
    for (size_t i = 0; tables[i]; i++)
        for (const struct option_row *row = tables[i]; row->name; row++)
            if (name ? strlen(row->name) == length &&
                           strncmp(row->name, name, length) == 0
                     : row->letter == letter)
                return row;
    return NULL;
}

static enum status
option_unknown(const struct option_row *const *tables, const char *word,
               struct error *err)
{
    const char *names[NAMES_MOST + 1];
    size_t count = 0;

    for (size_t i = 0; tables[i]; i++)
        for (const struct option_row *row = tables[i];
             row->name && count < NAMES_MOST; row++)
            names[count++] = row->name;
    names[count] = NULL;
    const char *near = word[1] == '-' ? nearest_name(word + 2, names) : NULL;
    if (near)
        return error_set(err, INVALID, "no option %s; did you mean --%s?", word,
                         near);
    return error_set(err, INVALID, "no option %s", word);
}

/* Takes the option in words[0]; `*used` becomes 1, or 2 with its value. */
static enum status
option_take(const struct option_row *const *tables, char *const *words,
            struct arguments *out, size_t *used, struct error *err)
{
    const char *word = words[0];
    bool is_long = word[1] == '-';
    const char *equals = is_long ? strchr(word, '=') : NULL;
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const struct option_row *row =
        is_long ? row_find(tables, word + 2, length - 2, 0)
                : row_find(tables, NULL, 0, word[1]);
    const char *value = equals ? equals + 1 : NULL;

    *used = 1;
    if (!row)
        return option_unknown(tables, word, err);
    if (!is_long && word[2])
        value = word + 2; /* -oFILE */
    if (!row->value && value)
        return error_set(err, INVALID, "--%s takes no value", row->name);
    if (row->value && !value) {
        value = words[1];
        *used = 2;
    }
    if (row->value && !value)
        return error_set(err, INVALID, "--%s needs a value: %s", row->name,
                         row->value);
    if (out->option_count == ARGUMENTS_MOST)
        return error_set(err, INVALID, "more than %d options", ARGUMENTS_MOST);
    out->options[out->option_count].name = row->name;
    out->options[out->option_count++].value = value ? value : "";
    return OK;
}

enum status
arguments_parse(const struct option_row *const *tables, char *const *words,
                bool stop_at_word, struct arguments *out, size_t *used,
                struct error *err)
{
    bool only_words = false;

    *used = 0;
    while (words[*used]) {
        const char *word = words[*used];
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
            ++*used;
            continue;
        }
        if (!only_words && word[0] == '-' && word[1]) {
            size_t taken;
            enum status status =
                option_take(tables, words + *used, out, &taken, err);
            if (status != OK)
                return status;
            *used += taken;
            continue;
        }
        if (stop_at_word)
            return OK;
        if (out->word_count == ARGUMENTS_MOST)
            return error_set(err, INVALID, "more than %d arguments",
                             ARGUMENTS_MOST);
        out->words[out->word_count++] = word;
        ++*used;
    }
    return OK;
}

const char *
option_next(const struct arguments *arguments, const char *name, size_t *cursor)
{
    while (*cursor < arguments->option_count) {
        size_t i = (*cursor)++;
        if (strcmp(arguments->options[i].name, name) == 0)
            return arguments->options[i].value;
    }
    return NULL;
}

const char *
option_value(const struct arguments *arguments, const char *name)
{
    const char *last = NULL, *value;
    size_t cursor = 0;

    while ((value = option_next(arguments, name, &cursor)))
        last = value;
    return last;
}

bool
option_given(const struct arguments *arguments, const char *name)
{
    return option_value(arguments, name) != NULL;
}

enum status
number_parse(const char *text, const char *what, double least, double most,
             double *out, struct error *err)
{
    char *end;

    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end || isnan(value))
        return error_set(err, INVALID, "%s must be a number, is '%s'", what,
                         text);
    if (value < least || value > most)
        return error_set(err, INVALID, "%s must be from %.15g to %.15g, is %s",
                         what, least, most, text);
    *out = value;
    return OK;
}
