/* built.c - programs that were built before, by the hash of all that determines
 * them: sources, options, device, driver. In this process, so that an engine
 * with more seats is open at once; and in files, for the next start, where a
 * driver does not keep what it has built by itself. */
#include "opencl/opencl_private.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MOST ((size_t)256 << 20)

struct built {
    struct built *next;
    char key[SHA256_HEX_SIZE];
    cl_program program;
};

void
built_key(const struct opencl *cl, const char *const *sources, size_t count,
          const char *options, char out[SHA256_HEX_SIZE])
{
    const char *const others[] = {options, cl->device.name, cl->device.driver,
                                  cl->device.platform};
    struct sha256 *sum = sha256_new();
    out[0] = '\0'; /* no memory: it is built anew */
    if (sum == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        sha256_add(sum, sources[i], strlen(sources[i]) + 1);
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        sha256_add(sum, others[i], strlen(others[i]) + 1);
    sha256_end(sum, out);
}

/* ---- in files -------------------------------------------------------------
 */

void
opencl_keep_programs(struct opencl *cl, const char *folder)
{
    cl->folder = folder;
}

bool
opencl_keeps_programs(const struct opencl *cl)
{
    return cl->device.nvidia ||
           strstr(cl->device.platform, "Portable Computing Language") != NULL;
}

static enum status
file_path(const struct opencl *cl, const char *key, struct bytes *out)
{
    return bytes_printf(out, "%s/kernels-%.32s.bin", cl->folder, key);
}

/* What a file holds after the hash of it; NULL if that is not so. */
static const unsigned char *
binary_in(const struct bytes *file, size_t *size)
{
    unsigned char hash[32];
    if (file->size <= sizeof(hash))
        return NULL;
    *size = file->size - sizeof(hash);
    sha256_raw(file->data + sizeof(hash), *size, hash);
    return memcmp(file->data, hash, sizeof(hash)) == 0
               ? file->data + sizeof(hash)
               : NULL;
}

/* A driver may refuse what it made itself: then it is built from its sources.
 */
static cl_program
program_load(struct opencl *cl, const char *key, const char *options)
{
    struct bytes path = {0}, file = {0};
    cl_program program = NULL;
    size_t size;
    cl_int code = CL_INVALID_BINARY;
    const unsigned char *binary = NULL;
    if (file_path(cl, key, &path) == OK &&
        file_read((const char *)path.data, FILE_MOST, &file, NULL) == OK)
        binary = binary_in(&file, &size);
    if (binary != NULL)
        program = clCreateProgramWithBinary(cl->context, 1, &cl->id, &size,
                                            &binary, NULL, &code);
    if (program != NULL)
        code = clBuildProgram(program, 1, &cl->id, options, NULL, NULL);
    if (program != NULL && code != CL_SUCCESS) {
        clReleaseProgram(program);
        program = NULL;
    }
    if (file.size > 0)
        log_event(LOG_LEVEL_DEBUG, "program_read", "device=%s fits=%s",
                  cl->device.id, program != NULL ? "yes" : "no");
    bytes_free(&path);
    bytes_free(&file);
    return program;
}

/* What the driver made of it, [owned]; NULL: it does not tell. */
static unsigned char *
binary_of(cl_program program, size_t *size)
{
    unsigned char *binary = NULL;
    if (clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof(*size), size,
                         NULL) == CL_SUCCESS &&
        *size > 0)
        binary = memory_array(1, *size);
    if (binary != NULL &&
        clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof(binary), &binary,
                         NULL) != CL_SUCCESS) {
        free(binary);
        return NULL;
    }
    return binary;
}

static void
program_save(const struct opencl *cl, const char *key, cl_program program)
{
    struct bytes path = {0}, file = {0};
    struct error err = {.text = "no memory"};
    unsigned char hash[32];
    size_t size;
    unsigned char *binary = binary_of(program, &size);
    enum status status = NO_MEMORY;
    if (binary == NULL)
        return;
    sha256_raw(binary, size, hash);
    if (bytes_append(&file, hash, sizeof(hash)) == OK &&
        bytes_append(&file, binary, size) == OK &&
        file_path(cl, key, &path) == OK)
        status = folder_make(cl->folder, &err);
    if (status == OK)
        status = file_write((const char *)path.data, 0600, file.data, file.size,
                            &err);
    if (status != OK) {
        char quoted[1100];
        log_event(LOG_LEVEL_WARNING, "cache_not_written", "reason=%s",
                  log_quote(err.text, quoted, sizeof(quoted)));
    }
    free(binary);
    bytes_free(&path);
    bytes_free(&file);
}

/* ---- in this process ------------------------------------------------------
 */

/* The lock is held. */
static void
built_add(struct opencl *cl, const char *key, cl_program program)
{
    struct built *built = memory_array(1, sizeof(*built));
    if (built == NULL || key[0] == '\0') {
        free(built);
        return; /* it is built anew the next time */
    }
    memcpy(built->key, key, sizeof(built->key));
    built->program = program;
    clRetainProgram(program);
    built->next = cl->built;
    cl->built = built;
}

cl_program
built_take(struct opencl *cl, const char *key, const char *options)
{
    cl_program program = NULL;
    pthread_mutex_lock(&cl->lock);
    for (struct built *one = cl->built; one != NULL; one = one->next)
        if (strcmp(one->key, key) == 0)
            program = one->program;
    if (program != NULL)
        clRetainProgram(program);
    else if (cl->folder != NULL && key[0] != '\0') {
        program = program_load(cl, key, options);
        if (program != NULL)
            built_add(cl, key, program);
    }
    pthread_mutex_unlock(&cl->lock);
    return program;
}

void
built_keep(struct opencl *cl, const char *key, cl_program program)
{
    pthread_mutex_lock(&cl->lock);
    built_add(cl, key, program);
    if (cl->folder != NULL && key[0] != '\0')
        program_save(cl, key, program);
    pthread_mutex_unlock(&cl->lock);
}

void
built_forget(struct opencl *cl)
{
    while (cl->built != NULL) {
        struct built *built = cl->built;
        cl->built = built->next;
        clReleaseProgram(built->program);
        free(built);
    }
}
