/* worker_private.h - what the files of this room share.
 *
 *   worker.c      the process: device, signals, one job after the other
 *   job.c         one job: slice by slice, when to report, when to stop
 *   episodes.c    one that learns by reinforcement: episode by episode
 *   prepare.c     before its first slice: engine, network, checkpoint
 *   report.c      what a job has to say, as npz
 *   lineage.c     what a job is made of: arrays, other jobs' weights
 *   weights.c     which weights it does not learn, and how they are held
 *   learned.c     what it has learned before it begins
 *   seat.c        network and weights take their place in an engine
 *   reference.c   the network that another one imitates
 *   run.c         one network under way: engine, network, drive
 *   pace.c        how fast it gets on
 *   record.c      metrics and trace windows of a run
 *   spikes.c      single spikes in these windows
 *   counts.c      how many each neuron had there
 *   checkpoint.c  a run as npz and back
 *   daemon.c      the worker protocol over HTTP */
#ifndef FOLLOWD_WORKER_PRIVATE_H
#define FOLLOWD_WORKER_PRIVATE_H

#include "drive/drive.h"
#include "engine/engine.h"
#include "http/http.h"
#include "lineage/lineage.h"
#include "model/model.h"
#include "npz/npz.h"
#include "opencl/opencl.h"
#include "rl/rl.h"
#include "spec/spec.h"
#include "worker/worker.h"

#include <jansson.h>
#include <signal.h>

/* ---- windows ------------------------------------------------------------- */

enum window_name { WINDOW_START, WINDOW_LIVE, WINDOW_END, WINDOWS };
extern const char *const window_names[WINDOWS];
/* The steps from < step <= to that a window has of those from `first` to
 * `last`; none unless from < to. */
void window_range(const struct spec *spec, enum window_name name, int64_t first,
                  int64_t last, int64_t *from, int64_t *to);

/* ---- spikes.c ------------------------------------------------------------ */

/* Spikes that are still to be reported: of the steps after `first`, as the
 * engine packs them. */
struct spikes {
    int64_t first, rows;
    struct bytes ff, rec; /* [rows][bytes] [owned]                           */
};

/* Whether the step after `step` is one whose spikes are recorded or counted,
 * and where after it this may change. */
bool spikes_wanted(const struct spec *spec, int64_t step);
int64_t spikes_change(const struct spec *spec, int64_t step);
/* Of how many steps an engine holds the spikes at once. */
int spikes_steps_most(const struct engine_shape *shape);
/* Takes in those of a slice that began after step `first`. */
MUST_USE enum status spikes_take(struct spikes *spikes, const struct spec *spec,
                                 int64_t first,
                                 const struct engine_trace *trace);
/* Whether they are to be reported before the step after `step` is recorded. */
bool spikes_are_due(const struct spikes *spikes, const struct spec *spec,
                    int64_t step);
/* Forgets what was reported. */
void spikes_reported(struct spikes *spikes);
void spikes_close(struct spikes *spikes);

/* ---- counts.c ------------------------------------------------------------ */

enum layer { LAYER_FF, LAYER_REC, LAYERS };

/* Spikes of each neuron in the windows at start and end; part of a checkpoint.
 * Without record.rates there are none. */
struct counts {
    int32_t *of[WINDOWS][LAYERS]; /* [N rounded up to 8] [owned]             */
    int64_t done;                 /* step up to which they are counted       */
    bool changed[WINDOWS];        /* since they were reported                */
};
#define COUNTS_ARRAYS (2 * LAYERS)

MUST_USE enum status counts_open(struct counts *counts, const struct spec *spec,
                                 struct error *err);
void counts_close(struct counts *counts);
void counts_take(struct counts *counts, const struct spec *spec, int64_t first,
                 const struct engine_trace *trace);
/* Both layers of a window, under the names of doc/protocol.md; how many. */
size_t counts_view(const struct counts *counts, const struct spec *spec,
                   enum window_name window, struct npz_array *out);
MUST_USE enum status counts_restore(struct counts *counts,
                                    const struct spec *spec, int64_t done,
                                    const struct npz *npz, struct error *err);

/* ---- record.c ------------------------------------------------------------ */

enum { METRIC_COLUMNS = 9 }; /* as doc/protocol.md lists them                */

/* What a period has added up so far; part of a checkpoint. */
struct period_sums {
    double error_filtered; /* sum over steps and dimensions of its square    */
    double error_raw;      /* ... of (x_hat - x)^2                           */
    double spikes_ff;
    double spikes_rec;
};
#define PERIOD_SUMS (sizeof(struct period_sums) / sizeof(double))

/* Rows of a trace that are still to be reported. */
struct window {
    int64_t first; /* rows are the steps first + 1 ... last                  */
    int64_t last;
    struct bytes rows; /* [n][columns] float64 [owned], empty: none          */
};

struct record {
    const struct spec *spec; /* [borrowed] */
    int dimensions;
    int dimensions_in;
    int columns; /* of a trace: t, u, x, x_hat, error, error_filtered        */
    struct period_sums sums;
    struct window windows[WINDOWS];
    struct spikes spikes;
    struct counts counts;
    struct bytes metrics;  /* [periods][METRIC_COLUMNS] to report [owned]     */
    struct bytes episodes; /* [episodes][2] likewise: number, s               */
};

