/* fault_layer.c - an OpenCL driver that fails when it is told to: a layer
 * (OPENCL_LAYERS) between a worker and its true driver. Not part of followd;
 * tests/runs_testing.py builds it.
 *
 * FAULT_FILE names a file with one line "CALL NUMBER WHAT [DEVICE]". While it
 * is there, the NUMBER-th call of CALL from then on, counted in each process,
 * fails with the error code WHAT, or does "hang" or "crash", or, "skip", does
 * nothing and says that it did, or, "dead", fails as all calls of this process
 * do from then on, as where a kernel has written to where it must not. The file
 * goes first: what is done again then works. With NUMBER 0 every call does so
 * and the file stays. DEVICE: only in the worker that was started for it. */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl_layer.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct _cl_icd_dispatch *driver;
static struct _cl_icd_dispatch layer;
static long calls;
static int dead;

#define SKIP 1     /* no error code is positive */
#define DEAD -9999 /* NVIDIA's, of an illegal address */

/* Whether `wanted` is an argument of this process. */
static int
is_told(const char *wanted)
{
    char text[4096];
    FILE *file = fopen("/proc/self/cmdline", "r");
    size_t size = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file != NULL)
        fclose(file);
    text[size] = '\0';
    for (size_t at = 0; at < size; at += strlen(text + at) + 1)
        if (strcmp(text + at, wanted) == 0)
            return 1;
    return 0;
}

/* 0, SKIP, or the error code that this call is to fail with. */
static cl_int
fault(const char *call)
{
    char wanted[64], what[32], device[32] = "";
    long number;
    const char *path = getenv("FAULT_FILE");
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    if (file == NULL)
        return dead ? DEAD : 0;
    int fields =
        fscanf(file, "%63s %ld %31s %31s", wanted, &number, what, device);
    fclose(file);
    if (fields < 3 || strcmp(wanted, call) != 0 || ++calls < number ||
        (fields == 4 && !is_told(device)))
        return dead ? DEAD : 0;
    calls = 0;
    if (number > 0)
        unlink(path);
    fprintf(stderr, "fault_layer: %s: %s\n", call, what);
    while (strcmp(what, "hang") == 0)
        pause();
    for (int i = 0; strcmp(what, "crash") == 0; i++)
        kill(getpid(), SIGSEGV); /* a compiler may forgive the first */
    dead |= strcmp(what, "dead") == 0;
    if (dead)
        return DEAD;
    return strcmp(what, "skip") == 0 ? SKIP : (cl_int)strtol(what, NULL, 10);
}

