/* main.c - the options of follow-bench. */
#include "bench/bench.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "version.h"

const char *argp_program_version = "follow-bench " FOLLOWD_VERSION;

enum {
    OPTION_VERIFY = 256,
    OPTION_PRECISION,
    OPTION_ENGINE,
    OPTION_DEVICE,
    OPTION_NEURONS,
    OPTION_DIMENSIONS,
    OPTION_JOBS,
    OPTION_LEARNING,
    OPTION_SLICES,
    OPTION_STEPS,
    OPTION_VERBOSE
};

/* clang-format off */
static const struct argp_option options[] = {
    {"verify", OPTION_VERIFY, "TRACE.npz", 0,
     "replay a trace recorded from Nengo and compare every spike", 0},
    {"device", OPTION_DEVICE, "ID", 0, "any (default) or a device's id", 0},
    {"precision", OPTION_PRECISION, "f32|f64", 0, "default f32", 0},
    {"engine", OPTION_ENGINE, "NAME", 0, 
     "auto (default), factored, gathered or dense", 0},
    {"neurons", OPTION_NEURONS, "FF[,REC]", 0,
     "neurons of each layer, default 3000", 0},
    {"dimensions", OPTION_DIMENSIONS, "IN[,STATE]", 0,
     "of the command and of the state, 1 to 8, default 2", 0},
    {"jobs", OPTION_JOBS, "N", 0, "networks in one launch, default 1", 0},
    {"learning", OPTION_LEARNING, "on|off", 0, "default on", 0},
    {"slices", OPTION_SLICES, "N", 0, "slices that are timed, default 9", 0},
    {"steps", OPTION_STEPS, "N", 0, "steps of a slice, default 10000", 0},
    {"verbose", OPTION_VERBOSE, 0, 0, "what the compiler of kernels says", 0},
    {0, 0, 0, 0, 0, 0},
};
/* clang-format on */

/* A whole number from 1 to `most`, or a usage error that names it. */
static int64_t
number_parse(const char *text, int64_t most, const char *what,
             struct argp_state *state, char **end)
{
    char *rest;
    const long long number = strtoll(text, &rest, 10);
    if (rest == text || (*rest != '\0' && (end == NULL || *rest != ',')) ||
        number < 1 || number > most)
        argp_error(state, "%s must be from 1 to %lld, is %s", what,
                   (long long)most, text);
    if (end != NULL)
        *end = rest;
    return number;
}

/* "A" or "A,B": one number for both. */
static void
pair_parse(const char *text, int64_t most, const char *what,
           struct argp_state *state, int64_t out[2])
{
    char *rest;
    out[0] = number_parse(text, most, what, state, &rest);
    out[1] =
        *rest == ',' ? number_parse(rest + 1, most, what, state, NULL) : out[0];
}

static bool
choice_parse(const char *text, const char *yes, const char *no,
             const char *what, struct argp_state *state)
{
    if (strcmp(text, yes) != 0 && strcmp(text, no) != 0)
        argp_error(state, "%s is %s or %s, not %s", what, yes, no, text);
    return strcmp(text, yes) == 0;
}

/* Every network that is measured or replayed here is factored, so that the
 * other ways to hold its weights must give the same spikes. */
static enum engine_weights
engine_parse(const char *text, struct argp_state *state)
{
    static const char *const names[] = {"factored", "gathered", "dense"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcmp(text, names[i]) == 0)
            return (enum engine_weights)i;
    if (strcmp(text, "auto") != 0)
        argp_error(state, "engine is auto, factored, gathered or dense, not %s",
                   text);
    return ENGINE_WEIGHTS_FACTORED;
}

static error_t
option_parse(int key, char *arg, struct argp_state *state)
{
    struct bench_options *bench = state->input;
    int64_t pair[2];
    switch (key) {
    case OPTION_VERIFY:
        bench->verify = arg;
        return 0;
    case OPTION_DEVICE:
        bench->device = arg;
        return 0;
    case OPTION_PRECISION:
        bench->precision = choice_parse(arg, "f64", "f32", "precision", state)
                               ? PRECISION_F64
                               : PRECISION_F32;
        return 0;
    case OPTION_ENGINE:
        bench->weights = engine_parse(arg, state);
        return 0;
    case OPTION_NEURONS:
        pair_parse(arg, 10000000, "neurons", state, pair);
        bench->neurons_ff = pair[0];
        bench->neurons_rec = pair[1];
        return 0;
    case OPTION_DIMENSIONS:
        pair_parse(arg, 8, "dimensions", state, pair);
        bench->dimensions_in = (int)pair[0];
        bench->dimensions = (int)pair[1];
        return 0;
    case OPTION_JOBS:
        bench->jobs = (int)number_parse(arg, 10000, "jobs", state, NULL);
        return 0;
    case OPTION_LEARNING:
        bench->learning = choice_parse(arg, "on", "off", "learning", state);
        return 0;
    case OPTION_SLICES:
        bench->slices = (int)number_parse(arg, 100000, "slices", state, NULL);
        return 0;
    case OPTION_STEPS:
        bench->steps = (int)number_parse(arg, 10000000, "steps", state, NULL);
        return 0;
    case OPTION_VERBOSE:
        log_set_level(LOG_LEVEL_DEBUG);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument %s", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int
main(int argc, char **argv)
{
    static const struct argp argp = {
        options,
        option_parse,
        NULL,
        "Measures the simulation engine alone, one JSON line a run, or "
        "replays a trace recorded from Nengo.",
        NULL,
        NULL,
        NULL};
    struct bench_options bench = {
        .device = "any",
        .precision = PRECISION_F32,
        .neurons_ff = 3000,
        .neurons_rec = 3000,
        .dimensions_in = 2,
        .dimensions = 2,
        .jobs = 1,
        .learning = true,
        .slices = 9,
        .steps = 10000,
    };
    struct error err = {0};
    int64_t mismatches = 0;

    argp_parse(&argp, argc, argv, 0, NULL, &bench);
    const enum status status = bench.verify != NULL
                                   ? bench_verify(&bench, &mismatches, &err)
                                   : bench_measure(&bench, &err);
    if (status != OK) {
        fprintf(stderr, "follow-bench: %s\n", err.text);
        return 2;
    }
    return mismatches == 0 ? 0 : 1;
}
