/* record.c - what is kept of a run: errors and rates of each period, and every
 * millisecond of the windows at its start, its end and just now.
 *
 * Sums run over steps in order and are part of a checkpoint, so a run that was
 * cut or resumed reports the same numbers. */
#include "worker/worker_private.h"

#include <math.h>
#include <string.h>

const char *const window_names[WINDOWS] = {"start", "live", "end"};

enum status
record_open(struct record *record, const struct spec *spec, struct error *err)
{
    memset(record, 0, sizeof(*record));
    record->spec = spec;
    spec_dimensions(spec, &record->dimensions, &record->dimensions_in);
    record->columns = 1 + record->dimensions_in + 4 * record->dimensions;
    return counts_open(&record->counts, spec, err);
}

void
record_close(struct record *record)
{
    for (int i = 0; i < WINDOWS; i++)
        bytes_free(&record->windows[i].rows);
    spikes_close(&record->spikes);
    counts_close(&record->counts);
    bytes_free(&record->metrics);
    bytes_free(&record->episodes);
}

/* The live window is the end of the slice, one period at most. */
void
window_range(const struct spec *spec, enum window_name name, int64_t first,
             int64_t last, int64_t *from, int64_t *to)
{
    const int64_t total = spec_steps(spec);
    const int64_t wide = llround(spec->record.window / SPEC_DT);
    const int64_t period = spec_period_steps(spec);
    *from = first;
    *to = last;
    if (name == WINDOW_START && wide < last)
        *to = wide;
    if (name == WINDOW_END && total - wide > first)
        *from = total - wide;
    if (name == WINDOW_LIVE && last - period > first)
        *from = last - period;
}

static enum status
row_append(struct record *record, struct window *window, int64_t step,
           const struct drive_rows *drive, const struct engine_trace *trace,
           size_t i)
{
    const size_t d = (size_t)record->dimensions;
    const size_t d_in = (size_t)record->dimensions_in;
    const size_t state = d * sizeof(double);
    double row[1 + 5 * SPEC_DIMENSIONS_MOST];
    double *at = row;

    *at++ = (double)step * SPEC_DT;
    memcpy(at, drive->u + i * d_in, d_in * sizeof(double));
    at += d_in;
    memcpy(at, drive->x + i * d, state);
    memcpy(at + d, trace->x_hat + i * d, state);
    memcpy(at + 2 * d, trace->error + i * d, state);
    memcpy(at + 3 * d, trace->error_filtered + i * d, state);
    return bytes_append(&window->rows, row,
                        (size_t)record->columns * sizeof(double));
}

static enum status
window_record(struct record *record, enum window_name name, int64_t first,
              const struct drive_rows *drive, const struct engine_trace *trace)
{
    struct window *window = &record->windows[name];
    int64_t from, to;
    window_range(record->spec, name, first, first + trace->steps, &from, &to);
    if (to <= from)
        return OK;
    if (name == WINDOW_LIVE || window->rows.size == 0) {
        window->rows.size = 0;
        window->first = from;
    }
    for (int64_t step = from; step < to; step++) {
        const enum status status = row_append(record, window, step + 1, drive,
                                              trace, (size_t)(step - first));
        if (status != OK)
            return status;
    }
    window->last = to;
    return OK;
}

/* The row of a period that ended with `summary`; the sums start over. */
static enum status
period_close(struct record *record, const struct engine_summary *summary,
             double steps_per_second)
{
    const struct spec *spec = record->spec;
    const int64_t steps = spec_period_steps(spec);
    const double seconds = (double)steps * SPEC_DT;
    const double samples = (double)steps * record->dimensions;
    const double row[METRIC_COLUMNS] = {
        (double)(summary->step / steps - 1),
        (double)summary->step * SPEC_DT,
        record->sums.error_filtered / samples,
        record->sums.error_raw / samples,
        record->sums.spikes_ff / ((double)spec->network.neurons_ff * seconds),
        record->sums.spikes_rec / ((double)spec->network.neurons_rec * seconds),
        summary->weight_rms_ff,
        summary->weight_rms_rec,
        steps_per_second,
    };
    memset(&record->sums, 0, sizeof(record->sums));
    return bytes_append(&record->metrics, row, sizeof(row));
}

static void
errors_add(struct record *record, const struct drive_rows *drive,
           const struct engine_trace *trace, int64_t from, int64_t to)
{
    const size_t d = (size_t)record->dimensions;
    for (size_t i = (size_t)from * d; i < (size_t)to * d; i++) {
        const double raw = trace->x_hat[i] - drive->x[i];
        const double filtered = trace->error_filtered[i];
        record->sums.error_raw += raw * raw;
        record->sums.error_filtered += filtered * filtered;
    }
}

static enum status
periods_record(struct record *record, int64_t first,
               const struct drive_rows *drive, const struct engine_trace *trace,
               double steps_per_second)
{
    const int64_t period = spec_period_steps(record->spec);
    int64_t at = 0;
    for (size_t i = 0; i < trace->summary_count; i++) {
        const struct engine_summary *summary = &trace->summaries[i];
        errors_add(record, drive, trace, at, summary->step - first);
        at = summary->step - first;
        record->sums.spikes_ff += summary->spikes_ff;
        record->sums.spikes_rec += summary->spikes_rec;
        if (summary->step % period != 0)
            continue;
        const enum status status =
            period_close(record, summary, steps_per_second);
        if (status != OK)
            return status;
    }
    return OK;
}

enum status
record_slice(struct record *record, int64_t first,
             const struct drive_rows *drive, const struct engine_trace *trace,
             double steps_per_second, struct error *err)
{
    enum status status =
        periods_record(record, first, drive, trace, steps_per_second);
    for (int i = 0; status == OK && i < WINDOWS; i++)
        status =
            window_record(record, (enum window_name)i, first, drive, trace);
    if (status == OK)
        status = spikes_take(&record->spikes, record->spec, first, trace);
    if (status != OK)
        return error_set(err, status, "no memory for the traces");
    counts_take(&record->counts, record->spec, first, trace);
    return OK;
}

void
record_reported(struct record *record)
{
    for (int i = 0; i < WINDOWS; i++) {
        record->windows[i].rows.size = 0;
        record->counts.changed[i] = false;
    }
    spikes_reported(&record->spikes);
    record->metrics.size = record->episodes.size = 0;
}
