/* How alike two weight matrices are: factors against the matrices they make. */
#include "testing.h"

#include "client/likeness.h"

#include <math.h>
#include <string.h>

#define ROWS    7
#define COLUMNS 11
#define RANK    3

/* The same numbers in every run, from -1 to 1. */
static void
fill(double *out, size_t count, unsigned seed)
{
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (double)seed / 2147483648. - 1;
    }
}

static void
product(const struct likeness_factors *w, float out[ROWS * COLUMNS])
{
    for (size_t i = 0; i < w->rows; i++)
        for (size_t j = 0; j < w->columns; j++) {
            double sum = 0;
            for (size_t k = 0; k < w->rank; k++)
                sum += w->e[i * w->rank + k] * w->d[k * w->columns + j];
            out[i * w->columns + j] = (float)sum;
        }
}

static struct likeness
of_factors(const struct likeness_factors *a, const struct likeness_factors *b)
{
    struct likeness_sums sums = {0};

    ck_assert_int_eq(likeness_add_factors(&sums, a, b), OK);
    return likeness_from_sums(&sums);
}

static struct likeness
of_products(const struct likeness_factors *a, const struct likeness_factors *b)
{
    struct likeness_sums sums = {0};
    float x[ROWS * COLUMNS], y[ROWS * COLUMNS];

    product(a, x);
    product(b, y);
    for (size_t i = 0; i < ROWS; i++) /* in parts, as they may come */
        likeness_add(&sums, x + i * COLUMNS, y + i * COLUMNS, COLUMNS);
    return likeness_from_sums(&sums);
}

TEST(factors_are_as_alike_as_the_matrices_they_make)
{
    double e[2][ROWS * RANK], d[2][RANK * COLUMNS];
    struct likeness_factors w[2];

    for (unsigned i = 0; i < 2; i++) {
        fill(e[i], ROWS * RANK, 1 + i);
        fill(d[i], RANK * COLUMNS, 10 + i);
        w[i] = (struct likeness_factors){ROWS, COLUMNS, RANK, e[i], d[i]};
    }
    w[1].rank = 2; /* of another rank, with other encoders */
    struct likeness fast = of_factors(&w[0], &w[1]);
    struct likeness slow = of_products(&w[0], &w[1]);
    ck_assert_double_eq_tol(fast.difference, slow.difference, 1e-6);
    ck_assert_double_eq_tol(fast.r2, slow.r2, 1e-6);
    ck_assert_double_eq_tol(fast.correlation, slow.correlation, 1e-6);
    w[1] = w[0];
    w[1].d = d[1];
    fast = of_factors(&w[0], &w[1]);
    slow = of_products(&w[0], &w[1]);
    ck_assert_double_eq_tol(fast.difference, slow.difference, 1e-6);
}

TEST(a_difference_in_the_last_bit_is_a_difference)
{
    double e[ROWS * RANK], d[2][RANK * COLUMNS];

    fill(e, ROWS * RANK, 1);
    fill(d[0], RANK * COLUMNS, 2);
    memcpy(d[1], d[0], sizeof(d[0]));
    struct likeness_factors a = {ROWS, COLUMNS, RANK, e, d[0]}, b = a;
    b.d = d[1];
    ck_assert_double_eq(of_factors(&a, &b).difference, 0);
    d[1][4] = nextafter(d[1][4], 9);
    ck_assert_double_gt(of_factors(&a, &b).difference, 0);
    ck_assert_double_lt(of_factors(&a, &b).difference, 1e-15);
}

TEST(r2_judges_the_second_by_the_first_and_a_shift_is_no_correlation)
{
    static const float a[] = {1, 2, 3, 4}, b[] = {2, 3, 4, 7};
    struct likeness_sums sums = {0};

    likeness_add(&sums, a, b, 4);
    struct likeness like = likeness_from_sums(&sums);
    /* sum (b - a)^2 = 12, sum (b - 4)^2 = 14, sum a^2 = 30 */
    ck_assert_double_eq_tol(like.r2, 1 - 12. / 14, 1e-12);
    ck_assert_double_eq_tol(like.difference, sqrt(12. / 30), 1e-12);
    ck_assert_double_eq_tol(like.correlation, 8 / sqrt(5. * 14), 1e-12);
}

TEST(nothing_is_like_zero_but_zero)
{
    static const float none[] = {0, 0}, some[] = {1, 2};
    struct likeness_sums sums = {0};

    likeness_add(&sums, none, some, 2);
    ck_assert(isnan(likeness_from_sums(&sums).difference));
    ck_assert(isnan(likeness_from_sums(&sums).correlation));
    sums = (struct likeness_sums){0};
    likeness_add(&sums, none, none, 2);
    ck_assert_double_eq(likeness_from_sums(&sums).difference, 0);
}

TEST_MAIN("likeness")
