/* state.c - saving and loading what a seated network remembers.
 *
 * One table says where each part lies. On the device a row is padded; outside
 * it is as long as it has numbers. Bytes are copied as they are, so nothing is
 * rounded. */
#include "engine/engine_private.h"

#include <stdlib.h>
#include <string.h>

/* Where a part lies on the device. */
struct place {
    const char *name;
    enum engine_buffer buffer;
    size_t first;         /* row of the buffer's                             */
    size_t rows, columns; /* columns [<= padded] of them are ours            */
    size_t padded;
    size_t seat_rows; /* rows of the buffer that belong to one seat          */
};

/* The parts of this engine's states; how many. */
static size_t
places_list(const struct engine *engine, struct place out[ENGINE_PARTS])
{
    const struct engine_shape *shape = &engine->shape;
    const struct row_sizes *row = &engine->sizes;
    const size_t d = (size_t)shape->dimensions;
    const size_t n_ff = (size_t)shape->neurons_ff;
    const size_t n_rec = (size_t)shape->neurons_rec;
    const size_t p_ff = (size_t)engine->fit.padded_ff;
    const size_t p_rec = (size_t)engine->fit.padded_rec;
    const size_t ring = row->ring / d;
    const bool dense = shape->weights == ENGINE_WEIGHTS_DENSE;
    /* clang-format off */
    const struct {
        bool there;
        struct place place;
    } all[ENGINE_PARTS] = {
        { true, { "state_ff", BUFFER_STATES_FF, 0, STATE_FACTORS, n_ff, p_ff,
                  row->fields_ff } },
        { true, { "state_rec", BUFFER_STATES_REC, 0, STATE_FACTORS, n_rec,
                  p_rec, row->fields_rec } },
        { !dense, { "D_ff", BUFFER_STATES_FF, STATE_FACTORS, d, n_ff, p_ff,
                  row->fields_ff } },
        { !dense, { "D_rec", BUFFER_STATES_REC, STATE_FACTORS, d, n_rec, p_rec,
                  row->fields_rec } },
        { true, { "filters", BUFFER_FILTERS, 0, 1, row->filters, row->filters,
                  1 } },
        { row->current > 0, { "current", BUFFER_STATES_REC, row->current, 1,
                              n_rec, p_rec, row->fields_rec } },
        { row->readout > 0, { "learned_decoders", BUFFER_STATES_REC,
                              row->readout, d, n_rec, p_rec,
                              row->fields_rec } },
        { shape->delay_steps > 0, { "ring", BUFFER_RINGS, 0, ring, d, d,
                                    ring } },
        { dense, { "W_ff", BUFFER_WEIGHTS_FF, 0, n_ff, n_rec, p_rec, n_ff } },
        { dense, { "W_rec", BUFFER_WEIGHTS_REC, 0, n_rec, n_rec, p_rec,
                   n_rec } },
    };
    /* clang-format on */
    size_t count = 0;
    for (size_t i = 0; i < ENGINE_PARTS; i++)
        if (all[i].there)
            out[count++] = all[i].place;
    return count;
}

/* Row by row between [rows][padded] and [rows][columns]. */
static void
rows_copy(char *to, size_t to_row, const char *from, size_t from_row,
          size_t rows, size_t bytes)
{
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * to_row, from + i * from_row, bytes);
}

static size_t
place_offset(const struct place *place, int seat, size_t real)
{
    return ((size_t)seat * place->seat_rows + place->first) * place->padded *
           real;
}

