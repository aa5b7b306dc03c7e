/* figure.h - what `follow plot` draws, as a gnuplot program.
 *
 * Pure: CSV goes in, a program comes out. Below: base. */
#ifndef FOLLOWD_CLIENT_FIGURE_H
#define FOLLOWD_CLIENT_FIGURE_H

#include "base/base.h"

/* What a figure shows; CSV as the API sends it [borrowed]. */
struct figure {
    const char *title;
    const char *start, *end; /* traces, "" or NULL: none                      */
    const char *metrics;
    double duration; /* s                                                     */
    double period;   /* s, what one row of metrics is about                   */
    double settle;   /* s at the start without feedback                       */
    double test;     /* s at the end without feedback                         */
};
/* The gnuplot program that draws it into the file `name`, whose ending says
 * what it becomes. INVALID: no .png, .svg or .pdf; no data at all. */
MUST_USE enum status figure_script(const struct figure *figure,
                                   const char *format, const char *name,
                                   struct bytes *out, struct error *err);

#endif
