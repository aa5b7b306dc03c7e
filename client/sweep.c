/* sweep.c - many jobs from one description: --set with several values is an
 * axis, with one value a change of the description. */
#include "client/client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is asked for -------------------------------------------------- */

/* The options without those that name an axis. */
static void
arguments_narrow(const struct arguments *arguments, struct arguments *out)
{
    *out = *arguments;
    out->option_count = 0;
    for (size_t i = 0; i < arguments->option_count; i++)
        if (strcmp(arguments->options[i].name, "set") != 0 ||
            !setting_is_spread(arguments->options[i].value))
            out->options[out->option_count++] = arguments->options[i];
}

static enum status
axes_read(struct client *client, const struct arguments *arguments,
          json_t *axes, struct error *err)
{
    json_t *schema;
    const char *setting;
    size_t cursor = 0;
    enum status status = client_get(client, &schema, err, "/api/v1/schema/job");

    while (status == OK && (setting = option_next(arguments, "set", &cursor)))
        if (setting_is_spread(setting))
            status = setting_spread(client, axes, schema, setting, err);
    json_decref(schema);
    if (status == OK && json_object_size(axes) == 0)
        return error_set(err, INVALID,
                         "follow sweep wants several values of something: "
                         "--set eta=1e-3,2e-3 or --set seed_ff=1..5");
    return status;
}

/* The body [owned] of POST /api/v1/sweeps. */
static enum status
sweep_read(struct client *client, const struct arguments *arguments,
           json_t **out, struct error *err)
{
    struct arguments *narrow = memory_array(1, sizeof(*narrow));
    const char *name = option_value(arguments, "name");
    json_t *description = NULL, *axes = json_object();
    enum status status =
        narrow ? description_read(arguments->words[0], &description, err)
               : error_set(err, NO_MEMORY, "out of memory");

    *out = NULL;
    if (status == OK) {
        arguments_narrow(arguments, narrow);
        status = description_change(client, narrow, description, err);
    }
    if (status == OK)
        status = axes_read(client, arguments, axes, err);
    if (status == OK)
        *out = json_pack("{s:O, s:O}", "job", description, "set", axes);
    if (status == OK && name)
        json_object_set_new(*out, "name", json_string(name));
    json_decref(description);
    json_decref(axes);
    free(narrow);
    return status;
}

/* ---- what came of it ---------------------------------------------------- */

static enum outcome
sweep_wait(struct client *client, const json_t *sweep)
{
    const json_t *jobs = json_object_get(sweep, "jobs");
    size_t count = json_array_size(jobs);
    int64_t *ids = memory_array(count, sizeof(*ids));
    struct error err;

    if (!ids)
        return client_fail(client, error_set(&err, NO_MEMORY, "out of memory"),
                           &err);
    for (size_t i = 0; i < count; i++)
        ids[i] = json_integer_value(json_array_get(jobs, i));
    enum outcome outcome =
        watch_jobs(client, ids, count, client->json ? NULL : stderr, 0, true);
    free(ids);
    return outcome;
}

static enum outcome
sweep_show(struct client *client, const struct arguments *arguments,
           const struct http_reply *reply)
{
    bool dry = option_given(arguments, "dry-run");
    json_t *sweep;
    struct error err;
    enum outcome outcome = DONE;
    enum status status = reply_json(reply, &sweep, &err);

    if (status != OK)
        return client_fail(client, status, &err);
    if (client->json)
        reply_print(reply);
    else if (dry)
        fprintf(stderr, "valid: %.0f jobs\n", json_number(sweep, "count"));
    else
        printf("%.0f\n", json_number(sweep, "id"));
    fflush(stdout);
    if (!client->json && !dry)
        fprintf(stderr, "%zu jobs; sweep:%.0f stands for all of them\n",
                json_array_size(json_object_get(sweep, "jobs")),
                json_number(sweep, "id"));
    if (!dry && option_given(arguments, "wait"))
        outcome = sweep_wait(client, sweep);
    json_decref(sweep);
    return outcome;
}

enum outcome
sweep_run(struct client *client, const struct arguments *arguments)
{
    struct http_reply reply = {0};
    json_t *body;
    struct error err;
    enum status status = sweep_read(client, arguments, &body, &err);

    if (status == OK)
        status =
            description_send(client, "/api/v1/sweeps", body,
                             option_given(arguments, "dry-run"), &reply, &err);
    enum outcome outcome = status == OK ? sweep_show(client, arguments, &reply)
                                        : client_fail(client, status, &err);
    json_decref(body);
    http_reply_free(&reply);
    return outcome;
}
