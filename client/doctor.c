/* doctor.c - whether everything is there: one check after the other, each a
 * line for people, or an object in one list for programs. */
#include "client/client.h"

#include "version.h"

#include <inttypes.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOCK_MOST 60.0  /* s that the clocks may differ  */
#define DISK_LEAST 512e6 /* bytes; with 256 MiB the daemon takes no jobs */

extern char **environ;

struct doctor {
    struct client *client;
    json_t *checks; /* [owned] */
    bool good;
    enum status first; /* of the first request that failed                    */
};

static void PRINTF_LIKE(4, 5) verdict(struct doctor *doctor, bool good,
                                      const char *what, const char *format, ...)
{
    char detail[1400], clean[1400];
    va_list list;

    va_start(list, format);
    vsnprintf(detail, sizeof(detail), format, list);
    va_end(list);
    text_clean(detail, clean, sizeof(clean));
    doctor->good = doctor->good && good;
    json_array_append_new(doctor->checks,
                          json_pack("{s:s, s:b, s:s}", "name", what, "ok", good,
                                    "detail", clean));
    if (!doctor->client->json)
        printf("%-4s %-10s %s\n", good ? "ok" : "BAD", what, clean);
}

/* GET; false, with a verdict, where it fails. */
static bool
asked(struct doctor *doctor, const char *what, const char *path,
      struct http_reply *reply)
{
    struct error err;
    enum status status =
        client_call(doctor->client, "GET", NULL, reply, &err, "%s", path);

    if (status == OK)
        return true;
    doctor->first = doctor->first == OK ? status : doctor->first;
    verdict(doctor, false, what, "%s", err.text);
    return false;
}

/* ---- the checks --------------------------------------------------------- */

static void
token_check(struct doctor *doctor)
{
    const struct server *server = &doctor->client->server;

    verdict(doctor, *server->token, "token", "%s",
            *server->token ? server->token_from : "none found");
}

static void
clock_check(struct doctor *doctor, int64_t theirs)
{
    double apart = (double)clock_now_ms() / 1000 - (double)theirs;
    char text[32];

    if (theirs < 0)
        return; /* a proxy took the date away */
    if (fabs(apart) <= CLOCK_MOST)
        verdict(doctor, true, "clock", "that of the server");
    else
        verdict(doctor, false, "clock", "%s %s that of the server",
                duration_text(fabs(apart), text, sizeof(text)),
                apart > 0 ? "ahead of" : "behind");
}

static bool
server_check(struct doctor *doctor)
{
    struct http_reply reply = {0};
    struct error err;
    json_t *answer = NULL;
    bool there = asked(doctor, "server", "/api/v1/version", &reply);

    if (there && reply_json(&reply, &answer, &err) == OK) {
        const char *version = json_text(answer, "version");
        verdict(doctor, true, "server", "%s", doctor->client->server.url);
        verdict(doctor, strcmp(version, FOLLOWD_VERSION) == 0, "version",
                "followd %s, follow %s", version, FOLLOWD_VERSION);
        clock_check(doctor, reply.date);
    } else if (there) {
        verdict(doctor, false, "server", "%s", err.text);
    }
    json_decref(answer);
    http_reply_free(&reply);
    return there;
}

static void
devices_check(struct doctor *doctor)
{
    struct http_reply reply = {0};
    struct error err;
    json_t *answer = NULL, *device;
    size_t i, faults = 0, tried = 0;

    if (!asked(doctor, "devices", "/api/v1/devices", &reply))
        return;
    if (reply_json(&reply, &answer, &err) != OK)
        verdict(doctor, false, "devices", "%s", err.text);
    json_t *items = json_object_get(answer, "items");
    json_array_foreach(items, i, device)
    {
        faults += json_is_string(json_object_get(device, "fault"));
        tried += device_is_tried(device);
    }
    if (faults && faults == tried)
        verdict(doctor, false, "devices",
                "%zu of %zu being tried; it gets jobs once it has passed",
                tried, json_array_size(items));
    else if (faults)
        verdict(doctor, false, "devices",
                "%zu of %zu out of service: follow devices", faults,
                json_array_size(items));
    else if (json_array_size(items))
        verdict(doctor, true, "devices", "%zu, the first is %s",
                json_array_size(items),
                json_text(json_array_get(items, 0), "name"));
    else if (answer)
        verdict(doctor, false, "devices",
                "none: jobs will wait until a worker comes");
    json_decref(answer);
    http_reply_free(&reply);
}

static void
disk_check(struct doctor *doctor)
{
    static const char name[] = "\nfollowd_disk_free_bytes ";
    struct http_reply reply = {0};

    if (!asked(doctor, "disk", "/metrics", &reply))
        return;
    const char *at = strstr((char *)reply.body.data, name);
    if (at) {
        double room = strtod(at + sizeof(name) - 1, NULL);
        verdict(doctor, room >= DISK_LEAST, "disk", "%.3g GB free", room / 1e9);
    }
    http_reply_free(&reply);
}

static void
gnuplot_check(struct doctor *doctor)
{
    char *words[] = {"gnuplot", "--version", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int state = 0;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1,
                                     0);
    int code = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    bool there = code == 0 && waitpid(child, &state, 0) == child &&
                 WIFEXITED(state) && WEXITSTATUS(state) == 0;
    verdict(doctor, there, "gnuplot", "%s",
            there ? "there, follow plot works"
                  : "missing, follow plot needs it");
}

enum outcome
doctor_run(struct client *client, const struct arguments *arguments)
{
    struct doctor doctor = {
        .client = client, .checks = json_array(), .good = true};

    (void)arguments;
    verdict(&doctor, true, "address", "%s", client->server.url_from);
    token_check(&doctor);
    if (server_check(&doctor)) {
        devices_check(&doctor);
        disk_check(&doctor);
    }
    gnuplot_check(&doctor);
    if (client->json) {
        json_t *all =
            json_pack("{s:b, s:O}", "ok", doctor.good, "checks", doctor.checks);
        json_dumpf(all, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(all);
    }
    json_decref(doctor.checks);
    if (doctor.first != OK)
        return client_outcome(client, doctor.first);
    return doctor.good ? DONE : JOB_FAILED;
}
