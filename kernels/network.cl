/* network.cl - what one work-item knows of a network, and where it lies.
 *
 * One work-group simulates one job. The weights are never stored, where that
 * is exact: learning adds (scaled encoders * error) x (presynaptic trace) to
 * both matrices, so from zero they are always W = E D, with the encoders
 * E [N][d] fixed, and only the factors D [d][N] are kept and learned. */

#define BLOCK_ITEMS (GROUP * WIDTH)
#define PADDED_FF (BLOCKS_FF * BLOCK_ITEMS)
#define PADDED_REC (BLOCKS_REC * BLOCK_ITEMS)
#define FIXED_FF (FIXED_ENCODERS + INPUTS)
#define FIXED_REC (FIXED_ENCODERS + 2 * DIMS)
#define GATHERED (CONNECT == 1) /* enum connect, for the preprocessor        */
#define DENSE (CONNECT == 2)
#define FACTORED (!GATHERED && !DENSE)
#define STATE_SPIKES (STATE_FACTORS + DIMS)
#define STATES_FF (STATE_SPIKES + !FACTORED)
#define STATE_CURRENT STATES_FF
#define STATE_READOUT (STATE_CURRENT + !FACTORED)
#define STATES_REC (STATE_READOUT + PLASTIC_READOUT * DIMS)
#define DRIVE_WIDTH (INPUTS + DIMS + GATES)
#define TRACE_WIDTH (TRACE_FIELDS * DIMS)
#define FILTERS (FILTER_FIELDS * DIMS + FILTER_NUMBERS)
#define SPIKE_WORDS(blocks) (((blocks) + 31) / 32)
#define SPIKE_WIDTH ((SPIKE_WORDS(BLOCKS_FF) + SPIKE_WORDS(BLOCKS_REC)) * GROUP)

/* Where block k of a field lies, for this work-item. */
#if REGISTERS
#define AT(field, blocks, k) ((field) * (blocks) + (k))
#else
#define AT(field, blocks, k)                                                   \
    (((field) * (blocks) + (k)) * GROUP + get_local_id(0))
#endif

#define STEPS_PER_SECOND R(1000.0)   /* 1 / dt                               */
#define KEEP_STEP R(0.36787944117144233) /* exp(-1): a synapse of tau = dt   */
#define TAKE_STEP R(0.63212055882855767)
#define CLAMP_CURRENT R(-100.0)      /* times the gain of each neuron        */
#define CLAMP_GONE R(1e-30)          /* less than rounding, whatever the gain */

/* What every work-item knows and computes alike: a few numbers, no message. */
struct network {
    real job[JOB_FIELDS];
    real filters[FILTERS];
    real eta;       /* of this step                                          */
    bool learning;  /* whether the weights change in it                      */
    uint step;      /* steps done before it                                  */
    uint seed;      /* of the noise                                          */
};

#define FILTER(net, field, i) (net)->filters[(field) * DIMS + (i)]
#define FILTER_NUMBER(net, number)                                             \
    (net)->filters[FILTER_FIELDS * DIMS + (number)]

/* Both layers, or as much of them as one work-item holds. */
struct sums {
    realv current[DIMS]; /* D_ff S_ff + D_rec S_rec                          */
    realv readout[DIMS]; /* decoders S_rec                                   */
    realv spikes_ff;     /* since the last summary                           */
    realv spikes_rec;
};
