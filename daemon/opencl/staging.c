/* staging.c - memory of the host that the device copies from and to by itself,
 * without the driver's help. */
#include "opencl/opencl_private.h"

#include <stdlib.h>

struct staging {
    struct opencl *cl; /* [borrowed] */
    cl_mem memory;
    void *bytes; /* where it is mapped, or NULL */
};

enum status
staging_new(struct opencl *cl, size_t size, struct staging **out,
            struct error *err)
{
    cl_int code;
    const size_t some = size > 0 ? size : 1;
    struct staging *staging = memory_array(1, sizeof(*staging));
    if (staging == NULL)
        return error_set(err, NO_MEMORY, "no memory for a staging area");
    staging->cl = cl;
    staging->memory =
        clCreateBuffer(cl->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR,
                       some, NULL, &code);
    if (staging->memory != NULL)
        staging->bytes = clEnqueueMapBuffer(cl->queue, staging->memory, CL_TRUE,
                                            CL_MAP_READ | CL_MAP_WRITE, 0, some,
                                            0, NULL, NULL, &code);
    if (staging->bytes != NULL) {
        *out = staging;
        return OK;
    }
    const enum status status = opencl_error(
        err, code,
        staging->memory == NULL ? "clCreateBuffer" : "clEnqueueMapBuffer");
    error_prefix(err, "%zu bytes beside %s: ", size, cl->device.id);
    staging_free(staging);
    return status;
}

void
staging_free(struct staging *staging)
{
    if (staging == NULL)
        return;
    if (staging->bytes != NULL &&
        (clEnqueueUnmapMemObject(staging->cl->queue, staging->memory,
                                 staging->bytes, 0, NULL, NULL) != CL_SUCCESS ||
         clFinish(staging->cl->queue) != CL_SUCCESS))
        log_event(LOG_LEVEL_WARNING, "staging_free", "left=mapped");
    if (staging->memory != NULL)
        clReleaseMemObject(staging->memory);
    free(staging);
}

void *
staging_bytes(const struct staging *staging)
{
    return staging->bytes;
}
