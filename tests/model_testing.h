/* model_testing.h - what the tests of the model share: networks as Nengo
 * recorded them, and comparison to the last bit.
 *
 * tests/data/network_*.npz hold the arrays of four networks as Nengo 2.4 and
 * 2.5 built them; every layer had seeds 3 (command) and 4 (recurrent). */
#ifndef FOLLOWD_MODEL_TESTING_H
#define FOLLOWD_MODEL_TESTING_H

#include "testing.h"

#include "model/model_private.h"
#include "npz/npz.h"

#include <math.h>
#include <string.h>

#define DATA_MOST ((size_t)1 << 20)

static TEST_UNUSED struct npz *
data_open(const char *name)
{
    struct bytes file = {0};
    struct npz *npz = NULL;
    struct error err;

    ck_assert_msg(file_read(test_data_path(name), DATA_MOST, &file, &err) == OK,
                  "%s", err.text);
    ck_assert_msg(npz_open(file.data, file.size, DATA_MOST, &npz, &err) == OK,
                  "%s", err.text);
    bytes_free(&file);
    return npz;
}

static TEST_UNUSED const double *
data_array(const struct npz *npz, const char *stem, const char *layer)
{
    char name[NPZ_NAME_SIZE];
    const struct npz_array *array;

    snprintf(name, sizeof(name), "%s%s", stem, layer);
    array = npz_find(npz, name);
    ck_assert_msg(array && array->type == NPZ_FLOAT64, "no %s", name);
    return array->data;
}

static TEST_UNUSED const struct network_recipe van_der_pol = {
    .neurons_ff = 100,
    .neurons_rec = 100,
    .dimensions_in = 2,
    .dimensions = 2,
    .radius_ff = 0.2,
    .radius_rec = 5,
    .max_rates = {200, 400},
    .intercepts = {-1, 1},
    .seed_ff = 3,
    .seed_rec = 4,
};

static TEST_UNUSED struct network_recipe
lorenz_recipe(void)
{
    struct network_recipe recipe = van_der_pol;

    recipe.neurons_ff = recipe.neurons_rec = 300;
    recipe.dimensions_in = recipe.dimensions = 3;
    recipe.radius_ff = 6;
    recipe.radius_rec = 30;
    return recipe;
}

static TEST_UNUSED struct ensemble_recipe
layer_recipe(const struct network_recipe *recipe, bool recurrent)
{
    return (struct ensemble_recipe){
        .neurons = recurrent ? recipe->neurons_rec : recipe->neurons_ff,
        .dimensions = recurrent ? recipe->dimensions : recipe->dimensions_in,
        .radius = recurrent ? recipe->radius_rec : recipe->radius_ff,
        .max_rates = {recipe->max_rates[0], recipe->max_rates[1]},
        .intercepts = {recipe->intercepts[0], recipe->intercepts[1]},
        .gain = recipe->gain,
        .bias = {recipe->bias[0], recipe->bias[1]},
        .seed = (uint32_t)(recurrent ? recipe->seed_rec : recipe->seed_ff),
    };
}

#endif
