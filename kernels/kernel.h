/* kernel.h - what differs between devices, so that the model does not.
 *
 * The host compiles the kernels with these definitions:
 *   REAL_BITS        32 or 64
 *   WIDTH            lanes of a vector: 1 on a GPU, 4 to 16 on a CPU
 *   GROUP            work-items of a work-group: many on a GPU, 1 on a CPU
 *   BLOCKS_FF, _REC  vectors of neurons that a work-item holds of each layer
 *   REGISTERS        1: a work-item keeps its neurons in registers
 *   SHUFFLE          1: NVIDIA's warp shuffles may be used
 *   INPUTS, DIMS     d_in, dimensions of the command, and d, of the state
 *   GAIN_TWICE       1: Nengo 2.5 and later, the gain acts after the synapse
 *   LEARN_LATE       1: Nengo 3 and later, weights change after their use
 *   RECORD_SPIKES    1: every spike is written out
 *
 * Without __OPENCL_VERSION__ the same text is plain C: one work-item, one
 * lane. That is the reference that tests can step through in a debugger. */
#ifndef FOLLOWD_KERNEL_H
#define FOLLOWD_KERNEL_H

#ifdef __OPENCL_VERSION__
/* Tells the compiler how many registers a work-item may take. */
#define OF_GROUP __attribute__((reqd_work_group_size(GROUP, 1, 1)))
#else
#include <stddef.h>
#define OF_GROUP
#define kernel static
#define global
#define local
#define private
#define restrict
#define get_group_id(axis) 0
#define get_local_id(axis) 0
typedef unsigned char uchar;
#endif

#if REAL_BITS == 64
#ifdef __OPENCL_VERSION__
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
typedef double real;
#define REAL_VECTOR(width) PASTE(double, width)
#define R(number) number
#else
typedef float real;
#define REAL_VECTOR(width) PASTE(float, width)
#define R(number) number##f
#endif

/* A quotient that only shifts a spike within its step: 2 ulp will do. */
#if defined(__OPENCL_VERSION__) && REAL_BITS == 32
#define DIVIDE(a, b) native_divide(a, b)
#else
#define DIVIDE(a, b) ((a) / (b))
#endif

#define PASTE(a, b) PASTE_EXPANDED(a, b)
#define PASTE_EXPANDED(a, b) a##b

#if WIDTH == 1
typedef real realv;
typedef uchar spikev;
#define TO_SPIKES(v) ((uchar)(v))
#define LANE_SUM(v) (v)
#else
typedef REAL_VECTOR(WIDTH) realv;
typedef PASTE(uchar, WIDTH) spikev;
#define TO_SPIKES(v) PASTE(convert_uchar, WIDTH)(v)
static inline real lane_sum(realv v);
#define LANE_SUM(v) lane_sum(v)
#endif

/* Where a work-item's neurons live: its registers, or the job's memory. */
#if REGISTERS
#define NEURONS private
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

#if WIDTH == 4
static inline real
lane_sum(realv v)
{
    return (v.s0 + v.s1) + (v.s2 + v.s3);
}
#elif WIDTH == 8
static inline real
lane_sum(realv v)
{
    const REAL_VECTOR(4) w = v.lo + v.hi;
    return (w.s0 + w.s1) + (w.s2 + w.s3);
}
#elif WIDTH == 16
static inline real
lane_sum(realv v)
{
    const REAL_VECTOR(8) w = v.lo + v.hi;
    const REAL_VECTOR(4) x = w.lo + w.hi;
    return (x.s0 + x.s1) + (x.s2 + x.s3);
}
#endif

#endif
