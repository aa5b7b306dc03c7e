/* presets.c - `follow presets`: what there is to start from, and what one of
 * them has otherwise than the default. */
#include "client/client.h"

#include "client/pairs.h"

#define DEFAULT_PRESET "vanderPol" /* holds the default of every key */

/* GETs the list, or the preset `name`; with --json prints it and leaves `*out`
 * NULL. */
static enum status
presets_get(struct client *client, const char *name, json_t **out,
            struct error *err)
{
    struct http_reply reply = {0};
    struct bytes path = {0};
    enum status status =
        bytes_printf(&path, "/api/v1/presets%s", name ? "/" : "");

    *out = NULL;
    if (status == OK && name)
        status = http_escape(name, &path);
    if (status == OK)
        status = client_call(client, "GET", NULL, &reply, err, "%s",
                             (char *)path.data);
    if (status == OK && client->json)
        reply_print(&reply);
    else if (status == OK)
        status = reply_json(&reply, out, err);
    http_reply_free(&reply);
    bytes_free(&path);
    return status;
}

static void
list_print(const json_t *answer)
{
    static const char *const heads[] = {"<NAME", "<DESCRIPTION", NULL};
    struct table table;
    struct look look;
    json_t *preset;
    size_t i;

    look_at(stdout, &look);
    table_start(&table, heads, 1);
    json_array_foreach(json_object_get(answer, "items"), i, preset)
    {
        table_cell(&table, json_text(preset, "name"));
        table_cell(&table, json_text(preset, "description"));
    }
    table_print(&table, stdout, &look);
    table_free(&table);
}

static void
preset_print(const json_t *preset, const json_t *usual)
{
    char head[80];
    const char *heads[] = {"<KEY", "<DEFAULT", head, NULL};
    json_t *pairs = pairs_make(json_object_get(usual, "spec"),
                               json_object_get(preset, "spec"), false);
    struct table table;
    struct look look;

    json_object_del(pairs, "preset");
    printf("%s\n", json_text(preset, "description"));
    snprintf(head, sizeof(head), "<%s", json_text(preset, "name"));
    look_at(stdout, &look);
    table_start(&table, heads, 2);
    pairs_fill(&table, pairs);
    if (table.count) {
        putchar('\n');
        table_print(&table, stdout, &look);
    }
    table_free(&table);
    json_decref(pairs);
}

enum outcome
presets_run(struct client *client, const struct arguments *arguments)
{
    const char *name = arguments->word_count ? arguments->words[0] : NULL;
    json_t *answer, *usual = NULL;
    struct error err;
    enum status status = presets_get(client, name, &answer, &err);

    if (status == OK && answer && name)
        status = presets_get(client, DEFAULT_PRESET, &usual, &err);
    if (usual)
        preset_print(answer, usual);
    else if (status == OK && answer)
        list_print(answer);
    json_decref(answer);
    json_decref(usual);
    return status == OK ? DONE : client_fail(client, status, &err);
}
