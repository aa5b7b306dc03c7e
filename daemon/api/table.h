/* table.h - columns of numbers on their way out: metrics and traces.
 *
 * A long table is thinned for plots without hiding anything: the first and the
 * last row stay, and every bucket between them becomes two rows, one with the
 * least and one with the greatest value of each column. A bucket that holds a
 * value that is not finite keeps that in its second row. */
#ifndef FOLLOWD_API_TABLE_H
#define FOLLOWD_API_TABLE_H

#include "api/api_private.h"

#define TABLE_COLUMNS_MAX 64
#define TABLE_POINTS_MAX  1000000

enum table_format { TABLE_JSON, TABLE_CSV, TABLE_NPZ };

struct table {
    const char *names[TABLE_COLUMNS_MAX];
    size_t columns, rows;
    double *data; /* [rows][columns] [owned]                                  */
    bool whole[TABLE_COLUMNS_MAX]; /* a count, taken from a row, never mixed  */
    size_t time;  /* the column that ascends                                 */
    bool thinned; /* rows are buckets                                        */
};

void table_free(struct table *table);
/* At most `points` rows, or a few more; 0: all of them. */
MUST_USE enum status table_thin(struct table *table, int64_t points,
                                struct error *err);
/* {"job", "rows", "thinned", "columns": {name: […]}, "nonfinite": {…}} with
 * `more` (JSON members, "" or ending with a comma) in front. */
MUST_USE enum status table_json(const struct table *table, const char *more,
                                struct response *response, struct error *err);
/* Appends rows that begin with `first`, and before them, unless `head` is NULL,
 * a line of names that begins with it. */
MUST_USE enum status table_csv_rows(const struct table *table, const char *head,
                                    const char *first, struct bytes *out,
                                    struct error *err);
MUST_USE enum status table_csv(const struct table *table,
                               struct response *response, struct error *err);

#endif
