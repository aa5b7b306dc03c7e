/* follow.c - the command line client: one command, one entry in the table. */
#include "client/client.h"

#include "version.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 26

/* ---- options
 * ------------------------------------------------------------------- */

/* clang-format off */
static const struct option_row everywhere[] = {
    { "server",     0,  "URL",  "the followd to ask" },
    { "token-file", 0,  "FILE", "where its token stands" },
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
    { "tag",       't', "KEY=VALUE", "mark it; again for more" }, \
    { "priority",   0,  "N",         "higher goes first; 0 unless told" }, \
    { "note",       0,  "TEXT",      "a remark to keep with it" }, \
    { "after",      0,  "JOB",       "not before that one is over" }, \
    { "wait",      'w', NULL,        "show its progress until it is over" }, \
    { "dry-run",    0,  NULL,        "check and show it, start nothing" }, \
    { NULL,         0,  NULL,        NULL }
static const struct option_row submit_options[] = {
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
    { "tag",       't', "KEY=VALUE", "only jobs with this tag" },
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
    { "output",    'o', "FILE",      "weights.npz unless told; - is stdout" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row traces_options[] = {
    { "window",     0,  "WINDOW",    "start, end, live, or all" },
    { "output",    'o', "FILE",      "traces.npz unless told; - is stdout" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row spikes_options[] = {
    { "from",       0,  "S",         "only from this simulated time on" },
    { "to",         0,  "S",         "only up to this simulated time" },
    { "output",    'o', "FILE",      "spikes.npz unless told; - is stdout" },
    { NULL,         0,  NULL,        NULL },
};
static const struct option_row rates_options[] = {
    { "window",     0,  "WINDOW",    "start, or end, which is usual" },
    { "from",       0,  "S",         "of spikes from this simulated time on" },
    { "to",         0,  "S",         "of spikes up to this simulated time" },
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
    { "from",       0,  "S",         "with --spikes: the last s unless told" },
    { "to",         0,  "S",         "with --spikes" },
    { "output",    'o', "FILE",      "plot-JOB.png unless told; .svg, .pdf" },
    { NULL,         0,  NULL,        NULL },
};

#define MANY ARGUMENTS_MOST
static const struct command commands[] = {
    { "submit",  "PRESET|FILE|-", 1, 1,    "hand a job in; prints its number",
      submit_run,  submit_options },
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
    { "devices", "",              0, 0,    "what jobs can run on",
      devices_run, no_options },
    { "server",  "",              0, 0,    "which followd this is",
      server_run,  no_options },
    { "open",    "[JOB]",         0, 1,    "the dashboard, in a browser",
      open_run,    no_options },
    { "doctor",  "",              0, 0,    "check that everything is there",
      doctor_run,  no_options },
};
/* clang-format on */

/* ---- help
 * ------------------------------------------------------------------------ */

static void
options_help(const struct option_row *rows)
{
    for (; rows->name; rows++) {
        char left[64];
        int length = rows->letter
                         ? snprintf(left, sizeof(left), "-%c, --%s",
                                    rows->letter, rows->name)
                         : snprintf(left, sizeof(left), "    --%s", rows->name);
        if (rows->value)
            snprintf(left + length, sizeof(left) - (size_t)length, " %s",
                     rows->value);
        printf("  %-*s %s\n", HELP_COLUMN, left, rows->help);
    }
}

static void
help_print(void)
{
    puts(
        "usage: follow [OPTION...] COMMAND ...\n\n"
        "Submits learning runs to a followd, watches them, fetches results.\n");
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        char left[64];
        snprintf(left, sizeof(left), "%s %s", commands[i].name,
                 commands[i].arguments);
        printf("  %-*s %s\n", HELP_COLUMN, left, commands[i].summary);
    }
    puts("\nA JOB is a number, @last, or the beginning of an uuid. With every "
         "command:\n");
    options_help(everywhere);
    puts("\n`follow COMMAND --help` says more, `man follow` says all.");
}

static void
command_help(const struct command *command)
{
    printf("usage: follow %s%s%s%s\n\n%s.\n", command->name,
           command->options->name ? " [OPTION...]" : "",
           *command->arguments ? " " : "", command->arguments,
           command->summary);
    if (command->options->name)
        putchar('\n');
    options_help(command->options);
    puts("\nWith every command:\n");
    options_help(everywhere);
}

/* ---- main
 * ------------------------------------------------------------------------- */

static const struct command *
command_find(const char *name, struct error *err)
{
    const char *names[ARRAY_LENGTH(commands) + 1] = {NULL};

    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        names[i] = commands[i].name;
    }
    const char *near = nearest_name(name, names);
    if (near)
        error_set(err, INVALID, "no command '%s'; did you mean '%s'?", name,
                  near);
    else
        error_set(err, INVALID, "no command '%s'; see follow --help", name);
    return NULL;
}

/* Whether what was asked for is an explanation, and then gives it. */
static bool
explained(const struct command *command, const struct arguments *arguments)
{
    if (option_given(arguments, "version"))
        puts("follow " FOLLOWD_VERSION " (" FOLLOWD_GIT ")");
    else if (option_given(arguments, "help") && command)
        command_help(command);
    else if (option_given(arguments, "help"))
        help_print();
    else
        return false;
    return true;
}

static enum status
words_check(const struct command *command, const struct arguments *arguments,
            struct error *err)
{
    if (arguments->word_count < command->least)
        return error_set(err, INVALID, "follow %s wants %s", command->name,
                         command->arguments);
    if (arguments->word_count > command->most)
        return error_set(err, INVALID, "follow %s: one argument too many: %s",
                         command->name, arguments->words[command->most]);
    return OK;
}

static enum outcome
command_run_it(const struct command *command, const struct arguments *arguments)
{
    struct client client = {.json = option_given(arguments, "json")};
    struct server server;
    struct error err;
    enum outcome outcome;
    enum status status =
        server_find(option_value(arguments, "server"),
                    option_value(arguments, "token-file"), &server, &err);

    if (status == OK)
        status = client_open(&client, &server, &err);
    outcome = status == OK ? command->run(&client, arguments)
                           : client_fail(&client, status, &err);
    client_close(&client);
    return outcome;
}

/* Sorts the command line; `*command` stays NULL where none was given. */
static enum status
line_read(char **words, const struct command **command,
          struct arguments *arguments, struct error *err)
{
    const struct option_row *first[] = {everywhere, NULL};
    size_t used;
    enum status status =
        arguments_parse(first, words, true, arguments, &used, err);

    words += used;
    if (status != OK || !*words)
        return status;
    *command = command_find(*words++, err);
    if (!*command)
        return INVALID;
    const struct option_row *both[] = {everywhere, (*command)->options, NULL};
    return arguments_parse(both, words, false, arguments, &used, err);
}

int
main(int count, char **words)
{
    static struct arguments arguments;
    const struct command *command = NULL;
    struct client nobody = {0};
    struct error err;
    enum outcome outcome = DONE;

    setlocale(LC_CTYPE, "");
    client_catch_interrupt();
    enum status status =
        line_read(words + (count > 0), &command, &arguments, &err);
    if (status == OK && explained(command, &arguments))
        command = NULL;
    else if (status == OK && !command)
        status = error_set(&err, INVALID, "no command given; see --help");
    else if (status == OK)
        status = words_check(command, &arguments, &err);
    if (status != OK)
        return client_fail(&nobody, status, &err);
    if (command)
        outcome = command_run_it(command, &arguments);
    if ((fflush(stdout) != 0 || ferror(stdout)) && outcome == DONE) {
        fputs("follow: cannot write to stdout\n", stderr);
        return JOB_FAILED;
    }
    return outcome;
}
