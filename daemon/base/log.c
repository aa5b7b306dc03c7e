/* log.c - one logfmt line per event: time= level= event= and the caller's. */
#include "base/base.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 4096

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_ERROR] = "error",
};

static atomic_int least_level = LOG_LEVEL_INFO;

void
log_set_level(enum log_level least)
{
    atomic_store(&least_level, (int)least);
}

/* Ends the line: no control character inside it, "..." where it was cut. */
static size_t
line_finish(char *line, size_t length)
{
    if (length > LINE_SIZE - 2) {
        length = LINE_SIZE - 2;
        memcpy(line + length - 3, "...", 3);
    }
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 127)
            line[i] = ' ';
    line[length] = '\n';
    return length + 1;
}

void
log_event(enum log_level level, const char *event, const char *format, ...)
{
    int saved = errno;
    char line[LINE_SIZE], now[CLOCK_TEXT_SIZE];
    size_t length;
    int more;
    va_list arguments;

    if ((int)level < atomic_load(&least_level))
        return;
    clock_rfc3339(clock_now_ms(), now);
    more = snprintf(line, sizeof(line), "time=%s level=%s event=%s%s", now,
                    level_names[level], event, *format ? " " : "");
    length = more < 0 ? 0 : (size_t)more;
    if (length < sizeof(line)) {
        va_start(arguments, format);
        more =
            vsnprintf(line + length, sizeof(line) - length, format, arguments);
        va_end(arguments);
        length += more < 0 ? 0 : (size_t)more;
    }
    length = line_finish(line, length);
    while (write(STDERR_FILENO, line, length) < 0 && errno == EINTR)
        ;
    errno = saved;
}

/* The escape of one character, or the character itself. */
static size_t
character_quote(unsigned char character, char out[8])
{
    if (character == '"' || character == '\\')
        return (size_t)snprintf(out, 8, "\\%c", character);
    if (character == '\n')
        return (size_t)snprintf(out, 8, "\\n");
    if (character < ' ' || character == 127)
        return (size_t)snprintf(out, 8, "\\x%02x", character);
    out[0] = (char)character;
    return 1;
}

const char *
log_quote(const char *text, char *out, size_t size)
{
    size_t used = 0;

    if (size < 3)
        return "\"\"";
    out[used++] = '"';
    for (const char *at = text ? text : ""; *at; at++) {
        char one[8];
        size_t length = character_quote((unsigned char)*at, one);

        if (used + length + 2 > size) /* the closing quote and the zero */
            break;
        memcpy(out + used, one, length);
        used += length;
    }
    out[used++] = '"';
    out[used] = 0;
    return out;
}
