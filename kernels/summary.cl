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
        sum += 1 + state[AT(STATE_MEMBRANE, blocks, k)];
    return LANE_SUM(sum);
}

static inline real
filters_sum(private const struct network *net)
{
    real sum = 0;
    UNROLL
    for (int i = 0; i < FILTERS; i++)
        sum += net->filters[i];
    return sum;
}

/* What a unit has to tell; its spikes are counted anew. Of W that is not
 * factored, connect.cl knows the size. */
static inline void
summary_make(struct layer ff, struct layer rec, private struct sums *sums,
             private real values[SUMMARY_WIDTH])
{
    values[SUMMARY_SPIKES_FF] = LANE_SUM(sums->spikes_ff);
    values[SUMMARY_SPIKES_REC] = LANE_SUM(sums->spikes_rec);
    values[SUMMARY_STATES] = membranes_sum(ff.state, BLOCKS_FF) +
                                membranes_sum(rec.state, BLOCKS_REC);
    sums->spikes_ff = sums->spikes_rec = 0;
#if FACTORED
    factors_square(ff.state, BLOCKS_FF, values + SUMMARY_FACTORS);
    factors_square(rec.state, BLOCKS_REC, values + SUMMARY_FACTORS + SQUARES);
#endif
}

/* Adds the values of all units up over the network and writes them. */
static inline void
summary_write(private real values[ITEM_UNITS][SUMMARY_WIDTH],
              global real *summary, bool tells,
              private struct exchange *exchange)
{
    UNROLL
    for (int first = 0; first < SUMMARY_WIDTH; first += SUMS) {
        real total[SUMS_PADDED];
        exchange->round++;
        for (int own = 0; own < ITEM_UNITS; own++) {
            real posts[SUMS_PADDED];
            UNROLL
            for (int i = 0; i < SUMS_PADDED; i++)
                posts[i] = i < SUMS && first + i < SUMMARY_WIDTH
                               ? values[own][first + i]
                               : 0;
            sums_post(exchange, own, posts);
        }
        sums_collect(exchange, total);
        UNROLL
        for (int i = 0; i < SUMS; i++)
            if (tells && first + i < SUMMARY_WIDTH)
                summary[first + i] = total[i];
    }
}
