/* reports.c - what a worker tells, from npz to a struct report. The queue makes
 * of it what it means. doc/protocol.md is the contract. */
#include "api/handlers.h"
#include "api/json.h"
#include "npz/npz.h"
#include "queue/queue.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOG_LINES_MOST 1000

/* A report and what its pointers point into. */
struct parcel {
    struct report report;
    struct npz *npz;  /* [owned] */
    json_t *about;    /* [owned] */
    char *provenance; /* [owned] */
    const char **log; /* [owned] lines are borrowed from about */
};

static void
parcel_close(struct parcel *parcel)
{
    npz_close(parcel->npz);
    json_decref(parcel->about);
    free(parcel->provenance);
    free(parcel->log);
}

/* The bytes of a uint8 array; NULL data when it is absent. */
static enum status
take_bytes(const struct npz *npz, const char *name, const void **data,
           size_t *size, struct error *err)
{
    size_t shape[1] = {0};
    *data = NULL;
    *size = 0;
    if (!npz_find(npz, name))
        return OK;
    enum status status = npz_need(npz, name, NPZ_UINT8, 1, shape, data, err);
    *size = shape[0];
    return status ? error_set(err, INVALID,
                              "%s must be uint8, of one dimension", name)
                  : OK;
}

static enum status
read_about(struct parcel *parcel, struct error *err)
{
    const void *data;
    size_t size;
    enum status status = take_bytes(parcel->npz, "report", &data, &size, err);
    if (status)
        return status;
    if (!data)
        return error_set(err, INVALID, "report is missing");
    status = spec_check_text(data, size, &parcel->about, err);
    if (status)
        return error_prefix(err, "report: ");
    if (!json_is_object(parcel->about))
        return error_set(err, INVALID, "report must be a JSON object");
    return OK;
}

static enum status
read_state(struct parcel *parcel, struct error *err)
{
    struct report *report = &parcel->report;
    const json_t *about = parcel->about;
    const char *state = json_string_value(json_object_get(about, "state"));
    if (!state || !report_state_parse(state, &report->state))
        return error_set(err, INVALID, "state '%.40s' is not known",
                         state ? state : "");
    const char *reason = json_string_value(json_object_get(about, "reason"));
    report->reason = reason && *reason ? reason : NULL;
    const char *fits = json_string_value(json_object_get(about, "fits"));
    if (fits)
        report->fits = strcmp(fits, "never") == 0   ? FITS_NEVER
                       : strcmp(fits, "later") == 0 ? FITS_LATER
                                                    : FITS;
    const json_t *t = json_object_get(about, "t");
    const json_t *rate = json_object_get(about, "rate");
    if ((t && !json_is_number(t)) || (rate && !json_is_number(rate)))
        return error_set(err, INVALID, "t and rate must be numbers");
    report->t = json_number_value(t);
    report->rate = json_number_value(rate);
    const json_t *provenance = json_object_get(about, "provenance");
    if (json_is_object(provenance)) {
        parcel->provenance = json_dumps(provenance, JSON_COMPACT);
        if (!parcel->provenance)
            return error_set(err, NO_MEMORY, "no memory for a report");
        report->provenance = parcel->provenance;
    }
    return OK;
}

static enum status
read_log(struct parcel *parcel, struct error *err)
{
    const json_t *log = json_object_get(parcel->about, "log");
    size_t count = json_array_size(log);
    if (count > LOG_LINES_MOST)
        return error_set(err, INVALID,
                         "log has %zu lines, at most %d are taken", count,
                         LOG_LINES_MOST);
    parcel->log = memory_array(count + 1, sizeof(*parcel->log));
    if (!parcel->log)
        return error_set(err, NO_MEMORY, "no memory for a report");
    for (size_t i = 0; i < count; i++) {
        const char *line = json_string_value(json_array_get(log, i));
        if (!line)
            return error_set(err, INVALID, "log must be texts");
        parcel->log[i] = line;
    }
    parcel->report.log = parcel->log;
    parcel->report.log_count = count;
    return OK;
}

