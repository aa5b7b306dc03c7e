/* client.c - one request, one answer. */
#include "http/http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECT_TIMEOUT 10.0 /* s */
#define TIMEOUT         60.0 /* s */
#define REPLY_LIMIT     ((size_t)64 << 20)

static bool
text_copy(const char *text, char **out)
{
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

static bool
strings_copy(struct http_client *client, const struct http_options *options)
{
    if (!text_copy(options->url, &client->url) ||
        !text_copy(options->ca_file, &client->ca_file) ||
        !text_copy(options->pin_sha256, &client->pin_sha256) ||
        !text_copy(options->user_agent, &client->user_agent))
        return false;
    for (size_t last = strlen(client->url);
         last > 0 && client->url[last - 1] == '/'; last--)
        client->url[last - 1] = 0;
    return !options->token ||
           asprintf(&client->authorization, "Authorization: Bearer %s",
                    options->token) >= 0;
}

static bool
text_has_control(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 127)
            return true;
    return false;
}

enum status
http_open(const struct http_options *options, struct http_client **out,
          struct error *err)
{
    struct http_client *client;
    const char *url = options->url ? options->url : "";

    *out = NULL;
    if (strncasecmp(url, "http://", 7) != 0 &&
        strncasecmp(url, "https://", 8) != 0)
        return error_set(err, INVALID, "'%s' is no http or https URL", url);
    if (text_has_control(url) || text_has_control(options->token))
        return error_set(err, INVALID, "a blank in the URL or the token");
    /* Idempotent; counts its callers. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return error_set(err, FAILED, "libcurl does not start");
    client = memory_array(1, sizeof(*client));
    if (!client || !strings_copy(client, options) ||
        !(client->curl = curl_easy_init()) ||
        !(client->nowhere = curl_slist_append(NULL, "::127.0.0.1:"))) {
        http_close(client);
        return error_set(err, NO_MEMORY, "no memory for an HTTP client");
    }
    client->connect_timeout = options->connect_timeout > 0
                                  ? options->connect_timeout
                                  : CONNECT_TIMEOUT;
    client->timeout = options->timeout > 0 ? options->timeout : TIMEOUT;
    client->reply_limit =
        options->reply_limit ? options->reply_limit : REPLY_LIMIT;
    client->abort = options->abort;
    client->dialer = options->dialer;
    *out = client;
    return OK;
}

void
http_close(struct http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    curl_slist_free_all(client->nowhere);
    free(client->url);
    free(client->ca_file);
    free(client->pin_sha256);
    free(client->user_agent);
    free(client->authorization);
    free(client);
    curl_global_cleanup();
}

/* ---- one transfer ------------------------------------------------------- */

bool
transfer_aborted(const struct http_client *client)
{
    return client->abort && *client->abort;
}

/* libcurl asks at least once a second. */
static int
abort_ask(void *context, curl_off_t total, curl_off_t done, curl_off_t up_total,
          curl_off_t up)
{
    (void)total;
    (void)done;
    (void)up_total;
    (void)up;
    return transfer_aborted(context);
}

enum status
transfer_header(struct transfer *transfer, const char *line, struct error *err)
{
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);

    if (!longer)
        return error_set(err, NO_MEMORY, "no memory for a header");
    transfer->headers = longer;
    return OK;
}

static curl_socket_t
dialed_open(void *context, curlsocktype type, struct curl_sockaddr *address)
{
    struct http_client *client = context;
    int dialed = -1;
    (void)type;
    (void)address; /* the dialer knows where the server is */
    return dialer_dial(client->dialer, client->abort, &dialed,
                       &client->undialed) == OK
               ? dialed
               : CURL_SOCKET_BAD;
}

static int
dialed_set(void *context, curl_socket_t dialed, curlsocktype type)
{
    (void)context;
    (void)dialed;
    (void)type;
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* Nothing is looked up and no proxy is asked: the connection is made. */
static void
dialer_set(struct http_client *client)
{
    CURL *curl = client->curl;

    client->undialed.text[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, dialed_open);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, client);
    curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, dialed_set);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, client->nowhere);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

