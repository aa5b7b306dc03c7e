/* ideal.c - weights that make a network the system from the start:
 * "initLearned" of the published scripts.
 *
 * What a synapse of tau filters follows dz/dt = (input - z) / tau; so for
 * dx/dt = f(x) + g(u) the recurrent weights must read tau f(x) + x out of the
 * recurrent layer, and the feedforward ones tau g(u) out of the command layer.
 */
#include "drive/drive.h"
#include "lineage/lineage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHECKS 16   /* pairs of x and u at which the sum is looked at */
#define NEAR   1e-9 /* of its size */

struct ideal {
    const struct equations *equations;
    double tau;      /* s */
    int d;           /* of x */
    bool not_finite; /* somewhere */
};

static void
finite_check(struct ideal *ideal, const double *out)
{
    for (int i = 0; i < ideal->d; i++)
        ideal->not_finite = ideal->not_finite || !isfinite(out[i]);
}

static void
state_wanted(void *context, const double *x, double *out)
{
    static const double none[SPEC_DIMENSIONS_MOST];
    struct ideal *ideal = context;
    double dx[SPEC_DIMENSIONS_MOST];
    equations_slope(ideal->equations, x, none, dx);
    for (int i = 0; i < ideal->d; i++)
        out[i] = ideal->tau * dx[i] + x[i];
    finite_check(ideal, out);
}

/* What u adds to dx/dt at x. */
static void
command_effect(const struct ideal *ideal, const double *x, const double *u,
               double *out)
{
    static const double none[SPEC_DIMENSIONS_MOST];
    double with[SPEC_DIMENSIONS_MOST], without[SPEC_DIMENSIONS_MOST];
    equations_slope(ideal->equations, x, u, with);
    equations_slope(ideal->equations, x, none, without);
    for (int i = 0; i < ideal->d; i++)
        out[i] = with[i] - without[i];
}

static void
command_wanted(void *context, const double *u, double *out)
{
    static const double origin[SPEC_DIMENSIONS_MOST];
    struct ideal *ideal = context;
    command_effect(ideal, origin, u, out);
    for (int i = 0; i < ideal->d; i++)
        out[i] *= ideal->tau;
    finite_check(ideal, out);
}

/* Whether u adds the same everywhere: asked at the ends of some encoders. */
static enum status
sum_check(const struct ideal *ideal, const struct network *network,
          struct error *err)
{
    static const double origin[SPEC_DIMENSIONS_MOST];
    for (int64_t i = 0; i < CHECKS; i++) {
        const double *e = network->encoders_rec +
                          i % network->neurons_rec * network->dimensions;
        const double *e_in = network->encoders_ff +
                             i % network->neurons_ff * network->dimensions_in;
        double x[SPEC_DIMENSIONS_MOST], u[SPEC_DIMENSIONS_MOST];
        double here[SPEC_DIMENSIONS_MOST], there[SPEC_DIMENSIONS_MOST];
        for (int j = 0; j < network->dimensions; j++)
            x[j] = e[j] * network->radius_rec;
        for (int j = 0; j < network->dimensions_in; j++)
            u[j] = e_in[j] * network->radius_ff;
        command_effect(ideal, x, u, here);
        command_effect(ideal, origin, u, there);
        for (int j = 0; j < ideal->d; j++)
            if (fabs(here[j] - there[j]) >
                NEAR * (1 + fabs(here[j]) + fabs(there[j])))
                return error_set(err, INVALID,
                                 "no weights are ideal: dx%d/dt is not the sum "
                                 "of a function of x and one of u",
                                 j + 1);
    }
    return OK;
}

static enum status
factors_find(struct ideal *ideal, const struct network *network, double *ff,
             double *rec, struct error *err)
{
    enum status status = sum_check(ideal, network, err);
    if (status == OK)
        status = network_decode(network, MODEL_FF, command_wanted, ideal,
                                ideal->d, ff, err);
    if (status == OK)
        status = network_decode(network, MODEL_REC, state_wanted, ideal,
                                ideal->d, rec, err);
    if (status == OK && ideal->not_finite)
        status = error_set(err, INVALID,
                           "no weights are ideal: dx/dt is not finite "
                           "everywhere within network.radius_rec");
    return status;
}

enum status
ideal_factors(const struct spec *spec, const struct network *network,
              double **ff, double **rec, struct error *err)
{
    const size_t d = (size_t)network->dimensions;
    struct equations *equations = NULL;
    struct ideal ideal = {.tau = spec->network.tau_synapse, .d = (int)d};
    *ff = memory_array((size_t)network->neurons_ff, d * sizeof(double));
    *rec = memory_array((size_t)network->neurons_rec, d * sizeof(double));
    if (*ff == NULL || *rec == NULL)
        return error_set(err, NO_MEMORY, "no memory for ideal weights");
    enum status status = equations_new(spec, &equations, err);
    ideal.equations = equations;
    if (status == OK)
        status = factors_find(&ideal, network, *ff, *rec, err);
    equations_free(equations);
    return status;
}
