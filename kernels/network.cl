/* network.cl - what one work-item knows of a network, and where it lies.
 *
 * The weights are never stored, where that is exact: learning adds (scaled
 * encoders * error) x (presynaptic trace) to both matrices, so from zero they
 * are always W = E D, with the encoders E [N][d] fixed, and only the factors
 * D [d][N] are kept and learned.
 *
 * The neurons of a network are dealt out to UNITS units, BLOCKS_FF and
 * BLOCKS_REC blocks of UNIT * WIDTH neurons each, in the order of their
 * numbers. A unit is what adds up by itself: a warp, a work-group, or, on a
 * CPU, one work-item that goes through its units one after the other. Which
 * work-group a unit belongs to changes no bit of what comes out: one work-group
 * may hold a whole network, or PARTS of them a part each. */

#define GROUP_UNITS (GROUP / UNIT)                 /* units at a time          */
#define PART_UNITS (UNITS / PARTS)                 /* units of a work-group    */
#define ITEM_UNITS (PART_UNITS / GROUP_UNITS)      /* units of a work-item     */
#define ITEMS_FF (UNITS * BLOCKS_FF * UNIT)        /* P / WIDTH of each layer  */
#define ITEMS_REC (UNITS * BLOCKS_REC * UNIT)
#define PADDED_REC (ITEMS_REC * WIDTH)
#define PADDED_FF (ITEMS_FF * WIDTH)
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
#define DRIVE_WIDTH                                                            \
    ((INPUTS + DIMS + DRIVE_ALIGNED - 1) / DRIVE_ALIGNED * DRIVE_ALIGNED)
#define TRACE_WIDTH (TRACE_FIELDS * DIMS)
#define FILTERS (FILTER_FIELDS * DIMS + FILTER_NUMBERS)
#define SPIKE_WORDS(blocks) (((blocks) + 31) / 32)
#define SPIKE_WIDTH                                                            \
    ((SPIKE_WORDS(BLOCKS_FF) + SPIKE_WORDS(BLOCKS_REC)) * UNITS * UNIT)

/* Block k of a field, from where the first block of the field 0 of this
 * work-item's unit lies in memory; and where the work-item keeps it. */
#define AT_MEMORY(field, blocks, k) (((field) * UNITS * (blocks) + (k)) * UNIT)
#if REGISTERS
#define AT(field, blocks, k) ((field) * (blocks) + (k))
#else
#define AT(field, blocks, k) AT_MEMORY(field, blocks, k)
#endif
/* This work-item's place in its unit, and the first of its units. */
#define LANE ((int)get_local_id(0) % UNIT)
#define PART_FIRST(part) ((part) * PART_UNITS + (int)get_local_id(0) / UNIT)

#define KEEP_STEP R(0.36787944117144233) /* exp(-1): a synapse of tau = dt   */
#define TAKE_STEP R(0.63212055882855767)
#define CLAMP_CURRENT R(-100.0)      /* times the gain of each neuron        */
#define CLAMP_GONE R(1e-30)          /* less than rounding, whatever the gain */

/* What every work-item knows and computes alike: a few numbers, no message. */
struct network {
    real job[JOB_FIELDS];
    real filters[FILTERS];
    uint seed; /* of the noise                                               */
};

/* A unit of a layer: where this work-item's first block of each is. */
struct layer {
    NEURONS const realv *fixed;
    NEURONS realv *state;
    global const realv *gain;
    int first;  /* ... among all blocks of the layer                         */
    int blocks; /* of the unit                                               */
    int fixed_fields, state_fields;
};

/* The gates of a step. */
struct gate {
    uint step; /* steps done before it                                       */
    real value[GATES];
    bool learning; /* whether the weights change in it                       */
};

#define FILTER(net, field, i) (net)->filters[(field) * DIMS + (i)]
#define FILTER_NUMBER(net, number)                                             \
    (net)->filters[FILTER_FIELDS * DIMS + (number)]

/* What a unit has of a layer, in a work-item's registers or in memory. */
struct sums {
    realv current[DIMS]; /* D_ff S_ff + D_rec S_rec                          */
    realv readout[DIMS]; /* decoders S_rec                                   */
    realv spikes_ff;     /* since the last summary                           */
    realv spikes_rec;
};
