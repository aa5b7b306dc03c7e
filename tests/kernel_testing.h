/* kernel_testing.h - one launch of the kernel, packed and unpacked by the words
 * of kernels/layout.h alone, without the engine. */
#ifndef FOLLOWD_KERNEL_TESTING_H
#define FOLLOWD_KERNEL_TESTING_H

#include "engine_testing.h"

#include "engine/engine_private.h"

#include <limits.h>

/* A whole signal for one network, in one slice. */
struct launch {
    const struct network *network; /* [borrowed] */
    size_t real;                   /* bytes */
    size_t steps, d_in, d;
    size_t items;                 /* neurons of a block                      */
    size_t n_ff, n_rec;           /* neurons                                 */
    size_t padded_ff, padded_rec; /* ... and silent ones after them          */
    void *arrays[BUFFERS];        /* the kernel's arrays [owned]             */
    size_t sizes[BUFFERS];        /* bytes */
};

static void
launch_put(struct launch *launch, enum engine_buffer buffer, size_t at,
           const double *from, size_t stride, size_t count)
{
    for (size_t i = 0; i < count; i++)
        reals_from_doubles(launch->arrays[buffer], at + i, from + i * stride, 1,
                           launch->real);
}

/* Words of 32 bits that hold the spikes of a layer in one step. */
static size_t
launch_words(const struct launch *launch, size_t padded)
{
    return (padded / launch->items + 31) / 32 * launch->items;
}

/* Numbers of one step of the drive. */
static size_t
launch_row(const struct launch *launch)
{
    return (launch->d_in + launch->d + DRIVE_ALIGNED - 1) / DRIVE_ALIGNED *
           DRIVE_ALIGNED;
}

static void
launch_allocate(struct launch *launch)
{
    const size_t d = launch->d, d_in = launch->d_in, steps = launch->steps;
    const size_t ff = launch->padded_ff, rec = launch->padded_rec;
    const size_t numbers[BUFFERS] = {
        [BUFFER_JOBS] = JOB_FIELDS,
        [BUFFER_DRIVES] = steps * launch_row(launch),
        [BUFFER_GATES] = steps * GATES,
        [BUFFER_GAINS_FF] = ff,
        [BUFFER_GAINS_REC] = rec,
        [BUFFER_FIXED_FF] = (FIXED_ENCODERS + d_in) * ff,
        [BUFFER_FIXED_REC] = (FIXED_ENCODERS + 2 * d) * rec,
        [BUFFER_STATES_FF] = (STATE_FACTORS + d) * ff,
        [BUFFER_STATES_REC] = (STATE_FACTORS + d) * rec,
        [BUFFER_FILTERS] = FILTER_FIELDS * d + FILTER_NUMBERS,
        [BUFFER_RINGS] = 2 * d,
        [BUFFER_TRACES] = (steps + 1) * TRACE_FIELDS * d,
        [BUFFER_SUMMARIES] = SUMMARY_FACTORS + d * (d + 1),
    };

    for (int i = 0; i < BUFFERS; i++)
        launch->sizes[i] = numbers[i] * launch->real;
    launch->sizes[BUFFER_CHANGES] = steps * sizeof(int);
    launch->sizes[BUFFER_CLOCKS] = CLOCK_FIELDS * sizeof(int);
    launch->sizes[BUFFER_SPIKES] =
        steps * (launch_words(launch, ff) + launch_words(launch, rec)) *
        sizeof(uint32_t);
    for (int i = 0; i < BUFFERS; i++) {
        launch->arrays[i] = memory_array(launch->sizes[i] + 1, 1);
        ck_assert_ptr_nonnull(launch->arrays[i]);
    }
}

/* What is above threshold; silent neurons have none. */
static void
launch_put_bias(struct launch *launch, enum engine_buffer buffer,
                const double *bias, size_t neurons, size_t padded)
{
    for (size_t i = 0; i < padded; i++) {
        const double above = (i < neurons ? bias[i] : 0) - 1;
        launch_put(launch, buffer, FIXED_BIAS * padded + i, &above, 1, 1);
    }
}

