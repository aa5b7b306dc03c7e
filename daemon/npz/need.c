/* need.c - an array must be there, and as expected. */
#include "npz/npz_private.h"

#include <stdlib.h>
#include <string.h>

enum status
npz_need(const struct npz *npz, const char *name, enum npz_type type,
         int dimensions, size_t *shape, const void **out, struct error *err)
{
    const struct npz_array *array = npz_find(npz, name);

    if (!array)
        return error_set(err, NOT_FOUND, "array %s is missing", name);
    if (array->type != type)
        return error_set(err, INVALID, "array %s has another type", name);
    if (array->dimensions != dimensions)
        return error_set(err, INVALID, "array %s has %d dimensions, not %d",
                         name, array->dimensions, dimensions);
    for (int i = 0; i < dimensions; i++)
        if (shape[i] != 0 && shape[i] != array->shape[i])
            return error_set(err, INVALID,
                             "array %s has length %zu along axis %d, not %zu",
                             name, array->shape[i], i, shape[i]);
    if (dimensions > 0)
        memcpy(shape, array->shape, (size_t)dimensions * sizeof(*shape));
    *out = array->data;
    return OK;
}

enum status
npz_need_doubles(const struct npz *npz, const char *name, int dimensions,
                 size_t *shape, double **out, struct error *err)
{
    const struct npz_array *array = npz_find(npz, name);
    const bool single = array != NULL && array->type == NPZ_FLOAT32;
    const void *from;
    const enum status status =
        npz_need(npz, name, single ? NPZ_FLOAT32 : NPZ_FLOAT64, dimensions,
                 shape, &from, err);
    if (status != OK)
        return status;
    const size_t count = array->size / npz_type_size(array->type);
    *out = memory_array(count + 1, sizeof(double)); /* none is no failure */
    if (*out == NULL)
        return error_set(err, NO_MEMORY, "no memory for array %s", name);
    for (size_t i = 0; i < count; i++)
        (*out)[i] = single ? (double)((const float *)from)[i]
                           : ((const double *)from)[i];
    return OK;
}

enum status
npz_number(const struct npz *npz, const char *name, double *out,
           struct error *err)
{
    const struct npz_array *array = npz_find(npz, name);
    size_t item;

    if (!array)
        return error_set(err, NOT_FOUND, "array %s is missing", name);
    item = npz_type_size(array->type);
    if (item == 0 || array->size != item)
        return error_set(err, INVALID, "array %s is not one number", name);
    switch (array->type) {
    case NPZ_FLOAT32:
        *out = *(const float *)array->data;
        break;
    case NPZ_FLOAT64:
        *out = *(const double *)array->data;
        break;
    case NPZ_INT32:
        *out = *(const int32_t *)array->data;
        break;
    case NPZ_INT64:
        *out = (double)*(const int64_t *)array->data;
        break;
    default:
        *out = *(const unsigned char *)array->data;
        break;
    }
    return OK;
}
