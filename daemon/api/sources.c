/* sources.c - whether the jobs that a job names can give what it takes from
 * them. */
#include "api/sources.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A job that is taken from. */
struct source {
    const char *pointer; /* where the job's number stands */
    struct job job;
    struct spec spec;
    struct checkpoint last; /* step -1: it has none */
};

/* `*found` false, and a fault, when there is none. source_clear() it. */
static enum status
source_load(struct store *store, int64_t id, const char *pointer,
            struct source *out, struct faults *faults, bool *found,
            struct error *err)
{
    *out = (struct source){.pointer = pointer, .last = {.step = -1}};
    enum status status = job_load(store, id, &out->job, err);
    *found = status == OK;
    if (status == NOT_FOUND) {
        fault_add(faults, pointer, "there is no job %lld", (long long)id);
        return OK;
    }
    if (status == OK)
        status = spec_from_text(out->job.spec, &out->spec, err);
    if (status == OK) {
        status = checkpoint_find(store, id, INT64_MAX, &out->last, err);
        status = status == NOT_FOUND ? OK : status;
    }
    return status;
}

static void
source_clear(struct source *source)
{
    job_clear(&source->job);
}

/* ---- checkpoints -------------------------------------------------------- */

/* Its final one must be there. */
static void
check_final(const struct source *source, const char *pointer,
            struct faults *faults)
{
    long long id = (long long)source->job.id;
    const char *state = job_state_name(source->job.state);
    if (source->last.step >= 0 && source->last.kind == CHECKPOINT_FINAL)
        return;
    if (!job_state_is_final(source->job.state))
        fault_add(faults, pointer,
                  "job %lld is %s: it has no final checkpoint yet", id, state);
    else if (source->last.step >= 0)
        fault_add(faults, pointer,
                  "job %lld is %s and has no final checkpoint, its last is at "
                  "%g %s",
                  id, state, source->last.t,
                  source->spec.rl.task != RL_NONE ? "episodes" : "s");
    else
        fault_add(faults, pointer, "job %lld is %s and has no checkpoint", id,
                  state);
}

/* One that stays must be there at this time. */
static enum status
check_moment(struct store *store, const struct source *source, double at,
             struct faults *faults, struct error *err)
{
    struct checkpoint found;
    long long id = (long long)source->job.id;
    int64_t step = llround(at / spec_step_length(&source->spec));
    const char *unit = source->spec.rl.task != RL_NONE ? "episodes" : "s";
    enum status status = checkpoint_find(store, id, step, &found, err);
    if (status == NOT_FOUND) {
        fault_add(faults, "/start/at",
                  "job %lld is %s and has no checkpoint at %g %s or before", id,
                  job_state_name(source->job.state), at, unit);
        return OK;
    }
    if (status)
        return status;
    if (found.step != step)
        fault_add(faults, "/start/at",
                  "job %lld has no checkpoint at %g %s, the one before is at "
                  "%g %s",
                  id, at, unit, found.t, unit);
    else if (found.kind == CHECKPOINT_ROLLING &&
             !job_state_is_final(source->job.state))
        fault_add(faults, "/start/at",
                  "job %lld is %s: its checkpoint at %g %s will not stay", id,
                  job_state_name(source->job.state), at, unit);
    return OK;
}

/* ---- fitting together --------------------------------------------------- */

static void
check_dimensions(const struct spec *spec, const struct source *source,
                 struct faults *faults)
{
    int d, d_in, its_d, its_d_in;
    spec_dimensions(spec, &d, &d_in);
    spec_dimensions(&source->spec, &its_d, &its_d_in);
    if (d != its_d || d_in != its_d_in)
        fault_add(faults, source->pointer,
                  "job %lld has %d dimensions of x and %d of u, this one has "
                  "%d and %d",
                  (long long)source->job.id, its_d, its_d_in, d, d_in);
}

/* Every key that determines neurons and decoders, and the rule by which weights
 * act. Time constants may differ. */
static void
check_network(const struct spec *spec, const struct source *source,
              struct faults *faults)
{
    json_t *ours = spec_to_json(spec), *theirs = spec_to_json(&source->spec);
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(theirs, "network"), key, value)
    {
        json_t *mine = json_object_get(json_object_get(ours, "network"), key);
        if (strcmp(key, "tau_synapse") == 0 || json_equal(mine, value))
            continue;
        char pointer[128], *text = json_dumps(value, JSON_ENCODE_ANY);
        snprintf(pointer, sizeof(pointer), "/network/%s", key);
        fault_add(faults, pointer,
                  "must be %s, as of job %lld, whose weights are gone on from",
                  text ? text : "the same", (long long)source->job.id);
        free(text);
    }
    json_decref(ours);
    json_decref(theirs);
}

static void
check_weights(const struct spec *spec, const struct source *source,
              struct faults *faults)
{
    const struct spec *its = &source->spec;
    long long id = (long long)source->job.id;
    if (spec->weights.init == WEIGHTS_SHUFFLED)
        return;
    if (its->weights.connectivity < 1 &&
        its->weights.connectivity != spec->weights.connectivity)
        fault_add(faults, "/weights/connectivity",
                  "must be %g, as of job %lld, whose weights are gone on from",
                  its->weights.connectivity, id);
    if (spec_is_dense(its) && !spec_is_dense(spec))
        fault_add(faults, "/compute/engine",
                  "must be \"dense\", as job %lld holds every weight by itself",
                  id);
}

