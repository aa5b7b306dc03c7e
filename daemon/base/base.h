/* base.h - what every room stands on: status, errors, memory, bytes, time, log.
 *
 * Knows the C library and nothing of jobs, networks or HTTP.
 * Above: everybody. Below: nobody. */
#ifndef FOLLOWD_BASE_H
#define FOLLOWD_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE                 __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define ARRAY_LENGTH(array)      (sizeof(array) / sizeof((array)[0]))

/* ---- status and error --------------------------------------------------- */

/* What happened, for a program to act on. One table in api/problem.c turns it
 * into an HTTP status, and nothing else does. */
enum status {
    OK = 0,
    INVALID,     /* the caller asked for something that has no meaning       */
    NOT_FOUND,   /* no such job, checkpoint, preset, file                    */
    CONFLICT,    /* it exists, but its state forbids this                    */
    DENIED,      /* not without the right token                              */
    TOO_LARGE,   /* beyond a stated limit                                    */
    NO_MEMORY,   /* the host or the device is out of memory                  */
    NO_SPACE,    /* the disk is full                                         */
    UNAVAILABLE, /* not now: the server, the device or a lock is not there   */
    CORRUPT,     /* stored bytes are not what was written                    */
    FAILED       /* anything else, the text says what                        */
};

/* What happened, for a person to read: lower case, no full stop, what failed
 * first. Filled at the spot that understands. */
struct error {
    enum status status;
    char text[1024];
};

/* Fills `err` (may be NULL) and returns `status`, so it can be returned. */
enum status error_set(struct error *err, enum status status, const char *format,
                      ...) PRINTF_LIKE(3, 4);
/* Puts context before the text of an error that is passed on. */
enum status error_prefix(struct error *err, const char *format, ...)
    PRINTF_LIKE(2, 3);
const char *status_name(enum status status); /* "not_found" */
/* What an errno means: ENOSPC is NO_SPACE, ENOENT is NOT_FOUND, and so on. */
enum status status_from_errno(int code);

/* ---- memory and bytes --------------------------------------------------- */

/* Zeroed memory for `count` things of `size` bytes; NULL when there is none or
 * count * size overflows. Freed by free(). */
MUST_USE void *memory_array(size_t count, size_t size);

/* A growing run of bytes [owned]. Start with `{0}`; free with bytes_free().
 * `data` is always followed by a zero byte that `size` does not count. */
struct bytes {
    unsigned char *data;
    size_t size;
    size_t capacity;
};
MUST_USE enum status bytes_append(struct bytes *bytes, const void *data,
                                  size_t size);
MUST_USE enum status bytes_printf(struct bytes *bytes, const char *format, ...)
    PRINTF_LIKE(2, 3);
MUST_USE enum status bytes_reserve(struct bytes *bytes, size_t capacity);
void bytes_free(struct bytes *bytes); /* leaves it empty and usable */

#define SHA256_HEX_SIZE 65 /* 64 lower-case digits and the final zero */
void sha256_hex(const void *data, size_t size, char out[SHA256_HEX_SIZE]);
void sha256_raw(const void *data, size_t size, unsigned char out[32]);
/* The same of data that comes in pieces. NULL: there is no memory. The end
 * frees it; `out` may be NULL. */
struct sha256;
MUST_USE struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *sum, const void *data, size_t size);
void sha256_end(struct sha256 *sum, char out[SHA256_HEX_SIZE]);
void hmac_sha256(const void *key, size_t key_size, const void *data,
                 size_t size, unsigned char out[32]);
/* RFC 4648, appended to `out`. INVALID: `text` is no such thing. */
MUST_USE enum status base64_write(const void *data, size_t size,
                                  struct bytes *out);
MUST_USE enum status base64_read(const char *text, size_t size,
                                 struct bytes *out, struct error *err);
/* `bytes` random bytes from the kernel, as 2 * bytes hex digits and a zero. */
MUST_USE enum status random_hex(size_t bytes, char *out, struct error *err);

/* ---- files -------------------------------------------------------------- */

/* Reads a whole file, at most `limit` bytes, into `out` (emptied first). */
MUST_USE enum status file_read(const char *path, size_t limit,
                               struct bytes *out, struct error *err);
/* Replaces a file as a whole: written beside it, synced, renamed. */
MUST_USE enum status file_write(const char *path, unsigned mode,
                                const void *data, size_t size,
                                struct error *err);
/* Makes a folder and those above it (mode 0700), content if it is there. */
MUST_USE enum status folder_make(const char *path, struct error *err);
/* Once it is OK, the names of the files in a folder last. */
MUST_USE enum status folder_sync(const char *path, struct error *err);

/* ---- time --------------------------------------------------------------- */

double clock_monotonic(void); /* s, never jumps; for durations              */
int64_t clock_now_ms(void);   /* ms since 1970 UTC; for records             */
#define CLOCK_TEXT_SIZE 32
void clock_rfc3339(int64_t ms, char out[CLOCK_TEXT_SIZE]); /* ...T...Z, UTC  */

/* ---- log: one logfmt line per event on stderr --------------------------- */

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR
};
void log_set_level(enum log_level least); /* INFO until told otherwise       */
/* log_event(LOG_LEVEL_INFO, "job_started", "job=%lld device=%s", id, name)
 * `format` gives key=value pairs; values that need it are quoted by the caller
 * through log_quote(). Safe from any thread: one write() a line. */
void log_event(enum log_level level, const char *event, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* `text` as a logfmt value: quoted, control characters escaped, cut to fit. */
const char *log_quote(const char *text, char *out, size_t size);

/* ---- crew -----------------------------------------------------------------
 */

/* Threads that share out work between them and who asks; one at a time may. */
struct crew;
MUST_USE enum status crew_open(int threads, struct crew **out,
                               struct error *err);
void crew_close(struct crew *crew);
int crew_size(const struct crew *crew); /* who asks included                 */
int cores_count(void);                  /* of this machine, at least 1       */
/* Calls work(context, i) for i = 0 ... count - 1, each once, and returns when
 * all have returned. */
void crew_work(struct crew *crew, void (*work)(void *context, int i),
               void *context, int count);

#endif
