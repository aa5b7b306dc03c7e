/* job.c - jobs: one row each, from submission to ending. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

static const char *const states[JOB_STATES] = {
    [JOB_QUEUED] = "queued",         [JOB_RUNNING] = "running",
    [JOB_PAUSING] = "pausing",       [JOB_PAUSED] = "paused",
    [JOB_CANCELLING] = "cancelling", [JOB_CANCELLED] = "cancelled",
    [JOB_SUCCEEDED] = "succeeded",   [JOB_FAILED] = "failed",
    [JOB_DIVERGED] = "diverged",
};

const char *
job_state_name(enum job_state state)
{
    return states[state];
}

bool
job_state_parse(const char *name, enum job_state *out)
{
    int state = name_find(states, JOB_STATES, name);
    if (state >= 0)
        *out = (enum job_state)state;
    return state >= 0;
}

bool
job_state_is_final(enum job_state state)
{
    return state == JOB_CANCELLED || state == JOB_SUCCEEDED ||
           state == JOB_FAILED || state == JOB_DIVERGED;
}

void
job_clear(struct job *job)
{
    free(job->name);
    free(job->tags);
    free(job->note);
    free(job->spec);
    free(job->state_reason);
    free(job->provenance);
    memset(job, 0, sizeof *job);
}

enum status
job_insert(struct store *store, const struct job *job, int64_t *id,
           struct error *err)
{
    sqlite3_stmt *statement = query_bind(
        store, QUERY_JOB_INSERT, "ttttdtttirnn", job->uuid, job->name,
        job->tags, job->note, job->priority, job->spec, job->network,
        job->device, job->created_at, job->total, job->parent, job->sweep);
    return query_number(store, statement, 0, id, err);
}

/* The columns of job_load and job_list. */
static enum status
job_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct job *job = out;
    char state[16];
    memset(job, 0, sizeof *job);
    job->id = sqlite3_column_int64(row, 0);
    job->rev = sqlite3_column_int64(row, 1);
    column_copy_to(row, 2, job->uuid);
    job->name = column_text(row, 3);
    job->tags = column_text(row, 4);
    job->note = column_text(row, 5);
    job->spec = column_text(row, 6);
    job->state_reason = column_text(row, 7);
    job->provenance = column_text(row, 8);
    column_copy_to(row, 9, state);
    job->priority = sqlite3_column_int(row, 10);
    job->restarts = sqlite3_column_int(row, 11);
    job->lost = sqlite3_column_int(row, 12);
    job->created_at = sqlite3_column_int64(row, 13);
    job->started_at = sqlite3_column_int64(row, 14);
    job->finished_at = sqlite3_column_int64(row, 15);
    job->done = sqlite3_column_double(row, 16);
    job->total = sqlite3_column_double(row, 17);
    job->rate = sqlite3_column_double(row, 18);
    job->parent = sqlite3_column_int64(row, 19);
    job->sweep = sqlite3_column_int64(row, 20);
    column_copy_to(row, 21, job->network);
    column_copy_to(row, 22, job->device);
    enum status status = OK;
    if (!job->name || !job->tags || !job->note || !job->spec ||
        !job->state_reason)
        status = error_set(err, NO_MEMORY, "no memory for a job");
    else if (!job_state_parse(state, &job->state))
        status = error_set(err, CORRUPT, "job %lld is in no known state",
                           (long long)job->id);
    if (status != OK)
        job_clear(job);
    return status;
}

static void
job_clear_item(void *item)
{
    job_clear(item);
}

static const struct row_type job_row = {sizeof(struct job), job_read,
                                        job_clear_item};

enum status
job_load(struct store *store, int64_t id, struct job *out, struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_JOB_LOAD, "i", id);
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "there is no job %lld", (long long)id);
    status = job_read(statement, out, err);
    query_end(statement);
    return status;
}

enum status
job_find(struct store *store, const char *uuid, int64_t *id, struct error *err)
{
    sqlite3_stmt *statement = query_bind(store, QUERY_JOB_FIND, "t", uuid);
    enum status status = query_number(store, statement, 0, id, err);
    if (status == OK && *id == 0)
        return error_set(err, NOT_FOUND, "there is no job %s", uuid);
    return status;
}

