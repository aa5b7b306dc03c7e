/* likeness.h - how alike two weight matrices are.
 *
 * Matrices of low rank are compared by their factors, W = E D, in O(rank^2 N)
 * instead of O(N^2): sums over all of W are sums over E^T E and D D^T.
 * Pure. Below: base. */
#ifndef FOLLOWD_CLIENT_LIKENESS_H
#define FOLLOWD_CLIENT_LIKENESS_H

#include "base/base.h"

/* What of A and B goes into it, over all pairs of weights. */
struct likeness_sums {
    double count;
    double a, b;       /* sums */
    double aa, bb, ab; /* of squares, and of products */
    double difference; /* of (b - a)^2 */
};
/* W = e d. [borrowed] */
struct likeness_factors {
    size_t rows, columns, rank;
    const double *e; /* [rows][rank] */
    const double *d; /* [rank][columns] */
};
/* Adds `count` weights of each. */
void likeness_add(struct likeness_sums *sums, const float *a, const float *b,
                  size_t count);
/* Adds two whole matrices of the same rows and columns. */
MUST_USE enum status likeness_add_factors(struct likeness_sums *sums,
                                          const struct likeness_factors *a,
                                          const struct likeness_factors *b);

/* A is what B is judged by. NAN where a measure has no meaning: nothing is like
 * a matrix of zeros. */
struct likeness {
    double difference;  /* |B - A| / |A|, Frobenius' norms; 0: the same      */
    double r2;          /* 1 - sum (A - B)^2 / sum (B - mean B)^2            */
    double correlation; /* Pearson's                                         */
};
struct likeness likeness_from_sums(const struct likeness_sums *sums);

#endif