static enum status
read_metrics(struct parcel *parcel, struct error *err)
{
    size_t shape[2] = {0, METRIC_KEYS};
    const void *data;
    if (!npz_find(parcel->npz, "metrics"))
        return OK;
    if (npz_need(parcel->npz, "metrics", NPZ_FLOAT64, 2, shape, &data, err))
        return error_set(err, INVALID, "metrics must be float64 (P, %d)",
                         METRIC_KEYS);
    parcel->report.metrics = data;
    parcel->report.metrics_count = shape[0];
    return OK;
}

static enum status
read_trace(struct parcel *parcel, enum trace_window window, struct error *err)
{
    char name[24];
    const char *word = trace_window_name(window);
    snprintf(name, sizeof(name), "trace_%s", word);
    if (!npz_find(parcel->npz, name))
        return OK;
    size_t shape[2] = {0, 0};
    const void *data;
    if (npz_need(parcel->npz, name, NPZ_FLOAT64, 2, shape, &data, err))
        return error_set(err, INVALID, "%s must be float64 (n, columns)", name);
    const json_t *traces = json_object_get(parcel->about, "traces");
    const json_t *first =
        json_object_get(json_object_get(traces, word), "first_step");
    if (!json_is_integer(first) || json_integer_value(first) < 0)
        return error_set(err, INVALID, "traces.%s.first_step is missing", word);
    parcel->report.traces[window] = (struct trace){
        .first_step = json_integer_value(first),
        .rows = (int64_t)shape[0],
        .columns = (int64_t)shape[1],
        .data = (double *)data, /* the queue only reads it */
    };
    return OK;
}

/* "traces", "spikes" and "counts" say where their arrays belong. */
static enum status
read_place(const json_t *about, const char *key, int64_t *out,
           struct error *err)
{
    const json_t *number = json_object_get(about, key);
    if (!json_is_integer(number) || json_integer_value(number) < 0)
        return error_set(err, INVALID, "%s is missing", key);
    *out = json_integer_value(number);
    return OK;
}

static enum status
read_spikes(struct parcel *parcel, struct error *err)
{
    size_t ff[2] = {0, 0}, rec[2] = {0, 0};
    const void *bits_ff, *bits_rec;
    if (!npz_find(parcel->npz, "spikes_ff_packed") &&
        !npz_find(parcel->npz, "spikes_rec_packed"))
        return OK;
    enum status status = npz_need(parcel->npz, "spikes_ff_packed", NPZ_UINT8, 2,
                                  ff, &bits_ff, err);
    rec[0] = ff[0];
    if (status == OK)
        status = npz_need(parcel->npz, "spikes_rec_packed", NPZ_UINT8, 2, rec,
                          &bits_rec, err);
    if (status)
        return error_set(err, INVALID,
                         "spikes_ff_packed and spikes_rec_packed must both be "
                         "uint8 (n, bytes)");
    struct spikes *spikes = &parcel->report.spikes;
    *spikes = (struct spikes){.rows = (int64_t)ff[0],
                              .bytes_ff = (int64_t)ff[1],
                              .bytes_rec = (int64_t)rec[1],
                              .ff = bits_ff,
                              .rec = bits_rec};
    return read_place(json_object_get(parcel->about, "spikes"), "first_step",
                      &spikes->first_step, err);
}

static enum status
read_counts(struct parcel *parcel, enum trace_window window, struct error *err)
{
    const char *word = trace_window_name(window);
    char name[2][24];
    const void *data[2];
    size_t shape[2][1] = {{0}, {0}};
    enum status status = OK;
    for (int i = 0; i < 2; i++)
        snprintf(name[i], sizeof(name[i]), "counts_%s_%s", word,
                 i ? "rec" : "ff");
    if (!npz_find(parcel->npz, name[0]) && !npz_find(parcel->npz, name[1]))
        return OK;
    for (int i = 0; i < 2 && status == OK; i++)
        status = npz_need(parcel->npz, name[i], NPZ_INT32, 1, shape[i],
                          &data[i], err);
    if (status || window == TRACE_LIVE)
        return error_set(err, INVALID, "%s and %s must both be int32 (N)",
                         name[0], name[1]);
    const json_t *about =
        json_object_get(json_object_get(parcel->about, "counts"), word);
    struct spike_count *count = &parcel->report.counts[window];
    *count = (struct spike_count){.neurons_ff = (int64_t)shape[0][0],
                                  .neurons_rec = (int64_t)shape[1][0],
                                  .ff = data[0],
                                  .rec = data[1]};
    status = read_place(about, "first_step", &count->first_step, err);
    return status ? status : read_place(about, "steps", &count->steps, err);
}

