/* rl.h - an arm learns by reinforcement, episode after episode, which torques
 * bring its end to a target soonest: SARSA(lambda) over tiles of angles and
 * velocities, as published with the scripts (doc/model.md, section 8).
 *
 * Knows what a spec asks for of it, and nothing of networks, jobs, SQL or HTTP.
 * Above: worker. Below: drive (the arm), random, npz, spec, base.
 *
 * The same spec gives the same bits, however often it was saved and restored
 * between two episodes. */
#ifndef FOLLOWD_RL_H
#define FOLLOWD_RL_H

#include "base/base.h"
#include "npz/npz.h"
#include "spec/spec.h"

struct rl;

/* [owned] by the caller; before the first episode. INVALID when this arm has no
 * such task. */
MUST_USE enum status rl_new(const struct spec *spec, struct rl **out,
                            struct error *err);
void rl_free(struct rl *rl);

int64_t rl_episodes(const struct rl *rl); /* done, of spec.rl.episodes        */
/* Goes on by about `actions` actions, up to the end of an episode at most, and
 * never beyond the last one: a call is as short as it is asked to be, and an
 * episode may be long. FAILED when one does not end within 50,000 s: the target
 * is out of reach. */
MUST_USE enum status rl_advance(struct rl *rl, int64_t actions,
                                struct error *err);
/* Whether an episode has just ended, or none has begun: then it can be saved.
 */
bool rl_is_between(const struct rl *rl);

/* The time that each of the episodes took so far, s [borrowed]. */
const double *rl_times(const struct rl *rl /* [rl_episodes()] */);

/* All that it remembers between two episodes, as views [borrowed] for
 * npz_write(), good until it goes on. They are also what it has learned:
 *
 *   torque [n][joints] N m, at torque_t [n] s, and straight lines between. The
 *   last episode as far as it went, beyond it what is left of longer ones, and
 *   a last row of 0: as published. As drive_sources.command takes them.
 *   times [episodes] s; Q, traces, random: of no meaning elsewhere */
#define RL_ARRAYS 6
void rl_save(const struct rl *rl, struct npz_array out[RL_ARRAYS]);
/* Goes on from there, in a new one of the same spec. CORRUPT when that is no
 * state of it. */
MUST_USE enum status rl_restore(struct rl *rl, const struct npz *state,
                                struct error *err);
/* Goes on from what another one of the same task and arm has learned, its
 * random numbers among it; what comes is counted anew. */
MUST_USE enum status rl_continue(struct rl *rl, const struct npz *state,
                                 struct error *err);

#endif
