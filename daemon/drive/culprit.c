/* culprit.c - which part of a formula is not finite, and so what to point at.
 *
 * Whoever calls knows that the formula can be parsed and that its value here is
 * not finite. Parts are found by their signs and evaluated each by itself: the
 * first division by zero is to blame, else the innermost function, else the
 * first power. */
#include "drive/drive_private.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct search {
    struct formulas *formulas;
    const struct spec *spec;
    const char *formula;
};

/* ---- parts -------------------------------------------------------------- */

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static const char *
blanks_end(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* Behind the parenthesis that closes the one at `at`. */
static const char *
group_end(const char *at)
{
    int depth = 0;

    do
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
    while (*at && (at++, depth > 0));
    return at;
}

static const char *
word_end(const char *at)
{
    char *end;

    if (isdigit((unsigned char)*at) || *at == '.') {
        strtod(at, &end);
        return end;
    }
    while (is_word(*at))
        at++;
    return at;
}

/* Behind the operand that begins at `at`: signs, a number, a name, a call or
 * a group, and the powers of it. */
static const char *
operand_end(const char *at)
{
    while (*at == ' ' || *at == '-' || *at == '+')
        at++;
    at = word_end(at);
    if (*blanks_end(at) == '(')
        at = group_end(blanks_end(at));
    return *blanks_end(at) == '^' ? operand_end(blanks_end(at) + 1) : at;
}

/* Where the operand begins that ends before `at`. */
static const char *
operand_begin(const char *formula, const char *at)
{
    int depth = 0;

    while (at > formula && at[-1] == ' ')
        at--;
    while (at > formula && (depth > 0 || at[-1] == ')')) {
        at--;
        depth += *at == ')' ? 1 : *at == '(' ? -1 : 0;
    }
    while (at > formula && is_word(at[-1]))
        at--;
    return at;
}

static double
value_of(const struct search *search, const char *from, const char *to)
{
    return formulas_part(search->formulas, search->spec, from,
                         (size_t)(to - from));
}

/* ---- who it was --------------------------------------------------------- */

/* The sign of the first division by zero; NULL when there is none. */
static const char *
division_find(const struct search *search)
{
    for (const char *at = search->formula; *at; at++)
        if (*at == '/' && value_of(search, at + 1, operand_end(at + 1)) == 0)
            return at;
    return NULL;
}

/* The innermost call whose value is not finite. */
static const char *
call_find(const struct search *search)
{
    const char *found = NULL, *within = NULL;

    for (const char *at = search->formula; *at; at++) {
        const char *end = word_end(at);

        if (found && at >= within)
            break;
        if (end == at)
            continue;
        if (isalpha((unsigned char)*at) && *blanks_end(end) == '(' &&
            !isfinite(value_of(search, at, group_end(blanks_end(end))))) {
            found = at;
            within = group_end(blanks_end(end));
        }
        at = end - 1;
    }
    return found;
}

static const char *
power_find(const struct search *search)
{
    for (const char *at = search->formula; *at; at++)
        if (*at == '^' &&
            !isfinite(value_of(search, operand_begin(search->formula, at),
                               operand_end(at + 1))))
            return at;
    return NULL;
}

const char *
culprit_find(struct formulas *formulas, const struct spec *spec, int i,
             const char **what)
{
    const struct search search = {formulas, spec, spec->system.expressions[i]};
    const char *at = division_find(&search);

    *what = "something is divided by zero";
    if (!at) {
        at = call_find(&search);
        *what = "a function has no finite value";
    }
    if (!at) {
        at = power_find(&search);
        *what = "a power has no finite value";
    }
    return at;
}