/* Who the server is, and how it proves that. */
static void
server_set(struct http_client *client)
{
    CURL *curl = client->curl;

#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
                     (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (client->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca_file);
    if (client->pin_sha256) {
        /* The key itself is known: who signed for it tells nothing more. */
        curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, client->pin_sha256);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(1000 * client->connect_timeout));
    if (client->dialer)
        dialer_set(client);
}

enum status
transfer_begin(struct transfer *transfer, struct http_client *client,
               const char *path, struct http_reply *reply, struct error *err)
{
    CURL *curl = client->curl;
    char *url;

    *transfer = (struct transfer){.client = client, .reply = reply};
    reply_empty(reply);
    if (path[0] != '/' || text_has_control(path))
        return error_set(err, INVALID, "'%.200s' is no path", path);
    if (asprintf(&url, "%s%s", client->url, path) < 0)
        return error_set(err, NO_MEMORY, "no memory for an URL");
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    free(url);
    server_set(client);
    curl_easy_setopt(curl, CURLOPT_USERAGENT,
                     client->user_agent ? client->user_agent : "followd");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, abort_ask);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, client);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, reply_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, reply_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    if (client->authorization)
        return transfer_header(transfer, client->authorization, err);
    return OK;
}

static enum status
failure_name(const struct transfer *transfer, CURLcode code, struct error *err)
{
    const char *url = transfer->client->url;
    const char *undialed = transfer->client->undialed.text;
    const char *text = undialed[0]         ? undialed
                       : transfer->text[0] ? transfer->text
                                           : curl_easy_strerror(code);

    if (transfer_aborted(transfer->client))
        return error_set(err, UNAVAILABLE, "interrupted");
    if (transfer->too_large)
        return error_set(err, TOO_LARGE, "%s answers with more than %zu bytes",
                         url, transfer->client->reply_limit);
    if (code == CURLE_OUT_OF_MEMORY)
        return error_set(err, NO_MEMORY, "no memory for an answer of %s", url);
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return error_set(err, INVALID, "%s is no URL: %s", url, text);
    return error_set(err, UNAVAILABLE, "%s is not reached: %s", url, text);
}

enum status
transfer_run(struct transfer *transfer, struct error *err)
{
    CURL *curl = transfer->client->curl;
    CURLcode code;
    long status = 0;

    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->text);
    code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    transfer->reply->status = (int)status;
    if (code != CURLE_OK)
        return failure_name(transfer, code, err);
    if (bytes_append(&transfer->reply->body, "", 0) != OK) /* at least "" */
        return error_set(err, NO_MEMORY, "no memory for an answer");
    return OK;
}

void
transfer_end(struct transfer *transfer)
{
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
}

/* ---- the request --------------------------------------------------------- */

static enum status
body_set(struct transfer *transfer, const struct http_request *request,
         const char *method, struct error *err)
{
    CURL *curl = transfer->client->curl;
    char line[160];

    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (!request->body && strcmp(method, "POST") != 0)
        return OK;
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)request->size);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                     request->body ? request->body : "");
    snprintf(line, sizeof(line), "Content-Type: %s",
             request->content_type ? request->content_type
                                   : "application/octet-stream");
    return transfer_header(transfer,
                           request->body ? line : "Content-Type:", err);
}

enum status
http_send(struct http_client *client, const struct http_request *request,
          struct http_reply *reply, struct error *err)
{
    const char *method = request->method ? request->method : "GET";
    double timeout = request->timeout > 0 ? request->timeout : client->timeout;
    struct transfer transfer;
    enum status status =
        transfer_begin(&transfer, client, request->path, reply, err);

    if (status == OK)
        status = body_set(&transfer, request, method, err);
    if (status == OK) /* a large body is sent without asking first */
        status = transfer_header(&transfer, "Expect:", err);
    for (size_t i = 0; status == OK && request->headers && request->headers[i];
         i++)
        status = transfer_header(&transfer, request->headers[i], err);
    if (status == OK) {
        curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS,
                         (long)(1000 * timeout));
        status = transfer_run(&transfer, err);
    }
    transfer_end(&transfer);
    return status;
}

enum status
http_escape(const char *text, struct bytes *out)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";
    enum status status = bytes_append(out, "", 0);

    for (; status == OK && *text; text++)
        status = strchr(plain, *text)
                     ? bytes_append(out, text, 1)
                     : bytes_printf(out, "%%%02X", (unsigned char)*text);
    return status;
}
