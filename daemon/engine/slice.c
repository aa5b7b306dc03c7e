/* slice.c - one launch: begin and end. */
#include "engine/engine_private.h"

static void
clocks_set(struct engine *engine, int seat)
{
    const struct seat *place = &engine->seat[seat];
    int *clock = engine->clocks + seat * CLOCK_FIELDS;
    const int64_t period = place->rule.period_steps;

    clock[CLOCK_STEPS] = (int)place->now.steps;
    clock[CLOCK_DONE] = (int)place->step;
    clock[CLOCK_PERIOD] = (int)period;
    clock[CLOCK_TO_SUMMARY] =
        period > 0 ? (int)(period - place->step % period) : 0;
    clock[CLOCK_DELAY] = (int)place->rule.delay_steps;
    clock[CLOCK_SEED] = (int)place->rule.noise_seed;
    clock[CLOCK_SPIKES] = place->now.spikes;
    clock[CLOCK_LOST] = 0;
}

/* The most of what any seat has in the slice under way. */
struct most {
    size_t steps, changes, summaries;
    bool spikes;
};

static struct most
most_of(const struct engine *engine)
{
    struct most most = {0};
    for (int seat = 0; seat < engine->seats; seat++) {
        const struct seat *place = &engine->seat[seat];
        const size_t summaries = summary_count(place, &place->now);
        if (most.steps < (size_t)place->now.steps)
            most.steps = (size_t)place->now.steps;
        if (most.changes < place->now.changes)
            most.changes = place->now.changes;
        if (most.summaries < summaries)
            most.summaries = summaries;
        most.spikes = most.spikes || place->now.spikes;
    }
    return most;
}

/* Sends, or fetches, the first `used` of `room` rows of `row` bytes that every
 * seat has in a buffer. */
static enum status
rows_send(struct engine *engine, enum engine_buffer buffer, const void *host,
          size_t row, size_t room, size_t used, struct error *err)
{
    return buffer_write_rows(engine->buffers[buffer], host, used * row,
                             room * row, (size_t)engine->seats, err);
}

static enum status
rows_fetch(struct engine *engine, enum engine_buffer buffer, void *host,
           size_t row, size_t room, size_t used, struct error *err)
{
    return buffer_read_rows(engine->buffers[buffer], host, used * row,
                            room * row, (size_t)engine->seats, err);
}

static enum status
drives_send(struct engine *engine, const struct packed *packed,
            struct error *err)
{
    const struct most most = most_of(engine);
    const size_t real = (size_t)engine->fit.real_size;
    const size_t room = (size_t)engine->steps_most;
    enum status status =
        rows_send(engine, BUFFER_DRIVES, staging_bytes(packed->drives),
                  engine->sizes.drive * real, room, most.steps, err);
    if (status == OK)
        status = rows_send(engine, BUFFER_GATES, packed->gates, GATES * real,
                           room, most.changes, err);
    if (status == OK)
        status = rows_send(engine, BUFFER_CHANGES, packed->changes, sizeof(int),
                           room, most.changes, err);
    if (status == OK)
        status = rows_send(engine, BUFFER_CLOCKS, engine->clocks,
                           CLOCK_FIELDS * sizeof(int), 1, 1, err);
    return status;
}

enum status
engine_begin(struct engine *engine, struct error *err)
{
    const struct packed *packed = &engine->packed[engine->packing];
    if (engine->under_way)
        return error_set(err, CONFLICT, "a slice is under way");
    for (int seat = 0; seat < engine->seats; seat++) {
        struct seat *place = &engine->seat[seat];
        place->now = place->next;
        place->now.first = place->step;
        place->next = (struct stretch){0};
        clocks_set(engine, seat);
    }
    engine->packing = 1 - engine->packing;
    enum status status = drives_send(engine, packed, err);
    if (status == OK && engine->fit.parts > 1)
        status = buffer_clear(engine->buffers[BUFFER_WORDS], err);
    if (status == OK)
        status = program_run(engine->program,
                             (size_t)(engine->seats * engine->fit.parts),
                             (size_t)engine->fit.group, err);
    engine->under_way = status == OK;
    return status;
}

static enum status
results_fetch(struct engine *engine, struct error *err)
{
    const struct row_sizes *row = &engine->sizes;
    const struct most most = most_of(engine);
    const size_t real = (size_t)engine->fit.real_size;
    const size_t room = (size_t)engine->steps_most;
    enum status status = rows_fetch(
        engine, BUFFER_TRACES, staging_bytes(engine->traces), row->trace * real,
        room + 1, most.steps > 0 ? most.steps + 1 : 0, err);
    if (status == OK)
        status =
            rows_fetch(engine, BUFFER_SUMMARIES,
                       staging_bytes(engine->summaries), row->summary * real,
                       (size_t)engine->summaries_most, most.summaries, err);
    if (status == OK && most.spikes)
        status =
            rows_fetch(engine, BUFFER_SPIKES, engine->spikes,
                       row->spikes * sizeof(uint32_t), room, most.steps, err);
    if (status == OK && engine->fit.parts > 1)
        status = rows_fetch(engine, BUFFER_CLOCKS, engine->clocks,
                            CLOCK_FIELDS * sizeof(int), 1, 1, err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    return status;
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

static void
trace_fill(struct engine *engine, int seat, struct engine_trace *out)
{
    struct seat *place = &engine->seat[seat];
    const size_t part =
        (size_t)engine->steps_most * (size_t)engine->shape.dimensions;

    place->past = place->now;
    place->now = (struct stretch){0};
    place->step += place->past.steps;
    *out = (struct engine_trace){
        .steps = place->past.steps,
        .x_hat = place->trace,
        .error = place->trace + part,
        .error_filtered = place->trace + 2 * part,
        .spikes_ff = place->past.spikes ? place->spikes_ff : NULL,
        .spikes_rec = place->past.spikes ? place->spikes_rec : NULL,
        .summaries = place->summaries,
        .summary_count = summary_count(place, &place->past),
    };
    out->finite = summaries_unpack(engine, seat) && place->past.finite;
}

enum status
engine_end(struct engine *engine, struct engine_trace *traces,
           struct error *err)
{
    if (!engine->under_way)
        return error_set(err, CONFLICT, "no slice is under way");
    enum status status = results_fetch(engine, err);
    engine->under_way = false;
    if (status == OK)
        status = meetings_check(engine, err);
    for (int seat = 0; status == OK && seat < engine->seats; seat++)
        trace_fill(engine, seat, &traces[seat]);
    return status;
}

double
engine_seconds(const struct engine *engine)
{
    return program_seconds(engine->program);
}
