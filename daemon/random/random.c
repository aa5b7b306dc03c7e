/* random.c - the streams of NumPy's legacy RandomState, bit for bit: the
 * published runs are defined by their seeds. */
#include "random/random.h"

#include <math.h>

void
random_seed(struct random *random, uint32_t seed)
{
    mt19937_seed(&random->twister, seed);
    random->has_spare = false;
}

void
random_seed_list(struct random *random, uint32_t seed)
{
    mt19937_seed_list(&random->twister, &seed, 1);
    random->has_spare = false;
}

double
random_sample(struct random *random)
{
    double high = mt19937_next(&random->twister) >> 5; /* 27 bits */
    double low = mt19937_next(&random->twister) >> 6;  /* 26 bits */

    return (high * 67108864.0 + low) / 9007199254740992.0;
}

/* Marsaglia's polar method: a point in the unit disc gives two numbers. */
double
random_normal(struct random *random)
{
    double x, y, square, factor;

    if (random->has_spare) {
        random->has_spare = false;
        return random->spare;
    }
    do {
        x = 2.0 * random_sample(random) - 1.0;
        y = 2.0 * random_sample(random) - 1.0;
        square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    factor = sqrt(-2.0 * log(square) / square);
    random->spare = factor * x;
    random->has_spare = true;
    return factor * y;
}

void
random_fill_uniform(struct random *random, double low, double high,
                    int64_t count, double *out)
{
    double range = high - low;

    for (int64_t i = 0; i < count; i++)
        out[i] = low + range * random_sample(random);
}

void
random_fill_normal(struct random *random, int64_t count, double *out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = random_normal(random);
}
