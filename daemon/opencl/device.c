/* device.c - finding devices, opening one, and what its error codes mean. */
#include "opencl/opencl_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLATFORMS_MOST 16
#define DEVICES_MOST   64

static const struct {
    cl_int code;
    enum status status;
    const char *name;
} codes[] = {
    /* clang-format off */
    { CL_DEVICE_NOT_FOUND,              NOT_FOUND,   "device not found" },
    { CL_DEVICE_NOT_AVAILABLE,          UNAVAILABLE, "device not available" },
    { CL_COMPILER_NOT_AVAILABLE,        FAILED,      "compiler not available" },
    { CL_MEM_OBJECT_ALLOCATION_FAILURE, NO_MEMORY,   "no device memory" },
    { CL_OUT_OF_RESOURCES,              UNAVAILABLE, "out of resources" },
    { CL_OUT_OF_HOST_MEMORY,            NO_MEMORY,   "no host memory" },
    { CL_BUILD_PROGRAM_FAILURE,         FAILED,      "build failed" },
    { CL_INVALID_VALUE,                 FAILED,      "invalid value" },
    { CL_INVALID_BUFFER_SIZE,           TOO_LARGE,   "buffer too large" },
    { CL_INVALID_COMMAND_QUEUE,         UNAVAILABLE, "device lost" },
    { CL_INVALID_KERNEL_NAME,           FAILED,      "no such kernel" },
    { CL_INVALID_WORK_GROUP_SIZE,       FAILED,      "invalid group size" },
    { -1001 /* from the ICD loader */,  NOT_FOUND,   "no OpenCL driver" },
    /* clang-format on */
};

enum status
opencl_error(struct error *err, cl_int code, const char *call)
{
    for (size_t i = 0; i < ARRAY_LENGTH(codes); i++)
        if (codes[i].code == code)
            return error_set(err, codes[i].status, "%s: %s (OpenCL error %d)",
                             call, codes[i].name, code);
    return error_set(err, FAILED, "%s: OpenCL error %d", call, code);
}

static void
device_text(cl_device_id id, cl_device_info what, char *out, size_t size)
{
    memset(out, 0, size);
    if (clGetDeviceInfo(id, what, size - 1, out, NULL) != CL_SUCCESS)
        snprintf(out, size, "unknown");
}

static unsigned
device_number(cl_device_id id, cl_device_info what)
{
    cl_uint number = 0;
    if (clGetDeviceInfo(id, what, sizeof(number), &number, NULL) != CL_SUCCESS)
        return 0;
    return number;
}

/* PoCL's version goes on about how it was built; that part is cut off. */
static void
platform_text(cl_device_id id, char *out, size_t size)
{
    cl_platform_id platform;
    char name[64] = "unknown", version[256] = "";
    if (clGetDeviceInfo(id, CL_DEVICE_PLATFORM, sizeof(platform), &platform,
                        NULL) == CL_SUCCESS) {
        clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof(name) - 1, name,
                          NULL);
        clGetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof(version) - 1,
                          version, NULL);
    }
    snprintf(out, size, "%.48s, %.48s", name, version);
}

static void
device_describe(cl_device_id id, bool gpu, unsigned index,
                struct opencl_device *out)
{
    cl_ulong memory = 0;
    size_t group_most = 1;

    memset(out, 0, sizeof(*out));
    snprintf(out->id, sizeof(out->id), "%s%u", gpu ? "gpu" : "cpu", index);
    out->gpu = gpu;
    device_text(id, CL_DEVICE_NAME, out->name, sizeof(out->name));
    device_text(id, CL_DEVICE_VENDOR, out->vendor, sizeof(out->vendor));
    device_text(id, CL_DRIVER_VERSION, out->driver, sizeof(out->driver));
    platform_text(id, out->platform, sizeof(out->platform));
    clGetDeviceInfo(id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(memory), &memory,
                    NULL);
    clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof(group_most),
                    &group_most, NULL);
    out->memory = memory;
    out->units = device_number(id, CL_DEVICE_MAX_COMPUTE_UNITS);
    out->group_most = (unsigned)group_most;
    out->width_f32 = device_number(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT);
    out->width_f64 = device_number(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE);
    out->nvidia = strstr(out->vendor, "NVIDIA") != NULL;
}

