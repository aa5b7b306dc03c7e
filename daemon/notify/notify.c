/* notify.c - a thread for each way, and when to try again.
 *
 * After the n-th failure in a row it waits 2^(n-1) s, at most an hour; after a
 * day it gives up. */
#include "notify/notify_private.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_SECONDS    1.0   /* between two looks at the store             */
#define TROUBLE_SECONDS 10.0  /* after one that failed                      */
#define RETRY_MOST      3600  /* s                                          */
#define GIVE_UP         86400 /* s after the job's end                      */

static const struct way ways[WAYS] = {{"hook", hook_tell},
                                      {"webhook", webhook_tell}};

void
notify_rest(const struct notify *notify, double seconds)
{
    struct pollfd stop = {.fd = notify->stop, .events = POLLIN};
    poll(&stop, 1, (int)(1000 * seconds));
}

/* ---- what became of a try ------------------------------------------------ */

static enum status PRINTF_LIKE(4, 5)
    log_note(struct store *store, const struct notice *notice,
             struct error *err, const char *format, ...)
{
    char text[1400];
    struct log_line line = {.at = clock_now_ms(), .text = text};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (!notice->job_stays)
        return OK;
    return log_add(store, notice->job, &line, err);
}

static enum status
told_keep(struct teller *teller, const struct notice *notice, struct error *err)
{
    enum status status = notice_remove(teller->store, notice->id, err);
    if (status == OK)
        status =
            log_note(teller->store, notice, err, "%s told", teller->way->name);
    return status;
}

static enum status
failure_keep(struct teller *teller, const struct notice *notice,
             const char *reason, struct error *err)
{
    int64_t rest =
        notice->tries < 12 ? (int64_t)1 << notice->tries : RETRY_MOST;
    int64_t due = clock_now_ms() + 1000 * rest;
    const char *name = teller->way->name;
    enum status status;

    if (due > notice->made_at + 1000LL * GIVE_UP) {
        status = notice_remove(teller->store, notice->id, err);
        if (status == OK)
            status = log_note(teller->store, notice, err,
                              "%s given up after %lld tries: %s", name,
                              (long long)notice->tries + 1, reason);
        return status;
    }
    status = notice_delay(teller->store, notice->id, due, err);
    if (status == OK)
        status = log_note(teller->store, notice, err,
                          "%s failed, next try in %lld s: %s", name,
                          (long long)rest, reason);
    return status;
}

static void
failure_log(const struct teller *teller, const struct notice *notice,
            const struct error *reason)
{
    char text[1100];
    log_event(LOG_LEVEL_WARNING, "notice_failed", "way=%s job=%lld reason=%s",
              teller->way->name, (long long)notice->job,
              log_quote(reason->text, text, sizeof(text)));
}

/* `reason` NULL: it was told. */
static enum status
outcome_keep(struct teller *teller, const struct notice *notice,
             const struct error *reason, struct error *err)
{
    enum status status = store_begin(teller->store, err);
    if (status == OK && reason)
        status = failure_keep(teller, notice, reason->text, err);
    else if (status == OK)
        status = told_keep(teller, notice, err);
    if (status == OK)
        status = store_commit(teller->store, err);
    store_rollback(teller->store);
    return status;
}

/* ---- the threads -------------------------------------------------------- */

/* Tells the one that is due first. Where the disk is full, what was told is
 * remembered until its row can be removed. */
static enum status
notice_tell(struct teller *teller, struct error *err)
{
    struct notify *notify = teller->notify;
    struct notice notice = {0};
    struct error reason = {0};
    enum status status = notice_next(teller->store, teller->way->name,
                                     clock_now_ms(), &notice, err);
    bool told = status == OK && notice.id == teller->told;

    if (status == OK && !told)
        told = teller->way->tell(notify, &notice, &reason) == OK;
    if (status == OK && told)
        teller->told = notice.id;
    if (status == OK && !told && !notify->stopping)
        failure_log(teller, &notice, &reason);
    if (status == OK && (told || !notify->stopping))
        status = outcome_keep(teller, &notice, told ? NULL : &reason, err);
    notice_clear(&notice);
    return status;
}

