/* capacity.c - how many networks of one shape a device simulates at once. */
#include "engine/engine.h"

/* What a compute unit of a GPU has at hand: registers for so many neurons of
 * three factors each. */
#define NEURONS_A_UNIT 10240

/* Rows of a network's own state and constants, at most; see kernels/layout.h */
#define FIELDS (8 + 3 * SPEC_DIMENSIONS_MOST)

#define STEPS_USUAL 65536 /* of a slice, whose drive and trace take memory */

static double
seat_bytes(const struct engine_shape *shape)
{
    const double real = shape->precision == PRECISION_F64 ? 8 : 4;
    const double ff = (double)shape->neurons_ff;
    const double rec = (double)shape->neurons_rec;
    const double steps =
        STEPS_USUAL * (8.0 * shape->dimensions + shape->dimensions_in + 8);
    double each = 0; /* bytes of a connection */
    if (shape->weights == ENGINE_WEIGHTS_DENSE || shape->weights_fixed)
        each += real;
    if (shape->weights_masked)
        each += 1;
    return real * ((ff + rec) * FIELDS + steps) + each * (ff + rec) * rec;
}

/* A network that is larger than a unit's registers is simulated by several. */
int
engine_seats_best(const struct opencl_device *device,
                  const struct engine_shape *shape)
{
    const double neurons = (double)(shape->neurons_ff + shape->neurons_rec);
    const double fit = 0.5 * (double)device->memory / seat_bytes(shape);
    double seats = device->units;
    if (device->gpu && neurons > NEURONS_A_UNIT)
        seats *= NEURONS_A_UNIT / neurons;
    seats = seats < fit ? seats : fit;
    return seats < 1 ? 1 : (int)seats;
}
