/* sum.cl - sums over all units of a network, the same bits every time.
 *
 * Every unit adds up what its own neurons have and posts it; then the posts of
 * all units are added up, by every work-item that needs the totals, in an order
 * that their numbers give. So it makes no difference to the totals in which
 * work-group a unit is. Between posting and collecting there is time for work
 * that does not need the totals.
 *
 * Posts lie in local memory where a network is one work-group. Where it has
 * several, which all run at once, they lie in global memory as words of 64 bits,
 * each with the number of its round: whoever reads a word sees from it alone
 * whether it is there yet, so one trip through the cache that the groups share
 * is all it takes, and no fence. Rounds alternate between two places: nobody
 * posts in a round before he has collected all posts of the one before, which
 * were made after the round before that one was collected. */

/* SUMS values travel together, padded to a power of two for the exchange. */
#define SUMS (2 * DIMS)
#if SUMS <= 2
#define SUMS_PADDED 2
#elif SUMS <= 4
#define SUMS_PADDED 4
#elif SUMS <= 8
#define SUMS_PADDED 8
#else
#define SUMS_PADDED 16
#endif

/* Who posts to the other work-groups: every unit, or, where those would be too
 * many, every group. */
#define POSTS_MOST 512
#define UNITS_POST (PARTS > 1 && UNITS * SUMS_PADDED <= POSTS_MOST)
#define POSTS (UNITS_POST ? UNITS : PARTS)
#define REAL_WORDS (REAL_BITS / 32)
#define POST_WORDS (POSTS * SUMS_PADDED * REAL_WORDS) /* of one round          */

/* What a work-item knows of the exchange. */
struct exchange {
    local real *scratch;          /* [SCRATCH] of the work-group               */
    volatile global ulong *words; /* [2][POST_WORDS] of the network            */
    int part;                     /* number of the work-group                  */
    uint round;                   /* how many sums were posted                 */
    bool lost;                    /* another work-group never came             */
#if GROUP == 1
    real posts[ITEM_UNITS][SUMS_PADDED];
#endif
};

#if PARTS > 1

/* Other groups run, so it takes microseconds; after seconds they never will. */
#if GROUP > 1
#define POLLS_MOST (1u << 24)
#else
#define POLLS_MOST (1u << 31)
#endif

static inline void
word_write(private const struct exchange *exchange, int at, real value)
{
    volatile global ulong *word = exchange->words +
                                  (exchange->round % 2) * POST_WORDS +
                                  at * REAL_WORDS;
    const ulong round = (ulong)exchange->round << 32;
#if REAL_BITS == 64
    const ulong bits = as_ulong(value);
    word[0] = round | (bits & 0xffffffffu);
    word[1] = round | (bits >> 32);
#else
    word[0] = round | as_uint(value);
#endif
}

/* Whether the value is there. */
static inline bool
word_read(private const struct exchange *exchange, int at, private real *value)
{
    volatile global ulong *word = exchange->words +
                                  (exchange->round % 2) * POST_WORDS +
                                  at * REAL_WORDS;
    const ulong low = word[0];
#if REAL_BITS == 64
    const ulong high = word[1];
    *value = as_double(high << 32 | (low & 0xffffffffu));
    return (uint)(low >> 32) == exchange->round &&
           (uint)(high >> 32) == exchange->round;
#else
    *value = as_float((uint)low);
    return (uint)(low >> 32) == exchange->round;
#endif
}

#endif

#if GROUP == 1

#define SCRATCH 1

static inline void
sums_post(private struct exchange *exchange, int own,
          private const real values[SUMS_PADDED])
{
    for (int i = 0; i < SUMS; i++)
#if PARTS > 1
        word_write(exchange,
                   (exchange->part * ITEM_UNITS + own) * SUMS_PADDED + i,
                   values[i]);
#else
        exchange->posts[own][i] = values[i];
#endif
}

