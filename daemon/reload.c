/* reload.c - see reload.h. */
#include "reload.h"

#include <string.h>

static bool
counts_at_once(enum setting option)
{
    return option == OPTION_LOG_LEVEL || option == OPTION_MIN_FREE ||
           option == OPTION_MAX_BYTES || option == OPTION_KEEP_DAYS;
}

static void
option_take(struct options *options, struct options *now, enum setting option)
{
    bool counts = counts_at_once(option);
    char *value = options->value[option];
    if (strcmp(value, now->value[option]) == 0)
        return;
    log_event(counts ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
              counts ? "option_changed" : "option_needs_restart", "option=%s",
              option_key(option));
    if (!counts)
        return; /* others have borrowed the old one */
    options->value[option] = now->value[option];
    options->origin[option] = now->origin[option];
    now->value[option] = value;
}

enum status
reload_options(struct options *options, int argc, char **argv,
               struct error *err)
{
    struct options now;
    enum status status = options_read(argc, argv, &now, err);
    for (int i = 0; i < OPTIONS && status == OK; i++)
        option_take(options, &now, (enum setting)i);
    options_clear(&now);
    return status;
}
