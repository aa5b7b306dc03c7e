/* json.h - how this room writes numbers, times and jobs as JSON.
 *
 * JSON has no word for what is not a finite number: it becomes null, and the
 * object that holds it says so under "nonfinite". */
#ifndef FOLLOWD_API_JSON_H
#define FOLLOWD_API_JSON_H

#include "api/api_private.h"
#include "spec/spec.h"

/* The shortest digits that read back as the same number. */
#define NUMBER_SIZE 32
void number_text(double value, char out[NUMBER_SIZE]);
/* Appends `json` as text, its numbers by number_text(). [borrowed] */
MUST_USE enum status json_write(const json_t *json, struct bytes *out);
/* null unless finite. New reference, as all of these. */
json_t *json_number(double value);
/* An RFC 3339 time, or null for 0. */
json_t *json_time(int64_t ms);
/* null for an empty text. */
json_t *json_text(const char *text);
/* "7-12": the job's number and revision. */
void job_etag(const struct job *job, char *out, size_t size);
/* A job as doc/api.md has it: reads its metrics and its place in the queue. */
MUST_USE enum status job_to_json(struct store *store, const struct job *job,
                                 json_t **out, struct error *err);
/* [{pointer, detail}] for a problem. */
json_t *faults_to_json(const struct faults *faults);
/* Answers with the job as it is now, and where it is. */
MUST_USE enum status job_answer(struct request *request,
                                struct response *response, int64_t id, int code,
                                struct error *err);
/* The job with this number or uuid. job_clear() it. NOT_FOUND. */
MUST_USE enum status job_named(struct store *store, const char *name,
                               struct job *out, struct error *err);
/* The job that {id} of the path names, by number or uuid. job_clear() it. */
MUST_USE enum status job_of_request(const struct request *request,
                                    struct job *out, struct error *err);

#endif
