/* tokens.c - `followd token`: who else may ask. Works on the store, also beside
 * a daemon that runs; that looks at every request. */
#include "tokens.h"

#include "options.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE  2
#define TOKEN_BYTES 32
#define HOUR_MS     3600000.0
#define HOURS_MOST  87600.0 /* ten years */

/* What the command line says beside the options of followd. */
struct wish {
    const char *verb, *name, *role, *hours; /* NULL where it is absent        */
};

static const char usage[] =
    "followd token add NAME [--role read|write|worker] [--hours N]\n"
    "followd token list\n"
    "followd token revoke NAME\n";

static bool
is_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t size = strlen(text);
    return size > 0 && size < TOKEN_NAME_SIZE && text[0] != '-' &&
           strspn(text, letters) == size;
}

static enum status
read_hours(const char *text, int64_t *expires_at, struct error *err)
{
    char *end;
    double hours = strtod(text, &end);
    if (end == text || *end || !(hours > 0) || hours > HOURS_MOST)
        return error_set(err, INVALID, "--hours must be from 0 to %g, is '%s'",
                         HOURS_MOST, text);
    *expires_at = clock_now_ms() + (int64_t)(hours * HOUR_MS);
    return OK;
}

/* Prints the token: nobody will see it again. */
static enum status
add(struct store *store, const struct wish *wish, struct error *err)
{
    struct token token = {.role = TOKEN_READ};
    char text[2 * TOKEN_BYTES + 1];
    enum status status = OK;
    if (!is_name(wish->name))
        return error_set(err, INVALID,
                         "a token's name has 1 to %d letters, digits, dots, "
                         "lines, is '%s'",
                         TOKEN_NAME_SIZE - 1, wish->name);
    if (wish->role && !token_role_parse(wish->role, &token.role))
        return error_set(err, INVALID,
                         "--role must be read, write or worker, is '%s'",
                         wish->role);
    if (wish->hours)
        status = read_hours(wish->hours, &token.expires_at, err);
    if (status == OK)
        status = random_hex(TOKEN_BYTES, text, err);
    if (status)
        return status;
    snprintf(token.name, sizeof(token.name), "%s", wish->name);
    sha256_hex(text, strlen(text), token.sha256);
    status = token_add(store, &token, err);
    if (status == OK)
        status = store_commit(store, err);
    if (status == OK)
        printf("%s\n", text);
    return status;
}

static enum status
list(struct store *store, const struct wish *wish, struct error *err)
{
    struct token *tokens;
    size_t count;
    (void)wish;
    enum status status = token_list(store, &tokens, &count, err);
    if (status)
        return status;
    printf("%-24s %-7s %-24s %s\n", "NAME", "ROLE", "MADE", "EXPIRES");
    for (size_t i = 0; i < count; i++) {
        char made[CLOCK_TEXT_SIZE], ends[CLOCK_TEXT_SIZE] = "never";
        clock_rfc3339(tokens[i].created_at, made);
        if (tokens[i].expires_at)
            clock_rfc3339(tokens[i].expires_at, ends);
        printf("%-24s %-7s %-24s %s\n", tokens[i].name,
               token_role_name(tokens[i].role), made, ends);
    }
    free(tokens);
    return OK;
}

static enum status
revoke(struct store *store, const struct wish *wish, struct error *err)
{
    enum status status = token_remove(store, wish->name, err);
    return status ? status : store_commit(store, err);
}

static const struct verb {
    const char *name;
    bool takes_name;
    enum status (*take)(struct store *, const struct wish *, struct error *);
} verbs[] = {
    {"add", true, add}, {"list", false, list}, {"revoke", true, revoke}};

/* Takes its own words out of the command line; the rest are options. */
static void
read_wish(int *argc, char **argv, struct wish *wish)
{
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--role") == 0 && i + 1 < *argc)
            wish->role = argv[++i];
        else if (strcmp(argv[i], "--hours") == 0 && i + 1 < *argc)
            wish->hours = argv[++i];
        else if (!wish->verb && argv[i][0] != '-')
            wish->verb = argv[i];
        else if (!wish->name && argv[i][0] != '-' && kept == 1)
            wish->name = argv[i];
        else
            argv[kept++] = argv[i];
    }
    argv[kept] = NULL;
    argv[0] = (char *)"followd";
    *argc = kept;
}

static enum status
run(const struct verb *verb, const struct wish *wish,
    const struct options *options, struct error *err)
{
    char path[4200];
    struct store *store = NULL;
    snprintf(path, sizeof(path), "%s/follow.db", options->value[OPTION_STATE]);
    enum status status = store_look(path, &store, err);
    if (status == OK)
        status = store_begin(store, err);
    if (status == OK)
        status = verb->take(store, wish, err);
    if (store)
        store_rollback(store);
    store_close(store);
    return status;
}

static int
take(int argc, char **argv)
{
    struct wish wish = {0};
    struct options options = {0};
    struct error err = {0};
    const struct verb *verb = NULL;
    read_wish(&argc, argv, &wish);
    if (!wish.verb && argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; wish.verb && i < ARRAY_LENGTH(verbs); i++)
        if (strcmp(verbs[i].name, wish.verb) == 0)
            verb = &verbs[i];
    if (!verb || verb->takes_name != (wish.name != NULL)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    enum status status = options_read(argc, argv, &options, &err);
    int code = status ? EXIT_USAGE : EXIT_SUCCESS;
    if (status == OK && (status = run(verb, &wish, &options, &err)))
        code = status == INVALID ? EXIT_USAGE : EXIT_FAILURE;
    if (status)
        fprintf(stderr, "followd: %s\n", err.text);
    options_clear(&options);
    return code;
}

bool
tokens_take(int argc, char **argv, int *code)
{
    if (argc < 2 || strcmp(argv[1], "token") != 0)
        return false;
    *code = take(argc - 1, argv + 1);
    return true;
}
