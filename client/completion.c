/* completion.c - what lets a shell complete the words of a command line, made
 * from the table of commands. Presets, keys and jobs are asked for at the
 * moment. */
#include "client/completion.h"

#include "client/client.h"

#include <string.h>

/* First columns of tables; of keys whole names, and last ones that are alone.
 */
#define PRESETS "follow presets 2>/dev/null | sed \"1d; s/ .*//\""
#define KEYS                                                                   \
    "follow keys 2>/dev/null | sed \"1d; s/ .*//; p; s/.*[.]//\" | sort | "    \
    "uniq -u"
#define TYPES                                                                  \
    "follow keys input.type 2>/dev/null | sed -n \"/^one of/,\\$s/.* //p\""
#define JOBS "follow ls 2>/dev/null | sed \"1d; s/^ *//; s/ .*//\""
#define STATES                                                                 \
    "queued running pausing paused cancelling cancelled succeeded "            \
    "failed diverged"

/* clang-format off */
static const struct candidates table[] = {
    { "PRESET|FILE|-", true,  "-",                      PRESETS },
    { "[NAME]",        false, NULL,                     PRESETS },
    { "KEY=VALUE",     false, NULL,                     KEYS " | sed \"s/.*/&=/\"" },
    { "[WORD]",        false, NULL,                     KEYS },
    { "JOB",           false, "@last",                  JOBS },
    { "JOB...",        false, "@last",                  JOBS },
    { "JOB JOB",       false, "@last",                  JOBS },
    { "JOB[@TIME]",    false, "@last",                  JOBS },
    { "JOB[:any]",     false, "@last",                  JOBS },
    { "[JOB]",         false, "@last",                  JOBS },
    { "FILE",          true,  NULL,                     NULL },
    { "FILE...",       true,  NULL,                     NULL },
    { "STATE",         false, STATES,                   NULL },
    { "WINDOW",        false, "start end live all",     NULL },
    { "WHEN",          false, "start end spikes",       NULL },
    { "TYPE",          false, NULL,                     TYPES },
    { "ff|rec",        false, "ff rec",                 NULL },
    { "bash|zsh|fish", false, "bash zsh fish",          NULL },
    { NULL,            false, NULL,                     NULL },
};
/* clang-format on */

const struct candidates *
candidates_of(const char *placeholder)
{
    const struct candidates *row = table;

    while (row->of && strcmp(row->of, placeholder) != 0)
        row++;
    return row;
}

enum outcome
completion_run(struct client *client, const struct arguments *arguments)
{
    const char *shell = arguments->words[0];
    struct error err;

    if (strcmp(shell, "bash") == 0)
        completion_bash();
    else if (strcmp(shell, "zsh") == 0)
        completion_zsh();
    else if (strcmp(shell, "fish") == 0)
        completion_fish();
    else
        return client_fail(client,
                           error_set(&err, INVALID,
                                     "completion knows bash, zsh and fish, and "
                                     "not '%s'",
                                     shell),
                           &err);
    return DONE;
}
