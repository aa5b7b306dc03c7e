/* engine_testing.h - what the tests of the engine share: a device, networks,
 * something that drives them, and what they did, kept.
 *
 * A signal is a drive made from sines, long enough for a whole test; parts of
 * it go to the engine as slices, and a record collects what comes back. */
#ifndef FOLLOWD_ENGINE_TESTING_H
#define FOLLOWD_ENGINE_TESTING_H

#include "model_testing.h"

#include "engine/engine.h"

#define SEATS_MOST 4
#define STEPS_MOST 2000

/* assert_ok(engine_end(engine, traces, why)): the reason is shown. */
#define assert_ok(call)                                                        \
    do {                                                                       \
        struct error assert_error = {0}, *why = &assert_error;                 \
        ck_assert_msg((call) == OK, "%s", why->text);                          \
    } while (0)

static TEST_UNUSED const enum precision precisions[] = {PRECISION_F32,
                                                        PRECISION_F64};

/* ---- device and networks ------------------------------------------------- */

static TEST_UNUSED struct opencl *
device_opened(void)
{
    struct opencl *cl = NULL;
    assert_ok(opencl_open("any", &cl, why));
    return cl;
}

static TEST_UNUSED struct engine_shape
shape_of(const struct network *network, enum precision precision)
{
    return (struct engine_shape){
        .neurons_ff = network->neurons_ff,
        .neurons_rec = network->neurons_rec,
        .dimensions_in = network->dimensions_in,
        .dimensions = network->dimensions,
        .precision = precision,
        .nengo = NENGO_2_4,
        .record_spikes = true,
    };
}

static TEST_UNUSED struct engine *
engine_opened(struct opencl *cl, const struct engine_shape *shape, int seats)
{
    struct engine *engine = NULL;
    assert_ok(engine_open(cl, shape, seats, STEPS_MOST, &engine, why));
    return engine;
}

/* Layers of unequal size, neither a multiple of any vector's width. */
static TEST_UNUSED struct network *
network_of(int dimensions_in, int dimensions, int seed)
{
    struct network_recipe recipe = van_der_pol;
    struct network *network = NULL;

    recipe.neurons_ff = 37;
    recipe.neurons_rec = 53;
    recipe.dimensions_in = dimensions_in;
    recipe.dimensions = dimensions;
    recipe.seed_rec = seed;
    assert_ok(network_build(&recipe, NULL, &network, why));
    return network;
}

/* Fast constants, so that much is learned within a second. */
#define QUICK_ETA 2e-2
#define QUICK_K   10
static TEST_UNUSED const struct engine_rule quick_rule = {
    .plastic = PLASTIC_FF | PLASTIC_REC,
    .tau_synapse = 0.02,
    .tau_error = 0.05,
    .tau_feedback = 0.03,
    .period_steps = 300,
};

/* Connections that are there before anything is learned: weights of deviation
 * `sd` (thresholds * s), or none when it is 0; and 40 % of all connections
 * missing, when `sparse`. */
static TEST_UNUSED struct connections
connections_of(const struct network *network, double sd, bool sparse)
{
    const size_t post = (size_t)network->neurons_rec;
    struct connections connections = {0};
    const struct {
        size_t entries;
        double **weights;
        unsigned char **mask;
    } matrices[] = {
        {post * (size_t)network->neurons_ff, &connections.weights_ff,
         &connections.mask_ff},
        {post * post, &connections.weights_rec, &connections.mask_rec}};
    struct random random;

    random_seed(&random, 7);
    for (size_t m = 0; m < ARRAY_LENGTH(matrices); m++) {
        const size_t entries = matrices[m].entries;
        double *weights = memory_array(entries, sizeof(*weights));
        unsigned char *mask = memory_array(entries, 1);

        ck_assert(weights && mask);
        for (size_t i = 0; i < entries; i++) {
            weights[i] = sd * random_normal(&random);
            mask[i] = random_sample(&random) < 0.6;
        }
        *matrices[m].weights = weights;
        *matrices[m].mask = mask;
        if (sd == 0)
            *matrices[m].weights = (free(weights), NULL);
        if (!sparse)
            *matrices[m].mask = (free(mask), NULL);
    }
    return connections;
}

/* ---- what drives a network ----------------------------------------------- */

struct signal {
    int64_t steps;
    int d_in, d;
    double *u;              /* [steps][d_in] [owned] */
    double *x;              /* [steps][d] [owned]    */
    double *feedback, *eta; /* [steps] [owned] */
    unsigned char *gates;
};

