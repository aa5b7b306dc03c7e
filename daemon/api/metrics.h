/* metrics.h - what those who tell how learning went share. */
#ifndef FOLLOWD_API_METRICS_H
#define FOLLOWD_API_METRICS_H

#include "api/table.h"

/* What ?from=&to=&points=&format= ask for. */
struct metrics_query {
    double from, to; /* s, or episodes */
    int64_t points;
    size_t format; /* enum table_format */
};

MUST_USE enum status metrics_query_read(const struct request *request,
                                        struct metrics_query *out,
                                        struct error *err);
/* The rows that were asked for: of periods, or of episodes. table_free(). */
MUST_USE enum status metrics_load(struct store *store, const struct job *job,
                                  const struct metrics_query *query,
                                  struct table *out, struct error *err);

#endif
