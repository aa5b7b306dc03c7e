/* grid.c - numbers on an even grid over the whole job, and what lies between:
 * the nearest, a straight line, a cubic spline.
 *
 * The points are those of numpy.linspace(0, end, points), and all is compared
 * and rounded as SciPy's interp1d does it, for a step that falls on a border
 * between two pieces is part of the experiment. */
#include "drive/command_private.h"

#include <math.h>
#include <stdlib.h>

enum status
grid_make(struct grid *grid, enum grid_kind kind, int rows, double end,
          double spacing, struct error *err)
{
    grid->kind = kind;
    grid->rows = rows;
    grid->points = (int64_t)(end / spacing) + 1;
    grid->end = end;
    grid->spacing = grid->points > 1 ? end / (double)(grid->points - 1) : end;
    grid->values =
        memory_array((size_t)grid->points, (size_t)rows * sizeof(double));
    if (!grid->values)
        return error_set(err, NO_MEMORY, "no memory for a command of %g s",
                         end);
    return OK;
}

void
grid_free(struct grid *grid)
{
    free(grid->values);
    free(grid->bends);
}

/* ---- the spline --------------------------------------------------------- */

/* Second derivatives M of the spline through y, h apart:
 *
 *   M[i-1] + 4 M[i] + M[i+1] = 6 (y[i-1] - 2 y[i] + y[i+1]) / h^2
 *
 * At either end the third derivative goes on through the second point, so that
 * M[0] = 2 M[1] - M[2], and M[1] is known at once. Through three points this
 * is a parabola; two are joined by a line. `factors` [points] is scratch. */
static void
row_bend(const double *y, int64_t points, double h, double *factors, double *M)
{
    int64_t last = points - 1;

    if (last < 2)
        return;
    for (int64_t i = 1; i < last; i++)
        M[i] = (y[i - 1] - 2 * y[i] + y[i + 1]) / (h * h);
    if (last > 2) {
        factors[1] = 0;
        for (int64_t i = 2; i < last - 1; i++) {
            factors[i] = 1 / (4 - factors[i - 1]);
            M[i] = (6 * M[i] - M[i - 1]) * factors[i];
        }
        for (int64_t i = last - 2; i > 1; i--)
            M[i] -= factors[i] * M[i + 1];
    }
    M[0] = last > 2 ? 2 * M[1] - M[2] : M[1];
    M[last] = last > 2 ? 2 * M[last - 1] - M[last - 2] : M[1];
}

enum status
grid_bend(struct grid *grid, struct error *err)
{
    size_t points = (size_t)grid->points;
    double *factors = memory_array(points, sizeof(double));

    grid->bends = memory_array(points, (size_t)grid->rows * sizeof(double));
    if (!factors || !grid->bends) {
        free(factors);
        return error_set(err, NO_MEMORY, "no memory for a spline of %g s",
                         grid->end);
    }
    for (int row = 0; row < grid->rows; row++)
        row_bend(grid->values + row * grid->points, grid->points, grid->spacing,
                 factors, grid->bends + row * grid->points);
    free(factors);
    return OK;
}

/* ---- looking up --------------------------------------------------------- */

static double
point_at(const struct grid *grid, int64_t i)
{
    return i + 1 < grid->points ? (double)i * grid->spacing : grid->end;
}

/* Where piece i ends and the next one begins: half-way between two points, or
 * at the point itself. */
static double
border_at(const struct grid *grid, int64_t i)
{
    if (grid->kind == GRID_NEAREST)
        return point_at(grid, i) / 2.0 + point_at(grid, i + 1) / 2.0;
    return point_at(grid, i + 1);
}

static int64_t
pieces_of(const struct grid *grid)
{
    return grid->kind == GRID_NEAREST || grid->points == 1 ? grid->points
                                                           : grid->points - 1;
}

/* The first piece that does not end before t: at a border, the earlier one. The
 * first guess is right but for rounding. */
static int64_t
piece_at(const struct grid *grid, double t)
{
    int64_t last = pieces_of(grid) - 1;
    double shift = grid->kind == GRID_NEAREST ? 0.5 : 0.0;
    double guess = last > 0 ? t / grid->spacing + shift : 0;
    int64_t i = guess < (double)last ? (int64_t)guess : last;

    while (i > 0 && !(border_at(grid, i - 1) < t))
        i--;
    while (i < last && border_at(grid, i) < t)
        i++;
    return i;
}

static double
cubic_at(const double *y, const double *M, double h, double part)
{
    double rest = 1 - part;

    return rest * y[0] + part * y[1] +
           h * h / 6 *
               ((rest * rest * rest - rest) * M[0] +
                (part * part * part - part) * M[1]);
}

double
grid_at(const struct grid *grid, int row, double lookup, double t)
{
    int64_t i = piece_at(grid, lookup);
    const double *y = grid->values + row * grid->points + i;
    double begin = point_at(grid, i), h, past;

    if (grid->kind == GRID_NEAREST || grid->points == 1)
        return y[0];
    h = point_at(grid, i + 1) - begin;
    past = fmin(t, grid->end) - begin;
    if (grid->kind == GRID_LINEAR)
        return (y[1] - y[0]) / h * past + y[0];
    return cubic_at(y, grid->bends + row * grid->points + i, h, past / h);
}

double
grid_next(const struct grid *grid, double t)
{
    int64_t i = piece_at(grid, t + BREAK_NEAR);

    if (i + 1 < pieces_of(grid))
        return border_at(grid, i);
    return grid->kind != GRID_NEAREST && grid->end > t + BREAK_NEAR ? grid->end
                                                                    : INFINITY;
}
