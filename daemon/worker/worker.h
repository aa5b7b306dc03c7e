/* worker.h - a process that serves one device: leases a job, simulates it,
 * reports.
 *
 * Knows the worker protocol (doc/protocol.md) and what is kept of a run:
 * metrics, traces, checkpoints. Knows nothing of the store or of who asked.
 * Above: main. Below: engine, model, npz, spec, http, base. */
#ifndef FOLLOWD_WORKER_H
#define FOLLOWD_WORKER_H

#include "base/base.h"

#include <stdio.h>

/* All [borrowed] for the call. */
struct worker_options {
    const char *server; /* "http://127.0.0.1:7317"                           */
    const char *token;  /* of the daemon                                     */
    const char *device; /* "any" or an id, see worker_list_devices()         */
    const char *cache;  /* folder for decoders, NULL: none                   */
    const char *name;   /* NULL: host and device                             */
    const char *pin;    /* public key of the daemon, NULL: the system's trust */
    bool local;         /* started by the daemon it serves                   */
    int dialer;         /* who connects to it (http/http.h), 0: the worker    */
};

/* The exit status of a process whose device has failed its self-test: another
 * one would fare no better. */
#define WORKER_UNFIT 3

/* Serves until SIGTERM or SIGINT; the job at hand is then checkpointed and
 * given back. Returns a failure when the device cannot be used (any longer):
 * the process is to end, its driver may be past recovery. CORRUPT: the device
 * has failed its self-test, and the daemon has been told. */
MUST_USE enum status worker_run(const struct worker_options *options,
                                struct error *err);

/* The self-test alone; CORRUPT as above. */
MUST_USE enum status worker_self_test(const struct worker_options *options,
                                      struct error *err);

/* One JSON object a line for every device: id, type ("gpu" or "cpu"), name,
 * vendor, driver, platform, memory (bytes), units. None is no error. */
MUST_USE enum status worker_list_devices(FILE *out, struct error *err);

#endif
