/* http_private.h - what the files of this room share. */
#ifndef FOLLOWD_HTTP_PRIVATE_H
#define FOLLOWD_HTTP_PRIVATE_H

#include "http/http.h"

#include <curl/curl.h>

struct http_client {
    CURL *curl; /* keeps its connections; reset before each request */
    char *url;  /* without a slash at its end */
    char *ca_file;
    char *pin_sha256;
    char *user_agent;
    char *authorization;             /* "Authorization: Bearer ...", or NULL */
    double connect_timeout, timeout; /* s */
    size_t reply_limit;              /* bytes */
    const atomic_bool *abort;
    int dialer;
    struct curl_slist *nowhere; /* [owned] what to look up where it dials     */
    struct error undialed;      /* why there was no connection                */
};

/* Where one request's answer goes. */
struct transfer {
    struct http_client *client;
    struct http_reply *reply;
    struct curl_slist *headers; /* [owned] sent */
    bool too_large;             /* a body beyond reply_limit */
    char text[CURL_ERROR_SIZE]; /* what libcurl says of a failure */
};

/* Sets up what every request needs; transfer_run sends it and judges how that
 * went; transfer_end frees. */
MUST_USE enum status transfer_begin(struct transfer *transfer,
                                    struct http_client *client,
                                    const char *path, struct http_reply *reply,
                                    struct error *err);
MUST_USE enum status transfer_header(struct transfer *transfer,
                                     const char *line, struct error *err);
MUST_USE enum status transfer_run(struct transfer *transfer, struct error *err);
void transfer_end(struct transfer *transfer);
bool transfer_aborted(const struct http_client *client);

/* A connection of the dialer's. UNAVAILABLE: there is none, or it is no longer
 * wanted; SIGTERM is raised where there will never be one again. */
MUST_USE enum status dialer_dial(int dialer, const atomic_bool *abort, int *out,
                                 struct error *err);

/* libcurl's callbacks: `context` is the struct http_reply, the transfer. */
size_t reply_header(char *line, size_t one, size_t size, void *context);
size_t reply_body(char *data, size_t one, size_t size, void *context);
void reply_empty(struct http_reply *reply);

#endif