static inline void
sums_collect(private struct exchange *exchange, private real total[SUMS_PADDED])
{
    for (int i = 0; i < SUMS; i++)
        total[i] = 0;
#if PARTS > 1
    for (int at = 0; at < UNITS * SUMS_PADDED; at++) {
        real value = 0;
        uint tries = exchange->lost ? POLLS_MOST : 0;
        if (at % SUMS_PADDED >= SUMS)
            continue;
        while (!word_read(exchange, at, &value) && tries < POLLS_MOST)
            tries++;
        exchange->lost = tries == POLLS_MOST;
        total[at % SUMS_PADDED] += value;
    }
#else
    for (int own = 0; own < ITEM_UNITS; own++)
        for (int i = 0; i < SUMS; i++)
            total[i] += exchange->posts[own][i];
#endif
}

#elif SHUFFLE

#define WARP 32 /* = UNIT */
#define SCRATCH (2 * (PART_UNITS + 1) * SUMS_PADDED)

/* The value that lane (own number ^ mask), or lane `from`, passes. OpenCL C 1.2
 * has no word for it on NVIDIA, so it is said in PTX. */
#if REAL_BITS == 64
#define SHUFFLE_REAL(mode, in, out, lane)                                      \
    uint2 in_ = as_uint2(in), out_;                                            \
    asm volatile("shfl.sync." mode ".b32 %0, %1, %2, 0x1f, 0xffffffff;"        \
                 : "=r"(out_.x) : "r"(in_.x), "r"(lane));                      \
    asm volatile("shfl.sync." mode ".b32 %0, %1, %2, 0x1f, 0xffffffff;"        \
                 : "=r"(out_.y) : "r"(in_.y), "r"(lane));                      \
    out = as_double(out_);
#else
#define SHUFFLE_REAL(mode, in, out, lane)                                      \
    asm volatile("shfl.sync." mode ".b32 %0, %1, %2, 0x1f, 0xffffffff;"        \
                 : "=f"(out) : "f"(in), "r"(lane));
#endif

static inline real
lane_exchange(real value, uint mask)
{
    real out;
    SHUFFLE_REAL("bfly", value, out, mask)
    return out;
}

static inline real
lane_value(real value, uint from)
{
    real out;
    SHUFFLE_REAL("idx", value, out, from)
    return out;
}

/* Whether it is so in every lane. */
static inline bool
lanes_agree(bool so)
{
    uint all;
    asm volatile("{ .reg .pred p; setp.ne.u32 p, %1, 0;"
                 " vote.sync.all.pred p, p, 0xffffffff;"
                 " selp.u32 %0, 1, 0, p; }"
                 : "=r"(all) : "r"((uint)so));
    return all != 0;
}

/* A bit for every lane in which it is so. */
static inline uint
lanes_where(bool so)
{
    uint lanes;
    asm volatile("{ .reg .pred p; setp.ne.u32 p, %1, 0;"
                 " vote.sync.ballot.b32 %0, p, 0xffffffff; }"
                 : "=r"(lanes) : "r"((uint)so));
    return lanes;
}

/* Sums each of the values over the warp, halving how many a lane still holds
 * at each exchange: lane l ends with value l / (WARP / SUMS_PADDED). */
static inline real
warp_sum(private const real given[SUMS_PADDED])
{
    const uint lane = LANE;
    uint mask = WARP / 2;
    real values[SUMS_PADDED];
    UNROLL
    for (int i = 0; i < SUMS_PADDED; i++)
        values[i] = given[i];
    UNROLL
    for (int held = SUMS_PADDED / 2; held >= 1; held /= 2) {
        const bool upper = (lane & mask) != 0;
        UNROLL
        for (int i = 0; i < held; i++) {
            const real keep = upper ? values[i + held] : values[i];
            const real give = upper ? values[i] : values[i + held];
            values[i] = keep + lane_exchange(give, mask);
        }
        mask /= 2;
    }
    UNROLL
    for (int pair = WARP / SUMS_PADDED / 2; pair >= 1; pair /= 2)
        values[0] += lane_exchange(values[0], (uint)pair);
    return values[0];
}

/* The lanes have added up posts, each those of its number in steps of WARP:
 * value l % SUMS_PADDED. Now those of all lanes: each ends with the total of
 * that value. */
static inline real
posts_sum(real sum, int posts)
{
    UNROLL
    for (int mask = SUMS_PADDED; mask < WARP && mask < posts * SUMS_PADDED;
         mask *= 2)
        sum += lane_exchange(sum, (uint)mask);
    return sum;
}

