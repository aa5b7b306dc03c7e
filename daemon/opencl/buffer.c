/* buffer.c - device memory. */
#include "opencl/opencl_private.h"

#include <stdlib.h>

struct buffer {
    struct opencl *cl; /* [borrowed] */
    cl_mem memory;
    size_t size;
};

enum status
buffer_new(struct opencl *cl, size_t size, struct buffer **out,
           struct error *err)
{
    cl_int code;
    struct buffer *buffer = memory_array(1, sizeof(*buffer));
    if (buffer == NULL)
        return error_set(err, NO_MEMORY, "no memory for a buffer");
    buffer->cl = cl;
    buffer->size = size > 0 ? size : 1;
    buffer->memory = clCreateBuffer(cl->context, CL_MEM_READ_WRITE,
                                    buffer->size, NULL, &code);
    if (buffer->memory == NULL) {
        free(buffer);
        const enum status status = opencl_error(err, code, "clCreateBuffer");
        error_prefix(err, "%zu bytes on %s: ", size, cl->device.id);
        return status;
    }
    const enum status status = buffer_clear(buffer, err);
    if (status != OK) {
        buffer_free(buffer);
        return status;
    }
    *out = buffer;
    return OK;
}

enum status
buffer_clear(struct buffer *buffer, struct error *err)
{
    const unsigned char zero = 0;
    const cl_int code =
        clEnqueueFillBuffer(buffer->cl->queue, buffer->memory, &zero,
                            sizeof(zero), 0, buffer->size, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "clEnqueueFillBuffer");
    return OK;
}

void
buffer_free(struct buffer *buffer)
{
    if (buffer == NULL)
        return;
    clReleaseMemObject(buffer->memory);
    free(buffer);
}

size_t
buffer_size(const struct buffer *buffer)
{
    return buffer->size;
}

cl_mem
buffer_memory(const struct buffer *buffer)
{
    return buffer->memory;
}

enum status
buffer_write(struct buffer *buffer, size_t offset, const void *host,
             size_t size, struct error *err)
{
    if (size == 0)
        return OK;
    const cl_int code =
        clEnqueueWriteBuffer(buffer->cl->queue, buffer->memory, CL_FALSE,
                             offset, size, host, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "clEnqueueWriteBuffer");
    return OK;
}

enum status
buffer_read(struct buffer *buffer, size_t offset, void *host, size_t size,
            struct error *err)
{
    if (size == 0)
        return OK;
    const cl_int code =
        clEnqueueReadBuffer(buffer->cl->queue, buffer->memory, CL_FALSE, offset,
                            size, host, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "clEnqueueReadBuffer");
    return OK;
}

enum status
buffer_write_rows(struct buffer *buffer, const void *host, size_t size,
                  size_t pitch, size_t rows, struct error *err)
{
    const size_t origin[3] = {0}, region[3] = {size, rows, 1};
    if (rows == 1 || size == 0)
        return buffer_write(buffer, 0, host, size, err);
    const cl_int code = clEnqueueWriteBufferRect(
        buffer->cl->queue, buffer->memory, CL_FALSE, origin, origin, region,
        pitch, 0, pitch, 0, host, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "clEnqueueWriteBufferRect");
    return OK;
}

enum status
buffer_read_rows(struct buffer *buffer, void *host, size_t size, size_t pitch,
                 size_t rows, struct error *err)
{
    const size_t origin[3] = {0}, region[3] = {size, rows, 1};
    if (rows == 1 || size == 0)
        return buffer_read(buffer, 0, host, size, err);
    const cl_int code = clEnqueueReadBufferRect(
        buffer->cl->queue, buffer->memory, CL_FALSE, origin, origin, region,
        pitch, 0, pitch, 0, host, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "clEnqueueReadBufferRect");
    return OK;
}
