/* seat.c - a network takes its place on the device. */
#include "engine/engine_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum status
seat_check(const struct engine *engine, int seat, struct error *err)
{
    if (seat < 0 || seat >= engine->seats)
        return error_set(err, INVALID, "no seat %d among %d", seat,
                         engine->seats);
    return OK;
}

enum status
seat_rests(const struct engine *engine, int seat, struct error *err)
{
    if (engine->under_way)
        return error_set(err, CONFLICT, "a slice is under way");
    return seat_check(engine, seat, err);
}

double
filter_keep(double tau)
{
    return tau > 0 ? exp(-SPEC_DT / tau) : 0;
}

static enum status
rule_write(struct engine *engine, int seat, const struct engine_rule *rule,
           struct error *err)
{
    const double n_ff = (double)engine->shape.neurons_ff;
    const double n_rec = (double)engine->shape.neurons_rec;
    const double take = 1 - filter_keep(rule->tau_synapse);
    const bool readout = engine->shape.plastic_readout;
    const double numbers[JOB_FIELDS] = {
        [JOB_SHARE_FF] = rule->plastic & PLASTIC_FF ? take / n_ff : 0,
        [JOB_SHARE_REC] = rule->plastic & PLASTIC_REC ? take / n_rec : 0,
        [JOB_SHARE_READOUT] =
            readout && rule->plastic & PLASTIC_READOUT ? take / n_rec : 0,
        [JOB_KEEP_SYNAPSE] = 1 - take,
        [JOB_TAKE_SYNAPSE] = take / SPEC_DT,
        [JOB_KEEP_FEEDBACK] = filter_keep(rule->tau_feedback),
        [JOB_TAKE_FEEDBACK] = 1 - filter_keep(rule->tau_feedback),
        [JOB_KEEP_ERROR] = filter_keep(rule->tau_error),
        [JOB_TAKE_ERROR] = 1 - filter_keep(rule->tau_error),
        [JOB_ERROR_CUTOFF] = rule->error_cutoff,
        [JOB_KEEP_WEIGHTS] = 1 - rule->decay * SPEC_DT,
        [JOB_NOISE_SD] = rule->noise_sd,
        [JOB_NOISE_MEAN] = rule->noise_mean,
    };
    double storage[JOB_FIELDS];
    const size_t real = (size_t)engine->fit.real_size;

