/* likeness.c - how alike two weight matrices are. */
#include "client/likeness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
likeness_add(struct likeness_sums *sums, const float *a, const float *b,
             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double x = a[i], y = b[i];
        sums->a += x;
        sums->b += y;
        sums->aa += x * x;
        sums->bb += y * y;
        sums->ab += x * y;
        sums->difference += (y - x) * (y - x);
    }
    sums->count += (double)count;
}

/* ---- factors ------------------------------------------------------------ */

/* Column k of E times column l of F. */
static double
columns_product(const struct likeness_factors *e, size_t k,
                const struct likeness_factors *f, size_t l)
{
    double sum = 0;

    for (size_t i = 0; i < e->rows; i++)
        sum += e->e[i * e->rank + k] * f->e[i * f->rank + l];
    return sum;
}

static double
dot(const double *a, const double *b, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Sum over all i, j of (E D)_ij (F G)_ij, which is that over all k, l of
 * (E^T F)_kl (D G^T)_kl. */
static double
products_sum(const struct likeness_factors *a, const struct likeness_factors *b)
{
    double sum = 0;

    for (size_t k = 0; k < a->rank; k++)
        for (size_t l = 0; l < b->rank; l++)
            sum +=
                columns_product(a, k, b, l) *
                dot(a->d + k * a->columns, b->d + l * b->columns, a->columns);
    return sum;
}

static double
weights_sum(const struct likeness_factors *w)
{
    double sum = 0;

    for (size_t k = 0; k < w->rank; k++) {
        double rows = 0, columns = 0;
        for (size_t i = 0; i < w->rows; i++)
            rows += w->e[i * w->rank + k];
        for (size_t j = 0; j < w->columns; j++)
            columns += w->d[k * w->columns + j];
        sum += rows * columns;
    }
    return sum;
}

/* Sum of (E (G - D))^2 where both have the same E: nothing cancels, however
 * small the difference is. */
static enum status
difference_sum(const struct likeness_factors *a,
               const struct likeness_factors *b, double *out)
{
    size_t count = a->rank * a->columns;
    double *d = memory_array(count + 1, sizeof(*d));

    if (!d)
        return NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        d[i] = b->d[i] - a->d[i];
    struct likeness_factors difference = *a;
    difference.d = d;
    *out = fmax(products_sum(&difference, &difference), 0);
    free(d);
    return OK;
}

enum status
likeness_add_factors(struct likeness_sums *sums,
                     const struct likeness_factors *a,
                     const struct likeness_factors *b)
{
    double aa = products_sum(a, a), bb = products_sum(b, b);
    double ab = products_sum(a, b);
    double difference = fmax(aa + bb - 2 * ab, 0);
    bool same = a->rank == b->rank &&
                memcmp(a->e, b->e, a->rows * a->rank * sizeof(*a->e)) == 0;
    enum status status = same ? difference_sum(a, b, &difference) : OK;

    sums->count += (double)a->rows * (double)a->columns;
    sums->a += weights_sum(a);
    sums->b += weights_sum(b);
    sums->aa += aa;
    sums->bb += bb;
    sums->ab += ab;
    sums->difference += difference;
    return status;
}

/* ---- the measures ------------------------------------------------------- */

struct likeness
likeness_from_sums(const struct likeness_sums *sums)
{
    double n = sums->count;
    double spread_a = sums->aa - sums->a * sums->a / n;
    double spread_b = sums->bb - sums->b * sums->b / n;
    double together = sums->ab - sums->a * sums->b / n;
    bool equal = sums->difference == 0;

    return (struct likeness){
        .difference = equal          ? 0
                      : sums->aa > 0 ? sqrt(sums->difference / sums->aa)
                                     : NAN,
        .r2 = spread_b > 0 ? 1 - sums->difference / spread_b : NAN,
        .correlation = spread_a > 0 && spread_b > 0
                           ? together / sqrt(spread_a * spread_b)
                           : NAN,
    };
}
