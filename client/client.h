/* client.h - what the files of the command line client share.
 *
 * `follow` knows the HTTP API of doc/api.md and nothing else: no table of job
 * fields is repeated here, and what the server sends is shown as it stands.
 * Below: http, base.
 *
 *   follow.c    main(), --help                commands.c the table of commands
 *   options.c   words on the command line     server.c   which followd, token
 *   call.c      requests, problems            job.c      which job, how far
 *   text.c      tables, numbers, times        progress.c the bar
 *   description.c  descriptions of jobs       derive.c   those from other jobs
 *   settings.c  --set key=value               keys.c     keys, by the schema
 *   array.c     arrays of one's own
 *   download.c  files, whole and verified     likeness.c how alike weights are
 *   part.c      files that have begun         mapped.c   files in memory
 *   matrices.c  those of a job                pairs.c    objects side by side
 *   submit.c sweep.c jobs.c watch.c results.c spikes.c compare.c about.c
 *   doctor.c completion.c                       the commands
 *   bars.c plot.c picture.c figure.c series.c  and what they draw
 *
 * Results go to stdout, everything else to stderr. */
#ifndef FOLLOWD_CLIENT_H
#define FOLLOWD_CLIENT_H

#include "base/base.h"
#include "client/description.h"
#include "client/job.h"
#include "client/options.h"
#include "client/text.h"
#include "http/http.h"

#include <jansson.h>
#include <stdio.h>

/* How a command ended: the exit codes of follow(1). */
enum outcome {
    DONE = 0,
    JOB_FAILED = 1, /* a job that was waited for; or this machine could not   */
    USAGE = 2,
    NOT_REACHED = 3,
    NOT_AUTHORISED = 4,
    NO_SUCH_THING = 5,
    IN_CONFLICT = 6,
    SERVER_FAILED = 7,
    WRONG_CHECKSUM = 8,
    TIMED_OUT = 124,
    INTERRUPTED = 130
};

/* ---- server.c: which followd, which token -------------------------------- */

struct server {
    char url[512];
    char token[512];     /* "": none was found                               */
    char ca_file[1024];  /* "": the system's                                 */
    char pin[256];       /* "": none                                         */
    char url_from[1200]; /* what said so: "--server", "FOLLOW_URL", a path   */
    char token_from[1200];
};

/* Flag, environment, configuration file, local daemon: the first that says
 * something counts. A token that a file holds for one server goes to no other.
 * A profile is a section of that file, and then the environment does not count.
 * `url`, `token_file` and `profile` may be NULL. UNAVAILABLE: nobody said
 * anything. */
MUST_USE enum status server_find(const char *url, const char *token_file,
                                 const char *profile, struct server *out,
                                 struct error *err);

/* ---- call.c: requests and problems --------------------------------------- */

struct client {
    struct server server;
    struct http_client *http;
    bool json;       /* --json: the API's object, unchanged            */
    json_t *problem; /* the last one that came, or NULL [owned]        */
    int refused;     /* HTTP status of the last answer, if no success  */
};

MUST_USE enum status client_open(struct client *client,
                                 const struct server *server,
                                 struct error *err);
void client_close(struct client *client);
/* Ctrl-C sets it, and every request ends. */
bool client_interrupted(void);
void client_catch_interrupt(void);

/* Sends `body` (may be NULL) to the path that `format` makes; an answer that
 * is no success is an error with what the problem says. `reply` may be NULL;
 * else it is owed a http_reply_free(). */
MUST_USE enum status client_call(struct client *client, const char *method,
                                 const json_t *body, struct http_reply *reply,
                                 struct error *err, const char *format, ...)
    PRINTF_LIKE(6, 7);
/* The same with every setting of a request. */
MUST_USE enum status client_send(struct client *client,
                                 const struct http_request *request,
                                 struct http_reply *reply, struct error *err);
/* GET as JSON [owned] in `out`. */
MUST_USE enum status client_get(struct client *client, json_t **out,
                                struct error *err, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* What a reply holds as JSON [owned]; CORRUPT when it is none. */
MUST_USE enum status reply_json(const struct http_reply *reply, json_t **out,
                                struct error *err);
/* Turns a reply that is no success into an error; keeps the problem. */
MUST_USE enum status client_judge(struct client *client,
                                  const struct http_reply *reply,
                                  struct error *err);
void reply_print(const struct http_reply *reply); /* on stdout, as it came   */
/* The exit code for a status. */
enum outcome client_outcome(const struct client *client, enum status status);
/* Says on stderr what went wrong and returns the exit code for it. */
enum outcome client_fail(struct client *client, enum status status,
                         const struct error *err);

/* ---- watch.c ---------------------------------------------------------------
 */

/* Follows jobs until all are over, and shows them on `file` (NULL: silent).
 * `deadline` is on the monotonic clock, 0: none. */
enum outcome watch_jobs(struct client *client, const int64_t *ids, size_t count,
                        FILE *file, double deadline, bool judge);

/* ---- download.c --------------------------------------------------- */

/* Downloads `path` to the file `name`, "-" is stdout: to NAME.part first,
 * resumed after a cut, also by another run, compared with its digest, renamed
 * at the end. CORRUPT: the digest is another one. */
MUST_USE enum status download(struct client *client, const char *path,
                              const char *name, struct error *err);
/* The same into an open file; `name` is what people are told. */
MUST_USE enum status download_into(struct client *client, const char *path,
                                   FILE *file, const char *name,
                                   struct error *err);
/* Whether `digest`, a Repr-Digest field, names these bytes' SHA-256: 1 yes,
 * 0 no, -1 it does not say. */
int digest_matches(const char *digest, const void *data, size_t size);

/* ---- submit.c ----------------------------------------------------------- */

/* POSTs a description to `path` so that it counts once, also when an answer
 * gets lost; with `dry` it is only checked. */
MUST_USE enum status description_send(struct client *client, const char *path,
                                      const json_t *description, bool dry,
                                      struct http_reply *reply,
                                      struct error *err);

/* ---- about.c ------------------------------------------------------------ */

/* Whether what keeps a device from jobs is that it is being tried. */
bool device_is_tried(const json_t *device);

/* ---- results.c ---------------------------------------------------------- */

/* Downloads a file and says on stdout what it is called now. */
enum outcome result_download(struct client *client, const char *path,
                             const char *name);
/* Prints what the API says at `path`, unchanged. */
enum outcome result_print(struct client *client, const char *path);

/* ---- caret.c ------------------------------------------------------------ */

/* Shows on stderr the texts of a description in which the faults that came of
 * it name a character, with a mark below. */
void carets_print(const json_t *description, const json_t *faults);

/* ---- the commands
 * ------------------------------------------------------------ */

typedef enum outcome command_run(struct client *client,
                                 const struct arguments *arguments);
struct command {
    const char *name;
    const char *arguments; /* "JOB...", for people                            */
    size_t least, most;    /* words it takes                                  */
    const char *summary;
    command_run *run;
    const struct option_row *options;
};
extern const struct command commands[]; /* a name of NULL ends them          */
extern const struct option_row options_everywhere[];

command_run submit_run, sweep_run, continue_run, test_run, upload_run;
command_run ls_run, show_run, watch_run, wait_run, log_run, diff_run;
command_run cancel_run, pause_run, resume_run, retry_run, rm_run;
command_run weights_run, traces_run, spikes_run, rates_run, metrics_run,
    plot_run;
command_run presets_run, keys_run, devices_run, server_run, open_run,
    doctor_run;
command_run completion_run;

#endif
