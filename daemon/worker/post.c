/* post.c - reports on their way to the daemon, while the device goes on.
 *
 * An errand has at most one of them out: the next one waits for the answer. */
#include "worker/errand_private.h"

#include <stdlib.h>

#define POSTMEN 4

struct post {
    struct worker *worker;
    pthread_cond_t filled;
    struct errand *first, *last; /* (lock) whose letters nobody has taken    */
    bool closing;                /* (lock)                                   */
    int count;
    struct postman {
        struct post *post;
        struct daemon_link *link;
        pthread_t thread;
    } men[POSTMEN];
};

/* The lock is held, but not on the way. */
static void
deliver(struct postman *man, struct errand *errand)
{
    struct worker *worker = man->post->worker;
    pthread_mutex_unlock(&worker->lock);
    errand->answer = daemon_report(man->link, &errand->grant, &errand->letter,
                                   &errand->answer_order, &errand->answer_err);
    bytes_free(&errand->letter);
    pthread_mutex_lock(&worker->lock);
    errand->posting = false;
    worker_changed(worker);
}

static void *
carry(void *context)
{
    struct postman *man = context;
    struct post *post = man->post;
    struct worker *worker = post->worker;
    pthread_mutex_lock(&worker->lock);
    while (post->first != NULL || !post->closing) {
        struct errand *errand = post->first;
        if (errand == NULL) {
            pthread_cond_wait(&post->filled, &worker->lock);
            continue;
        }
        post->first = errand->behind;
        if (post->first == NULL)
            post->last = NULL;
        deliver(man, errand);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

enum status
post_open(struct worker *worker, struct error *err)
{
    struct post *post = memory_array(1, sizeof(*post));
    enum status status = OK;
    if (post == NULL)
        return error_set(err, NO_MEMORY, "no memory for the post");
    post->worker = worker;
    worker->post = post;
    pthread_cond_init(&post->filled, NULL);
    while (status == OK && post->count < POSTMEN) {
        struct postman *man = &post->men[post->count];
        man->post = post;
        status = worker_link(worker, &man->link, err);
        if (status == OK && pthread_create(&man->thread, NULL, carry, man) != 0)
            status = error_set(err, UNAVAILABLE, "no threads for the post");
        if (status == OK)
            post->count++;
        else
            daemon_close(man->link);
    }
    return status;
}

void
post_close(struct worker *worker)
{
    struct post *post = worker->post;
    if (post == NULL)
        return;
    pthread_mutex_lock(&worker->lock);
    post->closing = true;
    pthread_cond_broadcast(&post->filled);
    pthread_mutex_unlock(&worker->lock);
    for (int i = 0; i < post->count; i++) {
        pthread_join(post->men[i].thread, NULL);
        daemon_close(post->men[i].link);
    }
    pthread_cond_destroy(&post->filled);
    free(post);
    worker->post = NULL;
}

void
post_send(struct errand *errand)
{
    struct worker *worker = errand->worker;
    struct post *post = worker->post;
    pthread_mutex_lock(&worker->lock);
    errand->posting = true;
    errand->behind = NULL;
    if (post->last != NULL)
        post->last->behind = errand;
    else
        post->first = errand;
    post->last = errand;
    pthread_cond_signal(&post->filled);
    pthread_mutex_unlock(&worker->lock);
}
