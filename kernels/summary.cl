/* summary.cl - what is told once a period: spikes, and how large W has grown. */

#define TRIANGLE (DIMS * (DIMS + 1) / 2)
#define SQUARES (FACTORED ? TRIANGLE : 1) /* numbers of one matrix          */
#define SUMMARY_WIDTH (SUMMARY_FACTORS + 2 * SQUARES)

/* The upper triangle of D D^T, as much of it as this work-item holds. */
static inline void
factors_square(NEURONS const realv *state, int blocks, private real *triangle)
{
    int at = 0;
    UNROLL
    for (int i = 0; i < DIMS; i++)
        UNROLL
        for (int j = i; j < DIMS; j++) {
            realv sum = 0;
            UNROLL_NEURONS
            for (int k = 0; k < blocks; k++)
                sum += state[AT(STATE_FACTORS + i, blocks, k)] *
                       state[AT(STATE_FACTORS + j, blocks, k)];
            triangle[at++] = LANE_SUM(sum);
        }
}

/* A neuron whose current is not finite falls silent and shows nowhere else. */
static inline real
membranes_sum(NEURONS const realv *state, int blocks)
{
    realv sum = 0;
    UNROLL_NEURONS
    for (int k = 0; k < blocks; k++)
        sum += state[AT(STATE_MEMBRANE, blocks, k)];
    return LANE_SUM(sum);
}

/* Adds the values up over the group and writes them. */
static inline void
summary_write(private const real values[SUMMARY_WIDTH], global real *summary,
              local real *scratch, private int *phase)
{
    UNROLL
    for (int first = 0; first < SUMMARY_WIDTH; first += SUMS) {
        real total[SUMS_PADDED];
        UNROLL
        for (int i = 0; i < SUMS_PADDED; i++)
            total[i] = i < SUMS && first + i < SUMMARY_WIDTH
                           ? values[first + i]
                           : 0;
        group_sum(total, scratch, *phase);
        *phase ^= 1;
        UNROLL
        for (int i = 0; i < SUMS; i++)
            if (first + i < SUMMARY_WIDTH && get_local_id(0) == 0)
                summary[first + i] = total[i];
    }
}
