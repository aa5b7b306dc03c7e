/* opencl_private.h - what the files of this room share. */
#ifndef FOLLOWD_OPENCL_PRIVATE_H
#define FOLLOWD_OPENCL_PRIVATE_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "opencl/opencl.h"

#include <pthread.h>

struct opencl {
    struct opencl_device device;
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;
    pthread_mutex_t lock;
    struct built *built; /* (lock) [owned]                                   */
    const char *folder;  /* NULL, or where programs are kept [borrowed]      */
};

/* built.c: the hash of all that determines a program; what was built for it, to
 * be released, or NULL; what is to be found there from now on. */
void built_key(const struct opencl *cl, const char *const *sources,
               size_t count, const char *options, char out[SHA256_HEX_SIZE]);
cl_program built_take(struct opencl *cl, const char *key, const char *options);
void built_keep(struct opencl *cl, const char *key, cl_program program);
void built_forget(struct opencl *cl);

/* The memory behind a buffer [borrowed]. */
cl_mem buffer_memory(const struct buffer *buffer);

/* Turns a code of OpenCL into a status; `call` names what was asked for. */
enum status opencl_error(struct error *err, cl_int code, const char *call);

#endif
