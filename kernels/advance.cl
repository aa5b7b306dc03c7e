/* advance.cl - a FOLLOW network, forward in time: the whole model.
 *
 * One work-group simulates one job. The weights are never stored: learning
 * adds (scaled encoders * error) x (presynaptic trace) to both matrices, so
 * from zero they are always W = E D, with the encoders E [N][d] fixed, and
 * only the factors D [d][N] are kept and learned. Exact, not approximate.
 *
 * The order of the updates in a step is Nengo's: every synapse hands over
 * what it held at the end of the step before ("old"), so that a spike or an
 * error takes one step through each. */

#define BLOCK_ITEMS (GROUP * WIDTH)
#define PADDED_FF (BLOCKS_FF * BLOCK_ITEMS)
#define PADDED_REC (BLOCKS_REC * BLOCK_ITEMS)
#define FIXED_FF (FIXED_ENCODERS + INPUTS)
#define FIXED_REC (FIXED_ENCODERS + 2 * DIMS)
#define STATES (STATE_FACTORS + DIMS)
#define DRIVE_WIDTH (INPUTS + DIMS + GATES)
#define TRACE_WIDTH (TRACE_FIELDS * DIMS)
#define FILTERS (FILTER_FIELDS * DIMS + 1)
#define TRIANGLE (DIMS * (DIMS + 1) / 2)
#define SUMMARY_WIDTH (SUMMARY_FACTORS + 2 * TRIANGLE)

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
};

#define FILTER(net, field, i) (net)->filters[(field) * DIMS + (i)]
#define CLAMP(net) (net)->filters[FILTER_FIELDS * DIMS]

/* Both layers, or as much of them as one work-item holds. */
struct sums {
    realv current[DIMS]; /* D_ff S_ff + D_rec S_rec                          */
    realv readout[DIMS]; /* decoders S_rec                                   */
    realv spikes_ff;     /* since the last summary                           */
    realv spikes_rec;
};

/* D_i += correction * trace_i (paper, Eq. 10; Nengo's PES with 1/N). */
static inline void
factor_learn(NEURONS realv *state, int blocks, int k,
             private const real correction[DIMS])
{
    const realv trace = state[AT(STATE_TRACE, blocks, k)];
    UNROLL
    for (int i = 0; i < DIMS; i++)
        state[AT(STATE_FACTORS + i, blocks, k)] += correction[i] * trace;
}

static inline realv
encode(NEURONS const realv *fixed, int blocks, int k, int inputs,
       private const real *input, realv J)
{
    UNROLL
    for (int i = 0; i < inputs; i++)
        J += fixed[AT(FIXED_ENCODERS + i, blocks, k)] * input[i];
    return J;
}

/* The k-th block of a layer under the current J; its spikes reach the sums.
 * The trace takes in this step's spikes after the weights have changed, or,
 * with Nengo 3 and later, before. */
static inline realv
block_step(NEURONS realv *state, int blocks, int k, realv J,
           private const struct network *net, private const real *correction,
           private struct sums *sums)
{
    if (!LEARN_LATE)
        factor_learn(state, blocks, k, correction);
    const realv spike = neuron_step(J, &state[AT(STATE_MEMBRANE, blocks, k)]);
    UNROLL
    for (int i = 0; i < DIMS; i++)
        sums->current[i] += state[AT(STATE_FACTORS + i, blocks, k)] * spike;
    state[AT(STATE_TRACE, blocks, k)] =
        net->job[JOB_KEEP_SYNAPSE] * state[AT(STATE_TRACE, blocks, k)] +
        net->job[JOB_TAKE_SYNAPSE] * STEPS_PER_SECOND * spike;
    if (LEARN_LATE)
        factor_learn(state, blocks, k, correction);
    return spike;
}

