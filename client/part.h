/* part.h - the beginning of a file, kept until the rest has come.
 *
 * NAME.part grows beside NAME, and NAME.part.etag says of which version of it
 * that is the beginning, so that another run of the program can go on.
 * Below: base. */
#ifndef FOLLOWD_CLIENT_PART_H
#define FOLLOWD_CLIENT_PART_H

#include "base/base.h"

#include <stdio.h>

#define ETAG_SIZE 128

struct part {
    const char *name;     /* of the whole [borrowed]                         */
    char path[4300];      /* NAME.part                                       */
    char etag_path[4300]; /* NAME.part.etag                                  */
    char etag[ETAG_SIZE]; /* of which version the bytes are; "": unknown     */
    FILE *file;           /* for reading and writing [owned]                 */
};

/* Opens what an earlier run has left of `name`, or an empty one. CONFLICT where
 * another process is at it. */
MUST_USE enum status part_open(const char *name, struct part *out,
                               struct error *err);
/* The bytes are of this version from now on. */
void part_note(struct part *part, const char *etag);
/* It is whole and gets its name; or it is to be gone on with, if there is
 * anything to go on with; or it is worth nothing. */
MUST_USE enum status part_finish(struct part *part, struct error *err);
bool part_keep(struct part *part); /* false: nothing was left to keep        */
void part_drop(struct part *part);

#endif
