/* lineage.c - what a job is made of and does not hold itself: uploaded arrays,
 * its own state when it resumes, and what other jobs have learned.
 *
 * A job that went on from another one has that one's fixed weights and masks:
 * these are made anew from the seeds of the first of the line. */
#include "worker/worker_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NPZ_MOST  ((size_t)8 << 30) /* bytes of arrays                       */
#define FINAL     (-1)              /* the last checkpoint of a job          */
#define LINE_MOST 1000              /* jobs that each went on from another   */

/* ---- one thing ----------------------------------------------------------- */

static enum status
npz_fetch(struct daemon_link *link, const char *path, const char *what,
          struct npz **out, struct error *err)
{
    struct bytes body = {0};
    enum status status = daemon_get(link, path, what, &body, err);
    if (status != OK)
        return status;
    status = npz_open(body.data, body.size, NPZ_MOST, out, err);
    if (status != OK)
        error_prefix(err, "%s: ", what);
    bytes_free(&body);
    return status;
}

/* Nothing for the hash "". */
static enum status
array_fetch(struct daemon_link *link, const char *sha256, struct npz **out,
            struct error *err)
{
    char path[128], what[96];
    if (sha256[0] == '\0')
        return OK;
    snprintf(what, sizeof(what), "array %s", sha256);
    snprintf(path, sizeof(path), "/api/v1/arrays/%s", sha256);
    return npz_fetch(link, path, what, out, err);
}

static enum status
own_checkpoint_fetch(struct daemon_link *link, const struct grant *grant,
                     struct npz **out, struct error *err)
{
    char path[128];
    if (!grant->resume)
        return OK;
    snprintf(path, sizeof(path), "/internal/leases/%s/checkpoint",
             grant->lease);
    return npz_fetch(link, path, "checkpoint", out, err);
}

static enum status
checkpoint_fetch(struct daemon_link *link, int64_t job, int64_t step,
                 struct npz **out, struct error *err)
{
    char path[128], what[64], when[32] = "final";
    if (step != FINAL)
        snprintf(when, sizeof(when), "%lld", (long long)step);
    snprintf(what, sizeof(what), "checkpoint of job %lld", (long long)job);
    snprintf(path, sizeof(path), "/internal/jobs/%lld/checkpoints/%s",
             (long long)job, when);
    return npz_fetch(link, path, what, out, err);
}

static enum status
spec_fetch(struct daemon_link *link, int64_t job, struct spec *out,
           struct error *err)
{
    char path[64], what[64];
    struct bytes body = {0};
    snprintf(path, sizeof(path), "/api/v1/jobs/%lld", (long long)job);
    snprintf(what, sizeof(what), "job %lld", (long long)job);
    enum status status = daemon_get(link, path, what, &body, err);
    if (status == OK) {
        json_t *json = json_loadb((const char *)body.data, body.size, 0, NULL);
        status = daemon_spec_read(json_object_get(json, "spec"), out, err);
        json_decref(json);
    }
    bytes_free(&body);
    return status;
}

/* ---- the line ------------------------------------------------------------ */

/* Whether the weights of `spec` need more of start.job than its spec. */
static bool
takes_weights(const struct spec *spec)
{
    return spec->weights.init == WEIGHTS_SHUFFLED;
}

/* Which of its checkpoints is meant, in its steps or episodes. */
static int64_t
start_step(const struct spec *spec)
{
    if (spec->start.at < 0)
        return FINAL;
    return llround(spec->start.at / spec_step_length(spec));
}

/* start.job of `lineage`, with its state if that is needed. One that is gone is
 * nothing, as long as only its spec would be: it then had nothing to hand on.
 */
static enum status
start_fetch(struct daemon_link *link, struct lineage *lineage, bool state,
            struct error *err)
{
    const struct spec *spec = &lineage->spec;
    struct lineage *start = memory_array(1, sizeof(*start));
    if (start == NULL)
        return error_set(err, NO_MEMORY, "no memory for a job");
    start->job = spec->start.job;
    enum status status = spec_fetch(link, start->job, &start->spec, err);
    if (status == NOT_FOUND && !state) {
        free(start);
        return OK;
    }
    lineage->start = start;
    if (status == OK && state)
        status = checkpoint_fetch(link, start->job, start_step(spec),
                                  &start->checkpoint, err);
    if (status == OK)
        status = array_fetch(link, start->spec.weights.array,
                             &start->weights_array, err);
    return status;
}

/* The line up from `lineage`, whose spec is there. The state of a job further
 * up is only needed where its weights were shuffled. */
static enum status
line_fetch(struct daemon_link *link, struct lineage *lineage, bool state,
           struct error *err)
{
    for (int i = 0; lineage != NULL && lineage->spec.start.job != 0; i++) {
        if (i == LINE_MOST)
            return error_set(err, TOO_LARGE, "more than %d jobs in a line", i);
        const enum status status = start_fetch(
            link, lineage, state || takes_weights(&lineage->spec), err);
        if (status != OK)
            return status;
        lineage = lineage->start;
        state = false;
    }
    return OK;
}

/* A job that is there by its number only, at its end. */
static enum status
imitated_fetch(struct daemon_link *link, struct lineage *job, struct error *err)
{
    enum status status = spec_fetch(link, job->job, &job->spec, err);
    if (status == OK)
        status = checkpoint_fetch(link, job->job, FINAL, &job->checkpoint, err);
    if (status == OK)
        status = array_fetch(link, job->spec.network.arrays,
                             &job->network_arrays, err);
    if (status == OK)
        status = array_fetch(link, job->spec.weights.array, &job->weights_array,
                             err);
    if (status == OK)
        status = line_fetch(link, job, false, err);
    return status;
}

static enum status
arrays_fetch(struct daemon_link *link, struct lineage *out, struct error *err)
{
    const struct spec *spec = &out->spec;
    enum status status =
        array_fetch(link, spec->system.array, &out->system_array, err);
    if (status == OK)
        status = array_fetch(link, spec->input.array, &out->input_array, err);
    if (status == OK && spec->input.command_from != 0)
        status = checkpoint_fetch(link, spec->input.command_from, FINAL,
                                  &out->command, err);
    if (status == OK)
        status =
            array_fetch(link, spec->network.arrays, &out->network_arrays, err);
    if (status == OK)
        status =
            array_fetch(link, spec->weights.array, &out->weights_array, err);
    return status;
}

enum status
lineage_fetch(struct daemon_link *link, const struct grant *grant,
              struct lineage *out, struct error *err)
{
    out->job = grant->job;
    out->spec = grant->spec;
    enum status status =
        own_checkpoint_fetch(link, grant, &out->checkpoint, err);
    if (out->spec.rl.task != RL_NONE)
        return status == OK && !grant->resume && out->spec.start.job != 0
                   ? start_fetch(link, out, true, err)
                   : status;
    if (status == OK)
        status = arrays_fetch(link, out, err);
    if (status == OK)
        status = line_fetch(link, out, !grant->resume, err);
    if (status != OK || out->spec.reference.job == 0)
        return status;
    out->reference = memory_array(1, sizeof(*out->reference));
    if (out->reference == NULL)
        return error_set(err, NO_MEMORY, "no memory for a job");
    out->reference->job = out->spec.reference.job;
    return imitated_fetch(link, out->reference, err);
}
