/* rates.c - how often each neuron fires, and how regularly.
 *
 * Rates of a window are those that were counted, or come from its spikes. The
 * CV is the standard deviation of a neuron's inter-spike intervals by their
 * mean, where it has more than CV_SPIKES spikes, as in the published script; a
 * stretch that was not recorded is no interval. */
#include "api/handlers.h"
#include "api/matrix.h"
#include "api/asked.h"
#include "npz/npz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CV_SPIKES 5
#define BINS_MOST 10000

static const char *const layer_names[LAYERS] = {"ff", "rec"};

struct neuron {
    int64_t spikes, last; /* step of the last one, 0: none in this stretch */
    double sum, squares;  /* of the intervals, steps */
    int64_t intervals;
};

enum window_choice { CHOICE_END, CHOICE_START, CHOICE_SPIKES };

struct rates {
    size_t window, format; /* of the query */
    int64_t from, to;      /* steps: from < step <= to */
    int64_t bins;
    double most; /* 1/s, the histogram's end */
    bool cut;    /* from or to were given */

    int64_t steps;             /* that count */
    int64_t seen;              /* steps whose spikes are known, */
    int64_t begin, end;        /* after the first, up to the last of them */
    size_t neurons[LAYERS];    /* N */
    struct neuron *of[LAYERS]; /* [N] [owned] */
    double *rate[LAYERS];      /* [N] 1/s [owned] */
    double *cv[LAYERS];        /* [N] NAN unknown [owned] */
};

enum format { FORMAT_JSON, FORMAT_CSV, FORMAT_NPZ };

/* ---- spikes -------------------------------------------------------------- */

static void
neuron_fires(struct neuron *neuron, int64_t step)
{
    if (neuron->last) {
        double interval = (double)(step - neuron->last);
        neuron->sum += interval;
        neuron->squares += interval * interval;
        neuron->intervals++;
    }
    neuron->last = step;
    neuron->spikes++;
}

static void
row_see(struct neuron *neurons, size_t count, const unsigned char *row,
        int64_t step)
{
    for (size_t byte = 0; byte < (count + 7) / 8; byte++)
        for (unsigned bit = 0; row[byte] && bit < 8; bit++)
            if ((row[byte] & (0x80u >> bit)) && 8 * byte + bit < count)
                neuron_fires(&neurons[8 * byte + bit], step);
}

static enum status
chunk_see(void *context, const struct spikes *chunk, struct error *err)
{
    struct rates *rates = context;
    if ((size_t)chunk->bytes_ff != (rates->neurons[LAYER_FF] + 7) / 8 ||
        (size_t)chunk->bytes_rec != (rates->neurons[LAYER_REC] + 7) / 8)
        return error_set(err, CORRUPT, "the spikes do not fit the network");
    if (rates->seen == 0)
        rates->begin = chunk->first_step;
    if (chunk->first_step != rates->end)
        for (int l = 0; l < LAYERS; l++)
            for (size_t i = 0; i < rates->neurons[l]; i++)
                rates->of[l][i].last = 0;
    for (int64_t i = 0; i < chunk->rows; i++) {
        int64_t step = chunk->first_step + 1 + i;
        row_see(rates->of[LAYER_FF], rates->neurons[LAYER_FF],
                chunk->ff + i * chunk->bytes_ff, step);
        row_see(rates->of[LAYER_REC], rates->neurons[LAYER_REC],
                chunk->rec + i * chunk->bytes_rec, step);
    }
    rates->seen += chunk->rows;
    rates->end = chunk->first_step + chunk->rows;
    return OK;
}

static double
neuron_cv(const struct neuron *neuron)
{
    if (neuron->spikes <= CV_SPIKES || neuron->intervals == 0)
        return NAN;
    double count = (double)neuron->intervals, mean = neuron->sum / count;
    double variance = neuron->squares / count - mean * mean;
    return sqrt(variance > 0 ? variance : 0) / mean;
}

/* ---- one window ---------------------------------------------------------- */

/* The steps of the window that was asked for. */
static void
choose_steps(const struct spec *spec, struct rates *rates)
{
    int64_t total = spec_steps(spec);
    int64_t wide = llround(spec->record.window / SPEC_DT);
    if (rates->cut || rates->window == CHOICE_SPIKES)
        return;
    rates->from = rates->window == CHOICE_START ? 0 : total - wide;
    rates->to = rates->from + wide;
}

static enum status
make_room(const struct spec *spec, struct rates *rates, struct error *err)
{
    rates->neurons[LAYER_FF] = (size_t)spec->network.neurons_ff;
    rates->neurons[LAYER_REC] = (size_t)spec->network.neurons_rec;
    for (int l = 0; l < LAYERS; l++) {
        size_t count = rates->neurons[l];
        rates->of[l] = memory_array(count, sizeof(struct neuron));
        rates->rate[l] = memory_array(count, sizeof(double));
        rates->cv[l] = memory_array(count, sizeof(double));
        if (!rates->of[l] || !rates->rate[l] || !rates->cv[l])
            return error_set(err, NO_MEMORY, "no memory for %zu rates", count);
    }
    return OK;
}

