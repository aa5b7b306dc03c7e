/* order.c - which job is next.
 *
 * Within a priority, jobs take turns by their shares: who hands in a thousand
 * has turns n to n + 999, and who comes later with one has turn n too, where n
 * is the turn that came last. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

enum status
job_turn(struct store *store, int64_t id, const char *share, struct error *err)
{
    return query_done(store, query_bind(store, QUERY_JOB_TURN, "it", id, share),
                      err);
}

enum status
job_after_add(struct store *store, int64_t id, int64_t earlier, bool any_end,
              struct error *err)
{
    return query_done(store,
                      query_bind(store, QUERY_JOB_AFTER_ADD, "iid", id, earlier,
                                 (int)any_end),
                      err);
}

static enum status
state_read(sqlite3_stmt *row, int column, struct earlier *earlier,
           struct error *err)
{
    char state[16];
    column_copy_to(row, column, state);
    if (job_state_parse(state, &earlier->state))
        return OK;
    return error_set(err, CORRUPT, "job %lld is in no known state",
                     (long long)earlier->job);
}

static enum status
earlier_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct earlier *earlier = out;
    memset(earlier, 0, sizeof *earlier);
    earlier->job = sqlite3_column_int64(row, 0);
    earlier->any_end = sqlite3_column_int(row, 1) != 0;
    return state_read(row, 2, earlier, err);
}

enum status
job_after_list(struct store *store, int64_t id, struct earlier **list,
               size_t *count, struct error *err)
{
    static const struct row_type type = {sizeof(struct earlier), earlier_read,
                                         NULL};
    return query_list(store, query_bind(store, QUERY_JOB_AFTER_LIST, "i", id),
                      &type, list, count, err);
}

enum status
job_bereft(struct store *store, int64_t *id, struct earlier *ended,
           struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_JOB_BEREFT, "");
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "no job waits in vain");
    *id = sqlite3_column_int64(statement, 0);
    *ended = (struct earlier){.job = sqlite3_column_int64(statement, 1)};
    status = state_read(statement, 2, ended, err);
    query_end(statement);
    return status;
}

enum status
job_take(struct store *store, const struct device *device, const char *shape,
         int64_t now, int64_t *id, struct error *err)
{
    const struct worker *worker = &device->worker;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_JOB_TAKE, "tttti", device->id, worker->host,
                   worker->name, shape, now);
    enum status status = query_number(store, statement, 0, id, err);
    if (status == OK && *id == 0)
        return error_set(err, NOT_FOUND, "no job waits for %s", device->id);
    if (status != OK)
        return status;
    return query_done(store, query_bind(store, QUERY_PRESENT_MOVE, "i", *id),
                      err);
}

enum status
job_waits(struct store *store, const struct device *device, const char *shape,
          int64_t now, enum job_wait *out, struct error *err)
{
    const struct worker *worker = &device->worker;
    int64_t waits;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_JOB_WAITS, "tttti", device->id, worker->host,
                   worker->name, shape, now);
    enum status status = query_number(store, statement, 0, &waits, err);
    *out = (enum job_wait)waits;
    return status;
}

/* ---- places --------------------------------------------------------------
 * A list of jobs asks for many of them, and one costs as much as all: they are
 * remembered until something was changed. */

struct place {
    int64_t id, place;
    double ahead;
};

static enum status
place_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct place *place = out;
    (void)err;
    place->id = sqlite3_column_int64(row, 0);
    place->place = sqlite3_column_int64(row, 1);
    place->ahead = sqlite3_column_double(row, 2);
    return OK;
}

static int
place_compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = ((const struct place *)b)->id;
    return (left > right) - (left < right);
}

static enum status
places_update(struct store *store, struct error *err)
{
    static const struct row_type type = {sizeof(struct place), place_read,
                                         NULL};
    int64_t others = store_version(store);
    int64_t own = sqlite3_total_changes64(store->sqlite);
    struct place *list;
    if (store->places != NULL && store->places_others == others &&
        store->places_own == own)
        return OK;
    enum status status =
        query_list(store, query_bind(store, QUERY_JOB_PLACES, ""), &type, &list,
                   &store->places_count, err);
    if (status != OK)
        return status;
    free(store->places);
    store->places = list;
    store->places_others = others;
    store->places_own = own;
    return OK;
}

enum status
job_position(struct store *store, int64_t id, int64_t *place, double *ahead,
             struct error *err)
{
    enum status status = places_update(store, err);
    *place = 0;
    *ahead = 0;
    if (status != OK || store->places == NULL)
        return status;
    const struct place *found = bsearch(&id, store->places, store->places_count,
                                        sizeof *found, place_compare);
    if (found != NULL) {
        *place = found->place;
        *ahead = found->ahead;
    }
    return OK;
}

enum status
job_pace(struct store *store, struct job_pace *out, struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_JOB_PACE, "");
    enum status status = query_row(store, statement, &row, err);
    memset(out, 0, sizeof *out);
    if (!row)
        return status;
    out->running = sqlite3_column_int64(statement, 0);
    out->known = sqlite3_column_int64(statement, 1);
    out->rate = sqlite3_column_double(statement, 2);
    out->first_end = sqlite3_column_double(statement, 3);
    return query_done(store, statement, err);
}

enum status
job_ended(struct store *store, int64_t before, int most, int64_t *ids,
          size_t *count, struct error *err)
{
    bool row;
    sqlite3_stmt *statement =
        query_bind(store, QUERY_JOB_ENDED, "id", before, most);
    enum status status = query_row(store, statement, &row, err);
    *count = 0;
    while (status == OK && row) {
        ids[(*count)++] = sqlite3_column_int64(statement, 0);
        status = query_row(store, statement, &row, err);
    }
    return status;
}
