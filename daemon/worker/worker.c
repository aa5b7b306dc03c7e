/* worker.c - the process: device, signals, one job after the other. */
#include "worker/worker_private.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RETRY_SECONDS  1 /* while the daemon cannot be reached              */
#define ANSWER_SECONDS 2 /* of waiting for a job, once we are told to stop  */

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t stop_asked;
static volatile sig_atomic_t hang_up; /* do not wait for a job any longer    */

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
    sigaction(SIGALRM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* One turn: a job, or the news that there is none. Only what makes this
 * process useless is returned. */
static enum status
turn(struct worker *worker, struct error *err)
{
    char quoted[1100];
    struct grant grant;
    const enum status status = daemon_lease(worker->link, &grant, err);
    if (status == OK)
        return job_serve(worker, &grant, err);
    if (status == NOT_FOUND || stop_asked)
        return OK;
    if (status == DENIED)
        return status;
    log_event(LOG_LEVEL_WARNING, "lease_failed", "reason=%s",
              log_quote(err->text, quoted, sizeof(quoted)));
    sleep(RETRY_SECONDS);
    return OK;
}

enum status
worker_run(const struct worker_options *options, struct error *err)
{
    struct worker worker = {.cache = options->cache, .stop = &stop_asked};
    signals_catch();
    engine_kernels_sha256(worker.kernels);
    enum status status = opencl_open(options->device, &worker.cl, err);
    if (status == OK)
        status = daemon_open(options, opencl_device(worker.cl), &stop_asked,
                             &hang_up, &worker.link, err);
    if (status == OK)
        log_event(LOG_LEVEL_INFO, "worker_ready", "device=%s",
                  opencl_device(worker.cl)->id);
    while (status == OK && !stop_asked)
        status = turn(&worker, err);
    daemon_close(worker.link);
    engine_close(worker.engine);
    opencl_close(worker.cl);
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