static enum status
read_episodes(struct parcel *parcel, struct error *err)
{
    size_t shape[2] = {0, 2};
    const void *data;
    if (!npz_find(parcel->npz, "episodes"))
        return OK;
    if (npz_need(parcel->npz, "episodes", NPZ_FLOAT64, 2, shape, &data, err))
        return error_set(err, INVALID, "episodes must be float64 (P, 2)");
    _Static_assert(sizeof(struct episode) == 2 * sizeof(double),
                   "an episode is a row of numbers");
    parcel->report.episodes = data;
    parcel->report.episodes_count = shape[0];
    return OK;
}

static enum status
read_checkpoint(struct parcel *parcel, struct error *err)
{
    struct report *report = &parcel->report;
    const void *data;
    size_t size;
    enum status status =
        take_bytes(parcel->npz, "checkpoint", &data, &size, err);
    if (status || !data)
        return status;
    const json_t *about = json_object_get(parcel->about, "checkpoint");
    const char *kind = json_string_value(json_object_get(about, "kind"));
    const json_t *t = json_object_get(about, "t");
    const json_t *step = json_object_get(about, "step");
    if (!kind || !checkpoint_kind_parse(kind, &report->checkpoint.kind) ||
        !json_is_number(t) || !json_is_integer(step))
        return error_set(err, INVALID,
                         "checkpoint needs t, step and a known kind");
    report->checkpoint.present = true;
    report->checkpoint.t = json_number_value(t);
    report->checkpoint.step = json_integer_value(step);
    report->checkpoint.data = data;
    report->checkpoint.size = size;
    return OK;
}

static enum status
parcel_open(const struct bytes *body, struct parcel *out, struct error *err)
{
    struct report *report = &out->report;
    enum status status =
        npz_open(body->data, body->size, BODY_REPORT_MAX, &out->npz, err);
    if (status == CORRUPT)
        return error_set(err, INVALID, "the body is no sound npz");
    if (status == OK)
        status = read_about(out, err);
    if (status == OK)
        status = read_state(out, err);
    if (status == OK)
        status = read_log(out, err);
    if (status == OK)
        status = read_metrics(out, err);
    for (int window = 0; status == OK && window < TRACE_WINDOWS; window++)
        status = read_trace(out, (enum trace_window)window, err);
    for (int window = 0; status == OK && window < TRACE_WINDOWS; window++)
        status = read_counts(out, (enum trace_window)window, err);
    if (status == OK)
        status = read_spikes(out, err);
    if (status == OK)
        status = read_episodes(out, err);
    if (status == OK)
        status = read_checkpoint(out, err);
    if (status == OK)
        status = take_bytes(out->npz, "network", &report->network,
                            &report->network_size, err);
    return status;
}

static enum status
read_sequence(const char *text, int64_t *out, struct error *err)
{
    errno = 0;
    *out = strtoll(text, NULL, 10);
    if (!*text || strspn(text, "0123456789") != strlen(text) || errno)
        return error_set(err, NOT_FOUND, "'%.24s' is no sequence number", text);
    return OK;
}

enum status
lease_report(struct request *request, struct response *response,
             struct error *err)
{
    struct parcel parcel = {0};
    enum command command;
    int64_t sequence;
    enum status status = lease_is_his(request, response, err);
    if (status == OK)
        status = read_sequence(request->captures[1], &sequence, err);
    if (status == OK)
        status = parcel_open(&request->body, &parcel, err);
    if (status == OK)
        status = queue_report(api_queue(request->api), request->store,
                              request->captures[0], sequence, &parcel.report,
                              &command, err);
    parcel_close(&parcel);
    if (status)
        return status;
    return response_json(response, 200,
                         json_pack("{s:s, s:f}", "command",
                                   command_name(command), "expires_in",
                                   QUEUE_LEASE_S),
                         err);
}
