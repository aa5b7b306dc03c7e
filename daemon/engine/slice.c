/* slice.c - one launch: what goes to the device, what comes back. */
#include "engine/engine_private.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* Numbers in the device's precision, row after row: `count` of `from`, at
 * `column` of rows as wide as `width`. */
static void
columns_pack(void *to, size_t rows, size_t width, size_t column,
             const double *from, size_t count, size_t real_size)
{
    double *doubles = (double *)to + column;
    float *floats = (float *)to + column;
    if (real_size == sizeof(double))
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < count; j++)
                doubles[i * width + j] = from[i * count + j];
    else
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < count; j++)
                floats[i * width + j] = (float)from[i * count + j];
}

/* Whether step i has the gates of the step before. */
static bool
gates_stay(const struct engine_drive *drive, size_t i)
{
    return drive->gates[i] == drive->gates[i - 1] &&
           drive->feedback[i] == drive->feedback[i - 1] &&
           drive->eta[i] == drive->eta[i - 1];
}

/* The gates of a slice, as often as they change; how often. */
static size_t
gates_pack(const struct engine_drive *drive, void *gates, int *changes,
           size_t real_size)
{
    size_t count = 0;
    for (size_t i = 0; i < (size_t)drive->steps; i++) {
        const unsigned char bits = drive->gates[i];
        if (i > 0 && gates_stay(drive, i))
            continue;
        const double row[GATES] = {
            [GATE_ERROR] = (bits & DRIVE_ERROR) != 0,
            [GATE_GAIN] = bits & DRIVE_FEEDBACK ? drive->feedback[i] : 0,
            [GATE_LEARN] = (bits & DRIVE_LEARN) != 0,
            [GATE_ETA] = drive->eta[i],
            [GATE_CLAMP_FF] = (bits & DRIVE_CLAMP_FF) != 0,
            [GATE_CLAMP_REC] = (bits & DRIVE_CLAMP) != 0,
        };
        if (count > 0)
            changes[count - 1] = (int)i;
        reals_from_doubles(gates, count * GATES, row, GATES, real_size);
        changes[count++] = INT_MAX;
    }
    return count;
}

static void
clocks_set(struct engine *engine, int seat, const struct engine_drive *drive)
{
    struct seat *place = &engine->seat[seat];
    int *clock = engine->clocks + seat * CLOCK_FIELDS;
    const int64_t period = place->rule.period_steps;

    place->running = place->taken ? drive->steps : 0;
    place->spikes = drive->spikes && engine->shape.record_spikes;
    clock[CLOCK_STEPS] = (int)place->running;
    clock[CLOCK_DONE] = (int)place->step;
    clock[CLOCK_PERIOD] = (int)period;
    clock[CLOCK_TO_SUMMARY] =
        period > 0 ? (int)(period - place->step % period) : 0;
    clock[CLOCK_DELAY] = (int)place->rule.delay_steps;
    clock[CLOCK_SEED] = (int)place->rule.noise_seed;
    clock[CLOCK_SPIKES] = place->spikes;
    clock[CLOCK_LOST] = 0;
}

static size_t
seat_offset(const struct engine *engine, int seat, size_t row)
{
    return (size_t)seat * (size_t)engine->steps_most * row *
           (size_t)engine->fit.real_size;
}

/* Sends the first `size` bytes of a seat's part of a buffer. */
static enum status
part_send(struct engine *engine, enum engine_buffer buffer, size_t offset,
          const void *host, size_t size, struct error *err)
{
    return buffer_write(engine->buffers[buffer], offset,
                        (const char *)host + offset, size, err);
}

/* One call for every seat, by whoever helps. */
static void
share_out(struct engine *engine, void (*work)(void *context, int seat))
{
    if (engine->share != NULL)
        engine->share(engine->helpers, work, engine, engine->seats);
    for (int seat = 0; engine->share == NULL && seat < engine->seats; seat++)
        work(engine, seat);
}

void
engine_share(struct engine *engine, engine_crew *share, void *helpers)
{
    engine->share = share;
    engine->helpers = helpers;
}

/* The drive of one seat, in the device's layout and precision. */
static void
drive_pack(void *context, int seat)
{
    struct engine *engine = context;
    const struct engine_drive *drive = &engine->given[seat];
    const size_t d_in = (size_t)engine->shape.dimensions_in;
    const size_t d = (size_t)engine->shape.dimensions;
    const size_t real = (size_t)engine->fit.real_size;
    const size_t steps = (size_t)drive->steps;
    const size_t row = engine->sizes.drive;
    const size_t drives_at = seat_offset(engine, seat, row);
    const size_t gates_at = seat_offset(engine, seat, GATES);
    const size_t changes_at =
        (size_t)seat * (size_t)engine->steps_most * sizeof(int);
    char *drives = (char *)engine->drives + drives_at;

    if (engine->seat[seat].running == 0)
        return;
    columns_pack(drives, steps, row, 0, drive->u, d_in, real);
    columns_pack(drives, steps, row, d_in, drive->target, d, real);
    engine->seat[seat].changes =
        gates_pack(drive, (char *)engine->gates + gates_at,
                   (int *)((char *)engine->changes + changes_at), real);
}

