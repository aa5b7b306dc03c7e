/* worker.c - the process: device, signals, and the errands of the moment. */
#include "worker/errand_private.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEST_SECONDS   120 /* longest that a self-test may take               */
#define ANSWER_SECONDS 2   /* of waiting for a job, once we are told to stop  */
#define IDLE_SECONDS   0.1 /* between looks at what has happened              */

/* A signal handler can reach nothing else; every thread looks at them. */
static atomic_bool stop_asked;
static atomic_bool hang_up; /* do not wait for a job any longer    */

/* Who asks for work may be given a job at this very moment: it hangs up a
 * little later, or when it is told twice. */
static void
stop_ask(int signal)
{
    if (signal == SIGALRM || stop_asked)
        hang_up = 1;
    stop_asked = 1;
    alarm(ANSWER_SECONDS);
}

static void
signals_catch(void)
{
    struct sigaction action = {.sa_handler = stop_ask};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void
worker_changed(struct worker *worker)
{
    worker->changes++;
    pthread_cond_broadcast(&worker->changed);
}

void
worker_wait(struct worker *worker, double seconds)
{
    const double until = clock_monotonic() + seconds;
    struct timespec time = {.tv_sec = (time_t)until};
    time.tv_nsec = (long)((until - (double)time.tv_sec) * 1e9);
    pthread_cond_timedwait(&worker->changed, &worker->lock, &time);
}

void
worker_retire(struct worker *worker, const struct error *why)
{
    char quoted[1100];
    log_event(LOG_LEVEL_ERROR, "device_failed", "reason=%s",
              log_quote(why->text, quoted, sizeof(quoted)));
    worker->retires = true;
    stop_ask(SIGTERM);
}

enum status
worker_link(const struct worker *worker, struct daemon_link **out,
            struct error *err)
{
    return daemon_open(worker->options, opencl_device(worker->cl), worker->stop,
                       worker->hang_up, out, err);
}

/* ---- errands ------------------------------------------------------------- */

static struct errand *
errand_after(struct worker *worker, const struct errand *errand)
{
    pthread_mutex_lock(&worker->lock);
    struct errand *next = errand != NULL ? errand->next : worker->errands;
    pthread_mutex_unlock(&worker->lock);
    return next;
}

static void
errand_end(struct worker *worker, struct errand *errand)
{
    struct errand **at = &worker->errands;
    pthread_mutex_lock(&worker->lock);
    while (*at != errand)
        at = &(*at)->next;
    *at = errand->next;
    worker_changed(worker);
    pthread_mutex_unlock(&worker->lock);
    log_event(LOG_LEVEL_INFO, "job_end", "job=%lld t=%g state=%s",
              (long long)errand->grant.job,
              (double)errand->run.done * spec_step_length(&errand->grant.spec),
              errand->last != NULL ? errand->last : "lost");
    errand_free(errand);
}

static enum status
errands_tend(struct worker *worker, struct error *err)
{
    struct errand *next = errand_after(worker, NULL);
    enum status status = OK;
    while (status == OK && next != NULL) {
        struct errand *errand = next;
        status = errand_tend(errand, err);
        next = errand_after(worker, errand);
        if (errand->stage == STAGE_OVER && errand->seat < 0 &&
            !errand->preparing)
            errand_end(worker, errand);
    }
    return status;
}

/* Whether there is anything left to do, or will be; what is wrong with that. */
static enum status
outlook(struct worker *worker, bool *over, uint64_t *seen, struct error *err)
{
    pthread_mutex_lock(&worker->lock);
    const enum status status = worker->failure;
    if (status != OK)
        *err = worker->why;
    *over = worker->errands == NULL && !worker->asking;
    *seen = worker->changes;
    pthread_mutex_unlock(&worker->lock);
    return status;
}

static void
idle_wait(struct worker *worker, uint64_t seen)
{
    pthread_mutex_lock(&worker->lock);
    if (worker->changes == seen)
        worker_wait(worker, IDLE_SECONDS);
    pthread_mutex_unlock(&worker->lock);
}

static enum status
serve(struct worker *worker, struct batch *batch, struct error *err)
{
    bool over = false, idle = false;
    uint64_t seen;
    enum status status = outlook(worker, &over, &seen, err);
    while (status == OK && !over) {
        status = errands_tend(worker, err);
        if (status == OK)
            status = batch_turn(batch, &idle, err);
        if (status == OK && idle)
            idle_wait(worker, seen);
        if (status == OK)
            status = outlook(worker, &over, &seen, err);
    }
    return status;
}

/* ---- the process --------------------------------------------------------- */

static enum status
worker_open(struct worker *worker, struct error *err)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    engine_kernels_sha256(worker->kernels);
    enum status status = opencl_open(worker->options->device, &worker->cl, err);
    if (status != OK)
        return status;
    if (!opencl_keeps_programs(worker->cl))
        opencl_keep_programs(worker->cl, worker->options->cache);
    worker->networks = networks_new(worker->options->cache);
    if (worker->networks == NULL)
        return error_set(err, NO_MEMORY, "no memory for networks");
    status = crew_open(cores_count() - 1, &worker->crew, err);
    return status == OK ? post_open(worker, err) : status;
}

