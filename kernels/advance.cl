/* advance.cl - a FOLLOW network, forward in time: the whole model. */

/* The blocks of a work-item's units: in registers, from memory and back, or in
 * memory. */
#if REGISTERS
#define MEMORY_AT(i, fields, blocks)                                           \
    ((i) / ((fields) * (blocks)) * GROUP_UNITS * (blocks) * UNIT +             \
     AT_MEMORY((i) / (blocks) % (fields), blocks, (i) % (blocks)))
#define NEURONS_LOAD(qualifier, name, source, fields, blocks)                  \
    real name[ITEM_UNITS * (fields) * (blocks)];                               \
    UNROLL                                                                     \
    for (int i = 0; i < ITEM_UNITS * (fields) * (blocks); i++)                 \
        name[i] = (source)[MEMORY_AT(i, fields, blocks)];
#define NEURONS_STORE(name, target, fields, blocks)                            \
    UNROLL                                                                     \
    for (int i = 0; i < ITEM_UNITS * (fields) * (blocks); i++)                 \
        (target)[MEMORY_AT(i, fields, blocks)] = name[i];
#else
#define NEURONS_LOAD(qualifier, name, source, fields, blocks)                  \
    NEURONS qualifier realv *name = source;
#define NEURONS_STORE(name, target, fields, blocks)
#endif

/* A work-item's unit number `own` of a layer, from its first. */
static inline struct layer
layer_unit(struct layer layer, int own)
{
    const int items = own * GROUP_UNITS * layer.blocks * UNIT;
    layer.fixed += REGISTERS ? own * layer.fixed_fields * layer.blocks : items;
    layer.state += REGISTERS ? own * layer.state_fields * layer.blocks : items;
    layer.gain += items;
    layer.first += items;
    return layer;
}

static inline void
drive_fetch(private real drive[DRIVE_WIDTH], global const real *row)
{
    UNROLL
    for (int i = 0; i < DRIVE_WIDTH; i += DRIVE_ALIGNED)
        ALIGNED_LOAD(drive + i, row + i);
}

static inline void
gates_fetch(private struct gate *gate, global const real *row)
{
    UNROLL
    for (int i = 0; i < GATES; i++)
        gate->value[i] = row[i];
    gate->learning =
        gate->value[GATE_ERROR] != 0 && gate->value[GATE_LEARN] != 0;
}

/* A job of the launch, as one work-item sees it; all [borrowed]. */
struct run {
    struct layer ff, rec;
    global const real *rows;  /* drive, [steps][DRIVE_WIDTH]                 */
    global real *trace;       /* [steps + 1][TRACE_WIDTH]                    */
    global uintv *spikes_ff;  /* this work-item's, or NULL                   */
    global uintv *spikes_rec;
    global real *ring;
    int delay;
    bool tells;               /* it writes what the network has to tell      */
#if !FACTORED
    struct matrix m_ff, m_rec;
#endif
};

/* Where a unit's spikes in a step are written, or NULL. */
static inline global uintv *
spikes_at(global uintv *spikes, int own, int step)
{
    return RECORD_SPIKES && spikes ? spikes + (size_t)step * SPIKE_WIDTH +
                                         own * GROUP_UNITS * UNIT
                                   : 0;
}

static inline void
sums_begin(private struct sums *sums)
{
    UNROLL
    for (int i = 0; i < DIMS; i++)
        sums->current[i] = sums->readout[i] = 0;
    sums->spikes_ff = sums->spikes_rec = 0;
}

static inline void
network_load(private struct network *net, global const real *job,
             global const real *filters, global const int *clock)
{
    UNROLL
    for (int i = 0; i < JOB_FIELDS; i++)
        net->job[i] = job[i];
    UNROLL
    for (int i = 0; i < FILTERS; i++)
        net->filters[i] = filters[i];
    net->seed = (uint)clock[CLOCK_SEED];
}

/* The last x_hat is part of the trace. */
static inline void
network_store(private const struct network *net, global real *filters,
              global real *told)
{
    UNROLL
    for (int i = 0; i < FILTERS; i++)
        filters[i] = net->filters[i];
    UNROLL
    for (int i = 0; i < DIMS; i++)
        told[i] = FILTER(net, FILTER_READOUT, i);
}

