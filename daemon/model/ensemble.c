/* ensemble.c - a population of leaky integrate-and-fire neurons from its seed,
 * as Nengo 2.4 and 2.5 draw it. doc/model.md, section 1. */
#include "model/model_private.h"

#include <math.h>
#include <stdlib.h>

/* How many points the decoders are fitted at: 500 a dimension within bounds,
 * and never fewer than two for each neuron. */
static int64_t
points_count(const struct ensemble_recipe *recipe)
{
    int64_t count = 500 * (int64_t)recipe->dimensions;

    if (count < 750)
        count = 750;
    if (count > 2500)
        count = 2500;
    return count < 2 * recipe->neurons ? 2 * recipe->neurons : count;
}

/* Divides each row by its length. */
static void
rows_normalise(double *rows /* [count][d] */, int64_t count, int d)
{
    for (double *row = rows; row < rows + count * d; row += d) {
        double square = 0;

        for (int k = 0; k < d; k++)
            square += row[k] * row[k];
        square = sqrt(square);
        for (int k = 0; k < d; k++)
            row[k] /= square;
    }
}

/* The d-th root: a point's distance from the centre of a ball that is filled
 * evenly, from a number in [0, 1). */
static double
root(double sample, int d)
{
    if (d == 1)
        return sample;
    return d == 2 ? sqrt(sample) : pow(sample, 1.0 / d);
}

static void
draw_points(struct random *random, struct ensemble *ensemble)
{
    int d = ensemble->recipe.dimensions;
    double *rows = ensemble->eval_points;

    random_fill_normal(random, ensemble->points * d, rows);
    rows_normalise(rows, ensemble->points, d);
    for (double *row = rows; row < rows + ensemble->points * d; row += d) {
        double distance = root(random_sample(random), d);

        for (int k = 0; k < d; k++)
            row[k] = row[k] * distance * ensemble->recipe.radius;
    }
}

/* Normalised when drawn and once more when built, which shows in the last
 * bit. */
static void
draw_encoders(struct random *random, struct ensemble *ensemble)
{
    int64_t neurons = ensemble->recipe.neurons;
    int d = ensemble->recipe.dimensions;

    random_fill_normal(random, neurons * d, ensemble->encoders);
    rows_normalise(ensemble->encoders, neurons, d);
    rows_normalise(ensemble->encoders, neurons, d);
}

/* Gain and bias put the threshold at the intercept and the maximal rate at
 * the radius. */
static void
derive_gains(struct ensemble *ensemble)
{
    const struct ensemble_recipe *recipe = &ensemble->recipe;
    int d = recipe->dimensions;

    for (int64_t i = 0; i < recipe->neurons; i++) {
        double rest = MODEL_TAU_REF - 1.0 / ensemble->max_rates[i]; /* s */
        double most = 1.0 / (1.0 - exponential(rest / MODEL_TAU_RC));
        double intercept = ensemble->intercepts[i];
        double gain = (1.0 - most) / (intercept - 1.0);

        ensemble->gain[i] = gain;
        ensemble->bias[i] = 1.0 - gain * intercept;
        for (int k = 0; k < d; k++)
            ensemble->scaled_encoders[i * d + k] =
                ensemble->encoders[i * d + k] * (gain / recipe->radius);
    }
}

/* One gain for all; biases are drawn instead of rates and intercepts. */
static void
draw_biases(struct random *random, struct ensemble *ensemble)
{
    const struct ensemble_recipe *recipe = &ensemble->recipe;
    int d = recipe->dimensions;

    random_fill_uniform(random, recipe->bias[0], recipe->bias[1],
                        recipe->neurons, ensemble->bias);
    for (int64_t i = 0; i < recipe->neurons; i++) {
        ensemble->gain[i] = recipe->gain;
        for (int k = 0; k < d; k++)
            ensemble->scaled_encoders[i * d + k] =
                ensemble->encoders[i * d + k] * (recipe->gain / recipe->radius);
    }
}

static enum status
ensemble_allocate(struct ensemble *ensemble, struct error *err)
{
    size_t neurons = (size_t)ensemble->recipe.neurons;
    size_t d = (size_t)ensemble->recipe.dimensions;
    size_t row = d * sizeof(double);

    ensemble->eval_points = memory_array((size_t)ensemble->points, row);
    ensemble->encoders = memory_array(neurons, row);
    ensemble->scaled_encoders = memory_array(neurons, row);
    ensemble->max_rates = memory_array(neurons, sizeof(double));
    ensemble->intercepts = memory_array(neurons, sizeof(double));
    ensemble->gain = memory_array(neurons, sizeof(double));
    ensemble->bias = memory_array(neurons, sizeof(double));
    if (ensemble->eval_points && ensemble->encoders &&
        ensemble->scaled_encoders && ensemble->max_rates &&
        ensemble->intercepts && ensemble->gain && ensemble->bias)
        return OK;
    ensemble_free(ensemble);
    return error_set(err, NO_MEMORY, "no memory for %lld neurons",
                     (long long)ensemble->recipe.neurons);
}

enum status
ensemble_build(const struct ensemble_recipe *recipe, struct ensemble *out,
               struct error *err)
{
    struct random random;
    enum status status;

    *out = (struct ensemble){.recipe = *recipe, .points = points_count(recipe)};
    status = ensemble_allocate(out, err);
    if (status != OK)
        return status;
    random_seed(&random, recipe->seed);
    draw_points(&random, out); /* the order of these four is the stream's */
    draw_encoders(&random, out);
    if (recipe->gain > 0) {
        draw_biases(&random, out);
        return OK;
    }
    random_fill_uniform(&random, recipe->max_rates[0], recipe->max_rates[1],
                        recipe->neurons, out->max_rates);
    random_fill_uniform(&random, recipe->intercepts[0], recipe->intercepts[1],
                        recipe->neurons, out->intercepts);
    derive_gains(out);
    return OK;
}

void
ensemble_free(struct ensemble *ensemble)
{
    free(ensemble->eval_points);
    free(ensemble->encoders);
    free(ensemble->scaled_encoders);
    free(ensemble->max_rates);
    free(ensemble->intercepts);
    free(ensemble->gain);
    free(ensemble->bias);
    *ensemble = (struct ensemble){.recipe = ensemble->recipe};
}

double
neuron_rate(double current)
{
    if (!(current > 1))
        return 0;
    return 1 / (MODEL_TAU_REF + MODEL_TAU_RC * log1p(1 / (current - 1)));
}
