/* exponential.c - exp(), to the last bit of the networks that we compare with.
 *
 * A neuron's gain is (J - 1) / (1 - intercept) with J = 1 / (1 - exp(z)), and
 * the division makes the last bit of exp(z) visible. The C library rounds it
 * correctly in all but one case in 2000. NumPy (1.22 and later, on processors
 * with AVX-512, where the traces were recorded) rounds it otherwise one time
 * in four: the error of its vector code is up to 1.1 units in the last place.
 * So that a seed means the same network here, to the bit, its method is
 * followed step by step:
 *
 *   n = floor(16 z / ln 2),  j = n mod 16,  r = z - n ln 2 / 16
 *   exp(z) = 2^((n - j) / 16) (T_j + T_j p(r)),   T_j = 2^(j / 16)
 *   p(r) = (r + c2 r^2) + r^3 ((c3 + c4 r) + r^2 (c5 + c6 r))
 *
 * with one rounding per multiplication and addition taken together. The
 * coefficients are NumPy's (BSD-3-Clause), see doc/model.md, section 1. */
#include "model/model_private.h"

#include <math.h>

#define LOG2_E     0x1.71547652b82fep+0
#define LN2_HIGH   0x1.62e42fefa39efp-1
#define LN2_LOW    0x1.abc9e3b39803fp-56
#define C2         0x1.0000000002622p-1
#define C3         0x1.5555554b508a2p-3
#define C4         0x1.555564bb4f5f0p-5
#define C5         0x1.1106603d97c00p-7
#define C6         0x1.72eb5ef0d213dp-10
#define NEGLIGIBLE (-700.0) /* where exp(z) is nothing beside 1 */

/* clang-format off */
static const double roots[16] = { /* 2^(j/16) */
    0x1.0000000000000p+0, 0x1.0b5586cf9890fp+0,
    0x1.172b83c7d517bp+0, 0x1.2387a6e756238p+0,
    0x1.306fe0a31b715p+0, 0x1.3dea64c123422p+0,
    0x1.4bfdad5362a27p+0, 0x1.5ab07dd485429p+0,
    0x1.6a09e667f3bcdp+0, 0x1.7a11473eb0187p+0,
    0x1.8ace5422aa0dbp+0, 0x1.9c49182a3f090p+0,
    0x1.ae89f995ad3adp+0, 0x1.c199bdd85529cp+0,
    0x1.d5818dcfba487p+0, 0x1.ea4afa2a490dap+0,
};
/* clang-format on */

/* floor(a * b) of the exact product. */
static double
floor_product(double a, double b)
{
    double product = a * b;
    double below = floor(product);

    if (below == product && fma(a, b, -product) < 0)
        below -= 1;
    return below;
}

double
exponential(double z)
{
    double sixteenths, whole, r, square, tail, root;

    if (!(z > NEGLIGIBLE))
        return exp(z);
    sixteenths = floor_product(z, 16 * LOG2_E);
    whole = floor(sixteenths / 16);
    root = roots[(int)(sixteenths - 16 * whole)];
    r = fma(-sixteenths / 16, LN2_HIGH, z);
    r = fma(-sixteenths / 16, LN2_LOW, r);
    square = r * r;
    tail = fma(square, fma(r, C6, C5), fma(r, C4, C3));
    tail = fma(square * r, tail, fma(square, C2, r));
    return ldexp(fma(root, tail, root), (int)whole);
}
