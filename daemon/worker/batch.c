/* batch.c - those that share the device: they take a seat, go from slice to
 * slice together, and leave, each when its time has come.
 *
 * All there is to do for them but the simulation itself is done while the
 * device works on the next slice; between two slices it only stands still for
 * those that come, go, or are to be kept. */
#include "worker/errand_private.h"

#include <stdlib.h>

#define SLICE_FIRST   1000 /* steps, to learn how fast the device is         */
#define SLICE_LEAST   16
#define SLICE_SECONDS 0.25 /* of wall time that a slice should take */

enum status
batch_new(struct worker *worker, struct batch **out, struct error *err)
{
    struct batch *batch = memory_array(1, sizeof(*batch));
    if (batch == NULL)
        return error_set(err, NO_MEMORY, "no memory for a batch");
    batch->worker = worker;
    *out = batch;
    return OK;
}

void
batch_free(struct batch *batch)
{
    if (batch == NULL)
        return;
    seats_leave(batch);
    free(batch->hands);
    free(batch);
}

/* Those that are to go on: who had a seat, has none yet, or has just left. */
static enum status
hands_list(struct batch *batch, struct error *err)
{
    struct worker *worker = batch->worker;
    int count = 0;
    pthread_mutex_lock(&worker->lock);
    for (struct errand *one = worker->errands; one; one = one->next)
        count++;
    free(batch->hands);
    batch->hand_count = 0;
    batch->hands = memory_array((size_t)count, sizeof(*batch->hands));
    for (struct errand *one = worker->errands; batch->hands && one;
         one = one->next)
        if (one->stage == STAGE_READY || one->seat >= 0)
            batch->hands[batch->hand_count++] = one;
    pthread_mutex_unlock(&worker->lock);
    return batch->hands != NULL || count == 0
               ? OK
               : error_set(err, NO_MEMORY, "no memory for errands");
}

/* The slice under way ends; who has no more to do here leaves its seat. */
static enum status
batch_rest(struct batch *batch, struct error *err)
{
    enum status status = OK;
    int64_t most = 0;
    for (int i = 0; i < batch->seats; i++)
        batch->traces[i] = (struct engine_trace){0};
    if (batch->under_way)
        status = engine_end(batch->engine, batch->traces, err);
    batch->under_way = false;
    const double seconds = clock_monotonic() - batch->began + 1e-9;
    for (int i = 0; status == OK && i < batch->seats; i++) {
        struct errand *errand = batch->at[i];
        if (errand == NULL)
            continue;
        if (most < batch->traces[i].steps)
            most = batch->traces[i].steps;
        status = errand_pause(errand, batch->engine, &batch->traces[i], seconds,
                              err);
        if (errand->stage == STAGE_SEATED)
            continue;
        batch->at[i] = NULL;
        batch->worker->seated--;
    }
    if (most > 0)
        batch->rate = (double)most / seconds;
    return status;
}

/* A seat whose errand came to it after it had been prepared. */
static void
seat_pack(void *context, int i)
{
    const struct batch *batch = context;
    if (batch->beginning[i])
        errand_pack(batch->at[i]);
}

static enum status
batch_begin(struct batch *batch, struct error *err)
{
    bool some = false;
    for (int i = 0; i < batch->seats; i++) {
        struct errand *errand = batch->at[i];
        batch->beginning[i] = errand != NULL && errand_can_begin(errand);
        some = some || batch->beginning[i];
        if (batch->beginning[i])
            continue;
        engine_drop(batch->engine, i);
        if (errand != NULL)
            errand->packed = false;
    }
    if (!some)
        return OK;
    crew_work(batch->worker->crew, seat_pack, batch, batch->seats);
    for (int i = 0; i < batch->seats; i++)
        if (batch->beginning[i])
            errand_begin(batch->at[i]);
    batch->began = clock_monotonic();
    batch->under_way = true;
    return engine_begin(batch->engine, err);
}

static int64_t
slice_steps(const struct batch *batch, const struct errand *errand)
{
    const double steps = batch->rate * SLICE_SECONDS;
    const int64_t most = spikes_steps_most(&errand->shape);
    int64_t length = batch->rate > 0 ? (int64_t)steps : SLICE_FIRST;
    if (length < SLICE_LEAST)
        length = SLICE_LEAST;
    return length < most ? length : most;
}

static void
go_on(void *context, int i)
{
    const struct batch *batch = context;
    errand_go_on(batch->hands[i]);
}

/* Those that are prepared by one thread. */
static void
prepare(void *context, int i)
{
    const struct batch *batch = context;
    const int first = i * batch->together;
    const int left = batch->hand_count - first;
    errand_prepare(batch->hands + first,
                   left < batch->together ? left : batch->together,
                   slice_steps(batch, batch->hands[first]));
}

/* All that is done while the device works. */
static void
batch_work(struct batch *batch)
{
    struct crew *crew = batch->worker->crew;
    const int count = batch->hand_count, hands = crew_size(crew);
    batch->together = (count + hands - 1) / hands;
    if (batch->together > RUNS_MOST)
        batch->together = RUNS_MOST;
    crew_work(crew, go_on, batch, count);
    if (count > 0)
        crew_work(crew, prepare, batch,
                  (count + batch->together - 1) / batch->together);
    for (int i = 0; i < count; i++)
        if (batch->hands[i]->stage > STAGE_SEATED)
            batch->hands[i]->seat = -1;
}

/* Too many at once, as it turns out: they go back to their checkpoints, and
 * fewer are taken. One alone had the device for itself: it comes later. */
static void
batch_shrink(struct batch *batch, const struct error *err)
{
    const int count = batch->worker->seated;
    for (int i = 0; i < batch->seats; i++) {
        struct errand *errand = batch->at[i];
        if (errand == NULL)
            continue;
        errand_fail(errand, NO_MEMORY, err);
        if (count > 1)
            errand->fits = NULL;
        errand->fresh = false;
        errand->seat = -1;
    }
    places_limit(batch->worker, engine_shape(batch->engine),
                 count > 1 ? count / 2 : 1);
    batch->worker->seated = 0;
    seats_leave(batch);
}

/* A device that fails a single job may do so because of the job; but what comes
 * after it must not depend on that. */
static enum status
device_fails(struct batch *batch, enum status status, const struct error *err)
{
    struct errand *alone = NULL;
    int count = 0;
    for (int i = 0; i < batch->seats; i++)
        if (batch->at[i] != NULL) {
            alone = batch->at[i];
            count++;
        }
    if (count > 0 && status == NO_MEMORY) {
        batch_shrink(batch, err);
        return OK;
    }
    if (count != 1 || status_is_beyond_job(status))
        return status;
    errand_fail(alone, status, err);
    worker_retire(batch->worker, err);
    alone->fresh = false;
    alone->seat = -1;
    batch->worker->seated = 0;
    seats_leave(batch);
    return OK;
}

enum status
batch_turn(struct batch *batch, bool *idle, struct error *err)
{
    enum status status = hands_list(batch, err);
    if (status != OK)
        return status;
    status = batch_rest(batch, err);
    if (status == OK)
        status = seats_give(batch, err);
    if (status == OK)
        status = batch_begin(batch, err);
    if (status != OK)
        return device_fails(batch, status, err);
    *idle = !batch->under_way;
    for (int i = 0; i < batch->hand_count; i++)
        if (batch->hands[i]->stage == STAGE_READY && !batch->hands[i]->sliced)
            *idle = false;
    batch_work(batch);
    return OK;
}
