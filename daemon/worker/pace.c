/* pace.c - how fast a job gets on, as told to people: steps per s of wall time,
 * all that lies between two slices included.
 *
 * The first slice does not count: in it a driver may still compile, and it is
 * too short to tell anything. Later ones count until some seconds have gone by,
 * then half as much: a change of pace is followed, and a hiccup is not. */
#include "worker/worker_private.h"

#define PACE_LEAST  1.0  /* s of slices before a pace is told */
#define PACE_MEMORY 10.0 /* s */

void
pace_take(struct pace *pace, int64_t steps, double now)
{
    if (pace->last > 0) {
        pace->steps += (double)steps;
        pace->seconds += now - pace->last;
    }
    pace->last = now;
    if (pace->seconds > PACE_MEMORY) {
        pace->steps /= 2;
        pace->seconds /= 2;
    }
}

double
pace_told(const struct pace *pace)
{
    return pace->seconds < PACE_LEAST ? 0 : pace->steps / pace->seconds;
}
