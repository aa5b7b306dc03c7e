/* drive.c - all that comes from outside, step by step in order of time. */
#include "drive/drive_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANGE_NEAR 1e-6 /* s, far more than any rounding of a time */

/* What does not change for some steps. */
struct stretch {
    int64_t last; /* step; the next one is to be looked up                   */
    double u[SPEC_DIMENSIONS_MOST]; /* if the command is stepwise            */
    double eta;
    unsigned char gates;
};

struct drive {
    struct spec spec;
    struct command *command;
    struct plant *plant;
    struct target target;
    struct stretch stretch;
    int d_in, d;
    int64_t step;      /* steps done                                        */
    size_t state_size; /* numbers in `state`                                */
    double *state;     /* of the plant [DRIVE_STATES], or the last estimate of
                        * the network that is imitated; then of the target  */
};

/* ---- checking ----------------------------------------------------------- */

static void
fault_of_beginning(const struct spec *spec, struct formulas *formulas, int i,
                   double x1, struct faults *faults)
{
    const char *what;
    const char *at = culprit_find(formulas, spec, i, &what);
    char pointer[48], place[32] = "";

    snprintf(pointer, sizeof(pointer), "/system/expressions/%d", i);
    if (at)
        snprintf(place, sizeof(place), "at character %d: ",
                 (int)(at - spec->system.expressions[i]) + 1);
    fault_add(faults, pointer, "%s%s at the start, t = 0, x1 = %.6g, u1 = 0",
              place, at ? what : "it is not finite", x1);
}

/* The slopes at x(0) without a command: where a formula divides by zero, this
 * is where it shows first. */
static void
check_beginning(const struct spec *spec, struct formulas *formulas,
                struct faults *faults)
{
    const double u[SPEC_DIMENSIONS_MOST] = {0};
    double x[SPEC_DIMENSIONS_MOST], dx[SPEC_DIMENSIONS_MOST];
    int d, d_in;

    spec_dimensions(spec, &d, &d_in);
    drive_begin(spec, x);
    formulas_evaluate(formulas, 0, x, u, dx);
    for (int i = 0; i < d; i++)
        if (!isfinite(dx[i]))
            fault_of_beginning(spec, formulas, i, x[0], faults);
}

void
drive_check(const struct spec *spec, struct faults *faults)
{
    struct formulas *formulas;

    if (spec->system.type != SYSTEM_EXPRESSION)
        return;
    formulas = formulas_new(spec, faults);
    if (formulas)
        check_beginning(spec, formulas, faults);
    formulas_free(formulas);
}

/* ---- making ------------------------------------------------------------- */

static bool
imitates_network(const struct drive *drive)
{
    return drive->spec.reference.job != 0;
}

static enum status
state_make(struct drive *drive, struct error *err)
{
    double x[SPEC_DIMENSIONS_MOST] = {0};

    drive->state_size = DRIVE_STATES + target_state_size(&drive->target);
    drive->state = memory_array(drive->state_size, sizeof(double));
    if (!drive->state)
        return error_set(err, NO_MEMORY, "no memory for a delay of %g s",
                         drive->spec.reference.delay);
    plant_seek(drive->plant, 0);
    if (!imitates_network(drive))
        plant_start(drive->plant, drive->state);
    if (!imitates_network(drive))
        plant_observe(drive->plant, 0, drive->state, x);
    target_start(&drive->target, x, drive->state + DRIVE_STATES);
    return OK;
}

enum status
drive_new(const struct spec *spec, const struct drive_sources *sources,
          struct drive **out, struct error *err)
{
    static const struct drive_sources none;
    struct drive *drive = memory_array(1, sizeof(*drive));
    enum status status;

    if (!drive)
        return error_set(err, NO_MEMORY, "no memory for a drive");
    if (!sources)
        sources = &none;
    drive->spec = *spec;
    spec_dimensions(spec, &drive->d, &drive->d_in);
    target_set(&drive->target, &drive->spec, drive->d);
    status = command_new(spec, sources, &drive->command, err);
    if (status == OK)
        status = plant_new(&drive->spec, sources, drive->command, &drive->plant,
                           err);
    if (status == OK)
        status = state_make(drive, err);
    if (status != OK) {
        drive_free(drive);
        return status;
    }
    *out = drive;
    return OK;
}

void
drive_free(struct drive *drive)
{
    if (!drive)
        return;
    plant_free(drive->plant);
    command_free(drive->command);
    free(drive->state);
    free(drive);
}

int
drive_dimensions_in(const struct drive *drive)
{
    return drive->d_in;
}

int
drive_dimensions(const struct drive *drive)
{
    return drive->d;
}

int64_t
drive_step(const struct drive *drive)
{
    return drive->step;
}

int64_t
drive_steps_total(const struct drive *drive)
{
    return spec_steps(&drive->spec);
}

/* ---- going on ----------------------------------------------------------- */

