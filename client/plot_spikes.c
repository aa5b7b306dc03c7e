/* plot_spikes.c - `follow plot --spikes`: spikes of some neurons for a while,
 * and the rates of all. */
#include "client/plot.h"

#include "client/figure.h"
#include "client/mapped.h"

#include "npz/npz.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPAN                                                                   \
    1.0           /* s that are shown unless told; the eye tells spikes apart  \
                   */
#define MOST 10.0 /* s; more is black */
#define ARRAYS                                                                 \
    ((size_t)1 << 30) /* bytes of all arrays of a download          */

static const int64_t neurons_most[2] = {50, 100}; /* rows of ff and rec */

/* ---- when --------------------------------------------------------------- */

/* The last second, unless told: the network is alone by then. */
static enum status
span_find(const struct arguments *arguments, const json_t *job, double *from,
          double *to, struct error *err)
{
    const char *first = option_value(arguments, "from");
    const char *last = option_value(arguments, "to");
    double duration = json_number(job, "spec.schedule.duration");
    enum status status = OK;

    *to = duration;
    *from = fmax(duration - SPAN, 0);
    if (first)
        status = number_parse(first, "--from", 0, duration, from, err);
    if (first && !last)
        *to = fmin(*from + SPAN, duration);
    if (status == OK && last)
        status = number_parse(last, "--to", 0, duration, to, err);
    if (last && !first)
        *from = fmax(*to - SPAN, 0);
    if (status == OK && !(*from < *to && *to - *from <= MOST))
        status = error_set(err, INVALID,
                           "from %g to %g s: a raster shows up to %g s", *from,
                           *to, MOST);
    return status;
}

/* ---- spikes as CSV ------------------------------------------------------ */

/* One line per spike of the first neurons; numpy.packbits puts the first
 * neuron of eight into the highest bit. */
static enum status
layer_write(const double *t, size_t rows, const unsigned char *bits,
            size_t width, int64_t neurons, struct bytes *out)
{
    enum status status = bytes_printf(out, "t,neuron\n");

    for (size_t i = 0; i < rows; i++)
        for (int64_t j = 0; status == OK && j < neurons; j++)
            if (bits[i * width + (size_t)j / 8] & (0x80 >> (j % 8)))
                status = bytes_printf(out, "%.9g,%" PRId64 "\n", t[i], j + 1);
    return status;
}

static enum status
spikes_read(const struct npz *npz, int layer, struct bytes *out,
            int64_t *neurons, struct error *err)
{
    static const char *const names[2][2] = {{"spikes_ff", "neurons_ff"},
                                            {"spikes_rec", "neurons_rec"}};
    size_t shape[2] = {0, 0}, rows[1] = {0};
    const void *bits, *t;
    double count;
    enum status status = npz_need(npz, "t", NPZ_FLOAT64, 1, rows, &t, err);

    shape[0] = rows[0];
    if (status == OK)
        status =
            npz_need(npz, names[layer][0], NPZ_UINT8, 2, shape, &bits, err);
    if (status == OK)
        status = npz_number(npz, names[layer][1], &count, err);
    if (status != OK)
        return status;
    *neurons = (int64_t)fmin(count, (double)neurons_most[layer]);
    if ((size_t)(*neurons + 7) / 8 > shape[1])
        return error_set(err, CORRUPT, "%s has no bits for %g neurons",
                         names[layer][0], count);
    if (layer_write(t, rows[0], bits, shape[1], *neurons, out) != OK)
        return error_set(err, NO_MEMORY, "out of memory");
    return OK;
}

static enum status
spikes_get(struct client *client, const struct plot *plot,
           struct figure_spikes *figure, struct bytes spikes[2],
           struct error *err)
{
    struct mapped file;
    struct npz *npz = NULL;
    char path[160];

    snprintf(path, sizeof(path),
             "/api/v1/jobs/%" PRId64 "/spikes.npz?from=%.9g&to=%.9g", plot->id,
             figure->from, figure->to);
    enum status status = mapped_get(client, path, "spikes", &file, err);
    if (status != OK)
        return status;
    status = npz_open(file.data, file.size, ARRAYS, &npz, err);
    for (int layer = 0; status == OK && layer < 2; layer++) {
        status = spikes_read(npz, layer, &spikes[layer],
                             &figure->neurons[layer], err);
        figure->spikes[layer] = (char *)spikes[layer].data;
    }
    npz_close(npz);
    mapped_free(&file);
    return status;
}

/* ---- rates as CSV ------------------------------------------------------- */

/* Bins up to the last that any neuron is in, and one more that closes it. */
static enum status
histogram_write(const json_t *answer, struct bytes *out)
{
    const json_t *ff =
        json_object_get(json_object_get(answer, "ff"), "histogram");
    const json_t *rec =
        json_object_get(json_object_get(answer, "rec"), "histogram");
    size_t count = json_array_size(json_object_get(ff, "edges")), last = 0;
    enum status status = bytes_printf(out, "rate,ff,rec\n");

    for (size_t i = 0; i + 1 < count; i++)
        if (json_number_at(ff, "counts", i) > 0 ||
            json_number_at(rec, "counts", i) > 0)
            last = i;
    for (size_t i = 0; status == OK && i <= last + 1 && i < count; i++)
        status = bytes_printf(out, "%g,%g,%g\n", json_number_at(ff, "edges", i),
                              i <= last ? json_number_at(ff, "counts", i) : 0,
                              i <= last ? json_number_at(rec, "counts", i) : 0);
    return status;
}

static enum status
rates_get(struct client *client, const struct plot *plot,
          struct figure_spikes *figure, struct bytes *rates, struct error *err)
{
    json_t *answer;
    enum status status = client_get(
        client, &answer, err,
        "/api/v1/jobs/%" PRId64 "/rates?window=spikes&bins=100", plot->id);

    if (status != OK)
        return status;
    figure->rates_from = json_number(answer, "from");
    figure->rates_to = json_number(answer, "to");
    if (histogram_write(answer, rates) != OK)
        status = error_set(err, NO_MEMORY, "out of memory");
    figure->rates = (char *)rates->data;
    json_decref(answer);
    return status;
}

enum status
plot_spikes(struct client *client, const struct arguments *arguments,
            const struct plot *plot, const struct picture *picture,
            struct error *err)
{
    struct figure_spikes figure = {.title = plot->title};
    struct bytes spikes[2] = {{0}, {0}}, rates = {0}, script = {0};
    struct http_reply trace = {0};
    enum status status =
        span_find(arguments, plot->job, &figure.from, &figure.to, err);

    if (status == OK)
        status = spikes_get(client, plot, &figure, spikes, err);
    if (status == OK)
        status = rates_get(client, plot, &figure, &rates, err);
    if (status == OK)
        status = plot_get(client, plot, &trace, err,
                          "traces?window=all&from=%.9g&to=%.9g", figure.from,
                          figure.to);
    figure.trace = plot_text(&trace);
    if (status == OK)
        status = figure_spikes_script(&figure, picture->format,
                                      picture->partner, &script, err);
    if (status == OK)
        status = picture_draw(picture, &script, err);
    http_reply_free(&trace);
    bytes_free(&spikes[0]);
    bytes_free(&spikes[1]);
    bytes_free(&rates);
    bytes_free(&script);
    return status;
}
