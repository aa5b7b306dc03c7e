/* text.h - what people see: numbers, times, tables, the progress bar.
 *
 * Pure but for look_at() and table_print(). Below: base. */
#ifndef FOLLOWD_CLIENT_TEXT_H
#define FOLLOWD_CLIENT_TEXT_H

#include "base/base.h"

#include <stdio.h>

struct job_view;

/* How lines may look: on a terminal of so many columns, or in a file. */
struct look {
    bool terminal;
    bool colour; /* NO_COLOR is not set                                       */
    bool utf8;
    int columns, rows;
    int label; /* columns that names take, so that bars stand below one
                  another; 0: each its own                                    */
};
void look_at(FILE *file, struct look *out);

/* One job as a bar that fits `look`, or as a plain line. `now` is the time on
 * the wall in ms. No end of line. */
MUST_USE enum status progress_line(const struct job_view *job,
                                   const struct look *look, int64_t now,
                                   struct bytes *out);
/* 3.2 s, 4 min 10 s, 12 h 40 min, 3 d 2 h; "-" for NAN. */
const char *duration_text(double seconds, char *out, size_t size);
/* Four significant digits, or all before the point; "-" for NAN. */
const char *number_text(double value, char *out, size_t size);
int text_width(const char *text); /* columns of UTF-8 text                    */
/* `text` without control characters, which a terminal would obey. */
const char *text_clean(const char *text, char *out, size_t size);

/* Rows of cells. Widths fit; where they do not, columns that may be spared are
 * left out, the last first, and cells of column `shrink` are cut: in their
 * middle, or at their end where nothing follows. */
struct table {
    const char *const *heads; /* NULL ends them; "<NAME" aligns to the left,
                                 "?NAME" and "?<NAME" may be spared           */
    size_t columns;
    size_t shrink;
    char **cells; /* [owned] */
    size_t count, room;
};
void table_start(struct table *table, const char *const *heads, size_t shrink);
/* The next cell, from left to right; [copied]. */
void table_cell(struct table *table, const char *text);
void table_print(struct table *table, FILE *file, const struct look *look);
void table_free(struct table *table);

#endif