/* Whether a layer is held silent, or was until just now. */
static inline bool
network_is_clamped(private const struct network *net, struct gate gate)
{
    return gate.value[GATE_CLAMP_FF] != 0 || gate.value[GATE_CLAMP_REC] != 0 ||
           FILTER_NUMBER(net, FILTER_CLAMP_FF) != 0 ||
           FILTER_NUMBER(net, FILTER_CLAMP_REC) != 0;
}

/* What a unit's spikes bring in this step; the next one's begin anew. */
static inline void
sums_take(private struct sums *sums, private real posts[SUMS_PADDED])
{
    UNROLL
    for (int i = 0; i < SUMS_PADDED; i++)
        posts[i] = 0;
    UNROLL
    for (int i = 0; i < DIMS; i++) {
        posts[i] = LANE_SUM(sums->current[i]);
        posts[DIMS + i] = LANE_SUM(sums->readout[i]);
        sums->current[i] = 0;
        sums->readout[i] = 0;
    }
}

static inline void
feedforward_steps(private const struct run *run, private const real *drive,
                  private const struct network *net, struct gate gate,
                  bool clamped, private struct sums sums[ITEM_UNITS], int step)
{
    UNROLL_NEURONS
    for (int own = 0; own < ITEM_UNITS; own++)
        feedforward_step(layer_unit(run->ff, own), drive, net, gate, clamped,
                         &sums[own], spikes_at(run->spikes_ff, own, step));
}

/* The recurrent layer's step, up to where its spikes are posted. */
static inline void
recurrent_steps(private struct run *run, private struct network *net,
                struct gate gate, bool clamped,
                private struct sums sums[ITEM_UNITS],
                private struct exchange *exchange, int step)
{
    UNROLL_NEURONS
    for (int own = 0; own < ITEM_UNITS; own++)
        recurrent_step(layer_unit(run->rec, own), net, gate, clamped,
                       &sums[own], spikes_at(run->spikes_rec, own, step));
#if !FACTORED
    connections_step(&run->m_ff, &run->m_rec, run->rec.fixed, run->ff.state,
                     run->rec.state, net, gate);
#endif
    exchange->round++;
    UNROLL_NEURONS
    for (int own = 0; own < ITEM_UNITS; own++) {
        real posts[SUMS_PADDED];
        sums_take(&sums[own], posts);
        sums_post(exchange, own, posts);
    }
}

/* The steps from `step` to before `end`, under the same gates. The command
 * layer is one step ahead: it needs nothing of the recurrent one, so it works
 * while that one's sums are on their way. */
static inline void
steps_advance(private struct run *run, private struct network *net,
              private struct gate *gate, bool clamped,
              private struct sums sums[ITEM_UNITS],
              private struct exchange *exchange, int step, int end)
{
    real drive[DRIVE_WIDTH], next[DRIVE_WIDTH], total[SUMS_PADDED];
    drive_fetch(drive, run->rows + (size_t)step * DRIVE_WIDTH);
    feedforward_steps(run, drive, net, *gate, clamped, sums, step);
    for (;; step++) {
        const bool last = step + 1 == end;
        drive_fetch(next, run->rows + (size_t)(step + !last) * DRIVE_WIDTH);
        recurrent_steps(run, net, *gate, clamped, sums, exchange, step);
        errors_step(net, drive + INPUTS, *gate, run->ring, run->delay,
                    run->tells, run->trace + (size_t)step * TRACE_WIDTH);
        gate->step++;
        if (last)
            break;
        feedforward_steps(run, next, net, *gate, clamped, sums, step + 1);
        sums_collect(exchange, total);
        spikes_step(net, total);
        UNROLL
        for (int i = 0; i < DRIVE_WIDTH; i++)
            drive[i] = next[i];
    }
    sums_collect(exchange, total);
    spikes_step(net, total);
}

