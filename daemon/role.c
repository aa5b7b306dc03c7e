/* role.c - the options of `followd worker`. The token comes from a file, so
 * that no list of processes shows it. */
#include "role.h"

#include "worker/worker.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLAG_CACHE = 0x100,
    FLAG_NAME,
    FLAG_PIN,
    FLAG_LOCAL,
    FLAG_LIST,
    FLAG_TEST
};

/* clang-format off */
static const struct argp_option flags[] = {
    { "server",       's',        "URL",  0, "the daemon to serve (http://127.0.0.1:7317)", 0 },
    { "token-file",   't',        "FILE", 0, "holds the daemon's token", 0 },
    { "device",       'd',        "ID",   0, "the device to use, any takes the first (any)", 0 },
    { "cache",        FLAG_CACHE, "DIR",  0, "keep decoders here for the next job with the same network", 0 },
    { "name",         FLAG_NAME,  "NAME", 0, "how the daemon calls this worker (host and device)", 0 },
    { "pin",          FLAG_PIN,   "KEY",  0, "trust the server with this public key and no other (sha256//..., as in the file pin of its state folder)", 0 },
    { "local",        FLAG_LOCAL, NULL,   OPTION_HIDDEN, "started by the daemon itself", 0 },
    { "list-devices", FLAG_LIST,  NULL,   0, "print a line of JSON for every device, and stop", 1 },
    { "self-test",    FLAG_TEST,  NULL,   0, "try whether the device computes what it should, say so, and stop", 1 },
    { NULL, 0, NULL, 0, NULL, 0 }
};
/* clang-format on */

static const char description[] =
    "followd worker: leases jobs from a daemon, simulates them on one device "
    "and reports. SIGTERM: saves what it has, gives the job back and ends.";

struct role {
    struct worker_options options;
    const char *token_file;
    bool list, test;
};

static error_t
take_flag(int key, char *argument, struct argp_state *state)
{
    struct role *role = state->input;
    switch (key) {
    case 's':
        role->options.server = argument;
        return 0;
    case 't':
        role->token_file = argument;
        return 0;
    case 'd':
        role->options.device = argument;
        return 0;
    case FLAG_CACHE:
        role->options.cache = argument;
        return 0;
    case FLAG_NAME:
        role->options.name = argument;
        return 0;
    case FLAG_PIN:
        role->options.pin = *argument ? argument : NULL;
        return 0;
    case FLAG_LOCAL:
        role->options.local = true;
        return 0;
    case FLAG_LIST:
        role->list = true;
        return 0;
    case FLAG_TEST:
        role->test = true;
        log_set_level(LOG_LEVEL_DEBUG);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is no option", argument);
        return EINVAL;
    case ARGP_KEY_END:
        if (!role->list && !role->test && !role->token_file)
            argp_error(state, "--token-file is needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status
serve(struct role *role, struct error *err)
{
    struct bytes token = {0};
    enum status status = file_read(role->token_file, 4096, &token, err);
    if (status == OK) {
        char *text = (char *)token.data;
        text[strcspn(text, " \t\r\n")] = '\0';
        role->options.token = text;
        status = worker_run(&role->options, err);
    }
    bytes_free(&token);
    return status;
}

int
role_worker(int argc, char **argv)
{
    const struct argp argp = {flags, take_flag, NULL, description,
                              NULL,  NULL,      NULL};
    struct role role = {
        .options = {.server = "http://127.0.0.1:7317", .device = "any"}};
    struct error err = {0};
    argp_err_exit_status = 2;
    argv[0] = "followd worker";
    if (argp_parse(&argp, argc, argv, 0, NULL, &role))
        return 2;
    enum status status = role.list   ? worker_list_devices(stdout, &err)
                         : role.test ? worker_self_test(&role.options, &err)
                                     : serve(&role, &err);
    if (status)
        fprintf(stderr, "followd worker: %s\n", err.text);
    if (status == CORRUPT)
        return WORKER_UNFIT;
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
