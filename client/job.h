/* job.h - which job is meant, and how far it is.
 *
 * Knows how people name jobs and what a job's JSON says of its progress. */
#ifndef FOLLOWD_CLIENT_JOB_H
#define FOLLOWD_CLIENT_JOB_H

#include "base/base.h"

#include <jansson.h>

struct arguments;
struct client;

/* "7", "@last" or the beginning of an uuid, as a job's number. */
MUST_USE enum status job_find(struct client *client, const char *word,
                              int64_t *id, struct error *err);
/* Every word of a command line, from `first` on; `*ids` [owned]. */
MUST_USE enum status jobs_find(struct client *client,
                               const struct arguments *arguments, size_t first,
                               int64_t **ids, size_t *count, struct error *err);

#define CHECKPOINT_SIZE 40
/* "final", "latest" or a time in s, as a path of the API calls it. INVALID
 * names `what`. */
MUST_USE enum status checkpoint_parse(const char *text, const char *what,
                                      char out[CHECKPOINT_SIZE],
                                      struct error *err);
/* "JOB@TIME"; of "JOB" alone the final one. */
MUST_USE enum status checkpoint_find(struct client *client, const char *word,
                                     int64_t *id, char out[CHECKPOINT_SIZE],
                                     struct error *err);

/* A job as people look at it. Numbers that nobody knows yet are NAN. */
struct job_view {
    int64_t id, rev, restarts;
    char name[132], state[32], reason[512], device[160], created[40];
    const char *unit;   /* of the next three: "s" simulated, or "episodes"    */
    double done, total; /* units                                              */
    double rate;        /* units per s                                        */
    double fraction;    /* 0 to 1                                             */
    double eta;         /* s left                                             */
    double mse;         /* of the last period, NAN where feedback is off      */
    double test_mse;    /* of the network alone, NAN where feedback is on     */
    double started;     /* s since 1970                                       */
    double wall;        /* s from its start to its end                        */
    int64_t position;   /* in the queue, 1 is next; 0: not queued             */
};
void job_view_from_json(const json_t *job, struct job_view *out);
/* Whether the job's error is fed back at all, whether anything learns from it,
 * and whether it is no network that learns, but a table of actions. */
bool job_has_feedback(const json_t *job);
bool job_learns(const json_t *job);
bool job_is_reinforcement(const json_t *job);
bool job_is_over(const struct job_view *job);
bool job_is_good(const struct job_view *job); /* over, and succeeded          */
/* The number at a dotted path of an object, NAN when there is none. */
double json_number(const json_t *object, const char *path);
/* The number at a place of the list called `key`, NAN when there is none. */
double json_number_at(const json_t *object, const char *key, size_t index);
/* The text at a dotted path, "" when there is none. [borrowed] */
const char *json_text(const json_t *object, const char *path);

#endif
