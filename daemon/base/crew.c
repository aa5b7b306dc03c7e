/* crew.c - threads that share out work: one after the other takes the next
 * number until there is none left. */
#include "base/base.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct crew {
    pthread_mutex_t lock;
    pthread_cond_t called, done;
    void (*work)(void *context, int i);
    void *context;
    int count;   /* of the work at hand                                      */
    int next;    /* number that nobody has taken                             */
    int working; /* how many are at it                                       */
    bool closing;
    int threads;
    pthread_t thread[];
};

/* The lock is held, but not while it works. */
static void
take_turns(struct crew *crew)
{
    crew->working++;
    while (crew->next < crew->count) {
        const int i = crew->next++;
        pthread_mutex_unlock(&crew->lock);
        crew->work(crew->context, i);
        pthread_mutex_lock(&crew->lock);
    }
    if (--crew->working == 0)
        pthread_cond_signal(&crew->done);
}

static void *
hand(void *context)
{
    struct crew *crew = context;
    pthread_mutex_lock(&crew->lock);
    while (!crew->closing) {
        if (crew->next < crew->count)
            take_turns(crew);
        else
            pthread_cond_wait(&crew->called, &crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

enum status
crew_open(int threads, struct crew **out, struct error *err)
{
    struct crew *crew =
        memory_array(1, sizeof(*crew) + (size_t)threads * sizeof(pthread_t));
    if (crew == NULL)
        return error_set(err, NO_MEMORY, "no memory for a crew");
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->called, NULL);
    pthread_cond_init(&crew->done, NULL);
    while (crew->threads < threads) {
        if (pthread_create(&crew->thread[crew->threads], NULL, hand, crew) !=
            0) {
            crew_close(crew);
            return error_set(err, UNAVAILABLE, "no threads for a crew");
        }
        crew->threads++;
    }
    *out = crew;
    return OK;
}

void
crew_close(struct crew *crew)
{
    if (crew == NULL)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->closing = true;
    pthread_cond_broadcast(&crew->called);
    pthread_mutex_unlock(&crew->lock);
    for (int i = 0; i < crew->threads; i++)
        pthread_join(crew->thread[i], NULL);
    pthread_mutex_destroy(&crew->lock);
    pthread_cond_destroy(&crew->called);
    pthread_cond_destroy(&crew->done);
    free(crew);
}

int
crew_size(const struct crew *crew)
{
    return crew->threads + 1;
}

int
cores_count(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 1 ? (int)cores : 1;
}

void
crew_work(struct crew *crew, void (*work)(void *context, int i), void *context,
          int count)
{
    pthread_mutex_lock(&crew->lock);
    crew->work = work;
    crew->context = context;
    crew->next = 0;
    crew->count = count;
    if (count > 1)
        pthread_cond_broadcast(&crew->called);
    take_turns(crew);
    while (crew->working > 0)
        pthread_cond_wait(&crew->done, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}
