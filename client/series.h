/* series.h - numbers in CSV text, as the API sends it, and axes that suit them.
 *
 * Pure. Below: base. */
#ifndef FOLLOWD_CLIENT_SERIES_H
#define FOLLOWD_CLIENT_SERIES_H

#include "base/base.h"

#define SERIES_DIMENSIONS_MOST 8

/* Start with {INFINITY, -INFINITY}. */
struct range {
    double least, most;
};

/* How many columns are called name1, name2, ... */
int series_dimensions(const char *csv, const char *name);
size_t series_rows(const char *csv);   /* its heads do not count             */
bool series_has_rows(const char *csv); /* NULL has none                    */
/* Widens `range` by the finite numbers of a column; `csv` may be NULL. */
void range_widen(const char *csv, const char *name, struct range *range);
/* The same by what is above zero, where the column `time` is in `during`. */
void range_widen_positive(const char *csv, const char *name, const char *time,
                          struct range during, struct range *range);
/* A little more than the data, and something where there is none. */
struct range range_pad(struct range range);
/* Powers of ten around all positive numbers. */
struct range range_decades(struct range range);
/* A round distance that makes some four ticks in a range. */
double tick_step(struct range range);

#endif
