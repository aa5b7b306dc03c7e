/* plant_private.h - a plant, for plant.c and plants.c. */
#ifndef FOLLOWD_PLANT_PRIVATE_H
#define FOLLOWD_PLANT_PRIVATE_H

#include "drive/drive_private.h"

struct plant;

/* dx [d] 1/s from x [d]; `u` is the command for the user's own formulas, and
 * what the command adds to dx/dt for all others. */
typedef void derivative(const struct plant *plant, double t, const double *x,
                        const double *u, double *dx);

struct plant {
    const struct spec *spec;       /* [borrowed] */
    const struct command *command; /* [borrowed] */
    int d, d_in;
    double rate;               /* 1/s, 1 / tau_dyn */
    derivative *derivative;    /* NULL: not integrated, or an arm */
    struct formulas *formulas; /* [owned] NULL unless it is an expression */
    struct series *series;     /* [owned] NULL unless it is an array */
    double next_break;         /* s, where u may jump next */
    bool lanes;                /* several can go on side by side */
    bool known;                /* what holds until then: */
    bool clamped;
    bool held;                      /* u does not change at all... */
    double u[SPEC_DIMENSIONS_MOST]; /* ...and this is it, as it acts */
};

/* What the schedule and the command say between two jumps; to be asked for anew
 * when one lies behind, at t. */
void plant_look_up(struct plant *plant, double lookup);
void plant_pass_break(struct plant *plant, double t);

#endif