/* Sines of half the radii. The network settles for 100 steps, then learns, in
 * every other quarter of a second at half the rate; k grows. Of each 500 steps
 * the last 30 are clamped, the command layer a little less. */
static TEST_UNUSED struct signal
signal_new(const struct network *network, int64_t steps)
{
    const size_t rows = (size_t)steps;
    struct signal signal = {.steps = steps,
                            .d_in = network->dimensions_in,
                            .d = network->dimensions};

    signal.u = memory_array(rows * (size_t)signal.d_in, sizeof(double));
    signal.x = memory_array(rows * (size_t)signal.d, sizeof(double));
    signal.feedback = memory_array(rows, sizeof(double));
    signal.eta = memory_array(rows, sizeof(double));
    signal.gates = memory_array(rows, 1);
    ck_assert(signal.u && signal.x && signal.feedback && signal.eta &&
              signal.gates);
    for (int64_t n = 0; n < steps; n++) {
        const double t = (double)(n + 1) * SPEC_DT;
        const bool clamped = n % 500 >= 470;
        const int layers =
            n % 500 >= 475 ? DRIVE_CLAMP | DRIVE_CLAMP_FF : DRIVE_CLAMP;

        for (int i = 0; i < signal.d_in; i++)
            signal.u[n * signal.d_in + i] =
                network->radius_ff / 2 * sin((7 + 2 * i) * t + i);
        for (int i = 0; i < signal.d; i++)
            signal.x[n * signal.d + i] =
                network->radius_rec / 2 * sin((5 + 3 * i) * t + 2 * i);
        signal.feedback[n] = QUICK_K * (1 + t / 10);
        signal.eta[n] = n % 500 < 250 ? QUICK_ETA : QUICK_ETA / 2;
        signal.gates[n] =
            (unsigned char)((clamped ? layers : DRIVE_LEARN) |
                            (n >= 100 && !clamped ? DRIVE_ERROR : 0) |
                            (n % 200 < 150 ? DRIVE_FEEDBACK : 0));
    }
    return signal;
}

static TEST_UNUSED void
signal_free(struct signal *signal)
{
    free(signal->u);
    free(signal->x);
    free(signal->feedback);
    free(signal->eta);
    free(signal->gates);
}

static TEST_UNUSED struct engine_drive
signal_part(const struct signal *signal, int64_t first, int64_t steps)
{
    return (struct engine_drive){.steps = steps,
                                 .u = signal->u + first * signal->d_in,
                                 .target = signal->x + first * signal->d,
                                 .feedback = signal->feedback + first,
                                 .eta = signal->eta + first,
                                 .gates = signal->gates + first,
                                 .spikes = true};
}

/* ---- what it did --------------------------------------------------------- */

struct record {
    int64_t steps;
    struct bytes x_hat, error, error_filtered; /* of double, [steps][d]      */
    struct bytes spikes_ff, spikes_rec;        /* [steps][N] of 0 and 1      */
    struct bytes summaries;                    /* of struct engine_summary   */
    bool finite;
};

/* Without a word to Check while all is well: it writes one for each assertion,
 * and there are millions. */
static TEST_UNUSED void
append(struct bytes *to, const void *from, size_t size)
{
    if (bytes_append(to, from, size) != OK)
        ck_abort_msg("no memory for %zu bytes more", size);
}

/* Bits as NumPy packs them, rows of whole bytes, to one byte a neuron. */
static TEST_UNUSED void
spikes_append(struct bytes *to, const unsigned char *packed, size_t steps,
              size_t neurons)
{
    for (size_t n = 0; n < steps; n++, packed += (neurons + 7) / 8)
        for (size_t i = 0; i < neurons; i++) {
            const unsigned char bit = packed[i / 8] >> (7 - i % 8) & 1;
            append(to, &bit, 1);
        }
}