/* The command layer: J = E u + b (paper, Eq. 5). */
static inline void
feedforward_step(NEURONS const realv *fixed, NEURONS realv *state,
                 global const realv *gain, private const real *u,
                 private const struct network *net,
                 private struct sums *sums, global spikev *spikes)
{
    real correction[DIMS];
    for (int i = 0; i < DIMS; i++)
        correction[i] = -net->job[JOB_RATE_FF] * FILTER(net, FILTER_PLASTIC, i);
    UNROLL_NEURONS
    for (int k = 0; k < BLOCKS_FF; k++) {
        realv J = encode(fixed, BLOCKS_FF, k, INPUTS, u,
                         fixed[AT(FIXED_BIAS, BLOCKS_FF, k)]);
        if (CLAMP(net) != 0)
            J += gain[k * GROUP + get_local_id(0)] * CLAMP(net);
        const realv spike =
            block_step(state, BLOCKS_FF, k, J, net, correction, sums);
        sums->spikes_ff += spike;
        if (RECORD_SPIKES)
            spikes[k * GROUP + get_local_id(0)] = TO_SPIKES(spike);
    }
}

/* The recurrent layer: J = E (learned current + feedback) + b (Eq. 6). From
 * Nengo 2.5 on the learned current passes the gain once more. */
static inline void
recurrent_step(NEURONS const realv *fixed, NEURONS realv *state,
               global const realv *gain, private const struct network *net,
               private struct sums *sums, global spikev *spikes)
{
    real correction[DIMS];
    real current[DIMS];
    for (int i = 0; i < DIMS; i++) {
        correction[i] =
            -net->job[JOB_RATE_REC] * FILTER(net, FILTER_PLASTIC, i);
        current[i] = FILTER(net, FILTER_FEEDBACK, i) +
                     (GAIN_TWICE ? 0 : FILTER(net, FILTER_CURRENT, i));
    }
    UNROLL_NEURONS
    for (int k = 0; k < BLOCKS_REC; k++) {
        realv J = encode(fixed, BLOCKS_REC, k, DIMS, current,
                         fixed[AT(FIXED_BIAS, BLOCKS_REC, k)]);
        if (GAIN_TWICE)
            J += gain[k * GROUP + get_local_id(0)] *
                 encode(fixed, BLOCKS_REC, k, DIMS,
                        &FILTER(net, FILTER_CURRENT, 0), CLAMP(net));
        else if (CLAMP(net) != 0)
            J += gain[k * GROUP + get_local_id(0)] * CLAMP(net);
        const realv spike =
            block_step(state, BLOCKS_REC, k, J, net, correction, sums);
        UNROLL
        for (int i = 0; i < DIMS; i++)
            sums->readout[i] +=
                fixed[AT(FIXED_ENCODERS + DIMS + i, BLOCKS_REC, k)] * spike;
        sums->spikes_rec += spike;
        if (RECORD_SPIKES)
            spikes[k * GROUP + get_local_id(0)] = TO_SPIKES(spike);
    }
}

/* Adds up the spikes of the group: the decoded current and the readout. */
static inline void
spikes_gather(private struct sums *sums, private real total[SUMS_PADDED],
              local real *scratch, private int *phase)
{
    UNROLL
    for (int i = 0; i < SUMS_PADDED; i++)
        total[i] = 0;
    UNROLL
    for (int i = 0; i < DIMS; i++) {
        total[i] = LANE_SUM(sums->current[i]);
        total[DIMS + i] = LANE_SUM(sums->readout[i]);
        sums->current[i] = sums->readout[i] = 0;
    }
    group_sum(total, scratch, *phase);
    *phase ^= 1;
}

/* The error, from what the filters held before this step, passes through the
 * gates into feedback and learning; then every filter takes its input. */