static void
launch_put_network(struct launch *launch)
{
    const struct network *network = launch->network;
    const size_t ff = launch->padded_ff, rec = launch->padded_rec;
    const size_t n_ff = launch->n_ff, n_rec = launch->n_rec;
    const size_t d_in = launch->d_in, d = launch->d;

    launch_put(launch, BUFFER_GAINS_FF, 0, network->gain_ff, 1, n_ff);
    launch_put(launch, BUFFER_GAINS_REC, 0, network->gain_rec, 1, n_rec);
    launch_put_bias(launch, BUFFER_FIXED_FF, network->bias_ff, n_ff, ff);
    launch_put_bias(launch, BUFFER_FIXED_REC, network->bias_rec, n_rec, rec);
    for (size_t i = 0; i < d_in; i++)
        launch_put(launch, BUFFER_FIXED_FF, (FIXED_ENCODERS + i) * ff,
                   network->scaled_encoders_ff + i, d_in, n_ff);
    for (size_t i = 0; i < d; i++) {
        launch_put(launch, BUFFER_FIXED_REC, (FIXED_ENCODERS + i) * rec,
                   network->scaled_encoders_rec + i, d, n_rec);
        launch_put(launch, BUFFER_FIXED_REC, (FIXED_ENCODERS + d + i) * rec,
                   network->decoders + i * n_rec, 1, n_rec);
    }
}

static void
launch_put_job(struct launch *launch, const struct engine_rule *rule)
{
    const double keep = exp(-SPEC_DT / rule->tau_synapse);
    const double keep_feedback = exp(-SPEC_DT / rule->tau_feedback);
    const double keep_error = exp(-SPEC_DT / rule->tau_error);
    const double job[JOB_FIELDS] = {
        [JOB_SHARE_FF] = (1 - keep) / (double)launch->n_ff,
        [JOB_SHARE_REC] = (1 - keep) / (double)launch->n_rec,
        [JOB_KEEP_SYNAPSE] = keep,
        [JOB_TAKE_SYNAPSE] = (1 - keep) / SPEC_DT,
        [JOB_KEEP_FEEDBACK] = keep_feedback,
        [JOB_TAKE_FEEDBACK] = 1 - keep_feedback,
        [JOB_KEEP_ERROR] = keep_error,
        [JOB_TAKE_ERROR] = 1 - keep_error,
        [JOB_KEEP_WEIGHTS] = 1,
    };
    int *clocks = launch->arrays[BUFFER_CLOCKS];

    launch_put(launch, BUFFER_JOBS, 0, job, 1, JOB_FIELDS);
    clocks[CLOCK_STEPS] = (int)launch->steps;
    clocks[CLOCK_TO_SUMMARY] = clocks[CLOCK_PERIOD] = (int)launch->steps + 1;
    clocks[CLOCK_SPIKES] = 1;
}

static void
launch_put_signal(struct launch *launch, const struct signal *signal)
{
    const size_t d_in = launch->d_in, d = launch->d;
    const size_t row = launch_row(launch);
    int *changes = launch->arrays[BUFFER_CHANGES];

    for (size_t n = 0; n < launch->steps; n++) {
        const double gates[GATES] = {
            [GATE_ERROR] = (signal->gates[n] & DRIVE_ERROR) != 0,
            [GATE_GAIN] =
                signal->gates[n] & DRIVE_FEEDBACK ? signal->feedback[n] : 0,
            [GATE_LEARN] = (signal->gates[n] & DRIVE_LEARN) != 0,
            [GATE_ETA] = signal->eta[n],
            [GATE_CLAMP_FF] = (signal->gates[n] & DRIVE_CLAMP_FF) != 0,
            [GATE_CLAMP_REC] = (signal->gates[n] & DRIVE_CLAMP) != 0,
        };
        launch_put(launch, BUFFER_DRIVES, n * row, signal->u + n * d_in, 1,
                   d_in);
        launch_put(launch, BUFFER_DRIVES, n * row + d_in, signal->x + n * d, 1,
                   d);
        launch_put(launch, BUFFER_GATES, n * GATES, gates, 1, GATES);
        changes[n] = (int)n + 1;
    }
    changes[launch->steps - 1] = INT_MAX;
}

/* Layers are padded to multiples of `items`, what a work-group holds. */
static TEST_UNUSED struct launch
launch_new(const struct network *network, const struct engine_rule *rule,
           const struct signal *signal, size_t real, size_t items)
{
    struct launch launch = {
        .network = network,
        .real = real,
        .items = items,
        .steps = (size_t)signal->steps,
        .d_in = (size_t)network->dimensions_in,
        .d = (size_t)network->dimensions,
        .n_ff = (size_t)network->neurons_ff,
        .n_rec = (size_t)network->neurons_rec,
    };

    launch.padded_ff = (launch.n_ff + items - 1) / items * items;
    launch.padded_rec = (launch.n_rec + items - 1) / items * items;
    launch_allocate(&launch);
    membranes_empty(launch.arrays[BUFFER_STATES_FF], launch.padded_ff, real);
    membranes_empty(launch.arrays[BUFFER_STATES_REC], launch.padded_rec, real);
    launch_put_network(&launch);
    launch_put_job(&launch, rule);
    launch_put_signal(&launch, signal);
    return launch;
}

