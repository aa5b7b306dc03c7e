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
    random_seed_words(random, &seed, 1);
}

void
random_seed_words(struct random *random, const uint32_t *words, size_t count)
{
    mt19937_seed_list(&random->twister, words, count);
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

/* A whole number from 0 to `most`: as many bits as `most` has, drawn again
 * while they are beyond it. */
static uint64_t
interval(struct random *random, uint64_t most)
{
    uint64_t mask = most, number;

    for (int shift = 1; shift < 64; shift *= 2)
        mask |= mask >> shift;
    do {
        number = mt19937_next(&random->twister);
        if (most > UINT32_MAX)
            number = number << 32 | mt19937_next(&random->twister);
        number &= mask;
    } while (number > most);
    return number;
}

/* Fisher and Yates, from the end. */
void
random_shuffle(struct random *random, int64_t count, double *numbers)
{
    for (int64_t i = count - 1; i > 0; i--) {
        uint64_t j = interval(random, (uint64_t)i);
        double moved = numbers[i];

        numbers[i] = numbers[j];
        numbers[j] = moved;
    }
}
