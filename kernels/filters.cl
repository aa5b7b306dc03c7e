/* filters.cl - the low-dimensional part of a step: error, feedback, readout.
 *
 * The order of the updates is Nengo's: every synapse hands over what it held at
 * the end of the step before ("old"), so that a spike or an error takes one
 * step through each. So nothing but the readout and the decoded current has to
 * wait for the spikes of this step. */

/* The error as it was fed in `delay` steps ago. The ring has delay + 2 places:
 * what is written now lies neither where this step reads nor where a work-item
 * that is still in the step before does. */
static inline real
error_delay(global real *ring, int delay, uint step, int i, real passed)
{
    const uint places = (uint)delay + 2;
    if (delay == 0)
        return passed;
    const real late = ring[step % places * DIMS + i];
    if (get_local_id(0) == 0)
        ring[(step + (uint)delay) % places * DIMS + i] = passed;
    return late;
}

static inline real
clamp_step(real held, real gate)
{
    const real clamp =
        KEEP_STEP * held + TAKE_STEP * (gate != 0 ? CLAMP_CURRENT : 0);
    return clamp > -CLAMP_GONE ? 0 : clamp;
}

/* The error, from what the filters held before this step, passes through the
 * gates into feedback and learning. */
static inline void
errors_step(private struct network *net, private const real *target,
            struct gate gate, global real *ring, int delay, bool tells,
            global real *trace)
{
    UNROLL
    for (int i = 0; i < DIMS; i++) {
        const real error = FILTER(net, FILTER_READOUT, i) - target[i];
        const real passed = gate.value[GATE_ERROR] != 0 ? error : 0;
        const real filtered = FILTER(net, FILTER_ERROR, i);
        const real learned =
            gate.value[GATE_LEARN] != 0 && fabs(filtered) > net->job[JOB_ERROR_CUTOFF]
                ? filtered
                : 0;
        const real fed =
            gate.value[GATE_GAIN] *
            (DELAYED ? error_delay(ring, delay, gate.step, i, passed) : passed);

        FILTER(net, FILTER_PLASTIC, i) =
            KEEP_STEP * FILTER(net, FILTER_PLASTIC, i) + TAKE_STEP * learned;
        FILTER(net, FILTER_ERROR, i) = net->job[JOB_KEEP_ERROR] * filtered +
                                       net->job[JOB_TAKE_ERROR] * passed;
        FILTER(net, FILTER_FEEDBACK, i) =
            net->job[JOB_KEEP_FEEDBACK] * FILTER(net, FILTER_FEEDBACK, i) -
            net->job[JOB_TAKE_FEEDBACK] * fed;
        if (tells) {
            trace[i] = FILTER(net, FILTER_READOUT, i);
            trace[DIMS + i] = learned;
        }
    }
    FILTER_NUMBER(net, FILTER_CLAMP_FF) =
        clamp_step(FILTER_NUMBER(net, FILTER_CLAMP_FF), gate.value[GATE_CLAMP_FF]);
    FILTER_NUMBER(net, FILTER_CLAMP_REC) =
        clamp_step(FILTER_NUMBER(net, FILTER_CLAMP_REC), gate.value[GATE_CLAMP_REC]);
    if (DELAYED)
        GROUP_FENCE;
}

/* Decoded current and x_hat take in the spikes of this step. */
static inline void
spikes_step(private struct network *net, private const real *total)
{
    UNROLL
    for (int i = 0; i < DIMS; i++) {
        FILTER(net, FILTER_CURRENT, i) =
            net->job[JOB_KEEP_SYNAPSE] * FILTER(net, FILTER_CURRENT, i) +
            net->job[JOB_TAKE_SYNAPSE] * total[i];
        FILTER(net, FILTER_READOUT, i) =
            net->job[JOB_KEEP_SYNAPSE] * FILTER(net, FILTER_READOUT, i) +
            net->job[JOB_TAKE_SYNAPSE] * total[DIMS + i];
    }
}
