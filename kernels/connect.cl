/* connect.cl - one step of weights that are not factors alone.
 *
 *   gathered   W = m (W0 + E D): W0 fixed, m 0 or 1 where a connection is
 *              missing or there. Nothing N x N is written: the columns of the
 *              neurons that spiked are added up.
 *   dense      W itself, learned entry by entry and kept from being negative
 *              if asked to: nothing is assumed about it.
 *
 * Every work-item adds up what its own neurons receive, spikes in the order of
 * neurons. It runs between two fences: all spikes are there, and no trace has
 * changed yet. */
#if !FACTORED

/* With warps to count them, spikes are listed before columns are added up. */
#define LISTED (GATHERED && SHUFFLE)
#define LIST_MOST GROUP
#define TOGETHER  16

/* One matrix [presynaptic P][PADDED_REC], column by column, and its neurons. */
struct matrix {
    global realv *weights;      /* W0 or W                                   */
    global const ucharv *mask;  /* m                                         */
    global const real *pre;     /* state of the presynaptic layer            */
    int padded;                 /* its P                                     */
    int neurons;                /* columns that exist                        */
    local int *list;            /* [LIST_MOST + GROUP / WARP], the group's   */
    real correction[DIMS];
};

#define PRE(m, field, j) (m)->pre[(field) * (m)->padded + (j)]

/* Where entry block k of column j lies, from the first of this work-item. */
#define ENTRY(j, k) ((j) * ITEMS_REC + (k) * UNIT)

/* E_i D_j of block k and column j, with W0 and mask. */
static inline realv
gathered_weight(private const struct matrix *m, NEURONS const realv *fixed,
                int j, int k, real kept)
{
    realv weight = 0;
    UNROLL
    for (int i = 0; i < DIMS; i++)
        weight += fixed[AT(FIXED_ENCODERS + i, BLOCKS_REC, k)] *
                  PRE(m, STATE_FACTORS + i, j);
    if (WEIGHTS_FIXED)
        weight += kept * m->weights[ENTRY((size_t)j, k)];
    if (WEIGHTS_MASKED)
        weight *= TO_REALS(m->mask[ENTRY((size_t)j, k)]);
    return weight;
}

/* The entry after it has learned (E_i correction) trace_j. */
static inline realv
dense_learn(private const struct matrix *m, realv weight, realv rate,
            real trace, int j, int k, private const struct network *net,
            struct gate gate)
{
    realv learned = weight + rate * trace;
    if (DECAY && gate.learning)
        learned = net->job[JOB_KEEP_WEIGHTS] * weight + rate * trace;
    if (WEIGHTS_MASKED)
        learned *= TO_REALS(m->mask[ENTRY((size_t)j, k)]);
    if (WEIGHTS_CLIPPED)
        learned = learned < (realv)0 ? (realv)0 : learned;
    return learned;
}

/* What block k receives through one matrix, learned before its use or after. */
static inline realv
dense_block(private const struct matrix *m, NEURONS const realv *fixed, int k,
            private const struct network *net, struct gate gate)
{
    realv received = 0;
    realv rate = 0;
    bool learns = DECAY && gate.learning;
    UNROLL
    for (int i = 0; i < DIMS; i++) {
        rate += fixed[AT(FIXED_ENCODERS + i, BLOCKS_REC, k)] * m->correction[i];
        learns = learns || m->correction[i] != 0;
    }
    for (int j = 0; j < m->neurons; j++) {
        const real spike = PRE(m, STATE_SPIKES, j);
        if (!learns && spike == 0)
            continue;
        global realv *entry = &m->weights[ENTRY((size_t)j, k)];
        realv weight = *entry;
        real trace = PRE(m, STATE_TRACE, j);
        if (LEARN_LATE) {
            received += weight * spike;
            trace = net->job[JOB_KEEP_SYNAPSE] * trace + spike;
        }
        if (learns) {
            weight = dense_learn(m, weight, rate, trace, j, k, net, gate);
            *entry = weight;
        }
        if (!LEARN_LATE)
            received += weight * spike;
    }
    return received;
}

#if LISTED
/* Makes a list of those that spiked among GROUP neurons from `first` on, in
 * their order; how many. */
static inline int
spikes_list(private const struct matrix *m, int first)
{
    const int item = get_local_id(0), warp = item / WARP;
    const int j = first + item;
    const bool spiked = j < m->neurons && PRE(m, STATE_SPIKES, j) != 0;
    const uint those = lanes_where(spiked);
    local int *counts = m->list + LIST_MOST;
    int at = 0, count = 0;
    GROUP_FENCE;
    if (LANE == 0)
        counts[warp] = popcount(those);
    GROUP_FENCE;
    for (int i = 0; i < GROUP / WARP; i++) {
        if (i == warp)
            at = count;
        count += counts[i];
    }
    if (spiked)
        m->list[at + popcount(those & ((1u << LANE) - 1))] = j;
    GROUP_FENCE;
    return count;
}

/* Adds what all blocks receive; several columns at a time, which come from far
 * away. */