/* ... on its way. */
static enum status
drive_send(struct engine *engine, int seat, struct error *err)
{
    const size_t real = (size_t)engine->fit.real_size;
    const size_t row = engine->sizes.drive;
    const size_t steps = (size_t)engine->seat[seat].running;
    const size_t changes = engine->seat[seat].changes;
    const size_t drives_at = seat_offset(engine, seat, row);
    const size_t gates_at = seat_offset(engine, seat, GATES);
    const size_t changes_at =
        (size_t)seat * (size_t)engine->steps_most * sizeof(int);
    enum status status = part_send(engine, BUFFER_DRIVES, drives_at,
                                   engine->drives, steps * row * real, err);
    if (status == OK)
        status = part_send(engine, BUFFER_GATES, gates_at, engine->gates,
                           changes * GATES * real, err);
    if (status == OK)
        status = part_send(engine, BUFFER_CHANGES, changes_at, engine->changes,
                           changes * sizeof(int), err);
    return status;
}

enum status
engine_begin(struct engine *engine, const struct engine_drive *drives,
             struct error *err)
{
    if (engine->under_way)
        return error_set(err, CONFLICT, "a slice is under way");
    for (int seat = 0; seat < engine->seats; seat++) {
        if (drives[seat].steps < 0 || drives[seat].steps > engine->steps_most)
            return error_set(err, INVALID, "a slice of %lld steps, of %d",
                             (long long)drives[seat].steps, engine->steps_most);
        clocks_set(engine, seat, &drives[seat]);
    }
    engine->given = drives;
    share_out(engine, drive_pack);
    enum status status = OK;
    for (int seat = 0; status == OK && seat < engine->seats; seat++)
        if (engine->seat[seat].running > 0)
            status = drive_send(engine, seat, err);
    if (status == OK)
        status = buffer_write(
            engine->buffers[BUFFER_CLOCKS], 0, engine->clocks,
            (size_t)engine->seats * CLOCK_FIELDS * sizeof(int), err);
    if (status == OK && engine->fit.parts > 1)
        status = buffer_clear(engine->buffers[BUFFER_WORDS], err);
    if (status == OK)
        status = program_run(engine->program,
                             (size_t)(engine->seats * engine->fit.parts),
                             (size_t)engine->fit.group, err);
    engine->under_way = status == OK;
    return status;
}

/* How many summaries a seat wrote: one at each period's end, and at the end. */
static size_t
summary_count(const struct seat *seat)
{
    const int64_t period = seat->rule.period_steps;
    if (seat->running == 0)
        return 0;
    if (period <= 0)
        return 1;
    const int64_t end = seat->step + seat->running;
    const int64_t whole = end / period - seat->step / period;
    return (size_t)whole + (end % period != 0);
}

static enum status
results_fetch(struct engine *engine, int seat, struct error *err)
{
    const struct row_sizes *row = &engine->sizes;
    const size_t real = (size_t)engine->fit.real_size;
    const size_t steps = (size_t)engine->seat[seat].running;
    const size_t spikes_at =
        (size_t)seat * (size_t)engine->steps_most * row->spikes;
    const size_t trace_at = seat_offset(engine, seat, row->trace);
    const size_t summary_at =
        (size_t)seat * (size_t)engine->summaries_most * row->summary * real;

    enum status status = buffer_read(engine->buffers[BUFFER_TRACES], trace_at,
                                     (char *)engine->traces + trace_at,
                                     steps * row->trace * real, err);
    if (status == OK)
        status = buffer_read(
            engine->buffers[BUFFER_SUMMARIES], summary_at,
            (char *)engine->summaries + summary_at,
            summary_count(&engine->seat[seat]) * row->summary * real, err);
    if (status == OK && engine->seat[seat].spikes)
        status = buffer_read(engine->buffers[BUFFER_SPIKES],
                             spikes_at * sizeof(uint32_t),
                             engine->spikes + spikes_at,
                             steps * row->spikes * sizeof(uint32_t), err);
    return status;
}

/* The trace is dealt out into its three parts; false if not all is finite. */
static bool
trace_unpack(struct engine *engine, int seat)
{
    const size_t d = (size_t)engine->shape.dimensions;
    const size_t real = (size_t)engine->fit.real_size;
    const size_t row = engine->sizes.trace;
    const size_t at = (size_t)seat * (size_t)engine->steps_most * row;
    const size_t steps = (size_t)engine->seat[seat].running;
    const float *floats = (const float *)engine->traces + at;
    const double *doubles = (const double *)engine->traces + at;
    int lost = 0;

    for (size_t part = 0; part < TRACE_FIELDS; part++) {
        double *out =
            engine->seat[seat].trace + part * (size_t)engine->steps_most * d;
        for (size_t i = 0; i < steps; i++)
            for (size_t j = 0; j < d; j++) {
                const size_t from = i * row + part * d + j;
                out[i * d + j] =
                    real == sizeof(double) ? doubles[from] : floats[from];
                lost |= !isfinite(out[i * d + j]);
            }
    }
    return lost == 0;
}