static void
rates_from_spikes(struct rates *rates)
{
    rates->steps = rates->seen;
    rates->from = rates->begin;
    rates->to = rates->end;
    for (int l = 0; l < LAYERS; l++)
        for (size_t i = 0; i < rates->neurons[l]; i++)
            rates->rate[l][i] = (double)rates->of[l][i].spikes /
                                ((double)rates->steps * SPEC_DT);
}

/* What was counted in a window is the rate; its spikes may be known, too. */
static enum status
rates_from_counts(struct store *store, int64_t job, struct rates *rates,
                  struct error *err)
{
    struct spike_count count = {0};
    enum trace_window window =
        rates->window == CHOICE_START ? TRACE_START : TRACE_END;
    if (rates->cut || rates->window == CHOICE_SPIKES)
        return NOT_FOUND;
    enum status status = spike_count_load(store, job, window, &count, err);
    if (status)
        return status;
    const int32_t *counts[LAYERS] = {count.ff, count.rec};
    if ((size_t)count.neurons_ff != rates->neurons[LAYER_FF] ||
        (size_t)count.neurons_rec != rates->neurons[LAYER_REC])
        status = error_set(err, CORRUPT, "counts do not fit the network");
    for (int l = 0; l < LAYERS && status == OK; l++)
        for (size_t i = 0; i < rates->neurons[l]; i++)
            rates->rate[l][i] =
                (double)counts[l][i] / ((double)count.steps * SPEC_DT);
    rates->steps = count.steps;
    rates->from = count.first_step;
    rates->to = count.first_step + count.steps;
    free((void *)count.ff);
    return status;
}

static enum status
rates_load(struct store *store, const struct job *job, const struct spec *spec,
           struct rates *rates, struct error *err)
{
    enum status status = make_room(spec, rates, err);
    if (status)
        return status;
    choose_steps(spec, rates);
    enum status counted = rates_from_counts(store, job->id, rates, err);
    if (counted && counted != NOT_FOUND)
        return counted;
    status = spikes_each(store, job->id, rates->from, rates->to, chunk_see,
                         rates, err);
    if (status)
        return status;
    if (counted == NOT_FOUND && rates->seen == 0)
        return error_set(err, NOT_FOUND,
                         "job %lld has neither rates nor spikes there: "
                         "record.rates and record.spikes ask for them",
                         (long long)job->id);
    if (counted == NOT_FOUND)
        rates_from_spikes(rates);
    for (int l = 0; l < LAYERS; l++)
        for (size_t i = 0; i < rates->neurons[l]; i++)
            rates->cv[l][i] =
                rates->seen == rates->steps ? neuron_cv(&rates->of[l][i]) : NAN;
    return OK;
}

/* ---- answers ------------------------------------------------------------- */

static json_t *
numbers_json(const double *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_number(list[i]));
    return array;
}

/* Counts in `bins` of equal width from 0 to `most`; the last takes what is
 * exactly at its end. What lies beyond is in none. */
static json_t *
histogram_json(const struct rates *rates, int l)
{
    int64_t *counts = memory_array((size_t)rates->bins, sizeof(*counts));
    json_t *edges = json_array(), *list = json_array();
    for (size_t i = 0; counts && i < rates->neurons[l]; i++) {
        double rate = rates->rate[l][i];
        int64_t bin = (int64_t)(rate / rates->most * (double)rates->bins);
        if (rate == rates->most)
            bin = rates->bins - 1;
        if (bin < rates->bins)
            counts[bin]++;
    }
    for (int64_t i = 0; counts && i <= rates->bins; i++) {
        json_array_append_new(
            edges, json_real(rates->most * (double)i / (double)rates->bins));
        if (i < rates->bins)
            json_array_append_new(list, json_integer(counts[i]));
    }
    free(counts);
    return json_pack("{s:o, s:o}", "edges", edges, "counts", list);
}

static json_t *
layer_json(const struct rates *rates, int l)
{
    double sum = 0;
    size_t silent = 0;
    for (size_t i = 0; i < rates->neurons[l]; i++) {
        sum += rates->rate[l][i];
        silent += rates->rate[l][i] == 0;
    }
    return json_pack("{s:f, s:I, s:o, s:o, s:o}", "mean",
                     sum / (double)rates->neurons[l], "silent",
                     (json_int_t)silent, "rate",
                     numbers_json(rates->rate[l], rates->neurons[l]), "cv",
                     numbers_json(rates->cv[l], rates->neurons[l]), "histogram",
                     histogram_json(rates, l));
}

