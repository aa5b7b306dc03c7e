/* counts.c - how often each neuron fires in the windows at the start and at the
 * end of a run.
 *
 * They are added up here, from the spikes that the engine hands out in these
 * windows: a counter for each neuron on the device would cost registers in
 * every step of the run. */
#include "worker/worker_private.h"

#include <stdlib.h>
#include <string.h>

static const enum window_name counted[] = {WINDOW_START, WINDOW_END};

static const char *const layer_names[LAYERS] = {"ff", "rec"};

static size_t
layer_size(const struct spec *spec, int layer)
{
    return (size_t)(layer == LAYER_FF ? spec->network.neurons_ff
                                      : spec->network.neurons_rec);
}

enum status
counts_open(struct counts *counts, const struct spec *spec, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LENGTH(counted) && spec->record.rates; i++)
        for (int layer = 0; layer < LAYERS; layer++) {
            int32_t *list = memory_array((layer_size(spec, layer) + 7) / 8,
                                         8 * sizeof(*list));
            if (list == NULL)
                return error_set(err, NO_MEMORY, "no memory for spike counts");
            counts->of[counted[i]][layer] = list;
        }
    return OK;
}

void
counts_close(struct counts *counts)
{
    for (int window = 0; window < WINDOWS; window++)
        for (int layer = 0; layer < LAYERS; layer++)
            free(counts->of[window][layer]);
}

static void
row_count(const unsigned char *row, size_t bytes, int32_t *counts)
{
    for (size_t i = 0; i < bytes; i++)
        for (unsigned bit = 0; row[i] != 0 && bit < 8; bit++)
            counts[8 * i + bit] += row[i] >> (7 - bit) & 1;
}

static void
window_count(struct counts *counts, const struct spec *spec,
             enum window_name window, int64_t first,
             const struct engine_trace *trace)
{
    const size_t ff = (layer_size(spec, LAYER_FF) + 7) / 8;
    const size_t rec = (layer_size(spec, LAYER_REC) + 7) / 8;
    int64_t from, to;
    window_range(spec, window, first, first + trace->steps, &from, &to);
    for (int64_t i = from - first; i < to - first; i++) {
        row_count(trace->spikes_ff + (size_t)i * ff, ff,
                  counts->of[window][LAYER_FF]);
        row_count(trace->spikes_rec + (size_t)i * rec, rec,
                  counts->of[window][LAYER_REC]);
        counts->changed[window] = true;
    }
}

void
counts_take(struct counts *counts, const struct spec *spec, int64_t first,
            const struct engine_trace *trace)
{
    counts->done = first + trace->steps;
    if (trace->spikes_ff == NULL || !spec->record.rates)
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(counted); i++)
        window_count(counts, spec, counted[i], first, trace);
}

static void
array_name(char out[NPZ_NAME_SIZE], int window, int layer)
{
    snprintf(out, NPZ_NAME_SIZE, "counts_%s_%s", window_names[window],
             layer_names[layer]);
}

size_t
counts_view(const struct counts *counts, const struct spec *spec,
            enum window_name window, struct npz_array *out)
{
    char name[NPZ_NAME_SIZE];
    if (counts->of[window][LAYER_FF] == NULL)
        return 0;
    for (int layer = 0; layer < LAYERS; layer++) {
        array_name(name, window, layer);
        out[layer] = npz_view(name, NPZ_INT32, counts->of[window][layer], 1,
                              layer_size(spec, layer));
    }
    return LAYERS;
}

enum status
counts_restore(struct counts *counts, const struct spec *spec, int64_t done,
               const struct npz *npz, struct error *err)
{
    enum status status = OK;
    char name[NPZ_NAME_SIZE];
    counts->done = done;
    for (int i = 0; spec->record.rates && status == OK &&
                    i < (int)ARRAY_LENGTH(counted) * LAYERS;
         i++) {
        const int window = (int)counted[i / LAYERS], layer = i % LAYERS;
        size_t shape[1] = {layer_size(spec, layer)};
        const void *from;
        array_name(name, window, layer);
        status = npz_need(npz, name, NPZ_INT32, 1, shape, &from, err);
        if (status == OK)
            memcpy(counts->of[window][layer], from, shape[0] * sizeof(int32_t));
    }
    return status;
}
