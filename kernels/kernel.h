/* kernel.h - what differs between devices, so that the model does not.
 *
 * The host compiles the kernels with these definitions:
 *   REAL_BITS        32 or 64
 *   WIDTH            lanes of a vector: 1 on a GPU, 4 to 16 on a CPU
 *   GROUP            work-items of a work-group: many on a GPU, 1 on a CPU
 *   UNIT             work-items of a unit (network.cl): a warp, a group, or 1
 *   UNITS            units of a network
 *   PARTS            work-groups of a network, which all run at once
 *   BLOCKS_FF, _REC  vectors of neurons that a work-item of a unit holds of
 * each layer REGISTERS        1: a work-item keeps its neurons in registers
 *   SHUFFLE          1: NVIDIA's warp shuffles may be used
 *   INPUTS, DIMS     d_in, dimensions of the command, and d, of the state
 *   GAIN_TWICE       1: Nengo 2.5 and later, the gain acts after the synapse
 *   LEARN_LATE       1: Nengo 3 and later, weights change after their use
 *   CONNECT          how weights act, of enum connect
 *   WEIGHTS_FIXED    1: there is a W0 (gathered)
 *   WEIGHTS_MASKED   1: some connections do not exist (gathered, dense)
 *   WEIGHTS_CLIPPED  1: no weight is negative (dense)
 *   PLASTIC_READOUT  1: the decoders learn
 *   DECAY            1: weights decay
 *   DELAYED          1: the error is fed back late
 *   NOISE            1: neurons are noisy
 *   RECORD_SPIKES    1: spikes can be written out
 *
 * Without __OPENCL_VERSION__ the same text is plain C: one work-item, one
 * lane. That is the reference that tests can step through in a debugger. */
#ifndef FOLLOWD_KERNEL_H
#define FOLLOWD_KERNEL_H

#ifdef __OPENCL_VERSION__
/* Tells the compiler how many registers a work-item may take. */
#define OF_GROUP __attribute__((reqd_work_group_size(GROUP, 1, 1)))
#else
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#define OF_GROUP
#define kernel static
#define global
#define local
#define private
#define restrict
#define get_group_id(axis) 0
#define get_local_id(axis) 0
typedef unsigned char uchar;
typedef unsigned int uint;
typedef uint64_t ulong;
#endif

/* Waits until every work-item of the group sees the others' global writes. */
#if defined(__OPENCL_VERSION__) && GROUP > 1
#define GROUP_FENCE barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#else
#define GROUP_FENCE ((void)0)
#endif

#if REAL_BITS == 64
#ifdef __OPENCL_VERSION__
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
typedef double real;
#define REAL_VECTOR(width) PASTE(double, width)
#define R(number)          number
#else
typedef float real;
#define REAL_VECTOR(width) PASTE(float, width)
#define R(number)          number##f
#endif

/* A quotient that only shifts a spike within its step: 2 ulp will do. Without
 * a branch, which the exact quotient of a GPU has. */
#if SHUFFLE
#define DIVIDE(a, b) divide(a, b)
static inline float
reciprocal(float b)
{
    float r;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(b));
    return r;
}
static inline real
divide(real a, real b)
{
    real r = reciprocal((float)b);
#if REAL_BITS == 64
    r = r * fma(-b, r, 2.0);
    r = r * fma(-b, r, 2.0);
    const real q = a * r;
    return fma(fma(-b, q, a), r, q);
#else
    return a * r;
#endif
}
#elif defined(__OPENCL_VERSION__) && REAL_BITS == 32
#define DIVIDE(a, b) native_divide(a, b)
#else
#define DIVIDE(a, b) ((a) / (b))
#endif

/* x, no less than 0 and no more than 1: on a GPU part of what made x. */
#ifdef __OPENCL_VERSION__
#define CUT(x) clamp(x, (realv)0, (realv)1)
#else
#define CUT(x) ((x) < 0 ? (real)0 : (x) > 1 ? (real)1 : (x))
#endif

#define PASTE(a, b)          PASTE_EXPANDED(a, b)
#define PASTE_EXPANDED(a, b) a##b

#if WIDTH == 1
typedef real realv;
typedef uint uintv;
typedef uchar ucharv;
#define TO_WORDS(v) ((uint)(v))
#define TO_REALS(v) ((real)(v))
#define LANE_SUM(v) (v)
#define LANES       ((uint)0)
#else
typedef REAL_VECTOR(WIDTH) realv;
typedef PASTE(uint, WIDTH) uintv;
typedef PASTE(uchar, WIDTH) ucharv;
#define TO_WORDS(v) PASTE(convert_uint, WIDTH)(v)
#if REAL_BITS == 64
#define TO_REALS(v) PASTE(convert_double, WIDTH)(v)
#else
#define TO_REALS(v) PASTE(convert_float, WIDTH)(v)
#endif
static inline real lane_sum(realv v);
#define LANE_SUM(v) lane_sum(v)
#endif
#ifdef __OPENCL_VERSION__
#define HIGH_WORD(a, b) mul_hi(a, b)
#else
#define HIGH_WORD(a, b) ((uint)((uint64_t)(a) * (b) >> 32))
#endif

/* Where a work-item's neurons live: its registers, or the job's memory. */
#if REGISTERS
#define NEURONS        private
#define UNROLL_NEURONS _Pragma("unroll")
#else
#define NEURONS global
#define UNROLL_NEURONS
#endif
#ifdef __OPENCL_VERSION__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL
#endif

/* Four numbers at once, from where four times their size divides the address.
 */
#ifdef __OPENCL_VERSION__
#define ALIGNED_LOAD(to, from)                                                 \
    {                                                                          \
        const REAL_VECTOR(4) four = *(global const REAL_VECTOR(4) *)(from);    \
        (to)[0] = four.s0, (to)[1] = four.s1;                                  \
        (to)[2] = four.s2, (to)[3] = four.s3;                                  \
    }
#else
#define ALIGNED_LOAD(to, from) memcpy(to, from, 4 * sizeof(real))
#endif

/* LANES numbers the lanes of a vector, lane_sum() adds them up. */
#if WIDTH == 4
#define LANES ((uint4)(0, 1, 2, 3))
static inline real
lane_sum(realv v)
{
    return (v.s0 + v.s1) + (v.s2 + v.s3);
}
#elif WIDTH == 8
#define LANES ((uint8)(0, 1, 2, 3, 4, 5, 6, 7))
static inline real
lane_sum(realv v)
{
    const REAL_VECTOR(4) w = v.lo + v.hi;
    return (w.s0 + w.s1) + (w.s2 + w.s3);
}
#elif WIDTH == 16
#define LANES ((uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
static inline real
lane_sum(realv v)
{
    const REAL_VECTOR(8) w = v.lo + v.hi;
    const REAL_VECTOR(4) x = w.lo + w.hi;
    return (x.s0 + x.s1) + (x.s2 + x.s3);
}
#endif

#endif
