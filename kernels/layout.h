/* layout.h - where every number lies that the host and the kernel share.
 *
 * Read by C and by OpenCL C, so it holds enumerators and nothing else.
 *
 * A layer of N neurons is padded with silent ones to P = the next multiple of
 * what the units of a network hold. Its fields stand one after the other, each
 * [P]. */
#ifndef FOLLOWD_LAYOUT_H
#define FOLLOWD_LAYOUT_H

/* How the learned weights act; see connect.cl. */
enum connect {
    CONNECT_FACTORED, /* W = E D                                             */
    CONNECT_GATHERED, /* W = mask (W0 + E D), by the columns of spikes       */
    CONNECT_DENSE     /* W itself                                            */
};

/* Fixed fields of a layer: FIXED_ENCODERS + inputs rows (+ dimensions rows of
 * decoders in the recurrent layer). */
enum fixed_field {
    FIXED_BIAS,    /* thresholds   bias current_i, less 1: what is above     */
    FIXED_ENCODERS /* thresholds per unit of input: encoder_ij gain_i/radius */
};

/* State fields of a layer: STATE_FACTORS + dimensions rows; then, where they
 * are compiled in, one row of spikes in both layers, and in the recurrent one
 * a row of currents and `dimensions` rows of learned decoders. */
enum state_field {
    STATE_MEMBRANE, /* thresholds     V - 1; or, below -1, -1 minus the steps
                     *                of rest that are still to come         */
    STATE_TRACE,    /* 1              spikes, each worth exp(-t/tau_synapse) */
    STATE_FACTORS   /* D [d][P]       state units * s: W = scaled_encoders D */
};

/* Low-dimensional filters of a network, each [d], one copy a network. */
enum filter_field {
    FILTER_CURRENT,  /* state units  (D_ff S_ff + D_rec S_rec) * kappa       */
    FILTER_READOUT,  /* state units  x_hat                                   */
    FILTER_FEEDBACK, /* state units  -k error * kappa                        */
    FILTER_ERROR,    /* state units  error * kappa^epsilon                   */
    FILTER_PLASTIC,  /* state units  what the learning rule sees of it       */
    FILTER_FIELDS
};
/* ... and after these FILTER_FIELDS * d, one number each. */
enum filter_number {
    FILTER_CLAMP_FF,  /* the clamp current of each layer                     */
    FILTER_CLAMP_REC, /* ... before the gain of each neuron                  */
    FILTER_LOST,      /* part of W0 that has decayed                         */
    FILTER_NUMBERS
};

/* What a job brings to a launch; `keep` is exp(-dt/tau), `take` is 1 - keep. */
enum job_field {
    JOB_SHARE_FF,      /* take / N_ff, 0 when W_ff does not learn           */
    JOB_SHARE_REC,     /* take / N_rec, 0 when W_rec does not learn         */
    JOB_SHARE_READOUT, /* take / N_rec, 0 when decoders do not learn        */
    JOB_KEEP_SYNAPSE,  /* tau_synapse                                       */
    JOB_TAKE_SYNAPSE,  /* 1/s: take / dt, what one spike brings             */
    JOB_KEEP_FEEDBACK, /* tau of the error feedback                         */
    JOB_TAKE_FEEDBACK,
    JOB_KEEP_ERROR, /* tau_error                                         */
    JOB_TAKE_ERROR,
    JOB_ERROR_CUTOFF, /* state units: a smaller error does not learn       */
    JOB_KEEP_WEIGHTS, /* 1 - decay dt                                      */
    JOB_NOISE_SD,     /* thresholds, of one step                           */
    JOB_NOISE_MEAN,   /* thresholds                                        */
    JOB_FIELDS
};

/* What differs between the jobs of a launch but not between their steps. */
enum clock_field {
    CLOCK_STEPS,      /* steps to go in this launch                          */
    CLOCK_DONE,       /* steps done since t = 0                              */
    CLOCK_TO_SUMMARY, /* steps to the end of the current period              */
    CLOCK_PERIOD,     /* steps of a period                                   */
    CLOCK_DELAY,      /* steps by which the fed back error is late           */
    CLOCK_SEED,       /* of the neurons' noise                               */
    CLOCK_SPIKES,     /* 1: spikes of this launch are written                */
    CLOCK_LOST,       /* written: 1, a work-group did not meet the others    */
    CLOCK_FIELDS
};

/* One step of the drive: u [d_in], target [d], and as many zeros as make it a
 * multiple of this. */
enum { DRIVE_ALIGNED = 4 };

/* What stays as it is for many steps. */
enum gate_field {
    GATE_ERROR,    /* 0 or 1: the error is let through                      */
    GATE_GAIN,     /* k, 0 when the error is not fed back                   */
    GATE_LEARN,    /* 0 or 1: the filtered error reaches the weights        */
    GATE_ETA,      /* learning rate                                         */
    GATE_CLAMP_FF, /* 0 or 1: the layer is silenced                         */
    GATE_CLAMP_REC,
    GATES
};
/* ... and the first step, counted from 0 in its launch, that has others; a
 * number of no step when none has. */

/* One row of the trace, for each step and once more at the end: x_hat [d] as it
 * was before the step; the filtered and gated error [d] of the step. */
enum { TRACE_FIELDS = 2 };

/* One summary, at the end of each period and of each launch: the spikes since
 * the last one (ff, rec), the sum of all membranes and filters, which is finite
 * while each of them is, then for W_ff and for W_rec either the upper triangle
 * of D D^T (d (d + 1) / 2 numbers) or, when W is not factored, the sum of
 * squares of its entries. */
enum { SUMMARY_SPIKES_FF, SUMMARY_SPIKES_REC, SUMMARY_STATES, SUMMARY_FACTORS };

#endif