enum status
job_remove(struct store *store, int64_t id, struct error *err)
{
    enum status status =
        query_done(store, query_bind(store, QUERY_JOB_REMOVE, "i", id), err);
    if (status != OK)
        return status;
    return query_done(store, query_bind(store, QUERY_NETWORK_SWEEP, ""), err);
}

enum status
job_save(struct store *store, struct job *job, struct error *err)
{
    int64_t rev;
    sqlite3_stmt *statement = query_bind(
        store, QUERY_JOB_SAVE, "iittttttdddnnrr", job->id, job->rev, job->name,
        job->tags, job->note, job->state_reason, job->provenance,
        states[job->state], job->priority, job->restarts, job->lost,
        job->started_at, job->finished_at, job->done, job->rate);
    enum status status = query_number(store, statement, 0, &rev, err);
    if (status != OK)
        return status;
    if (rev == 0)
        return error_set(err, CONFLICT, "job %lld was changed by others",
                         (long long)job->id);
    job->rev = rev;
    if (!job_state_is_final(job->state))
        return OK;
    statement = query_bind(store, QUERY_NOTICE_WRITE, "i", job->id);
    return query_done(store, statement, err);
}

enum status
job_list(struct store *store, const struct job_filter *filter,
         struct job **list, size_t *count, struct error *err)
{
    const char *value = NULL;
    char *key = NULL;
    if (filter->limit < 1 || filter->limit > STORE_LIST_MOST)
        return error_set(err, INVALID, "a page has from 1 to %d jobs",
                         STORE_LIST_MOST);
    if (filter->tag != NULL) {
        key = strdup(filter->tag);
        if (key == NULL)
            return error_set(err, NO_MEMORY, "no memory for a list of jobs");
        char *mark = strchr(key, '=');
        if (mark != NULL) {
            *mark = '\0';
            value = mark + 1;
        }
    }
    sqlite3_stmt *statement =
        query_bind(store, QUERY_JOB_LIST, "tttidi", filter->state, key, value,
                   filter->before > 0 ? filter->before : INT64_MAX,
                   filter->limit, filter->sweep);
    enum status status =
        query_list(store, statement, &job_row, list, count, err);
    free(key);
    return status;
}

void
job_list_free(struct job *list, size_t count)
{
    row_list_free(&job_row, list, count);
}

enum status
job_source_add(struct store *store, int64_t job, int64_t source,
               struct error *err)
{
    return query_done(
        store, query_bind(store, QUERY_JOB_SOURCE_ADD, "ii", job, source), err);
}

enum status
job_taker_list(struct store *store, int64_t source, struct job **list,
               size_t *count, struct error *err)
{
    return query_list(store,
                      query_bind(store, QUERY_JOB_TAKER_LIST, "i", source),
                      &job_row, list, count, err);
}

enum status
job_shape_save(struct store *store, int64_t id, const char *shape,
               struct error *err)
{
    return query_done(
        store, query_bind(store, QUERY_JOB_SHAPE_SAVE, "it", id, shape), err);
}

enum status
job_shape_load(struct store *store, int64_t id, char out[SPEC_SHAPE_SIZE],
               struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_JOB_SHAPE_LOAD, "i", id);
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "there is no job %lld", (long long)id);
    column_copy(statement, 0, out, SPEC_SHAPE_SIZE);
    query_end(statement);
    return OK;
}

enum status
job_count(struct store *store, int64_t count[JOB_STATES], struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_JOB_COUNT, "");
    enum status status = query_row(store, statement, &row, err);
    memset(count, 0, JOB_STATES * sizeof *count);
    while (status == OK && row) {
        char name[16];
        enum job_state state;
        column_copy_to(statement, 0, name);
        if (job_state_parse(name, &state))
            count[state] = sqlite3_column_int64(statement, 1);
        status = query_row(store, statement, &row, err);
    }
    return status;
}
