/* rl_private.h - what the files of this room share.
 *
 *   rl.c     the door: making, saving, restoring
 *   sarsa.c  how it learns
 *   task.c   what is to be reached, by which actions of which arm */
#ifndef FOLLOWD_RL_PRIVATE_H
#define FOLLOWD_RL_PRIVATE_H

#include "drive/drive.h"
#include "random/random.h"
#include "rl/rl.h"

#define TILES        10 /* along each angle and velocity */
#define JOINTS_MOST  2
#define ACTIONS_MOST 9
#define TIME_MOST    50000.0 /* s, of an episode */

/* ---- task.c ------------------------------------------------------------- */

struct task {
    int joints;
    int actions, start; /* how many, and which one is before the first     */
    double torques[ACTIONS_MOST][JOINTS_MOST]; /* N m                        */
    double interval, dt;        /* s, of an action, of the arm's step         */
    int steps;                  /* in an action                               */
    double speeds[JOINTS_MOST]; /* rad/s, tiles go from half of it below 0 to
                                 * one and a half above                      */
    double across, up; /* m, beyond which the end is to be                   */
    bool whole;        /* ... and the elbow, too                             */
};

MUST_USE enum status task_find(const struct spec *spec, struct task *out,
                               struct error *err);
/* Whether the arm is where the task wants it. */
bool task_is_done(const struct task *task, const struct spec *spec,
                  const double *state);
/* Which tile of TILES^(2 joints) a state is in: angles first. */
int64_t task_cell(const struct task *task, const double *state);

/* ---- rl.c --------------------------------------------------------------- */

struct rl {
    struct spec spec;
    struct task task;
    int64_t cells;
    double *Q, *traces; /* [cells][actions] [owned]                          */
    int32_t *traced;    /* [cells * actions] those with a trace [owned]      */
    int64_t traced_count;
    struct random random;
    double *times; /* [episodes] s [owned]                                   */
    int64_t done;  /* episodes                                               */
    /* The longest episode so far, and a row of 0. */
    double *torques;  /* [capacity][joints] [owned]                          */
    double *torque_t; /* [capacity] s [owned]                                */
    int64_t rows, capacity;
    /* The episode under way. */
    bool under_way;
    double state[DRIVE_STATES];
    int action;
    int64_t place; /* in Q: tile and action                                  */
    int64_t taken; /* actions so far                                         */
};

/* Room for so many rows of torques, and for the last one. */
MUST_USE enum status rl_rows_reserve(struct rl *rl, int64_t rows,
                                     struct error *err);

/* ---- sarsa.c ------------------------------------------------------------ */

MUST_USE enum status sarsa_begin(struct rl *rl, struct error *err);
/* One action, after which the episode may be over. */
MUST_USE enum status sarsa_act(struct rl *rl, struct error *err);
bool sarsa_is_over(const struct rl *rl);
/* Finds those with a trace, after a change of all. */
void sarsa_trace_all(struct rl *rl);

#endif
