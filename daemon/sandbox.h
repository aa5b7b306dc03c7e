/* sandbox.h - what is left to a worker before it loads a driver: to read, to
 * compute, and to write into its cache.
 *
 * Two walls of the kernel's, for this process and all that it starts. Landlock
 * keeps files: none is written outside the cache, but for the device files of
 * accelerators, and what is hidden is not read; other processes are neither
 * looked into nor sent signals. A filter of system calls (seccomp) keeps the
 * rest: no network, no signals to others, nothing that changes the system. It
 * names what is refused, since nobody knows all that drivers ask for. */
#ifndef FOLLOWD_SANDBOX_H
#define FOLLOWD_SANDBOX_H

#include "base/base.h"

struct sandbox {
    const char *cache;         /* folder to write to; made if it is not there */
    const char *const *hidden; /* files and folders, then NULL; "" is none    */
};

/* Drivers keep what they have compiled below `cache` from now on, unless the
 * environment says where. To be called while there is one thread only. A wall
 * that this kernel does not have is left out, and named in the log. */
MUST_USE enum status sandbox_enter(const struct sandbox *sandbox,
                                   struct error *err);

/* The walls alone. UNAVAILABLE: the kernel has none. */
MUST_USE enum status sandbox_files(const struct sandbox *sandbox,
                                   struct error *err);
MUST_USE enum status sandbox_calls(struct error *err);

#endif