/* All devices of one kind, of all platforms, in the order they are told. */
static size_t
devices_of_kind(cl_device_type kind, cl_device_id ids[DEVICES_MOST])
{
    cl_platform_id platforms[PLATFORMS_MOST];
    cl_uint platform_count = 0;
    size_t count = 0;

    if (clGetPlatformIDs(PLATFORMS_MOST, platforms, &platform_count) !=
        CL_SUCCESS)
        return 0;
    if (platform_count > PLATFORMS_MOST)
        platform_count = PLATFORMS_MOST;
    for (cl_uint p = 0; p < platform_count; p++) {
        cl_uint found = 0;
        const cl_uint room = (cl_uint)(DEVICES_MOST - count);
        if (room == 0 || clGetDeviceIDs(platforms[p], kind, room, ids + count,
                                        &found) != CL_SUCCESS)
            continue;
        count += found < room ? found : room;
    }
    return count;
}

/* GPUs (and accelerators) first, then CPUs; `ids` runs beside `list`. */
static size_t
devices_find(cl_device_id ids[2 * DEVICES_MOST],
             struct opencl_device list[2 * DEVICES_MOST])
{
    const size_t gpus =
        devices_of_kind(CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR, ids);
    const size_t cpus = devices_of_kind(CL_DEVICE_TYPE_CPU, ids + gpus);
    for (size_t i = 0; i < gpus; i++)
        device_describe(ids[i], true, (unsigned)i, &list[i]);
    for (size_t i = 0; i < cpus; i++)
        device_describe(ids[gpus + i], false, (unsigned)i, &list[gpus + i]);
    return gpus + cpus;
}

enum status
opencl_devices(struct opencl_device **list, size_t *count, struct error *err)
{
    cl_device_id ids[2 * DEVICES_MOST];
    struct opencl_device *found =
        memory_array(2 * DEVICES_MOST, sizeof(*found));
    if (found == NULL)
        return error_set(err, NO_MEMORY, "no memory for the device list");
    *count = devices_find(ids, found);
    *list = found;
    return OK;
}

static enum status
device_choose(const char *id, struct opencl *cl, struct error *err)
{
    cl_device_id ids[2 * DEVICES_MOST];
    struct opencl_device *list;
    size_t count = 0;

    list = memory_array(2 * DEVICES_MOST, sizeof(*list));
    if (list == NULL)
        return error_set(err, NO_MEMORY, "no memory for the device list");
    count = devices_find(ids, list);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(id, "any") != 0 && strcmp(id, list[i].id) != 0)
            continue;
        cl->id = ids[i];
        cl->device = list[i];
        free(list);
        return OK;
    }
    free(list);
    return error_set(err, NOT_FOUND,
                     count == 0 ? "no OpenCL device found, asked for %s"
                                : "no OpenCL device is called %s",
                     id);
}

enum status
opencl_open(const char *id, struct opencl **out, struct error *err)
{
    cl_int code;
    struct opencl *cl = memory_array(1, sizeof(*cl));
    if (cl == NULL)
        return error_set(err, NO_MEMORY, "no memory for a device");
    pthread_mutex_init(&cl->lock, NULL);
    enum status status = device_choose(id, cl, err);
    if (status != OK)
        goto out;
    cl->context = clCreateContext(NULL, 1, &cl->id, NULL, NULL, &code);
    if (cl->context == NULL) {
        status = opencl_error(err, code, "clCreateContext");
        goto out;
    }
    cl->queue = clCreateCommandQueue(cl->context, cl->id,
                                     CL_QUEUE_PROFILING_ENABLE, &code);
    if (cl->queue == NULL) {
        status = opencl_error(err, code, "clCreateCommandQueue");
        goto out;
    }
    *out = cl;
    cl = NULL;
out:
    opencl_close(cl);
    return status;
}

void
opencl_close(struct opencl *cl)
{
    if (cl == NULL)
        return;
    built_forget(cl);
    pthread_mutex_destroy(&cl->lock);
    if (cl->queue != NULL)
        clReleaseCommandQueue(cl->queue);
    if (cl->context != NULL)
        clReleaseContext(cl->context);
    free(cl);
}

const struct opencl_device *
opencl_device(const struct opencl *cl)
{
    return &cl->device;
}

enum status
opencl_finish(struct opencl *cl, struct error *err)
{
    const cl_int code = clFinish(cl->queue);
    if (code != CL_SUCCESS)
        return opencl_error(err, code, "clFinish");
    return OK;
}
