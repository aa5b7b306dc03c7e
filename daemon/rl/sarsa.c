/* sarsa.c - SARSA(lambda) [R. Sutton and A. Barto, Reinforcement Learning].
 *
 * Every action costs 1 until the target is reached. After each,
 *
 *   delta  = -1 + gamma Q(s, a') - Q(s-, a)
 *   Q      = Q + alpha delta traces        traces = gamma lambda traces
 *
 * where a' was chosen in the state s in which it was begun, and not in the one
 * to which it led: so the script has it. A trace counts visits, and goes on
 * from one episode into the next. */
#include "rl/rl_private.h"

#include <math.h>
#include <string.h>

/* What is added below this part of a float64 does not change it. */
#define HALF_BIT 0x1p-54
/* More than the actions of an episode, and so than any Q. */
#define DELTA_MOST 1e6
/* Smaller numbers are denormal soon, which takes a processor long. */
#define TRACE_LEAST 1e-290

static void
torques_keep(struct rl *rl)
{
    memcpy(rl->torques + rl->taken * rl->task.joints,
           rl->task.torques[rl->action],
           (size_t)rl->task.joints * sizeof(double));
    if (rl->taken >= rl->rows)
        rl->rows = rl->taken + 1;
}

enum status
sarsa_begin(struct rl *rl, struct error *err)
{
    enum status status = rl_rows_reserve(rl, 1, err);

    if (status != OK)
        return status;
    drive_begin(&rl->spec, rl->state);
    rl->action = rl->task.start;
    rl->place = task_cell(&rl->task, rl->state) * rl->task.actions + rl->action;
    rl->taken = 0;
    rl->under_way = true;
    torques_keep(rl);
    return OK;
}

bool
sarsa_is_over(const struct rl *rl)
{
    return task_is_done(&rl->task, &rl->spec, rl->state);
}

/* ---- acting ------------------------------------------------------------- */

/* One of the best, at random; or, seldom, any. */
static int
choose(struct rl *rl, const double *values /* [actions] */)
{
    double best[ACTIONS_MOST] = {0}, most = values[0];
    int count = 0;

    if (random_sample(&rl->random) < rl->spec.rl.epsilon)
        return (int)(random_sample(&rl->random) * rl->task.actions);
    for (int i = 1; i < rl->task.actions; i++)
        most = fmax(most, values[i]);
    for (int i = 0; i < rl->task.actions; i++)
        if (values[i] == most)
            best[count++] = i;
    random_shuffle(&rl->random, count, best);
    return (int)best[0];
}

/* Torques go in a straight line from those of the action before. */
static void
move(struct rl *rl, const double *from, const double *to)
{
    double torques[JOINTS_MOST];

    for (int i = 0; i < rl->task.steps; i++) {
        for (int j = 0; j < rl->task.joints; j++)
            torques[j] =
                from[j] + (double)i / rl->task.steps * (to[j] - from[j]);
        drive_arm_step(&rl->spec, rl->task.dt, torques, rl->state);
    }
}

static enum status
check_finite(const struct rl *rl, double delta, struct error *err)
{
    if (!isfinite(delta))
        return error_set(err, FAILED,
                         "what actions are worth is not finite in episode "
                         "%lld: rl.alpha is too large",
                         (long long)rl->done + 1);
    for (int i = 0; i < 2 * rl->task.joints; i++)
        if (!isfinite(rl->state[i]))
            return error_set(err, FAILED,
                             "the arm's state is not finite after %g s of "
                             "episode %lld",
                             (double)rl->taken * rl->task.interval,
                             (long long)rl->done + 1);
    return OK;
}

/* ---- learning ----------------------------------------------------------- */

static void
visit(struct rl *rl, int64_t place)
{
    if (rl->traces[place] == 0)
        rl->traced[rl->traced_count++] = (int32_t)place;
    rl->traces[place] += 1;
}

/* Whether a trace goes on to change anything. One that could not change a bit
 * of its Q, nor of a visit added to it, is forgotten: so all bits are those of
 * a sum over all places, and only some hundred places have one. */
static bool
trace_matters(const struct rl *rl, int32_t place)
{
    double trace = rl->traces[place];

    if (trace < TRACE_LEAST)
        return false;
    return trace >= HALF_BIT || !(trace * rl->spec.rl.alpha * DELTA_MOST <
                                  fabs(rl->Q[place]) * HALF_BIT);
}

static void
learn(struct rl *rl, double delta)
{
    double step = rl->spec.rl.alpha * delta;
    double decay = rl->spec.rl.gamma * rl->spec.rl.lambda;
    int64_t kept = 0;

    for (int64_t i = 0; i < rl->traced_count; i++) {
        int32_t place = rl->traced[i];

        rl->Q[place] += step * rl->traces[place];
        rl->traces[place] *= decay;
        if (trace_matters(rl, place))
            rl->traced[kept++] = place;
        else
            rl->traces[place] = 0;
    }
    rl->traced_count = kept;
}

void
sarsa_trace_all(struct rl *rl)
{
    rl->traced_count = 0;
    for (int64_t place = 0; place < rl->cells * rl->task.actions; place++)
        if (rl->traces[place] != 0)
            rl->traced[rl->traced_count++] = (int32_t)place;
}

enum status
sarsa_act(struct rl *rl, struct error *err)
{
    double before = rl->Q[rl->place];
    double delta;
    int last = rl->action;
    int64_t cell = task_cell(&rl->task, rl->state) * rl->task.actions;
    enum status status = rl_rows_reserve(rl, rl->taken + 2, err);

    if (status != OK)
        return status;
    visit(rl, rl->place);
    rl->action = choose(rl, rl->Q + cell);
    move(rl, rl->task.torques[last], rl->task.torques[rl->action]);
    rl->place = cell + rl->action;
    delta = -1 + rl->spec.rl.gamma * rl->Q[rl->place] - before;
    learn(rl, delta);
    rl->taken++;
    torques_keep(rl);
    return check_finite(rl, delta, err);
}
