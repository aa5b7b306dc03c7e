/* engine_private.h - what the files of this room share.
 *
 *   sources.c  the text of the kernels
 *   fit.c      how a network is laid out on a device
 *   shape.c    what networks have in common to advance together
 *   engine.c   opening, closing, memory
 *   seat.c     a network takes its place
 *   matrix.c   ... with weights that are not factors alone
 *   spikes.c   bits as the kernel writes them, and as NumPy packs them
 *   pack.c     what goes to the device in a slice
 *   slice.c    one launch: begin and end
 *   unpack.c   what comes back
 *   state.c    save and load */
#ifndef FOLLOWD_ENGINE_PRIVATE_H
#define FOLLOWD_ENGINE_PRIVATE_H

#include "engine/engine.h"
#include "kernels/layout.h"

/* How a shape lies on a device; see kernels/kernel.h for the words. */
struct fit {
    int real_size; /* bytes */
    int width;
    int group;
    int unit;
    int units;
    int parts;
    int own; /* units of a work-item, of a GPU                          */
    int blocks_ff;
    int blocks_rec;
    bool registers;
    bool shuffle;
    int64_t padded_ff; /* P of each layer                                   */
    int64_t padded_rec;
    char options[768]; /* for the compiler                                  */
};
MUST_USE enum status fit_choose(const struct opencl_device *device,
                                const struct engine_shape *shape, int seats,
                                struct fit *out, struct error *err);

/* The kernel sources in the order in which they are compiled, from
 * $FOLLOWD_KERNELS or as built in. `texts` [SOURCES] are [owned]. */
#define SOURCES 11
MUST_USE enum status sources_load(char *texts[SOURCES], struct error *err);
void sources_free(char *texts[SOURCES]);

/* The sizes of one network's rows, in numbers unless it says otherwise. */
struct row_sizes {
    size_t fixed_ff, fixed_rec;   /* [fields][P]                             */
    size_t fields_ff, fields_rec; /* of a state                              */
    size_t current, readout;      /* which field of state_rec, 0: none       */
    size_t filters;
    size_t ring;
    size_t matrix_ff, matrix_rec; /* [N][P_rec]                              */
    size_t drive;                 /* of one step                             */
    size_t trace;                 /* of one step                             */
    size_t squares;               /* of one matrix in a summary              */
    size_t summary;               /* one summary                             */
    size_t spikes;                /* of one step, words of 32 bits           */
    size_t words;                 /* of 64 bits, what work-groups exchange   */
};

/* Every buffer of a launch, in the order of the kernel's arguments, which
 * begin with some numbers. */
enum engine_buffer {
    BUFFER_CLOCKS,
    BUFFER_JOBS,
    BUFFER_DRIVES,
    BUFFER_GATES,
    BUFFER_CHANGES,
    BUFFER_GAINS_FF,
    BUFFER_GAINS_REC,
    BUFFER_FIXED_FF,
    BUFFER_FIXED_REC,
    BUFFER_STATES_FF,
    BUFFER_STATES_REC,
    BUFFER_FILTERS,
    BUFFER_RINGS,
    BUFFER_WEIGHTS_FF,
    BUFFER_WEIGHTS_REC,
    BUFFER_MASKS_FF,
    BUFFER_MASKS_REC,
    BUFFER_WORDS,
    BUFFER_TRACES,
    BUFFER_SUMMARIES,
    BUFFER_SPIKES,
    BUFFERS
};
#define ARGUMENTS_BEFORE_BUFFERS 4

/* What drives all seats in a slice, as it is sent. */
struct packed {
    struct staging *drives; /* [seats][steps_most][drive] real              */
    void *gates;            /* [seats][steps_most][GATES] real              */
    int *changes;           /* [seats][steps_most]                          */
};

/* A seat's part of a slice. */
struct stretch {
    int64_t first; /* steps done before it                                 */
    int64_t steps;
    size_t changes;              /* of its gates                           */
    const struct packed *packed; /* [borrowed] what drives it              */
    bool spikes;                 /* are wanted                             */
    bool finite;                 /* what drives it                         */
};

/* What the host remembers of a seat. */
struct seat {
    bool taken;
    struct engine_rule rule;
    int64_t step;                   /* steps done                           */
    struct stretch next, now, past; /* packed; under way; over              */
    double gram[SPEC_DIMENSIONS_MOST][SPEC_DIMENSIONS_MOST]; /* E^T E      */
    struct engine_summary *summaries; /* [summaries_most] [owned]            */
    double *trace;                    /* [3][steps_most][d] [owned]          */
    unsigned char *spikes_ff;  /* [steps_most][(N_ff + 7) / 8] [owned]       */
    unsigned char *spikes_rec; /* [steps_most][(N_rec + 7) / 8] [owned]      */
};

struct engine {
    struct opencl *cl; /* [borrowed] */
    struct engine_shape shape;
    struct fit fit;
    struct row_sizes sizes;
    int seats;
    int steps_most;
    int summaries_most; /* in one slice                                      */
    bool under_way;
    struct program *program;
    struct buffer *buffers[BUFFERS];
    int *clocks; /* [seats][CLOCK_FIELDS] host copies of what goes         */
    struct packed packed[2];
    int packing;               /* which of them is for the next slice      */
    struct staging *traces;    /* [seats][steps_most + 1][trace] real      */
    struct staging *summaries; /* [seats][summaries_most][summary] real    */
    uint32_t *spikes;          /* [seats][steps_most][spikes], if recorded */
    struct seat *seat;         /* [seats]                                  */
};

/* Numbers in the device's precision, `real_size` bytes each. */
void reals_from_doubles(void *to, size_t at, const double *from, size_t count,
                        size_t real_size);
double real_at(const void *from, size_t at, size_t real_size);

/* Refuses a seat number that is not there; and one that is under way. */
MUST_USE enum status seat_check(const struct engine *engine, int seat,
                                struct error *err);
MUST_USE enum status seat_rests(const struct engine *engine, int seat,
                                struct error *err);
/* Two filters: what is kept over a step of dt with time constant tau. */
double filter_keep(double tau);

/* V = 0, and no rest to come, in the row of membranes of a state, [padded]. */
void membranes_empty(void *state, size_t padded, size_t real_size);

/* unpack.c: how many summaries a stretch has; those of the past one, false if
 * they show anything that is not finite. */
size_t summary_count(const struct seat *seat, const struct stretch *stretch);
bool summaries_unpack(struct engine *engine, int seat);

/* spikes.c: the spikes of a slice, packed for the trace. */
void spikes_pack(struct engine *engine, int seat);

/* matrix.c: fixed weights and masks to the device, and dense weights, which
 * begin as the fixed ones. */
MUST_USE enum status matrices_write(struct engine *engine, int seat,
                                    const struct connections *connections,
                                    struct error *err);

#endif
