/* program.c - building a kernel from text and running it. */
#include "opencl/opencl_private.h"

#include <stdlib.h>

#define LOG_MOST 65536 /* bytes of a compiler's log that are looked at */

struct program {
    struct opencl *cl; /* [borrowed] */
    cl_program built;
    cl_kernel kernel;
    cl_event ran; /* the last run, or NULL */
};

/* The start of what the compiler said [owned], "" when it said nothing. */
static char *
build_log(struct opencl *cl, cl_program built)
{
    char *log = memory_array(1, LOG_MOST);
    if (log != NULL &&
        clGetProgramBuildInfo(built, cl->id, CL_PROGRAM_BUILD_LOG, LOG_MOST - 1,
                              log, NULL) != CL_SUCCESS)
        log[0] = '\0';
    return log;
}

static enum status
build_check(struct opencl *cl, cl_program built, cl_int code, struct error *err)
{
    char quoted[2048];
    enum status status = OK;
    char *log = build_log(cl, built);
    if (code != CL_SUCCESS)
        status = opencl_error(err, code, "clBuildProgram");
    if (code == CL_BUILD_PROGRAM_FAILURE && log != NULL)
        error_set(err, status, "kernels do not build on %s: %.800s",
                  cl->device.id, log);
    if (code == CL_SUCCESS && log != NULL && log[0] != '\0')
        log_event(LOG_LEVEL_DEBUG, "program_built", "device=%s log=%s",
                  cl->device.id, log_quote(log, quoted, sizeof(quoted)));
    free(log);
    return status;
}

static enum status
program_compile(struct opencl *cl, const char *const *sources, size_t count,
                const char *options, cl_program *out, struct error *err)
{
    cl_int code;
    /* The loader does not write through `sources`, it only says it might. */
    cl_program built = clCreateProgramWithSource(
        cl->context, (cl_uint)count, (const char **)(uintptr_t)sources, NULL,
        &code);
    if (built == NULL)
        return opencl_error(err, code, "clCreateProgramWithSource");
    code = clBuildProgram(built, 1, &cl->id, options, NULL, NULL);
    const enum status status = build_check(cl, built, code, err);
    if (status != OK)
        clReleaseProgram(built);
    else
        *out = built;
    return status;
}

/* As it was built before, or anew. */
static enum status
program_find(struct program *program, const char *const *sources, size_t count,
             const char *options, struct error *err)
{
    struct opencl *cl = program->cl;
    char key[SHA256_HEX_SIZE];
    built_key(cl, sources, count, options, key);
    program->built = built_take(cl, key, options);
    if (program->built != NULL)
        return OK;
    const enum status status =
        program_compile(cl, sources, count, options, &program->built, err);
    if (status == OK)
        built_keep(cl, key, program->built);
    return status;
}

enum status
program_build(struct opencl *cl, const char *const *sources, size_t count,
              const char *options, const char *name, struct program **out,
              struct error *err)
{
    cl_int code;
    struct program *program = memory_array(1, sizeof(*program));
    if (program == NULL)
        return error_set(err, NO_MEMORY, "no memory for a program");
    program->cl = cl;
    enum status status = program_find(program, sources, count, options, err);
    if (status != OK)
        goto out;
    program->kernel = clCreateKernel(program->built, name, &code);
    if (program->kernel == NULL) {
        status = opencl_error(err, code, "clCreateKernel");
        goto out;
    }
    *out = program;
    program = NULL;
out:
    program_free(program);
    return status;
}

void
program_free(struct program *program)
{
    if (program == NULL)
        return;
    if (program->ran != NULL)
        clReleaseEvent(program->ran);
    if (program->kernel != NULL)
        clReleaseKernel(program->kernel);
    if (program->built != NULL)
        clReleaseProgram(program->built);
    free(program);
}

static enum status
program_set(struct program *program, unsigned index, const void *value,
            size_t size, struct error *err)
{
    const cl_int code = clSetKernelArg(program->kernel, index, size, value);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "clSetKernelArg");
    return OK;
}

enum status
program_set_int(struct program *program, unsigned index, int value,
                struct error *err)
{
    const cl_int number = value;
    return program_set(program, index, &number, sizeof(number), err);
}

enum status
program_set_buffer(struct program *program, unsigned index,
                   struct buffer *buffer, struct error *err)
{
    const cl_mem memory = buffer_memory(buffer);
    return program_set(program, index, &memory, sizeof(memory), err);
}

enum status
program_run(struct program *program, size_t groups, size_t items,
            struct error *err)
{
    const size_t all = groups * items;
    if (program->ran != NULL)
        clReleaseEvent(program->ran);
    program->ran = NULL;
    cl_int code =
        clEnqueueNDRangeKernel(program->cl->queue, program->kernel, 1, NULL,
                               &all, &items, 0, NULL, &program->ran);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "clEnqueueNDRangeKernel");
    code = clFlush(program->cl->queue);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "clFlush");
    return OK;
}

double
program_seconds(const struct program *program)
{
    cl_ulong start = 0, end = 0;
    if (program->ran == NULL ||
        clGetEventProfilingInfo(program->ran, CL_PROFILING_COMMAND_START,
                                sizeof(start), &start, NULL) != CL_SUCCESS ||
        clGetEventProfilingInfo(program->ran, CL_PROFILING_COMMAND_END,
                                sizeof(end), &end, NULL) != CL_SUCCESS)
        return 0;
    return (double)(end - start) * 1e-9;
}
