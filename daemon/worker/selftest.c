/* selftest.c - whether a device computes what it should: small networks that
 * learn for half a second, by each way to hold weights and in both precisions,
 * against answers that are known.
 *
 * The answers are those of the double precision kernels on a CPU, which agree
 * with Nengo spike by spike (bench, --verify). Another device rounds otherwise,
 * and a spike may fall into the step beside, hence the tolerance; a kernel that
 * was compiled wrongly, or memory that forgets, is further off than that by
 * far.
 *
 * As many networks run at once as suit the device, so that all of its compute
 * units are tried, and as they are all the same, they must come out the same to
 * the bit. */
#include "worker/worker_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS         500
#define LAST          100  /* steps at the end, of which x_hat is the mean   */
#define TOLERANCE_F32 5e-3 /* part of an answer */
#define TOLERANCE_F64 5e-4

enum { SPIKES_FF, SPIKES_REC, X_HAT_1, X_HAT_2, RMS_FF, RMS_REC, ANSWERS };

static const char *const answer_names[ANSWERS] = {
    "spikes_ff", "spikes_rec",    "xhat[0]",
    "xhat[1]",   "weight_rms_ff", "weight_rms_rec"};

static const struct way {
    const char *name;
    enum engine_type engine;
    double connectivity;
    int64_t neurons; /* of each layer                                        */
    bool gpu;        /* only on a GPU, which deals the network out           */
    double answer[ANSWERS];
} ways[] = {
    /* clang-format off */
    { "factored", ENGINE_FACTORED, 1.0,   64, false, {  2897,  3051, 2.048059, -1.023789, 3.273432e-3, 3.318142e-3 } },
    { "gathered", ENGINE_AUTO,     0.5,   64, false, {  2897,  3052, 1.975188, -0.989134, 3.666274e-3, 3.784892e-3 } },
    { "dense",    ENGINE_DENSE,    1.0,   64, false, {  2897,  3051, 2.048059, -1.023789, 3.273432e-3, 3.318142e-3 } },
    { "shared",   ENGINE_FACTORED, 1.0, 1100, true,  { 51223, 44998, 2.034043, -1.016825, 4.918857e-4, 4.417409e-4 } },
    /* clang-format on */
};
#define SHARED_SEATS 1 /* alone, a network is dealt to several units */

/* Told to follow a point that stands still. */
struct input {
    double u[STEPS][2], target[STEPS][2], feedback[STEPS], eta[STEPS];
    unsigned char gates[STEPS];
};

static void
input_fill(struct input *input)
{
    for (int i = 0; i < STEPS; i++) {
        input->u[i][0] = 0.1;
        input->u[i][1] = -0.05;
        input->target[i][0] = 2;
        input->target[i][1] = -1;
        input->feedback[i] = 10;
        input->eta[i] = 2e-3;
        input->gates[i] = DRIVE_ERROR | DRIVE_FEEDBACK | DRIVE_LEARN;
    }
}

/* ---- one trial -------------------------------------------------------------
 */

struct trial {
    const struct way *way;
    struct spec spec; /* of the precision that is tried now                  */
    struct network *network;
    struct connections connections;
    struct input input;
    struct engine *engine;
    int seats;
    struct engine_trace *traces; /* [seats]                                  */
};

static enum status
trial_open(struct trial *trial, const struct way *way, struct error *err)
{
    struct spec *spec = &trial->spec;
    enum status status = preset_spec("vanderPol", spec, err);
    trial->way = way;
    spec->network.neurons_ff = spec->network.neurons_rec = way->neurons;
    spec->compute.engine = way->engine;
    spec->weights.connectivity = way->connectivity;
    spec->weights.seed = 1;
    input_fill(&trial->input);
    if (status == OK)
        status = network_new(spec, NULL, &trial->network, err);
    if (status == OK)
        status =
            connections_thin(spec, trial->network, &trial->connections, err);
    return status;
}

static void
trial_leave(struct trial *trial)
{
    engine_close(trial->engine);
    free(trial->traces);
    trial->engine = NULL;
    trial->traces = NULL;
}

static void
trial_close(struct trial *trial)
{
    connections_free(&trial->connections);
    network_free(trial->network);
    free(trial);
}

static enum status
trial_enter(struct trial *trial, struct opencl *cl, struct error *err)
{
    const struct engine_shape shape = engine_shape_of(&trial->spec);
    trial->seats = trial->way->gpu
                       ? SHARED_SEATS
                       : engine_seats_best(opencl_device(cl), &shape);
    trial->traces = memory_array((size_t)trial->seats, sizeof(*trial->traces));
    if (trial->traces == NULL)
        return error_set(err, NO_MEMORY, "no memory for a self-test");
    return engine_open(cl, &shape, trial->seats, STEPS, &trial->engine, err);
}

static enum status
trial_run(struct trial *trial, struct error *err)
{
    const struct engine_rule rule = engine_rule_of(&trial->spec);
    const struct input *input = &trial->input;
    const struct engine_drive drive = {.steps = STEPS,
                                       .u = input->u[0],
                                       .target = input->target[0],
                                       .feedback = input->feedback,
                                       .eta = input->eta,
                                       .gates = input->gates};
    enum status status = OK;
    for (int i = 0; status == OK && i < trial->seats; i++) {
        status = engine_seat(trial->engine, i, trial->network,
                             &trial->connections, &rule, err);
        if (status == OK)
            status = engine_pack(trial->engine, i, &drive, err);
    }
    if (status == OK)
        status = engine_begin(trial->engine, err);
    if (status == OK)
        status = engine_end(trial->engine, trial->traces, err);
    for (int i = 0; status == OK && i < trial->seats; i++)
        engine_unpack(trial->engine, i);
    return status;
}