static void *
teller_run(void *argument)
{
    struct teller *teller = argument;
    struct notify *notify = teller->notify;

    while (!notify->stopping && !notify->lost_store) {
        struct error err = {0};
        char text[1100];
        enum status status = notice_tell(teller, &err);
        if (status == NOT_FOUND) {
            notify_rest(notify, LOOK_SECONDS);
        } else if (status != OK) {
            log_event(LOG_LEVEL_ERROR, "notice_trouble", "way=%s reason=%s",
                      teller->way->name,
                      log_quote(err.text, text, sizeof(text)));
            notify->lost_store |= store_is_lost(teller->store);
            notify_rest(notify, TROUBLE_SECONDS);
        }
    }
    return NULL;
}

static enum status
teller_open(struct notify *notify, const struct way *way, struct teller *teller,
            struct error *err)
{
    enum status status = store_open(notify->options.path, &teller->store, err);

    teller->notify = notify;
    teller->way = way;
    if (status == OK &&
        pthread_create(&teller->thread, NULL, teller_run, teller) != 0)
        status = error_set(err, NO_MEMORY, "no thread for the %s", way->name);
    if (status != OK)
        teller->way = NULL;
    return status;
}

static void
teller_close(struct teller *teller)
{
    if (teller->way)
        pthread_join(teller->thread, NULL);
    store_close(teller->store);
}

/* ---- the door ----------------------------------------------------------- */

static const char *
target_of(const struct notify *notify, size_t way)
{
    return ways[way].tell == hook_tell ? notify->options.hook
                                       : notify->options.webhook;
}

/* Writes only what is new: most daemons start as they were. */
static enum status
listener_keep(struct store *store, const char *way, bool listens,
              struct error *err)
{
    bool before;
    enum status status = listener_load(store, way, &before, err);
    if (status != OK || before == listens)
        return status;
    status = store_begin(store, err);
    if (status == OK)
        status = listener_save(store, way, listens, err);
    if (status == OK)
        status = store_commit(store, err);
    store_rollback(store);
    return status;
}

static enum status
secret_open(struct notify *notify, struct error *err)
{
    char path[4200];
    snprintf(path, sizeof(path), "%s/webhook_secret", notify->options.state);
    return *notify->options.webhook ? secret_read(path, &notify->secret, err)
                                    : OK;
}

enum status
notify_open(const struct notify_options *options, struct store *store,
            struct notify **out, struct error *err)
{
    struct notify *notify = memory_array(1, sizeof(*notify));
    if (!notify)
        return error_set(err, NO_MEMORY, "no memory for notices");
    notify->options = *options;
    notify->stop = eventfd(0, EFD_CLOEXEC);
    enum status status = OK;
    if (notify->stop < 0)
        status = error_set(err, FAILED, "no eventfd: %s", strerror(errno));
    if (status == OK)
        status = secret_open(notify, err);
    for (size_t i = 0; status == OK && i < WAYS; i++)
        status = listener_keep(store, ways[i].name, *target_of(notify, i), err);
    for (size_t i = 0; status == OK && i < WAYS; i++)
        if (*target_of(notify, i))
            status = teller_open(notify, &ways[i], &notify->tellers[i], err);
    *out = status == OK ? notify : NULL;
    if (status != OK)
        notify_close(notify);
    return status;
}

bool
notify_has_lost_store(const struct notify *notify)
{
    return notify->lost_store;
}

void
notify_close(struct notify *notify)
{
    if (!notify)
        return;
    notify->stopping = true;
    if (notify->stop >= 0)
        eventfd_write(notify->stop, 1);
    for (size_t i = 0; i < WAYS; i++)
        teller_close(&notify->tellers[i]);
    if (notify->stop >= 0)
        close(notify->stop);
    bytes_free(&notify->secret);
    free(notify);
}
