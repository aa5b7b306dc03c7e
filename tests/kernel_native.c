/* kernel_native.c - the very kernels, in the order in which engine/sources.c
 * has them compiled, as plain C. See kernel_native.h. */
#include "kernel_native.h"

#include "kernels/layout.h"
#include "kernels/kernel.h"
#include "kernels/neuron.cl"
#include "kernels/noise.cl"
#include "kernels/network.cl"
#include "kernels/sum.cl"
#include "kernels/layer.cl"
#include "kernels/connect.cl"
#include "kernels/filters.cl"
#include "kernels/summary.cl"
#include "kernels/advance.cl"

static void
native_advance(int steps, int most_delay, void *const arrays[])
{
    advance(steps, 1, most_delay, steps, arrays[0], arrays[1], arrays[2],
            arrays[3], arrays[4], arrays[5], arrays[6], arrays[7], arrays[8],
            arrays[9], arrays[10], arrays[11], arrays[12], arrays[13],
            arrays[14], arrays[15], arrays[16], arrays[17], arrays[18],
            arrays[19], arrays[20]);
}

static double
native_charge_fraction(double t)
{
    return charge_fraction((real)t);
}

static double
native_overshoot_steps(double y)
{
    return overshoot_steps((real)y);
}

static void
native_philox(unsigned word[4], unsigned key0, unsigned key1)
{
    philox(word, key0, key1);
}

static double
native_noise_normal(unsigned seed, unsigned layer, unsigned step,
                    unsigned neuron)
{
    return noise_normal(seed, layer, step, neuron);
}

const struct native NATIVE = {
    .real_size = sizeof(real),
    .neurons_ff = BLOCKS_FF,
    .neurons_rec = BLOCKS_REC,
    .dimensions_in = INPUTS,
    .dimensions = DIMS,
    .gain_twice = GAIN_TWICE,
    .learn_late = LEARN_LATE,
    .advance = native_advance,
    .charge_fraction = native_charge_fraction,
    .overshoot_steps = native_overshoot_steps,
    .philox = native_philox,
    .noise_normal = native_noise_normal,
};
