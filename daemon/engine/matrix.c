/* matrix.c - weights that are not factors alone, on their way to the device.
 *
 * Outside a row is what one neuron receives; on the device the columns, what
 * one neuron sends, stand one after the other, each padded to [P_rec]. */
#include "engine/engine_private.h"

#include <stdlib.h>

/* One matrix [N_rec][neurons], or NULL for zeros, less what its mask, if any,
 * and its sign forbid. */
static enum status
matrix_write(struct engine *engine, int seat, enum engine_buffer buffer,
             const double *weights, const unsigned char *mask, size_t neurons,
             struct error *err)
{
    const bool clipped = engine->shape.weights_clipped;
    const size_t real = (size_t)engine->fit.real_size;
    const size_t post = (size_t)engine->shape.neurons_rec;
    const size_t padded = (size_t)engine->fit.padded_rec;
    const size_t size = neurons * padded * real;
    char *columns = memory_array(neurons * padded, real);
    if (columns == NULL)
        return error_set(err, NO_MEMORY, "no memory for %zu x %zu weights",
                         post, neurons);
    for (size_t i = 0; weights != NULL && i < post; i++)
        for (size_t j = 0; j < neurons; j++) {
            const size_t at = i * neurons + j;
            if ((mask == NULL || mask[at] != 0) &&
                !(clipped && weights[at] < 0))
                reals_from_doubles(columns, j * padded + i, &weights[at], 1,
                                   real);
        }
    enum status status = buffer_write(engine->buffers[buffer],
                                      (size_t)seat * size, columns, size, err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    free(columns);
    return status;
}

static enum status
mask_write(struct engine *engine, int seat, enum engine_buffer buffer,
           const unsigned char *mask, size_t neurons, struct error *err)
{
    const size_t post = (size_t)engine->shape.neurons_rec;
    const size_t padded = (size_t)engine->fit.padded_rec;
    unsigned char *columns = memory_array(neurons, padded);
    if (columns == NULL)
        return error_set(err, NO_MEMORY, "no memory for %zu x %zu connections",
                         post, neurons);
    for (size_t i = 0; i < post; i++)
        for (size_t j = 0; j < neurons; j++)
            columns[j * padded + i] =
                mask == NULL ? 1 : mask[i * neurons + j] != 0;
    enum status status =
        buffer_write(engine->buffers[buffer], (size_t)seat * neurons * padded,
                     columns, neurons * padded, err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    free(columns);
    return status;
}

enum status
matrices_write(struct engine *engine, int seat,
               const struct connections *connections, struct error *err)
{
    static const struct connections none;
    const struct connections *from = connections ? connections : &none;
    const struct engine_shape *shape = &engine->shape;
    const size_t n_ff = (size_t)shape->neurons_ff;
    const size_t n_rec = (size_t)shape->neurons_rec;
    const bool masked = shape->weights_masked;
    enum status status = OK;

    if (shape->weights_fixed || shape->weights == ENGINE_WEIGHTS_DENSE) {
        status = matrix_write(engine, seat, BUFFER_WEIGHTS_FF, from->weights_ff,
                              masked ? from->mask_ff : NULL, n_ff, err);
        if (status == OK)
            status = matrix_write(engine, seat, BUFFER_WEIGHTS_REC,
                                  from->weights_rec,
                                  masked ? from->mask_rec : NULL, n_rec, err);
    }
    if (status == OK && masked) {
        status =
            mask_write(engine, seat, BUFFER_MASKS_FF, from->mask_ff, n_ff, err);
        if (status == OK)
            status = mask_write(engine, seat, BUFFER_MASKS_REC, from->mask_rec,
                                n_rec, err);
    }
    return status;
}