/* What the units have to tell since the summary before. */
static inline void
summary_step(private struct run *run, private const struct network *net,
             private struct sums sums[ITEM_UNITS],
             private struct exchange *exchange, global real *summary)
{
    real values[ITEM_UNITS][SUMMARY_WIDTH];
    UNROLL_NEURONS
    for (int own = 0; own < ITEM_UNITS; own++)
        summary_make(layer_unit(run->ff, own), layer_unit(run->rec, own),
                     &sums[own], values[own]);
    if (run->tells)
        values[0][SUMMARY_STATES] += filters_sum(net);
#if !FACTORED
    GROUP_FENCE;
    values[0][SUMMARY_FACTORS] =
        matrix_square(&run->m_ff, run->rec.fixed, net);
    values[0][SUMMARY_FACTORS + 1] =
        matrix_square(&run->m_rec, run->rec.fixed, net);
    GROUP_FENCE;
#else
    (void)net;
#endif
    summary_write(values, summary, run->tells, exchange);
}

/* Clamps fade in less than that. */
#define CLAMPED_STEPS 128

/* Advances every job of the launch, each by its own number of 1 ms steps.
 * All arrays are the jobs' one after the other; with `most` for what is the
 * most of any of them:
 *
 *   clocks       [jobs][CLOCK_FIELDS]                      CLOCK_LOST written
 *   jobs         [jobs][JOB_FIELDS]
 *   drives       [jobs][most steps][DRIVE_WIDTH]
 *   gates        [jobs][most steps][GATES], as many as differ
 *   changes      [jobs][most steps], the step with which the next ones begin
 *   gains_ff     [jobs][PADDED_FF],             gains_rec likewise
 *   fixed_ff     [jobs][FIXED_FF][PADDED_FF],   fixed_rec likewise
 *   states_ff    [jobs][STATES_FF][PADDED_FF],  states_rec likewise
 *   filters      [jobs][FILTERS]
 *   rings        [jobs][most delay + 2][DIMS]              with DELAYED
 *   weights_ff   [jobs][N_ff][PADDED_REC], weights_rec     gathered, dense
 *   masks_ff     [jobs][N_ff][PADDED_REC], masks_rec       0 or 1
 *   words        [jobs][2][POST_WORDS]                     0, with PARTS > 1
 *   traces       [jobs][most steps + 1][TRACE_WIDTH]       written
 *   summaries    [jobs][most summaries][SUMMARY_WIDTH]     written
 *   spikes       [jobs][most spikes][SPIKE_WIDTH]          written, bits
 */