static enum status
part_save(struct engine *engine, int seat, const struct place *place,
          struct engine_part *out, struct error *err)
{
    const size_t real = (size_t)engine->fit.real_size;
    enum status status = NO_MEMORY;
    char *whole = memory_array(place->rows * place->padded, real);
    *out = (struct engine_part){place->name, place->rows, place->columns, NULL};
    out->data = memory_array(place->rows * place->columns, real);
    if (whole == NULL || out->data == NULL) {
        error_set(err, NO_MEMORY, "no memory for %s", place->name);
        goto out;
    }
    status = buffer_read(engine->buffers[place->buffer],
                         place_offset(place, seat, real), whole,
                         place->rows * place->padded * real, err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    if (status == OK)
        rows_copy(out->data, place->columns * real, whole, place->padded * real,
                  place->rows, place->columns * real);
out:
    free(whole);
    return status;
}

static enum status
part_load(struct engine *engine, int seat, const struct place *place,
          const struct engine_part *part, struct error *err)
{
    const size_t real = (size_t)engine->fit.real_size;
    if (part->rows != place->rows || part->columns != place->columns)
        return error_set(err, INVALID, "%s is %zu x %zu, must be %zu x %zu",
                         part->name, part->rows, part->columns, place->rows,
                         place->columns);
    char *whole = memory_array(place->rows * place->padded, real);
    if (whole == NULL)
        return error_set(err, NO_MEMORY, "no memory for %s", place->name);
    rows_copy(whole, place->padded * real, part->data, place->columns * real,
              place->rows, place->columns * real);
    enum status status = buffer_write(engine->buffers[place->buffer],
                                      place_offset(place, seat, real), whole,
                                      place->rows * place->padded * real, err);
    if (status == OK)
        status = opencl_finish(engine->cl, err);
    free(whole);
    return status;
}

/* What a network only remembers for a while. */
static bool
is_passing(const char *name)
{
    static const char *const passing[] = {"state_ff", "state_rec", "filters",
                                          "current", "ring"};
    for (size_t i = 0; i < ARRAY_LENGTH(passing); i++)
        if (strcmp(name, passing[i]) == 0)
            return true;
    return false;
}

static enum status
state_save(struct engine *engine, int seat, bool passing_only,
           struct engine_state *out, struct error *err)
{
    struct place places[ENGINE_PARTS];
    memset(out, 0, sizeof(*out));
    enum status status = seat_rests(engine, seat, err);
    if (status != OK)
        return status;
    out->step = engine->seat[seat].step;
    out->real_size = (size_t)engine->fit.real_size;
    const size_t count = places_list(engine, places);
    for (size_t i = 0; status == OK && i < count; i++)
        if (!passing_only || is_passing(places[i].name))
            status = part_save(engine, seat, &places[i],
                               &out->parts[out->count++], err);
    if (status != OK)
        engine_state_free(out);
    return status;
}

enum status
engine_save(struct engine *engine, int seat, struct engine_state *out,
            struct error *err)
{
    return state_save(engine, seat, false, out, err);
}

enum status
engine_save_passing(struct engine *engine, int seat, struct engine_state *out,
                    struct error *err)
{
    return state_save(engine, seat, true, out, err);
}

enum status
engine_load(struct engine *engine, int seat, const struct engine_state *state,
            struct error *err)
{
    struct place places[ENGINE_PARTS];
    enum status status = seat_rests(engine, seat, err);
    if (status != OK)
        return status;
    if (!engine->seat[seat].taken)
        return error_set(err, CONFLICT, "seat %d is empty", seat);
    if (state->real_size != (size_t)engine->fit.real_size)
        return error_set(err, INVALID, "the state is of another precision");
    const size_t count = places_list(engine, places);
    for (size_t i = 0; status == OK && i < count; i++) {
        const struct engine_part *part =
            engine_state_find(state, places[i].name);
        if (part != NULL)
            status = part_load(engine, seat, &places[i], part, err);
    }
    if (status == OK)
        engine->seat[seat].step = state->step;
    return status;
}

/* The place of one number among the filters. */
static size_t
lost_index(const struct engine_part *filters)
{
    return filters->columns - FILTER_NUMBERS + FILTER_LOST;
}

void
engine_state_forget(struct engine_state *state)
{
    const struct engine_part *filters = engine_state_find(state, "filters");
    const size_t real = state->real_size;
    char *at = (char *)filters->data + lost_index(filters) * real;
    char lost[sizeof(double)];

    memcpy(lost, at, real);
    for (size_t i = 0; i < state->count; i++) {
        const struct engine_part *part = &state->parts[i];
        if (!is_passing(part->name))
            continue;
        memset(part->data, 0, part->rows * part->columns * real);
        if (strncmp(part->name, "state_", strlen("state_")) == 0)
            membranes_empty(part->data, part->columns, real);
    }
    memcpy(at, lost, real);
    state->step = 0;
}

double
engine_state_kept(const struct engine_state *state)
{
    const struct engine_part *filters = engine_state_find(state, "filters");
    return 1 - real_at(filters->data, lost_index(filters), state->real_size);
}

const struct engine_part *
engine_state_find(const struct engine_state *state, const char *name)
{
    for (size_t i = 0; i < state->count; i++)
        if (strcmp(state->parts[i].name, name) == 0)
            return &state->parts[i];
    return NULL;
}

void
engine_state_free(struct engine_state *state)
{
    for (size_t i = 0; i < state->count; i++)
        free(state->parts[i].data);
    memset(state, 0, sizeof(*state));
}
