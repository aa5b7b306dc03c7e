/* histogram.c - how the entries of a weight matrix are distributed. */
#include "api/handlers.h"
#include "api/json.h"
#include "api/matrix.h"

#include <math.h>
#include <stdlib.h>

#define BINS_MOST 10000

struct histogram {
    int64_t bins;
    double width; /* standard deviations on either side of the mean */
    double mean, sd, mean_abs, least, most;
    int64_t *counts; /* [bins] [owned] */
    int64_t below, above;
};

/* Whatever is to be done with the entries of one row. */
typedef void row_see(struct histogram *histogram, const double *row,
                     size_t count);

static enum status
each_row(const struct matrix *matrix, row_see *see, struct histogram *histogram,
         struct error *err)
{
    double *row = memory_array(matrix->columns, sizeof(*row));
    if (!row)
        return error_set(err, NO_MEMORY, "no memory for a row");
    for (size_t i = 0; i < matrix->rows; i++) {
        matrix_row(matrix, i, 0, matrix->columns, row);
        see(histogram, row, matrix->columns);
    }
    free(row);
    return OK;
}

/* Sums, for the time being. */
static void
add_up(struct histogram *histogram, const double *row, size_t count)
{
    for (size_t j = 0; j < count; j++) {
        histogram->mean += row[j];
        histogram->sd += row[j] * row[j];
        histogram->mean_abs += fabs(row[j]);
        histogram->least = fmin(histogram->least, row[j]);
        histogram->most = fmax(histogram->most, row[j]);
    }
}

/* Bins are closed below, the last one above, too, as NumPy's are. */
static void
sort_in(struct histogram *histogram, const double *row, size_t count)
{
    double half = histogram->width * histogram->sd;
    double first = histogram->mean - half, last = histogram->mean + half;
    for (size_t j = 0; j < count; j++) {
        if (row[j] < first)
            histogram->below++;
        else if (row[j] > last)
            histogram->above++;
        else {
            int64_t bin = (int64_t)((row[j] - first) / (2 * half) *
                                    (double)histogram->bins);
            histogram
                ->counts[bin < histogram->bins ? bin : histogram->bins - 1]++;
        }
    }
}

/* All entries may be the same: then they are the middle of a range of 1. */
static enum status
histogram_make(const struct matrix *matrix, struct histogram *out,
               struct error *err)
{
    double entries = (double)matrix->rows * (double)matrix->columns;
    out->least = INFINITY;
    out->most = -INFINITY;
    out->counts = memory_array((size_t)out->bins, sizeof(*out->counts));
    if (!out->counts)
        return error_set(err, NO_MEMORY, "no memory for a histogram");
    enum status status = each_row(matrix, add_up, out, err);
    if (status)
        return status;
    if (!isfinite(out->sd))
        return error_set(err, CONFLICT, "these weights are not finite");
    out->mean /= entries;
    out->mean_abs /= entries;
    out->sd = sqrt(fmax(out->sd / entries - out->mean * out->mean, 0));
    struct histogram range = *out;
    if (!(out->sd > 0))
        range.sd = 0.5 / range.width;
    status = each_row(matrix, sort_in, &range, err);
    out->below = range.below;
    out->above = range.above;
    return status;
}

static json_t *
histogram_json(const struct histogram *histogram)
{
    double half = histogram->sd > 0 ? histogram->width * histogram->sd : 0.5;
    json_t *edges = json_array(), *counts = json_array();
    for (int64_t i = 0; i <= histogram->bins; i++)
        json_array_append_new(
            edges, json_number(histogram->mean - half +
                               2 * half * (double)i / (double)histogram->bins));
    for (int64_t i = 0; i < histogram->bins; i++)
        json_array_append_new(counts, json_integer(histogram->counts[i]));
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "mean",
        json_number(histogram->mean), "sd", json_number(histogram->sd),
        "mean_abs", json_number(histogram->mean_abs), "min",
        json_number(histogram->least), "max", json_number(histogram->most),
        "edges", edges, "counts", counts, "below", (json_int_t)histogram->below,
        "above", (json_int_t)histogram->above);
}

enum status
checkpoint_histogram(struct request *request, struct response *response,
                     struct error *err)
{
    static const char *const known[] = {"layer", "bins", "width", NULL};
    static const char *const names[] = {"rec", "ff", NULL};
    struct histogram histogram = {.bins = 500, .width = 2};
    struct weights weights = {0};
    struct matrix *matrix = NULL;
    size_t name;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_choice(request, "layer", names, &name, err);
    if (status == OK)
        status =
            request_whole(request, "bins", 1, BINS_MOST, &histogram.bins, err);
    if (status == OK)
        status =
            request_number(request, "width", 1e-3, 1e3, &histogram.width, err);
    if (status == OK)
        status = matrix_ask(request, name ? LAYER_FF : LAYER_REC, &weights,
                            &matrix, err);
    if (status == OK)
        status = histogram_make(matrix, &histogram, err);
    if (status == OK) {
        json_t *json = histogram_json(&histogram);
        json_object_set_new(json, "job", json_integer(weights.job.id));
        json_object_set_new(json, "t", json_number(weights.checkpoint.t));
        json_object_set_new(json, "layer", json_string(names[name]));
        status = response_json(response, 200, json, err);
    }
    free(histogram.counts);
    matrix_close(matrix);
    weights_close(&weights);
    return status;
}
