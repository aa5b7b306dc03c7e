/* report.c - what a job has to say: an npz as doc/protocol.md describes it. */
#include "worker/errand_private.h"

#include <stdlib.h>
#include <string.h>

#include "version.h"

/* What learns by reinforcement runs on no device. */
static json_t *
provenance(const struct errand *errand)
{
    const struct opencl_device *device =
        errand->grant.spec.rl.task != RL_NONE
            ? NULL
            : opencl_device(errand->worker->cl);
    return json_pack("{s:s,s:s,s:s?,s:s?,s:s?,s:s?}", "version",
                     FOLLOWD_VERSION, "git", FOLLOWD_GIT, "device",
                     device != NULL ? device->name : NULL, "driver",
                     device != NULL ? device->driver : NULL, "platform",
                     device != NULL ? device->platform : NULL, "kernels_sha256",
                     device != NULL ? errand->worker->kernels : NULL);
}

/* {"start":{"first_step":0},...} for the windows that have rows. */
static json_t *
traces_json(const struct record *record)
{
    json_t *traces = json_object();
    for (int i = 0; i < WINDOWS; i++)
        if (record->windows[i].rows.size > 0)
            json_object_set_new(
                traces, window_names[i],
                json_pack("{s:I}", "first_step",
                          (json_int_t)record->windows[i].first));
    return traces;
}

/* {"start":{"first_step":0,"steps":12000},...} for those that changed. */
static json_t *
counts_json(const struct record *record)
{
    json_t *counts = json_object();
    for (int i = 0; i < WINDOWS; i++) {
        int64_t from, to;
        if (!record->counts.changed[i])
            continue;
        window_range(record->spec, (enum window_name)i, 0, record->counts.done,
                     &from, &to);
        json_object_set_new(counts, window_names[i],
                            json_pack("{s:I,s:I}", "first_step",
                                      (json_int_t)from, "steps",
                                      (json_int_t)(to - from)));
    }
    return counts;
}

static char *
report_text(const struct errand *errand, const char *state, const char *reason)
{
    const struct run *run = &errand->run;
    const double step = spec_step_length(&errand->grant.spec);
    json_t *json = json_pack(
        "{s:s,s:s,s:f,s:f,s:o,s:o,s:o,s:o}", "state", state, "reason",
        reason != NULL ? reason : "", "t", (double)run->done * step, "rate",
        pace_told(&run->pace) * step, "log", json_array(), "provenance",
        provenance(errand), "traces", traces_json(&run->record), "counts",
        counts_json(&run->record));
    if (json == NULL)
        return NULL;
    if (errand->fits != NULL)
        json_object_set_new(json, "fits", json_string(errand->fits));
    if (errand->line[0] != '\0')
        json_array_append_new(json_object_get(json, "log"),
                              json_string(errand->line));
    if (run->record.spikes.rows > 0)
        json_object_set_new(json, "spikes",
                            json_pack("{s:I}", "first_step",
                                      (json_int_t)run->record.spikes.first));
    if (errand->checkpoint_kind != NULL)
        json_object_set_new(json, "checkpoint",
                            json_pack("{s:f,s:I,s:s}", "t",
                                      (double)errand->checkpoint_step * step,
                                      "step",
                                      (json_int_t)errand->checkpoint_step,
                                      "kind", errand->checkpoint_kind));
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

static size_t
spikes_view(const struct spikes *spikes, struct npz_array *arrays)
{
    const size_t rows = (size_t)spikes->rows;
    if (rows == 0)
        return 0;
    arrays[0] = npz_view("spikes_ff_packed", NPZ_UINT8, spikes->ff.data, 2,
                         rows, spikes->ff.size / rows);
    arrays[1] = npz_view("spikes_rec_packed", NPZ_UINT8, spikes->rec.data, 2,
                         rows, spikes->rec.size / rows);
    return 2;
}

/* The arrays of a report beside its text; returns how many. */
static size_t
report_arrays(const struct errand *errand, const struct bytes *network,
              struct npz_array *arrays)
{
    static const char *const names[WINDOWS] = {"trace_start", "trace_live",
                                               "trace_end"};
    const struct record *record = &errand->run.record;
    const size_t columns = (size_t)record->columns;
    const size_t metrics = sizeof(double) * METRIC_COLUMNS;
    const size_t episode = 2 * sizeof(double);
    size_t count = 0;

    if (record->metrics.size > 0)
        arrays[count++] =
            npz_view("metrics", NPZ_FLOAT64, record->metrics.data, 2,
                     record->metrics.size / metrics, (size_t)METRIC_COLUMNS);
    if (record->episodes.size > 0)
        arrays[count++] =
            npz_view("episodes", NPZ_FLOAT64, record->episodes.data, 2,
                     record->episodes.size / episode, (size_t)2);
    for (int i = 0; i < WINDOWS; i++) {
        const struct bytes *rows = &record->windows[i].rows;
        if (rows->size > 0)
            arrays[count++] =
                npz_view(names[i], NPZ_FLOAT64, rows->data, 2,
                         rows->size / (columns * sizeof(double)), columns);
    }
    count += spikes_view(&record->spikes, arrays + count);
    for (int i = 0; i < WINDOWS; i++)
        if (record->counts.changed[i])
            count += counts_view(&record->counts, record->spec,
                                 (enum window_name)i, arrays + count);
    if (errand->checkpoint_kind != NULL)
        arrays[count++] =
            npz_view("checkpoint", NPZ_UINT8, errand->checkpoint.data, 1,
                     errand->checkpoint.size);
    if (network->size > 0)
        arrays[count++] =
            npz_view("network", NPZ_UINT8, network->data, 1, network->size);
    return count;
}

enum status
report_make(struct errand *errand, const char *state, const char *reason,
            struct bytes *out, struct error *err)
{
    struct npz_array arrays[7 + WINDOWS + COUNTS_ARRAYS];
    struct bytes network = {0};
    enum status status = OK;
    char *text = report_text(errand, state, reason);
    if (text == NULL)
        return error_set(err, NO_MEMORY, "no memory for a report");
    if (!errand->network_sent && errand->run.network != NULL)
        status = network_to_npz(errand->run.network, &network, err);
    if (status == OK) {
        arrays[0] = npz_view("report", NPZ_UINT8, text, 1, strlen(text));
        status = npz_write(
            arrays, 1 + report_arrays(errand, &network, arrays + 1), out, err);
    }
    if (status == OK) {
        errand->network_sent = errand->run.network != NULL;
        errand->checkpoint_kind = NULL;
        errand->line[0] = '\0';
        record_reported(&errand->run.record);
    }
    bytes_free(&network);
    free(text);
    return status;
}
