/* errand_private.h - jobs on their way through a worker, and who works on them;
 * worker_private.h has what one of them is made of.
 *
 * Threads: the main one alone touches the device and the list of errands, but
 * for the asker, who adds to it. Each preparation has a thread, reports go out
 * on some others, and the crew helps the main one. What two of them touch is
 * behind the worker's lock, and marked (lock). */
#ifndef FOLLOWD_ERRAND_PRIVATE_H
#define FOLLOWD_ERRAND_PRIVATE_H

#include "worker/worker_private.h"

#include <pthread.h>

/* ---- the worker ---------------------------------------------------------- */

struct errand;
struct post;

struct worker {
    const struct worker_options *options; /* [borrowed] */
    const atomic_bool *stop, *hang_up;
    struct opencl *cl;
    struct networks *networks;
    struct crew *crew;
    struct post *post;
    char kernels[SHA256_HEX_SIZE];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct errand *errands; /* (lock) as they came                           */
    int preparing;          /* how many of them are being prepared           */
    int seated;             /* how many of them share the device             */
    bool retires;
    int places; /* (lock) for errands of this shape              */
    struct {    /* (lock) more of these have been too many       */
        struct engine_shape shape;
        int places;
        double until; /* s, monotonic                                  */
    } tight;
    bool asking;         /* (lock) the asker is at work                   */
    uint64_t changes;    /* (lock) grows with everything marked so        */
    enum status failure; /* (lock) the asker's, for the whole process     */
    struct error why;    /* (lock) */
};
/* Tells, the lock held, all threads; waits, the lock held, until somebody tells
 * or so many s have passed. */
void worker_changed(struct worker *worker);
void worker_wait(struct worker *worker, double seconds);
/* After a failure on the device, of which a driver rarely recovers: the process
 * ends as if told to stop. Jobs that have not failed are given back, and find a
 * new one. */
void worker_retire(struct worker *worker, const struct error *why);
MUST_USE enum status worker_link(const struct worker *worker,
                                 struct daemon_link **out, struct error *err);

/* ---- errand.c ------------------------------------------------------------ */

enum stage {
    STAGE_PREPARING, /* on a thread of its own                               */
    STAGE_READY,     /* waits for a seat                                     */
    STAGE_SEATED,
    STAGE_LEAVING, /* has no seat (any more), its last report is due         */
    STAGE_OVER     /* nobody waits for anything of it                        */
};

/* A job on its way through this worker. */
struct errand {
    struct errand *next; /* (lock) */
    struct worker *worker;
    struct grant grant;
    struct lineage job;
    struct run run;
    struct rl *rl; /* [owned] what learns in place of a network, or NULL     */
    enum stage stage;      /* (lock) */
    struct engine *engine; /* [borrowed] where it has a seat, */
    int seat;              /* and which; -1: none             */
    enum order order; /* the daemon's last word                              */

    pthread_t thread; /* that prepares it, if `preparing`                 */
    bool preparing;
    bool prepared;       /* (lock) that thread is at its end...              */
    enum status outcome; /* ...and this came of it                           */
    struct error outcome_err;
    struct engine_shape shape; /* that it needs; once it is prepared         */
    bool opened;               /* `run` is there                             */
    enum status status; /* what is wrong with the job                       */
    struct error err;

    bool sliced; /* its next slice is prepared                               */
    bool packed; /* ...and packed for the seat it has                        */
    bool held;   /* it must not begin before a report has gone               */
    bool fresh;  /* its last slice is not recorded yet:                      */
    struct engine_trace trace; /* [borrowed] what it did,                    */
    const struct slice *told;  /* [borrowed] and its drive                   */
    struct engine_state state; /* as of `run.done`, for a checkpoint [owned] */
    const char *kind;          /* of that checkpoint, NULL: none is due      */

    struct bytes checkpoint; /* npz [owned], of step `checkpoint_step`       */
    int64_t checkpoint_step;
    const char *checkpoint_kind; /* NULL: none to report                     */
    double reported;             /* s, clock_monotonic()                     */
    double checkpointed;
    int64_t saved; /* step of the last checkpoint                            */
    bool network_sent;
    char line[256];    /* for the job's log, "" none                         */
    const char *last;  /* state that it ends in                              */
    char reason[1024]; /* why                                                */
    const char *fits;  /* "later" or "never" on this device, else NULL       */

    bool out;     /* a letter was sent and its answer not taken in           */
    bool final;   /* that was the last                                       */
    bool posting; /* (lock) until it is answered, what follows is the post's */
    struct errand *behind;
    struct bytes letter; /* [owned] */
    enum order answer_order;
    enum status answer;
    struct error answer_err;
};

MUST_USE struct errand *errand_new(struct worker *worker,
                                   const struct grant *grant);
void errand_free(struct errand *errand);
void errand_stage(struct errand *errand, enum stage stage);
/* Looks after everything of it but slices: what preparation and post brought,
 * signs of life while it waits. Only what makes this process useless is
 * returned. */
MUST_USE enum status errand_tend(struct errand *errand, struct error *err);
/* It has a seat; it has none any more, and ends in the state `last`; it ends
 * for a reason of its own, or, for lack of memory, goes back to be tried again;
 * the device will never hold it; nobody waits for it any more. */
