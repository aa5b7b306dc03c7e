/* api_private.h - what the files of this room share: a request, an answer, and
 * the route that joins them.
 *
 * Nothing here says MHD_*; only server*.c do. A handler is a plain function
 * from request to response, so tests and fuzzers call it without a socket. */
#ifndef FOLLOWD_API_PRIVATE_H
#define FOLLOWD_API_PRIVATE_H

#include "api/api.h"
#include "store/store.h"

#define REQUEST_HEADERS_MAX    64
#define REQUEST_PARAMETERS_MAX 32
#define REQUEST_CAPTURES_MAX   3
#define REQUEST_TARGET_MAX     2048 /* bytes of path and query      */
#define BODY_JSON_MAX          ((size_t)64 * 1024) /* a job, a small command       */
#define BODY_REPORT_MAX                                                        \
    (STORE_BLOB_MOST +                                                         \
     ((size_t)64 << 20)) /* a worker's report, one checkpoint */
#define BODY_ARRAYS_MAX  ((size_t)1 << 30) /* an upload, on the disk         */
#define WAIT_SECONDS_MAX 60.0              /* of one long poll             */

struct pair {
    const char *name;
    const char *value;
};

/* ---- problem: what went wrong, as RFC 9457 tells it ---------------------- */

enum problem {
    PROBLEM_NONE = 0,
    PROBLEM_MALFORMED,        /* 400 */
    PROBLEM_UNAUTHORIZED,     /* 401 */
    PROBLEM_FOREIGN,          /* 403 */
    PROBLEM_FORBIDDEN,        /* 403 */
    PROBLEM_NOT_FOUND,        /* 404 */
    PROBLEM_METHOD,           /* 405 */
    PROBLEM_CONFLICT,         /* 409 */
    PROBLEM_PRECONDITION,     /* 412 */
    PROBLEM_TOO_LARGE,        /* 413 */
    PROBLEM_MEDIA_TYPE,       /* 415 */
    PROBLEM_RANGE,            /* 416 */
    PROBLEM_MISDIRECTED,      /* 421 */
    PROBLEM_INVALID,          /* 422 */
    PROBLEM_TOO_MANY,         /* 429 */
    PROBLEM_TOO_MANY_HEADERS, /* 431 */
    PROBLEM_FAILED,           /* 500 */
    PROBLEM_UNAVAILABLE,      /* 503 */
    PROBLEM_NO_SPACE,         /* 507 */
};

/* ---- request ------------------------------------------------------------- */

struct digests;
struct events;

struct request {
    struct api *api;     /* [borrowed]                                        */
    struct store *store; /* this thread's own [borrowed]                      */
    const char *method;  /* [borrowed] from the connection                    */
    char *target;        /* path and query as they came, cut up here [owned]  */
    char *path;          /* decoded, inside target                            */
    bool unclean;        /* bytes that no honest client sends were seen       */
    struct pair parameters[REQUEST_PARAMETERS_MAX]; /* of the query           */
    size_t parameter_count;
    struct pair headers[REQUEST_HEADERS_MAX]; /* [borrowed]                   */
    size_t header_count;
    char *captures[REQUEST_CAPTURES_MAX]; /* what {…} stood for, in order     */
    const struct route *route;
    int64_t token;        /* whose it is, see tokens.h                        */
    enum token_role role; /* what that allows                                 */
    struct bytes body;
    struct upload *upload; /* the body instead, where the route wants it so;
                            * NULL without one [owned] */
    bool may_wait;  /* false: the time is up, answer with what there is    */
    double arrived; /* s on the monotonic clock                            */
    int socket;     /* of the connection [borrowed]                        */
    char id[24];    /* names this request in answers and logs              */
};

/* Cuts `target` into a decoded path and the query's parameters. */
MUST_USE enum status request_parse(struct request *request, const char *target,
                                   struct error *err);
void request_free(struct request *request);
/* A header's value, or NULL; `request_header_count` says how many there are. */
const char *request_header(const struct request *request, const char *name);
size_t request_header_count(const struct request *request, const char *name);
/* A parameter of the query, or NULL. */
const char *request_parameter(const struct request *request, const char *name);
/* Numbers of the query: `out` keeps its value when the parameter is absent. */
MUST_USE enum status request_number(const struct request *request,
                                    const char *name, double least, double most,
                                    double *out, struct error *err);
MUST_USE enum status request_whole(const struct request *request,
                                   const char *name, int64_t least,
                                   int64_t most, int64_t *out,
                                   struct error *err);
/* One of `words` (ends with NULL); `out` is its index, 0 when absent. */
MUST_USE enum status request_choice(const struct request *request,
                                    const char *name, const char *const *words,
                                    size_t *out, struct error *err);
/* Whether the client has hung up: nobody would take what it is given. */
bool request_is_abandoned(const struct request *request);
/* Refuses parameters that are not in `known` (ends with NULL). */
MUST_USE enum status request_only(const struct request *request,
                                  const char *const *known, struct error *err);
MUST_USE enum status request_bare(const struct request *request,
                                  struct error *err); /* refuses all */

/* ---- response ------------------------------------------------------------ */

/* A body that is computed as it is sent. `read` fills `out` with exactly
 * `size` bytes from `offset` on, as often and in whatever order it is asked. */