static enum status
answer_json(const struct rates *rates, int64_t job, struct response *response,
            struct error *err)
{
    json_t *answer = json_pack(
        "{s:I, s:f, s:f, s:f, s:o, s:o}", "job", (json_int_t)job, "from",
        (double)rates->from * SPEC_DT, "to", (double)rates->to * SPEC_DT,
        "seconds", (double)rates->steps * SPEC_DT, layer_names[LAYER_FF],
        layer_json(rates, LAYER_FF), layer_names[LAYER_REC],
        layer_json(rates, LAYER_REC));
    return response_json(response, 200, answer, err);
}

static enum status
answer_csv(const struct rates *rates, struct response *response,
           struct error *err)
{
    struct bytes *out = &response->body;
    enum status status = bytes_printf(out, "layer,neuron,rate,cv\r\n");
    for (int l = 0; l < LAYERS; l++)
        for (size_t i = 0; status == OK && i < rates->neurons[l]; i++) {
            char rate[NUMBER_SIZE], cv[NUMBER_SIZE] = "";
            number_text(rates->rate[l][i], rate);
            if (!isnan(rates->cv[l][i]))
                number_text(rates->cv[l][i], cv);
            status = bytes_printf(out, "%s,%zu,%s,%s\r\n", layer_names[l], i,
                                  rate, cv);
        }
    response->content_type = "text/csv; charset=utf-8";
    response->summable = true;
    return status ? error_set(err, status, "no memory for rates") : OK;
}

static enum status
answer_npz(const struct rates *rates, int64_t job, struct response *response,
           struct error *err)
{
    double from = (double)rates->from * SPEC_DT;
    double to = (double)rates->to * SPEC_DT;
    size_t ff = rates->neurons[LAYER_FF], rec = rates->neurons[LAYER_REC];
    struct bytes bytes = {0};
    char filename[48];
    const struct npz_array arrays[] = {
        npz_view("rate_ff", NPZ_FLOAT64, rates->rate[LAYER_FF], 1, ff),
        npz_view("cv_ff", NPZ_FLOAT64, rates->cv[LAYER_FF], 1, ff),
        npz_view("rate_rec", NPZ_FLOAT64, rates->rate[LAYER_REC], 1, rec),
        npz_view("cv_rec", NPZ_FLOAT64, rates->cv[LAYER_REC], 1, rec),
        npz_view("from", NPZ_FLOAT64, &from, 0),
        npz_view("to", NPZ_FLOAT64, &to, 0),
    };
    enum status status = npz_write(arrays, ARRAY_LENGTH(arrays), &bytes, err);
    snprintf(filename, sizeof(filename), "job-%lld-rates.npz", (long long)job);
    if (status == OK)
        response_download(response, &bytes, "application/x-npz", filename);
    bytes_free(&bytes);
    return status;
}

static enum status
read_query(struct request *request, struct rates *out, struct error *err)
{
    static const char *const known[] = {"window", "from",   "to", "bins",
                                        "most",   "format", NULL};
    static const char *const windows[] = {"end", "start", "spikes", NULL};
    static const char *const formats[] = {"json", "csv", "npz", NULL};
    *out = (struct rates){.bins = 50, .most = 500};
    out->cut =
        request_parameter(request, "from") || request_parameter(request, "to");
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_choice(request, "window", windows, &out->window, err);
    if (status == OK)
        status = request_choice(request, "format", formats, &out->format, err);
    if (status == OK)
        status = request_whole(request, "bins", 1, BINS_MOST, &out->bins, err);
    if (status == OK)
        status = request_number(request, "most", 1e-9, 1e9, &out->most, err);
    if (status == OK)
        status = request_steps(request, &out->from, &out->to, err);
    if (status == OK && out->cut && request_parameter(request, "window"))
        status = error_set(err, INVALID, "give a window, or from and to");
    return status;
}

enum status
rates_show(struct request *request, struct response *response,
           struct error *err)
{
    struct rates rates = {0};
    struct job job = {0};
    struct spec spec;
    enum status status = read_query(request, &rates, err);
    if (status == OK)
        status = job_with_spec(request, &job, &spec, err);
    if (status == OK)
        status = rates_load(request->store, &job, &spec, &rates, err);
    if (status == OK && rates.format == FORMAT_CSV)
        status = answer_csv(&rates, response, err);
    else if (status == OK && rates.format == FORMAT_NPZ)
        status = answer_npz(&rates, job.id, response, err);
    else if (status == OK)
        status = answer_json(&rates, job.id, response, err);
    for (int l = 0; l < LAYERS; l++) {
        free(rates.of[l]);
        free(rates.rate[l]);
        free(rates.cv[l]);
    }
    job_clear(&job);
    return status;
}
