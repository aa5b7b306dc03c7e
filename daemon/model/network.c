/* network.c - two populations and what reads them out. */
#include "model/model_private.h"

#include <math.h>
#include <stdlib.h>

void
network_recipe_from_spec(const struct spec *spec, struct network_recipe *out)
{
    *out = (struct network_recipe){
        .neurons_ff = spec->network.neurons_ff,
        .neurons_rec = spec->network.neurons_rec,
        .radius_ff = spec->network.radius_ff,
        .radius_rec = spec->network.radius_rec,
        .max_rates = {spec->network.max_rates[0], spec->network.max_rates[1]},
        .intercepts = {spec->network.intercepts[0],
                       spec->network.intercepts[1]},
        .gain = spec->network.gain,
        .bias = {spec->network.bias[0], spec->network.bias[1]},
        .seed_ff = spec->network.seed_ff,
        .seed_rec = spec->network.seed_rec,
    };
    spec_dimensions(spec, &out->dimensions, &out->dimensions_in);
}

static enum status
population_check(const char *name, int64_t neurons, int dimensions,
                 double radius, int64_t seed, struct error *err)
{
    if (neurons < 1)
        return error_set(err, INVALID, "%s has no neurons", name);
    if (dimensions < 1 || dimensions > SPEC_DIMENSIONS_MOST)
        return error_set(err, INVALID, "%s has %d dimensions, not 1 to %d",
                         name, dimensions, SPEC_DIMENSIONS_MOST);
    if (!(radius > 0) || !isfinite(radius))
        return error_set(err, INVALID, "%s has radius %g", name, radius);
    if (seed < 0 || seed > UINT32_MAX)
        return error_set(err, INVALID, "%s has seed %lld, not 0 to %lld", name,
                         (long long)seed, (long long)UINT32_MAX);
    return OK;
}

/* What gains and biases come from. */
static enum status
ranges_check(const struct network_recipe *recipe, struct error *err)
{
    const double *rates = recipe->max_rates, *intercepts = recipe->intercepts;

    if (!(recipe->gain >= 0) || !isfinite(recipe->gain))
        return error_set(err, INVALID, "a gain of %g", recipe->gain);
    if (recipe->gain > 0)
        return isfinite(recipe->bias[0]) && isfinite(recipe->bias[1]) &&
                       recipe->bias[0] <= recipe->bias[1]
                   ? OK
                   : error_set(err, INVALID, "biases %g to %g are not in order",
                               recipe->bias[0], recipe->bias[1]);
    if (!(0 < rates[0] && rates[0] <= rates[1] && rates[1] < 1 / MODEL_TAU_REF))
        return error_set(err, INVALID, "max_rates %g to %g are not in (0, %g)",
                         rates[0], rates[1], 1 / MODEL_TAU_REF);
    if (!(-1e6 <= intercepts[0] && intercepts[0] <= intercepts[1] &&
          intercepts[0] < 1 && intercepts[1] <= 1))
        return error_set(err, INVALID,
                         "intercepts %g to %g are not in order and below 1",
                         intercepts[0], intercepts[1]);
    return OK;
}

static enum status
recipe_check(const struct network_recipe *recipe, struct error *err)
{
    enum status status = population_check(
        "the command layer", recipe->neurons_ff, recipe->dimensions_in,
        recipe->radius_ff, recipe->seed_ff, err);

    if (status == OK)
        status = population_check("the recurrent layer", recipe->neurons_rec,
                                  recipe->dimensions, recipe->radius_rec,
                                  recipe->seed_rec, err);
    return status == OK ? ranges_check(recipe, err) : status;
}

void
network_recipes(const struct network_recipe *recipe, struct ensemble_recipe *ff,
                struct ensemble_recipe *rec)
{
    *ff = (struct ensemble_recipe){
        .neurons = recipe->neurons_ff,
        .dimensions = recipe->dimensions_in,
        .radius = recipe->radius_ff,
        .max_rates = {recipe->max_rates[0], recipe->max_rates[1]},
        .intercepts = {recipe->intercepts[0], recipe->intercepts[1]},
        .gain = recipe->gain,
        .bias = {recipe->bias[0], recipe->bias[1]},
        .seed = (uint32_t)recipe->seed_ff,
    };
    *rec = *ff;
    rec->neurons = recipe->neurons_rec;
    rec->dimensions = recipe->dimensions;
    rec->radius = recipe->radius_rec;
    rec->seed = (uint32_t)recipe->seed_rec;
}

