/* http.h - requests to a followd, over libcurl.
 *
 * Knows HTTP, TLS and the token; nothing of JSON or of what the answers mean:
 * an answer with status 404 is an answer, and the caller's to judge. Follows no
 * redirect (the token goes where it was sent and nowhere else).
 * Above: worker, client. Below: base, libcurl. */
#ifndef FOLLOWD_HTTP_H
#define FOLLOWD_HTTP_H

#include "base/base.h"

#include <stdatomic.h>
#include <stdio.h>

/* Starts a process that connects to one server for this one, which may then be
 * kept from every network (daemon/sandbox.h). `out` is a socket to ask it, from
 * any thread; it ends when that is closed, here and in all heirs. INVALID for
 * what is no URL. */
MUST_USE enum status dialer_open(const char *url, int *out, struct error *err);

/* One client per thread; it keeps its connection open between requests. */
struct http_client;

struct http_options {
    const char *url;        /* "http://127.0.0.1:7317" or https; no path     */
    const char *token;      /* NULL: none                                    */
    const char *user_agent; /* "follow/0.1.0"                                */
    const char *ca_file;    /* NULL: the system's; PEM                       */
    const char *pin_sha256; /* NULL: none; "sha256//BASE64" of the public key:
                               this server, whoever signed for it            */
    double connect_timeout; /* s; 0: 10                                      */
    double timeout;         /* s until a whole answer is there; 0: 60.
                               http_request.timeout overrides               */
    size_t reply_limit;     /* bytes of a body kept in memory; 0: 64 MiB     */
    const atomic_bool *abort; /* NULL, or: true ends a request
                                           within 1 s [borrowed]              */
    int dialer; /* who connects, whatever proxies the environment names; 0:
                   nobody but us                                              */
};

/* The strings are copied. INVALID for an URL that is neither http nor https. */
MUST_USE enum status http_open(const struct http_options *options,
                               struct http_client **out, struct error *err);
void http_close(struct http_client *client);

/* All [borrowed] for the call. Start with `{0}`; what stays 0 is left out. */
struct http_request {
    const char *method;       /* "GET" when NULL                            */
    const char *path;         /* "/api/v1/jobs?limit=5", already escaped    */
    const char *content_type; /* of the body                                */
    const void *body;         /* `size` bytes                               */
    size_t size;
    const char *const *headers; /* "Idempotency-Key: ..." lines, then NULL    */
    double timeout;             /* s; for long polls; 0: the client's         */
};

struct http_reply {
    int status;             /* 200, 404, ...                                */
    struct bytes body;      /* [owned] by the reply                         */
    char content_type[128]; /* these are "" when the answer lacks them      */
    char etag[128];
    char location[256];
    char repr_digest[128];
    int64_t date;       /* s since 1970 by the server's clock; -1: no word    */
    double retry_after; /* s; -1 when the answer lacks it               */
};

/* Sends one request and waits for the answer, whatever its status.
 * UNAVAILABLE: no answer (not reached, TLS refused, timed out), and for an
 * abort too, with the text "interrupted". TOO_LARGE: beyond reply_limit.
 * `reply` is emptied first and owed a http_reply_free() in any case. */
MUST_USE enum status http_send(struct http_client *client,
                               const struct http_request *request,
                               struct http_reply *reply, struct error *err);
void http_reply_free(struct http_reply *reply); /* leaves it empty and usable */

/* `tell` is called while bytes arrive, at most ten times a second; `total` is
 * -1 when the server does not say. Counts what was there before a resumed
 * download too. */
struct http_progress {
    void (*tell)(void *context, int64_t done, int64_t total);
    void *context;
};

/* Downloads `path` into `file`, open for reading and writing. What the file
 * holds already is kept and the rest asked for, on condition that the server
 * still has the representation `etag` (NULL: start over); where it has not, or
 * cannot resume, the file is written anew. A status other than 200 and 206
 * leaves the file alone and its body in `reply`: a problem to report, or 416,
 * which says that nothing was missing. Has no overall timeout: 60 s without a
 * byte end it as UNAVAILABLE, and the file keeps what came. `progress` may be
 * NULL. */
MUST_USE enum status http_download(struct http_client *client, const char *path,
                                   const char *etag, FILE *file,
                                   const struct http_progress *progress,
                                   struct http_reply *reply, struct error *err);

/* `text` escaped for a path segment or a query value, appended to `out`. */
MUST_USE enum status http_escape(const char *text, struct bytes *out);

#endif
