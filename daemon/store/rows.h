/* rows.h - what the store keeps of jobs and of who runs them. Part of the
 * store's door, included by store.h.
 *
 * Texts that are `char *` are [owned] by the struct, x_clear() in store.h frees
 * them. Times of day are ms since 1970 UTC, 0 for "not yet". */
#ifndef FOLLOWD_STORE_ROWS_H
#define FOLLOWD_STORE_ROWS_H

#include "base/base.h"

enum job_state {
    JOB_QUEUED,
    JOB_RUNNING,
    JOB_PAUSING,
    JOB_PAUSED,
    JOB_CANCELLING,
    JOB_CANCELLED,
    JOB_SUCCEEDED,
    JOB_FAILED,
    JOB_DIVERGED,
    JOB_STATES
};

struct job {
    int64_t id;
    int64_t rev; /* grows by one with every change */
    char uuid[37];
    char *name;         /* "" when none was given */
    char *tags;         /* JSON object of strings */
    char *note;         /* "" when none was given */
    char *spec;         /* JSON, resolved */
    char *state_reason; /* "" or why it is in this state */
    char *provenance;   /* JSON object, or NULL before a worker told it */
    enum job_state state;
    int priority; /* higher goes first */
    int restarts; /* how often its worker was lost */
    int lost;     /* workers that died with it, one after the other */
    int64_t created_at, started_at, finished_at;
    double done, total; /* simulated s */
    double rate;        /* simulated s per s, 0 while not known */
    int64_t parent;     /* job whose final state it started from, or 0 */
    int64_t sweep;      /* or 0 */
    char network[SHA256_HEX_SIZE]; /* key of its row in `network` */
    char device[128];              /* "any", or that it asks for: ID, HOST/ID */
};

struct job_filter {
    const char *state; /* NULL: all */
    const char *tag;   /* "key=value" or "key"; NULL: all */
    int64_t sweep;     /* 0: all */
    int limit;         /* 1 to 500 */
    int64_t before;    /* only smaller ids (the cursor); 0: from the newest */
};

/* A job that another one comes after. */
struct earlier {
    int64_t job;
    bool any_end; /* however it ends; else it must succeed */
    enum job_state state;
};

/* The jobs that are leased now. */
struct job_pace {
    int64_t running;
    int64_t known;    /* of these, how many have told their rate */
    double rate;      /* simulated s per s, of those together */
    double first_end; /* s   until the first of those ends */
};

/* A worker's claim to one job, until expires_at. */
struct lease {
    char id[33]; /* 128 random bits */
    int64_t job;
    bool active; /* ended ones stay a while, to answer a repeated report */
    char worker[128];
    char device[128], host[128];
    bool local;       /* of a worker that this daemon started */
    int64_t sequence; /* number of the next report */
    int64_t expires_at, ended_at;
    char answer[16];     /* to the last report */
    int64_t resume_step; /* of the checkpoint it was given, or -1 */
    int64_t token;       /* by whose token it was taken */
};

struct worker {
    char name[128];
    char host[128];
    char version[64];
    int64_t pid;
    int64_t token; /* by which it asks; not kept */
    bool local;
};

struct device {
    char id[128];
    char name[128];
    char type[8]; /* "gpu" or "cpu" */
    char vendor[128], driver[128], platform[128];
    int64_t memory;       /* bytes */
    int64_t units;        /* compute units */
    struct worker worker; /* the last that came with it */
    int64_t last_seen;
    char fault[1024]; /* why it is out of service, or "" */
};

/* A change of a job's state has all of the last three; other lines have "". */
struct log_line {
    int64_t id, at;
    char *text;
    char event[16]; /* "lease": what happened */
    char from[16];  /* state; "" also when it was handed in */
    char to[16];    /* state */
};

#endif
