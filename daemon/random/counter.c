/* counter.c - noise that remembers nothing: each number is a function of its
 * place alone, so a run resumed anywhere sees the same.
 *
 * Philox4x32-10 of Random123 (J. Salmon and others, Parallel random numbers: as
 * easy as 1, 2, 3, SC 2011) gives the bits, Box and Muller's method the bell.
 */
#include "random/random.h"

#include <Random123/philox.h>
#include <math.h>

#define TURN 6.28318530717958647692

/* 52 bits of two words and half of the next: in (0, 1), never at its ends. */
static double
unit(uint32_t high, uint32_t low)
{
    return ((high >> 6) * 67108864.0 + (low >> 6) + 0.5) / 4503599627370496.0;
}

double
random_normal_at(uint64_t seed, enum random_stream stream, uint64_t place)
{
    const philox4x32_ctr_t counter = {
        {(uint32_t)place, (uint32_t)(place >> 32), (uint32_t)stream, 0}};
    const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    const philox4x32_ctr_t bits = philox4x32(counter, key);
    double radius = sqrt(-2 * log(unit(bits.v[0], bits.v[1])));

    return radius * cos(TURN * unit(bits.v[2], bits.v[3]));
}
