/* sources.c - the text of the kernels, built in or from a folder. */
#include "engine/engine_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded_kernels.h"

#define SOURCE_MOST (1 << 20) /* bytes of one file */

static const char *const names[SOURCES] = {
    "layout.h",   "kernel.h",   "neuron.cl",  "noise.cl",
    "network.cl", "sum.cl",     "layer.cl",   "connect.cl",
    "filters.cl", "summary.cl", "advance.cl",
};

static enum status
source_built_in(const char *name, struct bytes *out, struct error *err)
{
    for (size_t i = 0; i < embedded_kernels_count; i++)
        if (strcmp(embedded_kernels[i].name, name) == 0)
            return bytes_append(out, embedded_kernels[i].data,
                                embedded_kernels[i].size);
    return error_set(err, FAILED, "kernel source %s is not built in", name);
}

static enum status
source_load(const char *folder, const char *name, struct bytes *out,
            struct error *err)
{
    char path[4096];
    if (folder == NULL || folder[0] == '\0')
        return source_built_in(name, out, err);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return file_read(path, SOURCE_MOST, out, err);
}

enum status
sources_load(char *texts[SOURCES], struct error *err)
{
    const char *folder = getenv("FOLLOWD_KERNELS");
    memset(texts, 0, SOURCES * sizeof(*texts));
    for (int i = 0; i < SOURCES; i++) {
        struct bytes text = {0};
        const enum status status = source_load(folder, names[i], &text, err);
        if (status != OK) {
            bytes_free(&text);
            sources_free(texts);
            return status;
        }
        texts[i] = (char *)text.data;
    }
    return OK;
}

void
sources_free(char *texts[SOURCES])
{
    for (int i = 0; i < SOURCES; i++) {
        free(texts[i]);
        texts[i] = NULL;
    }
}

void
engine_kernels_sha256(char out[SHA256_HEX_SIZE])
{
    char *texts[SOURCES];
    struct bytes all = {0};
    enum status status = sources_load(texts, NULL);
    for (int i = 0; status == OK && i < SOURCES; i++)
        status = bytes_append(&all, texts[i], strlen(texts[i]));
    sha256_hex(all.data, status == OK ? all.size : 0, out);
    bytes_free(&all);
    if (status == OK)
        sources_free(texts);
}
