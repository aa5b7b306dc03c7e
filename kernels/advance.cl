/* advance.cl - a FOLLOW network, forward in time: the whole model. */

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
        sums->current[i] = 0;
        sums->readout[i] = 0;
    }
    group_sum(total, scratch, *phase);
    *phase ^= 1;
}

/* Advances every job of the launch, each by its own number of 1 ms steps.
 * All arrays are the jobs' one after the other; with `most` for what is the
 * most of any of them:
 *
 *   clocks       [jobs][CLOCK_FIELDS]
 *   jobs         [jobs][JOB_FIELDS]
 *   drives       [jobs][most steps][DRIVE_WIDTH]
 *   gains_ff     [jobs][PADDED_FF],             gains_rec likewise
 *   fixed_ff     [jobs][FIXED_FF][PADDED_FF],   fixed_rec likewise
 *   states_ff    [jobs][STATES_FF][PADDED_FF],  states_rec likewise
 *   filters      [jobs][FILTERS]
 *   rings        [jobs][most delay + 2][DIMS]              with DELAYED
 *   weights_ff   [jobs][N_ff][PADDED_REC], weights_rec     gathered, dense
 *   masks_ff     [jobs][N_ff][PADDED_REC], masks_rec       0 or 1
 *   traces       [jobs][most steps][TRACE_WIDTH]           written
 *   summaries    [jobs][most summaries][SUMMARY_WIDTH]     written
 *   spikes       [jobs][most spikes][SPIKE_WIDTH]          written, bits */
