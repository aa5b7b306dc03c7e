/* status.c - what happened, as a word and as a sentence. */
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [OK] = "ok",
    [INVALID] = "invalid",
    [NOT_FOUND] = "not_found",
    [CONFLICT] = "conflict",
    [DENIED] = "denied",
    [TOO_LARGE] = "too_large",
    [NO_MEMORY] = "no_memory",
    [NO_SPACE] = "no_space",
    [UNAVAILABLE] = "unavailable",
    [CORRUPT] = "corrupt",
    [FAILED] = "failed",
};

const char *
status_name(enum status status)
{
    size_t index = (size_t)status;

    return index < ARRAY_LENGTH(names) ? names[index] : "failed";
}

enum status
status_from_errno(int code)
{
    switch (code) {
    case 0:
        return OK;
    case ENOENT:
    case ENOTDIR:
        return NOT_FOUND;
    case EEXIST:
        return CONFLICT;
    case EACCES:
    case EPERM:
    case EROFS:
        return DENIED;
    case EFBIG:
        return TOO_LARGE;
    case ENOMEM:
        return NO_MEMORY;
    case ENOSPC:
    case EDQUOT:
        return NO_SPACE;
    case EAGAIN:
    case EBUSY:
    case ECONNREFUSED:
    case EADDRINUSE:
        return UNAVAILABLE;
    default:
        return FAILED;
    }
}

enum status
error_set(struct error *err, enum status status, const char *format, ...)
{
    va_list arguments;

    if (!err)
        return status;
    /* Formatted aside first: err->text may be among the arguments. */
    char text[sizeof(err->text)];

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    err->status = status;
    memcpy(err->text, text, sizeof(text));
    return status;
}

enum status
error_prefix(struct error *err, const char *format, ...)
{
    va_list arguments;

    if (!err)
        return FAILED;
    char text[sizeof(err->text)];
    int length;

    va_start(arguments, format);
    length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof(text))
        snprintf(text + length, sizeof(text) - (size_t)length, "%s", err->text);
    memcpy(err->text, text, sizeof(text));
    return err->status;
}
