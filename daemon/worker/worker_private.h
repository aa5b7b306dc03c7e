/* worker_private.h - what the files of this room share.
 *
 *   worker.c      the process: device, signals, the errands of the moment
 *   selftest.c    whether the device computes what it should
 *   asker.c       asks the daemon for more of them
 *   prepare.c     what an errand needs before it takes a seat
 *   batch.c       those that share the device, slice by slice
 *   seats.c       their seats in an engine
 *   errand.c      one of them, from preparation to its last report
 *   errand_slice.c  ... from slice to slice: when to keep, tell, leave
 *   letter.c      what it tells, and the answer
 *   episodes.c    one that learns by reinforcement: episode by episode
 *   post.c        reports on their way
 *   crew.c        threads that share out work
 *   networks.c    networks that several errands have
 *   report.c      what a job has to say, as npz
 *   lineage.c     what a job is made of: arrays, other jobs' weights
 *   weights.c     which weights it does not learn, and how they are held
 *   learned.c     what it has learned before it begins
 *   seat.c        network and weights take their place in an engine
 *   reference.c   the network that another one imitates
 *   run.c         one network under way: seat, network, drive
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
#include <stdatomic.h>

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
    char shape[SPEC_SHAPE_SIZE]; /* "": it fits no other                     */
    struct spec spec;
    int64_t sequence; /* of the next report                                  */
    bool resume;      /* there is a checkpoint to go on from...              */
    int64_t step;     /* ...of this step; 0 without one                      */
    bool network_known;
};

enum order { ORDER_GO, ORDER_CANCEL, ORDER_PAUSE, ORDER_RELEASE };

/* Each thread opens its own. */
struct daemon_link;
MUST_USE enum status daemon_open(const struct worker_options *options,
                                 const struct opencl_device *device,
                                 const atomic_bool *stop,
                                 const atomic_bool *hang_up,
                                 struct daemon_link **out, struct error *err);
void daemon_close(struct daemon_link *link);
/* Waits some seconds for a job, of this shape if that is not NULL. NOT_FOUND:
 * none came; CONFLICT: the next one is of another shape; UNAVAILABLE: the
 * daemon cannot be reached. */
MUST_USE enum status daemon_lease(struct daemon_link *link, const char *shape,
                                  struct grant *out, struct error *err);
/* What stands at a path, [owned]; `what` names it in a failure. As patient as
 * daemon_report(). */
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

/* Tells what is wrong with the device, as patiently; it is out of service until
 * a worker asks for a job on it. */
MUST_USE enum status daemon_tell_fault(struct daemon_link *link,
                                       const char *fault, struct error *err);

/* ---- selftest.c ---------------------------------------------------------- */

/* CORRUPT: the device is not fit for use, and why. It is given up for now where
 * it has no memory (NO_MEMORY) or is lost (UNAVAILABLE). OK once it is told to
 * stop. */
MUST_USE enum status selftest_run(struct opencl *cl, const atomic_bool *stop,
                                  struct error *err);

/* ---- lineage.c ----------------------------------------------------------- */

/* Fetches all that a job is made of. */
MUST_USE enum status lineage_fetch(struct daemon_link *link,
                                   const struct grant *grant,
                                   struct lineage *out, struct error *err);

/* ---- networks.c ---------------------------------------------------------- */

/* Networks that several errands have at the same time are made once. */
struct networks;
MUST_USE struct networks *networks_new(const char *cache /* [borrowed] */);
void networks_free(struct networks *networks);
const char *networks_cache(const struct networks *networks);
/* From seeds; not to be written to. To be given back. */
MUST_USE enum status networks_take(struct networks *networks,
                                   const struct spec *spec,
                                   struct network **out, struct error *err);
/* One that was not taken there is freed. */
void networks_give(struct networks *networks, struct network *network);

/* ---- seat.c -------------------------------------------------------------- */

