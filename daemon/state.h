/* state.h - the state folder: who holds it, the token, where to find us. */
#ifndef FOLLOWD_STATE_H
#define FOLLOWD_STATE_H

#include "base/base.h"

#define TOKEN_SIZE 129

struct state {
    char folder[4096];
    char database[4200]; /* DIR/follow.db                                     */
    char token_file[4200];
    char url_file[4200];
    char pin_file[4200];
    char worker_file[4200]; /* DIR/worker-token                              */
    char token[TOKEN_SIZE]; /* what clients must show */
    char worker_token[TOKEN_SIZE]; /* and our own workers, until we end */
    int lock; /* file descriptor, -1: not held                         */
};

/* Makes the folder, takes its lock, reads or makes the token. CONFLICT when
 * another daemon holds it; the text says which. */
MUST_USE enum status state_open(const char *folder, struct state *out,
                                struct error *err);
/* Says in DIR/url that we are ready, and where; with a `pin` that is not "", in
 * DIR/pin which public key shows that it is us. */
MUST_USE enum status state_announce(const struct state *state, const char *url,
                                    const char *pin, struct error *err);
/* Takes both away and lets go of the lock. */
void state_close(struct state *state);

#endif
