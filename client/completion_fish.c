/* completion_fish.c - lines of fish's `complete`. */
#include "client/client.h"
#include "client/completion.h"

#include <string.h>

/* -d 'summary' */
static void
summary_print(const char *text)
{
    fputs(" -d '", stdout);
    for (; *text; text++)
        printf("%s%c", strchr("'\\", *text) ? "\\" : "", *text);
    puts("'");
}

/* What a value or an argument may be; fish offers files unless told. */
static void
candidates_print(const struct candidates *found)
{
    fputs(found->files ? "" : " -f", stdout);
    if (found->words || found->call)
        printf(" -a '%s%s%s%s'", found->words ? found->words : "",
               found->call ? " (" : "", found->call ? found->call : "",
               found->call ? ")" : "");
}

static void
options_print(const struct option_row *rows, const char *condition)
{
    for (; rows->name; rows++) {
        printf("complete -c follow%s -l %s", condition, rows->name);
        if (rows->letter)
            printf(" -s %c", rows->letter);
        if (rows->value) {
            fputs(" -r", stdout);
            candidates_print(candidates_of(rows->value));
        }
        summary_print(rows->help);
    }
}

void
completion_fish(void)
{
    puts("# follow, for fish. `follow completion fish` prints it.\n"
         "function __follow_is # the command typed, or '' for none yet\n"
         "    set -l command ''\n"
         "    set -l value yes # of an option, as follow's own name is none\n"
         "    for word in (commandline -opc)\n"
         "        if test $value = yes\n"
         "            set value no\n"
         "        else if contains -- $word --server --token-file --profile\n"
         "            set value yes\n"
         "        else if not string match -q -- '-*' $word\n"
         "            set command $word\n"
         "            break\n"
         "        end\n"
         "    end\n"
         "    test \"$command\" = \"$argv[1]\"\n"
         "end");
    options_print(options_everywhere, "");
    for (const struct command *command = commands; command->name; command++) {
        char condition[80];
        snprintf(condition, sizeof(condition), " -n '__follow_is %s'",
                 command->name);
        printf("complete -c follow -n \"__follow_is ''\" -f -a %s",
               command->name);
        summary_print(command->summary);
        printf("complete -c follow%s", condition);
        candidates_print(candidates_of(command->arguments));
        putchar('\n');
        options_print(command->options, condition);
    }
}
