/* kernel_native.h - the kernels as plain C, for a debugger and for the tests.
 *
 * kernel_native.c is compiled once for every shape that daemon/engine/room.am
 * names, each an object of its own. To walk through a step:
 *
 *   touch tests/kernel_native.c
 *   make CFLAGS='-g -O0' tests/test_kernel
 *   CK_RUN_CASE=plain_c_has_every_spike_of_nengo_2_4 CK_FORK=no \
 *       gdb -ex 'break neuron_step' -ex run tests/test_kernel */
#ifndef FOLLOWD_KERNEL_NATIVE_H
#define FOLLOWD_KERNEL_NATIVE_H

#include <stddef.h>

/* The kernels in one shape, with one work-item of one lane. */
struct native {
    size_t real_size; /* bytes                                               */
    int neurons_ff, neurons_rec;
    int dimensions_in, dimensions;
    int gain_twice, learn_late; /* as in kernels/kernel.h */

    /* advance() of kernels/advance.cl for one job and one summary; `arrays` are
     * its arguments after the numbers, in their order. */
    void (*advance)(int steps, int most_delay, void *const arrays[]);
    /* The functions of kernels/neuron.cl, argument and value rounded. */
    double (*charge_fraction)(double t);
    double (*overshoot_steps)(double y);
    /* Those of kernels/noise.cl. */
    void (*philox)(unsigned word[4], unsigned key0, unsigned key1);
    double (*noise_normal)(unsigned seed, unsigned layer, unsigned step,
                           unsigned neuron);
};

extern const struct native native_f64;
extern const struct native native_f32;
extern const struct native native_f64_gain_twice;
extern const struct native native_f64_learn_late;

#endif