kernel OF_GROUP void
advance(int most_steps, int most_summaries, int most_delay, int most_spikes,
        global const int *restrict clocks, global const real *restrict jobs,
        global const real *restrict drives,
        global const realv *restrict gains_ff,
        global const realv *restrict gains_rec,
        global const realv *restrict fixed_ff,
        global const realv *restrict fixed_rec,
        global realv *states_ff, global realv *states_rec,
        global real *restrict filters, global real *rings,
        global realv *weights_ff, global realv *weights_rec,
        global const ucharv *restrict masks_ff,
        global const ucharv *restrict masks_rec,
        global real *restrict traces, global real *restrict summaries,
        global uintv *restrict spikes)
{
    const size_t job = get_group_id(0);
    local real scratch[SCRATCH];
    global const int *clock = clocks + job * CLOCK_FIELDS;
    const int steps = clock[CLOCK_STEPS];
    const int delay = clock[CLOCK_DELAY];
    const bool spikes_wanted = RECORD_SPIKES && clock[CLOCK_SPIKES] != 0;
    int to_summary = clock[CLOCK_TO_SUMMARY];
    int phase = 0;
    struct network net;
    struct sums sums;

    global const realv *gain_ff = gains_ff + job * (PADDED_FF / WIDTH);
    global const realv *gain_rec = gains_rec + job * (PADDED_REC / WIDTH);
    global const realv *at_fixed_ff =
        fixed_ff + job * FIXED_FF * (PADDED_FF / WIDTH);
    global const realv *at_fixed_rec =
        fixed_rec + job * FIXED_REC * (PADDED_REC / WIDTH);
    global realv *at_ff = states_ff + job * STATES_FF * (PADDED_FF / WIDTH);
    global realv *at_rec = states_rec + job * STATES_REC * (PADDED_REC / WIDTH);
    global real *ring = rings + job * (size_t)(most_delay + 2) * DIMS;
    NEURONS_LOAD(const, e_ff, at_fixed_ff, FIXED_FF, BLOCKS_FF)
    NEURONS_LOAD(const, e_rec, at_fixed_rec, FIXED_REC, BLOCKS_REC)
    NEURONS_LOAD(, ff, at_ff, STATES_FF, BLOCKS_FF)
    NEURONS_LOAD(, rec, at_rec, STATES_REC, BLOCKS_REC)
#if !FACTORED
    const size_t matrix_ff = job * NEURONS_FF * (PADDED_REC / WIDTH);
    const size_t matrix_rec = job * NEURONS_REC * (PADDED_REC / WIDTH);
    struct matrix m_ff = {weights_ff + matrix_ff, masks_ff + matrix_ff,
                          (global const real *)at_ff, PADDED_FF, NEURONS_FF};
    struct matrix m_rec = {weights_rec + matrix_rec, masks_rec + matrix_rec,
                           (global const real *)at_rec, PADDED_REC,
                           NEURONS_REC};
#else
    (void)weights_ff, (void)weights_rec, (void)masks_ff, (void)masks_rec;
#endif
    UNROLL
    for (int i = 0; i < JOB_FIELDS; i++)
        net.job[i] = jobs[job * JOB_FIELDS + i];
    UNROLL
    for (int i = 0; i < FILTERS; i++)
        net.filters[i] = filters[job * FILTERS + i];
    net.step = (uint)clock[CLOCK_DONE];
    net.seed = (uint)clock[CLOCK_SEED];
    UNROLL
    for (int i = 0; i < DIMS; i++)
        sums.current[i] = sums.readout[i] = 0;
    sums.spikes_ff = sums.spikes_rec = 0;

    real next[DRIVE_WIDTH];
    global real *summary = summaries + job * most_summaries * SUMMARY_WIDTH;
    drive_fetch(next, drives, job * most_steps);
    for (int step = 0; step < steps; step++, net.step++) {
        const size_t row = job * most_steps + step;
        real drive[DRIVE_WIDTH];
        real total[SUMS_PADDED];
        UNROLL
        for (int i = 0; i < DRIVE_WIDTH; i++)
            drive[i] = next[i];
        drive_fetch(next, drives, step + 1 < steps ? row + 1 : row);
        net.eta = drive[INPUTS + DIMS + GATE_ETA];
        net.learning = drive[INPUTS + DIMS + GATE_ERROR] != 0 &&
                       drive[INPUTS + DIMS + GATE_LEARN] != 0;
        global uintv *spiked =
            spikes_wanted ? spikes + (job * most_spikes + step) * SPIKE_WIDTH
                          : 0;

        feedforward_step(e_ff, ff, gain_ff, drive, &net, &sums, spiked);
        recurrent_step(e_rec, rec, gain_rec, &net, &sums,
                       spiked ? spiked + SPIKE_WORDS(BLOCKS_FF) * GROUP : 0);
#if !FACTORED
        connections_step(&m_ff, &m_rec, e_rec, ff, rec, &net);
#endif
        spikes_gather(&sums, total, scratch, &phase);
        filters_step(&net, drive, total, ring, delay,
                     traces + row * TRACE_WIDTH);

        if (--to_summary == 0 || step == steps - 1) {
            real values[SUMMARY_WIDTH + SUMS_PADDED];
            values[SUMMARY_SPIKES_FF] = LANE_SUM(sums.spikes_ff);
            values[SUMMARY_SPIKES_REC] = LANE_SUM(sums.spikes_rec);
            values[SUMMARY_MEMBRANES] =
                membranes_sum(ff, BLOCKS_FF) + membranes_sum(rec, BLOCKS_REC);
            sums.spikes_ff = sums.spikes_rec = 0;
#if FACTORED
            factors_square(ff, BLOCKS_FF, values + SUMMARY_FACTORS);
            factors_square(rec, BLOCKS_REC, values + SUMMARY_FACTORS + SQUARES);
#else
            GROUP_FENCE;
            values[SUMMARY_FACTORS] = matrix_square(&m_ff, e_rec, &net);
            values[SUMMARY_FACTORS + 1] = matrix_square(&m_rec, e_rec, &net);
            GROUP_FENCE;
#endif
            summary_write(values, summary, scratch, &phase);
            summary += SUMMARY_WIDTH;
            if (to_summary == 0)
                to_summary = clock[CLOCK_PERIOD];
        }
    }

    NEURONS_STORE(ff, at_ff, STATES_FF, BLOCKS_FF)
    NEURONS_STORE(rec, at_rec, STATES_REC, BLOCKS_REC)
    if (get_local_id(0) == 0)
        for (int i = 0; i < FILTERS; i++)
            filters[job * FILTERS + i] = net.filters[i];
}
