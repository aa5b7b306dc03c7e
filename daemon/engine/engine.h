/* engine.h - simulates networks, forward in time, on one device.
 *
 * Knows neurons, synapses, the learning rule, and how they lie in device
 * memory; nothing of commands, jobs, SQL or HTTP: what drives a network comes
 * in, step by step, and what it did goes out.
 * Above: worker, bench. Below: opencl, drive, model, spec, base.
 *
 * Networks of one shape sit in an engine's seats and advance together, none
 * seeing another. The same network, state and drive give the same bits on one
 * device and driver, whoever sits beside it and however a run is sliced.
 *
 * Shapes: N_ff and N_rec neurons, d_in command and d state dimensions. */
#ifndef FOLLOWD_ENGINE_H
#define FOLLOWD_ENGINE_H

#include "drive/drive.h"
#include "engine/state.h"
#include "model/model.h"
#include "opencl/opencl.h"

/* How the learned weights act; kernels/connect.cl has the equations. */
enum engine_weights {
    ENGINE_WEIGHTS_FACTORED, /* W = E D                                      */
    ENGINE_WEIGHTS_GATHERED, /* W = mask (W0 + E D), fixed W0 and mask       */
    ENGINE_WEIGHTS_DENSE     /* W itself                                     */
};

/* What networks must have in common to advance in one launch. From `weights`
 * on it is what is compiled in; zeros are the published network. */
struct engine_shape {
    int64_t neurons_ff, neurons_rec;
    int dimensions_in, dimensions;
    enum precision precision;
    enum nengo_rule nengo;
    enum engine_weights weights;
    bool weights_fixed;   /* gathered: there is a W0                        */
    bool weights_masked;  /* some connections do not exist                  */
    bool weights_clipped; /* dense: no weight is negative                   */
    bool plastic_readout, decays, noisy, record_spikes;
    int64_t delay_steps; /* of the fed back error, at most                  */
};
struct engine_shape engine_shape_of(const struct spec *spec);
bool engine_shape_equals(const struct engine_shape *a,
                         const struct engine_shape *b);

/* The constants of one network's time course. Time constants in s. */
struct engine_rule {
    int64_t plastic; /* of enum plastic: what learns                         */
    double tau_synapse, tau_feedback, tau_error; /* kappa, ..., kappa^epsilon */
    double error_cutoff; /* state units: smaller errors do not learn         */
    double decay;        /* 1/s, of all weights, while the error passes      */
    double noise_sd, noise_mean; /* thresholds, current noise of one step    */
    uint32_t noise_seed;
    int64_t delay_steps;  /* by which the error is fed back late             */
    int64_t period_steps; /* steps summed up in one summary                  */
};
struct engine_rule engine_rule_of(const struct spec *spec);

/* How many networks of this shape the device simulates at once at its best, as
 * far as they fit into its memory: on a CPU one for each core. At least 1. */
int engine_seats_best(const struct opencl_device *device,
                      const struct engine_shape *shape);

struct engine;
/* Compiles the kernels for `shape` and takes memory for `seats` networks and
 * slices of at most `steps_most` steps. NO_MEMORY: the device has no room for
 * so many seats now; TOO_LARGE: it never has. `cl` is [borrowed]. */
MUST_USE enum status engine_open(struct opencl *cl,
                                 const struct engine_shape *shape, int seats,
                                 int steps_most, struct engine **out,
                                 struct error *err);
void engine_close(struct engine *engine);
const struct engine_shape *engine_shape(const struct engine *engine);
/* How the kernels were compiled [borrowed]; the SHA-256 of their sources. */
const char *engine_options(const struct engine *engine);
void engine_kernels_sha256(char out[SHA256_HEX_SIZE]);

/* Seats a network of the engine's shape, all its state zero, as before t = 0;
 * learned decoders begin as the network's. `connections` may be NULL. */
MUST_USE enum status engine_seat(struct engine *engine, int seat,
                                 const struct network *network,
                                 const struct connections *connections,
                                 const struct engine_rule *rule,
                                 struct error *err);

/* What comes from outside during a slice. */
struct engine_drive {
    int64_t steps;
    const double *u;            /* [steps][d_in] command units               */
    const double *target;       /* [steps][d] what x_hat is compared with    */
    const double *feedback;     /* [steps] k                                 */
    const double *eta;          /* [steps] learning rate, as published       */
    const unsigned char *gates; /* [steps] of enum drive_gate                */
    bool spikes;                /* hand out every spike of this slice        */
};

/* What was counted since the one before; at each end of a period or slice. */
struct engine_summary {
    int64_t step;                 /* steps done since t = 0                  */
    double spikes_ff, spikes_rec; /* since the summary before                */
    double weight_rms_ff, weight_rms_rec; /* of all entries of W, now        */
};

/* What a network did in a slice; [borrowed] until the next engine_end(). */
struct engine_trace {
    int64_t steps;
    const struct engine_summary *summaries; /* [summary_count]               */
    size_t summary_count;
    bool finite; /* false once a number in x_hat, the target, D or a neuron is
                  * not                                                      */
    /* From engine_unpack() on: */
    const double *x_hat; /* [steps][d] after each step                       */
    const double *error; /* [steps][d] x_hat - target, before the gates      */
    const double *error_filtered; /* [steps][d] as it reaches the weights    */
    /* NULL unless asked for; else bits as numpy.packbits(spikes, axis=1). */
    const unsigned char *spikes_ff, *spikes_rec;
};

/* A slice: seats are told what drives them, all begin, all end, and then each
 * tells what it did. While one is under way the next is packed and the one
 * before unpacked, by as many threads as like, one for a seat: first unpacked,
 * then packed, for they share memory. `drive` may go when it is packed. */
MUST_USE enum status engine_pack(struct engine *engine, int seat,
                                 const struct engine_drive *drive,
                                 struct error *err);
/* What was packed does not begin; the seat rests in the next slice. */
void engine_drop(struct engine *engine, int seat);
MUST_USE enum status engine_begin(struct engine *engine, struct error *err);
/* Waits for it; traces[seats]. After a failure engines can only be closed. */
MUST_USE enum status engine_end(struct engine *engine,
                                struct engine_trace *traces, struct error *err);
void engine_unpack(struct engine *engine, int seat);
/* How long the last slice took on the device itself, in s; 0: not known. */
double engine_seconds(const struct engine *engine);

#endif