static TEST_UNUSED void
launch_free(struct launch *launch)
{
    for (int i = 0; i < BUFFERS; i++)
        free(launch->arrays[i]);
}

/* One byte a neuron from the words of one layer and step. */
static void
launch_unpack(const struct launch *launch, const uint32_t *words,
              size_t neurons, struct bytes *out)
{
    for (size_t i = 0; i < neurons; i++) {
        const size_t block = i / launch->items, lane = i % launch->items;
        const unsigned char bit =
            words[block / 32 * launch->items + lane] >> (block % 32) & 1;
        append(out, &bit, 1);
    }
}

static void
launch_tell(const struct launch *launch, size_t at, struct bytes *out)
{
    const double number =
        real_at(launch->arrays[BUFFER_TRACES], at, launch->real);
    append(out, &number, sizeof(number));
}

/* The error of step n: what x_hat was before it, less the target. */
static void
launch_tell_error(const struct launch *launch, size_t n, size_t i,
                  struct bytes *out)
{
    const double x_hat =
        real_at(launch->arrays[BUFFER_TRACES], n * TRACE_FIELDS * launch->d + i,
                launch->real);
    const double target =
        real_at(launch->arrays[BUFFER_DRIVES],
                n * launch_row(launch) + launch->d_in + i, launch->real);
    const double error = launch->real == sizeof(double)
                             ? x_hat - target
                             : (float)x_hat - (float)target;
    append(out, &error, sizeof(error));
}

/* What the launch left behind, as the engine would tell it. */
static TEST_UNUSED struct record
launch_record(const struct launch *launch)
{
    struct record record = {.steps = (int64_t)launch->steps, .finite = true};
    const uint32_t *spikes = launch->arrays[BUFFER_SPIKES];
    const size_t words_ff = launch_words(launch, launch->padded_ff);
    const size_t words_rec = launch_words(launch, launch->padded_rec);
    const size_t d = launch->d;

    for (size_t n = 0; n < launch->steps; n++) {
        const size_t row = n * TRACE_FIELDS * d;
        for (size_t i = 0; i < d; i++) {
            launch_tell(launch, row + TRACE_FIELDS * d + i, &record.x_hat);
            launch_tell_error(launch, n, i, &record.error);
            launch_tell(launch, row + d + i, &record.error_filtered);
        }
        launch_unpack(launch, spikes, launch->n_ff, &record.spikes_ff);
        launch_unpack(launch, spikes + words_ff, launch->n_rec,
                      &record.spikes_rec);
        spikes += words_ff + words_rec;
    }
    return record;
}

/* Appends [rows][neurons] of double from rows of `padded` reals. */
static void
factors_append(struct bytes *out, const void *fields, size_t first, size_t rows,
               size_t neurons, size_t padded, size_t real)
{
    for (size_t k = first; k < first + rows; k++)
        for (size_t i = 0; i < neurons; i++) {
            const double D = real_at(fields, k * padded + i, real);
            append(out, &D, sizeof(D));
        }
}

/* D_ff, then D_rec, each [d][N] of double. */
static TEST_UNUSED void
launch_factors(const struct launch *launch, struct bytes *out)
{
    factors_append(out, launch->arrays[BUFFER_STATES_FF], STATE_FACTORS,
                   launch->d, launch->n_ff, launch->padded_ff, launch->real);
    factors_append(out, launch->arrays[BUFFER_STATES_REC], STATE_FACTORS,
                   launch->d, launch->n_rec, launch->padded_rec, launch->real);
}

static TEST_UNUSED void
state_factors(const struct engine_state *state, struct bytes *out)
{
    static const char *const names[] = {"D_ff", "D_rec"};

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const struct engine_part *part = engine_state_find(state, names[i]);
        ck_assert_ptr_nonnull(part);
        factors_append(out, part->data, 0, part->rows, part->columns,
                       part->columns, state->real_size);
    }
}

#endif
