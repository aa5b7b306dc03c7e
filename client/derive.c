/* derive.c - jobs that begin with what another one learned: its description,
 * changed to go on learning or to be tested. */
#include "client/client.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEST_PERIODS 10  /* as long as the published tests of oscillators */
#define NAME_MOST    128 /* bytes of a job's name */

/* ---- where it starts ---------------------------------------------------- */

enum status
description_start(json_t *description, int64_t job, const char *checkpoint,
                  bool states, struct error *err)
{
    char *end;
    double t = strtod(checkpoint, &end);
    json_t *at = *end ? json_string(checkpoint) : json_real(t);

    if (*end && strcmp(checkpoint, "final") != 0) {
        json_decref(at);
        return error_set(err, INVALID,
                         "a job starts from a time or from 'final', not from "
                         "'%s'",
                         checkpoint);
    }
    json_t *start = json_pack("{s:I, s:o}", "job", (json_int_t)job, "at", at);
    if (states)
        json_object_set_new(start, "states", json_true());
    json_object_set_new(description, "start", start);
    return OK;
}

/* What it goes on from: the job and its checkpoint. `*spec` [owned] is its
 * resolved description; `*t` s is when the checkpoint was made. */
struct origin {
    int64_t id;
    char checkpoint[CHECKPOINT_SIZE];
    char name[NAME_MOST + 1]; /* "": it has none */
    double t;
    json_t *spec;
    bool reinforced; /* it has learned torques and has no network           */
};

static enum status
origin_find(struct client *client, const char *word, struct origin *out,
            struct error *err)
{
    json_t *job;
    enum status status =
        checkpoint_find(client, word, &out->id, out->checkpoint, err);

    out->spec = NULL;
    if (status == OK)
        status =
            client_get(client, &job, err, "/api/v1/jobs/%" PRId64, out->id);
    if (status != OK)
        return status;
    snprintf(out->name, sizeof(out->name), "%s", json_text(job, "name"));
    out->spec = json_deep_copy(json_object_get(job, "spec"));
    out->reinforced = job_is_reinforcement(job);
    out->t = strcmp(out->checkpoint, "final") == 0
                 ? json_number(out->spec, "schedule.duration")
                 : strtod(out->checkpoint, NULL);
    json_decref(job);
    if (!json_is_object(out->spec))
        return error_set(err, FAILED, "job %" PRId64 " has no description",
                         out->id);
    return OK;
}

/* The weights are there, however they were made. */
static void
weights_taken(json_t *spec)
{
    json_t *weights = json_object_get(spec, "weights");

    json_object_set_new(weights, "init", json_string("zero"));
    json_object_set_new(weights, "array", json_null());
}

static void
name_set(json_t *description, const char *before, const struct origin *origin)
{
    char name[NAME_MOST + 40];

    if (*origin->name)
        snprintf(name, sizeof(name), "%s%s", before, origin->name);
    else if (*before)
        snprintf(name, sizeof(name), "%sjob %" PRId64, before, origin->id);
    else
        return;
    if (strlen(name) <= NAME_MOST)
        json_object_set_new(description, "name", json_string(name));
}

/* ---- continue ----------------------------------------------------------- */

/* The schedule of learning rates goes on where it was at `t` s. */
static void
rates_go_on(json_t *learning, double t)
{
    json_t *left = json_array(), *pair;
    size_t i;

    json_array_foreach(json_object_get(learning, "eta_schedule"), i, pair)
    {
        double from = json_number_value(json_array_get(pair, 0));
        json_t *eta = json_array_get(pair, 1);
        if (from <= t)
            json_object_set(learning, "eta", eta);
        else
            json_array_append_new(left, json_pack("[f, O]", from - t, eta));
    }
    json_object_set_new(learning, "eta_schedule", left);
}

/* So does the gain's ramp, which ends where it would have ended. */
static void
gain_goes_on(json_t *spec, double t)
{
    json_t *feedback = json_object_get(spec, "feedback");
    double first = json_number(feedback, "gain");
    double last = json_number(feedback, "gain_end");
    double duration = json_number(spec, "schedule.duration");

    if (isfinite(last) && last != first && duration > 0)
        json_object_set_new(
            feedback, "gain",
            json_real(first + (last - first) * fmin(t / duration, 1)));
}

