/* role.c - the options of `followd worker`. The token comes from a file, so
 * that no list of processes shows it.
 *
 * A worker starts twice: libraries have threads before main() has begun, and a
 * sandbox holds for one thread and its heirs. The first one opens what the
 * second is to have, closes the sandbox around itself, and becomes it. */
#include "role.h"

#include "http/http.h"
#include "options.h"
#include "sandbox.h"
#include "worker/worker.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define HIDDEN_MOST 4

enum {
    FLAG_CACHE = 0x100,
    FLAG_NAME,
    FLAG_PIN,
    FLAG_LOCAL,
    FLAG_HIDE,
    FLAG_INSIDE,
    FLAG_SANDBOX,
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
    { "hide",         FLAG_HIDE,  "PATH", OPTION_HIDDEN, "what it shall not read", 0 },
    { "inside",       FLAG_INSIDE, "TOKEN,DIALER", OPTION_HIDDEN, "it is in the sandbox, with these files", 0 },
    { "sandbox",      FLAG_SANDBOX, "yes|no", 0, "keep it from writing files and from the network, but for the daemon (yes)", 0 },
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
    const char *hidden[HIDDEN_MOST + 2]; /* with the token's file, then NULL */
    size_t hidden_count;
    const char *sandbox; /* yes or no                                         */
    const char *inside;  /* what it was given; NULL: it is not in the sandbox */
    int token, dialer;   /* files; 0: none                                    */
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
    case FLAG_HIDE:
        if (role->hidden_count < HIDDEN_MOST)
            role->hidden[role->hidden_count++] = argument;
        return 0;
    case FLAG_INSIDE:
        role->inside = argument;
        return 0;
    case FLAG_SANDBOX:
        role->sandbox = argument;
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

/* ---- into the sandbox -----------------------------------------------------
 */

static enum status
sandbox_wanted(const struct role *role, bool *out, struct error *err)
{
    *out = strcasecmp(role->sandbox, "no") != 0 && !role->inside;
    if (strcasecmp(role->sandbox, "yes") && strcasecmp(role->sandbox, "no"))
        return error_set(err, INVALID, "sandbox must be yes or no, is '%s'",
                         role->sandbox);
    return OK;
}

/* Opened now: it is hidden inside. */
static enum status
token_open(struct role *role, struct error *err)
{
    role->token = open(role->token_file, O_RDONLY | O_CLOEXEC);
    if (role->token < 0)
        return error_set(err, NOT_FOUND, "%s: %s", role->token_file,
                         strerror(errno));
    role->hidden[role->hidden_count] = role->token_file;
    return dialer_open(role->options.server, &role->dialer, err);
}

/* Returns only where it fails. */
static enum status
start_again(const struct role *role, int argc, char **argv, struct error *err)
{
    char inside[32];
    char **again = memory_array((size_t)argc + 4, sizeof(*again));
    if (!again)
        return error_set(err, NO_MEMORY, "no memory for a worker");
    snprintf(inside, sizeof(inside), "%d,%d", role->token, role->dialer);
    again[0] = (char *)"followd";
    again[1] = (char *)"worker";
    memcpy(again + 2, argv + 1, (size_t)(argc - 1) * sizeof(*again));
    again[argc + 1] = (char *)"--inside";
    again[argc + 2] = inside;
    if (role->dialer) {
        fcntl(role->token, F_SETFD, 0);
        fcntl(role->dialer, F_SETFD, 0);
    }
    execv("/proc/self/exe", again);
    free(again);
    return error_set(err, FAILED, "the worker does not start: %s",
                     strerror(errno));
}

static enum status
go_inside(struct role *role, int argc, char **argv, struct error *err)
{
    char usual[4096];
    const char *cache = role->options.cache;
    if (!cache)
        cache = getenv("FOLLOWD_CACHE");
    options_usual_cache(usual, sizeof(usual));
    const struct sandbox sandbox = {.cache = cache ? cache : usual,
                                    .hidden = role->hidden};
    enum status status = role->list || role->test ? OK : token_open(role, err);
    if (status == OK)
        status = sandbox_enter(&sandbox, err);
    return status ? status : start_again(role, argc, argv, err);
}

/* ---- what it is for -------------------------------------------------------
 */

static enum status
token_read(const struct role *role, struct bytes *out, struct error *err)
{
    char text[4096];
    if (!role->token)
        return file_read(role->token_file, sizeof(text), out, err);
    const ssize_t size = read(role->token, text, sizeof(text));
    close(role->token);
    if (size < 0)
        return error_set(err, FAILED, "%s: %s", role->token_file,
                         strerror(errno));
    return bytes_append(out, text, (size_t)size)
               ? error_set(err, NO_MEMORY, "no memory for a token")
               : OK;
}

static enum status
serve(struct role *role, struct error *err)
{
    struct bytes token = {0};
    enum status status = token_read(role, &token, err);
    if (status == OK) {
        char *text = (char *)token.data;
        text[strcspn(text, " \t\r\n")] = '\0';
        role->options.token = text;
        role->options.dialer = role->dialer;
        status = worker_run(&role->options, err);
    }
    bytes_free(&token);
    return status;
}

static enum status
play(struct role *role, struct error *err)
{
    if (role->list)
        return worker_list_devices(stdout, err);
    return role->test ? worker_self_test(&role->options, err)
                      : serve(role, err);
}

/* What the first start has opened for the second. */
static void
take_files(struct role *role)
{
    if (!role->inside ||
        sscanf(role->inside, "%d,%d", &role->token, &role->dialer) != 2 ||
        !role->dialer)
        return;
    fcntl(role->token, F_SETFD, FD_CLOEXEC);
    fcntl(role->dialer, F_SETFD, FD_CLOEXEC);
}

int
role_worker(int argc, char **argv)
{
    const struct argp argp = {flags, take_flag, NULL, description,
                              NULL,  NULL,      NULL};
    const char *sandbox = getenv("FOLLOWD_SANDBOX");
    struct role role = {
        .options = {.server = "http://127.0.0.1:7317", .device = "any"},
        .sandbox = sandbox ? sandbox : "yes"};
    struct error err = {0};
    bool wanted = false;
    argp_err_exit_status = 2;
    argv[0] = "followd worker";
    if (argp_parse(&argp, argc, argv, 0, NULL, &role))
        return 2;
    take_files(&role);
    enum status status = sandbox_wanted(&role, &wanted, &err);
    if (status == OK)
        status =
            wanted ? go_inside(&role, argc, argv, &err) : play(&role, &err);
    if (status)
        fprintf(stderr, "followd worker: %s\n", err.text);
    if (status == CORRUPT)
        return WORKER_UNFIT;
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
