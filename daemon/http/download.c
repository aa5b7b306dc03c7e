/* download.c - a large answer into a file, resumed where it broke off. */
#include "http/http_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SILENCE       60L    /* s without a byte before giving up */
#define TELL_INTERVAL 0.1    /* s between two calls of the progress */
#define PROBLEM_LIMIT 262144 /* bytes of a body that is no download */

struct download {
    struct transfer transfer; /* first: the callbacks of reply.c take it */
    FILE *file;
    const struct http_progress *progress;
    int64_t start; /* bytes the file held */
    int64_t done;  /* bytes it holds */
    double told;   /* clock_monotonic() of the last call */
    int code;      /* errno of a write that failed */
};

static int
status_now(struct http_client *client)
{
    long status = 0;

    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

/* Where the first byte goes: behind what is there, or over it. */
static bool
file_place(struct download *download, int status)
{
    download->done = status == 206 ? download->start : 0;
    if (fseeko(download->file, (off_t)download->done, SEEK_SET) != 0)
        return false;
    return ftruncate(fileno(download->file), (off_t)download->done) == 0;
}

static size_t
download_body(char *data, size_t one, size_t size, void *context)
{
    struct download *download = context;
    struct http_client *client = download->transfer.client;
    int status = status_now(client);

    if (status != 200 && status != 206) {
        if (download->transfer.reply->body.size > PROBLEM_LIMIT)
            return size * one; /* enough to tell what is wrong */
        return reply_body(data, one, size, &download->transfer);
    }
    if (download->done < 0 && !file_place(download, status)) {
        download->code = errno;
        return 0;
    }
    if (fwrite(data, one, size, download->file) != size) {
        download->code = errno;
        return 0;
    }
    download->done += (int64_t)(size * one);
    return size * one;
}

static int
download_ask(void *context, curl_off_t total, curl_off_t done,
             curl_off_t up_total, curl_off_t up)
{
    struct download *download = context;
    const struct http_progress *progress = download->progress;
    double now = clock_monotonic();

    (void)done;
    (void)up_total;
    (void)up;
    if (progress && progress->tell && download->done >= 0 &&
        now - download->told >= TELL_INTERVAL) {
        int64_t before =
            status_now(download->transfer.client) == 206 ? download->start : 0;

        download->told = now;
        progress->tell(progress->context, download->done,
                       total > 0 ? before + total : -1);
    }
    return transfer_aborted(download->transfer.client);
}

/* Asks for the rest, on condition that the whole is still the same. */
static enum status
rest_ask(struct download *download, const char *etag, struct error *err)
{
    char line[192];
    enum status status;

    if (download->start <= 0 || !etag || strlen(etag) > 150)
        return OK;
    snprintf(line, sizeof(line), "Range: bytes=%lld-",
             (long long)download->start);
    status = transfer_header(&download->transfer, line, err);
    if (status != OK)
        return status;
    snprintf(line, sizeof(line), "If-Range: %s", etag);
    return transfer_header(&download->transfer, line, err);
}

static void
download_set(struct download *download)
{
    CURL *curl = download->transfer.client->curl;

    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SILENCE);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, download_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, download);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, download_ask);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, download);
}

/* How it ended, once the answer is there. */
static enum status
download_finish(struct download *download, enum status status,
                struct error *err)
{
    int answer = download->transfer.reply->status;
    const struct http_progress *progress = download->progress;

    if (fflush(download->file) != 0 && download->code == 0)
        download->code = errno;
    if (download->code != 0)
        return error_set(err, status_from_errno(download->code),
                         "cannot write the download: %s",
                         strerror(download->code));
    if (status != OK || (answer != 200 && answer != 206))
        return status;
    if (download->done < 0 && !file_place(download, answer)) /* no bytes */
        return error_set(err, FAILED, "cannot cut the file: %s",
                         strerror(errno));
    if (progress && progress->tell)
        progress->tell(progress->context, download->done, download->done);
    return OK;
}

enum status
http_download(struct http_client *client, const char *path, const char *etag,
              FILE *file, const struct http_progress *progress,
              struct http_reply *reply, struct error *err)
{
    struct download download = {.file = file, .progress = progress, .done = -1};
    enum status status =
        transfer_begin(&download.transfer, client, path, reply, err);

    if (status == OK && fseeko(file, 0, SEEK_END) == 0)
        download.start = (int64_t)ftello(file);
    if (status == OK)
        status = rest_ask(&download, etag, err);
    if (status == OK) {
        download_set(&download);
        status = transfer_run(&download.transfer, err);
        status = download_finish(&download, status, err);
    }
    transfer_end(&download.transfer);
    return status;
}
