/* watch.c - following jobs until they are over: watch, wait, submit --wait.
 *
 * One job is asked for with a long poll that returns when its revision moves;
 * several are asked in turn, once a second. Ctrl-C ends the watching and never
 * the job. */
#include "client/watch_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL_SECONDS  20.0 /* the longest one request waits                  */
#define TURN_SECONDS  1.0  /* between rounds, where there are several jobs   */
#define FRAME_SECONDS 0.1  /* at least, between two answers                  */
#define LINE_SECONDS  5.0  /* without a terminal: between two lines          */
#define LINE_FRACTION 0.1  /* or when this much was done since               */
#define RETRY_SECONDS 60.0 /* a server that restarts is waited for */

static void
pause_for(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)(fmod(seconds, 1) * 1e9)};
    nanosleep(&time, NULL); /* a signal ends it early, and may */
}

/* ---- showing
 * -------------------------------------------------------------------- */

/* Whether a file deserves another line about this job. */
static bool
line_is_due(const struct watched *job, double now)
{
    if (job->told.rev == job->view.rev && job->told_at > 0)
        return false;
    if (strcmp(job->told.state, job->view.state) != 0)
        return true;
    if (strcmp(job->view.state, "running") != 0)
        return job->told.position != job->view.position &&
               now - job->told_at > LINE_SECONDS;
    return now - job->told_at > LINE_SECONDS ||
           job->view.fraction - job->told.fraction >= LINE_FRACTION;
}

static void
lines_write(struct watch *watch)
{
    double now = clock_monotonic();

    for (size_t i = 0; i < watch->count; i++) {
        struct watched *job = &watch->jobs[i];
        struct bytes out = {0};
        if (!job->known || !line_is_due(job, now))
            continue;
        if (progress_line(&job->view, &watch->look, clock_now_ms(), &out) == OK)
            fprintf(watch->file, "%s\n", (char *)out.data);
        fflush(watch->file);
        bytes_free(&out);
        job->told = job->view;
        job->told_at = now;
    }
}

static void
show(struct watch *watch)
{
    if (!watch->file || watch->client->json)
        return;
    if (watch->look.terminal)
        bars_draw(watch);
    else
        lines_write(watch);
}

/* ---- asking
 * ---------------------------------------------------------------------- */

/* How long the next request may wait for news. */
static double
patience(const struct watch *watch, bool alone)
{
    double left = watch->deadline - clock_monotonic();

    if (!alone)
        return 0;
    if (watch->deadline > 0 && left < POLL_SECONDS)
        return left > 0 ? left : 0;
    return POLL_SECONDS;
}

/* Several jobs may well have the same name. */
static void
name_number(struct job_view *view)
{
    char name[sizeof(view->name)];

    strcpy(name, view->name);
    snprintf(view->name, sizeof(view->name), "%" PRId64 " %.100s", view->id,
             name);
}

static enum status
job_ask(struct watch *watch, struct watched *job, bool alone, struct error *err)
{
    double wait = job->known ? patience(watch, alone) : 0;
    struct http_reply reply = {0};
    char path[128];
    struct http_request request = {.path = path, .timeout = wait + 30};
    json_t *object = NULL;
    enum status status;

    if (job->known)
        snprintf(path, sizeof(path),
                 "/api/v1/jobs/%" PRId64 "?wait=%.3f&since=%" PRId64,
                 job->view.id, wait, job->view.rev);
    else
        snprintf(path, sizeof(path), "/api/v1/jobs/%" PRId64, job->view.id);
    status = client_send(watch->client, &request, &reply, err);
    if (status == OK && reply.status == 200)
        status = reply_json(&reply, &object, err);
    if (object) {
        int64_t before = job->known ? job->view.rev : -1;
        job_view_from_json(object, &job->view);
        if (watch->count > 1 && watch->look.terminal)
            name_number(&job->view);
        job->known = true;
        if (watch->client->json && watch->file && before != job->view.rev)
            reply_print(&reply);
    }
    fflush(stdout);
    json_decref(object);
    http_reply_free(&reply);
    return status;
}

/* A daemon that restarts is no reason to stop: its jobs go on. */
static enum status
forgive(struct watch *watch, const struct watched *job, enum status status)
{
    double now = clock_monotonic();

    if (status != UNAVAILABLE || !job->known || client_interrupted()) {
        if (status == OK)
            watch->lost_at = 0;
        return status;
    }
    if (watch->lost_at == 0) {
        watch->lost_at = now;
        fprintf(stderr, "follow: %s does not answer; trying again for %.0f s\n",
                watch->client->server.url, RETRY_SECONDS);
        watch->drawn = 0;
    }
    if (now - watch->lost_at > RETRY_SECONDS)
        return status;
    pause_for(TURN_SECONDS);
    return OK;
}

static size_t
jobs_left(const struct watch *watch)
{
    size_t left = 0;

    for (size_t i = 0; i < watch->count; i++)
        left += !watch->jobs[i].known || !job_is_over(&watch->jobs[i].view);
    return left;
}

