/* commands.c - one command, one entry in the table. */
#include "client/client.h"

/* clang-format off */
const struct option_row options_everywhere[] = {
    { "server",     0,  "URL",  "the followd to ask" },
    { "token-file", 0,  "FILE", "where its token stands" },
    { "profile",    0,  "NAME", "both, from this section of the configuration" },
    { "json",       0,  NULL,   "print the API's object, unchanged" },
    { "help",      'h', NULL,   "explain, and do nothing" },
    { "version",    0,  NULL,   "print the version, and do nothing" },
    { NULL,         0,  NULL,   NULL },
};
static const struct option_row no_options[] = {
    { NULL, 0, NULL, NULL },
};
#define DESCRIPTION_OPTIONS \
    { "set",       's', "KEY=VALUE", "change a value; again for more" }, \
    { "name",      'n', "NAME",      "what to call it" }, \
    { "tag",       't', "K=V",       "mark it; again for more" }, \
    { "priority",   0,  "N",         "higher goes first; 0 unless told" }, \
    { "note",       0,  "TEXT",      "a remark to keep with it" }, \
    { "after",      0,  "JOB[:any]", "not before it has succeeded; :any, or is over" }, \
    { "wait",      'w', NULL,        "show its progress until it is over" }, \
    { "dry-run",    0,  NULL,        "check and show it, start nothing" }, \
    { NULL,         0,  NULL,        NULL }
static const struct option_row submit_options[] = {
    { "from",       0,  "JOB[@TIME]", "start with the weights it learned" },
    DESCRIPTION_OPTIONS
};
static const struct option_row sweep_options[] = {
    { "from",       0,  "JOB[@TIME]", "start with the weights it learned" },
    DESCRIPTION_OPTIONS
};
static const struct option_row continue_options[] = {
    DESCRIPTION_OPTIONS
};
static const struct option_row test_options[] = {
    { "input",     'i', "TYPE",      "the command; JOB's unless told" },
    { "seed",       0,  "N",         "of the command; JOB's + 1 unless told" },
    { "duration",  'd', "S",         "ten periods unless told" },
    DESCRIPTION_OPTIONS
};
static const struct option_row ls_options[] = {
    { "state",      0,  "STATE",     "only jobs in this state" },
    { "tag",       't', "K=V",       "only jobs with this tag" },
    { "sweep",      0,  "N",         "only jobs of this sweep" },
    { "limit",      0,  "N",         "the newest N; 50 unless told" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row wait_options[] = {
    { "timeout",    0,  "S",         "give up after S seconds" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row log_options[] = {
    { "follow",    'f', NULL,        "go on until the job is over" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row weights_options[] = {
    { "at",         0,  "TIME",      "simulated seconds, latest, or final" },
    { "dense",      0,  "ff|rec",    "one whole matrix W, as .npy" },
    { "output",    'o', "FILE",      "its name; weights.npz unless told, - is stdout" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row traces_options[] = {
    { "window",     0,  "WINDOW",    "start, end, live, or all" },
    { "output",    'o', "FILE",      "its name; traces.npz unless told, - is stdout" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row spikes_options[] = {
    { "from",       0,  "S",         "only from this simulated time on" },
    { "to",         0,  "S",         "only up to this simulated time" },
    { "output",    'o', "FILE",      "its name; spikes.npz unless told, - is stdout" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row rates_options[] = {
    { "window",     0,  "WHEN",      "start, end or spikes; end unless told" },
    { "from",       0,  "S",         "of recorded spikes from this time on" },
    { "to",         0,  "S",         "of recorded spikes up to this time" },
    { "csv",        0,  NULL,        "every neuron in a table, for programs" },
    { "output",    'o', "FILE",      "every neuron in a .npz; - is stdout" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row metrics_options[] = {
    { "csv",        0,  NULL,        "all jobs in one table, for programs" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row plot_options[] = {
    { "spikes",     0,  NULL,        "who fired when, instead" },
    { "from",       0,  "S",         "with --spikes, their first simulated time" },
    { "to",         0,  "S",         "with --spikes, their last one" },
    { "output",    'o', "FILE",      "its name; plot-JOB.png unless told; .svg, .pdf" },
    { NULL,         0,  NULL,        NULL },
};

#define MANY ARGUMENTS_MOST
const struct command commands[] = {
    { "submit",  "PRESET|FILE|-", 1, 1,    "hand a job in; prints its number",
      submit_run,  submit_options },
    { "sweep",   "PRESET|FILE|-", 1, 1,    "a job for each of several values",
      sweep_run,   sweep_options },
    { "continue", "JOB[@TIME]",   1, 1,    "a new job that goes on learning",
      continue_run, continue_options },
    { "test",    "JOB[@TIME]",    1, 1,    "a new job: what was learned, alone",
      test_run,    test_options },
    { "upload",  "FILE...",       1, MANY, "arrays for jobs; prints the SHA-256",
      upload_run,  no_options },
    { "ls",      "",              0, 0,    "list jobs, the newest first",
      ls_run,      ls_options },
    { "show",    "JOB...",        1, MANY, "everything about a job",
      show_run,    no_options },
    { "watch",   "JOB...",        1, MANY, "show progress until all are over",
      watch_run,   no_options },
    { "wait",    "JOB...",        1, MANY, "wait silently until all are over",
      wait_run,    wait_options },
    { "log",     "JOB",           1, 1,    "what happened to a job",
      log_run,     log_options },
    { "cancel",  "JOB...",        1, MANY, "stop jobs; what they did is kept",
      cancel_run,  no_options },
    { "pause",   "JOB...",        1, MANY, "stop jobs, to go on later",
      pause_run,   no_options },
    { "resume",  "JOB...",        1, MANY, "let paused jobs go on",
      resume_run,  no_options },
    { "retry",   "JOB...",        1, MANY, "let failed or cancelled jobs go on",
      retry_run,   no_options },
    { "rm",      "JOB...",        1, MANY, "delete jobs that are over, for good",
      rm_run,      no_options },
    { "weights", "JOB",           1, 1,    "download learned weights",
      weights_run, weights_options },
    { "traces",  "JOB",           1, 1,    "download recorded signals",
      traces_run,  traces_options },
    { "spikes",  "JOB",           1, 1,    "download recorded spikes",
      spikes_run,  spikes_options },
    { "rates",   "JOB",           1, 1,    "how often neurons fire",
      rates_run,   rates_options },
    { "metrics", "JOB...",        1, MANY, "the error and more, by period",
      metrics_run, metrics_options },
    { "plot",    "JOB",           1, 1,    "draw signals and error, with gnuplot",
      plot_run,    plot_options },
    { "diff",    "JOB JOB",       2, 2,    "what two jobs differ in",
      diff_run,    no_options },
    { "presets", "[NAME]",        0, 1,    "job descriptions to start from",
      presets_run, no_options },
    { "keys",    "[WORD]",        0, 1,    "what --set can change, or all about one",
      keys_run,    no_options },
    { "devices", "",              0, 0,    "what jobs can run on",
      devices_run, no_options },
    { "server",  "",              0, 0,    "which followd this is",
      server_run,  no_options },
    { "open",    "[JOB]",         0, 1,    "the dashboard, in a browser",
      open_run,    no_options },
    { "doctor",  "",              0, 0,    "check that everything is there",
      doctor_run,  no_options },
    { "completion", "bash|zsh|fish", 1, 1, "let a shell complete these words",
      completion_run, no_options },
    { NULL,      NULL,            0, 0,    NULL, NULL, NULL },
};
/* clang-format on */
