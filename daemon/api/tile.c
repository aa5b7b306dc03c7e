/* tile.c - a weight matrix, or a part of it, as a picture of few points: each
 * stands for a block of entries. */
#include "api/handlers.h"
#include "api/json.h"
#include "api/matrix.h"

#include <math.h>
#include <stdlib.h>

#define SIDE_MOST 1024 /* points */

/* What a block of entries becomes. */
enum measure {
    MEASURE_EXTREME, /* the entry that is farthest from 0                     */
    MEASURE_MEAN,
    MEASURE_RMS,
    MEASURE_MIN,
    MEASURE_MAX
};

struct tile {
    size_t layer, measure, format;
    int64_t from[2], to[2], points[2]; /* of rows, of columns                 */
    double *values;                    /* [points[0]][points[1]] [owned]      */
};

static const char *const measures[] = {"extreme", "mean", "rms",
                                       "min",     "max",  NULL};
static const char *const layers[] = {"rec", "ff", NULL};

static enum status
read_query(const struct request *request, struct tile *tile, struct error *err)
{
    static const char *const known[] = {
        "layer",       "of",        "format", "row_from", "row_to",
        "column_from", "column_to", "height", "width",    NULL};
    static const char *const formats[] = {"json", "npy", NULL};
    static const char *const sides[2][3] = {
        {"row_from", "row_to", "height"},
        {"column_from", "column_to", "width"}};
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_choice(request, "layer", layers, &tile->layer, err);
    if (status == OK)
        status = request_choice(request, "of", measures, &tile->measure, err);
    if (status == OK)
        status = request_choice(request, "format", formats, &tile->format, err);
    for (int i = 0; i < 2; i++) {
        tile->to[i] = INT64_MAX;
        tile->points[i] = 256;
        if (status == OK)
            status = request_whole(request, sides[i][0], 0, INT64_MAX,
                                   &tile->from[i], err);
        if (status == OK)
            status = request_whole(request, sides[i][1], 1, INT64_MAX,
                                   &tile->to[i], err);
        if (status == OK)
            status = request_whole(request, sides[i][2], 1, SIDE_MOST,
                                   &tile->points[i], err);
    }
    return status;
}

/* Cuts the part to what there is; never more points than entries. */
static enum status
fit(struct tile *tile, const struct matrix *matrix, struct error *err)
{
    const int64_t most[2] = {(int64_t)matrix->rows, (int64_t)matrix->columns};
    for (int i = 0; i < 2; i++) {
        if (tile->to[i] > most[i])
            tile->to[i] = most[i];
        int64_t size = tile->to[i] - tile->from[i];
        if (size < 1)
            return error_set(err, INVALID,
                             "no %s from %lld to %lld: there are %lld",
                             i ? "columns" : "rows", (long long)tile->from[i],
                             (long long)tile->to[i], (long long)most[i]);
        if (tile->points[i] > size)
            tile->points[i] = size;
    }
    return OK;
}

/* What point `i` of a side begins with. */
static size_t
edge(const struct tile *tile, int side, int64_t i)
{
    int64_t size = tile->to[side] - tile->from[side];
    return (size_t)(tile->from[side] + i * size / tile->points[side]);
}

static double
add(enum measure measure, double sum, double entry)
{
    switch (measure) {
    case MEASURE_MEAN:
        return sum + entry;
    case MEASURE_RMS:
        return sum + entry * entry;
    case MEASURE_MIN:
        return isnan(sum) || entry < sum ? entry : sum;
    case MEASURE_MAX:
        return isnan(sum) || entry > sum ? entry : sum;
    default:
        return fabs(entry) > fabs(sum) ? entry : sum;
    }
}

static double
conclude(enum measure measure, double sum, size_t entries)
{
    if (measure == MEASURE_MEAN)
        return sum / (double)entries;
    return measure == MEASURE_RMS ? sqrt(sum / (double)entries) : sum;
}

