/* api.h - answers HTTP: the documented routes, the workers' routes, the page.
 *
 * Knows requests, answers, tokens and who may ask from where. Decides nothing
 * about jobs: it turns a request into calls on the queue and the store, and
 * what they say into JSON, CSV, .npy and .npz. Never asks a worker.
 *
 * Above: main. Below: queue, store, spec, npz, base. doc/api.md is the list of
 * routes for users, doc/protocol.md the one for workers. */
#ifndef FOLLOWD_API_H
#define FOLLOWD_API_H

#include "base/base.h"
#include <jansson.h>

/* How to listen, and to whom. Everything is [borrowed] and must outlive the
 * api. */
struct api_options {
    const char *address; /* "127.0.0.1", "::1", "0.0.0.0"                     */
    unsigned port;       /* 0: any free one                                   */
    const char *tls_cert; /* PEM file, or NULL for plain HTTP                 */
    const char *tls_key;
    const char *hosts; /* more names for the Host header, comma-separated     */
    const char *store; /* path of the database                                */
    const char *token; /* what Authorization: Bearer must carry               */
    const char *worker_token; /* and that of workers this daemon starts, or
                                 NULL                                         */
    double rate;              /* requests per second and token; 0: any number */
    const char *web; /* folder to read the page from instead of the built-in
                        one, or NULL                                        */
};

struct api;
struct queue;

/* Gives up the leases of workers that died with the daemon before this one,
 * then listens. Requests are answered from the api's own threads, each with
 * its own store. */
MUST_USE enum status api_open(const struct api_options *options,
                              struct api **out, struct error *err);
/* Where it answers this machine, e.g. "http://127.0.0.1:41235". [borrowed] */
const char *api_url(const struct api *api);
/* The public key of its certificate as curl pins it, "sha256//BASE64"; "" when
 * it speaks plain HTTP. [borrowed] */
const char *api_pin(const struct api *api);
/* The queue that its requests change. [borrowed] */
struct queue *api_queue(struct api *api);
/* The devices of this machine that /api/v1/devices shows beside those that
 * workers elsewhere have named: an array of objects. [taken] */
void api_set_devices(struct api *api, json_t *devices);
/* No new work is handed out from now on; reports are still taken. */
void api_drain(struct api *api);
/* True after a failed sync: the daemon must end, and start anew. */
bool api_has_lost_store(const struct api *api);
/* Whoever waits looks again. */
void api_wake(struct api *api);
/* Answers whoever waits, then stops. Accepts NULL. */
void api_close(struct api *api);

#endif