MUST_USE enum status record_open(struct record *record, const struct spec *spec,
                                 struct error *err);
void record_close(struct record *record);
/* Takes in a slice that began after step `first`: its drive, what the network
 * did, and how fast the device was (steps per s). */
MUST_USE enum status record_slice(struct record *record, int64_t first,
                                  const struct drive_rows *drive,
                                  const struct engine_trace *trace,
                                  double steps_per_second, struct error *err);
/* Forgets what was reported. */
void record_reported(struct record *record);

/* ---- pace.c -------------------------------------------------------------- */

struct pace {
    double steps, seconds; /* of slices that count                           */
    double last;           /* s, end of the slice before; 0: there was none  */
};

/* A slice of `steps` has ended at `now` (s, clock_monotonic()). */
void pace_take(struct pace *pace, int64_t steps, double now);
/* Steps per s; 0 while that is not known. */
double pace_told(const struct pace *pace);

/* ---- daemon.c ------------------------------------------------------------ */

/* A job as it was handed out. */
struct grant {
    char lease[64];
    int64_t job;
    struct spec spec;
    int64_t sequence; /* of the next report                                  */
    bool resume;      /* there is a checkpoint to go on from...              */
    int64_t step;     /* ...of this step; 0 without one                      */
    bool network_known;
};

enum order { ORDER_GO, ORDER_CANCEL, ORDER_PAUSE, ORDER_RELEASE };

struct daemon_link;
MUST_USE enum status daemon_open(const struct worker_options *options,
                                 const struct opencl_device *device,
                                 const volatile sig_atomic_t *stop,
                                 const volatile sig_atomic_t *hang_up,
                                 struct daemon_link **out, struct error *err);
void daemon_close(struct daemon_link *link);
/* Waits some seconds for a job. NOT_FOUND: none came; UNAVAILABLE: the daemon
 * cannot be reached. */
MUST_USE enum status daemon_lease(struct daemon_link *link, struct grant *out,
                                  struct error *err);
/* What stands at a path, [owned]; `what` names it in a failure. Like
 * daemon_report(), but on a connection of its own, for another thread. */
MUST_USE enum status daemon_get(struct daemon_link *link, const char *path,
                                const char *what, struct bytes *out,
                                struct error *err);
/* A spec as the daemon writes it. */
MUST_USE enum status daemon_spec_read(const json_t *json, struct spec *out,
                                      struct error *err);
/* Sends one report; tries again for as long as the daemon cannot be reached, or
 * for some seconds once we are told to stop: then UNAVAILABLE. CONFLICT: the
 * lease is lost, the job must be dropped. */
MUST_USE enum status daemon_report(struct daemon_link *link,
                                   struct grant *grant,
                                   const struct bytes *report,
                                   enum order *order, struct error *err);

/* ---- lineage.c ----------------------------------------------------------- */

/* Fetches all that a job is made of. */
MUST_USE enum status lineage_fetch(struct daemon_link *link,
                                   const struct grant *grant,
                                   struct lineage *out, struct error *err);

/* ---- seat.c -------------------------------------------------------------- */

struct worker {
    struct opencl *cl;
    struct engine *engine; /* of the last job, kept for the next             */
    struct daemon_link *link;
    const char *cache;
    char kernels[SHA256_HEX_SIZE];
    const volatile sig_atomic_t *stop;
};

/* Seats the job's network [owned], with weights but what was learned. */
MUST_USE enum status seat_take(const struct lineage *job, struct engine *engine,
                               const char *cache, struct network **out,
                               struct error *err);

/* ---- run.c --------------------------------------------------------------- */

#define SLICE_MOST 65536 /* steps */

/* The drive of one slice, computed ahead of the device. */
struct slice {
    int64_t first; /* the slice begins after this step                       */
    int64_t steps;
    bool spikes;            /* are recorded                                  */
    struct drive_rows rows; /* [owned] arrays                                */
    double *after;          /* [owned] the drive's state at its end          */
    struct engine_state reference_after; /* [owned] likewise                 */
};

/* ---- reference.c --------------------------------------------------------- */

/* The network that is imitated, all [owned]; zero: there is none. */
struct reference {
    struct engine *engine;
    struct network *network;
    double *zeros; /* [SLICE_MOST][SPEC_DIMENSIONS_MOST]                     */
    unsigned char *gates; /* [SLICE_MOST] of the slice at hand               */
};

/* Changes the spec of `job` to how it is imitated. To be closed, whatever comes
 * of it. */
MUST_USE enum status reference_open(struct reference *reference,
                                    struct lineage *job,
                                    const struct spec *imitator,
                                    const struct worker *worker,
                                    struct error *err);
void reference_close(struct reference *reference);
/* Goes through a slice under its command and clamps; x_hat [steps][d] is
 * [borrowed] until the next one. */
MUST_USE enum status reference_run(struct reference *reference,
                                   const struct slice *slice,
                                   const double **x_hat, struct error *err);

