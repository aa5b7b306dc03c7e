/* webhook.c - a notice as a POST, signed as https://www.standardwebhooks.com
 * says: the HMAC-SHA256 of "id.timestamp.body", so that a receiver knows from
 * whom and of when it is. */
#include "notify/notify_private.h"

#include "http/http.h"
#include "version.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define TIMEOUT      15.0     /* s                                            */
#define REPLY_LIMIT  65536    /* bytes; nobody reads them                     */
#define PREFIX       "whsec_" /* of a secret, then base64                    */
#define SECRET_BYTES 32       /* of one made here                             */
#define SECRET_LEAST 24       /* bytes                                        */

/* ---- the secret --------------------------------------------------------- */

static enum status
secret_make(const char *path, struct error *err)
{
    unsigned char raw[SECRET_BYTES];
    struct bytes text = {0};
    enum status status = OK;

    if (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
        return error_set(err, FAILED, "no random bytes");
    if (bytes_printf(&text, PREFIX) != OK ||
        base64_write(raw, sizeof(raw), &text) != OK ||
        bytes_printf(&text, "\n") != OK)
        status = error_set(err, NO_MEMORY, "no memory for a secret");
    if (status == OK)
        status = file_write(path, 0600, text.data, text.size, err);
    bytes_free(&text);
    return status;
}

enum status
secret_read(const char *path, struct bytes *key, struct error *err)
{
    static const size_t before = sizeof(PREFIX) - 1;
    struct bytes text = {0};
    enum status status = file_read(path, 4096, &text, err);

    if (status == NOT_FOUND) {
        status = secret_make(path, err);
        if (status == OK)
            status = file_read(path, 4096, &text, err);
    }
    if (status == OK) {
        const char *line = (char *)text.data;
        size_t size = strcspn(line, " \t\r\n");
        if (size < before || strncmp(line, PREFIX, before) != 0 ||
            base64_read(line + before, size - before, key, err) != OK ||
            key->size < SECRET_LEAST)
            status = error_set(err, INVALID,
                               "%s must hold " PREFIX
                               " and at least %d bytes in base64",
                               path, SECRET_LEAST);
    }
    bytes_free(&text);
    return status;
}

/* ---- the request -------------------------------------------------------- */

/* Where the path begins in an URL of http or https; NULL: it is none. */
static const char *
path_of(const char *url)
{
    const char *host = NULL;

    if (strncasecmp(url, "http://", 7) == 0)
        host = url + 7;
    else if (strncasecmp(url, "https://", 8) == 0)
        host = url + 8;
    if (!host || !*host || strchr("/?#", *host))
        return NULL;
    return host + strcspn(host, "/?#");
}

enum status
webhook_check(const char *url, struct error *err)
{
    const char *path = path_of(url);

    for (const char *at = url; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 127)
            path = NULL;
    if (path && (!*path || *path == '/') && !strchr(path, '#'))
        return OK;
    return error_set(err, INVALID,
                     "webhook must be an URL such as "
                     "https://example.org/followd, is '%s'",
                     url);
}

static enum status
signature_write(const struct notify *notify, const struct notice *notice,
                long long seconds, struct bytes *out)
{
    struct bytes text = {0};
    unsigned char mac[32];
    enum status status =
        bytes_printf(&text, "%s.%lld.%s", notice->key, seconds, notice->body);

    if (status == OK)
        status = bytes_printf(out, "webhook-signature: v1,");
    if (status == OK) {
        hmac_sha256(notify->secret.data, notify->secret.size, text.data,
                    text.size, mac);
        status = base64_write(mac, sizeof(mac), out);
    }
    bytes_free(&text);
    return status;
}

static enum status
post(struct http_client *http, const struct notify *notify,
     const struct notice *notice, struct error *err)
{
    const char *path = path_of(notify->options.webhook);
    long long seconds = clock_now_ms() / 1000;
    struct bytes signature = {0};
    struct http_reply reply = {0};
    char id[64], timestamp[64];
    snprintf(id, sizeof(id), "webhook-id: %s", notice->key);
    snprintf(timestamp, sizeof(timestamp), "webhook-timestamp: %lld", seconds);
    enum status status = signature_write(notify, notice, seconds, &signature);
    const char *headers[] = {id, timestamp, (char *)signature.data, NULL};
    const struct http_request request = {
        .method = "POST",
        .path = *path ? path : "/",
        .content_type = "application/json",
        .body = notice->body,
        .size = strlen(notice->body),
        .headers = headers,
    };

    if (status != OK)
        status = error_set(err, NO_MEMORY, "no memory for a signature");
    else
        status = http_send(http, &request, &reply, err);
    if (status == OK && (reply.status < 200 || reply.status > 299))
        status = error_set(err, FAILED, "the answer was %d", reply.status);
    http_reply_free(&reply);
    bytes_free(&signature);
    return status;
}

enum status
webhook_tell(struct notify *notify, const struct notice *notice,
             struct error *err)
{
    const char *url = notify->options.webhook;
    char server[1024];
    const struct http_options options = {
        .url = server,
        .user_agent = "followd/" FOLLOWD_VERSION,
        .connect_timeout = TIMEOUT,
        .timeout = TIMEOUT,
        .reply_limit = REPLY_LIMIT,
        .abort = &notify->stopping,
    };
    struct http_client *http;

    if ((size_t)snprintf(server, sizeof(server), "%.*s",
                         (int)(path_of(url) - url), url) >= sizeof(server))
        return error_set(err, INVALID, "the URL is too long");
    enum status status = http_open(&options, &http, err);
    if (status == OK)
        status = post(http, notify, notice, err);
    http_close(http);
    return status;
}
