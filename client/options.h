/* options.h - words on the command line, sorted by tables of options.
 *
 * Knows what the user typed and nothing of what it means. Below: base. */
#ifndef FOLLOWD_CLIENT_OPTIONS_H
#define FOLLOWD_CLIENT_OPTIONS_H

#include "base/base.h"

struct option_row {
    const char *name;  /* "priority", for --priority; NULL ends a table       */
    char letter;       /* 'o', for -o; 0: none                                */
    const char *value; /* "N", what --help calls it; NULL: it takes none      */
    const char *help;
};

#define ARGUMENTS_MOST 256
struct arguments {
    const char *words[ARGUMENTS_MOST]; /* what is no option [borrowed]        */
    size_t word_count;
    struct {
        const char *name;  /* [borrowed] from its row                         */
        const char *value; /* "" when it takes none [borrowed]                */
    } options[ARGUMENTS_MOST];
    size_t option_count;
};

/* Sorts `words` (NULL ends them) by the tables in `tables` (NULL ends them
 * too); stops before the first plain word when `stop_at_word`. `*used` counts
 * the words taken. INVALID, with the nearest name in the text. */
MUST_USE enum status arguments_parse(const struct option_row *const *tables,
                                     char *const *words, bool stop_at_word,
                                     struct arguments *out, size_t *used,
                                     struct error *err);
bool option_given(const struct arguments *arguments, const char *name);
/* The last value given, or NULL. */
const char *option_value(const struct arguments *arguments, const char *name);
/* The values of an option given more than once, in order: start with
 * `*cursor` 0; NULL after the last. */
const char *option_next(const struct arguments *arguments, const char *name,
                        size_t *cursor);
/* `text` as a number from `least` to `most`; INVALID names `what`. */
MUST_USE enum status number_parse(const char *text, const char *what,
                                  double least, double most, double *out,
                                  struct error *err);
/* Of `names` (NULL ends them) the one most like `word`, or NULL. */
const char *nearest_name(const char *word, const char *const *names);

#endif
