/* follow.c - the command line client: words become a command, or help. */
#include "client/client.h"

#include "version.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN   26
#define COMMANDS_MOST 64

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
    for (const struct command *command = commands; command->name; command++) {
        char left[64];
        snprintf(left, sizeof(left), "%s %s", command->name,
                 command->arguments);
        printf("  %-*s %s\n", HELP_COLUMN, left, command->summary);
    }
    puts("\nA JOB is a number, @last, or the beginning of an uuid; where "
         "several "
         "may stand,\nsweep:N is all of a sweep. With every command:\n");
    options_help(options_everywhere);
    puts("\nFor a start, with followd running:\n\n"
         "  follow doctor                     is everything there?\n"
         "  follow submit vanderPol --wait    the published run, 40 s of it\n"
         "  follow plot @last                 what it learned\n\n"
         "`follow COMMAND --help` says more, `man follow` says all.");
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
    options_help(options_everywhere);
}

/* ---- main
 * ------------------------------------------------------------------------- */

static const struct command *
command_find(const char *name, struct error *err)
{
    const char *names[COMMANDS_MOST + 1] = {NULL};

    for (size_t i = 0; commands[i].name && i < COMMANDS_MOST; i++) {
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

    if (command->run == completion_run) /* it asks no server */
        return command->run(&client, arguments);
    enum status status =
        server_find(option_value(arguments, "server"),
                    option_value(arguments, "token-file"),
                    option_value(arguments, "profile"), &server, &err);

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
    const struct option_row *first[] = {options_everywhere, NULL};
    size_t used;
    enum status status =
        arguments_parse(first, words, true, arguments, &used, err);

    words += used;
    if (status != OK || !*words)
        return status;
    *command = command_find(*words++, err);
    if (!*command)
        return INVALID;
    const struct option_row *both[] = {options_everywhere, (*command)->options,
                                       NULL};
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
