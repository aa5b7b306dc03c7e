/* about.c - the server and its page: devices, server, open. */
#include "client/client.h"

#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* GETs `path`; with --json prints it and leaves `*out` NULL. */
static enum status
object_get(struct client *client, const char *path, json_t **out,
           struct error *err)
{
    struct http_reply reply = {0};
    enum status status =
        client_call(client, "GET", NULL, &reply, err, "%s", path);

    *out = NULL;
    if (status == OK && client->json)
        reply_print(&reply);
    else if (status == OK)
        status = reply_json(&reply, out, err);
    http_reply_free(&reply);
    return status;
}

/* The array in an answer: the answer itself, or its `items`. */
static json_t *
items_of(json_t *answer)
{
    return json_is_array(answer) ? answer : json_object_get(answer, "items");
}

/* ---- devices
 * ---------------------------------------------------------------------- */

bool
device_is_tried(const json_t *device)
{
    return strncmp(json_text(device, "fault"), "being tried", 11) == 0;
}

static bool
is_at_fault(json_t *device)
{
    return json_is_string(json_object_get(device, "fault"));
}

/* What a job may ask for: the id, or HOST/ID where other machines have the
 * same. */
static const char *
device_name(json_t *items, json_t *device, char *out, size_t size)
{
    const char *id = json_text(device, "id");
    json_t *other;
    size_t i, count = 0;

    json_array_foreach(items, i, other) count +=
        strcmp(json_text(other, "id"), id) == 0;
    snprintf(out, size, "%s%s%s", count > 1 ? json_text(device, "host") : "",
             count > 1 ? "/" : "", id);
    return out;
}

static void
devices_print(json_t *answer)
{
    static const char *const heads[] = {
        "<ID", "<TYPE", "<NAME", "<DRIVER", "UNITS", "MEMORY GB", NULL};
    struct table table;
    struct look look;
    json_t *items = items_of(answer), *device;
    size_t i;
    char text[64], name[300];

    look_at(stdout, &look);
    table_start(&table, heads, 2);
    json_array_foreach(items, i, device)
    {
        table_cell(&table, device_name(items, device, name, sizeof(name)));
        table_cell(&table, json_text(device, "type"));
        table_cell(&table, json_text(device, "name"));
        table_cell(&table, json_text(device, "driver"));
        table_cell(&table, number_text(json_number(device, "units"), text,
                                       sizeof(text)));
        table_cell(&table, number_text(json_number(device, "memory") / 1e9,
                                       text, sizeof(text)));
    }
    table_print(&table, stdout, &look);
    table_free(&table);
    json_array_foreach(items, i, device) if (is_at_fault(device))
        printf("%s is %s%s\n", device_name(items, device, name, sizeof(name)),
               device_is_tried(device) ? "" : "out of service: ",
               json_text(device, "fault"));
}

enum outcome
devices_run(struct client *client, const struct arguments *arguments)
{
    json_t *answer;
    struct error err;
    enum status status = object_get(client, "/api/v1/devices", &answer, &err);

    (void)arguments;
    if (answer)
        devices_print(answer);
    json_decref(answer);
    return status == OK ? DONE : client_fail(client, status, &err);
}

/* ---- server
 * ------------------------------------------------------------------------ */

enum outcome
server_run(struct client *client, const struct arguments *arguments)
{
    const char *key;
    json_t *answer, *value;
    struct error err;
    enum status status = object_get(client, "/api/v1/version", &answer, &err);

    (void)arguments;
    if (status != OK)
        return client_fail(client, status, &err);
    if (!answer)
        return DONE;
    printf("%-12s %s (from %s)\n", "url", client->server.url,
           client->server.url_from);
    json_object_foreach(answer, key, value)
    {
        char *text = json_is_string(value) ? strdup(json_string_value(value))
                                           : json_dumps(value, JSON_ENCODE_ANY);
        printf("%-12s %s\n", key, text ? text : "");
        free(text);
    }
    json_decref(answer);
    return DONE;
}

/* ---- open
 * ---------------------------------------------------------------------------
 */

/* What a browser can open that leads to `url`: a page of the user's own that
 * sends it on. The address itself would show the token to everybody who may
 * list processes. */
static enum status
page_write(const char *url, char *path, size_t size, struct error *err)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    struct bytes page = {0};
    enum status status;

    if (!folder || !*folder)
        return error_set(err, NOT_FOUND, "no XDG_RUNTIME_DIR");
    if ((size_t)snprintf(path, size, "%s/follow-open.html", folder) >= size)
        return error_set(err, INVALID, "XDG_RUNTIME_DIR is too long");
    status = bytes_printf(&page,
                          "<!doctype html><meta http-equiv=\"refresh\" "
                          "content=\"0; url=%s\">\n",
                          url);
    if (status == OK)
        status = file_write(path, 0600, page.data, page.size, err);
    bytes_free(&page);
    return status;
}

/* Hands a page to the desktop's browser and does not wait for it. */
static void
browser_start(char *page)
{
    char *words[] = {"xdg-open", page, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1,
                                     0);
    if (posix_spawnp(&child, "xdg-open", &actions, NULL, words, environ) != 0)
        fputs("follow: no xdg-open; open the address yourself\n", stderr);
    posix_spawn_file_actions_destroy(&actions);
}

/* The dashboard's address; what stands behind # never leaves a browser. */
static enum status
address_make(const struct client *client, int64_t job, bool token,
             struct bytes *out)
{
    bool known = token && *client->server.token;
    enum status status =
        bytes_printf(out, "%s/%s", client->server.url, known || job ? "#" : "");

    if (status == OK && known)
        status = bytes_printf(out, "token=");
    if (status == OK && known)
        status = http_escape(client->server.token, out);
    if (status == OK && job)
        status = bytes_printf(out, "%sjob=%" PRId64, known ? "&" : "", job);
    return status;
}

static enum status
dashboard_open(const struct client *client, int64_t job)
{
    struct bytes address = {0};
    char page[4200];
    struct error ignored;
    enum status status =
        address_make(client, job, isatty(STDOUT_FILENO), &address);

    if (status == OK)
        printf("%s\n", (char *)address.data);
    bytes_free(&address);
    if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
        return status;
    if (status == OK)
        status = address_make(client, job, true, &address);
    if (status == OK &&
        page_write((char *)address.data, page, sizeof(page), &ignored) == OK)
        browser_start(page);
    bytes_free(&address);
    return status;
}

enum outcome
open_run(struct client *client, const struct arguments *arguments)
{
    struct error err = {0};
    json_t *nothing = NULL;
    int64_t id = 0;
    enum status status = OK;

    if (arguments->word_count)
        status = job_find(client, arguments->words[0], &id, &err);
    if (status == OK && client->json)
        status = object_get(client, "/api/v1/version", &nothing, &err);
    else if (status == OK)
        status = dashboard_open(client, id);
    json_decref(nothing);
    return status == OK ? DONE : client_fail(client, status, &err);
}
