/* workers.c - see workers.h. */
#include "workers.h"

#include "child.h"
#include "devices.h"
#include "worker/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAUSE_FIRST    1.0  /* s before a dead worker is started again...  */
#define PAUSE_MOST     60.0 /* ...doubled each time up to this...          */
#define STEADY_SECONDS 60.0 /* ...and forgotten after so long a life       */

struct process {
    char device[128];
    char name[128];
    pid_t pid;      /* 0: not running                                         */
    bool killed;    /* by us, since it hung                                   */
    bool unfit;     /* its device is: another one would fare no better        */
    double started; /* s, monotonic                                           */
    double due;     /* when to start it                                       */
    double pause;   /* s                                                      */
};

struct workers {
    struct workers_options options;
    json_t *devices; /* [owned] */
    struct process *list;
    size_t count;
    bool stopping;
};

/* ---- which of them get a worker --------------------------------------------
 */

static const char *
text_of(const json_t *device, const char *key)
{
    const char *text = json_string_value(json_object_get(device, key));
    return text ? text : "";
}

static void
add_process(struct workers *workers, const char *device)
{
    char host[64] = "localhost";
    struct process *one = &workers->list[workers->count++];
    gethostname(host, sizeof(host) - 1);
    *one = (struct process){.pause = PAUSE_FIRST};
    snprintf(one->device, sizeof(one->device), "%s", device);
    snprintf(one->name, sizeof(one->name), "%.40s/%.80s", host, device);
}

/* Every GPU; a CPU only where there is none. */
static void
choose_best(struct workers *workers)
{
    static const char *const types[] = {"gpu", "cpu"};
    size_t index;
    json_t *device;
    for (size_t t = 0; t < ARRAY_LENGTH(types) && !workers->count; t++)
        json_array_foreach(workers->devices, index, device)
        {
            if (strcmp(text_of(device, "type"), types[t]) != 0)
                continue;
            add_process(workers, text_of(device, "id"));
            if (t == 1)
                return;
        }
}

static void
choose_named(struct workers *workers, const char *names)
{
    size_t index;
    json_t *device;
    char *list = strdup(names), *rest = list, quoted[160];
    for (char *name; list && (name = strsep(&rest, ", "));) {
        bool found = *name == '\0';
        json_array_foreach(workers->devices, index,
                           device) if (*name &&
                                       strcmp(text_of(device, "id"), name) == 0)
        {
            add_process(workers, name);
            found = true;
            break;
        }
        if (!found)
            log_event(LOG_LEVEL_WARNING, "device_missing", "device=%s",
                      log_quote(name, quoted, sizeof(quoted)));
    }
    free(list);
}

/* One place for each word of the choice, or each device. */
static size_t
places(const struct workers *workers)
{
    size_t count = json_array_size(workers->devices) + 1;
    for (const char *at = workers->options.choice; *at; at++)
        count += *at == ',' || *at == ' ';
    return count;
}

enum status
workers_open(const struct workers_options *options, struct workers **out,
             struct error *err)
{
    struct workers *workers = calloc(1, sizeof(*workers));
    struct error trouble = {0};
    char quoted[1100];
    if (!workers)
        return error_set(err, NO_MEMORY, "no memory for workers");
    workers->options = *options;
    workers->devices = json_array();
    bool none = strcmp(options->choice, "none") == 0;
    if (!none && devices_find(workers->devices, &trouble))
        log_event(LOG_LEVEL_ERROR, "devices_failed", "reason=%s",
                  log_quote(trouble.text, quoted, sizeof(quoted)));
    workers->list = memory_array(places(workers), sizeof(*workers->list));
    if (!workers->list) {
        workers_close(workers);
        return error_set(err, NO_MEMORY, "no memory for workers");
    }
    if (!none && strcmp(options->choice, "auto") == 0)
        choose_best(workers);
    else if (!none)
        choose_named(workers, options->choice);
    if (!none && workers->count == 0)
        log_event(LOG_LEVEL_WARNING, "no_device",
                  "text=\"jobs stay queued until a worker comes\"");
    *out = workers;
    return OK;
}

json_t *
workers_devices(const struct workers *workers)
{
    return json_incref(workers->devices);
}

/* ---- their life -------------------------------------------------------------
 */