/* Those of the work-group, from local memory. */
static inline real
local_sum(local const real *posts)
{
    real sum = 0;
    UNROLL
    for (int at = 0; at < PART_UNITS * SUMS_PADDED; at += WARP)
        if (at + WARP <= PART_UNITS * SUMS_PADDED ||
            at + LANE < PART_UNITS * SUMS_PADDED)
            sum += posts[at + LANE];
    return posts_sum(sum, PART_UNITS);
}

#if PARTS > 1
/* Those of all work-groups, as soon as they are there. */
static inline real
global_sum(private struct exchange *exchange)
{
    uint tries = exchange->lost ? POLLS_MOST : 0;
    real sum;
    bool there;
    do {
        sum = 0;
        there = true;
        UNROLL
        for (int at = 0; at < POSTS * SUMS_PADDED; at += WARP)
            if (at + WARP <= POSTS * SUMS_PADDED ||
                at + LANE < POSTS * SUMS_PADDED) {
                real value;
                there = word_read(exchange, at + LANE, &value) && there;
                sum += value;
            }
    } while (!lanes_agree(there) && ++tries < POLLS_MOST);
    exchange->lost = tries >= POLLS_MOST;
    return posts_sum(sum, POSTS);
}
#endif

static inline void
sums_post(private struct exchange *exchange, int own,
          private const real values[SUMS_PADDED])
{
    const uint warp = get_local_id(0) / WARP;
    const uint unit = own * GROUP_UNITS + warp;
    const uint value = LANE / (WARP / SUMS_PADDED);
    const bool holds = LANE % (WARP / SUMS_PADDED) == 0;
    const real sum = warp_sum(values);
#if UNITS_POST
    if (holds)
        word_write(exchange,
                   (exchange->part * PART_UNITS + unit) * SUMS_PADDED + value,
                   sum);
#else
    local real *posts =
        exchange->scratch + exchange->round % 2 * (PART_UNITS * SUMS_PADDED);
    if (holds)
        posts[unit * SUMS_PADDED + value] = sum;
#if PARTS > 1 /* of one unit a warp */
    barrier(CLK_LOCAL_MEM_FENCE);
    if (warp == 0) {
        const real all = local_sum(posts);
        if (LANE < SUMS_PADDED)
            word_write(exchange, exchange->part * SUMS_PADDED + LANE, all);
    }
#endif
#endif
}

static inline void
sums_collect(private struct exchange *exchange, private real total[SUMS_PADDED])
{
    const uint phase = exchange->round % 2;
#if UNITS_POST
    const real sum = global_sum(exchange);
#elif PARTS > 1
    local real *told = exchange->scratch + 2 * PART_UNITS * SUMS_PADDED +
                       phase * SUMS_PADDED;
    if (get_local_id(0) / WARP == 0) {
        const real all = global_sum(exchange);
        if (LANE < SUMS_PADDED)
            told[LANE] = all;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const real sum = told[LANE % SUMS_PADDED];
#else
    barrier(CLK_LOCAL_MEM_FENCE);
    const real sum =
        local_sum(exchange->scratch + phase * (PART_UNITS * SUMS_PADDED));
#endif
    UNROLL
    for (int i = 0; i < SUMS; i++)
        total[i] = lane_value(sum, (uint)i);
}

#else

#define SCRATCH (2 * GROUP * SUMS_PADDED)

/* For a GPU of any make: a tree in local memory. GROUP is a power of two. */
static inline void
sums_post(private struct exchange *exchange, int own,
          private const real values[SUMS_PADDED])
{
    local real *posts = exchange->scratch +
                        exchange->round % 2 * (GROUP * SUMS_PADDED) +
                        get_local_id(0) * SUMS_PADDED;
    for (int i = 0; i < SUMS; i++)
        posts[i] = values[i];
}

static inline void
sums_collect(private struct exchange *exchange, private real total[SUMS_PADDED])
{
    const int item = get_local_id(0);
    local real *posts =
        exchange->scratch + exchange->round % 2 * (GROUP * SUMS_PADDED);
    for (int pair = GROUP / 2; pair >= 1; pair /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < pair)
            for (int i = 0; i < SUMS; i++)
                posts[item * SUMS_PADDED + i] +=
                    posts[(item + pair) * SUMS_PADDED + i];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = 0; i < SUMS; i++)
        total[i] = posts[i];
}

#endif
