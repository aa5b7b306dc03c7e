/* clock.c - one clock for durations, one for records. */
#include "base/base.h"

#include <stdio.h>
#include <time.h>

double
clock_monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int64_t
clock_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
clock_rfc3339(int64_t ms, char out[CLOCK_TEXT_SIZE])
{
    int64_t fraction = ((ms % 1000) + 1000) % 1000;
    time_t seconds = (time_t)((ms - fraction) / 1000);
    struct tm utc = {0};
    size_t length;

    gmtime_r(&seconds, &utc);
    length = strftime(out, CLOCK_TEXT_SIZE - 5, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + length, CLOCK_TEXT_SIZE - length, ".%03dZ", (int)fraction);
}