static void
start_one(struct workers *workers, struct process *one)
{
    const struct workers_options *options = &workers->options;
    char quoted[160];
    char *const arguments[] = {"followd",      "worker",
                               "--server",     (char *)options->url,
                               "--token-file", (char *)options->token_file,
                               "--device",     one->device,
                               "--cache",      (char *)options->cache,
                               "--name",       one->name,
                               "--pin",        (char *)options->pin,
                               "--hide",       (char *)options->hidden[0],
                               "--hide",       (char *)options->hidden[1],
                               "--local",      NULL};
    pid_t pid = child_start(-1, arguments);
    one->started = clock_monotonic();
    one->due = one->started + one->pause;
    if (pid < 0)
        return;
    one->pid = pid;
    log_event(LOG_LEVEL_INFO, "worker_started", "pid=%d device=%s", (int)pid,
              log_quote(one->device, quoted, sizeof(quoted)));
}

void
workers_start(struct workers *workers)
{
    double now = clock_monotonic();
    for (size_t i = 0; i < workers->count && !workers->stopping; i++)
        if (workers->list[i].pid == 0 && !workers->list[i].unfit &&
            now >= workers->list[i].due)
            start_one(workers, &workers->list[i]);
}

void
workers_try_again(struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++) {
        struct process *one = &workers->list[i];
        one->due = one->unfit ? 0 : one->due;
        one->unfit = false;
    }
}

static void
bury(struct workers *workers, struct process *one, int outcome)
{
    double now = clock_monotonic();
    char quoted[160];
    bool fine = WIFEXITED(outcome) && WEXITSTATUS(outcome) == 0;
    if (now - one->started > STEADY_SECONDS)
        one->pause = PAUSE_FIRST;
    log_quote(one->device, quoted, sizeof(quoted));
    log_event(fine ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "worker_ended",
              "pid=%d device=%s %s=%d restart_in=%g", (int)one->pid, quoted,
              WIFEXITED(outcome) ? "exit" : "signal",
              WIFEXITED(outcome) ? WEXITSTATUS(outcome) : WTERMSIG(outcome),
              workers->stopping ? 0.0 : one->pause);
    one->unfit = WIFEXITED(outcome) && WEXITSTATUS(outcome) == WORKER_UNFIT;
    if (one->unfit)
        log_event(LOG_LEVEL_ERROR, "device_rests",
                  "device=%s until=\"SIGHUP or a new start\"", quoted);
    one->pid = 0;
    one->killed = false;
    one->due = now + one->pause;
    one->pause = one->pause * 2 < PAUSE_MOST ? one->pause * 2 : PAUSE_MOST;
}

/* For the log of its jobs. */
static void
fate_tell(const struct process *one, int outcome, char *out, size_t size)
{
    if (one->killed)
        snprintf(out, size, "hung and was ended");
    else if (WIFSIGNALED(outcome))
        snprintf(out, size, "has died of signal %d (%s)%s", WTERMSIG(outcome),
                 strsignal(WTERMSIG(outcome)),
                 WCOREDUMP(outcome) ? ", and left a core dump" : "");
    else
        snprintf(out, size, "has ended with status %d", WEXITSTATUS(outcome));
}

void
workers_reap(struct workers *workers,
             void (*lost)(void *context, const char *name, const char *fate),
             void *context)
{
    for (size_t i = 0; i < workers->count; i++) {
        struct process *one = &workers->list[i];
        int outcome;
        char fate[120];
        if (one->pid == 0 || waitpid(one->pid, &outcome, WNOHANG) != one->pid)
            continue;
        fate_tell(one, outcome, fate, sizeof(fate));
        bury(workers, one, outcome);
        lost(context, one->name, fate);
    }
}

bool
workers_kill(struct workers *workers, const char *name)
{
    for (size_t i = 0; i < workers->count; i++) {
        struct process *one = &workers->list[i];
        if (one->pid == 0 || one->killed || strcmp(one->name, name) != 0)
            continue;
        log_event(LOG_LEVEL_ERROR, "worker_hung", "pid=%d", (int)one->pid);
        one->killed = true;
        kill(one->pid, SIGKILL);
        return true;
    }
    return false;
}

void
workers_stop(struct workers *workers)
{
    workers->stopping = true;
    for (size_t i = 0; i < workers->count; i++)
        if (workers->list[i].pid)
            kill(workers->list[i].pid, SIGTERM);
}

size_t
workers_alive(const struct workers *workers)
{
    size_t alive = 0;
    for (size_t i = 0; i < workers->count; i++)
        alive += workers->list[i].pid != 0;
    return alive;
}

void
workers_close(struct workers *workers)
{
    if (!workers)
        return;
    for (size_t i = 0; i < workers->count; i++)
        if (workers->list[i].pid) {
            kill(workers->list[i].pid, SIGKILL);
            waitpid(workers->list[i].pid, NULL, 0);
        }
    json_decref(workers->devices);
    free(workers->list);
    free(workers);
}
