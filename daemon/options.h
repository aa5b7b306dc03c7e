/* options.h - what followd was told: flags, environment, config file, defaults.
 *
 * A flag wins over the environment, that over the config file, that over the
 * default. The config file is only ever read; a key it should not have is an
 * error. */
#ifndef FOLLOWD_OPTIONS_H
#define FOLLOWD_OPTIONS_H

#include "base/base.h"

enum setting {
    OPTION_STATE,    /* folder of the database, token, url, lock         */
    OPTION_LISTEN,   /* ADDRESS:PORT                                     */
    OPTION_WORKERS,  /* auto, none, or ids of devices                    */
    OPTION_HOST,     /* more names for the Host header                   */
    OPTION_CACHE,    /* folder of decoders                               */
    OPTION_TLS_CERT, /* PEM files                                        */
    OPTION_TLS_KEY,
    OPTION_SANDBOX,       /* yes: keep workers from files and the network     */
    OPTION_INSECURE_HTTP, /* yes: listen beyond loopback without TLS          */
    OPTION_RATE,          /* requests per second and token, or auto           */
    OPTION_LOG_LEVEL,     /* debug, info, warning, error                      */
    OPTION_MIN_FREE,      /* bytes that stay free on the disk                 */
    OPTION_MAX_BYTES,     /* of the database; 0: no limit                     */
    OPTION_KEEP_DAYS,     /* that a job stays after its end; 0: for good      */
    OPTION_HOOK,          /* command that is run when a job has ended         */
    OPTION_WEBHOOK,       /* URL that is told then                            */
    OPTIONS
};

enum origin { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

struct options {
    char *value[OPTIONS]; /* [owned] "" when not set                          */
    enum origin origin[OPTIONS];
    const char *config; /* [borrowed] the file, or NULL                       */
    bool check_only, print_only;
    char address[256]; /* of OPTION_LISTEN, without brackets                  */
    unsigned port;
    bool loopback;
};

/* Reads everything and checks it. Ends the process for --help, --version and
 * flags that do not exist, as argp does. */
MUST_USE enum status options_read(int argc, char **argv, struct options *out,
                                  struct error *err);
void options_clear(struct options *options);
/* Every value and where it came from, as a config file. */
void options_print(const struct options *options);
/* The folder that OPTION_CACHE is where nobody names one. */
void options_usual_cache(char *out, size_t size);
const char *option_key(enum setting option); /* "log_level" */
bool option_is_yes(const struct options *options, enum setting option);
/* Requests per second and token; 0: any number. */
double option_rate(const struct options *options);
/* A number: 1.5, or with K, M, G or T behind it, 1024 times as much each. */
double option_number(const struct options *options, enum setting option);
MUST_USE enum status options_check_numbers(const struct options *options,
                                           struct error *err);

#endif
