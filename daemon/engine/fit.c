/* fit.c - how a network is laid out on a device.
 *
 * On NVIDIA the units of a network are warps whose lanes keep their neurons in
 * registers. How many units follows from the shape alone, so that a network has
 * the same bits however it runs: alone, with a multiprocessor for every few of
 * its units, so that each warp has a scheduler of its own; or, where many
 * networks advance at once, with as few multiprocessors as have registers
 * enough, each warp going through several units. Networks without end lie in
 * memory. On any other GPU a network is one work-group; on a CPU a work-item
 * goes through vectors of neurons in its cache, and a large network has
 * several, which as many cores share. */
#include "engine/engine_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARP            32
#define REGISTERS_GROUP 65536 /* 32-bit registers of a multiprocessor */
#define REGISTERS_ITEM  255   /* that one work-item can have                 */
#define REGISTERS_SPARE 44    /* for everything but the neurons              */
#define REGISTERS_LARGE 120   /* for neurons, so that a warp runs well       */
#define SCHEDULERS      4     /* of a multiprocessor                         */
#define UNITS_DIRECT    32    /* that post to each other at no extra cost    */
#define UNITS_GROUP     8     /* that are best one work-group                */
#define WARPS_MOST      32    /* of a work-group                             */
#define GROUP_MEMORY    1024  /* work-items where registers are too few      */
#define GROUP_PLAIN     512   /* ... of a GPU of any make                    */
#define UNITS_CPU       16    /* of a network that several cores may share   */
#define NEURONS_SHARED  20000 /* which is that large                         */

static int64_t
blocks_for(int64_t neurons, int64_t items)
{
    return (neurons + items - 1) / items;
}

static int64_t
larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* 32-bit registers that the neurons of one work-item take, if a network has so
 * many of them. */
static int64_t
registers_needed(const struct engine_shape *shape, int64_t items)
{
    const int64_t d = shape->dimensions;
    const int64_t ff =
        FIXED_ENCODERS + shape->dimensions_in + STATE_FACTORS + d;
    const int64_t rec = FIXED_ENCODERS + 2 * d + STATE_FACTORS + d;
    const int64_t readout = shape->plastic_readout ? d : 0;
    const int64_t reals =
        ff * blocks_for(shape->neurons_ff, items) +
        (rec + readout) * blocks_for(shape->neurons_rec, items);
    return reals * (shape->precision == PRECISION_F64 ? 2 : 1);
}

/* What else a work-item keeps; some of it is as wide as the state. */
static int64_t
registers_spare(const struct engine_shape *shape)
{
    return REGISTERS_SPARE + 6 * (shape->dimensions - 2);
}

static int64_t
registers_room(int group)
{
    const int64_t share = REGISTERS_GROUP / group;
    return share < REGISTERS_ITEM ? share : REGISTERS_ITEM;
}

/* $name, for measuring, overrides what is chosen here. */
static int
asked(const char *name, int chosen)
{
    const char *text = getenv(name);
    return text != NULL && atoi(text) > 0 ? atoi(text) : chosen;
}

/* How many units, from the shape alone: few blocks in each, as long as all of
 * them can post to each other; 0: registers do not hold the network. The steps
 * were measured (doc/performance.md). */
static int
units_choose(const struct opencl_device *device,
             const struct engine_shape *shape)
{
    static const struct {
        int blocks, units; /* so many units at most of so many blocks        */
    } steps[] = {{1, 2}, {2, 4}, {4, UNITS_GROUP}, {3, 24}, {4, 24}};
    const int64_t neurons = larger(shape->neurons_ff, shape->neurons_rec);
    const int most = (int)device->units * SCHEDULERS;
    int units = UNITS_DIRECT;
    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
        const int64_t enough = blocks_for(neurons, WARP * steps[i].blocks);
        if (enough <= steps[i].units) {
            units = (int)(enough <= UNITS_GROUP
                              ? enough
                              : blocks_for(enough, SCHEDULERS) * SCHEDULERS);
            break;
        }
    }
    while (units <= most &&
           registers_needed(shape, units * WARP) > REGISTERS_LARGE)
        units += SCHEDULERS;
    return units <= most ? units : 0;
}