/* What the state of the plant, one step further by now, looks like. */
static void
observe_reference(struct drive *drive, double *x, double *target)
{
    int64_t step = drive->step + 1;

    plant_observe(drive->plant, step, drive->state, x);
    target_advance(&drive->target, step, x, drive->state + DRIVE_STATES,
                   target);
}

/* u as the network sees it. */
static void
command_see(const struct drive *drive, double t, double *u)
{
    command_at(drive->command, t, t, u);
    if (spec_is_arm(&drive->spec))
        arm_scale_torques(&drive->spec, u);
}

/* What holds in a step, and for how long. A step that is near a change by
 * rounding is looked up by itself, for on which side of it a step falls is
 * decided as the scripts do. */
static void
stretch_begin(struct drive *drive, int64_t step)
{
    struct stretch *stretch = &drive->stretch;
    double t = step_time(step), before = t - SPEC_DT / 2;
    double next = schedule_next_change(&drive->spec, before);

    stretch->gates = schedule_gates(&drive->spec, t);
    stretch->eta = schedule_eta(&drive->spec, t);
    if (command_is_stepwise(drive->command)) {
        command_see(drive, t, stretch->u);
        next = fmin(next, command_next_break(drive->command, before));
    }
    stretch->last = (int64_t)floor((next - CHANGE_NEAR) / SPEC_DT);
    if (stretch->last < step)
        stretch->last = step;
}

/* All of a step but the plant's part. */
static void
advance_rest(struct drive *drive, const struct drive_rows *rows, int64_t row)
{
    int64_t step = drive->step + 1;
    double t = step_time(step);
    double *u = rows->u + row * drive->d_in;

    if (!imitates_network(drive))
        observe_reference(drive, rows->x + row * drive->d,
                          rows->target + row * drive->d);
    if (step > drive->stretch.last)
        stretch_begin(drive, step);
    if (command_is_stepwise(drive->command))
        memcpy(u, drive->stretch.u, (size_t)drive->d_in * sizeof(double));
    else
        command_see(drive, t, u);
    rows->gates[row] = drive->stretch.gates;
    rows->feedback[row] = schedule_gain(&drive->spec, t);
    rows->eta[row] = drive->stretch.eta;
    drive->step = step;
}

void
drive_advance(struct drive *drive, int64_t steps, const struct drive_rows *out)
{
    for (int64_t i = 0; i < steps; i++) {
        if (!imitates_network(drive))
            plant_advance(drive->plant, drive->step, drive->state);
        advance_rest(drive, out, i);
    }
}

/* Row i of those that have one. */
static void
advance_row(struct drive *const drives[], const int64_t steps[],
            const struct drive_rows *const outs[], int count, int64_t row)
{
    struct plant *plants[LANES];
    double *states[LANES];
    int64_t from[LANES];
    int moving = 0;

    for (int i = 0; i < count; i++) {
        if (row >= steps[i] || imitates_network(drives[i]))
            continue;
        plants[moving] = drives[i]->plant;
        states[moving] = drives[i]->state;
        from[moving++] = drives[i]->step;
    }
    plant_advance_all(plants, from, states, moving);
    for (int i = 0; i < count; i++)
        if (row < steps[i])
            advance_rest(drives[i], outs[i], row);
}

void
drive_advance_all(struct drive *const drives[], const int64_t steps[],
                  const struct drive_rows *const outs[], int count)
{
    for (int first = 0; first < count; first += LANES) {
        int some = count - first < LANES ? count - first : LANES;
        int64_t most = 0;

        for (int i = first; i < first + some; i++)
            most = steps[i] > most ? steps[i] : most;
        for (int64_t row = 0; row < most; row++)
            advance_row(drives + first, steps + first, outs + first, some, row);
    }
}

/* What the estimate is compared with is the other one of the step before, as
 * both leave filters of one kind. */
void
drive_imitate(struct drive *drive, int64_t steps, const double *x_hat,
              const struct drive_rows *out)
{
    const int d = drive->d;
    const size_t size = (size_t)d * sizeof(double);

    for (int64_t i = 0; i < steps; i++) {
        target_advance(&drive->target, drive->step - steps + 1 + i,
                       drive->state, drive->state + DRIVE_STATES,
                       out->target + i * d);
        memcpy(drive->state, x_hat + i * d, size);
        memcpy(out->x + i * d, x_hat + i * d, size);
    }
}

size_t
drive_state_count(const struct drive *drive)
{
    return 1 + drive->state_size;
}

void
drive_save(const struct drive *drive, double *out)
{
    out[0] = (double)drive->step;
    memcpy(out + 1, drive->state, drive->state_size * sizeof(double));
}

enum status
drive_restore(struct drive *drive, const double *state, size_t count,
              struct error *err)
{
    if (count != drive_state_count(drive) || !(state[0] >= 0) ||
        state[0] > (double)drive_steps_total(drive))
        return error_set(err, CORRUPT, "the drive's state is not of this job");
    drive->step = (int64_t)state[0];
    memcpy(drive->state, state + 1, drive->state_size * sizeof(double));
    plant_seek(drive->plant, drive->step);
    drive->stretch.last = 0;
    return OK;
}
