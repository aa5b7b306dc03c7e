/* seats.c - the engine of a batch: as many seats as are wanted, and who takes
 * them. When their number changes, everybody moves to another engine with all
 * that he remembers. */
#include "worker/errand_private.h"

#include <stdlib.h>

#define SPARE_SECONDS 1.0 /* that seats must stay empty until they go */
#define TIGHT_SECONDS                                                          \
    600.0 /* until as many as were too many are tried again                    \
           */

void
seats_leave(struct batch *batch)
{
    engine_close(batch->engine);
    free(batch->at);
    free(batch->beginning);
    free(batch->traces);
    batch->engine = NULL;
    batch->at = NULL;
    batch->beginning = NULL;
    batch->traces = NULL;
    batch->seats = 0;
    batch->under_way = false;
}

/* ---- seats --------------------------------------------------------------- */

void
places_limit(struct worker *worker, const struct engine_shape *shape, int most)
{
    pthread_mutex_lock(&worker->lock);
    if (worker->places > most)
        worker->places = most;
    worker->tight.shape = *shape;
    worker->tight.places = most;
    worker->tight.until = clock_monotonic() + TIGHT_SECONDS;
    pthread_mutex_unlock(&worker->lock);
}

int
places_count(const struct worker *worker, const struct engine_shape *shape)
{
    const int best = engine_seats_best(opencl_device(worker->cl), shape);
    const bool tight = clock_monotonic() < worker->tight.until &&
                       engine_shape_equals(shape, &worker->tight.shape);
    return tight && worker->tight.places < best ? worker->tight.places : best;
}

static bool
is_short_of_memory(enum status status)
{
    return status == NO_MEMORY || status == TOO_LARGE;
}

/* Takes as many seats as there is memory for, of those that are wanted; less
 * than `least` are none. */
static enum status
seats_enter(struct batch *batch, const struct engine_shape *shape, int seats,
            int least, struct error *err)
{
    enum status status = NO_MEMORY;
    while (is_short_of_memory(status)) {
        status = engine_open(batch->worker->cl, shape, seats,
                             spikes_steps_most(shape), &batch->engine, err);
        if (!is_short_of_memory(status) || seats == least)
            break;
        seats = seats / 2 > least ? seats / 2 : least;
        places_limit(batch->worker, shape, seats);
    }
    if (status != OK)
        return status;
    batch->seats = seats;
    batch->at = memory_array((size_t)seats, sizeof(struct errand *));
    batch->beginning = memory_array((size_t)seats, sizeof(*batch->beginning));
    batch->traces = memory_array((size_t)seats, sizeof(*batch->traces));
    if (batch->at == NULL || batch->beginning == NULL || batch->traces == NULL)
        return error_set(err, NO_MEMORY, "no memory for %d seats", seats);
    log_event(LOG_LEVEL_DEBUG, "seats", "count=%d", seats);
    return OK;
}

/* Those on their way from one engine to another. */
struct move {
    struct errand **who;
    struct engine_state *states;
    int count;
};

static void
rise(void *context, int i)
{
    struct errand *errand = ((const struct move *)context)->who[i];
    const enum status status =
        run_rise(&errand->run, &errand->job, &errand->err);
    if (status != OK)
        errand->status = status;
}

/* What each remembers, and all that is to be made anew for it, by many hands:
 * nobody goes on meanwhile. */
static enum status
move_begin(struct batch *batch, struct move *move, struct error *err)
{
    const int count = batch->worker->seated;
    enum status status = OK;
    move->who = memory_array((size_t)count, sizeof(*move->who));
    move->states = memory_array((size_t)count, sizeof(*move->states));
    if (move->who == NULL || move->states == NULL)
        return error_set(err, NO_MEMORY, "no memory for %d states", count);
    for (int i = 0; status == OK && i < batch->seats; i++) {
        if (batch->at[i] == NULL)
            continue;
        move->who[move->count] = batch->at[i];
        status =
            engine_save(batch->engine, i, &move->states[move->count++], err);
    }
    if (status == OK)
        crew_work(batch->worker->crew, rise, move, count);
    for (int i = 0; status == OK && i < count; i++)
        if (move->who[i]->status != OK)
            status = error_set(err, move->who[i]->status, "%s",
                               move->who[i]->err.text);
    return status;
}

/* Everybody goes to an engine with so many seats; traces of the old one go. */
static enum status
seats_move(struct batch *batch, int seats, struct error *err)
{
    const struct engine_shape shape = *engine_shape(batch->engine);
    struct move move = {0};
    enum status status = move_begin(batch, &move, err);
    if (status == OK)
        seats_leave(batch);
    if (status == OK)
        status = seats_enter(batch, &shape, seats, move.count, err);
    for (int i = 0; status == OK && i < move.count; i++) {
        struct errand *errand = batch->at[i] = move.who[i];
        errand->engine = batch->engine;
        errand->seat = i;
        errand->packed = false;
        status = run_seat(&errand->run, &errand->job, batch->engine, i,
                          &move.states[i], err);
    }
    for (int i = 0; i < move.count; i++)
        engine_state_free(&move.states[i]);
    free(move.states);
    free(move.who);
    return status;
}

