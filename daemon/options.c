/* options.c - see options.h. The table below is the flags, the environment,
 * the config file's keys and --print-config at once. */
#include "options.h"

#include "notify/notify.h"
#include "version.h"

#include <argp.h>
#include <errno.h>
#include <ini.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct option_row {
    const char *key;         /* in the config file; with - as a flag          */
    const char *environment; /* variable                                      */
    const char *usual;       /* NULL: computed                                */
};

/* clang-format off */
static const struct option_row rows[OPTIONS] = {
    [OPTION_STATE]         = { "state",         "FOLLOWD_STATE",         NULL },
    [OPTION_LISTEN]        = { "listen",        "FOLLOWD_LISTEN",        "127.0.0.1:7317" },
    [OPTION_WORKERS]       = { "workers",       "FOLLOWD_WORKERS",       "auto" },
    [OPTION_HOST]          = { "host",          "FOLLOWD_HOST",          "" },
    [OPTION_CACHE]         = { "cache",         "FOLLOWD_CACHE",         NULL },
    [OPTION_TLS_CERT]      = { "tls_cert",      "FOLLOWD_TLS_CERT",      "" },
    [OPTION_TLS_KEY]       = { "tls_key",       "FOLLOWD_TLS_KEY",       "" },
    [OPTION_SANDBOX]       = { "sandbox",       "FOLLOWD_SANDBOX",       "yes" },
    [OPTION_INSECURE_HTTP] = { "insecure_http", "FOLLOWD_INSECURE_HTTP", "no" },
    [OPTION_RATE]          = { "rate",          "FOLLOWD_RATE",          "auto" },
    [OPTION_LOG_LEVEL]     = { "log_level",     "FOLLOWD_LOG_LEVEL",     "info" },
    [OPTION_MIN_FREE]      = { "min_free",      "FOLLOWD_MIN_FREE",      "256M" },
    [OPTION_MAX_BYTES]     = { "max_bytes",     "FOLLOWD_MAX_BYTES",     "0" },
    [OPTION_KEEP_DAYS]     = { "keep_days",     "FOLLOWD_KEEP_DAYS",     "0" },
    [OPTION_HOOK]          = { "hook",          "FOLLOWD_HOOK",          "" },
    [OPTION_WEBHOOK]       = { "webhook",       "FOLLOWD_WEBHOOK",       "" },
};

enum { KEY_FIRST = 0x100, KEY_CONFIG = 0x200, KEY_CHECK, KEY_PRINT };

