/* asker.c - asks the daemon for work, as long as there is room for more.
 *
 * Only jobs of one shape share the device, and the daemon lets nobody pass in
 * the queue: once it says that the next job is another one, the errands at hand
 * come to their end and the question is then an open one. */
#include "worker/errand_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RETRY_SECONDS  1.0 /* while the daemon cannot be reached             */
#define MISFIT_SECONDS 1.0 /* before asking again for what fits */

struct asker {
    struct worker *worker;
    struct daemon_link *link;
    pthread_t thread;
};

/* What may be asked for now. */
struct question {
    bool room;
    bool anything; /* else jobs of this shape                                */
    char shape[SPEC_SHAPE_SIZE];
};

/* The lock is held. Who learns by reinforcement needs room but no device. */
static struct question
question_of(const struct worker *worker)
{
    struct question question = {.room = true, .anything = true};
    int held = 0;
    for (const struct errand *one = worker->errands; one; one = one->next) {
        if (one->stage >= STAGE_LEAVING)
            continue;
        held++;
        if (one->grant.spec.rl.task != RL_NONE)
            continue;
        question.anything = false;
        memcpy(question.shape, one->grant.shape, sizeof(question.shape));
        if (one->grant.shape[0] == '\0')
            question.room = false;
    }
    if (held >= worker->places)
        question.room = false;
    return question;
}

/* The lock is held. Waits until there is room; false once we are told to stop.
 */
static bool
room_await(struct worker *worker, struct question *out)
{
    *out = question_of(worker);
    while (!out->room && !*worker->stop) {
        worker_wait(worker, RETRY_SECONDS);
        *out = question_of(worker);
    }
    return !*worker->stop;
}

/* The lock is held. Nothing fits, until those that are here have ended, or some
 * time has passed: the job that stood in front may be another one's then. */
static void
misfit_await(struct worker *worker)
{
    const double end = clock_monotonic() + MISFIT_SECONDS;
    while (!*worker->stop && !question_of(worker).anything &&
           clock_monotonic() < end)
        worker_wait(worker, end - clock_monotonic());
}

static void
errand_add(struct worker *worker, const struct grant *grant,
           const struct question *question)
{
    const struct engine_shape shape = engine_shape_of(&grant->spec);
    struct errand *errand = errand_new(worker, grant);
    struct errand **at = &worker->errands;
    if (errand == NULL) {
        log_event(LOG_LEVEL_ERROR, "no_memory", "job=%lld",
                  (long long)grant->job); /* its lease runs out */
        return;
    }
    while (*at != NULL)
        at = &(*at)->next;
    *at = errand;
    if (question->anything)
        worker->places = places_count(worker, &shape);
    worker_changed(worker);
}

/* The lock is held. What came of one question. */
static void
answer_take(struct worker *worker, enum status status, const struct error *err,
            const struct grant *grant, const struct question *question)
{
    char quoted[1100];
    if (status == OK)
        errand_add(worker, grant, question);
    if (status == OK || status == NOT_FOUND || *worker->stop)
        return;
    if (status == CONFLICT) {
        misfit_await(worker);
        return;
    }
    if (status == DENIED) {
        worker->failure = status;
        worker->why = *err;
        return;
    }
    log_event(LOG_LEVEL_WARNING, "lease_failed", "reason=%s",
              log_quote(err->text, quoted, sizeof(quoted)));
    worker_wait(worker, RETRY_SECONDS);
}

static void *
ask(void *context)
{
    struct asker *asker = context;
    struct worker *worker = asker->worker;
    struct grant *grant = memory_array(1, sizeof(*grant));
    struct question question;
    struct error err;
    pthread_mutex_lock(&worker->lock);
    while (grant != NULL && worker->failure == OK &&
           room_await(worker, &question)) {
        pthread_mutex_unlock(&worker->lock);
        const enum status status =
            daemon_lease(asker->link, question.anything ? NULL : question.shape,
                         grant, &err);
        pthread_mutex_lock(&worker->lock);
        answer_take(worker, status, &err, grant, &question);
    }
    worker->asking = false;
    worker_changed(worker);
    pthread_mutex_unlock(&worker->lock);
    free(grant);
    return NULL;
}

enum status
asker_open(struct worker *worker, struct asker **out, struct error *err)
{
    struct asker *asker = memory_array(1, sizeof(*asker));
    if (asker == NULL)
        return error_set(err, NO_MEMORY, "no memory to ask for work");
    asker->worker = worker;
    enum status status = worker_link(worker, &asker->link, err);
    worker->asking = status == OK;
    if (status == OK && pthread_create(&asker->thread, NULL, ask, asker) != 0)
        status = error_set(err, UNAVAILABLE, "no thread to ask for work on");
    if (status != OK) {
        worker->asking = false;
        daemon_close(asker->link);
        free(asker);
        return status;
    }
    *out = asker;
    return OK;
}

void
asker_close(struct asker *asker)
{
    if (asker == NULL)
        return;
    pthread_join(asker->thread, NULL);
    daemon_close(asker->link);
    free(asker);
}
