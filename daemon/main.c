/* main.c - followd: one executable, two roles.
 *
 * `followd worker` simulates on one device, see worker/worker.h. `followd`
 * alone is the daemon: it owns the state folder, answers HTTP, and keeps one
 * worker per device alive. Its main thread only waits: for signals, for workers
 * that end, and for the next second, when leases are looked through. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "api/api.h"
#include "care.h"
#include "notify/notify.h"
#include "options.h"
#include "queue/queue.h"
#include "reload.h"
#include "role.h"
#include "state.h"
#include "tokens.h"
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#define EXIT_USAGE   2
#define STOP_SECONDS 10.0 /* for workers to save what they have */
#define TICK_MS      1000

struct daemon {
    int argc;
    char **argv; /* [borrowed] */
    struct options options;
    struct state state;
    struct api *api;
    struct store *store; /* of the main thread */
    struct workers *workers;
    struct notify *notify;
    struct limits limits;
    bool ends_some; /* workers that hang, in this second */
};

static void
tell_systemd(const char *text)
{
#ifdef HAVE_SYSTEMD
    sd_notify(0, text);
#else
    (void)text;
#endif
}

/* ---- starting
 * ---------------------------------------------------------------- */

/* Files for as many connections as the api takes, and for all else. */
#define FILES_WANTED 8192

static void
raise_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= FILES_WANTED)
        return;
    files.rlim_cur =
        files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* Where the handler writes the numbers of signals: the one thing a handler may
 * do. Masks would not do: a library that starts threads before main() leaves
 * them open to every signal. */
static int signal_pipe[2] = {-1, -1};

static void
take_signal(int number)
{
    int kept = errno;
    unsigned char byte = (unsigned char)number;
    if (write(signal_pipe[1], &byte, 1) < 0) {
        /* it is full of signals already */
    }
    errno = kept;
}

static enum status
open_signals(struct error *err)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    struct sigaction take = {.sa_handler = take_signal, .sa_flags = SA_RESTART};
    sigfillset(&take.sa_mask);
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK))
        return error_set(err, FAILED, "no pipe: %s", strerror(errno));
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
        sigaction(numbers[i], &take, NULL);
    signal(SIGPIPE, SIG_IGN);
    return OK;
}

static const char *
value_or_null(const struct options *options, enum setting option)
{
    const char *value = options->value[option];
    return *value ? value : NULL;
}

static enum status
open_api(struct daemon *daemon, struct error *err)
{
    const struct options *options = &daemon->options;
    const struct api_options how = {
        .address = options->address,
        .port = options->port,
        .tls_cert = value_or_null(options, OPTION_TLS_CERT),
        .tls_key = value_or_null(options, OPTION_TLS_KEY),
        .hosts = options->value[OPTION_HOST],
        .store = daemon->state.database,
        .token = daemon->state.token,
        .worker_token = daemon->state.worker_token,
        .rate = option_rate(options),
        .web = getenv("FOLLOWD_WEB"),
    };
    return api_open(&how, &daemon->api, err);
}

static enum status
open_workers(struct daemon *daemon, struct error *err)
{
    const struct workers_options how = {
        .choice = daemon->options.value[OPTION_WORKERS],
        .url = api_url(daemon->api),
        .pin = api_pin(daemon->api),
        .token_file = daemon->state.worker_file,
        .cache = daemon->options.value[OPTION_CACHE],
        .hidden = {daemon->state.folder, daemon->options.value[OPTION_TLS_KEY]},
    };
    if (setenv("FOLLOWD_SANDBOX", daemon->options.value[OPTION_SANDBOX], 1) ||
        setenv("FOLLOWD_CACHE", how.cache, 1))
        return error_set(err, NO_MEMORY, "no memory for workers");
    enum status status = workers_open(&how, &daemon->workers, err);
    if (status == OK)
        api_set_devices(daemon->api, workers_devices(daemon->workers));
    return status;
}

static enum status
open_notify(struct daemon *daemon, struct error *err)
{
    const struct notify_options how = {
        .state = daemon->state.folder,
        .path = daemon->state.database,
        .hook = daemon->options.value[OPTION_HOOK],
        .webhook = daemon->options.value[OPTION_WEBHOOK],
    };
    return notify_open(&how, daemon->store, &daemon->notify, err);
}

static void
read_limits(struct daemon *daemon)
{
    const struct options *options = &daemon->options;
    daemon->limits = (struct limits){
        .min_free = (int64_t)option_number(options, OPTION_MIN_FREE),
        .max_bytes = (int64_t)option_number(options, OPTION_MAX_BYTES),
        .keep_days = option_number(options, OPTION_KEEP_DAYS),
    };
}

static enum status
daemon_open(struct daemon *daemon, struct error *err)
{
    raise_files();
    read_limits(daemon);
    enum status status =
        state_open(daemon->options.value[OPTION_STATE], &daemon->state, err);
    if (status == OK)
        status = open_signals(err);
    if (status == OK)
        status = store_open(daemon->state.database, &daemon->store, err);
    if (status == OK)
        status = open_api(daemon, err);
    if (status == OK)
        status = open_workers(daemon, err);
    if (status == OK)
        status = open_notify(daemon, err);
    if (status == OK)
        status = state_announce(&daemon->state, api_url(daemon->api),
                                api_pin(daemon->api), err);
    return status;
}

