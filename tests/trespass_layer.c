/* trespass_layer.c - an OpenCL driver that wants more than to compute: a layer
 * (OPENCL_LAYERS) that tries, once in a process, what a worker is kept from,
 * and says on stderr how each try ended. Not part of followd;
 * tests/run_sandbox.py builds it and sets the scene by the variables
 * TRESPASS_*. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl_layer.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct _cl_icd_dispatch layer;

static const char *
scene(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

static void
tell(const char *what, int done)
{
    const int why = errno;
    fprintf(stderr, "trespass: %s: %s\n", what,
            done ? "done" : strerrorname_np(why));
}

static int
read_byte(const char *path)
{
    char byte;
    int file = open(path, O_RDONLY);
    return file >= 0 && read(file, &byte, 1) == 1;
}

/* 127.0.0.1, at a port that is not the daemon's. */
static int
connect_elsewhere(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int made = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_port = htons((unsigned short)atoi(scene("TRESPASS_PORT")));
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    return made >= 0 && connect(made, (struct sockaddr *)&to, sizeof(to)) == 0;
}

static int
write_file(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    return file >= 0 && write(file, "#!/bin/sh\n", 10) == 10;
}

/* A program of its own making, in the cache. */
static int
run_file(const char *path)
{
    int status = 0, file;
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    tell("cache",
         file >= 0 && write(file, "#!/bin/sh\n", 10) == 10 && close(file) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        execl(path, path, (char *)NULL);
        _exit(errno);
    }
    waitpid(pid, &status, 0);
    errno = WEXITSTATUS(status);
    return errno == 0;
}

static int
look_into(pid_t process)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/mem", (int)process);
    return open(path, O_RDWR) >= 0;
}

static int
limit(pid_t process)
{
    struct rlimit now;
    return prlimit(process, RLIMIT_CORE, NULL, &now) == 0;
}

static int
type_a_key(void)
{
    return ioctl(0, TIOCSTI, "x") == 0 || errno == ENOTTY || errno == EIO;
}

static void
trespass(void)
{
    const pid_t daemon = (pid_t)atoi(scene("TRESPASS_PID"));
    const char *outside = scene("TRESPASS_FILE");
    tell("tcp", connect_elsewhere());
    tell("udp", socket(AF_INET6, SOCK_DGRAM, 0) >= 0);
    tell("unix", socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
    tell("read", read_byte(outside));
    tell("write", write_file(outside));
    tell("truncate", truncate(outside, 1) == 0);
    tell("folder",
         mkdir(scene("TRESPASS_FOLDER"), 0700) == 0 || errno == EEXIST);
    tell("token", read_byte(scene("TRESPASS_TOKEN")));
    tell("run", run_file(scene("TRESPASS_PROGRAM")));
    tell("signal", kill(daemon, 0) == 0);
    tell("memory", look_into(daemon));
    tell("limits", limit(daemon));
    tell("key", type_a_key());
    tell("namespace", unshare(CLONE_NEWUSER) == 0);
    tell("uring", syscall(SYS_io_uring_setup, 1, NULL) >= 0 || errno == EFAULT);
}

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
    (void)target;
    trespass();
    *count_out = sizeof(layer) / sizeof(layer.clGetPlatformIDs);
    *out = &layer;
    return CL_SUCCESS;
}
