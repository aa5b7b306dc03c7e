/* drive.c - command, reference and gates, step by step in order of time. */
#include "drive/drive_private.h"

#include <stdlib.h>
#include <string.h>

struct drive {
    struct spec spec;
    struct command *command;
    int dimensions_in, dimensions;
    struct drive_state state;
    double next_break; /* s, where u may jump next: follows from the step */
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
    struct drive_state start = {0};
    enum status status;

    if (!drive)
        return error_set(err, NO_MEMORY, "no memory for a drive");
    drive->spec = *spec;
    spec_dimensions(spec, &drive->dimensions, &drive->dimensions_in);
    status = plant_start(spec, start.x, err);
    if (status == OK)
        status = command_new(spec, &drive->command, err);
    if (status != OK) {
        drive_free(drive);
        return status;
    }
    drive_restore(drive, &start);
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
    return drive->state.step;
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
    double t = time_of(drive->state.step);
    double end = time_of(drive->state.step + 1);
    double left = SPEC_DT;

    while (drive->next_break < end - BREAK_NEAR) {
        double h = drive->next_break - t;

        plant_step(&drive->spec, drive->command, t, h, drive->state.x);
        left -= h;
        t = drive->next_break;
        drive->next_break = command_next_break(drive->command, t);
    }
    plant_step(&drive->spec, drive->command, t, left, drive->state.x);
    if (drive->next_break <= end + BREAK_NEAR)
        drive->next_break = command_next_break(drive->command, end);
    drive->state.step++;
}

void
drive_advance(struct drive *drive, int64_t steps, double *u, double *x,
              unsigned char *gates)
{
    int d_in = drive->dimensions_in, d = drive->dimensions;

    for (int64_t i = 0; i < steps; i++) {
        double t;

        advance_reference(drive);
        t = time_of(drive->state.step);
        command_at(drive->command, t, t, u + i * d_in);
        memcpy(x + i * d, drive->state.x, (size_t)d * sizeof(double));
        gates[i] = schedule_gates(&drive->spec, t);
    }
}

void
drive_save(const struct drive *drive, struct drive_state *out)
{
    *out = drive->state;
}

void
drive_restore(struct drive *drive, const struct drive_state *state)
{
    drive->state = *state;
    drive->next_break =
        command_next_break(drive->command, time_of(state->step));
}
