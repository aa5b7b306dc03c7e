/* download.c - a file from the server, whole and verified, or not at all.
 *
 * It grows under another name beside its own; a connection that breaks is taken
 * up where it broke, by the same run or by the next; the digest that the server
 * names is compared before the file gets its name (or stdout its first byte).
 */
#include "client/client.h"
#include "client/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TRIES        6   /* in a row without a byte, before giving up      */
#define FIRST_BREATH 0.5 /* s before the second try; doubles after each    */
#define LOUD_SIZE    5000000 /* bytes from which on a terminal sees progress   */

/* ---- digest
 * ---------------------------------------------------------------------- */

static int
base64_value(char letter)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = letter ? strchr(letters, letter) : NULL;
    return at ? (int)(at - letters) : -1;
}

/* Exactly 32 bytes from 43 letters and a "=". */
static bool
sha256_decode(const char *text, unsigned char out[32])
{
    unsigned bits = 0, held = 0;
    size_t size = 0;

    for (int i = 0; i < 43; i++) {
        int value = base64_value(text[i]);
        if (value < 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xffffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[size++] = (unsigned char)(bits >> held);
        }
    }
    return size == 32 && text[43] == '=';
}

int
digest_matches(const char *digest, const void *data, size_t size)
{
    static const char name[] = "sha-256=:";
    const char *at = strstr(digest, name);
    unsigned char wanted[32], found[32];

    if (!at || strlen(at) < sizeof(name) + 43 ||
        !sha256_decode(at + sizeof(name) - 1, wanted))
        return -1;
    sha256_raw(data, size, found);
    return memcmp(wanted, found, sizeof(wanted)) == 0;
}

static enum status
file_verify(int file, const char *digest, const char *name, struct error *err)
{
    struct stat about;
    int verdict;

    if (fstat(file, &about) != 0)
        return error_set(err, FAILED, "%s: %s", name, strerror(errno));
    size_t size = (size_t)about.st_size;
    void *data =
        size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0) : NULL;
    if (data == MAP_FAILED)
        return error_set(err, FAILED, "%s: %s", name, strerror(errno));
    verdict = digest_matches(digest, data ? data : "", size);
    if (data)
        munmap(data, size);
    if (verdict < 0)
        fprintf(stderr, "follow: %s not verified: the server names no digest\n",
                name);
    if (verdict == 0)
        return error_set(err, CORRUPT,
                         "%s: %zu bytes came, and their SHA-256 is not the one "
                         "that the server names",
                         name, size);
    return OK;
}

/* ---- bytes
 * ------------------------------------------------------------------------- */

/* A file that comes. */
struct arrival {
    const char *name;               /* for people                             */
    struct part *part;              /* NULL: nothing of it is kept            */
    const struct http_reply *reply; /* that carries it now                    */
    bool terminal, begun;
};

static void
arrival_tell(void *context, int64_t done, int64_t total)
{
    struct arrival *arrival = context;

    if (arrival->part)
        part_note(arrival->part, arrival->reply->etag);
    if (!arrival->terminal || total < LOUD_SIZE)
        return;
    fprintf(stderr, "\r%s  %.1f/%.1f MB\033[K", arrival->name,
            (double)done / 1e6, (double)total / 1e6);
    arrival->begun = true;
}

static void
breathe(int failures)
{
    double seconds = FIRST_BREATH * (double)(1 << (failures - 1));
    struct timespec time = {
        .tv_sec = (time_t)seconds,
        .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

/* Fetches until all is there; `digest` is what the server says of it. */
static enum status
bytes_fetch(struct client *client, const char *path, FILE *file,
            struct arrival *arrival, char digest[128], struct error *err)
{
    const struct http_progress progress = {.tell = arrival_tell,
                                           .context = arrival};
    char etag[ETAG_SIZE] = "";
    int64_t size = 0;
    int failures = 0;

    if (arrival->part)
        snprintf(etag, sizeof(etag), "%s", arrival->part->etag);
    for (;;) {
        struct http_reply reply = {0};
        arrival->reply = &reply;
        enum status status =
            http_download(client->http, path, *etag ? etag : NULL, file,
                          &progress, &reply, err);
        if (status == OK)
            status = client_judge(client, &reply, err);
        if (*reply.etag)
            snprintf(etag, sizeof(etag), "%s", reply.etag);
        snprintf(digest, 128, "%s", reply.repr_digest);
        http_reply_free(&reply);
        if (status != UNAVAILABLE || client_interrupted())
            return status;
        int64_t now = fseeko(file, 0, SEEK_END) == 0 ? ftello(file) : 0;
        failures = now > size ? 1 : failures + 1;
        size = now;
        if (!*etag || failures >= TRIES)
            return status;
        breathe(failures);
    }
}

static enum status
arrival_take(struct client *client, const char *path, FILE *file,
             struct arrival *arrival, struct error *err)
{
    char digest[128];
    enum status status = bytes_fetch(client, path, file, arrival, digest, err);

    if (arrival->begun)
        fputs("\r\033[K", stderr);
    if (status == OK)
        status = file_verify(fileno(file), digest, arrival->name, err);
    return status;
}

enum status
download_into(struct client *client, const char *path, FILE *file,
              const char *name, struct error *err)
{
    struct arrival arrival = {.name = name, .terminal = isatty(STDERR_FILENO)};
    return arrival_take(client, path, file, &arrival, err);
}

/* ---- where to
 * ------------------------------------------------------------------------ */

static enum status
file_fault(struct error *err, const char *name)
{
    int code = errno;
    return error_set(err, code == ENOSPC ? NO_SPACE : FAILED, "%s: %s", name,
                     strerror(code));
}

static enum status
download_to_stdout(struct client *client, const char *path, struct error *err)
{
    char part[65536];
    size_t size;
    FILE *file = tmpfile();
    enum status status;

    if (!file)
        return file_fault(err, "a temporary file");
    status = download_into(client, path, file, "stdout", err);
    rewind(file);
    while (status == OK && (size = fread(part, 1, sizeof(part), file)) > 0)
        if (fwrite(part, 1, size, stdout) != size)
            status = file_fault(err, "stdout");
    if (status == OK && fflush(stdout) != 0)
        status = file_fault(err, "stdout");
    fclose(file);
    return status;
}

enum status
download(struct client *client, const char *path, const char *name,
         struct error *err)
{
    struct part part;
    struct arrival arrival = {
        .name = name, .part = &part, .terminal = isatty(STDERR_FILENO)};

    if (strcmp(name, "-") == 0)
        return download_to_stdout(client, path, err);
    enum status status = part_open(name, &part, err);
    if (status != OK)
        return status;
    status = arrival_take(client, path, part.file, &arrival, err);
    if (status == OK)
        return part_finish(&part, err);
    if (status == CORRUPT || status == NOT_FOUND)
        part_drop(&part);
    else if (part_keep(&part))
        fprintf(stderr,
                "follow: %s keeps what came; the same command goes on "
                "from there\n",
                part.path);
    return status;
}
