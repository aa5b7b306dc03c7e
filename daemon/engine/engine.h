/* engine.h - simulates networks, forward in time, on one device.
 *
 * Knows neurons, synapses and the learning rule, and how they lie in device
 * memory. Knows nothing of commands, jobs, SQL or HTTP: what drives a network
 * comes in, step by step, and what it did goes out.
 * Above: worker, bench. Below: opencl, drive, model, spec, base.
 *
 * An engine has seats; networks of one shape sit in them and advance together,
 * one work-group each, without seeing one another. The same network, state and
 * drive give the same bits on the same device and driver, whoever sits beside
 * it and however the run is cut into slices.
 *
 * Shapes: N_ff and N_rec neurons, d_in command and d state dimensions. */
#ifndef FOLLOWD_ENGINE_H
#define FOLLOWD_ENGINE_H

#include "base/base.h"
#include "drive/drive.h"
#include "model/model.h"
#include "opencl/opencl.h"
#include "spec/spec.h"

/* What networks must have in common to advance in one launch. */
struct engine_shape {
    int64_t neurons_ff;
    int64_t neurons_rec;
    int dimensions_in;
    int dimensions;
    enum precision precision;
    enum nengo_rule nengo;
    bool record_spikes; /* every spike is handed out; much to copy           */
};
struct engine_shape engine_shape_of(const struct spec *spec);

/* The constants of one network's time course. Time constants in s; 0 for
 * tau_reference means that the reference is not filtered. */
struct engine_rule {
    double eta;           /* learning rate of both layers, as published      */
    double feedback_gain; /* k                                               */
    double tau_synapse;
    double tau_error; /* kappa^epsilon                                   */
    double tau_feedback;
    double tau_reference; /* tau_synapse or 0                                */
    int64_t period_steps; /* steps summed up in one summary                  */
};
struct engine_rule engine_rule_of(const struct spec *spec);

struct engine;

/* Compiles the kernels for `shape` and takes memory for `seats` networks and
 * slices of at most `steps_most` steps. `cl` is [borrowed]. */
MUST_USE enum status engine_open(struct opencl *cl,
                                 const struct engine_shape *shape, int seats,
                                 int steps_most, struct engine **out,
                                 struct error *err);
void engine_close(struct engine *engine);
const struct engine_shape *engine_shape(const struct engine *engine);
/* How the kernels were compiled [borrowed], for provenance and benchmarks. */
const char *engine_options(const struct engine *engine);
/* SHA-256 of the kernel sources, the same for every engine of this program. */
void engine_kernels_sha256(char out[SHA256_HEX_SIZE]);

/* Seats a network, which must have the engine's shape, with all its state
 * zero, as before t = 0. */
MUST_USE enum status engine_seat(struct engine *engine, int seat,
                                 const struct network *network,
                                 const struct engine_rule *rule,
                                 struct error *err);
/* Changes the rule of a seated network, from its next step on. */
MUST_USE enum status engine_set_rule(struct engine *engine, int seat,
                                     const struct engine_rule *rule,
                                     struct error *err);

/* ---- slices -------------------------------------------------------------- */

/* What comes from outside during a slice; all [borrowed] until
 * engine_begin() returns. An empty seat has steps = 0. */
struct engine_drive {
    int64_t steps;
    const double *u;            /* [steps][d_in] command units               */
    const double *x;            /* [steps][d]    reference units             */
    const unsigned char *gates; /* [steps]       of enum drive_gate          */
};

/* What was counted from the last summary to the one at `step`. Summaries are
 * made at the end of every period and of every slice. */
struct engine_summary {
    int64_t step;     /* steps done since t = 0                          */
    double spikes_ff; /* since the summary before                        */
    double spikes_rec;
    double weight_rms_ff; /* root mean square of all entries of W_ff, now    */
    double weight_rms_rec;
};

/* What a network did during a slice; [borrowed] from the engine, good until
 * the next engine_end(). */
struct engine_trace {
    int64_t steps;
    const double *x_hat;          /* [steps][d] after each step              */
    const double *error;          /* [steps][d] x_hat - x, as fed back       */
    const double *error_filtered; /* [steps][d] as it reaches the weights    */
    const unsigned char *spikes_ff;  /* [steps][N_ff] 0 or 1, when recorded  */
    const unsigned char *spikes_rec; /* [steps][N_rec]                       */
    const struct engine_summary *summaries;
    size_t summary_count;
    bool finite; /* false once a number in x_hat, D or a neuron is not       */
};

/* Starts a slice: drives[seats]. The device works on while the caller prepares
 * the next one. A failure leaves an engine that can only be closed. */
MUST_USE enum status engine_begin(struct engine *engine,
                                  const struct engine_drive *drives,
                                  struct error *err);
/* Waits for the slice and fills traces[seats]. */
MUST_USE enum status engine_end(struct engine *engine,
                                struct engine_trace *traces, struct error *err);

/* ---- state --------------------------------------------------------------- */

/* Everything a seated network remembers between two steps, in the engine's
 * own precision, `real`: restored, it goes on with the same bits. */
struct engine_state {
    int64_t step;        /* steps done                                       */
    size_t real_size;    /* 4 or 8 bytes                                     */
    size_t fields;       /* 2 + d rows: membrane, trace, D (kernels/layout.h) */
    size_t filter_count; /* numbers in `filters`                             */
    void *ff;            /* [fields][N_ff]  real; D_ff are the last d rows   */
    void *rec;           /* [fields][N_rec] real                             */
    void *filters;       /* [filter_count]  real                             */
};
/* Between engine_end() and engine_begin() only. `out` is filled with [owned]
 * arrays, for engine_state_free(). */
MUST_USE enum status engine_save(struct engine *engine, int seat,
                                 struct engine_state *out, struct error *err);
MUST_USE enum status engine_load(struct engine *engine, int seat,
                                 const struct engine_state *state,
                                 struct error *err);
void engine_state_free(struct engine_state *state);

#endif
