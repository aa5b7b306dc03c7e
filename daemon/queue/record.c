/* record.c - what a worker has recorded of a run: metrics, traces, spikes,
 * episodes. */
#include "queue/queue_private.h"

#include <math.h>
#include <string.h>

/* ---- whether it makes sense --------------------------------------------- */

/* `rows` steps after step `first` of this job. */
static enum status
stretch_check(const struct spec *spec, const char *what, int64_t first,
              int64_t rows, struct error *err)
{
    int64_t steps = spec_steps(spec);
    if (first < 0 || rows > steps || first > steps - rows)
        return error_set(err, INVALID,
                         "%s of %lld steps after step %lld of "
                         "%lld",
                         what, (long long)rows, (long long)first,
                         (long long)steps);
    return OK;
}

static enum status
trace_check(const struct trace *trace, const struct spec *spec,
            struct error *err)
{
    int d, d_in;
    spec_dimensions(spec, &d, &d_in);
    if (trace->columns != 1 + d_in + 4 * d)
        return error_set(err, INVALID, "a trace of %lld columns, not %d",
                         (long long)trace->columns, 1 + d_in + 4 * d);
    return stretch_check(spec, "a trace", trace->first_step, trace->rows, err);
}

static enum status
spikes_check(const struct spikes *spikes, const struct spec *spec,
             struct error *err)
{
    int64_t ff = (spec->network.neurons_ff + 7) / 8;
    int64_t rec = (spec->network.neurons_rec + 7) / 8;
    if (spikes->bytes_ff != ff || spikes->bytes_rec != rec)
        return error_set(err, INVALID,
                         "spikes of %lld and %lld bytes a step, not %lld and "
                         "%lld",
                         (long long)spikes->bytes_ff,
                         (long long)spikes->bytes_rec, (long long)ff,
                         (long long)rec);
    return stretch_check(spec, "spikes", spikes->first_step, spikes->rows, err);
}

static enum status
count_check(const struct spike_count *count, const struct spec *spec,
            struct error *err)
{
    if (count->neurons_ff != spec->network.neurons_ff ||
        count->neurons_rec != spec->network.neurons_rec)
        return error_set(err, INVALID, "counts of %lld and %lld neurons",
                         (long long)count->neurons_ff,
                         (long long)count->neurons_rec);
    return stretch_check(spec, "counts", count->first_step, count->steps, err);
}

enum status
record_check(const struct report *report, const struct spec *spec,
             struct error *err)
{
    enum status status = OK;
    bool reinforced = spec->rl.task != RL_NONE;
    bool recorded = report->metrics_count > 0 || report->spikes.rows > 0;
    for (int i = 0; i < TRACE_WINDOWS; i++)
        recorded |= report->traces[i].rows > 0 || report->counts[i].steps > 0;
    if (reinforced ? recorded : report->episodes_count > 0)
        return error_set(err, INVALID, "%s",
                         reinforced
                             ? "a job without a network has episodes alone"
                             : "only a job with rl.task has episodes");
    for (int i = 0; i < TRACE_WINDOWS && status == OK; i++) {
        if (report->traces[i].rows > 0)
            status = trace_check(&report->traces[i], spec, err);
        if (status == OK && report->counts[i].steps > 0)
            status = count_check(&report->counts[i], spec, err);
    }
    if (status == OK && report->spikes.rows > 0)
        status = spikes_check(&report->spikes, spec, err);
    return status;
}

/* ---- keeping it --------------------------------------------------------- */

/* The least error is that of a period in which it was switched on: mse is of
 * what the learning rule gets, mse_raw of a network that has feedback. */
static enum status
save_metric(struct store *store, const double *row, int64_t job,
            const struct spec *spec, struct error *err)
{
    struct metric metric;
    memcpy(metric.value, row, sizeof metric.value);
    struct metric least = metric;
    double end = metric.value[METRIC_T_END];
    bool passes = spec_lets_error_pass(spec, end - spec->schedule.period, end);
    if (!passes || !spec->learning.enabled)
        least.value[METRIC_MSE] = NAN;
    if (!passes)
        least.value[METRIC_MSE_RAW] = NAN;
    return metric_add(store, job, &metric, &least, err);
}

static enum status
save_windows(struct store *store, const struct report *report, int64_t job,
             struct error *err)
{
    enum status status = OK;
    for (int i = 0; i < TRACE_WINDOWS && status == OK; i++) {
        enum trace_window window = (enum trace_window)i;
        if (report->traces[i].rows > 0)
            status = trace_save(store, job, window, &report->traces[i], err);
        if (status == OK && report->counts[i].steps > 0)
            status =
                spike_count_save(store, job, window, &report->counts[i], err);
    }
    return status;
}

enum status
record_save(struct store *store, const struct report *report, int64_t job,
            const struct spec *spec, struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; i < report->metrics_count && status == OK; i++)
        status = save_metric(store, report->metrics[i], job, spec, err);
    for (size_t i = 0; i < report->episodes_count && status == OK; i++)
        status = episode_add(store, job, &report->episodes[i], err);
    if (status == OK)
        status = save_windows(store, report, job, err);
    if (status == OK && report->spikes.rows > 0)
        status = spikes_save(store, job, &report->spikes, err);
    return status;
}
