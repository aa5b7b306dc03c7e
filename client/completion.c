/* completion.c - what lets a shell complete the words of a command line, made
 * from the table of commands. Presets and jobs are asked for at the moment. */
#include "client/client.h"

#include <string.h>

/* Their first column, in a shell. */
#define PRESETS "follow presets 2>/dev/null | sed '1d; s/ .*//'"
#define JOBS    "follow ls 2>/dev/null | sed '1d; s/^ *//; s/ .*//'"

/* What the first word after a command is, as a shell would list it, or "". */
static const char *
words_of(const struct command *command)
{
    if (strstr(command->arguments, "PRESET") ||
        strcmp(command->name, "presets") == 0)
        return "$(" PRESETS ")";
    if (strstr(command->arguments, "JOB"))
        return "@last $(" JOBS ")";
    return strcmp(command->name, "completion") == 0 ? "bash zsh fish" : "";
}

static void
options_print(const struct option_row *rows)
{
    for (; rows->name; rows++)
        printf(" --%s", rows->name);
}

/* ---- bash and zsh ------------------------------------------------------- */

/* The branches of a case over the command: they set `words`. */
static void
cases_print(void)
{
    printf("    '') words=\"");
    for (const struct command *command = commands; command->name; command++)
        printf("%s%s", command == commands ? "" : " ", command->name);
    options_print(options_everywhere);
    puts("\" ;;");
    for (const struct command *command = commands; command->name; command++) {
        printf("    %s) words=\"%s", command->name, words_of(command));
        options_print(command->options);
        options_print(options_everywhere);
        puts("\" ;;");
    }
    puts("    esac");
}

/* In zsh, bashcompinit gives it the words as bash would, from 0 on. */
static void
bash_print(void)
{
    puts("_follow() {\n"
         "    [ -z \"$ZSH_VERSION\" ] || setopt localoptions ksharrays\n"
         "    local here=${COMP_WORDS[COMP_CWORD]} command='' words='' i\n"
         "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "        case ${COMP_WORDS[i]} in\n"
         "        --server | --token-file | --profile) ((i++)) ;;\n"
         "        -*) ;;\n"
         "        *) command=${COMP_WORDS[i]}; break ;;\n"
         "        esac\n"
         "    done\n"
         "    case $command in");
    cases_print();
    puts("    COMPREPLY=($(compgen -W \"$words\" -- \"$here\"))\n"
         "}\n"
         "complete -o default -F _follow follow");
}

/* ---- fish --------------------------------------------------------------- */

/* -d 'summary', with its apostrophes. */
static void
fish_summary_print(const char *text)
{
    fputs(" -d '", stdout);
    for (; *text; text++)
        printf("%s%c", *text == '\'' ? "\\" : "", *text);
    puts("'");
}

static void
fish_options_print(const struct option_row *rows, const char *condition)
{
    for (; rows->name; rows++) {
        printf("complete -c follow%s -l %s", condition, rows->name);
        if (rows->letter)
            printf(" -s %c", rows->letter);
        fputs(rows->value ? " -r" : "", stdout);
        fish_summary_print(rows->help);
    }
}

static void
fish_print(void)
{
    fish_options_print(options_everywhere, "");
    for (const struct command *command = commands; command->name; command++) {
        char condition[80];
        snprintf(condition, sizeof(condition),
                 " -n '__fish_seen_subcommand_from %s'", command->name);
        printf("complete -c follow -n __fish_use_subcommand -f -a %s",
               command->name);
        fish_summary_print(command->summary);
        if (*words_of(command))
            printf("complete -c follow%s -a \"%s\"\n", condition,
                   words_of(command));
        fish_options_print(command->options, condition);
    }
}

enum outcome
completion_run(struct client *client, const struct arguments *arguments)
{
    const char *shell = arguments->words[0];
    struct error err;

    if (strcmp(shell, "bash") == 0)
        bash_print();
    else if (strcmp(shell, "zsh") == 0) {
        puts("autoload -U +X bashcompinit && bashcompinit");
        bash_print();
    } else if (strcmp(shell, "fish") == 0)
        fish_print();
    else
        return client_fail(client,
                           error_set(&err, INVALID,
                                     "completion knows bash, zsh and fish, and "
                                     "not '%s'",
                                     shell),
                           &err);
    return DONE;
}
