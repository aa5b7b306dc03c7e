/* completion_bash.c - a function for bash's `complete`.
 *
 * Bash takes a word apart at = and :, and replaces only what follows. So the
 * word is read from the line itself, and what bash will not replace is taken
 * off its candidates. */
#include "client/client.h"
#include "client/completion.h"

/* `case`s over "command:option before", for what its value may be. */
static void
values_print(const char *command, const struct option_row *rows)
{
    for (; rows->name; rows++) {
        if (!rows->value)
            continue;
        const struct candidates *found = candidates_of(rows->value);
        printf("    %s:--%s", command, rows->name);
        if (rows->letter)
            printf(" | %s:-%c", command, rows->letter);
        printf(") files=%d; words=\"%s", found->files,
               found->words ? found->words : "");
        if (found->call)
            printf(" $(%s)", found->call);
        puts("\" ;;");
    }
}

static void
options_print(const struct option_row *rows)
{
    for (; rows->name; rows++)
        printf(" --%s", rows->name);
}

/* What may stand where no value is wanted: options and arguments. */
static void
words_print(const struct command *command)
{
    const struct candidates *found = candidates_of(command->arguments);

    printf("    %s:-*) words=\"", command->name);
    options_print(command->options);
    options_print(options_everywhere);
    printf("\" ;;\n    %s:*) files=%d; words=\"%s", command->name, found->files,
           found->words ? found->words : "");
    if (found->call)
        printf(" $(%s)", found->call);
    puts("\" ;;");
}

void
completion_bash(void)
{
    puts(
        "# follow, for bash. `follow completion bash` prints it.\n"
        "_follow() {\n"
        "    local line=${COMP_LINE:0:COMP_POINT} command='' words='' files=0\n"
        "    local here before i\n"
        "    local -a typed\n"
        "    read -ra typed <<<\"$line\"\n"
        "    [[ $line != *[[:space:]] ]] || typed+=('')\n"
        "    here=${typed[${#typed[@]} - 1]}\n"
        "    before=${typed[${#typed[@]} - 2]}\n"
        "    [[ $here != --*=* ]] || before=${here%%=*} here=${here#*=}\n"
        "    for ((i = 1; i < ${#typed[@]} - 1; i++)); do\n"
        "        case ${typed[i]} in\n"
        "        --server | --token-file | --profile) ((i++)) ;;\n"
        "        -*) ;;\n"
        "        *) command=${typed[i]}; break ;;\n"
        "        esac\n"
        "    done\n"
        "    case $command:$before in");
    values_print("*", options_everywhere);
    for (const struct command *command = commands; command->name; command++)
        values_print(command->name, command->options);
    puts("    *) case $command:$here in");
    printf("    :-*) words=\"");
    options_print(options_everywhere);
    printf("\" ;;\n    :*) words=\"");
    for (const struct command *command = commands; command->name; command++)
        printf(" %s", command->name);
    puts("\" ;;");
    for (const struct command *command = commands; command->name; command++)
        words_print(command);
    puts("    esac ;;\n"
         "    esac\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$here\"))\n"
         "    if ((files)); then\n"
         "        compopt -o filenames\n"
         "        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY "
         "< <(compgen -f -- \"$here\")\n"
         "    fi\n"
         "    [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace\n"
         "    here=${here%\"${here##*[=:]}\"}\n"
         "    COMPREPLY=(\"${COMPREPLY[@]#\"$here\"}\")\n"
         "}\n"
         "complete -F _follow follow");
}
