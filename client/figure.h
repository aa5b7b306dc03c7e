/* figure.h - what `follow plot` draws, as a gnuplot program.
 *
 * Pure: CSV goes in, a program comes out. Below: base. */
#ifndef FOLLOWD_CLIENT_FIGURE_H
#define FOLLOWD_CLIENT_FIGURE_H

#include "base/base.h"

/* The run of a network; CSV as the API sends it [borrowed]. */
struct figure {
    const char *title;
    const char *start, *end; /* traces, "" or NULL: none                      */
    const char *metrics;
    double duration; /* s                                                     */
    double period;   /* s, what one row of metrics is about                   */
    double settle;   /* s at the start without feedback and learning          */
    double test;     /* s at the end without them                             */
    bool feedback, learning; /* in between                                    */
};
/* The gnuplot program that draws it into the file `name` as `format`, "png",
 * "svg" or "pdf". NOT_FOUND: no data at all. */
MUST_USE enum status figure_script(const struct figure *figure,
                                   const char *format, const char *name,
                                   struct bytes *out, struct error *err);

/* How long each episode of reinforcement learning took. */
MUST_USE enum status figure_episodes_script(const char *title,
                                            const char *metrics,
                                            const char *format,
                                            const char *name, struct bytes *out,
                                            struct error *err);

/* What the neurons did for a while [borrowed]. */
struct figure_spikes {
    const char *title;
    const char *trace;     /* CSV of the API, "": none                    */
    const char *spikes[2]; /* "t,neuron" CSV of ff and of rec             */
    int64_t neurons[2];    /* that may be in there, counted from 1        */
    const char *rates;     /* "rate,ff,rec" CSV: how many fire so often   */
    double from, to;       /* s                                           */
    double rates_from, rates_to; /* s                                         */
};
MUST_USE enum status figure_spikes_script(const struct figure_spikes *figure,
                                          const char *format, const char *name,
                                          struct bytes *out, struct error *err);

#endif
