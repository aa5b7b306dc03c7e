/* seat.c - a network takes its place in an engine, with everything that its job
 * says it is before the first step. */
#include "worker/worker_private.h"

static enum status
network_make(const struct lineage *job, const char *cache, struct network **out,
             struct error *err)
{
    struct network_recipe recipe;
    if (job->network_arrays == NULL)
        return network_new(&job->spec, cache, out, err);
    network_recipe_from_spec(&job->spec, &recipe);
    return network_from_arrays(&recipe, job->network_arrays, out, err);
}

static enum status
decoders_spoil(const struct spec *spec, struct network *network,
               struct error *err)
{
    struct random random;
    if (!spec_spoils_decoders(spec))
        return OK;
    const enum status status = drive_streams(spec, NULL, &random, err);
    if (status != OK)
        return status;
    if (spec->readout.seed >= 0)
        random_seed(&random, (uint32_t)spec->readout.seed);
    network_spoil_decoders(network, spec->readout.decoder_factor,
                           spec->readout.decoder_noise, &random);
    return OK;
}

enum status
seat_take(const struct lineage *job, struct engine *engine, const char *cache,
          struct network **out, struct error *err)
{
    const struct engine_rule rule = engine_rule_of(&job->spec);
    struct connections connections = {0};
    struct network *network = NULL;
    enum status status = network_make(job, cache, &network, err);
    if (status == OK)
        status = decoders_spoil(&job->spec, network, err);
    if (status == OK)
        status = weights_make(job, network, &connections, err);
    if (status == OK)
        status = engine_seat(engine, 0, network, &connections, &rule, err);
    connections_free(&connections);
    if (status == OK) {
        *out = network;
        network = NULL;
    }
    network_free(network);
    return status;
}
