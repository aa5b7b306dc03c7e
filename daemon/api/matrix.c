/* matrix.c - see matrix.h. */
#include "api/matrix.h"
#include "spec/spec.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *factor, *whole;
} layers[LAYERS] = {{"ff", "D_ff", "W_ff"}, {"rec", "D_rec", "W_rec"}};

enum status
layer_parse(const char *name, enum layer *out, struct error *err)
{
    for (int i = 0; i < LAYERS; i++)
        if (strcmp(layers[i].name, name) == 0) {
            *out = (enum layer)i;
            return OK;
        }
    return error_set(err, NOT_FOUND, "the layers are ff and rec, not '%.40s'",
                     name);
}

void
matrix_close(struct matrix *matrix)
{
    if (!matrix)
        return;
    free(matrix->encoders);
    free(matrix->factor);
    npz_close(matrix->learned);
    free(matrix);
}

/* A copy of a float matrix in float64. */
static enum status
as_doubles(const struct npz *npz, const char *name, size_t shape[2],
           double **out, struct error *err)
{
    if (npz_need_doubles(npz, name, 2, shape, out, err) == OK)
        return OK;
    return error_set(err, CORRUPT, "a checkpoint has no sound %s", name);
}

static enum status
open_factors(struct matrix *matrix, const struct weights *weights,
             const char *factor, struct error *err)
{
    size_t encoders[2] = {0, 0}, learned[2] = {0, 0};
    enum status status = as_doubles(weights->network, "scaled_encoders_rec",
                                    encoders, &matrix->encoders, err);
    if (status == OK)
        status =
            as_doubles(weights->learned, factor, learned, &matrix->factor, err);
    if (status == OK && encoders[1] != learned[0])
        status = error_set(err, CORRUPT, "%s has %zu dimensions, not %zu",
                           factor, learned[0], encoders[1]);
    matrix->rows = encoders[0];
    matrix->d = encoders[1];
    matrix->columns = learned[1];
    return status;
}

static enum status
open_whole(struct matrix *matrix, struct weights *weights, const char *name,
           struct error *err)
{
    const struct npz_array *whole = npz_find(weights->learned, name);
    if (!whole || whole->dimensions != 2 ||
        (whole->type != NPZ_FLOAT32 && whole->type != NPZ_FLOAT64))
        return error_set(err, CORRUPT, "a checkpoint has no sound %s", name);
    matrix->whole = whole;
    matrix->columns = whole->shape[0];
    matrix->rows = whole->shape[1];
    matrix->learned = weights->learned;
    weights->learned = NULL;
    return OK;
}

enum status
matrix_open(struct weights *weights, enum layer layer, struct matrix **out,
            struct error *err)
{
    struct spec spec;
    struct matrix *matrix = memory_array(1, sizeof(*matrix));
    if (!matrix)
        return error_set(err, NO_MEMORY, "no memory for a matrix");
    enum status status = spec_from_text(weights->job.spec, &spec, err);
    if (status == OK && spec_is_dense(&spec))
        status = open_whole(matrix, weights, layers[layer].whole, err);
    else if (status == OK)
        status = open_factors(matrix, weights, layers[layer].factor, err);
    if (status == OK) {
        *out = matrix;
        matrix = NULL;
    }
    matrix_close(matrix);
    return status;
}

static double
whole_at(const struct npz_array *whole, size_t at)
{
    if (whole->type == NPZ_FLOAT32)
        return (double)((const float *)whole->data)[at];
    return ((const double *)whole->data)[at];
}

void
matrix_row(const struct matrix *matrix, size_t i, size_t from, size_t end,
           double *out)
{
    const double *e = matrix->whole ? NULL : matrix->encoders + i * matrix->d;
    for (size_t j = from; j < end; j++) {
        double sum = 0;
        if (matrix->whole)
            sum = whole_at(matrix->whole, j * matrix->rows + i);
        else
            for (size_t k = 0; k < matrix->d; k++)
                sum += e[k] * matrix->factor[k * matrix->columns + j];
        out[j] = sum;
    }
}
