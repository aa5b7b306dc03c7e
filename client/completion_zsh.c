/* completion_zsh.c - a function for zsh's compinit, which reads it from a
 * folder of $fpath, or the user by eval. */
#include "client/client.h"
#include "client/completion.h"

#include <string.h>

/* `text` in a word between apostrophes, with \ before each of `letters`. */
static void
inner_print(const char *text, const char *letters)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            printf("%s%c", strchr(letters, *text) ? "\\" : "", *text);
}

/* :what it is called:what completes it */
static void
action_print(const char *placeholder)
{
    const struct candidates *found = candidates_of(placeholder);

    putchar(':');
    inner_print(*placeholder ? placeholder : " ", ":\\");
    if (found->words || found->call)
        printf(":{_follow_words %d \"%s\" '\\''%s'\\''}", found->files,
               found->words ? found->words : "",
               found->call ? found->call : "");
    else
        fputs(found->files ? ":_files" : ": ", stdout);
}

static void
option_print(const char *start, const struct option_row *row)
{
    printf("        '%s[", start);
    inner_print(row->help, "]\\");
    putchar(']');
    if (row->value)
        action_print(row->value);
    puts("'");
}

static void
options_print(const struct option_row *rows)
{
    char start[64];

    for (; rows->name; rows++) {
        snprintf(start, sizeof(start), "*--%s%s", rows->name,
                 rows->value ? "=" : "");
        option_print(start, rows);
        snprintf(start, sizeof(start), "*-%c%s", rows->letter,
                 rows->value ? "+" : "");
        if (rows->letter)
            option_print(start, rows);
    }
}

static void
command_print(const struct command *command)
{
    printf("    %s) options=(\n", command->name);
    options_print(command->options);
    if (command->most) {
        fputs("        '*", stdout);
        action_print(command->arguments);
        puts("'");
    }
    puts("        ) ;;");
}

void
completion_zsh(void)
{
    puts("#compdef follow\n"
         "# follow, for zsh. `follow completion zsh` prints it.\n"
         "_follow_words() { # files? words command\n"
         "    local -a found\n"
         "    found=(${=2} ${(f)\"$(eval $3)\"})\n"
         "    compadd -S '' -- ${(M)found:#*=}\n"
         "    compadd -- ${found:#*=}\n"
         "    (($1 == 0)) || _files\n"
         "}\n"
         "_follow() {\n"
         "    local curcontext=$curcontext state line\n"
         "    local -a everywhere options commands\n"
         "    typeset -A opt_args\n"
         "    everywhere=(");
    options_print(options_everywhere);
    puts("    )\n    commands=(");
    for (const struct command *command = commands; command->name; command++) {
        printf("        '%s:", command->name);
        inner_print(command->summary, ":\\");
        puts("'");
    }
    puts("    )\n"
         "    _arguments -C $everywhere '1: :->command' '*:: :->rest' && "
         "return\n"
         "    if [[ $state = command ]]; then\n"
         "        _describe -t commands command commands\n"
         "        return\n"
         "    fi\n"
         "    case $words[1] in");
    for (const struct command *command = commands; command->name; command++)
        command_print(command);
    puts("    esac\n"
         "    _arguments $everywhere $options\n"
         "}\n"
         "(($+functions[compdef])) || { autoload -U compinit && compinit; }\n"
         "if [[ $funcstack[1] = _follow ]]; then\n"
         "    _follow \"$@\"\n"
         "else\n"
         "    compdef _follow follow\n"
         "fi");
}
