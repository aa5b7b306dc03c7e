/* options_numbers.c - options that are numbers: bytes, days, requests. */
#include "options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATE_USUAL 200.0 /* requests per second and token */

/* False when the text is no number that is 0 or more. */
static bool
number_parse(const char *text, double *out)
{
    static const char units[] = "KMGT";
    char *end;
    *out = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (unit)
        *out = ldexp(*out, 10 * (int)(unit - units + 1));
    return end != text && end[unit != NULL] == '\0' && *out >= 0 && *out < 9e18;
}

double
option_number(const struct options *options, enum setting option)
{
    double number = 0;
    (void)number_parse(options->value[option], &number);
    return number;
}

double
option_rate(const struct options *options)
{
    if (strcmp(options->value[OPTION_RATE], "auto") == 0)
        return options->loopback ? 0 : RATE_USUAL;
    return option_number(options, OPTION_RATE);
}

enum status
options_check_numbers(const struct options *options, struct error *err)
{
    static const enum setting numbers[] = {OPTION_MIN_FREE, OPTION_MAX_BYTES,
                                           OPTION_KEEP_DAYS};
    double ignored;
    if (strcmp(options->value[OPTION_RATE], "auto") != 0 &&
        !number_parse(options->value[OPTION_RATE], &ignored))
        return error_set(err, INVALID, "rate must be a number or auto, is '%s'",
                         options->value[OPTION_RATE]);
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
        if (!number_parse(options->value[numbers[i]], &ignored))
            return error_set(err, INVALID,
                             "%s must be a number such as 0 or 1.5, or 64M or "
                             "2G, is '%s'",
                             option_key(numbers[i]),
                             options->value[numbers[i]]);
    return OK;
}
