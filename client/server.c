/* server.c - which followd is meant, and which token it wants.
 *
 * Flag, environment, ~/.config/follow/config, the local daemon's own files: the
 * first that says something counts. A token from the configuration file or from
 * a state folder belongs to the server named beside it and is sent to no other;
 * one from --token-file or FOLLOW_TOKEN was given by hand and goes where the
 * user points. */
#include "client/client.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_FILE                                                             \
    65536 /* bytes, far beyond any url, token or configuration                 \
           */

/* What the configuration file says, of one profile. "": nothing. */
struct config {
    char path[1100];
    char url[512];
    char token[512];
    char token_file[1024];
    char ca_file[1024];
    char pin[256];
    char fault[256];
    const char *profile; /* the section that counts; "": what is in none      */
    bool found;          /* there is such a section                           */
};

static const char *
environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* Copies text without its blanks at both ends. */
static void
copy_trimmed(char *out, size_t size, const char *text)
{
    static const char blank[] = " \t\r\n";

    text += strspn(text, blank);
    size_t length = strlen(text);
    while (length && strchr(blank, text[length - 1]))
        length--;
    if (length >= size)
        length = size - 1;
    memcpy(out, text, length);
    out[length] = '\0';
}

/* The first line of a file, trimmed. */
static enum status
line_read(const char *path, char *out, size_t size, struct error *err)
{
    struct bytes bytes = {0};
    enum status status = file_read(path, SMALL_FILE, &bytes, err);

    if (status == OK) {
        char *text = bytes.data ? (char *)bytes.data : "";
        if (bytes.data)
            text[strcspn(text, "\n")] = '\0';
        copy_trimmed(out, size, text);
    }
    bytes_free(&bytes);
    return status;
}

/* ---- the configuration file ------------------------------------------------
 */

static int
config_take(void *context, const char *section, const char *name,
            const char *value)
{
    struct config *config = context;
    const struct {
        const char *name;
        char *out;
        size_t size;
    } keys[] = {
        {"url", config->url, sizeof(config->url)},
        {"token", config->token, sizeof(config->token)},
        {"token_file", config->token_file, sizeof(config->token_file)},
        {"ca_file", config->ca_file, sizeof(config->ca_file)},
        {"pin", config->pin, sizeof(config->pin)},
    };

    bool counts = strcmp(section, config->profile) == 0;

    config->found = config->found || counts;
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        if (strcmp(name, keys[i].name) != 0)
            continue;
        if (counts)
            copy_trimmed(keys[i].out, keys[i].size, value);
        return 1;
    }
    if (!*config->fault)
        snprintf(config->fault, sizeof(config->fault), "unknown key '%.100s'",
                 name);
    return 0;
}

static enum status
config_read(struct config *config, struct error *err)
{
    const char *base = environment("XDG_CONFIG_HOME");
    const char *home = environment("HOME");
    struct bytes text = {0};
    enum status status;
    int line;

    if (base)
        snprintf(config->path, sizeof(config->path), "%.1000s/follow/config",
                 base);
    else
        snprintf(config->path, sizeof(config->path),
                 "%.1000s/.config/follow/config", home ? home : "");
    status = file_read(config->path, SMALL_FILE, &text, err);
    if (status == NOT_FOUND && !*config->profile)
        return OK; /* most people have none */
    if (status == OK) {
        line = ini_parse_string(text.data ? (char *)text.data : "", config_take,
                                config);
        if (line > 0)
            status = error_set(
                err, INVALID, "%s, line %d: %s", config->path, line,
                *config->fault ? config->fault : "neither key = value nor #");
    }
    if (status == OK && *config->profile && !config->found)
        status = error_set(err, INVALID, "%s has no profile [%s]", config->path,
                           config->profile);
    bytes_free(&text);
    return status;
}

/* ---- the local daemon -------------------------------------------------------
 */

/* Where a local daemon writes its `url` and `token`. */
struct state {
    char folder[1024];
    char url[512];    /* "": no daemon has written one                        */
    char pin[256];    /* "": it has no certificate                            */
    char tried[3600]; /* the places where none was, for people                */
};

