/* sum.cl - sums over all work-items of a group, the same bits every time.
 *
 * group_sum() leaves in values[] of every work-item the totals over the group.
 * The order of the additions is fixed by the work-item numbers alone. One
 * barrier a call: callers alternate `phase` between 0 and 1, so that a slow
 * work-item still reads the one part while a fast one fills the other. */

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

#if GROUP == 1

#define SCRATCH 1
static inline void
group_sum(private real values[SUMS_PADDED], local real *scratch, int phase)
{
    (void)values, (void)scratch, (void)phase;
}

#elif SHUFFLE

#define WARP 32
#define WARPS (GROUP / WARP)
#define SCRATCH (2 * WARPS * SUMS_PADDED)

/* The value that lane (own number ^ mask) passes. OpenCL C 1.2 has no word
 * for it on NVIDIA, so it is said in PTX. */
static inline real
lane_exchange(real value, uint mask)
{
#if REAL_BITS == 64
    const uint2 in = as_uint2(value);
    uint2 out;
    asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;"
                 : "=r"(out.x) : "r"(in.x), "r"(mask));
    asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;"
                 : "=r"(out.y) : "r"(in.y), "r"(mask));
    return as_double(out);
#else
    real out;
    asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;"
                 : "=f"(out) : "f"(value), "r"(mask));
    return out;
#endif
}

/* Sums each of the values over the warp, halving how many a lane still holds
 * at each exchange: lane l ends with value l / (WARP / SUMS_PADDED). */
static inline real
warp_sum(private real values[SUMS_PADDED], uint lane)
{
    uint mask = WARP / 2;
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

static inline void
group_sum(private real values[SUMS_PADDED], local real *scratch, int phase)
{
    const uint lane = get_local_id(0) % WARP;
    const uint warp = get_local_id(0) / WARP;
    local real *part = scratch + phase * (WARPS * SUMS_PADDED);

    const real total = warp_sum(values, lane);
    if (lane % (WARP / SUMS_PADDED) == 0)
        part[warp * SUMS_PADDED + lane / (WARP / SUMS_PADDED)] = total;
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLL
    for (int i = 0; i < SUMS; i++) {
        real sum = part[i];
        UNROLL
        for (int w = 1; w < WARPS; w++)
            sum += part[w * SUMS_PADDED + i];
        values[i] = sum;
    }
}

#else

#define SCRATCH (2 * GROUP * SUMS_PADDED)

/* For a GPU of any make: a tree in local memory. GROUP is a power of two. */
static inline void
group_sum(private real values[SUMS_PADDED], local real *scratch, int phase)
{
    const int item = get_local_id(0);
    local real *part = scratch + phase * (GROUP * SUMS_PADDED);

    for (int i = 0; i < SUMS; i++)
        part[item * SUMS_PADDED + i] = values[i];
    for (int pair = GROUP / 2; pair >= 1; pair /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < pair)
            for (int i = 0; i < SUMS; i++)
                part[item * SUMS_PADDED + i] +=
                    part[(item + pair) * SUMS_PADDED + i];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = 0; i < SUMS; i++)
        values[i] = part[i];
}

#endif
