/* sources.c - what a job takes from uploads and from other jobs, which stay as
 * long as it may need them.
 *
 * A job that is not over needs all of its sources. One that is over holds what
 * it took, but for weights that are made anew from the seeds of the first of
 * its line, whenever somebody asks for them: fixed weights and masks. */
#include "queue/queue_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum status
sources_take(struct store *store, int64_t id, const struct spec *spec,
             struct error *err)
{
    const char *const arrays[] = {spec->system.array, spec->input.array,
                                  spec->network.arrays, spec->weights.array};
    const int64_t jobs[] = {spec->start.job, spec->reference.job,
                            spec->input.command_from};
    enum status status = OK;
    for (size_t i = 0; i < ARRAY_LENGTH(arrays) && status == OK; i++)
        if (arrays[i][0] != '\0')
            status = array_use(store, id, arrays[i], err);
    for (size_t i = 0; i < ARRAY_LENGTH(jobs) && status == OK; i++) {
        struct job source = {0};
        if (jobs[i] == 0)
            continue;
        status = job_load(store, jobs[i], &source, err);
        job_clear(&source);
        if (status == NOT_FOUND)
            return error_set(err, CONFLICT, "job %lld is gone meanwhile",
                             (long long)jobs[i]);
        if (status == OK)
            status = job_source_add(store, id, jobs[i], err);
    }
    return status;
}

/* Whether some weights of this job come from no factors: its own, or those of
 * the first of its line. */
static enum status
line_is_made_anew(struct store *store, const struct job *job, bool *out,
                  struct error *err)
{
    struct spec spec;
    enum status status = spec_from_text(job->spec, &spec, err);
    *out = false;
    while (status == OK) {
        struct job next = {0};
        *out |= spec_has_fixed_weights(&spec) || spec.weights.connectivity < 1;
        if (*out || spec.start.job == 0)
            return OK;
        status = job_load(store, spec.start.job, &next, err);
        if (status == NOT_FOUND)
            return OK; /* it may go only when nobody asks this any more */
        if (status == OK)
            status = spec_from_text(next.spec, &spec, err);
        job_clear(&next);
    }
    return status;
}

/* Whether `taker` still needs `source`. */
static enum status
is_needed(struct store *store, const struct job *source,
          const struct job *taker, bool *out, struct error *err)
{
    struct spec spec;
    *out = !job_state_is_final(taker->state);
    if (*out)
        return OK;
    enum status status = spec_from_text(taker->spec, &spec, err);
    if (status != OK || spec.start.job != source->id)
        return status;
    *out = spec.weights.init == WEIGHTS_SHUFFLED;
    return *out ? OK : line_is_made_anew(store, source, out, err);
}

enum status
sources_release(struct store *store, const struct job *source,
                struct error *err)
{
    char names[200] = "";
    size_t used = 0, needing = 0, count = 0;
    struct job *list;
    enum status status = job_taker_list(store, source->id, &list, &count, err);
    if (status != OK)
        return status;
    for (size_t i = 0; i < count && status == OK; i++) {
        bool needs;
        status = is_needed(store, source, &list[i], &needs, err);
        if (status != OK || !needs)
            continue;
        if (needing++ < 10)
            used += (size_t)snprintf(names + used, sizeof names - used,
                                     "%s%lld (%s)", used > 0 ? ", " : "",
                                     (long long)list[i].id,
                                     job_state_name(list[i].state));
    }
    job_list_free(list, count);
    if (status != OK || needing == 0)
        return status;
    return error_set(err, CONFLICT,
                     "job %lld is needed by %zu job%s that take%s from it: "
                     "%s%s; delete %s first",
                     (long long)source->id, needing, needing == 1 ? "" : "s",
                     needing == 1 ? "s" : "", names,
                     needing > 10 ? ", ..." : "",
                     needing == 1 ? "that" : "those");
}
