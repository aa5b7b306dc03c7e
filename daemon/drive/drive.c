/* drive.c - command, reference and gates, step by step in order of time. */
#include "drive/drive_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The numbers of a state, in this order: the step, x [d], x * kappa [d]. */
struct drive {
    struct spec spec;
    struct command *command;
    int dimensions_in, dimensions;
    int64_t step;                          /* steps done                     */
    double x[SPEC_DIMENSIONS_MOST];        /* reference units, at step * dt  */
    double filtered[SPEC_DIMENSIONS_MOST]; /* x * kappa                      */
    double keep;       /* of the filter of the reference over a step         */
    double next_break; /* s, where u may jump next: follows from the step    */
};

/* Float64 as Python forms it: a product, never a running sum. */
static double
time_of(int64_t step)
{
    return (double)step * SPEC_DT;
}

enum status
drive_new(const struct spec *spec, struct drive **out, struct error *err)
{
    struct drive *drive = memory_array(1, sizeof(*drive));
    enum status status;

    if (!drive)
        return error_set(err, NO_MEMORY, "no memory for a drive");
    drive->spec = *spec;
    drive->keep = exp(-SPEC_DT / spec->network.tau_synapse);
    spec_dimensions(spec, &drive->dimensions, &drive->dimensions_in);
    status = plant_start(spec, drive->x, err);
    if (status == OK)
        status = command_new(spec, &drive->command, err);
    if (status != OK) {
        drive_free(drive);
        return status;
    }
    drive->next_break = command_next_break(drive->command, 0);
    *out = drive;
    return OK;
}

void
drive_free(struct drive *drive)
{
    if (!drive)
        return;
    command_free(drive->command);
    free(drive);
}

int
drive_dimensions_in(const struct drive *drive)
{
    return drive->dimensions_in;
}

int
drive_dimensions(const struct drive *drive)
{
    return drive->dimensions;
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

/* The reference one step on, cut where the command jumps within the step. A
 * jump on the grid, up to rounding, is no cut: the next step begins there. */
static void
advance_reference(struct drive *drive)
{
    double t = time_of(drive->step);
    double end = time_of(drive->step + 1);
    double left = SPEC_DT;

    while (drive->next_break < end - BREAK_NEAR) {
        double h = drive->next_break - t;

        plant_step(&drive->spec, drive->command, t, h, drive->x);
        left -= h;
        t = drive->next_break;
        drive->next_break = command_next_break(drive->command, t);
    }
    plant_step(&drive->spec, drive->command, t, left, drive->x);
    if (drive->next_break <= end + BREAK_NEAR)
        drive->next_break = command_next_break(drive->command, end);
    drive->step++;
}

/* The filter of the reference hands over what it held after the step before
 * (Nengo); the network of an arm sees the reference itself. */
static void
target_step(struct drive *drive, double *target)
{
    for (int i = 0; i < drive->dimensions; i++) {
        target[i] =
            drive->spec.reference.filtered ? drive->filtered[i] : drive->x[i];
        drive->filtered[i] =
            drive->keep * drive->filtered[i] + (1 - drive->keep) * drive->x[i];
    }
}

void
drive_advance(struct drive *drive, int64_t steps, const struct drive_rows *out)
{
    int d_in = drive->dimensions_in, d = drive->dimensions;

    for (int64_t i = 0; i < steps; i++) {
        double t;

        advance_reference(drive);
        t = time_of(drive->step);
        command_at(drive->command, t, t, out->u + i * d_in);
        memcpy(out->x + i * d, drive->x, (size_t)d * sizeof(double));
        target_step(drive, out->target + i * d);
        out->gates[i] = schedule_gates(&drive->spec, t);
        out->feedback[i] = schedule_gain(&drive->spec, t);
        out->eta[i] = schedule_eta(&drive->spec, t);
    }
}

size_t
drive_state_count(const struct drive *drive)
{
    return 1 + 2 * (size_t)drive->dimensions;
}

void
drive_save(const struct drive *drive, double *out)
{
    const size_t d = (size_t)drive->dimensions;

    out[0] = (double)drive->step;
    memcpy(out + 1, drive->x, d * sizeof(double));
    memcpy(out + 1 + d, drive->filtered, d * sizeof(double));
}

enum status
drive_restore(struct drive *drive, const double *state, size_t count,
              struct error *err)
{
    const size_t d = (size_t)drive->dimensions;

    if (count != drive_state_count(drive) || !(state[0] >= 0) ||
        state[0] > (double)drive_steps_total(drive))
        return error_set(err, CORRUPT, "the drive's state is not of this job");
    drive->step = (int64_t)state[0];
    memcpy(drive->x, state + 1, d * sizeof(double));
    memcpy(drive->filtered, state + 1 + d, d * sizeof(double));
    drive->next_break =
        command_next_break(drive->command, time_of(drive->step));
    return OK;
}