static inline void
gathered_add(private const struct matrix *m, NEURONS const realv *fixed,
             real kept, private realv received[BLOCKS_REC])
{
    for (int first = 0; first < m->neurons; first += GROUP) {
        const int count = spikes_list(m, first);
        for (int k = 0; k < BLOCKS_REC; k++)
            for (int i = 0; i < count; i += TOGETHER) {
                realv weights[TOGETHER];
                UNROLL
                for (int u = 0; u < TOGETHER; u++)
                    weights[u] = i + u < count
                                     ? gathered_weight(m, fixed, m->list[i + u],
                                                       k, kept)
                                     : 0;
                UNROLL
                for (int u = 0; u < TOGETHER; u++)
                    received[k] += weights[u];
            }
    }
}
#endif

static inline realv
gathered_block(private const struct matrix *m, NEURONS const realv *fixed,
               int k, real kept)
{
    realv received = 0;
    for (int j = 0; j < m->neurons; j++)
        if (PRE(m, STATE_SPIKES, j) != 0)
            received += gathered_weight(m, fixed, j, k, kept);
    return received;
}

/* The currents of the recurrent layer take in both matrices' spikes. */
static inline void
currents_step(private const struct matrix *ff, private const struct matrix *rec,
              NEURONS const realv *fixed, NEURONS realv *state,
              private const struct network *net, struct gate gate)
{
    const real kept = 1 - FILTER_NUMBER(net, FILTER_LOST);
#if LISTED
    realv received_all[BLOCKS_REC] = {0};
    gathered_add(ff, fixed, kept, received_all);
    gathered_add(rec, fixed, kept, received_all);
#endif
    for (int k = 0; k < BLOCKS_REC; k++) {
#if LISTED
        const realv received = received_all[k];
#elif DENSE
        const realv received =
            dense_block(ff, fixed, k, net, gate) +
            dense_block(rec, fixed, k, net, gate);
#else
        const realv received = gathered_block(ff, fixed, k, kept) +
                               gathered_block(rec, fixed, k, kept);
#endif
        state[AT(STATE_CURRENT, BLOCKS_REC, k)] =
            net->job[JOB_KEEP_SYNAPSE] *
                state[AT(STATE_CURRENT, BLOCKS_REC, k)] +
            net->job[JOB_TAKE_SYNAPSE] * received;
    }
}

/* W0 decays when D does. */
static inline void
lost_step(private struct network *net, struct gate gate)
{
    if (DECAY && GATHERED && gate.learning)
        FILTER_NUMBER(net, FILTER_LOST) =
            1 - (1 - FILTER_NUMBER(net, FILTER_LOST)) *
                    net->job[JOB_KEEP_WEIGHTS];
}

/* What block_step() left undone: traces, and learning where it comes late. */
static inline void
layer_settle(NEURONS realv *state, int blocks, int share, bool readout,
             private const struct network *net, struct gate gate)
{
    real correction[DIMS];
    real to_readout[DIMS];
    correction_make(net, gate, share, correction);
    correction_make(net, gate, JOB_SHARE_READOUT, to_readout);
    for (int k = 0; k < blocks; k++) {
        trace_step(state, blocks, k, state[AT(STATE_SPIKES, blocks, k)], net);
        if (LEARN_LATE && GATHERED)
            factor_learn(state, STATE_FACTORS, blocks, k, net, gate,
                         correction);
        if (LEARN_LATE && PLASTIC_READOUT && readout)
            factor_learn(state, STATE_READOUT, blocks, k, net, gate,
                         to_readout);
    }
}

/* The step of both matrices, after both layers' neurons. */
static inline void
connections_step(private struct matrix *m_ff, private struct matrix *m_rec,
                 NEURONS const realv *fixed, NEURONS realv *ff,
                 NEURONS realv *rec, private struct network *net,
                 struct gate gate)
{
    correction_make(net, gate, JOB_SHARE_FF, m_ff->correction);
    correction_make(net, gate, JOB_SHARE_REC, m_rec->correction);
    if (!LEARN_LATE)
        lost_step(net, gate);
    GROUP_FENCE;
    currents_step(m_ff, m_rec, fixed, rec, net, gate);
    GROUP_FENCE;
    if (LEARN_LATE)
        lost_step(net, gate);
    layer_settle(ff, BLOCKS_FF, JOB_SHARE_FF, false, net, gate);
    layer_settle(rec, BLOCKS_REC, JOB_SHARE_REC, true, net, gate);
}

/* The sum of squares of the entries of W that this work-item's neurons have. */
static inline real
matrix_square(private const struct matrix *m, NEURONS const realv *fixed,
              private const struct network *net)
{
    const real kept = 1 - FILTER_NUMBER(net, FILTER_LOST);
    real sum = 0;
    for (int k = 0; k < BLOCKS_REC; k++)
        for (int j = 0; j < m->neurons; j++) {
#if DENSE
            const realv weight = m->weights[ENTRY((size_t)j, k)];
#else
            const realv weight = gathered_weight(m, fixed, j, k, kept);
#endif
            sum += LANE_SUM(weight * weight);
        }
    return sum;
}

#endif