/* Moves an array out of the hand that held it. */
static double *
take(double **array)
{
    double *taken = *array;

    *array = NULL;
    return taken;
}

static void
take_command_layer(struct network *network, struct ensemble *ff)
{
    network->encoders_ff = take(&ff->encoders);
    network->gain_ff = take(&ff->gain);
    network->bias_ff = take(&ff->bias);
    network->scaled_encoders_ff = take(&ff->scaled_encoders);
}

static void
take_recurrent_layer(struct network *network, struct ensemble *rec)
{
    network->encoders_rec = take(&rec->encoders);
    network->gain_rec = take(&rec->gain);
    network->bias_rec = take(&rec->bias);
    network->scaled_encoders_rec = take(&rec->scaled_encoders);
}

static enum status
network_decoders(struct network *network, const struct ensemble *rec,
                 const char *cache_folder, struct error *err)
{
    enum status status;

    network->decoders =
        memory_array((size_t)rec->recipe.neurons,
                     (size_t)rec->recipe.dimensions * sizeof(double));
    if (!network->decoders)
        return error_set(err, NO_MEMORY, "no memory for decoders");
    if (cache_folder &&
        cache_get(cache_folder, &rec->recipe, network->decoders))
        return OK;
    status = decoders_solve(rec, rec->eval_points, rec->recipe.dimensions,
                            network->decoders, err);
    if (status == OK && cache_folder)
        cache_put(cache_folder, &rec->recipe, network->decoders);
    return status;
}

static enum status
network_fill(struct network *network, const char *cache_folder,
             struct error *err)
{
    struct ensemble_recipe ff_recipe, rec_recipe;
    struct ensemble ff = {0}, rec = {0};
    enum status status;

    network_recipes(&network->recipe, &ff_recipe, &rec_recipe);
    status = ensemble_build(&ff_recipe, &ff, err);
    if (status == OK)
        status = ensemble_build(&rec_recipe, &rec, err);
    if (status == OK)
        status = network_decoders(network, &rec, cache_folder, err);
    if (status == OK) {
        take_command_layer(network, &ff);
        take_recurrent_layer(network, &rec);
    }
    ensemble_free(&ff);
    ensemble_free(&rec);
    return status;
}

enum status
network_begin(const struct network_recipe *recipe, struct network **out,
              struct error *err)
{
    struct network *network;
    const enum status status = recipe_check(recipe, err);

    if (status != OK)
        return status;
    network = memory_array(1, sizeof(*network));
    if (!network)
        return error_set(err, NO_MEMORY, "no memory for a network");
    network->recipe = *recipe;
    network->neurons_ff = recipe->neurons_ff;
    network->neurons_rec = recipe->neurons_rec;
    network->dimensions_in = recipe->dimensions_in;
    network->dimensions = recipe->dimensions;
    network->radius_ff = recipe->radius_ff;
    network->radius_rec = recipe->radius_rec;
    *out = network;
    return OK;
}

enum status
network_build(const struct network_recipe *recipe, const char *cache_folder,
              struct network **out, struct error *err)
{
    struct network *network = NULL;
    enum status status = network_begin(recipe, &network, err);

    if (status == OK)
        status = network_fill(network, cache_folder, err);
    if (status == OK) {
        *out = network;
        network = NULL;
    }
    network_free(network);
    return status;
}

enum status
network_new(const struct spec *spec, const char *cache_folder,
            struct network **out, struct error *err)
{
    struct network_recipe recipe;

    network_recipe_from_spec(spec, &recipe);
    return network_build(&recipe, cache_folder, out, err);
}

void
network_free(struct network *network)
{
    if (!network)
        return;
    free(network->encoders_ff);
    free(network->gain_ff);
    free(network->bias_ff);
    free(network->scaled_encoders_ff);
    free(network->encoders_rec);
    free(network->gain_rec);
    free(network->bias_rec);
    free(network->scaled_encoders_rec);
    free(network->decoders);
    free(network);
}