    if (rule->delay_steps < 0 || rule->delay_steps > engine->shape.delay_steps)
        return error_set(err, INVALID, "a delay of %lld steps, of at most %lld",
                         (long long)rule->delay_steps,
                         (long long)engine->shape.delay_steps);
    reals_from_doubles(storage, 0, numbers, JOB_FIELDS, real);
    enum status status = buffer_write(engine->buffers[BUFFER_JOBS],
                                      (size_t)seat * JOB_FIELDS * real, storage,
                                      JOB_FIELDS * real, err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    if (status == OK)
        engine->seat[seat].rule = *rule;
    return status;
}

/* Column j of a row-major [N][columns] array becomes one field [P]. */
static void
field_from_column(void *fields, size_t field, size_t padded, const double *from,
                  size_t neurons, size_t columns, size_t j, size_t real)
{
    for (size_t i = 0; i < neurons; i++)
        reals_from_doubles(fields, field * padded + i, &from[i * columns + j],
                           1, real);
}

/* Writes one row of a seat and waits, so that `from` may go away. */
static enum status
row_write(struct engine *engine, enum engine_buffer buffer, int seat,
          const void *from, size_t numbers, struct error *err)
{
    const size_t size = numbers * (size_t)engine->fit.real_size;
    enum status status = buffer_write(engine->buffers[buffer],
                                      (size_t)seat * size, from, size, err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    return status;
}

/* One layer's fixed fields and gains; `decoders` is NULL for the command
 * layer. */
struct layer {
    const double *gain, *bias, *scaled_encoders, *decoders;
    size_t neurons, padded, inputs, numbers;
    enum engine_buffer fixed, gains;
};

static enum status
layer_write(struct engine *engine, int seat, const struct layer *layer,
            struct error *err)
{
    const size_t real = (size_t)engine->fit.real_size;
    const size_t padded = layer->padded;
    enum status status = NO_MEMORY;
    void *fields = memory_array(layer->numbers, real);
    void *gains = memory_array(padded, real);
    if (fields == NULL || gains == NULL) {
        error_set(err, NO_MEMORY, "no memory for %zu neurons", padded);
        goto out;
    }
    reals_from_doubles(gains, 0, layer->gain, layer->neurons, real);
    for (size_t i = 0; i < padded; i++) {
        const double above = (i < layer->neurons ? layer->bias[i] : 0) - 1;
        reals_from_doubles(fields, FIXED_BIAS * padded + i, &above, 1, real);
    }
    for (size_t j = 0; j < layer->inputs; j++)
        field_from_column(fields, FIXED_ENCODERS + j, padded,
                          layer->scaled_encoders, layer->neurons, layer->inputs,
                          j, real);
    for (size_t j = 0; layer->decoders != NULL && j < layer->inputs; j++)
        reals_from_doubles(
            fields, (FIXED_ENCODERS + layer->inputs + j) * padded,
            layer->decoders + j * layer->neurons, layer->neurons, real);
    status = row_write(engine, layer->gains, seat, gains, padded, err);
    if (status == OK)
        status =
            row_write(engine, layer->fixed, seat, fields, layer->numbers, err);
out:
    free(fields);
    free(gains);
    return status;
}

void
membranes_empty(void *state, size_t padded, size_t real)
{
    const double empty = -1;
    for (size_t i = 0; i < padded; i++)
        reals_from_doubles(state, STATE_MEMBRANE * padded + i, &empty, 1, real);
}

/* All zero, but for decoders that learn: they begin as the network's. */
static enum status
state_begin(struct engine *engine, int seat, const struct network *network,
            struct error *err)
{
    const struct row_sizes *row = &engine->sizes;
    const size_t real = (size_t)engine->fit.real_size;
    const size_t p_ff = (size_t)engine->fit.padded_ff;
    const size_t p_rec = (size_t)engine->fit.padded_rec;
    const size_t n_rec = (size_t)engine->shape.neurons_rec;
    const size_t ff = row->fields_ff * p_ff, rec = row->fields_rec * p_rec;
    const size_t most = (ff > rec ? ff : rec) + row->filters + row->ring;
    char *begin = memory_array(most, real);
    if (begin == NULL)
        return error_set(err, NO_MEMORY, "no memory for a state");
    enum status status =
        row_write(engine, BUFFER_FILTERS, seat, begin, row->filters, err);
    if (status == OK)
        status = row_write(engine, BUFFER_RINGS, seat, begin, row->ring, err);
    membranes_empty(begin, p_ff, real);
    if (status == OK)
        status = row_write(engine, BUFFER_STATES_FF, seat, begin, ff, err);
    memset(begin, 0, ff * real);
    membranes_empty(begin, p_rec, real);
    for (size_t i = 0; row->readout > 0 && i < (size_t)network->dimensions; i++)
        reals_from_doubles(begin, (row->readout + i) * p_rec,
                           network->decoders + i * n_rec, n_rec, real);
    if (status == OK)
        status = row_write(engine, BUFFER_STATES_REC, seat, begin, rec, err);
    free(begin);
    return status;
}

/* E^T E, from which the size of W = E D follows without making W. */
static void
gram_matrix(const struct network *network, struct seat *seat)
{
    const size_t d = (size_t)network->dimensions;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++) {
            double sum = 0;
            for (int64_t n = 0; n < network->neurons_rec; n++) {
                const double *e = network->scaled_encoders_rec + (size_t)n * d;
                sum += e[i] * e[j];
            }
            seat->gram[i][j] = sum;
        }
}

enum status
engine_seat(struct engine *engine, int seat, const struct network *network,
            const struct connections *connections,
            const struct engine_rule *rule, struct error *err)
{
    enum status status = seat_rests(engine, seat, err);
    if (status != OK)
        return status;
    if (network->neurons_ff != engine->shape.neurons_ff ||
        network->neurons_rec != engine->shape.neurons_rec ||
        network->dimensions_in != engine->shape.dimensions_in ||
        network->dimensions != engine->shape.dimensions)
        return error_set(err, INVALID, "the network has another shape");
    const struct layer ff = {network->gain_ff,
                             network->bias_ff,
                             network->scaled_encoders_ff,
                             NULL,
                             (size_t)network->neurons_ff,
                             (size_t)engine->fit.padded_ff,
                             (size_t)network->dimensions_in,
                             engine->sizes.fixed_ff,
                             BUFFER_FIXED_FF,
                             BUFFER_GAINS_FF};
    const struct layer rec = {network->gain_rec,
                              network->bias_rec,
                              network->scaled_encoders_rec,
                              network->decoders,
                              (size_t)network->neurons_rec,
                              (size_t)engine->fit.padded_rec,
                              (size_t)network->dimensions,
                              engine->sizes.fixed_rec,
                              BUFFER_FIXED_REC,
                              BUFFER_GAINS_REC};
    status = layer_write(engine, seat, &ff, err);
    if (status == OK)
        status = layer_write(engine, seat, &rec, err);
    if (status == OK)
        status = matrices_write(engine, seat, connections, err);
    if (status == OK)
        status = state_begin(engine, seat, network, err);
    if (status == OK)
        status = rule_write(engine, seat, rule, err);
    if (status != OK)
        return status;
    gram_matrix(network, &engine->seat[seat]);
    engine->seat[seat].step = 0;
    engine->seat[seat].next = (struct stretch){0};
    engine->seat[seat].taken = true;
    return OK;
}