enum status
description_continue(struct client *client, const char *word, json_t **out,
                     struct error *err)
{
    struct origin origin = {0};
    enum status status = origin_find(client, word, &origin, err);

    if (status == OK && !origin.reinforced) {
        weights_taken(origin.spec);
        rates_go_on(json_object_get(origin.spec, "learning"), origin.t);
        gain_goes_on(origin.spec, origin.t);
    }
    if (status == OK) {
        name_set(origin.spec, "", &origin);
        status = description_start(origin.spec, origin.id, origin.checkpoint,
                                   !origin.reinforced, err);
    }
    *out = origin.spec;
    return status;
}

/* ---- test --------------------------------------------------------------- */

/* What --input, --seed and --duration say, or what is usual: the same command
 * with the next seed, for ten periods. */
static enum status
test_options_read(const struct arguments *arguments, const json_t *spec,
                  double *seed, double *duration, struct error *err)
{
    const char *of_seed = option_value(arguments, "seed");
    const char *of_time = option_value(arguments, "duration");
    enum status status = OK;

    *seed = json_number(spec, "input.seed") + 1;
    *duration = TEST_PERIODS * json_number(spec, "schedule.period");
    if (of_seed)
        status = number_parse(of_seed, "--seed", 0, 4294967295., seed, err);
    if (status == OK && *seed != floor(*seed))
        status = error_set(err, INVALID, "--seed must be whole, is %s",
                           of_seed ? of_seed : "");
    if (status == OK && of_time)
        status = number_parse(of_time, "--duration", 0.001, 1e6, duration, err);
    return status;
}

/* Phases as the published test has them where there is time for them; they
 * shape no more than some commands, as no error is fed back in any. */
static void
phases_set(json_t *schedule, double duration)
{
    double period = json_number(schedule, "period");
    bool room = duration >= 6 * period;

    json_object_set_new(schedule, "duration", json_real(duration));
    json_object_set_new(schedule, "settle", json_real(room ? period : 0));
    json_object_set_new(schedule, "test", json_real(room ? 4 * period : 0));
    json_object_set_new(schedule, "trial_clamp", json_false());
}

static enum status
test_apply(const struct arguments *arguments, json_t *spec, struct error *err)
{
    const char *type = option_value(arguments, "input");
    json_t *input = json_object_get(spec, "input");
    json_t *record = json_object_get(spec, "record");
    double seed, duration;
    enum status status =
        test_options_read(arguments, spec, &seed, &duration, err);

    if (status != OK)
        return status;
    if (type && json_object_set_new(input, "type", json_string(type)) != 0)
        return error_set(err, INVALID, "--input: no valid UTF-8");
    json_object_set_new(input, "seed", json_integer((json_int_t)seed));
    json_object_set_new(json_object_get(spec, "learning"), "enabled",
                        json_false());
    json_object_set_new(json_object_get(spec, "feedback"), "enabled",
                        json_false());
    json_object_set_new(record, "spikes", json_true());
    json_object_set_new(
        record, "window",
        json_real(fmin(json_number(record, "window"), duration)));
    phases_set(json_object_get(spec, "schedule"), duration);
    return OK;
}

enum status
description_test(struct client *client, const struct arguments *arguments,
                 json_t **out, struct error *err)
{
    struct origin origin = {0};
    enum status status = origin_find(client, arguments->words[0], &origin, err);

    if (status == OK && origin.reinforced)
        status = error_set(err, INVALID,
                           "job %" PRId64 " has learned torques and is no "
                           "network to test: hand in an arm that they drive, "
                           "--set command_from=%" PRId64,
                           origin.id, origin.id);
    if (status == OK)
        status = test_apply(arguments, origin.spec, err);
    if (status == OK) {
        weights_taken(origin.spec);
        name_set(origin.spec, "test of ", &origin);
        status = description_start(origin.spec, origin.id, origin.checkpoint,
                                   false, err);
    }
    *out = origin.spec;
    return status;
}
