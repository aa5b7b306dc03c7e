/* results.h - what a job left behind: metrics, checkpoints, traces, networks.
 * Part of the store's door, included by store.h.
 *
 * t is simulated s; a step is SPEC_DT, and step n ends at t = n * SPEC_DT.
 * Changes stand between store_begin() and store_commit(). */
#ifndef FOLLOWD_STORE_RESULTS_H
#define FOLLOWD_STORE_RESULTS_H

#include "base/base.h"

#define STORE_BLOB_MOST ((size_t)512 << 20) /* bytes of one checkpoint */

struct store;

/* ---- metric.c ----------------------------------------------------------- */

/* The columns of a report's `metrics` array, in this order. */
enum metric_key {
    METRIC_PERIOD,        /* 1     index of the period, from 0 */
    METRIC_T_END,         /* s     simulated time at its end */
    METRIC_MSE,           /* mean over x and period of error_filtered^2 */
    METRIC_MSE_RAW,       /* the same of xhat - x */
    METRIC_RATE_FF,       /* 1/s   mean over neurons */
    METRIC_RATE_REC,      /* 1/s */
    METRIC_WEIGHT_RMS_FF, /* root mean square of W = E D */
    METRIC_WEIGHT_RMS_REC,
    METRIC_STEPS_PER_SECOND, /* per s of wall time */
    METRIC_KEYS
};

struct metric {
    double value[METRIC_KEYS]; /* NAN: it was not a finite number */
};

struct metric_summary {
    bool present; /* false: no row yet, the rest is zero */
    struct metric last;
    struct metric least; /* NAN where there is none */
};

const char *metric_name(enum metric_key key); /* "weight_rms_ff" */
/* `least` is the same, but NAN where the value is not to be the least. */
MUST_USE enum status metric_add(struct store *, int64_t job,
                                const struct metric *,
                                const struct metric *least, struct error *);
/* Rows with from <= t_end <= to, in order. `*rows` [owned], free(). */
MUST_USE enum status metric_list(struct store *, int64_t job, double from,
                                 double to, struct metric **rows, size_t *count,
                                 struct error *);
/* The same for a plot of `points`: where there are many more, all but the ends
 * become pairs of rows, the least and the most of each value in some periods;
 * `most` is NAN where one of them was not finite. Never fewer than `points`. */
MUST_USE enum status metric_thin(struct store *, int64_t job, double from,
                                 double to, int64_t points,
                                 struct metric **rows, size_t *count,
                                 struct error *);
MUST_USE enum status metric_summarize(struct store *, int64_t job,
                                      struct metric_summary *, struct error *);

/* ---- checkpoint.c ------------------------------------------------------- */

/* Ordered by how long they are kept. */
enum checkpoint_kind {
    CHECKPOINT_ROLLING,  /* for resuming, replaced by the next */
    CHECKPOINT_SNAPSHOT, /* kept for good */
    CHECKPOINT_FINAL     /* the last of a job that succeeded                */
};

struct checkpoint {
    int64_t job, step;
    double t; /* s */
    enum checkpoint_kind kind;
    int64_t size; /* bytes of npz */
    int64_t created_at;
    char sha256[SHA256_HEX_SIZE]; /* of these bytes */
};

const char *checkpoint_kind_name(enum checkpoint_kind kind); /* "rolling" */
bool checkpoint_kind_parse(const char *name, enum checkpoint_kind *out);
/* Replaces one at the same step and keeps the stronger kind. Fills in size,
 * sha256 and created_at. TOO_LARGE beyond STORE_BLOB_MOST. */
MUST_USE enum status checkpoint_save(struct store *, struct checkpoint *,
                                     const void *data, size_t size,
                                     struct error *);
/* Removes rolling checkpoints but the newest `keep` of them. */
MUST_USE enum status checkpoint_prune(struct store *, int64_t job, int keep,
                                      struct error *);
MUST_USE enum status checkpoint_remove(struct store *, int64_t job,
                                       int64_t step, struct error *);
/* All of a job, by step. `*list` [owned], free(). */
MUST_USE enum status checkpoint_list(struct store *, int64_t job,
                                     struct checkpoint **list, size_t *count,
                                     struct error *);
/* The newest up to `step` (INT64_MAX: the last). NOT_FOUND. */
MUST_USE enum status checkpoint_find(struct store *, int64_t job, int64_t step,
                                     struct checkpoint *, struct error *);
/* Appends its bytes. CORRUPT when they are not those that were saved. */
MUST_USE enum status checkpoint_load(struct store *, int64_t job, int64_t step,
                                     struct bytes *data, struct error *);

/* ---- trace.c, network.c ------------------------------------------------- */

enum trace_window { TRACE_START, TRACE_LIVE, TRACE_END, TRACE_WINDOWS };

/* Rows of t, u (d_in), x (d), xhat (d), error (d), error_filtered (d); row i is
 * step first_step + 1 + i. */
struct trace {
    int64_t first_step;
    int64_t rows, columns;
    double *data; /* [rows][columns], free() when it came out of the store */
};

const char *trace_window_name(enum trace_window window); /* "start" */
bool trace_window_parse(const char *name, enum trace_window *out);
/* Appends rows; what was stored from first_step on goes first (a resumed job
 * computes it again). A live window replaces the one before it. */
MUST_USE enum status trace_save(struct store *, int64_t job, enum trace_window,
                                const struct trace *, struct error *);
/* Rows of steps from < step <= to; none is OK, rows = 0. `out->data` [owned].
 */
MUST_USE enum status trace_load(struct store *, int64_t job, enum trace_window,
                                int64_t from, int64_t to, struct trace *out,
                                struct error *);
/* Networks are shared by all jobs of the same key; the first one stays. */
MUST_USE enum status network_save(struct store *, const char *key,
                                  const void *data, size_t size,
                                  struct error *);
MUST_USE enum status network_known(struct store *, const char *key, bool *out,
                                   struct error *);
MUST_USE enum status network_load(struct store *, const char *key,
                                  struct bytes *data, struct error *);

#endif