static inline void
filters_step(private struct network *net, private const real *drive,
             private const real *total, global real *trace)
{
    private const real *x = drive + INPUTS;
    private const real *gate = drive + INPUTS + DIMS;
    const real keep = net->job[JOB_KEEP_SYNAPSE];
    const real take = net->job[JOB_TAKE_SYNAPSE];
    UNROLL
    for (int i = 0; i < DIMS; i++) {
        const real reference = net->job[JOB_REFERENCE_FILTERED] != 0
                                   ? FILTER(net, FILTER_REFERENCE, i)
                                   : x[i];
        const real error = FILTER(net, FILTER_READOUT, i) - reference;
        const real passed = gate[GATE_ERROR] != 0 ? error : 0;
        const real learned =
            gate[GATE_LEARN] != 0 ? FILTER(net, FILTER_ERROR, i) : 0;

        FILTER(net, FILTER_PLASTIC, i) =
            KEEP_STEP * FILTER(net, FILTER_PLASTIC, i) + TAKE_STEP * learned;
        FILTER(net, FILTER_ERROR, i) =
            net->job[JOB_KEEP_ERROR] * FILTER(net, FILTER_ERROR, i) +
            net->job[JOB_TAKE_ERROR] * passed;
        FILTER(net, FILTER_FEEDBACK, i) =
            net->job[JOB_KEEP_FEEDBACK] * FILTER(net, FILTER_FEEDBACK, i) -
            net->job[JOB_TAKE_FEEDBACK] * net->job[JOB_FEEDBACK_GAIN] *
                gate[GATE_FEEDBACK] * passed;
        FILTER(net, FILTER_REFERENCE, i) =
            keep * FILTER(net, FILTER_REFERENCE, i) + take * x[i];
        FILTER(net, FILTER_CURRENT, i) =
            keep * FILTER(net, FILTER_CURRENT, i) +
            take * STEPS_PER_SECOND * total[i];
        FILTER(net, FILTER_READOUT, i) =
            keep * FILTER(net, FILTER_READOUT, i) +
            take * STEPS_PER_SECOND * total[DIMS + i];

        if (get_local_id(0) == 0) {
            trace[i] = FILTER(net, FILTER_READOUT, i);
            trace[DIMS + i] = error;
            trace[2 * DIMS + i] = learned;
        }
    }
    const real clamp = KEEP_STEP * CLAMP(net) +
                       TAKE_STEP * (gate[GATE_CLAMP] != 0 ? CLAMP_CURRENT : 0);
    CLAMP(net) = clamp > -CLAMP_GONE ? 0 : clamp;
}

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