struct run {
    struct spec spec;
    struct network *network;
    struct drive *drive;
    struct engine *engine; /* [borrowed] */
    struct reference reference;
    struct record record;
    struct slice slices[2]; /* one under way, one being prepared             */
    int under_way;          /* which of them                                 */
    int64_t total;          /* steps of the job                              */
    int64_t done;           /* steps done                                    */
    double began;           /* s, when the slice under way began             */
    double rate;            /* steps per s of the last slice                 */
    struct pace pace;
    double *drive_done; /* [owned] the drive's state at `done`               */
    struct engine_state reference_done; /* [owned] likewise                  */
};

/* Builds the network, seats it, with the weights that it begins with; stands at
 * t = 0, or where the job's checkpoint does. */
MUST_USE enum status run_open(struct run *run, struct lineage *job,
                              const struct worker *worker, struct error *err);
void run_close(struct run *run);
/* Computes the next slice's drive; it ends no later than at step `until`. */
MUST_USE enum status run_prepare(struct run *run, int64_t until,
                                 struct error *err);
/* Starts the prepared slice. */
MUST_USE enum status run_begin(struct run *run, struct error *err);
/* Waits for it and takes in what it did; CORRUPT when a number in it is not
 * finite. run_record() then keeps it, while the next slice may already run. */
MUST_USE enum status run_end(struct run *run, struct engine_trace *trace,
                             struct error *err);

/* ---- checkpoint.c -------------------------------------------------------- */

/* Everything that goes on from here with the same bits, as npz in `out`. */
MUST_USE enum status checkpoint_make(struct run *run, struct bytes *out,
                                     struct error *err);
MUST_USE enum status checkpoint_restore(struct run *run, const struct npz *npz,
                                        struct error *err);

/* ---- weights.c ----------------------------------------------------------- */

/* The shape of the job's engine; INVALID when it cannot go on from start.job,
 * and why. */
MUST_USE enum status weights_shape(const struct lineage *job,
                                   struct engine_shape *out, struct error *err);
/* What is to be seated beside the network; `out`, zero before, is to be freed
 * whatever comes of it. */
MUST_USE enum status weights_make(const struct lineage *job,
                                  const struct network *network,
                                  struct connections *out, struct error *err);
bool
weights_are_ideal_factors(const struct spec *spec); /* E D from the start */

/* ---- learned.c ----------------------------------------------------------- */

/* Loads what start.job has learned, and where it stood if that is asked for, or
 * what is ideal, into the network that was just seated. */
MUST_USE enum status weights_load(const struct lineage *job,
                                  const struct network *network,
                                  struct engine *engine, struct error *err);

/* ---- report.c ------------------------------------------------------------ */

/* A job on its way through this worker. */
struct errand {
    struct worker *worker;
    struct grant *grant;
    struct lineage job;
    struct run run;
    struct rl *rl; /* [owned] what learns in place of a network, or NULL     */
    struct bytes checkpoint; /* npz [owned], of step `checkpoint_step`       */
    int64_t checkpoint_step;
    const char *checkpoint_kind; /* NULL: none to report                     */
    double reported;             /* s, clock_monotonic()                     */
    double checkpointed;
    int64_t saved; /* step of the last checkpoint                            */
    bool network_sent;
    char line[256]; /* for the job's log, "" none                            */
};

/* ---- prepare.c ----------------------------------------------------------- */

/* Makes the engine, the network and the drive ready, at t = 0 or where the
 * checkpoint stands; this can take minutes, and the lease is kept alive
 * meanwhile. `*order` is the daemon's last word. */
MUST_USE enum status errand_prepare(struct errand *errand, enum order *order,
                                    struct error *err);

/* Sends all there is to say, in `state`, and forgets it; `reason` may be NULL.
 * CONFLICT: the job is not ours any more. */
MUST_USE enum status report_send(struct errand *errand, const char *state,
                                 const char *reason, enum order *order,
                                 struct error *err);

/* ---- episodes.c ---------------------------------------------------------- */

/* Learns to its last episode, or until it is told to stop. The device has no
 * part in it. `order` is the daemon's last word. */
MUST_USE enum status episodes_run(struct errand *errand, enum order order,
                                  struct error *err);
/* Everything that goes on from here with the same bits, as npz in `out`;
 * between two episodes. */
MUST_USE enum status episodes_save(const struct errand *errand,
                                   struct bytes *out, struct error *err);

/* ---- job.c --------------------------------------------------------------- */

/* What to do at the end of a slice or of an episode. */
enum turn { TURN_ON, TURN_FINISHED, TURN_STOP };
enum turn turn_taken(const struct errand *errand, enum order order);
/* Whether there is something to tell. */
bool report_is_due(const struct errand *errand);
MUST_USE enum status checkpoint_if_due(struct errand *errand, enum turn turn,
                                       struct error *err);
/* The state in which it is left at such a turn. */
const char *turn_state(enum turn turn, enum order order);

/* Simulates a job to its end, or until it is told to stop. A failure is the
 * device's; what is wrong with the job itself is reported. */
MUST_USE enum status job_serve(struct worker *worker, struct grant *grant,
                               struct error *err);

#endif