/* One row of points. */
static void
make_row(const struct tile *tile, const struct matrix *matrix, int64_t i,
         double *row, double *out)
{
    enum measure measure = (enum measure)tile->measure;
    bool extreme = measure == MEASURE_MIN || measure == MEASURE_MAX;
    size_t first = edge(tile, 0, i), end = edge(tile, 0, i + 1);
    for (int64_t j = 0; j < tile->points[1]; j++)
        out[j] = extreme ? NAN : 0;
    for (size_t r = first; r < end; r++) {
        matrix_row(matrix, r, (size_t)tile->from[1], (size_t)tile->to[1], row);
        for (int64_t j = 0; j < tile->points[1]; j++)
            for (size_t c = edge(tile, 1, j); c < edge(tile, 1, j + 1); c++)
                out[j] = add(measure, out[j], row[c]);
    }
    for (int64_t j = 0; j < tile->points[1]; j++)
        out[j] =
            conclude(measure, out[j],
                     (end - first) * (edge(tile, 1, j + 1) - edge(tile, 1, j)));
}

static enum status
make(struct tile *tile, const struct matrix *matrix, struct error *err)
{
    size_t height = (size_t)tile->points[0], width = (size_t)tile->points[1];
    double *row = memory_array(matrix->columns, sizeof(*row));
    tile->values = memory_array(height * width, sizeof(*tile->values));
    for (size_t i = 0; row && tile->values && i < height; i++)
        make_row(tile, matrix, (int64_t)i, row, tile->values + i * width);
    bool good = row && tile->values;
    free(row);
    return good ? OK : error_set(err, NO_MEMORY, "no memory for a tile");
}

static json_t *
values_json(const struct tile *tile)
{
    json_t *rows = json_array();
    for (int64_t i = 0; i < tile->points[0]; i++) {
        json_t *row = json_array();
        for (int64_t j = 0; j < tile->points[1]; j++)
            json_array_append_new(
                row, json_number(tile->values[i * tile->points[1] + j]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static enum status
answer_json(const struct tile *tile, const struct weights *weights,
            const struct matrix *matrix, struct response *response,
            struct error *err)
{
    return response_json(
        response, 200,
        json_pack("{s:I, s:o, s:s, s:s, s:[I,I], s:[I,I], s:[I,I], s:o}", "job",
                  (json_int_t)weights->job.id, "t",
                  json_number(weights->checkpoint.t), "layer",
                  layers[tile->layer], "of", measures[tile->measure], "shape",
                  (json_int_t)matrix->rows, (json_int_t)matrix->columns, "rows",
                  (json_int_t)tile->from[0], (json_int_t)tile->to[0], "columns",
                  (json_int_t)tile->from[1], (json_int_t)tile->to[1], "values",
                  values_json(tile)),
        err);
}

static enum status
answer_npy(const struct tile *tile, const struct weights *weights,
           struct response *response, struct error *err)
{
    size_t shape[2] = {(size_t)tile->points[0], (size_t)tile->points[1]};
    struct bytes out = {0};
    char name[96];
    enum status status = npy_header(NPZ_FLOAT32, 2, shape, &out, err);
    for (size_t i = 0; status == OK && i < shape[0] * shape[1]; i++) {
        float value = (float)tile->values[i];
        status = bytes_append(&out, &value, sizeof(value));
    }
    snprintf(name, sizeof(name), "job-%lld-W_%s-%s-%gs.npy",
             (long long)weights->job.id, layers[tile->layer],
             measures[tile->measure], weights->checkpoint.t);
    if (status == OK)
        response_download(response, &out, "application/x-npy", name);
    bytes_free(&out);
    return status ? error_set(err, status, "no memory for a tile") : OK;
}

enum status
checkpoint_tile(struct request *request, struct response *response,
                struct error *err)
{
    struct tile tile = {0};
    struct weights weights = {0};
    struct matrix *matrix = NULL;
    enum status status = read_query(request, &tile, err);
    if (status == OK)
        status = matrix_ask(request, tile.layer ? LAYER_FF : LAYER_REC,
                            &weights, &matrix, err);
    if (status == OK)
        status = fit(&tile, matrix, err);
    if (status == OK)
        status = make(&tile, matrix, err);
    if (status == OK && tile.format)
        status = answer_npy(&tile, &weights, response, err);
    else if (status == OK)
        status = answer_json(&tile, &weights, matrix, response, err);
    free(tile.values);
    matrix_close(matrix);
    weights_close(&weights);
    return status;
}
