/* task.c - what an arm is to reach, and what it can do for that. */
#include "rl/rl_private.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

enum body { BODY_LINK, BODY_ARM, BODY_ACROBOT };

/* Which torques an action may take, in units of the body's strength. */
enum choice { CHOICE_LAST, CHOICE_TOGETHER, CHOICE_ANY };

/* clang-format off */
static const struct {
    double strength;      /* N m */
    double interval, dt;  /* s */
    int steps;            /* in an action */
    double speeds[JOINTS_MOST];
} bodies[] = {
    [BODY_LINK]    = { 5, 0.1, 0.01, 10, { 10 } },
    [BODY_ARM]     = { 5, 0.1, 0.01, 10, { 10, 10 } },
    [BODY_ACROBOT] = { 2, 0.2, 0.05, 4,  { 4 * PI, 9 * PI } },
};

/* As published, but for the link: its script has a target and nothing else. */
static const struct {
    enum body body;
    enum rl_task task;
    enum choice choice;
    double across, up; /* m */
    bool whole;
} tasks[] = {
    { BODY_ARM,     RL_SWING,  CHOICE_LAST,     0.3,  -0.3,  false },
    { BODY_ARM,     RL_SWING2, CHOICE_LAST,     0.1,  -0.25, true },
    { BODY_ARM,     RL_REACH1, CHOICE_TOGETHER, 0.35, -0.2,  false },
    { BODY_ARM,     RL_REACH2, CHOICE_ANY,      0.5,  0.1,   false },
    { BODY_ARM,     RL_REACH3, CHOICE_ANY,      0.5,  -0.2,  false },
    { BODY_LINK,    RL_SWING,  CHOICE_LAST,     0.1,  0.1,   false },
    { BODY_ACROBOT, RL_SWING,  CHOICE_LAST,     1,    -1,    false },
};

/* All torques are zero in the middle one. The order decides between equals. */
static const struct {
    int count;
    signed char of[ACTIONS_MOST][2]; /* shoulder, elbow */
} choices[] = {
    [CHOICE_LAST]     = { 3, { {0, 1}, {0, 0}, {0, -1} } },
    [CHOICE_TOGETHER] = { 3, { {1, 1}, {0, 0}, {-1, -1} } },
    [CHOICE_ANY]      = { 9, { {-1, -1}, {-1, 0}, {-1, 1},
                               {0, -1},  {0, 0},  {0, 1},
                               {1, -1},  {1, 0},  {1, 1} } },
};
/* clang-format on */

static enum body
body_of(const struct spec *spec, int joints)
{
    enum system_type type = spec->system.type;

    if (type == SYSTEM_ACROBOT2_GRAVITY || type == SYSTEM_ACROBOT2XY_GRAVITY)
        return BODY_ACROBOT;
    return joints == 1 ? BODY_LINK : BODY_ARM;
}

static void
actions_fill(struct task *task, enum choice choice, double strength)
{
    task->actions = choices[choice].count;
    task->start = task->actions / 2;
    for (int i = 0; i < task->actions; i++)
        for (int j = 0; j < task->joints; j++)
            task->torques[i][j] =
                strength *
                choices[choice].of[i][JOINTS_MOST - task->joints + j];
}

enum status
task_find(const struct spec *spec, struct task *out, struct error *err)
{
    int d, joints;
    enum body body;

    spec_dimensions(spec, &d, &joints);
    body = body_of(spec, joints);
    for (size_t i = 0; i < ARRAY_LENGTH(tasks) && spec_is_arm(spec); i++) {
        if (tasks[i].body != body || tasks[i].task != spec->rl.task)
            continue;
        *out = (struct task){
            .joints = joints,
            .interval = bodies[body].interval,
            .dt = bodies[body].dt,
            .steps = bodies[body].steps,
            .across = tasks[i].across,
            .up = tasks[i].up,
            .whole = tasks[i].whole,
        };
        memcpy(out->speeds, bodies[body].speeds, sizeof(out->speeds));
        actions_fill(out, tasks[i].choice, bodies[body].strength);
        return OK;
    }
    return error_set(err, INVALID, "%s has no such task",
                     system_name(spec->system.type));
}

static bool
is_beyond(const struct task *task, const double *end)
{
    return -end[0] > task->up && end[1] > task->across;
}

bool
task_is_done(const struct task *task, const struct spec *spec,
             const double *state)
{
    double ends[2 * JOINTS_MOST];
    int count = drive_arm_ends(spec, state, ends);

    return is_beyond(task, ends + count - 2) &&
           (!task->whole || is_beyond(task, ends));
}

/* ---- tiles -------------------------------------------------------------- */

/* a % b, of the sign of b as in Python; b > 0. */
static double
remainder_of(double a, double b)
{
    double rest = fmod(a, b);

    return rest < 0 ? rest + b : rest;
}

/* a // b of NumPy, which is not always floor(a / b); b > 0. */
static double
quotient_of(double a, double b)
{
    double rest = fmod(a, b);
    double quotient = (a - rest) / b - (rest < 0 ? 1 : 0);
    double whole = floor(quotient);

    return quotient - whole > 0.5 ? whole + 1 : whole;
}

/* As an index of Python's: one below 0 counts from the end. The script fails
 * beyond that; here the outermost tile has the rest. */
static int64_t
tile_of(double value, double width)
{
    double tile = quotient_of(value, width);

    if (tile < 0)
        tile += TILES;
    return (int64_t)fmin(fmax(tile, 0), TILES - 1);
}

int64_t
task_cell(const struct task *task, const double *state)
{
    int64_t cell = 0;

    for (int j = 0; j < task->joints; j++)
        cell =
            cell * TILES + tile_of(remainder_of(state[j] + 2 * PI / 2, 2 * PI),
                                   2 * PI / TILES);
    for (int j = 0; j < task->joints; j++)
        cell = cell * TILES +
               tile_of(state[task->joints + j] + task->speeds[j] / 2,
                       2 * task->speeds[j] / TILES);
    return cell;
}
