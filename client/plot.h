/* plot.h - what `follow plot` fetches, and draws of it. */
#ifndef FOLLOWD_CLIENT_PLOT_H
#define FOLLOWD_CLIENT_PLOT_H

#include "client/client.h"
#include "client/picture.h"

/* A job, and what its pictures have in common. */
struct plot {
    int64_t id;
    json_t *job; /* [owned] */
    struct job_view view;
    char title[300];
};
/* GETs the CSV at `what` below the job's path, "metrics?points=9". */
MUST_USE enum status plot_get(struct client *client, const struct plot *plot,
                              struct http_reply *reply, struct error *err,
                              const char *what, ...) PRINTF_LIKE(5, 6);
/* A reply's text, "" when it is empty. [borrowed] */
const char *plot_text(const struct http_reply *reply);
/* What the neurons did: `follow plot --spikes`. */
MUST_USE enum status plot_spikes(struct client *client,
                                 const struct arguments *arguments,
                                 const struct plot *plot,
                                 const struct picture *picture,
                                 struct error *err);

#endif