/* A driver that hangs in it, or for long once we are told to stop, is ended by
 * the alarm: nothing hears it yet. */
static enum status
device_test(struct worker *worker, struct error *err)
{
    const struct sigaction action = {.sa_handler = stop_ask};
    alarm(TEST_SECONDS);
    const enum status status = selftest_run(worker->cl, worker->stop, err);
    alarm(0);
    sigaction(SIGALRM, &action, NULL);
    return status;
}

/* The daemon is told before: should the driver crash or hang, that is what it
 * shows of the device. Who then asks for a job has passed. */
static enum status
device_try(struct worker *worker, struct error *err)
{
    char quoted[1100];
    struct daemon_link *link = NULL;
    struct error why;
    enum status status = worker_link(worker, &link, err);
    if (status == OK)
        status = daemon_tell_fault(
            link,
            "being tried: its self-test has begun and not come to its end",
            err);
    if (status != OK) {
        daemon_close(link);
        return *worker->stop ? OK : status;
    }
    status = device_test(worker, err);
    if (status != OK)
        log_event(LOG_LEVEL_ERROR, "device_out_of_service",
                  "device=%s reason=%s", opencl_device(worker->cl)->id,
                  log_quote(err->text, quoted, sizeof(quoted)));
    if (status != OK && daemon_tell_fault(link, err->text, &why) != OK)
        log_event(LOG_LEVEL_ERROR, "device_untold", "reason=%s",
                  log_quote(why.text, quoted, sizeof(quoted)));
    daemon_close(link);
    return status;
}

/* Preparations that nobody waits for end by themselves. */
static void
worker_close(struct worker *worker)
{
    post_close(worker);
    while (worker->errands != NULL) {
        struct errand *errand = worker->errands;
        if (errand->preparing)
            pthread_join(errand->thread, NULL);
        errand_end(worker, errand);
    }
    crew_close(worker->crew);
    networks_free(worker->networks);
    opencl_close(worker->cl);
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
}

enum status
worker_run(const struct worker_options *options, struct error *err)
{
    struct worker worker = {.options = options,
                            .stop = &stop_asked,
                            .hang_up = &hang_up,
                            .places = 1};
    struct asker *asker = NULL;
    struct batch *batch = NULL;
    signals_catch();
    enum status status = worker_open(&worker, err);
    if (status == OK)
        status = device_try(&worker, err);
    if (status == OK)
        status = batch_new(&worker, &batch, err);
    if (status == OK)
        status = asker_open(&worker, &asker, err);
    if (status == OK)
        log_event(LOG_LEVEL_INFO, "worker_ready", "device=%s",
                  opencl_device(worker.cl)->id);
    if (status == OK)
        status = serve(&worker, batch, err);
    if (status == OK && worker.retires)
        status = error_set(err, UNAVAILABLE, "the device has failed");
    if (status != OK)
        stop_asked = hang_up = 1;
    asker_close(asker);
    batch_free(batch);
    worker_close(&worker);
    return status;
}

enum status
worker_self_test(const struct worker_options *options, struct error *err)
{
    struct opencl *cl = NULL;
    enum status status = opencl_open(options->device, &cl, err);
    if (status == OK)
        status = selftest_run(cl, &stop_asked, err);
    opencl_close(cl);
    return status;
}

enum status
worker_list_devices(FILE *out, struct error *err)
{
    struct opencl_device *list = NULL;
    size_t count = 0;
    enum status status = opencl_devices(&list, &count, err);
    for (size_t i = 0; status == OK && i < count; i++) {
        const struct opencl_device *device = &list[i];
        json_t *json =
            json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:i}", "id", device->id,
                      "type", device->gpu ? "gpu" : "cpu", "name", device->name,
                      "vendor", device->vendor, "driver", device->driver,
                      "platform", device->platform, "memory",
                      (json_int_t)device->memory, "units", (int)device->units);
        char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
        if (text == NULL)
            status = error_set(err, NO_MEMORY, "no memory for the devices");
        else
            fprintf(out, "%s\n", text);
        free(text);
        json_decref(json);
    }
    free(list);
    return status;
}