/* Root mean square of the entries of W. Of W = E D from E^T E and D D^T: the
 * mean of W_ij^2 is trace(E^T E D D^T) / (N_rec N), and the numbers from `at`
 * on are the upper triangle of D D^T; else their sum of squares itself. */
static double
weight_rms(const struct engine *engine, const struct seat *seat, size_t at,
           double neurons)
{
    const bool factored = engine->shape.weights == ENGINE_WEIGHTS_FACTORED;
    const int d = factored ? engine->shape.dimensions : 1;
    double trace = 0;
    for (int i = 0; i < d; i++)
        for (int j = i; j < d; j++) {
            const double square =
                real_at(engine->summaries, at++, (size_t)engine->fit.real_size);
            trace +=
                (i == j ? 1 : 2) * (factored ? seat->gram[i][j] : 1) * square;
        }
    return sqrt((trace < 0 ? 0 : trace) /
                (neurons * (double)engine->shape.neurons_rec));
}

static bool
summaries_unpack(struct engine *engine, int seat)
{
    struct seat *place = &engine->seat[seat];
    const size_t real = (size_t)engine->fit.real_size;
    const size_t count = summary_count(place);
    const int64_t period = place->rule.period_steps;
    bool finite = true;

    for (size_t i = 0; i < count; i++) {
        const size_t at = ((size_t)seat * (size_t)engine->summaries_most + i) *
                          engine->sizes.summary;
        const size_t factors = at + SUMMARY_FACTORS;
        struct engine_summary *summary = &place->summaries[i];
        summary->step = i + 1 == count
                            ? place->step + place->running
                            : (place->step / period + 1 + (int64_t)i) * period;
        summary->spikes_ff =
            real_at(engine->summaries, at + SUMMARY_SPIKES_FF, real);
        summary->spikes_rec =
            real_at(engine->summaries, at + SUMMARY_SPIKES_REC, real);
        summary->weight_rms_ff = weight_rms(engine, place, factors,
                                            (double)engine->shape.neurons_ff);
        summary->weight_rms_rec =
            weight_rms(engine, place, factors + engine->sizes.squares,
                       (double)engine->shape.neurons_rec);
        finite = finite &&
                 isfinite(real_at(engine->summaries, at + SUMMARY_MEMBRANES,
                                  real)) &&
                 isfinite(summary->weight_rms_ff) &&
                 isfinite(summary->weight_rms_rec);
    }
    return finite;
}

static void
trace_fill(void *context, int seat)
{
    struct engine *engine = context;
    struct engine_trace *out = &engine->asked[seat];
    struct seat *place = &engine->seat[seat];
    const size_t part =
        (size_t)engine->steps_most * (size_t)engine->shape.dimensions;

    *out = (struct engine_trace){
        .steps = place->running,
        .x_hat = place->trace,
        .error = place->trace + part,
        .error_filtered = place->trace + 2 * part,
        .spikes_ff = place->spikes ? place->spikes_ff : NULL,
        .spikes_rec = place->spikes ? place->spikes_rec : NULL,
        .summaries = place->summaries,
        .summary_count = summary_count(place),
    };
    out->finite = trace_unpack(engine, seat);
    out->finite = summaries_unpack(engine, seat) && out->finite;
    if (place->spikes)
        spikes_pack(engine, seat);
}

/* Work-groups of one network meet in every step: the device must run them all
 * at once, as it was asked to. */
static enum status
meetings_check(const struct engine *engine, struct error *err)
{
    for (int seat = 0; seat < engine->seats; seat++)
        if (engine->clocks[seat * CLOCK_FIELDS + CLOCK_LOST] != 0)
            return error_set(err, UNAVAILABLE,
                             "%s did not run the %d work-groups of a network "
                             "at once",
                             opencl_device(engine->cl)->id, engine->fit.parts);
    return OK;
}

enum status
engine_end(struct engine *engine, struct engine_trace *traces,
           struct error *err)
{
    enum status status = OK;
    if (!engine->under_way)
        return error_set(err, CONFLICT, "no slice is under way");
    for (int seat = 0; status == OK && seat < engine->seats; seat++)
        status = results_fetch(engine, seat, err);
    if (status == OK && engine->fit.parts > 1)
        status = buffer_read(engine->buffers[BUFFER_CLOCKS], 0, engine->clocks,
                             (size_t)engine->seats * CLOCK_FIELDS * sizeof(int),
                             err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    engine->under_way = false;
    if (status == OK)
        status = meetings_check(engine, err);
    engine->asked = traces;
    if (status == OK)
        share_out(engine, trace_fill);
    for (int seat = 0; status == OK && seat < engine->seats; seat++) {
        engine->seat[seat].step += engine->seat[seat].running;
        engine->seat[seat].running = 0;
    }
    return status;
}

double
engine_seconds(const struct engine *engine)
{
    return program_seconds(engine->program);
}
