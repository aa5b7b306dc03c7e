/* digests.c - see digests.h. */
#include "api/digests.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEPT    64
#define AT_ONCE 2
#define AT_ONCE_BYTES                                                          \
    ((uint64_t)8 << 20) /* so little is summed up right away */
#define BLOCK ((size_t)1 << 20)

enum progress { NOTHING, UNDER_WAY, READY };

struct digest {
    char key[DIGEST_KEY_SIZE];
    char sha256[SHA256_HEX_SIZE];
    enum progress progress;
    uint64_t used; /* grows; the least may go                                 */
};

struct digests {
    struct api *api; /* [borrowed] */
    pthread_mutex_t lock;
    pthread_cond_t idle;
    int busy; /* threads */
    bool stopping;
    uint64_t uses;
    struct digest kept[KEPT];
};

/* What one thread works on. */
struct task {
    struct digests *digests;
    struct stream stream; /* [owned] */
    char key[DIGEST_KEY_SIZE];
};

struct digests *
digests_new(struct api *api)
{
    struct digests *digests = calloc(1, sizeof(*digests));
    if (!digests)
        return NULL;
    digests->api = api;
    pthread_mutex_init(&digests->lock, NULL);
    pthread_cond_init(&digests->idle, NULL);
    return digests;
}

void
digests_free(struct digests *digests)
{
    if (!digests)
        return;
    pthread_mutex_lock(&digests->lock);
    digests->stopping = true;
    while (digests->busy > 0)
        pthread_cond_wait(&digests->idle, &digests->lock);
    pthread_mutex_unlock(&digests->lock);
    pthread_mutex_destroy(&digests->lock);
    pthread_cond_destroy(&digests->idle);
    free(digests);
}

static bool
is_stopping(struct digests *digests)
{
    pthread_mutex_lock(&digests->lock);
    bool stopping = digests->stopping;
    pthread_mutex_unlock(&digests->lock);
    return stopping;
}

static enum status
sum_up(struct digests *digests, const struct stream *stream,
       char out[SHA256_HEX_SIZE], struct error *err)
{
    struct sha256 *sum = sha256_new();
    unsigned char *block = malloc(BLOCK);
    enum status status = OK;
    if (!block || !sum)
        status = error_set(err, NO_MEMORY, "no memory to sum up a download");
    for (uint64_t at = 0; status == OK && at < stream->size;) {
        uint64_t left = stream->size - at;
        size_t size = left < BLOCK ? (size_t)left : BLOCK;
        status = stream->read(stream->state, at, block, size, err);
        if (status == OK)
            sha256_add(sum, block, size);
        if (status == OK && is_stopping(digests))
            status = error_set(err, UNAVAILABLE, "the daemon stops");
        at += size;
    }
    sha256_end(sum, out);
    free(block);
    return status;
}

/* The lock is held. */
static struct digest *
find_kept(struct digests *digests, const char *key)
{
    for (size_t i = 0; i < KEPT; i++) {
        struct digest *one = &digests->kept[i];
        if (one->progress != NOTHING && strcmp(one->key, key) == 0) {
            one->used = ++digests->uses;
            return one;
        }
    }
    return NULL;
}

/* The lock is held. The one that was not used for longest makes room. */
static struct digest *
add_kept(struct digests *digests, const char *key)
{
    struct digest *oldest = NULL;
    for (size_t i = 0; i < KEPT; i++) {
        struct digest *one = &digests->kept[i];
        if (one->progress != UNDER_WAY && (!oldest || one->used < oldest->used))
            oldest = one;
    }
    *oldest = (struct digest){.progress = UNDER_WAY, .used = ++digests->uses};
    snprintf(oldest->key, sizeof(oldest->key), "%s", key);
    return oldest;
}

static void *
run_task(void *argument)
{
    struct task *task = argument;
    struct digests *digests = task->digests;
    char sha256[SHA256_HEX_SIZE];
    struct error err;
    enum status status = sum_up(digests, &task->stream, sha256, &err);
    task->stream.free(task->stream.state);
    pthread_mutex_lock(&digests->lock);
    struct digest *one = find_kept(digests, task->key);
    one->progress = status ? NOTHING : READY;
    if (status == OK)
        memcpy(one->sha256, sha256, sizeof(sha256));
    free(task);
    pthread_mutex_unlock(&digests->lock);
    api_changed(digests->api, TOPIC_DIGEST);
    pthread_mutex_lock(&digests->lock);
    digests->busy--;
    pthread_cond_signal(&digests->idle);
    pthread_mutex_unlock(&digests->lock);
    return NULL;
}

/* The lock is held. Takes the stream when it is OK. */
static enum status
start_task(struct digests *digests, const char *key, struct stream stream,
           struct error *err)
{
    pthread_t thread;
    struct task *task = calloc(1, sizeof(*task));
    if (!task)
        return error_set(err, NO_MEMORY, "no memory to sum up a download");
    *task = (struct task){.digests = digests, .stream = stream};
    snprintf(task->key, sizeof(task->key), "%s", key);
    struct digest *one = add_kept(digests, key);
    digests->busy++;
    if (pthread_create(&thread, NULL, run_task, task)) {
        digests->busy--;
        one->progress = NOTHING;
        free(task);
        return error_set(err, NO_MEMORY, "no thread to sum up a download");
    }
    pthread_detach(thread);
    return OK;
}

/* Sums up a small body here and now. */
static enum status
find_small(struct digests *digests, const char *key,
           const struct stream *stream, char out[SHA256_HEX_SIZE],
           struct error *err)
{
    enum status status = sum_up(digests, stream, out, err);
    if (status)
        return status;
    pthread_mutex_lock(&digests->lock);
    struct digest *one = find_kept(digests, key);
    if (!one)
        one = add_kept(digests, key);
    memcpy(one->sha256, out, SHA256_HEX_SIZE);
    one->progress = READY;
    pthread_mutex_unlock(&digests->lock);
    return OK;
}

enum status
digest_find(struct api *api, const char *key, struct stream stream, bool *ready,
            char out[SHA256_HEX_SIZE], struct error *err)
{
    struct digests *digests = api_digests(api);
    enum status status = OK;
    bool taken = false;
    pthread_mutex_lock(&digests->lock);
    const struct digest *one = find_kept(digests, key);
    *ready = one && one->progress == READY;
    if (*ready)
        memcpy(out, one->sha256, SHA256_HEX_SIZE);
    else if (!one && stream.size > AT_ONCE_BYTES && digests->busy < AT_ONCE) {
        status = start_task(digests, key, stream, err);
        taken = status == OK;
    }
    pthread_mutex_unlock(&digests->lock);
    if (!*ready && status == OK && stream.size <= AT_ONCE_BYTES) {
        status = find_small(digests, key, &stream, out, err);
        *ready = status == OK;
    }
    if (!*ready && !taken)
        stream.free(stream.state);
    return status;
}