struct stream {
    uint64_t size; /* bytes in all */
    enum status (*read)(void *state, uint64_t offset, unsigned char *out,
                        size_t size, struct error *err);
    void (*free)(void *state);
    void *state; /* [owned] */
};

/* A body that goes on for as long as the client listens. `read` appends what is
 * new; when there is nothing it is called again once the response's topic
 * changes, and from time to time with `idle`: then it must say something. */
struct feed {
    enum status (*read)(void *state, struct store *store, bool idle,
                        struct bytes *out, struct error *err);
    void (*free)(void *state);
    void *state; /* [owned] */
};

#define RESPONSE_HEADERS_MAX 16

struct response {
    int code;                 /* 200 unless a handler says otherwise          */
    const char *content_type; /* of the body                                  */
    struct {
        const char *name;
        char *value; /* [owned] */
    } headers[RESPONSE_HEADERS_MAX];
    size_t header_count;
    struct bytes body;    /* [owned], or                                    */
    struct stream stream; /* where stream.read is set, or                   */
    struct feed feed;     /* where feed.read is set                         */
    bool close;           /* the connection                                 */
    bool cacheable;       /* not no-store: the page's own files             */
    bool summable;        /* a download whose body is summed up at the end  */
    char sha256[SHA256_HEX_SIZE]; /* set: a download, so Range, ETag, digest  */
    uint64_t first, length; /* the part of the body to send                   */
    enum problem problem;   /* set beside a status: overrides its usual one   */
    json_t *faults;         /* [{pointer, detail}] of a problem [owned]       */
    bool wait;              /* ask again when `topic` changes, or at the end  */
    int64_t topic;
    double wait_seconds; /* from the request's arrival                        */
};

void response_free(struct response *response);
void response_empty(struct response *response); /* of its body alone */
void response_header(struct response *response, const char *name,
                     const char *format, ...) PRINTF_LIKE(3, 4);
/* `json` [taken] becomes the body. NULL counts as out of memory. */
MUST_USE enum status response_json(struct response *response, int code,
                                   json_t *json, struct error *err);
/* `bytes` [taken, emptied] become a download called `filename`. */
void response_download(struct response *response, struct bytes *bytes,
                       const char *content_type, const char *filename);
/* Asks to be called again once `topic` changes, at the latest `seconds` after
 * the request came. */
void response_wait(struct response *response, int64_t topic, double seconds);
/* Gzips a text for a client that takes that. */
void response_compress(const struct request *request,
                       struct response *response);
/* Picks the part of a download that Range and If-Range ask for. */
void response_apply_range(const struct request *request,
                          struct response *response);
/* 304 when If-None-Match names the ETag that the response carries. */
void response_apply_match(const struct request *request,
                          struct response *response, const char *etag);
/* Turns a failure into an application/problem+json body. */
void response_problem(const struct request *request, struct response *response,
                      enum status status, const struct error *err);
/* Sets the problem and returns INVALID with the text. */
enum status problem_set(struct response *response, enum problem problem,
                        struct error *err, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* ---- routes -------------------------------------------------------------- */

typedef enum status handler(struct request *request, struct response *response,
                            struct error *err);

struct route {
    const char *method;
    const char *pattern; /* {name} stands for one segment                     */
    handler *handle;
    size_t body_max;       /* bytes; 0: no body is taken                      */
    const char *body_type; /* NULL: any                                       */
    bool body_optional;    /* no body is an empty object                      */
    bool uploads;          /* the body goes to the disk as it comes           */
    bool workers;          /* workers may ask                                 */
};

/* The route for the request, or a problem: 404, or 405 with Allow. */
MUST_USE enum status route_find(struct request *request,
                                struct response *response, struct error *err);
/* Whether a path needs the token. */
bool route_is_guarded(const char *path);
/* access.c: who asks, to request->token and role; 401. */
MUST_USE enum status access_check(struct request *request,
                                  struct response *response, struct error *err);
/* Whether he may take this route; 403. */
MUST_USE enum status access_allow(const struct request *request,
                                  struct response *response, struct error *err);
/* Everything that is refused before a body is read. */
MUST_USE enum status gate_check(struct request *request,
                                struct response *response, struct error *err);
/* The JSON object in the body; depth and duplicates are checked. [owned] */
MUST_USE enum status request_object(const struct request *request,
                                    struct response *response, json_t **out,
                                    struct error *err);

/* leases.c: 403 unless the lease of the path is of this token. */
MUST_USE enum status lease_is_his(const struct request *request,
                                  struct response *response, struct error *err);

/* ---- what handlers may know of the api they run in ----------------------- */

#define TOPIC_WORK 0 /* jobs to lease; every other topic is a job's id */

const char *api_token_digest(const struct api *api);  /* hex of a SHA-256     */
const char *api_worker_digest(const struct api *api); /* likewise, "" without */
/* Whether a token may ask once more, and counts that. */
bool api_lets_ask(struct api *api, int64_t token);
bool api_knows_host(const struct api *api, const char *host);
bool api_is_draining(const struct api *api);
struct digests *api_digests(struct api *api);
struct events *api_events(struct api *api);
const char *api_web_folder(const struct api *api);
json_t *api_devices(struct api *api); /* new reference */
/* Whoever waits for `topic` looks again. */
void api_changed(struct api *api, int64_t topic);

#endif
