/* noise.cl - a Gaussian for every neuron and step, out of nothing but their
 * numbers: no state, so that a resumed run goes on with the same bits.
 *
 * Philox 4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011). */

#define PHILOX_ROUNDS 10
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

/* Turns four words (vectors of them) into four random ones. */
static inline void
philox(uintv word[4], uint key0, uint key1)
{
    UNROLL
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        const uintv high0 = HIGH_WORD((uintv)PHILOX_M0, word[0]);
        const uintv high1 = HIGH_WORD((uintv)PHILOX_M1, word[2]);
        const uintv low0 = PHILOX_M0 * word[0];
        const uintv low1 = PHILOX_M1 * word[2];
        word[0] = high1 ^ word[1] ^ key0;
        word[1] = low1;
        word[2] = high0 ^ word[3] ^ key1;
        word[3] = low0;
        key0 += PHILOX_W0;
        key1 += PHILOX_W1;
    }
}

/* Mean 0, standard deviation 1, by Box and Muller; tails end at 6.7. */
static inline realv
noise_normal(uint seed, uint layer, uint step, uintv neuron)
{
    uintv word[4] = {neuron, (uintv)step, (uintv)layer, (uintv)0};
    philox(word, seed, 0);
    const realv part = (TO_REALS(word[0]) + R(0.5)) * R(2.3283064365386963e-10);
    const realv turn = TO_REALS(word[1]) * R(2.3283064365386963e-10);
    return sqrt(R(-2.0) * log(part)) * cos(R(6.283185307179586) * turn);
}
