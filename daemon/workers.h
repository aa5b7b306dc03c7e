/* workers.h - the worker processes of this machine: found, started, watched.
 *
 * There is one worker per device, of those that devices.h finds.
 * A worker that dies is started again, each time a little later, but for one
 * whose device has failed its self-test. All functions are for the main thread,
 * whose death ends the workers too. */
#ifndef FOLLOWD_WORKERS_H
#define FOLLOWD_WORKERS_H

#include "base/base.h"

#include <jansson.h>
#include <sys/types.h>

struct workers;

/* What a worker is started with; [borrowed], must outlive the workers. */
struct workers_options {
    const char *choice; /* "auto", "none", or ids with commas between         */
    const char *url;
    const char *pin; /* of the daemon's certificate, "" without               */
    const char *token_file;
    const char *cache;
    const char *hidden[2]; /* files and folders that are none of theirs      */
};

/* Asks for the devices. A machine without any is no failure. */
MUST_USE enum status workers_open(const struct workers_options *options,
                                  struct workers **out, struct error *err);
/* Every device of this machine. [owned by the caller] new reference */
json_t *workers_devices(const struct workers *workers);
/* Starts those that are due. */
void workers_start(struct workers *workers);
/* Gives devices that have failed their self-test another trial. */
void workers_try_again(struct workers *workers);
/* After SIGCHLD: buries the dead, and tells to `lost` their names and what
 * became of them, as in "has died of signal 11". */
void workers_reap(struct workers *workers,
                  void (*lost)(void *context, const char *name,
                               const char *fate),
                  void *context);
/* Ends a worker that does nothing any more, if it is one of ours that is not
 * being ended yet; whether it is. */
bool workers_kill(struct workers *workers, const char *name);
/* Asks all to save what they have, give their jobs back and end. */
void workers_stop(struct workers *workers);
size_t workers_alive(const struct workers *workers);
/* Ends those that are still there. Accepts NULL. */
void workers_close(struct workers *workers);

#endif