static bool
joins(const struct errand *errand, const struct engine_shape *shape)
{
    return errand->stage == STAGE_READY && errand->sliced &&
           errand->status == OK && engine_shape_equals(&errand->shape, shape);
}

/* The shape of those that have a seat, else of the first that wants one. */
static const struct engine_shape *
shape_now(const struct batch *batch)
{
    if (batch->worker->seated > 0)
        return engine_shape(batch->engine);
    for (int i = 0; i < batch->hand_count; i++)
        if (batch->hands[i]->stage == STAGE_READY && batch->hands[i]->sliced)
            return &batch->hands[i]->shape;
    return NULL;
}

/* Some more than are wanted now, as far as it goes. */
static int
seats_count(const struct batch *batch, int wanted)
{
    struct worker *worker = batch->worker;
    int seats = 1;
    pthread_mutex_lock(&worker->lock);
    const int most =
        worker->places > worker->seated ? worker->places : worker->seated;
    pthread_mutex_unlock(&worker->lock);
    while (seats < wanted)
        seats *= 2;
    return seats < most ? seats : most;
}

/* Whether so many seats have been too many for some time. */
static bool
has_spare(struct batch *batch, int wanted)
{
    const double now = clock_monotonic();
    if (wanted == 0 || wanted > batch->seats / 2)
        batch->spare_since = 0;
    else if (batch->spare_since == 0)
        batch->spare_since = now;
    return batch->spare_since > 0 && now - batch->spare_since > SPARE_SECONDS;
}

/* An engine with seats for all that want one. */
static enum status
seats_make(struct batch *batch, const struct engine_shape *shape, int wanted,
           struct error *err)
{
    const int seated = batch->worker->seated;
    const bool other = batch->engine != NULL &&
                       !engine_shape_equals(engine_shape(batch->engine), shape);
    const bool spare = has_spare(batch, wanted);
    if (seated == 0 && (other || spare || wanted > batch->seats)) {
        const struct engine_shape copy = *shape;
        seats_leave(batch);
        batch->rate = 0;
        return seats_enter(batch, &copy, seats_count(batch, wanted), 1, err);
    }
    if (!spare && wanted <= batch->seats)
        return OK;
    if (seats_count(batch, wanted) == batch->seats)
        return OK;
    for (int i = 0; i < batch->hand_count; i++)
        errand_record(batch->hands[i]);
    batch->spare_since = 0;
    return seats_move(batch, seats_count(batch, wanted), err);
}

/* Only what makes the process useless is returned: else it is the job's. */
static enum status
errand_seat(struct batch *batch, struct errand *errand, struct error *err)
{
    int seat = 0;
    while (seat < batch->seats && batch->at[seat] != NULL)
        seat++;
    if (seat == batch->seats)
        return OK;
    const enum status status =
        run_seat(&errand->run, &errand->job, batch->engine, seat, NULL, err);
    if (status != OK) {
        errand_fail(errand, status, err);
        if (status == FAILED)
            worker_retire(batch->worker, err);
        return status_is_beyond_job(status) ? status : OK;
    }
    batch->at[seat] = errand;
    batch->worker->seated++;
    errand_sit(errand, batch->engine, seat);
    return OK;
}

/* There is no engine for them. TOO_LARGE and INVALID: nor will there ever be on
 * this device. */
static void
joiners_fail(struct batch *batch, const struct engine_shape *shape,
             enum status status, const struct error *err)
{
    const struct engine_shape copy = *shape;
    for (int i = 0; i < batch->hand_count; i++) {
        if (!joins(batch->hands[i], &copy))
            continue;
        if (status == TOO_LARGE || status == INVALID)
            errand_misfit(batch->hands[i], err);
        else
            errand_fail(batch->hands[i], status, err);
    }
}

enum status
seats_give(struct batch *batch, struct error *err)
{
    const struct engine_shape *shape = shape_now(batch);
    enum status status = OK;
    int wanted = batch->worker->seated;
    if (shape == NULL)
        return OK;
    for (int i = 0; i < batch->hand_count; i++)
        wanted += joins(batch->hands[i], shape);
    status = seats_make(batch, shape, wanted, err);
    if (status != OK && batch->worker->seated == 0 &&
        !status_is_beyond_job(status)) {
        joiners_fail(batch, shape, status, err);
        if (status == FAILED)
            worker_retire(batch->worker, err);
        return OK;
    }
    for (int i = 0; status == OK && i < batch->hand_count; i++)
        if (joins(batch->hands[i], engine_shape(batch->engine)))
            status = errand_seat(batch, batch->hands[i], err);
    return status;
}
