/* rl.c - the door: making, going on, saving and restoring. */
#include "rl/rl_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STATE "the state of reinforcement learning"

/* ---- making ------------------------------------------------------------- */

static enum status
tables_make(struct rl *rl, struct error *err)
{
    size_t places;

    rl->cells = 1;
    for (int j = 0; j < 2 * rl->task.joints; j++)
        rl->cells *= TILES;
    places = (size_t)(rl->cells * rl->task.actions);
    rl->Q = memory_array(places, sizeof(double));
    rl->traces = memory_array(places, sizeof(double));
    rl->traced = memory_array(places, sizeof(*rl->traced));
    rl->times = memory_array((size_t)rl->spec.rl.episodes, sizeof(double));
    if (!rl->Q || !rl->traces || !rl->traced || !rl->times)
        return error_set(err, NO_MEMORY, "no memory for %lld episodes",
                         (long long)rl->spec.rl.episodes);
    return OK;
}

enum status
rl_new(const struct spec *spec, struct rl **out, struct error *err)
{
    struct rl *rl = memory_array(1, sizeof(*rl));
    enum status status;

    if (!rl)
        return error_set(err, NO_MEMORY, "no memory for learning");
    rl->spec = *spec;
    status = task_find(spec, &rl->task, err);
    if (status == OK)
        status = tables_make(rl, err);
    if (status == OK)
        status = rl_rows_reserve(rl, 1, err);
    if (status != OK) {
        rl_free(rl);
        return status;
    }
    random_seed(&rl->random, (uint32_t)spec->rl.seed);
    *out = rl;
    return OK;
}

void
rl_free(struct rl *rl)
{
    if (!rl)
        return;
    free(rl->Q);
    free(rl->traces);
    free(rl->traced);
    free(rl->times);
    free(rl->torques);
    free(rl->torque_t);
    free(rl);
}

/* Rows that were never used are 0. */
enum status
rl_rows_reserve(struct rl *rl, int64_t rows, struct error *err)
{
    size_t joints = (size_t)rl->task.joints;
    size_t capacity = 2 * (size_t)rows + 64;
    double *torques, *torque_t;

    if (rows < rl->capacity)
        return OK;
    torques = memory_array(capacity, joints * sizeof(double));
    torque_t = memory_array(capacity, sizeof(double));
    if (!torques || !torque_t) {
        free(torques);
        free(torque_t);
        return error_set(err, NO_MEMORY, "no memory for an episode of %g s",
                         (double)rows * rl->task.interval);
    }
    if (rl->rows > 0)
        memcpy(torques, rl->torques,
               (size_t)rl->rows * joints * sizeof(double));
    for (size_t i = 0; i < capacity; i++)
        torque_t[i] = (double)i * rl->task.interval;
    free(rl->torques);
    free(rl->torque_t);
    rl->torques = torques;
    rl->torque_t = torque_t;
    rl->capacity = (int64_t)capacity;
    return OK;
}

/* ---- going on ----------------------------------------------------------- */

int64_t
rl_episodes(const struct rl *rl)
{
    return rl->done;
}

const double *
rl_times(const struct rl *rl)
{
    return rl->times;
}

bool
rl_is_between(const struct rl *rl)
{
    return !rl->under_way;
}

enum status
rl_advance(struct rl *rl, int64_t actions, struct error *err)
{
    int64_t most = llround(TIME_MOST / rl->task.interval);
    enum status status = OK;

    if (!rl->under_way && rl->done == rl->spec.rl.episodes)
        return OK;
    if (!rl->under_way)
        status = sarsa_begin(rl, err);
    for (int64_t i = 0; i < actions && status == OK; i++) {
        if (sarsa_is_over(rl)) {
            rl->times[rl->done++] = (double)rl->taken * rl->task.interval;
            rl->under_way = false;
            return OK;
        }
        if (rl->taken == most)
            return error_set(err, FAILED,
                             "episode %lld did not reach its target in %g s",
                             (long long)rl->done + 1, TIME_MOST);
        status = sarsa_act(rl, err);
    }
    return status;
}

/* ---- saving ------------------------------------------------------------- */

