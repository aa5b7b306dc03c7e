/* networks.c - networks that several errands have, made once: jobs of a sweep
 * often differ in anything but the seeds of these. Whoever comes while one is
 * being made waits for it. */
#include "worker/worker_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct shared {
    struct shared *next;
    struct network_recipe recipe;
    struct network *network; /* NULL: not made yet                           */
    bool in_the_making;
    int takers;
};

struct networks {
    const char *cache;
    pthread_mutex_t lock;
    pthread_cond_t made;
    struct shared *list;
};

struct networks *
networks_new(const char *cache)
{
    struct networks *networks = memory_array(1, sizeof(*networks));
    if (networks == NULL)
        return NULL;
    networks->cache = cache;
    pthread_mutex_init(&networks->lock, NULL);
    pthread_cond_init(&networks->made, NULL);
    return networks;
}

const char *
networks_cache(const struct networks *networks)
{
    return networks->cache;
}

void
networks_free(struct networks *networks)
{
    if (networks == NULL)
        return;
    pthread_mutex_destroy(&networks->lock);
    pthread_cond_destroy(&networks->made);
    free(networks);
}

/* The lock is held. */
static struct shared *
shared_find(struct networks *networks, const struct network_recipe *recipe)
{
    struct shared *shared = networks->list;
    while (shared != NULL &&
           memcmp(&shared->recipe, recipe, sizeof(*recipe)) != 0)
        shared = shared->next;
    return shared;
}

/* The lock is held. One more taker of it, new if need be. */
static struct shared *
shared_take(struct networks *networks, const struct network_recipe *recipe)
{
    struct shared *shared = shared_find(networks, recipe);
    if (shared == NULL) {
        shared = memory_array(1, sizeof(*shared));
        if (shared == NULL)
            return NULL;
        memcpy(&shared->recipe, recipe, sizeof(*recipe));
        shared->next = networks->list;
        networks->list = shared;
    }
    shared->takers++;
    return shared;
}

/* The lock is held. One taker less; the last one takes it away. */
static void
shared_give(struct networks *networks, struct shared *shared)
{
    struct shared **at = &networks->list;
    if (--shared->takers > 0)
        return;
    while (*at != shared)
        at = &(*at)->next;
    *at = shared->next;
    network_free(shared->network);
    free(shared);
}

/* The lock is held, but not while it is made. Whoever waited for a maker that
 * failed tries it himself. */
static enum status
shared_make(struct networks *networks, struct shared *shared, struct error *err)
{
    enum status status = OK;
    while (shared->in_the_making)
        pthread_cond_wait(&networks->made, &networks->lock);
    if (shared->network != NULL)
        return OK;
    shared->in_the_making = true;
    pthread_mutex_unlock(&networks->lock);
    status =
        network_build(&shared->recipe, networks->cache, &shared->network, err);
    pthread_mutex_lock(&networks->lock);
    shared->in_the_making = false;
    pthread_cond_broadcast(&networks->made);
    return status;
}

enum status
networks_take(struct networks *networks, const struct spec *spec,
              struct network **out, struct error *err)
{
    struct network_recipe recipe;
    enum status status = OK;
    network_recipe_from_spec(spec, &recipe);
    pthread_mutex_lock(&networks->lock);
    struct shared *shared = shared_take(networks, &recipe);
    if (shared == NULL)
        status = error_set(err, NO_MEMORY, "no memory for a network");
    else
        status = shared_make(networks, shared, err);
    if (status == OK)
        *out = shared->network;
    else if (shared != NULL)
        shared_give(networks, shared);
    pthread_mutex_unlock(&networks->lock);
    return status;
}

void
networks_give(struct networks *networks, struct network *network)
{
    if (network == NULL)
        return;
    pthread_mutex_lock(&networks->lock);
    struct shared *shared = networks->list;
    while (shared != NULL && shared->network != network)
        shared = shared->next;
    if (shared != NULL)
        shared_give(networks, shared);
    pthread_mutex_unlock(&networks->lock);
    if (shared == NULL)
        network_free(network);
}
