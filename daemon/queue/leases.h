/* leases.h - what workers ask of the queue and tell it. Part of the queue's
 * door, included by queue.h. */
#ifndef FOLLOWD_QUEUE_LEASES_H
#define FOLLOWD_QUEUE_LEASES_H

#include "store/store.h"

#define QUEUE_LEASE_S   30.0 /* s   a lease lasts without a report */
#define QUEUE_LOST_MOST 3    /* workers lost in a row before a job fails */

struct queue;

struct grant { /* a job given to a worker */
    char lease[33];
    int64_t job;
    char shape[SPEC_SHAPE_SIZE]; /* "" when it is not known */
    char *spec;                  /* JSON text [owned] */
    int64_t sequence;  /* number of the first report: 0, then one more each */
    double expires_in; /* s   from now; a report extends it to QUEUE_LEASE_S */
    bool resumes;      /* go on from `checkpoint`, else from the beginning */
    struct checkpoint checkpoint;
    bool network_known; /* the store has it: no need to send it */
};
void grant_clear(struct grant *grant);
/* NOT_FOUND: nothing to do for this device now (or the queue is draining).
 * CONFLICT: the job in front is not of this `shape`, which is what the worker
 * simulates already; NULL is any. The newest checkpoint that can be read is
 * chosen. Remembers the device. */
MUST_USE enum status queue_lease(struct queue *, struct store *,
                                 const struct device *, const char *shape,
                                 struct grant *, struct error *);

/* Remembers that a device is out of service, and its `fault`; until a worker
 * asks for a job on it. */
MUST_USE enum status queue_device_fault(struct store *, const struct device *,
                                        struct error *);

enum report_state {
    REPORT_RUNNING,
    REPORT_SUCCEEDED,
    REPORT_FAILED,
    REPORT_DIVERGED,
    REPORT_CANCELLED, /* it was told to */
    REPORT_RELEASED,  /* given back, to go on later: paused or stopping */
    REPORT_STATES
};
bool report_state_parse(const char *name, enum report_state *out);

/* Whether a device that gives a job back could have taken it. */
enum fitness {
    FITS,
    FITS_LATER, /* its memory is taken by others now */
    FITS_NEVER
};

/* What a worker tells. Everything is [borrowed], absent things are zero. */
struct report {
    enum report_state state;
    const char *reason; /* why it ended, or NULL */
    enum fitness fits;  /* of REPORT_RELEASED: as the device has no memory */
    double t;           /* s   simulated so far; of an rl job, episodes */
    double rate;        /* of these per s */
    const char **log;   /* lines */
    size_t log_count;
    const char *provenance; /* JSON object as text, or NULL */
    const double (*metrics)[METRIC_KEYS];
    size_t metrics_count;
    struct trace traces[TRACE_WINDOWS];       /* rows = 0: absent */
    struct spikes spikes;                     /* rows = 0: absent */
    struct spike_count counts[TRACE_WINDOWS]; /* steps = 0: absent */
    const struct episode *episodes;           /* of an rl job */
    size_t episodes_count;
    struct {
        bool present;
        double t;
        int64_t step;
        enum checkpoint_kind kind;
        const void *data;
        size_t size;
    } checkpoint;
    const void *network; /* npz bytes, or NULL */
    size_t network_size;
};

enum command { COMMAND_GO, COMMAND_CANCEL, COMMAND_PAUSE, COMMAND_RELEASE };
const char *command_name(enum command command); /* "go" */

/* All of the report or nothing. A sequence number that was there before gets
 * its answer again and changes nothing. CONFLICT: this lease is not current
 * (any more), the worker must drop the job. INVALID: it makes no sense. */
MUST_USE enum status queue_report(struct queue *, struct store *,
                                  const char *lease, int64_t sequence,
                                  const struct report *, enum command *,
                                  struct error *);
/* Appends the checkpoint that came with the grant. */
MUST_USE enum status queue_checkpoint(struct store *, const char *lease,
                                      struct bytes *data, struct error *);

#endif