void
rl_save(const struct rl *rl, struct npz_array out[RL_ARRAYS])
{
    size_t cells = (size_t)rl->cells, actions = (size_t)rl->task.actions;
    size_t rows = (size_t)rl->rows + 1, joints = (size_t)rl->task.joints;

    out[0] = npz_view("torque", NPZ_FLOAT64, rl->torques, 2, rows, joints);
    out[1] = npz_view("torque_t", NPZ_FLOAT64, rl->torque_t, 1, rows);
    out[2] = npz_view("times", NPZ_FLOAT64, rl->times, 1, (size_t)rl->done);
    out[3] = npz_view("Q", NPZ_FLOAT64, rl->Q, 2, cells, actions);
    out[4] = npz_view("traces", NPZ_FLOAT64, rl->traces, 2, cells, actions);
    out[5] = npz_view("random", NPZ_INT32, &rl->random.twister, 1,
                      (size_t)MT19937_WORDS + 1);
}

/* `count` numbers that must be finite, into `out`. */
static enum status
numbers_take(const struct npz *state, const char *name, int dimensions,
             size_t *shape, double *out, struct error *err)
{
    const void *data = NULL;
    size_t count = 1;
    enum status status =
        npz_need(state, name, NPZ_FLOAT64, dimensions, shape, &data, err);

    if (status != OK)
        return status;
    for (int i = 0; i < dimensions; i++)
        count *= shape[i];
    for (size_t i = 0; i < count; i++)
        if (!isfinite(((const double *)data)[i]))
            return error_set(err, CORRUPT, "array %s is not finite", name);
    if (out && count > 0)
        memcpy(out, data, count * sizeof(double));
    return OK;
}

static enum status
tables_take(struct rl *rl, const struct npz *state, struct error *err)
{
    size_t shape[2] = {(size_t)rl->cells, (size_t)rl->task.actions};
    enum status status = numbers_take(state, "Q", 2, shape, rl->Q, err);

    if (status == OK)
        status = numbers_take(state, "traces", 2, shape, rl->traces, err);
    if (status == OK)
        sarsa_trace_all(rl);
    return status;
}

static enum status
times_take(struct rl *rl, const struct npz *state, struct error *err)
{
    size_t episodes = 0;
    enum status status = numbers_take(state, "times", 1, &episodes, NULL, err);

    if (status != OK)
        return status;
    if (episodes > (size_t)rl->spec.rl.episodes)
        return error_set(err, CORRUPT, "it has more episodes than were asked");
    rl->done = (int64_t)episodes;
    return numbers_take(state, "times", 1, &episodes, rl->times, err);
}

static enum status
torques_take(struct rl *rl, const struct npz *state, struct error *err)
{
    size_t shape[2] = {0, (size_t)rl->task.joints};
    enum status status = numbers_take(state, "torque", 2, shape, NULL, err);

    if (status == OK && shape[0] == 0)
        return error_set(err, CORRUPT, "array torque is empty");
    if (status == OK)
        status = rl_rows_reserve(rl, (int64_t)shape[0], err);
    if (status != OK)
        return status;
    rl->rows = (int64_t)shape[0] - 1;
    return numbers_take(state, "torque", 2, shape, rl->torques, err);
}

static enum status
random_take(struct rl *rl, const struct npz *state, struct error *err)
{
    size_t count = MT19937_WORDS + 1;
    const void *data = NULL;
    enum status status =
        npz_need(state, "random", NPZ_INT32, 1, &count, &data, err);

    if (status != OK)
        return status;
    memcpy(&rl->random.twister, data, sizeof(rl->random.twister));
    if (rl->random.twister.position < 0 ||
        rl->random.twister.position > MT19937_WORDS)
        return error_set(err, CORRUPT, "array random is no state of a stream");
    return OK;
}

static enum status
state_take(struct rl *rl, const struct npz *state, bool times,
           struct error *err)
{
    enum status status = tables_take(rl, state, err);

    if (status == OK)
        status = torques_take(rl, state, err);
    if (status == OK)
        status = random_take(rl, state, err);
    if (status == OK && times)
        status = times_take(rl, state, err);
    rl->under_way = false;
    if (status == OK || status == NO_MEMORY)
        return status;
    error_prefix(err, STATE ": ");
    if (err)
        err->status = CORRUPT;
    return CORRUPT;
}

enum status
rl_restore(struct rl *rl, const struct npz *state, struct error *err)
{
    return state_take(rl, state, true, err);
}

enum status
rl_continue(struct rl *rl, const struct npz *state, struct error *err)
{
    return state_take(rl, state, false, err);
}