/* Writes what happened since the last summary and how large D has grown. */
static inline void
summary_write(NEURONS const realv *ff, NEURONS const realv *rec,
              private struct sums *sums, global real *summary,
              local real *scratch, private int *phase)
{
    real values[SUMMARY_WIDTH + SUMS_PADDED];
    values[SUMMARY_SPIKES_FF] = LANE_SUM(sums->spikes_ff);
    values[SUMMARY_SPIKES_REC] = LANE_SUM(sums->spikes_rec);
    values[SUMMARY_MEMBRANES] =
        membranes_sum(ff, BLOCKS_FF) + membranes_sum(rec, BLOCKS_REC);
    factors_square(ff, BLOCKS_FF, values + SUMMARY_FACTORS);
    factors_square(rec, BLOCKS_REC, values + SUMMARY_FACTORS + TRIANGLE);
    sums->spikes_ff = sums->spikes_rec = 0;
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

#if REGISTERS
#define NEURONS_LOAD(qualifier, name, source, fields, blocks)                  \
    real name[(fields) * (blocks)];                                            \
    UNROLL                                                                     \
    for (int b = 0; b < (fields) * (blocks); b++)                              \
        name[b] = (source)[b * GROUP + get_local_id(0)];
#define NEURONS_STORE(name, target, fields, blocks)                            \
    UNROLL                                                                     \
    for (int b = 0; b < (fields) * (blocks); b++)                              \
        (target)[b * GROUP + get_local_id(0)] = name[b];
#else
#define NEURONS_LOAD(qualifier, name, source, fields, blocks)                  \
    NEURONS qualifier realv *name = source;
#define NEURONS_STORE(name, target, fields, blocks)
#endif

/* The drive of the next step is fetched while this one is computed. */
static inline void
drive_fetch(private real *drive, global const real *drives, size_t row)
{
    UNROLL
    for (int i = 0; i < DRIVE_WIDTH; i++)
        drive[i] = drives[row * DRIVE_WIDTH + i];
}

/* Advances every job of the launch, each by its own number of 1 ms steps.
 * All arrays are the jobs' one after the other:
 *
 *   clocks       [jobs][CLOCK_FIELDS]
 *   jobs         [jobs][JOB_FIELDS]
 *   drives       [jobs][most_steps][DRIVE_WIDTH]
 *   gains_ff     [jobs][PADDED_FF],             gains_rec likewise
 *   fixed_ff     [jobs][FIXED_FF][PADDED_FF],   fixed_rec likewise
 *   states_ff    [jobs][STATES][PADDED_FF],     states_rec likewise
 *   filters      [jobs][FILTERS]
 *   traces       [jobs][most_steps][TRACE_WIDTH]           written
 *   summaries    [jobs][most_summaries][SUMMARY_WIDTH]     written
 *   spikes       [jobs][most_steps][PADDED_FF + PADDED_REC] written, 0 or 1 */
kernel OF_GROUP void
advance(int most_steps, int most_summaries, global const int *restrict clocks,
        global const real *restrict jobs, global const real *restrict drives,
        global const realv *restrict gains_ff,
        global const realv *restrict gains_rec,
        global const realv *restrict fixed_ff,
        global const realv *restrict fixed_rec,
        global realv *restrict states_ff, global realv *restrict states_rec,
        global real *restrict filters, global real *restrict traces,
        global real *restrict summaries, global spikev *restrict spikes)
{
    const size_t job = get_group_id(0);
    local real scratch[SCRATCH];
    const int steps = clocks[job * CLOCK_FIELDS + CLOCK_STEPS];
    int to_summary = clocks[job * CLOCK_FIELDS + CLOCK_TO_SUMMARY];
    int summary = 0, phase = 0;
    struct network net;
    struct sums sums;

    global const realv *gain_ff = gains_ff + job * (PADDED_FF / WIDTH);
    global const realv *gain_rec = gains_rec + job * (PADDED_REC / WIDTH);
    global const realv *at_fixed_ff =
        fixed_ff + job * FIXED_FF * (PADDED_FF / WIDTH);
    global const realv *at_fixed_rec =
        fixed_rec + job * FIXED_REC * (PADDED_REC / WIDTH);
    global realv *at_ff = states_ff + job * STATES * (PADDED_FF / WIDTH);
    global realv *at_rec = states_rec + job * STATES * (PADDED_REC / WIDTH);
    NEURONS_LOAD(const, e_ff, at_fixed_ff, FIXED_FF, BLOCKS_FF)
    NEURONS_LOAD(const, e_rec, at_fixed_rec, FIXED_REC, BLOCKS_REC)
    NEURONS_LOAD(, ff, at_ff, STATES, BLOCKS_FF)
    NEURONS_LOAD(, rec, at_rec, STATES, BLOCKS_REC)
    UNROLL
    for (int i = 0; i < JOB_FIELDS; i++)
        net.job[i] = jobs[job * JOB_FIELDS + i];
    UNROLL
    for (int i = 0; i < FILTERS; i++)
        net.filters[i] = filters[job * FILTERS + i];
    UNROLL
    for (int i = 0; i < DIMS; i++)
        sums.current[i] = sums.readout[i] = 0;
    sums.spikes_ff = sums.spikes_rec = 0;

    real next[DRIVE_WIDTH];
    drive_fetch(next, drives, job * most_steps);
    for (int step = 0; step < steps; step++) {
        const size_t row = job * most_steps + step;
        real drive[DRIVE_WIDTH];
        real total[SUMS_PADDED];
        UNROLL
        for (int i = 0; i < DRIVE_WIDTH; i++)
            drive[i] = next[i];
        drive_fetch(next, drives, step + 1 < steps ? row + 1 : row);
        global spikev *spiked =
            spikes + RECORD_SPIKES * row * (PADDED_FF + PADDED_REC) / WIDTH;

        feedforward_step(e_ff, ff, gain_ff, drive, &net, &sums, spiked);
        recurrent_step(e_rec, rec, gain_rec, &net, &sums,
                       spiked + PADDED_FF / WIDTH);
        spikes_gather(&sums, total, scratch, &phase);
        filters_step(&net, drive, total, traces + row * TRACE_WIDTH);

        if (--to_summary == 0 || step == steps - 1) {
            summary_write(ff, rec, &sums,
                          summaries + (job * most_summaries + summary++) *
                                          SUMMARY_WIDTH,
                          scratch, &phase);
            if (to_summary == 0)
                to_summary = clocks[job * CLOCK_FIELDS + CLOCK_PERIOD];
        }
    }

    NEURONS_STORE(ff, at_ff, STATES, BLOCKS_FF)
    NEURONS_STORE(rec, at_rec, STATES, BLOCKS_REC)
    if (get_local_id(0) == 0)
        for (int i = 0; i < FILTERS; i++)
            filters[job * FILTERS + i] = net.filters[i];
}