/* clang-format off */
/* A call that returns its error. */
#define STATUS(call, types, values)                                            \
    static cl_int CL_API_CALL fault_##call types                               \
    {                                                                          \
        cl_int code = fault(#call);                                            \
        return code == SKIP ? CL_SUCCESS                                       \
               : code != 0  ? code                                             \
                            : driver->call values;                             \
    }
/* A call that returns something, and its error through `code`. */
#define MAKER(type, call, types, values)                                       \
    static type CL_API_CALL fault_##call types                                 \
    {                                                                          \
        cl_int failed = fault(#call);                                          \
        if (failed != 0 && code != NULL)                                       \
            *code = failed;                                                    \
        return failed != 0 ? NULL : driver->call values;                       \
    }

STATUS(clGetPlatformInfo, (cl_platform_id p, cl_platform_info w, size_t s, void *v, size_t *r), (p, w, s, v, r))
STATUS(clGetDeviceIDs, (cl_platform_id p, cl_device_type t, cl_uint n, cl_device_id *d, cl_uint *r), (p, t, n, d, r))
STATUS(clGetDeviceInfo, (cl_device_id d, cl_device_info w, size_t s, void *v, size_t *r), (d, w, s, v, r))
MAKER(cl_context, clCreateContext, (const cl_context_properties *p, cl_uint n, const cl_device_id *d, void (CL_CALLBACK *f)(const char *, const void *, size_t, void *), void *u, cl_int *code), (p, n, d, f, u, code))
STATUS(clReleaseContext, (cl_context c), (c))
MAKER(cl_command_queue, clCreateCommandQueue, (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int *code), (c, d, p, code))
STATUS(clReleaseCommandQueue, (cl_command_queue q), (q))
MAKER(cl_mem, clCreateBuffer, (cl_context c, cl_mem_flags f, size_t s, void *h, cl_int *code), (c, f, s, h, code))
STATUS(clReleaseMemObject, (cl_mem m), (m))
MAKER(cl_program, clCreateProgramWithSource, (cl_context c, cl_uint n, const char **t, const size_t *l, cl_int *code), (c, n, t, l, code))
STATUS(clReleaseProgram, (cl_program p), (p))
STATUS(clBuildProgram, (cl_program p, cl_uint n, const cl_device_id *d, const char *o, void (CL_CALLBACK *f)(cl_program, void *), void *u), (p, n, d, o, f, u))
STATUS(clGetProgramBuildInfo, (cl_program p, cl_device_id d, cl_program_build_info w, size_t s, void *v, size_t *r), (p, d, w, s, v, r))
MAKER(cl_kernel, clCreateKernel, (cl_program p, const char *n, cl_int *code), (p, n, code))
STATUS(clReleaseKernel, (cl_kernel k), (k))
STATUS(clSetKernelArg, (cl_kernel k, cl_uint i, size_t s, const void *v), (k, i, s, v))
STATUS(clFlush, (cl_command_queue q), (q))
STATUS(clFinish, (cl_command_queue q), (q))
STATUS(clEnqueueReadBuffer, (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, void *h, cl_uint n, const cl_event *w, cl_event *e), (q, m, b, o, s, h, n, w, e))
STATUS(clEnqueueWriteBuffer, (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, const void *h, cl_uint n, const cl_event *w, cl_event *e), (q, m, b, o, s, h, n, w, e))
STATUS(clEnqueueFillBuffer, (cl_command_queue q, cl_mem m, const void *p, size_t t, size_t o, size_t s, cl_uint n, const cl_event *w, cl_event *e), (q, m, p, t, o, s, n, w, e))
STATUS(clEnqueueNDRangeKernel, (cl_command_queue q, cl_kernel k, cl_uint d, const size_t *o, const size_t *g, const size_t *l, cl_uint n, const cl_event *w, cl_event *e), (q, k, d, o, g, l, n, w, e))
/* clang-format on */

CL_API_ENTRY cl_int CL_API_CALL
clGetLayerInfo(cl_layer_info what, size_t size, void *value, size_t *needed)
{
    (void)size;
    if (what != CL_LAYER_API_VERSION)
        return CL_INVALID_VALUE;
    if (value != NULL)
        *(cl_layer_api_version *)value = CL_LAYER_API_VERSION_100;
    if (needed != NULL)
        *needed = sizeof(cl_layer_api_version);
    return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL
clInitLayer(cl_uint count, const struct _cl_icd_dispatch *target,
            cl_uint *count_out, const struct _cl_icd_dispatch **out)
{
    (void)count;
    driver = target;
    layer.clGetPlatformInfo = fault_clGetPlatformInfo;
    layer.clGetDeviceIDs = fault_clGetDeviceIDs;
    layer.clGetDeviceInfo = fault_clGetDeviceInfo;
    layer.clCreateContext = fault_clCreateContext;
    layer.clReleaseContext = fault_clReleaseContext;
    layer.clCreateCommandQueue = fault_clCreateCommandQueue;
    layer.clReleaseCommandQueue = fault_clReleaseCommandQueue;
    layer.clCreateBuffer = fault_clCreateBuffer;
    layer.clReleaseMemObject = fault_clReleaseMemObject;
    layer.clCreateProgramWithSource = fault_clCreateProgramWithSource;
    layer.clReleaseProgram = fault_clReleaseProgram;
    layer.clBuildProgram = fault_clBuildProgram;
    layer.clGetProgramBuildInfo = fault_clGetProgramBuildInfo;
    layer.clCreateKernel = fault_clCreateKernel;
    layer.clReleaseKernel = fault_clReleaseKernel;
    layer.clSetKernelArg = fault_clSetKernelArg;
    layer.clFlush = fault_clFlush;
    layer.clFinish = fault_clFinish;
    layer.clEnqueueReadBuffer = fault_clEnqueueReadBuffer;
    layer.clEnqueueWriteBuffer = fault_clEnqueueWriteBuffer;
    layer.clEnqueueFillBuffer = fault_clEnqueueFillBuffer;
    layer.clEnqueueNDRangeKernel = fault_clEnqueueNDRangeKernel;
    *count_out = sizeof(layer) / sizeof(layer.clGetPlatformIDs);
    *out = &layer;
    return CL_SUCCESS;
}
