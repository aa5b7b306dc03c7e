/* series.c - numbers in CSV text, and axes that suit them. */
#include "client/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The place of column `name` in the first line, -1 when it is not there. */
static int
column_find(const char *csv, const char *name)
{
    size_t length = strlen(name);

    for (int index = 0;; index++) {
        size_t here = strcspn(csv, ",\r\n");
        if (here == length && strncmp(csv, name, length) == 0)
            return index;
        if (csv[here] != ',')
            return -1;
        csv += here + 1;
    }
}

int
series_dimensions(const char *csv, const char *name)
{
    char numbered[40];
    int count = 0;

    do
        snprintf(numbered, sizeof(numbered), "%s%d", name, count + 1);
    while (column_find(csv, numbered) >= 0 && ++count < SERIES_DIMENSIONS_MOST);
    return count;
}

void
range_widen(const char *csv, const char *name, struct range *range)
{
    int column = csv ? column_find(csv, name) : -1;

    if (column < 0)
        return;
    for (const char *line = strchr(csv, '\n'); line && line[1];
         line = strchr(line + 1, '\n')) {
        const char *cell = line + 1;
        for (int i = 0; i < column && cell; i++)
            cell = strchr(cell, ',') ? strchr(cell, ',') + 1 : NULL;
        double value = cell ? strtod(cell, NULL) : NAN;
        if (!isfinite(value))
            continue;
        range->least = fmin(range->least, value);
        range->most = fmax(range->most, value);
    }
}

struct range
range_pad(struct range range)
{
    double span = range.most - range.least;

    if (!(span > 0))
        return (struct range){isfinite(range.least) ? range.least - 1 : -1,
                              isfinite(range.most) ? range.most + 1 : 1};
    return (struct range){range.least - 0.06 * span, range.most + 0.06 * span};
}

struct range
range_decades(struct range range)
{
    if (!(range.least > 0) || !(range.most >= range.least))
        return (struct range){1e-6, 1};
    return (struct range){pow(10, floor(log10(range.least))),
                          pow(10, floor(log10(range.most)) + 1)};
}

double
tick_step(struct range range)
{
    double rough = (range.most - range.least) / 4;
    double power = pow(10, floor(log10(rough)));

    return power * (rough >= 5 * power ? 5 : rough >= 2 * power ? 2 : 1);
}

size_t
series_rows(const char *csv)
{
    size_t count = 0;

    for (const char *line = csv; (line = strchr(line, '\n')); line++)
        count++;
    return count ? count - 1 : 0;
}

bool
series_has_rows(const char *csv)
{
    const char *line = csv ? strchr(csv, '\n') : NULL;
    return line && line[1] >= '+';
}
