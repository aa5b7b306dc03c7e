/* watch_private.h - what watch.c and bars.c share: jobs that are followed. */
#ifndef FOLLOWD_CLIENT_WATCH_PRIVATE_H
#define FOLLOWD_CLIENT_WATCH_PRIVATE_H

#include "client/client.h"

struct watched {
    struct job_view view;
    struct job_view told; /* what the last plain line said */
    double told_at; /* s on the monotonic clock                          */
    bool known;
};

struct watch {
    struct client *client;
    struct watched *jobs; /* [owned] */
    size_t count;
    FILE *file; /* NULL: silent                                               */
    struct look look;
    size_t drawn;    /* lines of bars on the terminal now                     */
    double deadline; /* s on the monotonic clock, 0: none                     */
    double lost_at;  /* since when the server does not answer; 0: it does     */
};

/* Draws a bar for each job over those it drew before, as many as fit. */
void bars_draw(struct watch *watch);

#endif
