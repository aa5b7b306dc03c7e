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

/* The number in a cell of the line that begins here. */
static double
cell_number(const char *line, int column)
{
    for (; column > 0; column--) {
        line += strcspn(line, ",\n");
        if (*line++ != ',')
            return NAN;
    }
    return strtod(line, NULL);
}

/* The beginning of the line after this one, NULL behind the last. */
static const char *
line_next(const char *line)
{
    line = strchr(line, '\n');
    return line && line[1] ? line + 1 : NULL;
}

static void
range_take(struct range *range, double value)
{
    if (!isfinite(value))
        return;
    range->least = fmin(range->least, value);
    range->most = fmax(range->most, value);
}

void
range_widen(const char *csv, const char *name, struct range *range)
{
    int column = csv ? column_find(csv, name) : -1;

    if (column < 0)
        return;
    for (const char *line = line_next(csv); line; line = line_next(line))
        range_take(range, cell_number(line, column));
}

void
range_widen_positive(const char *csv, const char *name, const char *time,
                     struct range during, struct range *range)
{
    int column = csv ? column_find(csv, name) : -1;
    int when = csv ? column_find(csv, time) : -1;

    if (column < 0 || when < 0)
        return;
    for (const char *line = line_next(csv); line; line = line_next(line)) {
        double value = cell_number(line, column);
        double t = cell_number(line, when);
        if (value > 0 && t > during.least && t <= during.most)
            range_take(range, value);
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