/* What was learned is of one task of one arm, whatever its constants. */
static void
check_task(const struct spec *spec, const struct source *source,
           struct faults *faults)
{
    const struct spec *its = &source->spec;
    if (its->rl.task == RL_NONE)
        fault_add(faults, source->pointer,
                  "job %lld has learned no torques: rl.task is \"none\"",
                  (long long)source->job.id);
    else if (its->rl.task != spec->rl.task ||
             its->system.type != spec->system.type)
        fault_add(faults, source->pointer,
                  "job %lld has learned another task, or of another arm: %s",
                  (long long)source->job.id, system_name(its->system.type));
}

static enum status
check_start(struct store *store, const struct spec *spec, struct faults *faults,
            struct error *err)
{
    struct source source;
    bool found;
    enum status status = source_load(store, spec->start.job, "/start/job",
                                     &source, faults, &found, err);
    if (status != OK || !found) {
        source_clear(&source);
        return status;
    }
    if (spec->rl.task != RL_NONE)
        check_task(spec, &source, faults);
    else if (source.spec.rl.task != RL_NONE)
        fault_add(faults, "/start/job",
                  "job %lld has learned torques and has no weights",
                  (long long)source.job.id);
    else {
        check_dimensions(spec, &source, faults);
        check_network(spec, &source, faults);
        check_weights(spec, &source, faults);
    }
    if (spec->start.at < 0)
        check_final(&source, "/start/job", faults);
    else
        status = check_moment(store, &source, spec->start.at, faults, err);
    source_clear(&source);
    return status;
}

static enum status
check_reference(struct store *store, const struct spec *spec,
                struct faults *faults, struct error *err)
{
    struct source source;
    bool found;
    enum status status =
        source_load(store, spec->reference.job, "/reference/job", &source,
                    faults, &found, err);
    if (status == OK && found && source.spec.rl.task != RL_NONE) {
        fault_add(faults, "/reference/job",
                  "job %lld has learned torques and is no network",
                  (long long)source.job.id);
    } else if (status == OK && found) {
        check_dimensions(spec, &source, faults);
        check_final(&source, "/reference/job", faults);
    }
    source_clear(&source);
    return status;
}

static void
check_joints(const struct spec *spec, const struct source *source,
             struct faults *faults)
{
    int d, joints, learned;
    spec_dimensions(spec, &d, &joints);
    spec_dimensions(&source->spec, &d, &learned);
    if (joints != learned)
        fault_add(faults, source->pointer,
                  "job %lld has learned the torques of %d joint%s, and the "
                  "command of %s has %d",
                  (long long)source->job.id, learned, learned == 1 ? "" : "s",
                  system_name(spec->system.type), joints);
}

static enum status
check_command(struct store *store, const struct spec *spec,
              struct faults *faults, struct error *err)
{
    struct source source;
    bool found;
    enum status status =
        source_load(store, spec->input.command_from, "/input/command_from",
                    &source, faults, &found, err);
    if (status == OK && found && source.spec.rl.task == RL_NONE)
        fault_add(faults, "/input/command_from",
                  "job %lld has learned no torques: rl.task is \"none\"",
                  (long long)source.job.id);
    else if (status == OK && found) {
        check_joints(spec, &source, faults);
        check_final(&source, "/input/command_from", faults);
    }
    source_clear(&source);
    return status;
}

/* A checkpoint of weights that are each held by themselves must fit into the
 * store. */
static void
check_size(const struct spec *spec, struct faults *faults)
{
    double real = spec->compute.precision == PRECISION_F64 ? 8 : 4;
    double rec = (double)spec->network.neurons_rec;
    double bytes = real * rec * (rec + (double)spec->network.neurons_ff);
    if (spec->rl.task == RL_NONE && spec_is_dense(spec) &&
        bytes > 0.99 * (double)STORE_BLOB_MOST)
        fault_add(faults, "/network/neurons_rec",
                  "%lld neurons with weights that are each held by themselves "
                  "make checkpoints of %.0f MiB, at most %zu are kept",
                  (long long)spec->network.neurons_rec, bytes / (1 << 20),
                  STORE_BLOB_MOST >> 20);
}

enum status
sources_check(struct store *store, const struct spec *spec,
              struct faults *faults, struct error *err)
{
    enum status status = uploads_check(store, spec, faults, err);
    check_size(spec, faults);
    if (status == OK && spec->start.job)
        status = check_start(store, spec, faults, err);
    if (status == OK && spec->reference.job)
        status = check_reference(store, spec, faults, err);
    if (status == OK && spec->input.command_from)
        status = check_command(store, spec, faults, err);
    return status;
}

enum status
after_check(struct store *store, const struct submission *submission,
            struct faults *faults, struct error *err)
{
    for (size_t i = 0; i < submission->after_count; i++) {
        struct job job = {0};
        char pointer[32];
        long long id = (long long)submission->after[i].job;
        enum status status = job_load(store, id, &job, err);
        snprintf(pointer, sizeof(pointer), "/after/%zu", i);
        if (status == NOT_FOUND)
            fault_add(faults, pointer, "there is no job %lld", id);
        else if (status)
            return status;
        else if (job_state_is_final(job.state) && job.state != JOB_SUCCEEDED &&
                 !submission->after[i].any_end)
            fault_add(faults, pointer,
                      "job %lld is %s, nothing comes after its success", id,
                      job_state_name(job.state));
        job_clear(&job);
    }
    return faults->count ? INVALID : OK;
}
