/* readout.c - reading functions out of a network's spikes, and spoiling what
 * reads it. doc/model.md, section 2. */
#include "model/model_private.h"

#include <stdlib.h>
#include <string.h>

/* The layer as it was drawn, and then as the network has it: encoders, gains
 * and biases may be the user's own. */
static enum status
layer_ensemble(const struct network *network, enum model_layer layer,
               struct ensemble *out, struct error *err)
{
    const bool rec = layer == MODEL_REC;
    const int64_t neurons = rec ? network->neurons_rec : network->neurons_ff;
    const int d = rec ? network->dimensions : network->dimensions_in;
    const size_t size = (size_t)neurons * sizeof(double);
    struct ensemble_recipe recipes[2];
    enum status status;

    network_recipes(&network->recipe, &recipes[MODEL_FF], &recipes[MODEL_REC]);
    status = ensemble_build(&recipes[layer], out, err);
    if (status != OK)
        return status;
    memcpy(out->encoders, rec ? network->encoders_rec : network->encoders_ff,
           size * (size_t)d);
    memcpy(out->gain, rec ? network->gain_rec : network->gain_ff, size);
    memcpy(out->bias, rec ? network->bias_rec : network->bias_ff, size);
    return OK;
}

enum status
network_decode(const struct network *network, enum model_layer layer,
               model_function *function, void *context, int outputs,
               double *out, struct error *err)
{
    struct ensemble ensemble = {0};
    double *targets = NULL;
    enum status status = layer_ensemble(network, layer, &ensemble, err);

    if (status == OK) {
        targets = memory_array((size_t)ensemble.points,
                               (size_t)outputs * sizeof(double));
        if (!targets)
            status = error_set(err, NO_MEMORY, "no memory for %lld points",
                               (long long)ensemble.points);
    }
    if (status == OK) {
        const int d = ensemble.recipe.dimensions;

        for (int64_t i = 0; i < ensemble.points; i++)
            function(context, ensemble.eval_points + i * d,
                     targets + i * outputs);
        status = decoders_solve(&ensemble, targets, outputs, out, err);
    }
    free(targets);
    ensemble_free(&ensemble);
    return status;
}

void
network_spoil_decoders(struct network *network, double factor, double noise,
                       struct random *random)
{
    const int64_t count = network->dimensions * network->neurons_rec;

    for (int64_t i = 0; i < count; i++) {
        double sample = -1 + 2 * random_sample(random);

        network->decoders[i] *= factor + sample * noise;
    }
}