static const struct argp_option flags[] = {
    { "state",   KEY_FIRST + OPTION_STATE,   "DIR",       0, "database, token, url and lock live here ($STATE_DIRECTORY, $XDG_STATE_HOME/followd or ~/.local/state/followd)", 0 },
    { "listen",  KEY_FIRST + OPTION_LISTEN,  "ADDR:PORT", 0, "where to answer HTTP; port 0 takes a free one (127.0.0.1:7317)", 0 },
    { "workers", KEY_FIRST + OPTION_WORKERS, "auto|none|LIST", 0, "a worker for every GPU (for the CPU where there is none), for none, or for the devices with these ids (auto)", 0 },
    { "host",    KEY_FIRST + OPTION_HOST,    "NAME[:PORT],...", 0, "more names by which browsers and clients may call this server", 0 },
    { "cache",   KEY_FIRST + OPTION_CACHE,   "DIR",       0, "workers keep decoders here for the next job with the same network ($CACHE_DIRECTORY, $XDG_CACHE_HOME/followd or ~/.cache/followd)", 0 },
    { "tls-cert", KEY_FIRST + OPTION_TLS_CERT, "FILE",    0, "certificate chain (PEM) to answer HTTPS with", 0 },
    { "tls-key", KEY_FIRST + OPTION_TLS_KEY, "FILE",      0, "its private key (PEM)", 0 },
    { "sandbox", KEY_FIRST + OPTION_SANDBOX, "yes|no",    0, "keep workers from writing files and from the network, but for this daemon (yes)", 0 },
    { "insecure-http", KEY_FIRST + OPTION_INSECURE_HTTP, NULL, 0, "answer plain HTTP beyond this machine: everybody on the way reads the token", 0 },
    { "rate", KEY_FIRST + OPTION_RATE, "NUMBER", 0, "requests per second that one token may make, 0 for any number (auto: any number on a loopback address, else 200)", 0 },
    { "log-level", KEY_FIRST + OPTION_LOG_LEVEL, "LEVEL", 0, "debug, info, warning or error (info)", 0 },
    { "min-free", KEY_FIRST + OPTION_MIN_FREE, "BYTES", 0, "below this on the disk jobs wait and none is taken (256M)", 0 },
    { "max-bytes", KEY_FIRST + OPTION_MAX_BYTES, "BYTES", 0, "remove the oldest jobs that ended where the database holds more; 0 keeps all (0)", 0 },
    { "keep-days", KEY_FIRST + OPTION_KEEP_DAYS, "DAYS", 0, "remove jobs so long after their end; 0 keeps them (0)", 0 },
    { "hook",    KEY_FIRST + OPTION_HOOK,    "COMMAND",   0, "have sh run this when a job has ended", 0 },
    { "webhook", KEY_FIRST + OPTION_WEBHOOK, "URL",       0, "tell this URL when a job has ended", 0 },
    { "config",  KEY_CONFIG, "FILE", 0, "read these options from a file first: lines of key = value", 1 },
    { "check-config", KEY_CHECK, NULL, 0, "say whether all this is sound, and stop", 1 },
    { "print-config", KEY_PRINT, NULL, 0, "show every value and where it came from, and stop", 1 },
    { "worker",                0, NULL, OPTION_DOC, "serve one device: followd worker --help", 2 },
    { "token add|list|revoke", 0, NULL, OPTION_DOC, "say who else may ask: followd token --help", 2 },
    { "check",                 0, NULL, OPTION_DOC, "read all that is stored, and name what is damaged", 2 },
    { "backup FILE",           0, NULL, OPTION_DOC, "copy all that is stored, while the daemon works", 2 },
    { NULL, 0, NULL, 0, NULL, 0 }
};
/* clang-format on */

const char *argp_program_version = "followd " FOLLOWD_VERSION;

static const char description[] =
    "Learns dynamical systems in networks of spiking neurons: keeps a queue of "
    "jobs and their results, and answers HTTP."
    "\vEvery long option may also stand in the config file (state = DIR, _ for "
    "-) or in the environment (FOLLOWD_STATE).";

/* ---- values
 * ------------------------------------------------------------------ */

static enum status
set_value(struct options *options, enum setting option, const char *value,
          enum origin origin, struct error *err)
{
    if (origin < options->origin[option])
        return OK;
    char *copy = strdup(value);
    if (!copy)
        return error_set(err, NO_MEMORY, "no memory for options");
    free(options->value[option]);
    options->value[option] = copy;
    options->origin[option] = origin;
    return OK;
}

/* The first of several folders there is a name for. */
static void
usual_folder(const char *systemd, const char *xdg, const char *below_home,
             char *out, size_t size)
{
    const char *folder = getenv(systemd);
    const char *home = getenv("HOME");
    if (folder && *folder) /* may be a list; the first is ours */
        snprintf(out, size, "%.*s", (int)strcspn(folder, ":"), folder);
    else if ((folder = getenv(xdg)) && *folder)
        snprintf(out, size, "%s/followd", folder);
    else
        snprintf(out, size, "%s/%s/followd", home && *home ? home : ".",
                 below_home);
}

void
options_usual_cache(char *out, size_t size)
{
    usual_folder("CACHE_DIRECTORY", "XDG_CACHE_HOME", ".cache", out, size);
}

