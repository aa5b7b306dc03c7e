/* pack.c - what a seat is driven by in its next slice, as the device wants it.
 *
 * It is laid down while the slice before is still under way, so there are two
 * places for it, which take turns. */
#include "engine/engine_private.h"

#include <limits.h>
#include <math.h>

/* Numbers in the device's precision, row after row: `count` of `from`, at
 * `column` of rows as wide as `width`; false if one of them is not finite. */
static bool
columns_pack(void *to, size_t rows, size_t width, size_t column,
             const double *from, size_t count, size_t real_size)
{
    double *doubles = (double *)to + column;
    float *floats = (float *)to + column;
    int lost = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < count; j++) {
            const double number = from[i * count + j];
            lost |= !isfinite(number);
            if (real_size == sizeof(double))
                doubles[i * width + j] = number;
            else
                floats[i * width + j] = (float)number;
        }
    return lost == 0;
}

/* Whether step i has the gates of the step before. */
static bool
gates_stay(const struct engine_drive *drive, size_t i)
{
    return drive->gates[i] == drive->gates[i - 1] &&
           drive->feedback[i] == drive->feedback[i - 1] &&
           drive->eta[i] == drive->eta[i - 1];
}

/* The gates of a slice, as often as they change; how often. */
static size_t
gates_pack(const struct engine_drive *drive, void *gates, int *changes,
           size_t real_size)
{
    size_t count = 0;
    for (size_t i = 0; i < (size_t)drive->steps; i++) {
        const unsigned char bits = drive->gates[i];
        if (i > 0 && gates_stay(drive, i))
            continue;
        const double row[GATES] = {
            [GATE_ERROR] = (bits & DRIVE_ERROR) != 0,
            [GATE_GAIN] = bits & DRIVE_FEEDBACK ? drive->feedback[i] : 0,
            [GATE_LEARN] = (bits & DRIVE_LEARN) != 0,
            [GATE_ETA] = drive->eta[i],
            [GATE_CLAMP_FF] = (bits & DRIVE_CLAMP_FF) != 0,
            [GATE_CLAMP_REC] = (bits & DRIVE_CLAMP) != 0,
        };
        if (count > 0)
            changes[count - 1] = (int)i;
        reals_from_doubles(gates, count * GATES, row, GATES, real_size);
        changes[count++] = INT_MAX;
    }
    return count;
}

enum status
engine_pack(struct engine *engine, int seat, const struct engine_drive *drive,
            struct error *err)
{
    enum status status = seat_check(engine, seat, err);
    if (status != OK)
        return status;
    if (drive->steps < 0 || drive->steps > engine->steps_most)
        return error_set(err, INVALID, "a slice of %lld steps, of %d",
                         (long long)drive->steps, engine->steps_most);
    struct seat *place = &engine->seat[seat];
    const struct packed *packed = &engine->packed[engine->packing];
    const size_t real = (size_t)engine->fit.real_size;
    const size_t steps = (size_t)drive->steps;
    const size_t first = (size_t)seat * (size_t)engine->steps_most;
    const size_t row = engine->sizes.drive;
    const size_t d_in = (size_t)engine->shape.dimensions_in;
    char *drives = (char *)staging_bytes(packed->drives) + first * row * real;

    place->next = (struct stretch){
        .steps = drive->steps,
        .packed = packed,
        .spikes = drive->spikes && engine->shape.record_spikes,
    };
    if (!place->taken || steps == 0) {
        place->next.steps = 0;
        return OK;
    }
    place->next.finite =
        columns_pack(drives, steps, row, 0, drive->u, d_in, real) &&
        columns_pack(drives, steps, row, d_in, drive->target,
                     (size_t)engine->shape.dimensions, real);
    place->next.changes =
        gates_pack(drive, (char *)packed->gates + first * GATES * real,
                   packed->changes + first, real);
    return OK;
}

void
engine_drop(struct engine *engine, int seat)
{
    engine->seat[seat].next = (struct stretch){0};
}
