/* fit.c - how a network is laid out on a device.
 *
 * A GPU keeps the neurons of a network in the registers of one multiprocessor:
 * as few work-items as have registers enough, because each of them repeats the
 * low-dimensional part of the model. A CPU core is one work-item that runs
 * over vectors of neurons in its cache. */
#include "engine/engine_private.h"

#include <stdio.h>
#include <stdlib.h>

#define REGISTERS_GROUP 65536 /* 32-bit registers of a multiprocessor */
#define REGISTERS_ITEM  255   /* that one work-item can have                 */
#define REGISTERS_SPARE 44    /* for everything but the neurons              */
#define GROUP_SPILL     512   /* work-items when some registers spill        */
#define SPILL_MOST      3     /* times the registers there are               */
#define GROUP_MEMORY    1024  /* work-items when registers are far too few   */

/* Work-groups that are tried, smallest first. */
static const int groups[] = {64, 128, 192, 256, 384, 512, 768, 1024};

static int64_t
blocks_for(int64_t neurons, int64_t items)
{
    return (neurons + items - 1) / items;
}

/* 32-bit registers that the neurons of one work-item take. */
static int64_t
registers_needed(const struct engine_shape *shape, int group)
{
    const int64_t d = shape->dimensions;
    const int64_t ff =
        FIXED_ENCODERS + shape->dimensions_in + STATE_FACTORS + d;
    const int64_t rec = FIXED_ENCODERS + 2 * d + STATE_FACTORS + d;
    const int64_t readout = shape->plastic_readout ? d : 0;
    const int64_t reals =
        ff * blocks_for(shape->neurons_ff, group) +
        (rec + readout) * blocks_for(shape->neurons_rec, group);
    return reals * (shape->precision == PRECISION_F64 ? 2 : 1);
}

static int64_t
registers_room(int group)
{
    const int64_t share = REGISTERS_GROUP / group;
    return share < REGISTERS_ITEM ? share : REGISTERS_ITEM;
}

/* Whether a group of that size holds the network in registers, of which it may
 * use `times` as many as there are. */
static bool
group_suits(const struct opencl_device *device,
            const struct engine_shape *shape, int group, int times)
{
    if ((unsigned)group > device->group_most)
        return false;
    if (!device->nvidia && (group & (group - 1)) != 0)
        return false; /* sum.cl halves the group */
    return registers_needed(shape, group) + REGISTERS_SPARE <=
           times * registers_room(group);
}

/* $FOLLOWD_GROUP, for measuring, overrides what is chosen here. Weights that
 * are not factored need every neuron's state where all can read it. */
static void
fit_gpu(const struct opencl_device *device, const struct engine_shape *shape,
        struct fit *fit)
{
    const char *asked = getenv("FOLLOWD_GROUP");
    const bool factored = shape->weights == ENGINE_WEIGHTS_FACTORED;
    fit->width = 1;
    fit->shuffle = device->nvidia;
    fit->registers = true;
    for (size_t i = 0; factored && i < ARRAY_LENGTH(groups); i++)
        if (asked != NULL ? atoi(asked) == groups[i]
                          : group_suits(device, shape, groups[i], 1)) {
            fit->group = groups[i];
            return;
        }
    if (factored && group_suits(device, shape, GROUP_SPILL, SPILL_MOST)) {
        fit->group = GROUP_SPILL;
        return;
    }
    fit->registers = false;
    fit->group = GROUP_MEMORY; /* halved, it stays what sum.cl can halve */
    while ((unsigned)fit->group > device->group_most && fit->group > 1)
        fit->group /= 2;
}

static void
fit_cpu(const struct opencl_device *device, const struct engine_shape *shape,
        struct fit *fit)
{
    const unsigned native = shape->precision == PRECISION_F64
                                ? device->width_f64
                                : device->width_f32;
    fit->registers = false;
    fit->shuffle = false;
    fit->group = 1;
    fit->width = native >= 16 ? 16 : native >= 8 ? 8 : 4;
}

/* What kernels/kernel.h asks for. */
static void
options_write(const struct opencl_device *device,
              const struct engine_shape *shape, struct fit *fit)
{
    snprintf(fit->options, sizeof(fit->options),
             "-w -cl-std=CL1.2 -cl-mad-enable -cl-denorms-are-zero %s"
             "-DREAL_BITS=%d -DWIDTH=%d -DGROUP=%d -DBLOCKS_FF=%d "
             "-DBLOCKS_REC=%d -DREGISTERS=%d -DSHUFFLE=%d -DINPUTS=%d "
             "-DDIMS=%d -DNEURONS_FF=%lld -DNEURONS_REC=%lld -DGAIN_TWICE=%d "
             "-DLEARN_LATE=%d -DCONNECT=%d -DWEIGHTS_FIXED=%d "
             "-DWEIGHTS_MASKED=%d -DWEIGHTS_CLIPPED=%d -DPLASTIC_READOUT=%d "
             "-DDECAY=%d -DDELAYED=%d -DNOISE=%d -DRECORD_SPIKES=%d",
             device->nvidia ? "-cl-nv-verbose " : "", fit->real_size * 8,
             fit->width, fit->group, fit->blocks_ff, fit->blocks_rec,
             fit->registers, fit->shuffle, shape->dimensions_in,
             shape->dimensions, (long long)shape->neurons_ff,
             (long long)shape->neurons_rec, shape->nengo != NENGO_2_4,
             shape->nengo == NENGO_4, (int)shape->weights, shape->weights_fixed,
             shape->weights_masked, shape->weights_clipped,
             shape->plastic_readout, shape->decays, shape->delay_steps > 0,
             shape->noisy, shape->record_spikes);
}

enum status
fit_choose(const struct opencl_device *device, const struct engine_shape *shape,
           struct fit *out, struct error *err)
{
    const bool wide = shape->precision == PRECISION_F64;
    if (wide && device->width_f64 == 0)
        return error_set(err, INVALID, "%s (%s) has no double precision",
                         device->id, device->name);
    *out = (struct fit){.real_size = wide ? 8 : 4};
    if (device->gpu)
        fit_gpu(device, shape, out);
    else
        fit_cpu(device, shape, out);

    const int64_t items = (int64_t)out->group * out->width;
    out->blocks_ff = (int)blocks_for(shape->neurons_ff, items);
    out->blocks_rec = (int)blocks_for(shape->neurons_rec, items);
    out->padded_ff = out->blocks_ff * items;
    out->padded_rec = out->blocks_rec * items;
    options_write(device, shape, out);
    return OK;
}
