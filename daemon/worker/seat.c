/* seat.c - a network takes its place in an engine, with everything that its job
 * says it is before the first step. */
#include "worker/worker_private.h"

/* Whoever spoils decoders has a network of its own. */
static enum status
network_make(const struct lineage *job, struct networks *networks,
             struct network **out, struct error *err)
{
    struct network_recipe recipe;
    network_recipe_from_spec(&job->spec, &recipe);
    if (job->network_arrays != NULL)
        return network_from_arrays(&recipe, job->network_arrays, out, err);
    if (spec_spoils_decoders(&job->spec))
        return network_build(&recipe, networks_cache(networks), out, err);
    return networks_take(networks, &job->spec, out, err);
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
seat_make(const struct lineage *job, struct networks *networks,
          struct network **network, struct connections *connections,
          struct error *err)
{
    enum status status = network_make(job, networks, network, err);
    if (status == OK)
        status = decoders_spoil(&job->spec, *network, err);
    if (status == OK)
        status = weights_make(job, *network, connections, err);
    return status;
}

enum status
seat_take(const struct lineage *job, const struct network *network,
          const struct connections *connections, struct engine *engine,
          int seat, struct error *err)
{
    const struct engine_rule rule = engine_rule_of(&job->spec);
    return engine_seat(engine, seat, network, connections, &rule, err);
}