/* Asks once for every job that is not over. */
static enum status
round_ask(struct watch *watch, struct error *err)
{
    bool alone = jobs_left(watch) == 1;
    double began = clock_monotonic();

    for (size_t i = 0; i < watch->count; i++) {
        struct watched *job = &watch->jobs[i];
        if (job->known && job_is_over(&job->view))
            continue;
        enum status status = job_ask(watch, job, alone, err);
        status = forgive(watch, job, status);
        if (status != OK)
            return status;
    }
    show(watch);
    double rest =
        (alone ? FRAME_SECONDS : TURN_SECONDS) - (clock_monotonic() - began);
    if (rest > 0 && jobs_left(watch) && !client_interrupted())
        pause_for(rest);
    return OK;
}

static enum outcome
goodbye(const struct watch *watch)
{
    fputs("\nfollow: no longer watching; ", stderr);
    for (size_t i = 0, told = 0; i < watch->count; i++)
        if (!job_is_over(&watch->jobs[i].view))
            fprintf(stderr, "%s%" PRId64, told++ ? ", " : "job ",
                    watch->jobs[i].view.id);
    fputs(" not cancelled, it goes on\n", stderr);
    return INTERRUPTED;
}

static enum outcome
verdict(const struct watch *watch)
{
    enum outcome outcome = DONE;

    for (size_t i = 0; i < watch->count; i++) {
        const struct job_view *job = &watch->jobs[i].view;
        if (job_is_good(job))
            continue;
        outcome = JOB_FAILED;
        fprintf(stderr, "follow: job %" PRId64 " %s%s%s\n", job->id, job->state,
                *job->reason ? ": " : "", job->reason);
    }
    return outcome;
}

enum outcome
watch_jobs(struct client *client, const int64_t *ids, size_t count, FILE *file,
           double deadline, bool judge)
{
    struct watch watch = {.client = client,
                          .jobs = memory_array(count, sizeof(*watch.jobs)),
                          .count = count,
                          .file = file,
                          .deadline = deadline};
    enum outcome outcome = DONE;
    enum status status = OK;
    struct error err;

    if (!watch.jobs)
        return client_fail(client, error_set(&err, NO_MEMORY, "out of memory"),
                           &err);
    if (file)
        look_at(file, &watch.look);
    for (size_t i = 0; i < count; i++)
        watch.jobs[i].view.id = ids[i];
    while (status == OK && jobs_left(&watch) && !client_interrupted()) {
        status = round_ask(&watch, &err);
        if (deadline > 0 && clock_monotonic() >= deadline && jobs_left(&watch))
            break;
    }
    if (client_interrupted())
        outcome = goodbye(&watch);
    else if (status != OK)
        outcome = client_fail(client, status, &err);
    else if (jobs_left(&watch))
        outcome = TIMED_OUT;
    else if (judge)
        outcome = verdict(&watch);
    free(watch.jobs);
    return outcome;
}

/* ---- the commands
 * ------------------------------------------------------------------- */

enum outcome
watch_run(struct client *client, const struct arguments *arguments)
{
    int64_t *ids = NULL;
    size_t count;
    struct error err;
    enum status status = jobs_find(client, arguments, 0, &ids, &count, &err);

    if (status != OK)
        return client_fail(client, status, &err);
    enum outcome outcome = watch_jobs(client, ids, count, stdout, 0, false);
    free(ids);
    return outcome;
}

/* Prints the jobs as the API has them now: wait --json. */
static enum status
jobs_print(struct client *client, const int64_t *ids, size_t count,
           struct error *err)
{
    enum status status = OK;

    for (size_t i = 0; status == OK && i < count; i++) {
        struct http_reply reply = {0};
        status = client_call(client, "GET", NULL, &reply, err,
                             "/api/v1/jobs/%" PRId64, ids[i]);
        if (status == OK)
            reply_print(&reply);
        http_reply_free(&reply);
    }
    return status;
}

enum outcome
wait_run(struct client *client, const struct arguments *arguments)
{
    const char *timeout = option_value(arguments, "timeout");
    double seconds = 0;
    int64_t *ids = NULL;
    size_t count;
    struct error err;
    enum status status = OK;

    if (timeout)
        status = number_parse(timeout, "--timeout", 0, 1e9, &seconds, &err);
    if (status == OK)
        status = jobs_find(client, arguments, 0, &ids, &count, &err);
    if (status != OK)
        return client_fail(client, status, &err);
    enum outcome outcome =
        watch_jobs(client, ids, count, NULL,
                   timeout ? clock_monotonic() + seconds : 0, true);
    if (client->json && (outcome == DONE || outcome == JOB_FAILED)) {
        status = jobs_print(client, ids, count, &err);
        if (status != OK)
            outcome = client_fail(client, status, &err);
    }
    free(ids);
    if (outcome == TIMED_OUT)
        fprintf(stderr, "follow: not over after %g s; it goes on\n", seconds);
    return outcome;
}