/* The job's network, and what is to be seated beside it. `network` goes back to
 * networks_give() and `connections` are to be freed, whatever comes of it. */
MUST_USE enum status seat_make(const struct lineage *job,
                               struct networks *networks,
                               struct network **network,
                               struct connections *connections,
                               struct error *err);
/* Seats them, as before t = 0 and with nothing learned. */
MUST_USE enum status seat_take(const struct lineage *job,
                               const struct network *network,
                               const struct connections *connections,
                               struct engine *engine, int seat,
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
    struct networks *networks; /* [borrowed] where the network goes back to  */
    struct network *network;
    double *zeros; /* [SLICE_MOST][SPEC_DIMENSIONS_MOST]                     */
    unsigned char *gates; /* [SLICE_MOST] of the slice at hand               */
};

/* Changes the spec of `job` to how it is imitated. To be closed, whatever comes
 * of it. */
MUST_USE enum status
reference_open(struct reference *reference, struct lineage *job,
               const struct spec *imitator, struct opencl *cl,
               struct networks *networks, struct error *err);
void reference_close(struct reference *reference);
/* Goes through a slice under its command and clamps; x_hat [steps][d] is
 * [borrowed] until the next one. */
MUST_USE enum status reference_run(struct reference *reference,
                                   const struct slice *slice,
                                   const double **x_hat, struct error *err);

struct run {
    struct spec spec;
    struct networks *networks; /* [borrowed] */
    struct network *network;
    struct connections connections; /* until it has a seat [owned]           */
    struct drive *drive;
    struct reference reference;
    struct record record;
    struct slice slices[2]; /* one under way, one being prepared             */
    int under_way;          /* which of them                                 */
    int64_t total;          /* steps of the job                              */
    int64_t done;           /* steps done                                    */
    double rate;            /* steps per s of the last slice                 */
    struct pace pace;
    double *drive_done; /* [owned] the drive's state at `done`               */
    struct engine_state reference_done; /* [owned] likewise                  */
};

/* Builds all but what is on the device, at t = 0, or where the job's checkpoint
 * stands. */
MUST_USE enum status run_open(struct run *run, struct lineage *job,
                              struct opencl *cl, struct networks *networks,
                              struct error *err);
void run_close(struct run *run);
/* Takes a seat: as it begins, or, after run_rise() from another one, in
 * `state`. */
MUST_USE enum status run_rise(struct run *run, const struct lineage *job,
                              struct error *err);
MUST_USE enum status run_seat(struct run *run, const struct lineage *job,
                              struct engine *engine, int seat,
                              const struct engine_state *state,
                              struct error *err);
/* The next slice: of at most `steps` steps, and it ends no later than at step
 * `until`; its drive, of several runs at once, which is quicker; and what is to
 * be done then. */
void run_plan(struct run *run, int64_t steps, int64_t until);
#define RUNS_MOST 4
void run_drive(struct run *const runs[], int count);
MUST_USE enum status run_prepare(struct run *run, struct error *err);
/* What drives the prepared slice [borrowed]; it is the one under way. */
struct engine_drive run_next(const struct run *run);
void run_begin(struct run *run);
/* The slice under way took `seconds` and did this. */
void run_end(struct run *run, const struct engine_trace *trace, double seconds);

/* ---- checkpoint.c -------------------------------------------------------- */

/* Everything that goes on with the same bits from `done`, where the engine's
 * state was `state`, as npz in `out`. */
MUST_USE enum status checkpoint_make(const struct run *run,
                                     const struct engine_state *state,
                                     struct bytes *out, struct error *err);
/* Where the run stood, all but what its network remembers; that. */
MUST_USE enum status checkpoint_place(struct run *run, const struct npz *npz,
                                      struct error *err);
MUST_USE enum status checkpoint_restore(const struct run *run,
                                        const struct npz *npz,
                                        struct engine *engine, int seat,
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
                                  struct engine *engine, int seat,
                                  struct error *err);

#endif