/* The most units that a warp goes through, if a work-group has `units` of them
 * and keeps every scheduler busy; 0: registers are too few. */
static int
own_choose(const struct engine_shape *shape, int units, int of)
{
    const int64_t needed = registers_needed(shape, of * WARP);
    for (int own = units; own >= 1; own--) {
        const int warps = units / own;
        if (units % own == 0 && (warps >= SCHEDULERS || own == 1) &&
            warps <= WARPS_MOST &&
            own * needed + registers_spare(shape) <=
                registers_room(warps * WARP))
            return own;
    }
    return 0;
}

/* Into how many work-groups the units go: as many as leave every warp its
 * scheduler, if the device has room for `seats` such networks; else as many as
 * it has room for, or the fewest that registers allow. */
static void
parts_choose(const struct opencl_device *device,
             const struct engine_shape *shape, int seats, struct fit *fit)
{
    const int units = fit->units;
    const bool whole = units <= UNITS_GROUP || shape->delay_steps > 0;
    fit->parts = fit->own = 1;
    for (int parts = whole ? 1 : units / SCHEDULERS; parts >= 1; parts--) {
        const int own =
            units % parts == 0 ? own_choose(shape, units / parts, units) : 0;
        if (own == 0)
            continue;
        fit->parts = parts;
        fit->own = parts == units / SCHEDULERS ? 1 : own;
        if ((int64_t)seats * parts <= device->units)
            return;
    }
}

static void
fit_nvidia(const struct opencl_device *device, const struct engine_shape *shape,
           int seats, struct fit *fit)
{
    const bool factored = shape->weights == ENGINE_WEIGHTS_FACTORED;
    fit->unit = WARP;
    fit->shuffle = true;
    fit->units =
        factored ? asked("FOLLOWD_UNITS", units_choose(device, shape)) : 0;
    fit->registers = fit->units > 0;
    if (fit->registers) {
        parts_choose(device, shape, seats, fit);
        fit->parts = asked("FOLLOWD_PARTS", fit->parts);
        fit->own = asked("FOLLOWD_OWN", fit->own);
        return;
    }
    fit->parts = factored ? (int)device->units : 1;
    fit->units = fit->parts * (GROUP_MEMORY / WARP);
}

/* Halved again and again, the group stays what sum.cl can halve. */
static void
fit_plain(const struct opencl_device *device, const struct engine_shape *shape,
          struct fit *fit)
{
    const bool factored = shape->weights == ENGINE_WEIGHTS_FACTORED;
    fit->units = fit->parts = 1;
    fit->unit = 64;
    while (fit->unit < GROUP_PLAIN && factored &&
           registers_needed(shape, fit->unit) + registers_spare(shape) >
               registers_room(fit->unit))
        fit->unit *= 2;
    fit->registers =
        factored && (unsigned)fit->unit <= device->group_most &&
        registers_needed(shape, fit->unit) + registers_spare(shape) <=
            registers_room(fit->unit);
    if (!fit->registers)
        fit->unit = GROUP_MEMORY;
    while ((unsigned)fit->unit > device->group_most && fit->unit > 1)
        fit->unit /= 2;
}

