/* opencl_private.h - what the files of this room share. */
#ifndef FOLLOWD_OPENCL_PRIVATE_H
#define FOLLOWD_OPENCL_PRIVATE_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "opencl/opencl.h"

struct opencl {
    struct opencl_device device;
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;
};

/* The memory behind a buffer [borrowed]. */
cl_mem buffer_memory(const struct buffer *buffer);

/* Turns a code of OpenCL into a status; `call` names what was asked for. */
enum status opencl_error(struct error *err, cl_int code, const char *call);

#endif
