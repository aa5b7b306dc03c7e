/* state.h - what a seated network remembers; part of the door. */
#ifndef FOLLOWD_ENGINE_STATE_H
#define FOLLOWD_ENGINE_STATE_H

#include "base/base.h"

struct engine;

/* Everything a seated network remembers between two steps, as arrays with
 * names, of the engine's own reals: restored, it goes on with the same bits.
 *
 *   state_ff [2][N_ff], state_rec [2][N_rec]   membrane, trace
 *   D_ff [d][N_ff], D_rec [d][N_rec]           but dense; state units * s
 *   filters [n]                                low-dimensional filters
 *   current [1][N_rec]                         when weights are not factored
 *   W_ff [N_ff][N_rec], W_rec [N_rec][N_rec]   dense: W transposed
 *   learned_decoders [d][N_rec]                when they are plastic
 *   ring [delay + 2][d]                        errors on their way           */
#define ENGINE_PARTS 10
struct engine_state {
    int64_t step;            /* steps done                                   */
    size_t real_size, count; /* bytes of a real, 4 or 8; parts               */
    struct engine_part {
        const char *name;
        size_t rows, columns;
        void *data; /* [rows][columns] real                                  */
    } parts[ENGINE_PARTS];
};
/* Not during a slice; `out` is [owned], for engine_state_free(). */
MUST_USE enum status engine_save(struct engine *engine, int seat,
                                 struct engine_state *out, struct error *err);
/* The same without what a network learns: D, W, learned decoders. */
MUST_USE enum status engine_save_passing(struct engine *engine, int seat,
                                         struct engine_state *out,
                                         struct error *err);
/* The parts that it has, of the shapes they have here, and the step. */
MUST_USE enum status engine_load(struct engine *engine, int seat,
                                 const struct engine_state *state,
                                 struct error *err);
/* Makes it the state of a network that knows what it has learned and nothing
 * else, before t = 0: D, W, learned decoders and what fixed weights have lost
 * stay, all else becomes zero. */
void engine_state_forget(struct engine_state *state);
/* The part of fixed weights that has not decayed. */
double engine_state_kept(const struct engine_state *state);
/* NULL when there is no such part. */
const struct engine_part *engine_state_find(const struct engine_state *state,
                                            const char *name);
void engine_state_free(struct engine_state *state);

#endif
