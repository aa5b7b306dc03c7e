/* random.h - the streams of NumPy's legacy RandomState, bit for bit, since the
 * published runs are defined by their seeds; and noise without a stream.
 *
 * Knows the Mersenne twister and what NumPy makes of it, and Philox. Knows
 * nothing of networks. Above: model, drive. Below: base. */
#ifndef FOLLOWD_RANDOM_H
#define FOLLOWD_RANDOM_H

#include "base/base.h"

#define MT19937_WORDS 624

struct mt19937 {
    uint32_t words[MT19937_WORDS];
    int position; /* of the next word to hand out */
};

void mt19937_seed(struct mt19937 *twister, uint32_t seed);
void mt19937_seed_list(struct mt19937 *twister, const uint32_t *list,
                       size_t count /* at least 1 */);
uint32_t mt19937_next(struct mt19937 *twister);

/* numpy.random.RandomState */
struct random {
    struct mt19937 twister;
    bool has_spare; /* Gaussians come in pairs; the second one waits here    */
    double spare;
};

void random_seed(struct random *random, uint32_t seed); /* RandomState(seed) */
/* RandomState([seed]), which is another stream. */
void random_seed_list(struct random *random, uint32_t seed);
/* RandomState([words[0], words[1], ...]) */
void random_seed_words(struct random *random, const uint32_t *words,
                       size_t count /* at least 1 */);
double random_sample(struct random *random); /* in [0, 1), 53 bits           */
double random_normal(struct random *random); /* mean 0, deviation 1          */
void random_fill_uniform(struct random *random, double low, double high,
                         int64_t count, double *out /* [count] */);
void random_fill_normal(struct random *random, int64_t count,
                        double *out /* [count] */);
/* As numpy.random.permutation() orders an array of one dimension. */
void random_shuffle(struct random *random, int64_t count,
                    double *numbers /* [count] */);

/* ---- noise: a function of seed, use and place --------------------------- */

/* What the numbers are for; those of different uses have nothing in common. */
enum random_stream { RANDOM_STREAM_ERROR };
/* Mean 0, deviation 1; the same for the same arguments, whatever came before.
 */
double random_normal_at(uint64_t seed, enum random_stream stream,
                        uint64_t place);

#endif
