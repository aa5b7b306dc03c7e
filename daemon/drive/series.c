/* series.c - numbers in time that a user uploaded: an npz with `t` [n], s, and
 * rows [n][columns], in float64 or float32.
 *
 * Between two rows they go in a straight line; before the first and after the
 * last they stand still, for at most one step of the job. */
#include "drive/drive_private.h"

#include <math.h>
#include <stdlib.h>

struct series {
    const struct npz_array *times;  /* [n] [borrowed] */
    const struct npz_array *values; /* [n][columns] [borrowed] */
    size_t rows;
    int columns;
};

static double
number_at(const struct npz_array *array, size_t i)
{
    return array->type == NPZ_FLOAT64 ? ((const double *)array->data)[i]
                                      : (double)((const float *)array->data)[i];
}

/* [n] where `columns` is 0, else [n][columns]. */
static enum status
array_need(const struct npz *npz, const char *name, int columns,
           const struct npz_array **out, struct error *err)
{
    const struct npz_array *array = npz_find(npz, name);
    bool shaped;

    if (!array)
        return error_set(err, NOT_FOUND, "it has no \"%s\"", name);
    shaped = columns == 0
                 ? array->dimensions == 1
                 : array->dimensions == 2 && array->shape[1] == (size_t)columns;
    if (!shaped && columns == 0)
        return error_set(err, INVALID, "\"%s\" must have the shape (n,)", name);
    if (!shaped)
        return error_set(err, INVALID, "\"%s\" must have the shape (n, %d)",
                         name, columns);
    if (array->type != NPZ_FLOAT64 && array->type != NPZ_FLOAT32)
        return error_set(err, INVALID, "\"%s\" must be float64 or float32",
                         name);
    *out = array;
    return OK;
}

static enum status
arrays_find(struct series *series, const struct npz *npz, const char *times,
            const char *name, struct error *err)
{
    enum status status = array_need(npz, times, 0, &series->times, err);

    if (status == OK)
        status = array_need(npz, name, series->columns, &series->values, err);
    if (status != OK)
        return status;
    series->rows = series->times->shape[0];
    if (series->values->shape[0] != series->rows)
        return error_set(err, INVALID, "\"%s\" has %zu rows, \"%s\" has %zu",
                         times, series->rows, name, series->values->shape[0]);
    if (series->rows < 2)
        return error_set(err, INVALID, "\"%s\" has %zu rows, at least 2 needed",
                         times, series->rows);
    return OK;
}

static enum status
numbers_check(const struct series *series, const char *name, struct error *err)
{
    size_t columns = (size_t)series->columns;

    for (size_t i = 0; i < series->rows; i++)
        if (!isfinite(number_at(series->times, i)))
            return error_set(err, INVALID, "t[%zu] is not finite", i);
    for (size_t i = 1; i < series->rows; i++)
        if (number_at(series->times, i) <= number_at(series->times, i - 1))
            return error_set(err, INVALID,
                             "t[%zu] = %.15g is not after t[%zu] = %.15g", i,
                             number_at(series->times, i), i - 1,
                             number_at(series->times, i - 1));
    for (size_t i = 0; i < series->rows * columns; i++)
        if (!isfinite(number_at(series->values, i)))
            return error_set(err, INVALID, "%s[%zu, %zu] is not finite", name,
                             i / columns, i % columns);
    return OK;
}

/* Rows of a simulation begin at 0 or at its first step, and end at its last
 * step or, as NumPy's arange() does, at the one before. */
static enum status
cover_check(const struct series *series, double duration, struct error *err)
{
    double first = number_at(series->times, 0);
    double last = number_at(series->times, series->rows - 1);
    double slack = 1e-6 * duration; /* times may be float32 */

    if (first > SPEC_DT + slack || last < duration - SPEC_DT - slack)
        return error_set(err, INVALID,
                         "t goes from %.15g to %.15g s, which does not cover "
                         "the job's 0 to %.15g s",
                         first, last, duration);
    return OK;
}

enum status
series_new(const struct npz *npz, const char *times, const char *name,
           int columns, double duration, struct series **out, struct error *err)
{
    struct series *series = memory_array(1, sizeof(*series));
    enum status status;

    if (!series)
        return error_set(err, NO_MEMORY, "no memory for an array");
    series->columns = columns;
    status = npz ? arrays_find(series, npz, times, name, err)
                 : error_set(err, NOT_FOUND, "nothing was uploaded for it");
    if (status == OK)
        status = numbers_check(series, name, err);
    if (status == OK)
        status = cover_check(series, duration, err);
    if (status == OK) {
        *out = series;
        return OK;
    }
    free(series);
    error_prefix(err, "the array of %s(t): ", name);
    return status;
}

void
series_free(struct series *series)
{
    free(series);
}

/* The last row at or before t, up to rounding, or the first. Rows nearly always
 * keep the same distance, so the guess is nearly always right. */
static size_t
row_at(const struct series *series, double t)
{
    size_t low = 0, high = series->rows; /* it is in [low, high) */
    double first = number_at(series->times, 0);
    double last = number_at(series->times, series->rows - 1);
    double part = (t - first) / (last - first) * (double)(series->rows - 1);
    size_t guess = part <= 1 ? 0 : (size_t)fmin(part, (double)series->rows) - 1;

    if (number_at(series->times, guess) <= t + BREAK_NEAR)
        low = guess;
    if (guess + 3 < high &&
        number_at(series->times, guess + 3) > t + BREAK_NEAR)
        high = guess + 3;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (number_at(series->times, middle) <= t + BREAK_NEAR)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void
series_at(const struct series *series, double t, double *out)
{
    size_t columns = (size_t)series->columns;
    size_t row = row_at(series, t);
    double past = t - number_at(series->times, row);
    double part = 0;

    if (past > BREAK_NEAR && row + 1 < series->rows)
        part = past / (number_at(series->times, row + 1) -
                       number_at(series->times, row));
    for (size_t j = 0; j < columns; j++) {
        double here = number_at(series->values, row * columns + j);

        out[j] = here;
        if (part > 0)
            out[j] +=
                part *
                (number_at(series->values, (row + 1) * columns + j) - here);
    }
}

double
series_next(const struct series *series, double t)
{
    size_t row = row_at(series, t);
    double first = number_at(series->times, 0);

    if (first > t + BREAK_NEAR)
        return first;
    return row + 1 < series->rows ? number_at(series->times, row + 1)
                                  : INFINITY;
}
