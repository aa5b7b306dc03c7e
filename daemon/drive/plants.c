/* plants.c - several plants, a step further together. */
#include "drive/plant_private.h"

#include <math.h>

/* Whether nothing happens in a step but that x goes on, under a command that
 * stands still. */
static bool
is_plain(struct plant *plant, int64_t step, const double *x)
{
    double t = step_time(step), end = step_time(step + 1);

    if (!plant->lanes || plant->next_break < end - BREAK_NEAR)
        return false;
    if (!plant->known)
        plant_look_up(plant, t + SPEC_DT / 2);
    for (int i = 0; i < plant->d; i++)
        if (!isfinite(x[i]))
            return false;
    return plant->held && !plant->clamped;
}

/* A step that is too long for one of them is taken again, by itself. */
static void
step_together(struct plant *const plants[], const int64_t steps[],
              double *const states[], int count)
{
    struct lane all[LANES];
    bool good[LANES];

    for (int i = 0; i < count; i++)
        all[i] = (struct lane){plants[i]->spec, plants[i]->u, states[i]};
    lanes_step(plants[0]->spec->system.type, all, count, SPEC_DT, good);
    for (int i = 0; i < count; i++) {
        double end = step_time(steps[i] + 1);

        if (!good[i])
            plant_advance(plants[i], steps[i], states[i]);
        else if (plants[i]->next_break <= end + BREAK_NEAR)
            plant_pass_break(plants[i], end);
    }
}

void
plant_advance_all(struct plant *const plants[], const int64_t steps[],
                  double *const states[], int count)
{
    struct plant *plain[LANES];
    double *plain_states[LANES];
    int64_t plain_steps[LANES];
    int together = 0;

    for (int i = 0; i < count; i++) {
        if (!is_plain(plants[i], steps[i], states[i]) ||
            (together > 0 &&
             plants[i]->spec->system.type != plain[0]->spec->system.type)) {
            plant_advance(plants[i], steps[i], states[i]);
            continue;
        }
        plain[together] = plants[i];
        plain_states[together] = states[i];
        plain_steps[together++] = steps[i];
    }
    if (together == 1)
        plant_advance(plain[0], plain_steps[0], plain_states[0]);
    else if (together > 1)
        step_together(plain, plain_steps, plain_states, together);
}
