/* layout.h - where every number lies that the host and the kernel share.
 *
 * Read by C and by OpenCL C, so it holds enumerators and nothing else.
 *
 * A layer of N neurons is padded with silent ones to P = the next multiple of
 * what a work-group holds. Its fields stand one after the other, each [P]. */
#ifndef FOLLOWD_LAYOUT_H
#define FOLLOWD_LAYOUT_H

/* Fixed fields of a layer: FIXED_ENCODERS + inputs rows (+ dimensions rows of
 * decoders in the recurrent layer). */
enum fixed_field {
    FIXED_BIAS,    /* thresholds   bias current_i                            */
    FIXED_ENCODERS /* thresholds per unit of input: encoder_ij gain_i/radius */
};

/* State fields of a layer: STATE_FACTORS + dimensions rows. */
enum state_field {
    STATE_MEMBRANE, /* thresholds     V; or, negative, minus the rest, in
                     *                tau_rc, that reaches into a later step */
    STATE_TRACE,    /* 1/s            spikes filtered with tau_synapse       */
    STATE_FACTORS   /* D [d][P]       state units * s: W = scaled_encoders D */
};

/* Low-dimensional filters of a network, each [d], one copy a network. */
enum filter_field {
    FILTER_CURRENT,   /* state units  (D_ff S_ff + D_rec S_rec) * kappa      */
    FILTER_READOUT,   /* state units  x_hat                                  */
    FILTER_REFERENCE, /* state units  x * kappa                              */
    FILTER_FEEDBACK,  /* state units  -k error * kappa                       */
    FILTER_ERROR,     /* state units  error * kappa^epsilon                  */
    FILTER_PLASTIC,   /* state units  what the learning rule sees of it      */
    FILTER_FIELDS     /* ... and then one number:                            */
};                    /* the clamp current, at [FILTER_FIELDS * d]           */

/* What a job brings to a launch; `keep` is exp(-dt/tau), `take` is 1 - keep. */
enum job_field {
    JOB_RATE_FF,        /* eta dt / N_ff                                     */
    JOB_RATE_REC,       /* eta dt / N_rec                                    */
    JOB_FEEDBACK_GAIN,  /* k, 0 without feedback                             */
    JOB_KEEP_SYNAPSE,   /* tau_synapse                                       */
    JOB_TAKE_SYNAPSE,
    JOB_KEEP_FEEDBACK,  /* tau of the error feedback                         */
    JOB_TAKE_FEEDBACK,
    JOB_KEEP_ERROR,     /* tau_error                                         */
    JOB_TAKE_ERROR,
    JOB_REFERENCE_FILTERED, /* 1: error = x_hat - x * kappa, 0: x_hat - x    */
    JOB_FIELDS
};

/* What differs between the jobs of a launch but not between their steps. */
enum clock_field {
    CLOCK_STEPS,      /* steps to go in this launch                          */
    CLOCK_TO_SUMMARY, /* steps to the end of the current period              */
    CLOCK_PERIOD,     /* steps of a period                                   */
    CLOCK_FIELDS
};

/* One step of the drive: u [d_in], x [d], then these, each 0 or 1. */
enum gate_field {
    GATE_ERROR,    /* the error is let through                               */
    GATE_FEEDBACK, /* ... to the feedback                                    */
    GATE_LEARN,    /* the filtered error reaches the weights                 */
    GATE_CLAMP,    /* both layers are silenced                               */
    GATES
};

/* One step of the trace: x_hat [d], error [d], filtered and gated error [d]. */
enum { TRACE_FIELDS = 3 };

/* One summary, at the end of each period and of each launch: the spikes since
 * the last one (ff, rec), the sum of all membranes, which is finite while each
 * of them is, then the upper triangles of D_ff D_ff^T and D_rec D_rec^T
 * (d (d + 1) / 2 numbers each). */
enum {
    SUMMARY_SPIKES_FF,
    SUMMARY_SPIKES_REC,
    SUMMARY_MEMBRANES,
    SUMMARY_FACTORS
};

#endif
