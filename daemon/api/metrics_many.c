/* metrics_many.c - how learning went in many jobs, as one table. */
#include "api/handlers.h"
#include "api/json.h"
#include "api/metrics.h"

#include <stdlib.h>
#include <string.h>

#define JOBS_MOST 500

/* The header once, then the rows of each job; all have the same columns. */
struct sheet {
    struct metrics_query query;
    size_t columns; /* 0 before the first job                                 */
    struct bytes *out;
};

static enum status
add_job(struct store *store, const struct job *job, struct sheet *sheet,
        struct error *err)
{
    struct table table = {0};
    char first[24];
    enum status status = metrics_load(store, job, &sheet->query, &table, err);
    bool begins = sheet->columns == 0;
    if (status == OK && begins)
        sheet->columns = table.columns;
    if (status == OK && table.columns != sheet->columns)
        status = error_set(err, INVALID,
                           "job %lld has episodes and others have periods: "
                           "ask for them apart",
                           (long long)job->id);
    snprintf(first, sizeof(first), "%lld,", (long long)job->id);
    if (status == OK)
        status = table_csv_rows(&table, begins ? "job," : NULL, first,
                                sheet->out, err);
    table_free(&table);
    return status;
}

/* Jobs by number or uuid, with commas between them. */
static enum status
add_named(struct store *store, const char *names, struct sheet *sheet,
          size_t *count, struct error *err)
{
    char name[40];
    enum status status = OK;
    while (status == OK && *names) {
        size_t size = strcspn(names, ",");
        struct job job = {0};
        if (++*count > JOBS_MOST)
            return error_set(err, INVALID, "more than %d jobs", JOBS_MOST);
        snprintf(name, sizeof(name), "%.*s",
                 size < sizeof(name) ? (int)size : (int)sizeof(name) - 1,
                 names);
        status = job_named(store, name, &job, err);
        if (status == OK)
            status = add_job(store, &job, sheet, err);
        job_clear(&job);
        names += size + (names[size] == ',');
    }
    return status;
}

/* All jobs of a sweep, by number. */
static enum status
add_sweep(struct store *store, int64_t sweep, struct sheet *sheet,
          size_t *count, struct error *err)
{
    struct job_filter filter = {.sweep = sweep, .limit = JOBS_MOST};
    struct job *list = NULL;
    size_t jobs = 0;
    enum status status = job_list(store, &filter, &list, &jobs, err);
    if (status == OK && jobs == 0)
        status = error_set(err, NOT_FOUND, "there is no sweep %lld",
                           (long long)sweep);
    *count += jobs;
    for (size_t i = jobs; status == OK && i-- > 0;)
        status = add_job(store, &list[i], sheet, err);
    job_list_free(list, jobs);
    return status;
}

enum status
metrics_many(struct request *request, struct response *response,
             struct error *err)
{
    static const char *const known[] = {"job", "sweep",  "from",
                                        "to",  "points", NULL};
    struct sheet sheet = {.out = &response->body};
    size_t count = 0;
    int64_t sweep = 0;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = metrics_query_read(request, &sheet.query, err);
    for (size_t i = 0; status == OK && i < request->parameter_count; i++)
        if (strcmp(request->parameters[i].name, "job") == 0)
            status = add_named(request->store, request->parameters[i].value,
                               &sheet, &count, err);
    if (status == OK)
        status = request_whole(request, "sweep", 1, INT64_MAX, &sweep, err);
    if (status == OK && sweep)
        status = add_sweep(request->store, sweep, &sheet, &count, err);
    if (status == OK && count == 0)
        status =
            error_set(err, INVALID, "which jobs? ?job=7&job=9 or ?sweep=3");
    response->content_type = "text/csv; charset=utf-8";
    response->summable = true;
    return status;
}
