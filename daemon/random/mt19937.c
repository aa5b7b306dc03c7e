/* mt19937.c - the Mersenne twister, MT19937.
 *
 * M. Matsumoto and T. Nishimura, ACM Transactions on Modeling and Computer
 * Simulation 8, 3 (1998); the two ways to seed it are those of their revision
 * of 2002, which NumPy and Python use for a number and for a list. */
#include "random/random.h"

#define WORDS MT19937_WORDS
#define SHIFT 397

void
mt19937_seed(struct mt19937 *twister, uint32_t seed)
{
    uint32_t *words = twister->words;

    words[0] = seed;
    for (uint32_t i = 1; i < WORDS; i++)
        words[i] = 1812433253u * (words[i - 1] ^ (words[i - 1] >> 30)) + i;
    twister->position = WORDS;
}

/* How far word i depends on the one before it while a list is mixed in. */
static uint32_t
mixed(const uint32_t *words, uint32_t i, uint32_t factor)
{
    uint32_t before = words[i - 1];

    return words[i] ^ ((before ^ (before >> 30)) * factor);
}

/* Word 0 repeats the last one when a round is over. */
static uint32_t
next_word(uint32_t *words, uint32_t i)
{
    if (i + 1 < WORDS)
        return i + 1;
    words[0] = words[WORDS - 1];
    return 1;
}

void
mt19937_seed_list(struct mt19937 *twister, const uint32_t *list, size_t count)
{
    uint32_t *words = twister->words;
    uint32_t i = 1;

    mt19937_seed(twister, 19650218u);
    for (size_t k = 0; k < (count > WORDS ? count : WORDS); k++) {
        size_t j = k % count;

        words[i] = mixed(words, i, 1664525u) + list[j] + (uint32_t)j;
        i = next_word(words, i);
    }
    for (int k = 0; k < WORDS - 1; k++) {
        words[i] = mixed(words, i, 1566083941u) - i;
        i = next_word(words, i);
    }
    words[0] = 0x80000000u;
}

static void
refill(struct mt19937 *twister)
{
    uint32_t *words = twister->words;

    for (int i = 0; i < WORDS; i++) {
        uint32_t joined =
            (words[i] & 0x80000000u) | (words[(i + 1) % WORDS] & 0x7fffffffu);

        words[i] = words[(i + SHIFT) % WORDS] ^ (joined >> 1) ^
                   ((joined & 1u) ? 0x9908b0dfu : 0u);
    }
    twister->position = 0;
}

uint32_t
mt19937_next(struct mt19937 *twister)
{
    uint32_t word;

    if (twister->position == WORDS)
        refill(twister);
    word = twister->words[twister->position++];
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c5680u;
    word ^= (word << 15) & 0xefc60000u;
    return word ^ (word >> 18);
}