kernel OF_GROUP void
advance(int most_steps, int most_summaries, int most_delay, int most_spikes,
        global int *restrict clocks, global const real *restrict jobs,
        global const real *restrict drives,
        global const real *restrict gates, global const int *restrict changes,
        global const realv *restrict gains_ff,
        global const realv *restrict gains_rec,
        global const realv *restrict fixed_ff,
        global const realv *restrict fixed_rec,
        global realv *states_ff, global realv *states_rec,
        global real *restrict filters, global real *rings,
        global realv *weights_ff, global realv *weights_rec,
        global const ucharv *restrict masks_ff,
        global const ucharv *restrict masks_rec, global ulong *words,
        global real *restrict traces, global real *restrict summaries,
        global uintv *restrict spikes)
{
    const size_t job = get_group_id(0) / PARTS;
    const int part = (int)(get_group_id(0) % PARTS);
    local real scratch[SCRATCH];
#if !FACTORED
    local int list[LIST_MOST + GROUP / 32 + 1];
#endif
    global int *clock = clocks + job * CLOCK_FIELDS;
    const int first = PART_FIRST(part);
    const int first_ff = first * BLOCKS_FF * UNIT + LANE;
    const int first_rec = first * BLOCKS_REC * UNIT + LANE;
    global const realv *at_fixed_ff =
        fixed_ff + job * FIXED_FF * ITEMS_FF + first_ff;
    global const realv *at_fixed_rec =
        fixed_rec + job * FIXED_REC * ITEMS_REC + first_rec;
    global realv *at_ff = states_ff + job * STATES_FF * ITEMS_FF + first_ff;
    global realv *at_rec = states_rec + job * STATES_REC * ITEMS_REC + first_rec;
    NEURONS_LOAD(const, e_ff, at_fixed_ff, FIXED_FF, BLOCKS_FF)
    NEURONS_LOAD(const, e_rec, at_fixed_rec, FIXED_REC, BLOCKS_REC)
    NEURONS_LOAD(, state_ff, at_ff, STATES_FF, BLOCKS_FF)
    NEURONS_LOAD(, state_rec, at_rec, STATES_REC, BLOCKS_REC)
    global uintv *spikes_ff =
        spikes + job * most_spikes * SPIKE_WIDTH + first * UNIT + LANE;
    const bool spikes_wanted = clock[CLOCK_SPIKES] != 0;
    struct run run = {
        .ff = {e_ff, state_ff, gains_ff + job * ITEMS_FF + first_ff, first_ff,
               BLOCKS_FF, FIXED_FF, STATES_FF},
        .rec = {e_rec, state_rec, gains_rec + job * ITEMS_REC + first_rec,
                first_rec, BLOCKS_REC, FIXED_REC, STATES_REC},
        .rows = drives + job * most_steps * DRIVE_WIDTH,
        .trace = traces + job * (size_t)(most_steps + 1) * TRACE_WIDTH,
        .spikes_ff = spikes_wanted ? spikes_ff : 0,
        .spikes_rec = spikes_wanted ? spikes_ff + SPIKE_WORDS(BLOCKS_FF) *
                                                      UNITS * UNIT
                                    : 0,
        .ring = rings + job * (size_t)(most_delay + 2) * DIMS,
        .delay = clock[CLOCK_DELAY],
        .tells = part == 0 && get_local_id(0) == 0,
#if !FACTORED
        .m_ff = {weights_ff + job * NEURONS_FF * ITEMS_REC + first_rec,
                 masks_ff + job * NEURONS_FF * ITEMS_REC + first_rec,
                 (global const real *)(at_ff - first_ff), PADDED_FF,
                 NEURONS_FF, list},
        .m_rec = {weights_rec + job * NEURONS_REC * ITEMS_REC + first_rec,
                  masks_rec + job * NEURONS_REC * ITEMS_REC + first_rec,
                  (global const real *)(at_rec - first_rec), PADDED_REC,
                  NEURONS_REC, list},
#endif
    };
#if FACTORED
    (void)weights_ff, (void)weights_rec, (void)masks_ff, (void)masks_rec;
#endif
    struct exchange exchange = {.scratch = scratch,
                                .words = words + job * 2 * POST_WORDS,
                                .part = part};
    struct sums sums[ITEM_UNITS];
    struct network net;
    network_load(&net, jobs + job * JOB_FIELDS, filters + job * FILTERS,
                 clock);
    UNROLL_NEURONS
    for (int own = 0; own < ITEM_UNITS; own++)
        sums_begin(&sums[own]);

    global const real *gates_at = gates + job * most_steps * GATES;
    global const int *change = changes + job * most_steps;
    global real *summary = summaries + job * most_summaries * SUMMARY_WIDTH;
    struct gate gate = {.step = (uint)clock[CLOCK_DONE]};
    const int steps = clock[CLOCK_STEPS];
    int to_summary = clock[CLOCK_TO_SUMMARY];
    gates_fetch(&gate, gates_at);
    for (int step = 0, end; step < steps; step = end) {
        const bool clamped = network_is_clamped(&net, gate);
        end = steps;
        if (to_summary > 0 && end > step + to_summary)
            end = step + to_summary;
        if (end > *change)
            end = *change;
        if (clamped && end > step + CLAMPED_STEPS)
            end = step + CLAMPED_STEPS;
        if (clamped)
            steps_advance(&run, &net, &gate, true, sums, &exchange, step, end);
        else
            steps_advance(&run, &net, &gate, false, sums, &exchange, step, end);

        to_summary -= end - step;
        if (to_summary == 0 || end == steps) {
            summary_step(&run, &net, sums, &exchange, summary);
            summary += SUMMARY_WIDTH;
        }
        if (to_summary == 0)
            to_summary = clock[CLOCK_PERIOD];
        if (end == *change) {
            change++;
            gates_at += GATES;
            gates_fetch(&gate, gates_at);
        }
    }

    NEURONS_STORE(state_ff, at_ff, STATES_FF, BLOCKS_FF)
    NEURONS_STORE(state_rec, at_rec, STATES_REC, BLOCKS_REC)
    if (exchange.lost)
        clock[CLOCK_LOST] = 1;
    if (run.tells)
        network_store(&net, filters + job * FILTERS,
                      run.trace + (size_t)steps * TRACE_WIDTH);
}
