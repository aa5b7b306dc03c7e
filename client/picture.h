/* picture.h - a file that gnuplot draws. */
#ifndef FOLLOWD_CLIENT_PICTURE_H
#define FOLLOWD_CLIENT_PICTURE_H

#include "base/base.h"

struct picture {
    const char *name;   /* [borrowed] */
    const char *format; /* what its ending says: "png", "svg" or "pdf"        */
    char partner[4200]; /* under this name it is drawn: a picture is there as
                         * a whole or not                                     */
};
/* INVALID: another ending. */
MUST_USE enum status picture_begin(const char *name, struct picture *out,
                                   struct error *err);
/* Runs a gnuplot program that draws into `partner`. */
MUST_USE enum status picture_draw(const struct picture *picture,
                                  const struct bytes *script,
                                  struct error *err);

#endif