static enum status
set_defaults(struct options *options, struct error *err)
{
    char folder[4096];
    enum status status = OK;
    for (int i = 0; status == OK && i < OPTIONS; i++)
        if (rows[i].usual)
            status = set_value(options, (enum setting)i, rows[i].usual,
                               ORIGIN_DEFAULT, err);
    usual_folder("STATE_DIRECTORY", "XDG_STATE_HOME", ".local/state", folder,
                 sizeof(folder));
    if (status == OK)
        status = set_value(options, OPTION_STATE, folder, ORIGIN_DEFAULT, err);
    options_usual_cache(folder, sizeof(folder));
    if (status == OK)
        status = set_value(options, OPTION_CACHE, folder, ORIGIN_DEFAULT, err);
    return status;
}

static enum status
read_environment(struct options *options, struct error *err)
{
    enum status status = OK;
    for (int i = 0; status == OK && i < OPTIONS; i++) {
        const char *value = getenv(rows[i].environment);
        if (value)
            status = set_value(options, (enum setting)i, value,
                               ORIGIN_ENVIRONMENT, err);
    }
    return status;
}

/* ---- config file
 * --------------------------------------------------------------- */

struct config_reader {
    struct options *options;
    struct error *err;
    enum status status;
};

static int
take_line(void *context, const char *section, const char *key,
          const char *value)
{
    struct config_reader *reader = context;
    if (reader->status)
        return 0;
    if (*section && strcmp(section, "followd") != 0) {
        reader->status = error_set(reader->err, INVALID,
                                   "there is no section [%s]", section);
        return 0;
    }
    for (int i = 0; i < OPTIONS; i++)
        if (strcmp(rows[i].key, key) == 0) {
            reader->status = set_value(reader->options, (enum setting)i, value,
                                       ORIGIN_FILE, reader->err);
            return reader->status == OK;
        }
    reader->status =
        error_set(reader->err, INVALID, "there is no option '%s'", key);
    return 0;
}

static enum status
read_config(struct options *options, struct error *err)
{
    struct config_reader reader = {options, err, OK};
    int line = ini_parse(options->config, take_line, &reader);
    if (line < 0)
        return error_set(err, NOT_FOUND, "%s: %s", options->config,
                         strerror(errno));
    if (reader.status == OK && line > 0)
        reader.status = error_set(err, INVALID, "not key = value");
    if (reader.status) /* the first line at fault, as libinih counts them */
        error_prefix(err, "%s, line %d: ", options->config, line);
    return reader.status;
}

/* ---- flags
 * --------------------------------------------------------------------- */

struct flag_reader {
    struct options *options;
    struct error *err;
    enum status status;
};

