/* episode.c - how a job that learns by reinforcement gets on. */
#include "store/store_private.h"

#include <math.h>

enum status
episode_add(struct store *store, int64_t job, const struct episode *episode,
            struct error *err)
{
    if (!(episode->number >= 0 && episode->number < 1e15) ||
        !isfinite(episode->time))
        return error_set(err, INVALID, "an episode without number or time");
    return query_done(store,
                      query_bind(store, QUERY_EPISODE_ADD, "iir", job,
                                 (int64_t)episode->number, episode->time),
                      err);
}

static enum status
episode_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct episode *episode = out;
    (void)err;
    episode->number = sqlite3_column_double(row, 0);
    episode->time = sqlite3_column_double(row, 1);
    return OK;
}

enum status
episode_list(struct store *store, int64_t job, double from, double to,
             struct episode **rows, size_t *count, struct error *err)
{
    static const struct row_type type = {sizeof(struct episode), episode_read,
                                         NULL};
    sqlite3_stmt *statement =
        query_bind(store, QUERY_EPISODE_LIST, "irr", job, from, to);
    return query_list(store, statement, &type, rows, count, err);
}

enum status
episode_summarize(struct store *store, int64_t job, bool *present,
                  struct episode *last, double *least, struct error *err)
{
    sqlite3_stmt *statement =
        query_bind(store, QUERY_EPISODE_SUMMARY, "i", job);
    enum status status = query_row(store, statement, present, err);
    if (!*present)
        return status;
    last->number = sqlite3_column_double(statement, 0);
    last->time = sqlite3_column_double(statement, 1);
    *least = sqlite3_column_double(statement, 2);
    return query_done(store, statement, err);
}