/* ---- what came out ---------------------------------------------------------
 */

static void
answer_take(const struct engine_trace *trace, double out[ANSWERS])
{
    memset(out, 0, ANSWERS * sizeof(out[0]));
    for (size_t i = 0; i < trace->summary_count; i++) {
        out[SPIKES_FF] += trace->summaries[i].spikes_ff;
        out[SPIKES_REC] += trace->summaries[i].spikes_rec;
        out[RMS_FF] = trace->summaries[i].weight_rms_ff;
        out[RMS_REC] = trace->summaries[i].weight_rms_rec;
    }
    for (int i = STEPS - LAST; i < STEPS; i++)
        for (int d = 0; d < 2; d++)
            out[X_HAT_1 + d] += trace->x_hat[2 * i + d] / LAST;
}

static enum status
answer_check(const struct trial *trial, struct error *err)
{
    const enum precision precision = trial->spec.compute.precision;
    const double tolerance =
        precision == PRECISION_F64 ? TOLERANCE_F64 : TOLERANCE_F32;
    double is[ANSWERS];
    answer_take(&trial->traces[0], is);
    for (int i = 0; i < ANSWERS; i++) {
        const double should = trial->way->answer[i];
        if (!(fabs(is[i] - should) <= tolerance * fabs(should)))
            return error_set(err, CORRUPT,
                             "the %s kernel computes wrongly in %s: %s is %g "
                             "and should be %g",
                             trial->way->name, precision_name(precision),
                             answer_names[i], is[i], should);
    }
    return OK;
}

/* Networks that are the same, side by side. */
static enum status
seats_check(const struct trial *trial, struct error *err)
{
    const size_t size = STEPS * 2 * sizeof(double);
    for (int i = 1; i < trial->seats; i++)
        if (memcmp(trial->traces[i].x_hat, trial->traces[0].x_hat, size) != 0)
            return error_set(err, CORRUPT,
                             "the %s kernel computes wrongly in %s: of %d "
                             "networks that are the same number %d differs",
                             trial->way->name,
                             precision_name(trial->spec.compute.precision),
                             trial->seats, i + 1);
    return OK;
}

static void
trial_log(const struct trial *trial, const struct opencl *cl, double built,
          double seconds)
{
    log_event(LOG_LEVEL_DEBUG, "selftest_kernel",
              "device=%s kernel=%s precision=%s networks=%d build_s=%.3f "
              "run_s=%.4f",
              opencl_device(cl)->id, trial->way->name,
              precision_name(trial->spec.compute.precision), trial->seats,
              built, seconds);
}

static enum status
trial_once(struct trial *trial, struct opencl *cl, struct error *err)
{
    const double began = clock_monotonic();
    enum status status = trial_enter(trial, cl, err);
    const double entered = clock_monotonic();
    if (status == OK)
        status = trial_run(trial, err);
    if (status == OK)
        status = answer_check(trial, err);
    if (status == OK)
        status = seats_check(trial, err);
    if (status == OK)
        trial_log(trial, cl, entered - began, clock_monotonic() - entered);
    trial_leave(trial);
    return status;
}

/* ---- all of them -----------------------------------------------------------
 */

/* What fails once may be chance: only what fails twice is the device's. */
static enum status
trial_twice(struct trial *trial, struct opencl *cl, struct error *err)
{
    char quoted[1100];
    enum status status = trial_once(trial, cl, err);
    if (status == OK || status == UNAVAILABLE)
        return status;
    log_event(LOG_LEVEL_WARNING, "selftest_again", "device=%s reason=%s",
              opencl_device(cl)->id,
              log_quote(err->text, quoted, sizeof(quoted)));
    status = trial_once(trial, cl, err);
    if (status != OK && status != NO_MEMORY && status != UNAVAILABLE)
        status = err->status = CORRUPT;
    return status;
}

static enum status
way_test(struct opencl *cl, const struct way *way, struct error *err)
{
    struct trial *trial = memory_array(1, sizeof(*trial));
    if (trial == NULL)
        return error_set(err, NO_MEMORY, "no memory for a self-test");
    enum status status = trial_open(trial, way, err);
    for (int p = PRECISION_F32; status == OK && p <= PRECISION_F64; p++) {
        trial->spec.compute.precision = (enum precision)p;
        if (p == PRECISION_F32 || opencl_device(cl)->width_f64 > 0)
            status = trial_twice(trial, cl, err);
    }
    trial_close(trial);
    return status;
}

enum status
selftest_run(struct opencl *cl, const atomic_bool *stop, struct error *err)
{
    const struct opencl_device *device = opencl_device(cl);
    const double began = clock_monotonic();
    enum status status = OK;
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++)
        if (status == OK && !*stop && (device->gpu || !ways[i].gpu))
            status = way_test(cl, &ways[i], err);
    if (status == OK)
        log_event(LOG_LEVEL_INFO, "selftest_passed", "device=%s seconds=%.3f",
                  device->id, clock_monotonic() - began);
    else
        error_prefix(err, "self-test: ");
    return status;
}