/* Work-groups of PoCL run at once, as many as there are cores. */
static void
fit_cpu(const struct opencl_device *device, const struct engine_shape *shape,
        int seats, struct fit *fit)
{
    const unsigned native = shape->precision == PRECISION_F64
                                ? device->width_f64
                                : device->width_f32;
    const bool shared =
        shape->neurons_ff + shape->neurons_rec >= NEURONS_SHARED &&
        shape->weights == ENGINE_WEIGHTS_FACTORED;
    fit->width = native >= 16 ? 16 : native >= 8 ? 8 : 4;
    fit->unit = fit->parts = 1;
    fit->units = shared ? UNITS_CPU : 1;
    if (seats == 1 && shape->delay_steps == 0 &&
        strstr(device->platform, "Portable Computing Language") != NULL)
        while (fit->parts * 2 <= fit->units &&
               fit->parts * 2 <= (int)device->units)
            fit->parts *= 2;
    fit->parts = asked("FOLLOWD_PARTS", fit->parts);
}

/* What kernels/kernel.h asks for. */
static void
options_write(const struct opencl_device *device,
              const struct engine_shape *shape, struct fit *fit)
{
    snprintf(fit->options, sizeof(fit->options),
             "-w -cl-std=CL1.2 -cl-mad-enable -cl-denorms-are-zero %s"
             "-DREAL_BITS=%d -DWIDTH=%d -DGROUP=%d -DUNIT=%d -DUNITS=%d "
             "-DPARTS=%d -DBLOCKS_FF=%d -DBLOCKS_REC=%d -DREGISTERS=%d "
             "-DSHUFFLE=%d -DINPUTS=%d "
             "-DDIMS=%d -DNEURONS_FF=%lld -DNEURONS_REC=%lld -DGAIN_TWICE=%d "
             "-DLEARN_LATE=%d -DCONNECT=%d -DWEIGHTS_FIXED=%d "
             "-DWEIGHTS_MASKED=%d -DWEIGHTS_CLIPPED=%d -DPLASTIC_READOUT=%d "
             "-DDECAY=%d -DDELAYED=%d -DNOISE=%d -DRECORD_SPIKES=%d",
             device->nvidia ? "-cl-nv-verbose " : "", fit->real_size * 8,
             fit->width, fit->group, fit->unit, fit->units, fit->parts,
             fit->blocks_ff, fit->blocks_rec, fit->registers, fit->shuffle,
             shape->dimensions_in, shape->dimensions,
             (long long)shape->neurons_ff, (long long)shape->neurons_rec,
             shape->nengo != NENGO_2_4, shape->nengo == NENGO_4,
             (int)shape->weights, shape->weights_fixed, shape->weights_masked,
             shape->weights_clipped, shape->plastic_readout, shape->decays,
             shape->delay_steps > 0, shape->noisy, shape->record_spikes);
}

enum status
fit_choose(const struct opencl_device *device, const struct engine_shape *shape,
           int seats, struct fit *out, struct error *err)
{
    const bool wide = shape->precision == PRECISION_F64;
    if (wide && device->width_f64 == 0)
        return error_set(err, INVALID, "%s (%s) has no double precision",
                         device->id, device->name);
    *out = (struct fit){.real_size = wide ? 8 : 4, .width = 1, .own = 1};
    if (!device->gpu)
        fit_cpu(device, shape, seats, out);
    else if (device->nvidia)
        fit_nvidia(device, shape, seats, out);
    else
        fit_plain(device, shape, out);
    if (out->parts > 1 && (int64_t)seats * out->parts > device->units)
        return error_set(err, TOO_LARGE,
                         "%s holds %u networks of %lld + %lld neurons at once, "
                         "not %d",
                         device->id, device->units / (unsigned)out->parts,
                         (long long)shape->neurons_ff,
                         (long long)shape->neurons_rec, seats);

    const int64_t items = (int64_t)out->units * out->unit * out->width;
    out->group =
        device->gpu ? out->units / out->parts / out->own * out->unit : 1;
    out->blocks_ff = (int)blocks_for(shape->neurons_ff, items);
    out->blocks_rec = (int)blocks_for(shape->neurons_rec, items);
    out->padded_ff = out->blocks_ff * items;
    out->padded_rec = out->blocks_rec * items;
    options_write(device, shape, out);
    return OK;
}