void errand_sit(struct errand *errand, struct engine *engine, int seat);
void errand_leave(struct errand *errand, const char *last, const char *reason);
void errand_fail(struct errand *errand, enum status status,
                 const struct error *err);
void errand_misfit(struct errand *errand, const struct error *err);
void errand_drop(struct errand *errand);
/* Whether it is to stop before its end; in which state it then ends. */
bool errand_must_stop(const struct errand *errand);
const char *errand_last_state(const struct errand *errand);
/* Whether a failure is the device's or the daemon's, and not a job's. */
bool status_is_beyond_job(enum status status);

/* ---- errand_slice.c ------------------------------------------------------ */

/* Of which kind a checkpoint is that is due now; NULL: none is. */
const char *errand_kind(const struct errand *errand);
/* A slice has ended and the device rests: whether it leaves now, and what of
 * its state is to be kept. A failure is the device's. */
MUST_USE enum status errand_pause(struct errand *errand, struct engine *engine,
                                  const struct engine_trace *trace,
                                  double seconds, struct error *err);
/* Records what the last slice did; before the engine's traces go away. */
void errand_record(struct errand *errand);
/* The same, and tells it if it is time. */
void errand_go_on(struct errand *errand);
/* Prepares the next slice, of at most `steps` steps, of at most RUNS_MOST. */
void errand_prepare(struct errand *const errands[], int count, int64_t steps);
/* Whether that slice is to begin now; if it is, it is packed, and begins. */
bool errand_can_begin(struct errand *errand);
void errand_pack(struct errand *errand);
void errand_begin(struct errand *errand);

/* ---- letter.c ------------------------------------------------------------ */

/* Tells the daemon all there is to say, in `state`; nothing must be out. */
void letter_send(struct errand *errand, const char *state);
/* Takes the answer in, if it has come. */
MUST_USE enum status letter_answer(struct errand *errand, struct error *err);

/* ---- prepare.c ----------------------------------------------------------- */

/* Begins to make everything ready but what is on the device, on a thread of its
 * own, if there are not too many of them. */
MUST_USE enum status preparation_begin(struct errand *errand,
                                       struct error *err);
/* Whether that thread has come to its end just now. */
bool preparation_ends(struct errand *errand);

/* ---- episodes.c ---------------------------------------------------------- */

/* Learns to the last episode, or until it is told to stop, and reports by
 * itself, the end too. The device has no part in it. CONFLICT: the lease is
 * lost. */
MUST_USE enum status episodes_run(struct errand *errand,
                                  struct daemon_link *link, struct error *err);

/* ---- report.c ------------------------------------------------------------ */

/* All there is to say, in `state`, as npz, and forgets it; `reason` may be
 * NULL. */
MUST_USE enum status report_make(struct errand *errand, const char *state,
                                 const char *reason, struct bytes *out,
                                 struct error *err);

/* ---- post.c -------------------------------------------------------------- */

MUST_USE enum status post_open(struct worker *worker, struct error *err);
/* Waits for what is on its way. */
void post_close(struct worker *worker);
/* Sends the errand's letter. */
void post_send(struct errand *errand);

/* ---- asker.c ------------------------------------------------------------- */

/* Asks for work as long as there is room, and adds errands to the list. */
struct asker;
MUST_USE enum status asker_open(struct worker *worker, struct asker **out,
                                struct error *err);
void asker_close(struct asker *asker);

/* ---- batch.c ------------------------------------------------------------- */

/* Those that share the device. */
struct batch {
    struct worker *worker;
    struct engine *engine; /* of the last errands, kept for the next         */
    int seats;
    struct errand **at; /* [seats] NULL: nobody                              */
    struct engine_trace *traces; /* [seats]                                  */
    bool *beginning;             /* [seats] in the slice that begins         */
    bool under_way;
    double began;       /* s, when the slice under way did                   */
    double rate;        /* steps per s of the last one, 0: not known         */
    double spare_since; /* s, when half of the seats became empty; 0: not so */
    struct errand **hands; /* who is to go on while the device works         */
    int hand_count;
    int together; /* so many of them are prepared by one thread              */
};
MUST_USE enum status batch_new(struct worker *worker, struct batch **out,
                               struct error *err);
void batch_free(struct batch *batch);
/* One slice, if there is anybody to simulate: `*idle` else. Only what makes
 * this process useless is returned. */
MUST_USE enum status batch_turn(struct batch *batch, bool *idle,
                                struct error *err);

/* ---- seats.c ------------------------------------------------------------- */

/* Seats for all that are ready, of one shape. Only what makes this process
 * useless is returned. */
MUST_USE enum status seats_give(struct batch *batch, struct error *err);
/* For some time the worker has place for so many of this shape at most. How
 * many it has place for; the lock is held. */
void places_limit(struct worker *worker, const struct engine_shape *shape,
                  int most);
int places_count(const struct worker *worker, const struct engine_shape *shape);
/* Gives the engine up, with whoever sits there. */
void seats_leave(struct batch *batch);

#endif