static void
daemon_close(struct daemon *daemon)
{
    workers_close(daemon->workers);
    api_close(daemon->api);
    notify_close(daemon->notify);
    store_close(daemon->store);
    state_close(&daemon->state);
    options_clear(&daemon->options);
}

/* ---- running
 * ----------------------------------------------------------------- */

static void
log_trouble(const char *event, const struct error *err)
{
    char text[1100];
    log_event(LOG_LEVEL_ERROR, event, "reason=%s",
              log_quote(err->text, text, sizeof(text)));
}

static void
give_up_leases(void *context, const char *name, const char *fate)
{
    struct daemon *daemon = context;
    struct error err = {0};
    if (queue_worker_lost(api_queue(daemon->api), daemon->store, name, fate,
                          &err))
        log_trouble("worker_lost_failed", &err);
}

static void
end_silent(void *context, const char *name)
{
    struct daemon *daemon = context;
    daemon->ends_some |= workers_kill(daemon->workers, name);
}

/* SIGHUP. */
static void
reload(struct daemon *daemon)
{
    struct error err = {0};
    tell_systemd("RELOADING=1");
    if (reload_options(&daemon->options, daemon->argc, daemon->argv, &err)) {
        log_trouble("reload_failed", &err);
    } else {
        read_limits(daemon);
        log_event(LOG_LEVEL_INFO, "reloaded", "%s", "");
    }
    workers_try_again(daemon->workers);
    tell_systemd("READY=1");
}

/* Waits a second, or for a signal; true when it asks to stop. */
static bool
wait_for_signal(struct daemon *daemon)
{
    struct pollfd ready = {.fd = signal_pipe[0], .events = POLLIN};
    unsigned char number;
    bool stop = false;
    poll(&ready, 1, TICK_MS);
    while (read(signal_pipe[0], &number, 1) == 1) {
        if (number == SIGCHLD)
            continue;
        if (number == SIGHUP) {
            reload(daemon);
            continue;
        }
        log_event(LOG_LEVEL_INFO, "stopping", "signal=%d", number);
        stop = true;
    }
    workers_reap(daemon->workers, give_up_leases, daemon);
    return stop;
}

/* Once a second: the disk, leases past their time, workers that are due. */
static void
look_after(struct daemon *daemon)
{
    struct error trouble = {0};
    struct queue *queue = api_queue(daemon->api);
    if (queue_guard(queue, daemon->store, &daemon->limits, &trouble))
        log_trouble("guard_failed", &trouble);
    daemon->ends_some = false;
    if (!queue_is_full(queue) &&
        queue_silent(daemon->store, end_silent, daemon, &trouble))
        log_trouble("silent_failed", &trouble);
    /* One that hangs may have asked for more before: its jobs go back once it
     * has ended, or it would be given them again. */
    if (!daemon->ends_some && queue_expire(queue, daemon->store, &trouble))
        log_trouble("expire_failed", &trouble);
    workers_start(daemon->workers);
    tell_systemd("WATCHDOG=1");
}

static enum status
run(struct daemon *daemon, struct error *err)
{
    while (!wait_for_signal(daemon)) {
        if (api_has_lost_store(daemon->api) ||
            notify_has_lost_store(daemon->notify) ||
            store_is_lost(daemon->store))
            return error_set(err, FAILED,
                             "a write to the disk failed: what "
                             "is stored is only known after a new start");
        look_after(daemon);
    }
    return OK;
}

/* No new work; workers save, give back and end; the api serves until then. */
static void
drain(struct daemon *daemon)
{
    double end = clock_monotonic() + STOP_SECONDS;
    tell_systemd("STOPPING=1");
    api_drain(daemon->api);
    workers_stop(daemon->workers);
    while (workers_alive(daemon->workers) && clock_monotonic() < end)
        wait_for_signal(daemon);
    if (workers_alive(daemon->workers))
        log_event(LOG_LEVEL_WARNING, "workers_killed", "after_s=%g",
                  STOP_SECONDS);
}

static int
serve(struct daemon *daemon)
{
    struct error err = {0};
    char url[200];
    enum status status = daemon_open(daemon, &err);
    if (status == OK) {
        log_event(LOG_LEVEL_INFO, "ready", "url=%s pid=%d",
                  log_quote(api_url(daemon->api), url, sizeof(url)),
                  (int)getpid());
        tell_systemd("READY=1");
        look_after(daemon);
        status = run(daemon, &err);
        drain(daemon);
    }
    if (status)
        fprintf(stderr, "followd: %s\n", err.text);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    struct daemon daemon = {.argc = argc, .argv = argv, .state = {.lock = -1}};
    struct error err = {0};
    int code = EXIT_SUCCESS;
    if (argc > 1 && strcmp(argv[1], "worker") == 0)
        return role_worker(argc - 1, argv + 1);
    if (care_take(argc, argv, &code) || tokens_take(argc, argv, &code))
        return code;
    if (options_read(argc, argv, &daemon.options, &err)) {
        fprintf(stderr, "followd: %s\n", err.text);
        code = EXIT_USAGE;
    } else if (daemon.options.print_only) {
        options_print(&daemon.options);
    } else if (!daemon.options.check_only) {
        code = serve(&daemon);
    }
    daemon_close(&daemon);
    return code;
}