static TEST_UNUSED void
record_append(struct record *record, const struct engine_shape *shape,
              const struct engine_trace *trace)
{
    const size_t steps = (size_t)trace->steps;
    const size_t row = steps * (size_t)shape->dimensions * sizeof(double);
    const struct {
        struct bytes *to;
        const void *from;
        size_t size;
    } parts[] = {
        {&record->x_hat, trace->x_hat, row},
        {&record->error, trace->error, row},
        {&record->error_filtered, trace->error_filtered, row},
        {&record->summaries, trace->summaries,
         trace->summary_count * sizeof(*trace->summaries)},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
        append(parts[i].to, parts[i].from, parts[i].size);
    if (trace->spikes_ff != NULL) {
        spikes_append(&record->spikes_ff, trace->spikes_ff, steps,
                      (size_t)shape->neurons_ff);
        spikes_append(&record->spikes_rec, trace->spikes_rec, steps,
                      (size_t)shape->neurons_rec);
    }
    record->finite = trace->finite && (record->finite || record->steps == 0);
    record->steps += trace->steps;
}

static TEST_UNUSED void
record_free(struct record *record)
{
    bytes_free(&record->x_hat);
    bytes_free(&record->error);
    bytes_free(&record->error_filtered);
    bytes_free(&record->spikes_ff);
    bytes_free(&record->spikes_rec);
    bytes_free(&record->summaries);
    record->steps = 0;
}

/* One slice of all seats; records[seats] each take in their own. */
static TEST_UNUSED void
slice_run(struct engine *engine, int seats, const struct engine_drive *drives,
          struct record *records)
{
    struct engine_trace traces[SEATS_MOST];

    for (int seat = 0; seat < seats; seat++)
        assert_ok(engine_pack(engine, seat, &drives[seat], why));
    assert_ok(engine_begin(engine, why));
    assert_ok(engine_end(engine, traces, why));
    for (int seat = 0; seat < seats; seat++)
        engine_unpack(engine, seat);
    for (int i = 0; i < seats; i++)
        record_append(&records[i], engine_shape(engine), &traces[i]);
}

/* `steps` of a signal from `first` on, for an engine of one seat. */
static TEST_UNUSED void
signal_run(struct engine *engine, const struct signal *signal, int64_t first,
           int64_t steps, struct record *record)
{
    const struct engine_drive drive = signal_part(signal, first, steps);
    slice_run(engine, 1, &drive, record);
}

static TEST_UNUSED double
spikes_counted(const struct bytes *spikes)
{
    double count = 0;
    for (size_t i = 0; i < spikes->size; i++)
        count += spikes->data[i];
    return count;
}

static TEST_UNUSED void
assert_same_bytes(const struct bytes *ours, const struct bytes *theirs,
                  const char *what)
{
    ck_assert_msg(ours->size == theirs->size, "%s: %zu and %zu bytes", what,
                  ours->size, theirs->size);
    for (size_t i = 0; i < ours->size; i++)
        if (ours->data[i] != theirs->data[i])
            ck_abort_msg("%s: byte %zu of %zu differs", what, i, ours->size);
}

/* Bit for bit; summaries aside, as these depend on where slices end. */
static TEST_UNUSED void
assert_same_record(const struct record *ours, const struct record *theirs)
{
    ck_assert_int_eq(ours->steps, theirs->steps);
    assert_same_bytes(&ours->x_hat, &theirs->x_hat, "x_hat");
    assert_same_bytes(&ours->error, &theirs->error, "error");
    assert_same_bytes(&ours->error_filtered, &theirs->error_filtered,
                      "error_filtered");
    assert_same_bytes(&ours->spikes_ff, &theirs->spikes_ff, "spikes_ff");
    assert_same_bytes(&ours->spikes_rec, &theirs->spikes_rec, "spikes_rec");
}

/* Number `at` of a part, from the engine's precision. */
static TEST_UNUSED double
part_number(const struct engine_state *state, const struct engine_part *part,
            size_t at)
{
    ck_assert_ptr_nonnull(part);
    return state->real_size == sizeof(double)
               ? ((const double *)part->data)[at]
               : (double)((const float *)part->data)[at];
}

/* Numbers of double that differ by no more than `share` of the largest. */
static TEST_UNUSED void
assert_near(const struct bytes *ours, const struct bytes *theirs, double share)
{
    const double *a = (const double *)ours->data;
    const double *b = (const double *)theirs->data;
    const size_t count = ours->size / sizeof(double);
    double largest = 0;

    ck_assert_uint_eq(ours->size, theirs->size);
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(b[i]));
    ck_assert_double_gt(largest, 0);
    for (size_t i = 0; i < count; i++)
        if (!(fabs(a[i] - b[i]) <= share * largest))
            ck_abort_msg("number %zu is %.17g, not %.17g", i, a[i], b[i]);
}

/* A comparison of runs in which nothing happens would show nothing. */
static TEST_UNUSED void
assert_alive(const struct record *record)
{
    const double *filtered = (const double *)record->error_filtered.data;
    const size_t count = record->error_filtered.size / sizeof(double);
    double most = 0;

    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(filtered[i]));
    ck_assert_double_gt(spikes_counted(&record->spikes_ff), 1000);
    ck_assert_double_gt(spikes_counted(&record->spikes_rec), 1000);
    ck_assert_double_gt(most, 0.01);
    ck_assert(record->finite);
}

#endif
