/* filters.cl - the low-dimensional part of a step: error, feedback, readout.
 *
 * The order of the updates is Nengo's: every synapse hands over what it held at
 * the end of the step before ("old"), so that a spike or an error takes one
 * step through each. */

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
 * gates into feedback and learning; then every filter takes its input. */
static inline void
filters_step(private struct network *net, private const real *drive,
             private const real *total, global real *ring, int delay,
             global real *trace)
{
    private const real *target = drive + INPUTS;
    private const real *gate = drive + INPUTS + DIMS;
    const real keep = net->job[JOB_KEEP_SYNAPSE];
    const real take = net->job[JOB_TAKE_SYNAPSE];
    UNROLL
    for (int i = 0; i < DIMS; i++) {
        const real error = FILTER(net, FILTER_READOUT, i) - target[i];
        const real passed = gate[GATE_ERROR] != 0 ? error : 0;
        const real filtered = FILTER(net, FILTER_ERROR, i);
        const real learned =
            gate[GATE_LEARN] != 0 && fabs(filtered) > net->job[JOB_ERROR_CUTOFF]
                ? filtered
                : 0;
        const real fed =
            gate[GATE_GAIN] *
            (DELAYED ? error_delay(ring, delay, net->step, i, passed) : passed);

        FILTER(net, FILTER_PLASTIC, i) =
            KEEP_STEP * FILTER(net, FILTER_PLASTIC, i) + TAKE_STEP * learned;
        FILTER(net, FILTER_ERROR, i) = net->job[JOB_KEEP_ERROR] * filtered +
                                       net->job[JOB_TAKE_ERROR] * passed;
        FILTER(net, FILTER_FEEDBACK, i) =
            net->job[JOB_KEEP_FEEDBACK] * FILTER(net, FILTER_FEEDBACK, i) -
            net->job[JOB_TAKE_FEEDBACK] * fed;
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
    FILTER_NUMBER(net, FILTER_CLAMP_FF) =
        clamp_step(FILTER_NUMBER(net, FILTER_CLAMP_FF), gate[GATE_CLAMP_FF]);
    FILTER_NUMBER(net, FILTER_CLAMP_REC) =
        clamp_step(FILTER_NUMBER(net, FILTER_CLAMP_REC), gate[GATE_CLAMP_REC]);
    if (DELAYED)
        GROUP_FENCE;
}