static error_t
take_flag(int key, char *argument, struct argp_state *state)
{
    struct flag_reader *reader = state->input;
    if (key >= KEY_FIRST && key < KEY_FIRST + OPTIONS) {
        enum setting option = (enum setting)(key - KEY_FIRST);
        reader->status =
            set_value(reader->options, option, argument ? argument : "yes",
                      ORIGIN_FLAG, reader->err);
        return reader->status ? ENOMEM : 0;
    }
    switch (key) {
    case KEY_CONFIG:
        reader->options->config = argument;
        return 0;
    case KEY_CHECK:
        reader->options->check_only = true;
        return 0;
    case KEY_PRINT:
        reader->options->print_only = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is no option", argument);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- checks
 * -------------------------------------------------------------------- */

const char *
option_key(enum setting option)
{
    return rows[option].key;
}

bool
option_is_yes(const struct options *options, enum setting option)
{
    return strcasecmp(options->value[option], "yes") == 0;
}

static enum status
check_yes_or_no(const struct options *options, enum setting option,
                struct error *err)
{
    const char *value = options->value[option];
    if (strcasecmp(value, "yes") && strcasecmp(value, "no"))
        return error_set(err, INVALID, "%s must be yes or no, is '%s'",
                         rows[option].key, value);
    return OK;
}

/* ADDRESS:PORT, [ADDRESS]:PORT */
static enum status
split_listen(struct options *options, struct error *err)
{
    const char *text = options->value[OPTION_LISTEN];
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
    if (!colon || end == colon + 1 || *end || port > 65535)
        return error_set(err, INVALID, "listen must be ADDRESS:PORT, is '%s'",
                         text);
    size_t size = (size_t)(colon - text);
    if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
        text++;
        size -= 2;
    }
    if (size == 0 || size >= sizeof(options->address))
        return error_set(err, INVALID, "listen needs an address before ':'");
    memcpy(options->address, text, size);
    options->address[size] = '\0';
    options->port = (unsigned)port;
    options->loopback = strncmp(options->address, "127.", 4) == 0 ||
                        strcmp(options->address, "::1") == 0 ||
                        strcmp(options->address, "localhost") == 0;
    return OK;
}

static enum status
check_exposure(const struct options *options, struct error *err)
{
    bool cert = options->value[OPTION_TLS_CERT][0] != '\0';
    bool key = options->value[OPTION_TLS_KEY][0] != '\0';
    if (cert != key)
        return error_set(err, INVALID, "tls_cert and tls_key go together");
    if (!options->loopback && !cert &&
        !option_is_yes(options, OPTION_INSECURE_HTTP))
        return error_set(err, INVALID,
                         "listening on %s would send the token in clear: give "
                         "--tls-cert and --tls-key, or reach this machine "
                         "through ssh -L, or say --insecure-http",
                         options->address);
    return OK;
}

static enum status
check_log_level(const struct options *options, struct error *err)
{
    static const char *const levels[] = {"debug", "info", "warning", "error"};
    const char *value = options->value[OPTION_LOG_LEVEL];
    for (size_t i = 0; i < ARRAY_LENGTH(levels); i++)
        if (strcmp(levels[i], value) == 0) {
            log_set_level((enum log_level)i);
            return OK;
        }
    return error_set(err, INVALID,
                     "log_level must be debug, info, warning or error, is '%s'",
                     value);
}

enum status
options_read(int argc, char **argv, struct options *out, struct error *err)
{
    const struct argp argp = {flags, take_flag, NULL, description,
                              NULL,  NULL,      NULL};
    struct flag_reader reader = {out, err, OK};
    *out = (struct options){0};
    argp_err_exit_status = 2;
    enum status status = set_defaults(out, err);
    if (status == OK && argp_parse(&argp, argc, argv, 0, NULL, &reader))
        status = error_set(err, INVALID, "the flags are not sound");
    if (status == OK && out->config)
        status = read_config(out, err);
    if (status == OK)
        status = read_environment(out, err);
    if (status == OK)
        status = check_yes_or_no(out, OPTION_INSECURE_HTTP, err);
    if (status == OK)
        status = check_yes_or_no(out, OPTION_SANDBOX, err);
    if (status == OK)
        status = options_check_numbers(out, err);
    if (status == OK)
        status = split_listen(out, err);
    if (status == OK)
        status = check_exposure(out, err);
    if (status == OK && *out->value[OPTION_WEBHOOK])
        status = webhook_check(out->value[OPTION_WEBHOOK], err);
    return status ? status : check_log_level(out, err); /* and sets it */
}

void
options_clear(struct options *options)
{
    for (int i = 0; i < OPTIONS; i++)
        free(options->value[i]);
    *options = (struct options){0};
}

void
options_print(const struct options *options)
{
    static const char *const origins[] = {"default", "file", "environment",
                                          "flag"};
    printf("[followd]\n");
    for (int i = 0; i < OPTIONS; i++)
        printf("%-13s = %-40s ; %s\n", rows[i].key, options->value[i],
               origins[options->origin[i]]);
}
