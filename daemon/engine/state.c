/* state.c - saving and loading what a seated network remembers.
 *
 * On the device a field is [P] with silent neurons at its end; outside it is
 * [N]. Bytes are copied as they are, so nothing is rounded. */
#include "engine/engine_private.h"

#include <stdlib.h>
#include <string.h>

/* Field by field between [fields][padded] and [fields][neurons]. */
static void
fields_trim(char *to, const char *from, size_t fields, size_t neurons,
            size_t padded, size_t real)
{
    for (size_t i = 0; i < fields; i++)
        memcpy(to + i * neurons * real, from + i * padded * real,
               neurons * real);
}

static void
fields_pad(char *to, const char *from, size_t fields, size_t neurons,
           size_t padded, size_t real)
{
    for (size_t i = 0; i < fields; i++)
        memcpy(to + i * padded * real, from + i * neurons * real,
               neurons * real);
}

static enum status
layer_save(struct engine *engine, int seat, enum engine_buffer buffer,
           size_t neurons, size_t padded, void **out, struct error *err)
{
    const size_t real = (size_t)engine->fit.real_size;
    const size_t fields = engine->sizes.fields;
    const size_t size = fields * padded * real;
    enum status status = NO_MEMORY;
    char *whole = memory_array(fields * padded, real);
    *out = memory_array(fields * neurons, real);
    if (whole == NULL || *out == NULL) {
        error_set(err, NO_MEMORY, "no memory for a state");
        goto out;
    }
    status = buffer_read(engine->buffers[buffer], (size_t)seat * size, whole,
                         size, err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    if (status == OK)
        fields_trim(*out, whole, fields, neurons, padded, real);
out:
    free(whole);
    return status;
}

static enum status
layer_load(struct engine *engine, int seat, enum engine_buffer buffer,
           size_t neurons, size_t padded, const void *from, struct error *err)
{
    const size_t real = (size_t)engine->fit.real_size;
    const size_t fields = engine->sizes.fields;
    const size_t size = fields * padded * real;
    char *whole = memory_array(fields * padded, real);
    if (whole == NULL)
        return error_set(err, NO_MEMORY, "no memory for a state");
    fields_pad(whole, from, fields, neurons, padded, real);
    enum status status = buffer_write(engine->buffers[buffer],
                                      (size_t)seat * size, whole, size, err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    free(whole);
    return status;
}

enum status
engine_save(struct engine *engine, int seat, struct engine_state *out,
            struct error *err)
{
    const size_t real = (size_t)engine->fit.real_size;
    const size_t filters = engine->sizes.filters * real;
    memset(out, 0, sizeof(*out));
    enum status status = seat_check(engine, seat, err);
    if (status != OK)
        return status;
    out->step = engine->seat[seat].step;
    out->real_size = real;
    out->fields = engine->sizes.fields;
    out->filter_count = engine->sizes.filters;
    out->filters = memory_array(engine->sizes.filters, real);
    if (out->filters == NULL)
        return error_set(err, NO_MEMORY, "no memory for a state");
    status = buffer_read(engine->buffers[BUFFER_FILTERS],
                         (size_t)seat * filters, out->filters, filters, err);
    if (status == OK)
        status = layer_save(engine, seat, BUFFER_STATES_FF,
                            (size_t)engine->shape.neurons_ff,
                            (size_t)engine->fit.padded_ff, &out->ff, err);
    if (status == OK)
        status = layer_save(engine, seat, BUFFER_STATES_REC,
                            (size_t)engine->shape.neurons_rec,
                            (size_t)engine->fit.padded_rec, &out->rec, err);
    if (status != OK)
        engine_state_free(out);
    return status;
}

enum status
engine_load(struct engine *engine, int seat, const struct engine_state *state,
            struct error *err)
{
    const size_t real = (size_t)engine->fit.real_size;
    const size_t filters = engine->sizes.filters * real;
    enum status status = seat_check(engine, seat, err);
    if (status != OK)
        return status;
    if (!engine->seat[seat].taken)
        return error_set(err, CONFLICT, "seat %d is empty", seat);
    if (state->real_size != real || state->fields != engine->sizes.fields ||
        state->filter_count != engine->sizes.filters)
        return error_set(err, INVALID,
                         "the state is of another precision or dimension");
    status = buffer_write(engine->buffers[BUFFER_FILTERS],
                          (size_t)seat * filters, state->filters, filters, err);
    if (status == OK)
        status = layer_load(engine, seat, BUFFER_STATES_FF,
                            (size_t)engine->shape.neurons_ff,
                            (size_t)engine->fit.padded_ff, state->ff, err);
    if (status == OK)
        status = layer_load(engine, seat, BUFFER_STATES_REC,
                            (size_t)engine->shape.neurons_rec,
                            (size_t)engine->fit.padded_rec, state->rec, err);
    if (status == OK)
        engine->seat[seat].step = state->step;
    return status;
}

void
engine_state_free(struct engine_state *state)
{
    free(state->ff);
    free(state->rec);
    free(state->filters);
    memset(state, 0, sizeof(*state));
}
