/* spikes.h - what single neurons did, and how episodes went. Part of the
 * store's door, included by store.h. */
#ifndef FOLLOWD_STORE_SPIKES_H
#define FOLLOWD_STORE_SPIKES_H

#include "store/results.h"

/* ---- spikes.c ----------------------------------------------------------- */

/* One bit a neuron and step, as numpy.packbits(axis=1) packs them; row i is
 * step first_step + 1 + i. */
struct spikes {
    int64_t first_step, rows;
    int64_t bytes_ff, bytes_rec; /* of a row: (N + 7) / 8 */
    const unsigned char *ff;     /* [rows][bytes_ff] */
    const unsigned char *rec;    /* [rows][bytes_rec] */
};
/* Appends rows; what was stored from first_step on goes first, as for traces.
 */
MUST_USE enum status spikes_save(struct store *, int64_t job,
                                 const struct spikes *, struct error *);
/* Hands the rows of steps from < step <= to out, chunk by chunk, in order; what
 * is handed out is [borrowed] during the call. */
MUST_USE enum status spikes_each(
    struct store *, int64_t job, int64_t from, int64_t to,
    enum status (*take)(void *context, const struct spikes *, struct error *),
    void *context, struct error *);
/* How many rows those are, and how many bytes each has. */
MUST_USE enum status spikes_measure(struct store *, int64_t job, int64_t from,
                                    int64_t to, int64_t *rows, int64_t *bytes,
                                    struct error *);

/* How often each neuron fired in `steps` steps after first_step. */
struct spike_count {
    int64_t first_step, steps;
    int64_t neurons_ff, neurons_rec;
    const int32_t *ff, *rec; /* [neurons_...] */
};
/* Replaces what the window had; TRACE_START or TRACE_END. */
MUST_USE enum status spike_count_save(struct store *, int64_t job,
                                      enum trace_window,
                                      const struct spike_count *,
                                      struct error *);
/* NOT_FOUND. `out->ff` [owned], free(); `rec` is part of the same. */
MUST_USE enum status spike_count_load(struct store *, int64_t job,
                                      enum trace_window, struct spike_count *,
                                      struct error *);

/* ---- episode.c: jobs that learn by reinforcement ------------------------ */

struct episode {
    double number; /* from 0 */
    double time;   /* s until the task was done, or given up */
};
MUST_USE enum status episode_add(struct store *, int64_t job,
                                 const struct episode *, struct error *);
/* Numbers from `from` to `to`, in order. `*rows` [owned], free(). */
MUST_USE enum status episode_list(struct store *, int64_t job, double from,
                                  double to, struct episode **rows,
                                  size_t *count, struct error *);
/* The last, and the least time; `*present` false without any. */
MUST_USE enum status episode_summarize(struct store *, int64_t job,
                                       bool *present, struct episode *last,
                                       double *least, struct error *);

#endif
