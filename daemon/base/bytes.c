/* bytes.c - memory, growing bytes, and what is made of bytes: hashes, hex,
 * base64. */
#include "base/base.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void *
memory_array(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return calloc(1, total ? total : 1); /* none of them is not a failure */
}

/* Room for `capacity` bytes and the zero byte behind them. */
enum status
bytes_reserve(struct bytes *bytes, size_t capacity)
{
    unsigned char *data;

    if (capacity == SIZE_MAX)
        return NO_MEMORY;
    if (bytes->data && capacity <= bytes->capacity)
        return OK;
    data = realloc(bytes->data, capacity + 1);
    if (!data)
        return NO_MEMORY;
    bytes->data = data;
    bytes->capacity = capacity;
    data[bytes->size] = 0;
    return OK;
}

/* Room for `more` bytes behind those there are, at least doubling. */
static enum status
bytes_grow(struct bytes *bytes, size_t more)
{
    size_t needed;

    if (__builtin_add_overflow(bytes->size, more, &needed))
        return NO_MEMORY;
    if (bytes->data && needed <= bytes->capacity)
        return OK;
    if (bytes->capacity <= SIZE_MAX / 4 && needed < 2 * bytes->capacity)
        needed = 2 * bytes->capacity;
    return bytes_reserve(bytes, needed);
}

enum status
bytes_append(struct bytes *bytes, const void *data, size_t size)
{
    if (bytes_grow(bytes, size) != OK)
        return NO_MEMORY;
    if (size > 0)
        memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    bytes->data[bytes->size] = 0;
    return OK;
}

enum status
bytes_printf(struct bytes *bytes, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return FAILED;
    if (bytes_grow(bytes, (size_t)length) != OK)
        return NO_MEMORY;
    va_start(arguments, format);
    vsnprintf((char *)bytes->data + bytes->size, (size_t)length + 1, format,
              arguments);
    va_end(arguments);
    bytes->size += (size_t)length;
    return OK;
}

void
bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

static void
hex_write(const unsigned char *raw, size_t count, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[2 * count] = 0;
}

void
sha256_raw(const void *data, size_t size, unsigned char out[32])
{
    int result =
        gnutls_hash_fast(GNUTLS_DIG_SHA256, size ? data : "", size, out);

    /* SHA-256 of memory cannot fail; were it to, no wrong hash may go out. */
    if (result != 0)
        abort();
}

void
sha256_hex(const void *data, size_t size, char out[SHA256_HEX_SIZE])
{
    unsigned char raw[32];

    sha256_raw(data, size, raw);
    hex_write(raw, sizeof(raw), out);
}

struct sha256 {
    gnutls_hash_hd_t handle;
};

struct sha256 *
sha256_new(void)
{
    struct sha256 *sum = memory_array(1, sizeof(*sum));

    if (sum && gnutls_hash_init(&sum->handle, GNUTLS_DIG_SHA256) == 0)
        return sum;
    free(sum);
    return NULL;
}

void
sha256_add(struct sha256 *sum, const void *data, size_t size)
{
    if (size > 0 && gnutls_hash(sum->handle, data, size) != 0)
        abort();
}

void
sha256_end(struct sha256 *sum, char out[SHA256_HEX_SIZE])
{
    unsigned char raw[32];

    if (!sum)
        return;
    gnutls_hash_deinit(sum->handle, raw);
    free(sum);
    if (out)
        hex_write(raw, sizeof(raw), out);
}

void
hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
            unsigned char out[32])
{
    if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_size, size ? data : "",
                         size, out) != 0)
        abort();
}

enum status
base64_write(const void *data, size_t size, struct bytes *out)
{
    const gnutls_datum_t raw = {(unsigned char *)data, (unsigned)size};
    gnutls_datum_t text = {0};
    enum status status = NO_MEMORY;

    if (gnutls_base64_encode2(&raw, &text) == 0)
        status = bytes_append(out, text.data, text.size);
    gnutls_free(text.data);
    return status;
}

enum status
base64_read(const char *text, size_t size, struct bytes *out, struct error *err)
{
    const gnutls_datum_t letters = {(unsigned char *)text, (unsigned)size};
    gnutls_datum_t raw = {0};
    enum status status = OK;

    if (gnutls_base64_decode2(&letters, &raw) != 0)
        status = error_set(err, INVALID, "no base64");
    else if (bytes_append(out, raw.data, raw.size) != OK)
        status = error_set(err, NO_MEMORY, "no memory for base64");
    gnutls_free(raw.data);
    return status;
}

enum status
random_hex(size_t bytes, char *out, struct error *err)
{
    unsigned char raw[256];
    size_t done = 0;

    if (bytes > sizeof(raw))
        return error_set(err, TOO_LARGE, "%zu random bytes at once", bytes);
    while (done < bytes) {
        ssize_t got = getrandom(raw + done, bytes - done, 0);

        if (got < 0 && errno != EINTR)
            return error_set(err, FAILED, "no random bytes: %s",
                             strerror(errno));
        if (got > 0)
            done += (size_t)got;
    }
    hex_write(raw, bytes, out);
    return OK;
}
