/* server_private.h - what server*.c share: the only files that know the HTTP
 * library.
 *
 * Threads: the library's pool answers requests; one ticker ends waits and
 * closes connections that take too long. `lock` guards the two lists below and
 * nothing else; whoever holds it may call into the library, never the other
 * way round. */
#ifndef FOLLOWD_API_SERVER_PRIVATE_H
#define FOLLOWD_API_SERVER_PRIVATE_H

#include "api/api_private.h"
#include "api/traffic.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#define REQUEST_SECONDS       10.0 /* a request must be here whole by then... */
#define CONNECTIONS_MAX       1024u
#define CROWD                 768            /* of these; then the slowest go */
#define BODY_BYTES_PER_SECOND (256.0 * 1024) /* ...and its body a bit later */

/* A connection, for as long as it stands. */
struct link {
    int fd;
    double deadline; /* s, monotonic; 0: none, the answer is being made       */
    bool lingers;    /* its request was refused with the body still to come   */
    struct link *next, *previous;
};

#define LINGERS_MAX 64

/* A connection that is closed, but for listening. */
struct lingering {
    int fd;          /* [owned] */
    double deadline; /* s, monotonic                                          */
};

/* One request and its answer. */
struct exchange {
    struct api *api;
    struct MHD_Connection *connection;
    struct request request;
    struct response response;
    struct error err;
    enum status status; /* of what came before the handler                    */
    bool begun, overflown;
    size_t discarded; /* bytes of body beyond the limit                       */
    bool waiting;     /* in the list, and its connection suspended            */
    bool due;         /* its topic has changed meanwhile                      */
    bool overdue;     /* its time is up                                       */
    double waited; /* s, all waits of this request together                 */
    double suspended; /* s, monotonic: when this wait began                   */
    double earliest; /* s, monotonic: it is not woken before that             */
    double deadline;
    struct exchange *next, *previous;
};

/* What a token may still ask, see server_rate.c. */
struct bucket {
    int64_t token;
    double left; /* requests */
    double at;   /* s, monotonic: when that was so; 0: nobody's */
};

/* What struct traffic is copied from. */
struct traffic_counts {
    _Atomic uint64_t kinds[TRAFFIC_KINDS], buckets[TRAFFIC_BUCKETS];
    _Atomic uint64_t microseconds;
    atomic_int connections;
};

struct api {
    struct api_options options;
    char url[160];
    int listener; /* socket                                                   */
    unsigned port;
    bool loopback, ipv6;
    char own_host[256]; /* of this machine, "" when it listens on loopback    */
    char token_digest[SHA256_HEX_SIZE];
    char worker_digest[SHA256_HEX_SIZE]; /* "" without                        */
    struct MHD_Daemon *daemon;
    pthread_key_t store_key;
    bool has_store_key;
    struct bytes cert, key; /* PEM texts                                      */
    char pin[64];           /* see api_pin()                                  */
    struct queue *queue;    /* [owned] */
    struct digests *digests; /* [owned] */
    struct events *events;   /* [owned] */
    atomic_bool draining, lost;
    struct traffic_counts traffic;
    atomic_int active; /* exchanges alive                                     */
    pthread_mutex_t rates_lock;
    struct bucket rates[TOKENS_MOST + 2];
    pthread_mutex_t devices_lock;
    json_t *devices;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t ticker;
    bool has_ticker;
    bool stopping;
    uint64_t changes; /* grows with every api_changed()                       */
    struct exchange *waits;
    struct link *links;
    struct lingering lingers[LINGERS_MAX];
    size_t linger_count;
};

/* server_listen.c: the socket, and with it port, url, loopback, own_host. */
MUST_USE enum status listener_open(struct api *api, struct error *err);
/* server_tls.c: reads certificate and key, and with them cert, key, pin. */
MUST_USE enum status tls_load(struct api *api, struct error *err);
/* server_exchange.c */
void *exchange_open(void *api, const char *target,
                    struct MHD_Connection *connection);
enum MHD_Result exchange_answer(void *api, struct MHD_Connection *connection,
                                const char *url, const char *method,
                                const char *version, const char *data,
                                size_t *size, void **context);
void exchange_close(void *api, struct MHD_Connection *connection,
                    void **context, enum MHD_RequestTerminationCode how);
/* This thread's own store, opened when it first needs one; NULL: see err. */
struct store *exchange_store(struct api *api, struct error *err);
/* server_reply.c */
enum MHD_Result exchange_reply(struct exchange *exchange);
/* server_traffic.c: one more answer. */
void traffic_count(struct api *api, int code, double seconds);
/* server_feed.c: NULL without memory. */
struct MHD_Response *feed_start(struct exchange *exchange);
/* server_waiting.c */
MUST_USE enum status waiting_open(struct api *api, struct error *err);
void waiting_close(struct api *api);
uint64_t waiting_changes(struct api *api);
/* Suspends the exchange, unless the api stops: then false. `seen` is what
 * waiting_changes() said before the handler looked; `deadline` is in s,
 * monotonic. */
bool waiting_add(struct exchange *exchange, uint64_t seen, double deadline);
void link_changed(void *api, struct MHD_Connection *connection, void **context,
                  enum MHD_ConnectionNotificationCode what);
/* `seconds` from now on the connection is closed; 0: not at all. */
void link_deadline(struct api *api, struct MHD_Connection *connection,
                   double seconds);

/* The connection may be closed while its client still sends. */
void link_linger(struct api *api, struct MHD_Connection *connection);

/* server_linger.c; the lock is held for both. */
void linger_add(struct api *api, int fd);
/* Listens to each once; when to come again (s, monotonic). */
double linger_turn(struct api *api, double now);

#endif
