/* command_draw.c - what is random in a command: the stream, and what is drawn
 * from it in the order of the published scripts. */
#include "drive/command_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ------------------------------------------------------------ */

enum status
command_allocate(const struct command *command, double **out, struct error *err)
{
    *out = memory_array((size_t)command->periods,
                        (size_t)command->d * sizeof(double));
    if (!*out)
        return error_set(err, NO_MEMORY, "no memory for %lld periods",
                         (long long)command->periods);
    return OK;
}

enum status
command_draw_uniform(const struct command *command, struct random *random,
                     double most, double **out, struct error *err)
{
    enum status status = command_allocate(command, out, err);

    if (status == OK)
        random_fill_uniform(random, -most, most, command->d * command->periods,
                            *out);
    return status;
}

/* Each column divided by its length. */
static void
columns_normalize(int rows, int64_t columns, double *n)
{
    for (int64_t k = 0; k < columns; k++) {
        double square = 0;

        for (int j = 0; j < rows; j++)
            square += n[j * columns + k] * n[j * columns + k];
        square = sqrt(square);
        for (int j = 0; j < rows; j++)
            n[j * columns + k] /= square;
    }
}

enum status
command_draw_directions(const struct command *command, struct random *random,
                        double **out, struct error *err)
{
    enum status status = command_allocate(command, out, err);

    if (status != OK)
        return status;
    random_fill_normal(random, command->d * command->periods, *out);
    columns_normalize(command->d, command->periods, *out);
    return OK;
}

enum status
command_draw_grid(struct command *command, struct random *random,
                  enum grid_kind kind, double spacing, double most,
                  struct error *err)
{
    struct grid *grid = &command->grids[command->grid_count++];
    enum status status = grid_make(
        grid, kind, command->d, command->spec.schedule.duration, spacing, err);

    if (status == OK)
        random_fill_uniform(random, -most, most, grid->rows * grid->points,
                            grid->values);
    return status;
}

void
command_divide(double *numbers, int64_t count, double divisor)
{
    for (int64_t i = 0; i < count; i++)
        numbers[i] /= divisor;
}

void
command_weaken_first(const struct command *command, double *numbers,
                     int64_t count)
{
    if (command->spec.system.type == SYSTEM_VAN_DER_POL)
        command_divide(numbers, count, 3.0);
}

/* ---- the stream --------------------------------------------------------- */

/* As the first script begins: y0 is uniform on the circle, and B is what keeps
 * a linear oscillator with the matrix W there, 2 (y0 - W y0). The oscillator of
 * van der Pol gets a third of it, a third dimension nothing. */
static void
draw_direction(const struct spec *spec, struct random *random, double *B)
{
    double diagonal = -0.2 / 0.05 * 0.02 + 1, aside = 1 / 0.05 * 0.02;
    double y[2];

    random_fill_uniform(random, -1, 1, 2, y);
    columns_normalize(2, 1, y);
    B[0] = 2 * (y[0] - (diagonal * y[0] - aside * y[1]));
    B[1] = 2 * (y[1] - (aside * y[0] + diagonal * y[1]));
    if (spec->system.type == SYSTEM_VAN_DER_POL)
        command_divide(B, 2, 3.0);
}

static void
skip_weights(const struct spec *spec, struct random *random)
{
    int64_t rec = spec->network.neurons_rec, ff = spec->network.neurons_ff;
    int64_t count = rec * rec + (ff == rec ? 0 : rec * ff);

    if (spec->weights.init != WEIGHTS_RANDOM || spec->weights.seed >= 0)
        return;
    for (int64_t i = 0; i < count; i++)
        (void)random_normal(random);
}

/* The scripts seed with a list of one number. */
enum status
command_draw_all(struct command *command, command_draw *draw,
                 struct random *before, struct random *after, struct error *err)
{
    const struct spec *spec = &command->spec;
    struct random random;
    enum status status = OK;

    random_seed_list(&random, (uint32_t)spec->input.seed);
    if (!spec_is_arm(spec))
        draw_direction(spec, &random, command->direction);
    if (before)
        *before = random;
    if (draw || after)
        skip_weights(spec, &random);
    if (draw)
        status = draw(command, &random, err);
    if (after)
        *after = random;
    return status;
}
