/* layer.cl - one step of each layer: currents, spikes, learning. */

/* By how much a factor grows for each unit of a neuron's trace. */
static inline void
correction_make(private const struct network *net, struct gate gate, int share,
                private real correction[DIMS])
{
    UNROLL
    for (int i = 0; i < DIMS; i++)
        correction[i] =
            -(net->job[share] * gate.value[GATE_ETA]) * FILTER(net, FILTER_PLASTIC, i);
}

/* D_i := keep D_i + correction_i trace (paper, Eq. 10; Nengo's PES with 1/N).
 * `row` is where D lies; the readout's own factors learn alike. */
static inline void
factor_learn(NEURONS realv *state, int row, int blocks, int k,
             private const struct network *net, struct gate gate,
             private const real correction[DIMS])
{
    const realv trace = state[AT(STATE_TRACE, blocks, k)];
    UNROLL
    for (int i = 0; i < DIMS; i++)
        if (DECAY && gate.learning)
            state[AT(row + i, blocks, k)] =
                net->job[JOB_KEEP_WEIGHTS] * state[AT(row + i, blocks, k)] +
                correction[i] * trace;
        else
            state[AT(row + i, blocks, k)] += correction[i] * trace;
}

/* The trace takes in this step's spikes. */
static inline void
trace_step(NEURONS realv *state, int blocks, int k, realv spike,
           private const struct network *net)
{
    state[AT(STATE_TRACE, blocks, k)] =
        net->job[JOB_KEEP_SYNAPSE] * state[AT(STATE_TRACE, blocks, k)] + spike;
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

/* `at` is where the block lies among all of its layer. */
static inline realv
noise(private const struct network *net, uint layer, uint step, int at)
{
    return net->job[JOB_NOISE_MEAN] +
           net->job[JOB_NOISE_SD] *
               noise_normal(net->seed, layer, step, (uint)at * WIDTH + LANES);
}

/* The k-th block of a layer under the current J = 1 + above; its spikes reach
 * the sums.
 * The trace takes in this step's spikes after the weights have changed, or,
 * with Nengo 3 and later, before. When W is not factored, everything after the
 * spike waits until all spikes are known (connect.cl). */
static inline realv
block_step(NEURONS realv *state, int blocks, int k, realv above,
           private const struct network *net, struct gate gate,
           private const real *correction, private struct sums *sums)
{
    if (!(LEARN_LATE || DENSE))
        factor_learn(state, STATE_FACTORS, blocks, k, net, gate, correction);
    const realv spike =
        neuron_step(above, &state[AT(STATE_MEMBRANE, blocks, k)]);
#if !FACTORED
    state[AT(STATE_SPIKES, blocks, k)] = spike;
#else
    UNROLL
    for (int i = 0; i < DIMS; i++)
        sums->current[i] +=
            state[AT(STATE_FACTORS + i, blocks, k)] * spike;
    trace_step(state, blocks, k, spike, net);
    if (LEARN_LATE)
        factor_learn(state, STATE_FACTORS, blocks, k, net, gate, correction);
#endif
    return spike;
}

/* One bit for every neuron: bit k % 32 of this work-item's word k / 32 is block
 * k. */
static inline void
spikes_write(global uintv *words, private uintv *word, int blocks, int k,
             realv spike)
{
    *word |= TO_WORDS(spike) << (uint)(k % 32);
    if (k % 32 == 31 || k == blocks - 1) {
        words[k / 32 * (UNITS * UNIT)] = *word;
        *word = 0;
    }
}

/* The command layer: J = E u + b (paper, Eq. 5). */
static inline void
feedforward_step(struct layer layer, private const real *u,
                 private const struct network *net, struct gate gate,
                 bool clamped, private struct sums *sums,
                 global uintv *spikes)
{
    const real clamp = FILTER_NUMBER(net, FILTER_CLAMP_FF);
    real correction[DIMS];
    uintv word = 0;
    correction_make(net, gate, JOB_SHARE_FF, correction);
    UNROLL_NEURONS
    for (int k = 0; k < BLOCKS_FF; k++) {
        realv above = encode(layer.fixed, BLOCKS_FF, k, INPUTS, u,
                             layer.fixed[AT(FIXED_BIAS, BLOCKS_FF, k)]);
        if (clamped)
            above += layer.gain[k * UNIT] * clamp;
        if (NOISE)
            above += noise(net, 0, gate.step, layer.first + k * UNIT);
        const realv spike = block_step(layer.state, BLOCKS_FF, k, above, net, gate,
                                       correction, sums);
        sums->spikes_ff += spike;
        if (RECORD_SPIKES && spikes)
            spikes_write(spikes, &word, BLOCKS_FF, k, spike);
    }
}

/* The learned current of one block of the recurrent layer. From Nengo 2.5 on
 * it passes the gain once more. */
static inline realv
learned_current(struct layer layer, int k, private const struct network *net,
                bool clamped, realv above)
{
    const real clamp = clamped ? FILTER_NUMBER(net, FILTER_CLAMP_REC) : 0;
    private const real *decoded = &FILTER(net, FILTER_CURRENT, 0);
#if !FACTORED
    const realv current = layer.state[AT(STATE_CURRENT, BLOCKS_REC, k)];
    if (GAIN_TWICE || clamped)
        return above +
               layer.gain[k * UNIT] *
                   (GAIN_TWICE ? current + clamp : (realv)clamp) +
               (GAIN_TWICE ? (realv)0 : current);
    return above + current;
#else
    if (GAIN_TWICE)
        return above +
               layer.gain[k * UNIT] *
                   encode(layer.fixed, BLOCKS_REC, k, DIMS, decoded, clamp);
    if (clamped)
        above += layer.gain[k * UNIT] * clamp;
    return above;
#endif
}

/* x_hat sums up the spikes by the decoders, which may be learned too (paper,
 * Eq. 20). */
#if PLASTIC_READOUT
#define DECODER(layer, i, k)                                                   \
    (layer).state[AT(STATE_READOUT + i, BLOCKS_REC, k)]
#else
#define DECODER(layer, i, k)                                                   \
    (layer).fixed[AT(FIXED_ENCODERS + DIMS + i, BLOCKS_REC, k)]
#endif

/* The recurrent layer: J = E (learned current + feedback) + b (Eq. 6). */
static inline void
recurrent_step(struct layer layer, private const struct network *net,
               struct gate gate, bool clamped, private struct sums *sums,
               global uintv *spikes)
{
    real correction[DIMS];
    real to_readout[DIMS];
    real current[DIMS];
    uintv word = 0;
    correction_make(net, gate, JOB_SHARE_REC, correction);
    correction_make(net, gate, JOB_SHARE_READOUT, to_readout);
    UNROLL
    for (int i = 0; i < DIMS; i++)
        current[i] =
            FILTER(net, FILTER_FEEDBACK, i) +
            (!FACTORED || GAIN_TWICE ? 0 : FILTER(net, FILTER_CURRENT, i));
    UNROLL_NEURONS
    for (int k = 0; k < BLOCKS_REC; k++) {
        realv above = encode(layer.fixed, BLOCKS_REC, k, DIMS, current,
                             layer.fixed[AT(FIXED_BIAS, BLOCKS_REC, k)]);
        above = learned_current(layer, k, net, clamped, above);
        if (NOISE)
            above += noise(net, 1, gate.step, layer.first + k * UNIT);
        if (!LEARN_LATE && PLASTIC_READOUT)
            factor_learn(layer.state, STATE_READOUT, BLOCKS_REC, k, net, gate,
                         to_readout);
        const realv spike = block_step(layer.state, BLOCKS_REC, k, above, net, gate,
                                       correction, sums);
        UNROLL
        for (int i = 0; i < DIMS; i++)
            sums->readout[i] += DECODER(layer, i, k) * spike;
        if (PLASTIC_READOUT && LEARN_LATE && FACTORED)
            factor_learn(layer.state, STATE_READOUT, BLOCKS_REC, k, net, gate,
                         to_readout);
        sums->spikes_rec += spike;
        if (RECORD_SPIKES && spikes)
            spikes_write(spikes, &word, BLOCKS_REC, k, spike);
    }
}
