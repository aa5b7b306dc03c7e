/* checkpoints.c - states of a job, and which of them is asked for. */
#include "api/handlers.h"
#include "api/json.h"
#include "api/weights.h"
#include "spec/spec.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *
checkpoint_json(const struct checkpoint *checkpoint)
{
    return json_pack("{s:o, s:I, s:s, s:I, s:s, s:o}", "t",
                     json_number(checkpoint->t), "step",
                     (json_int_t)checkpoint->step, "kind",
                     checkpoint_kind_name(checkpoint->kind), "size",
                     (json_int_t)checkpoint->size, "sha256", checkpoint->sha256,
                     "created_at", json_time(checkpoint->created_at));
}

enum status
checkpoints_list(struct request *request, struct response *response,
                 struct error *err)
{
    static const char *const known[] = {NULL};
    struct job job = {0};
    struct checkpoint *list = NULL;
    size_t count = 0;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = job_of_request(request, &job, err);
    if (status == OK)
        status = checkpoint_list(request->store, job.id, &list, &count, err);
    if (status == OK) {
        json_t *items = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(items, checkpoint_json(&list[i]));
        status = response_json(response, 200,
                               json_pack("{s:o}", "items", items), err);
    }
    free(list);
    job_clear(&job);
    return status;
}

/* ---- one checkpoint --------------------------------------------------------
 */

/* "final", "latest", or simulated seconds; of an rl job, episodes. */
static enum status
read_moment(const struct job *job, const char *when, int64_t *step,
            struct error *err)
{
    char *end;
    struct spec spec;
    double t = strtod(when, &end);
    *step = INT64_MAX;
    if (strcmp(when, "final") == 0 || strcmp(when, "latest") == 0)
        return OK;
    if (end == when || *end || !isfinite(t) || t < 0 || t > 1e9)
        return error_set(err, NOT_FOUND,
                         "'%.40s' is no moment: give simulated seconds, "
                         "final or latest",
                         when);
    enum status status = spec_from_text(job->spec, &spec, err);
    if (status == OK)
        *step = llround(t / spec_step_length(&spec));
    return status;
}

static enum status
find_checkpoint(struct store *store, const struct job *job, const char *when,
                struct checkpoint *out, struct error *err)
{
    int64_t step;
    bool final = strcmp(when, "final") == 0;
    enum status status = read_moment(job, when, &step, err);
    if (status)
        return status;
    status = checkpoint_find(store, job->id, step, out, err);
    if (status)
        return status == NOT_FOUND
                   ? error_set(err, NOT_FOUND,
                               "job %lld has no checkpoint at %.40s",
                               (long long)job->id, when)
                   : status;
    if (final && out->kind != CHECKPOINT_FINAL)
        return error_set(err, NOT_FOUND,
                         "job %lld has no final checkpoint, it is %s; its "
                         "latest is at %g s",
                         (long long)job->id, job_state_name(job->state),
                         out->t);
    if (step != INT64_MAX && out->step != step)
        return error_set(err, NOT_FOUND,
                         "job %lld has no checkpoint at %.40s s; the one "
                         "before is at %g s",
                         (long long)job->id, when, out->t);
    return OK;
}

static enum status
load_network(struct store *store, struct weights *weights, struct error *err)
{
    struct bytes bytes = {0};
    enum status status = network_load(store, weights->job.network, &bytes, err);
    if (status == OK)
        status = npz_open(bytes.data, bytes.size, STORE_BLOB_MOST,
                          &weights->network, err);
    bytes_free(&bytes);
    return status == NOT_FOUND ? OK : status;
}

enum status
weights_open(const struct request *request, struct weights *out,
             struct error *err)
{
    struct bytes bytes = {0};
    *out = (struct weights){0};
    enum status status = job_of_request(request, &out->job, err);
    if (status == OK)
        status = find_checkpoint(request->store, &out->job,
                                 request->captures[1], &out->checkpoint, err);
    if (status == OK)
        status = checkpoint_load(request->store, out->job.id,
                                 out->checkpoint.step, &bytes, err);
    if (status == OK)
        status = npz_open(bytes.data, bytes.size, STORE_BLOB_MOST,
                          &out->learned, err);
    bytes_free(&bytes);
    return status ? status : load_network(request->store, out, err);
}

/* A whole number of steps, or "final". */
static enum status
find_step(struct store *store, const struct job *job, const char *when,
          struct checkpoint *out, struct error *err)
{
    if (strcmp(when, "final") == 0)
        return find_checkpoint(store, job, when, out, err);
    errno = 0;
    long long step = strtoll(when, NULL, 10);
    if (!*when || strspn(when, "0123456789") != strlen(when) || errno)
        return error_set(err, NOT_FOUND, "'%.24s' is no step", when);
    enum status status = checkpoint_find(store, job->id, step, out, err);
    if (status == OK && out->step != step)
        status = NOT_FOUND;
    return status == NOT_FOUND
               ? error_set(err, NOT_FOUND,
                           "job %lld has no checkpoint at step %lld",
                           (long long)job->id, step)
               : status;
}

/* What a worker goes on from: all of a checkpoint, as it was reported. */
enum status
checkpoint_raw(struct request *request, struct response *response,
               struct error *err)
{
    struct job job = {0};
    struct checkpoint checkpoint;
    struct bytes bytes = {0};
    enum status status = job_of_request(request, &job, err);
    if (status == OK)
        status = find_step(request->store, &job, request->captures[1],
                           &checkpoint, err);
    if (status == OK)
        status = checkpoint_load(request->store, job.id, checkpoint.step,
                                 &bytes, err);
    if (status == OK)
        response_download(response, &bytes, "application/octet-stream",
                          "checkpoint.npz");
    bytes_free(&bytes);
    job_clear(&job);
    return status;
}

void
weights_close(struct weights *weights)
{
    npz_close(weights->learned);
    npz_close(weights->network);
    job_clear(&weights->job);
    *weights = (struct weights){0};
}

enum status
weights_need_network(const struct weights *weights, struct error *err)
{
    struct spec spec;
    if (weights->network)
        return OK;
    enum status status = spec_from_text(weights->job.spec, &spec, err);
    if (status)
        return status;
    if (spec.rl.task != RL_NONE)
        return error_set(err, CONFLICT,
                         "job %lld has learned torques and has no weights: ask "
                         "for torque.npy",
                         (long long)weights->job.id);
    return error_set(err, CONFLICT,
                     "the network of job %lld has not been stored yet",
                     (long long)weights->job.id);
}