/* Takes FOLDER/url when it is there. */
static bool
state_take(struct state *state, const char *folder)
{
    char path[1100];
    struct error ignored;
    size_t length = strlen(state->tried);

    snprintf(state->folder, sizeof(state->folder), "%s", folder);
    snprintf(path, sizeof(path), "%s/url", state->folder);
    if (line_read(path, state->url, sizeof(state->url), &ignored) == OK &&
        *state->url) {
        snprintf(path, sizeof(path), "%s/pin", state->folder);
        if (line_read(path, state->pin, sizeof(state->pin), &ignored) != OK)
            state->pin[0] = '\0';
        return true;
    }
    snprintf(state->tried + length, sizeof(state->tried) - length, "%s%s",
             length ? ", " : "", path);
    state->folder[0] = state->url[0] = '\0';
    return false;
}

static void
state_find(struct state *state)
{
    const char *own = environment("STATE_DIRECTORY");
    const char *xdg = environment("XDG_STATE_HOME");
    const char *home = environment("HOME");
    char folder[1000];

    state->tried[0] = '\0';
    if (own) { /* systemd may name several; the first is followd's */
        snprintf(folder, sizeof(folder), "%.*s", (int)strcspn(own, ":"), own);
        if (state_take(state, folder))
            return;
    }
    if (xdg) {
        snprintf(folder, sizeof(folder), "%.900s/followd", xdg);
        if (state_take(state, folder))
            return;
    }
    snprintf(folder, sizeof(folder), "%.900s/.local/state/followd",
             home ? home : "");
    state_take(state, folder);
}

/* ---- all of it
 * ---------------------------------------------------------------- */

static bool
same_server(const char *a, const char *b)
{
    size_t length = strlen(a), other = strlen(b);

    while (length && a[length - 1] == '/')
        length--;
    while (other && b[other - 1] == '/')
        other--;
    return length == other && length && strncmp(a, b, length) == 0;
}

/* Takes the token from a file that must be there. */
static enum status
token_read(struct server *out, const char *path, struct error *err)
{
    snprintf(out->token_from, sizeof(out->token_from), "%s", path);
    return line_read(path, out->token, sizeof(out->token), err);
}

static enum status
token_find(struct server *out, const char *token_file,
           const struct config *config, const struct state *state,
           struct error *err)
{
    const char *given = *config->profile ? NULL : environment("FOLLOW_TOKEN");
    bool configured = *config->url && same_server(config->url, out->url);
    char path[1100];

    if (token_file)
        return token_read(out, token_file, err);
    if (given) {
        copy_trimmed(out->token, sizeof(out->token), given);
        strcpy(out->token_from, "FOLLOW_TOKEN");
        return OK;
    }
    if (configured && *config->token) {
        strcpy(out->token, config->token);
        strcpy(out->token_from, config->path);
        return OK;
    }
    if (configured && *config->token_file)
        return token_read(out, config->token_file, err);
    if (!same_server(state->url, out->url))
        return OK;
    snprintf(path, sizeof(path), "%s/token", state->folder);
    return token_read(out, path, err);
}

/* The first that names a server, and who that was. */
static const char *
url_choose(const char *flag, const struct config *config,
           const struct state *state, const char **from)
{
    const char *given = *config->profile ? NULL : environment("FOLLOW_URL");
    const struct {
        const char *url, *from;
    } choices[] = {
        {flag, "--server"},
        {given, "FOLLOW_URL"},
        {config->url, config->path},
        {state->url, state->folder},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(choices); i++) {
        *from = choices[i].from;
        if (choices[i].url && *choices[i].url)
            return choices[i].url;
    }
    return NULL;
}

enum status
server_find(const char *url, const char *token_file, const char *profile,
            struct server *out, struct error *err)
{
    if (!profile)
        profile = environment("FOLLOW_PROFILE");
    struct config config = {.profile = profile ? profile : ""};
    struct state state;
    const char *from;
    enum status status = config_read(&config, err);

    memset(out, 0, sizeof(*out));
    if (status != OK)
        return status;
    state_find(&state);
    url = url_choose(url, &config, &state, &from);
    if (!url)
        return error_set(err, UNAVAILABLE,
                         "no followd found: nothing at %.800s; start followd, "
                         "or name one with --server or FOLLOW_URL",
                         state.tried);
    copy_trimmed(out->url, sizeof(out->url), url);
    for (size_t end = strlen(out->url); end && out->url[end - 1] == '/';)
        out->url[--end] = '\0';
    snprintf(out->url_from, sizeof(out->url_from), "%s", from);
    strcpy(out->ca_file, config.ca_file);
    strcpy(out->pin, config.pin);
    if (!*out->pin && same_server(state.url, out->url))
        strcpy(out->pin, state.pin);
    return token_find(out, token_file, &config, &state, err);
}
