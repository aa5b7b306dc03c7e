/* plot.c - `follow plot`: CSV from the server, a picture by gnuplot. */
#include "client/client.h"

#include "client/figure.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define POINTS 4000 /* of one window: several for every pixel */

extern char **environ;

/* ---- gnuplot
 * ----------------------------------------------------------------------- */

/* Starts gnuplot reading from `*pipe_end`. */
static enum status
gnuplot_start(pid_t *child, int *pipe_end, struct error *err)
{
    char *words[] = {"gnuplot", NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, FAILED, "no pipe: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    /* The script is UTF-8; gnuplot warns where the terminal's locale is not. */
    setenv("LC_ALL", "C.UTF-8", 1);
    int code = posix_spawnp(child, "gnuplot", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    *pipe_end = ends[1];
    if (code == 0)
        return OK;
    close(ends[1]);
    if (code == ENOENT)
        return error_set(err, FAILED,
                         "gnuplot is not installed (on Debian: apt install "
                         "gnuplot-nox)");
    return error_set(err, FAILED, "gnuplot: %s", strerror(code));
}

/* Writes it all; a reader that has gone is told by its exit status. */
static void
pipe_write(int pipe_end, const struct bytes *text)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    size_t done = 0;

    sigaction(SIGPIPE, &ignore, &before);
    while (done < text->size) {
        ssize_t size = write(pipe_end, text->data + done, text->size - done);
        if (size < 0 && errno != EINTR)
            break;
        done += size > 0 ? (size_t)size : 0;
    }
    close(pipe_end);
    sigaction(SIGPIPE, &before, NULL);
}

static enum status
gnuplot_run(const struct bytes *script, struct error *err)
{
    pid_t child;
    int pipe_end = -1, state = 0;
    enum status status = gnuplot_start(&child, &pipe_end, err);

    if (status != OK)
        return status;
    pipe_write(pipe_end, script);
    while (waitpid(child, &state, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return OK;
    return error_set(err, FAILED, "gnuplot failed with %d",
                     WIFEXITED(state) ? WEXITSTATUS(state)
                                      : 128 + WTERMSIG(state));
}

/* Draws under another name first: a picture is there as a whole or not. */
static enum status
figure_draw(const struct figure *figure, const char *format, const char *name,
            struct error *err)
{
    struct bytes script = {0};
    struct stat about;
    char partner[4200];
    enum status status;

    if ((size_t)snprintf(partner, sizeof(partner), "%s.part", name) >=
        sizeof(partner))
        return error_set(err, INVALID, "%s: name too long", name);
    status = figure_script(figure, format, partner, &script, err);
    if (status == OK)
        status = gnuplot_run(&script, err);
    bytes_free(&script);
    if (status == OK && (stat(partner, &about) != 0 || about.st_size == 0))
        status = error_set(err, FAILED, "gnuplot drew nothing");
    if (status == OK && rename(partner, name) != 0)
        status = error_set(err, FAILED, "%s: %s", name, strerror(errno));
    if (status != OK)
        unlink(partner);
    return status;
}

/* ---- what it shows
 * ------------------------------------------------------------------ */

struct sources {
    struct http_reply start, end, metrics;
    json_t *job;
    char title[300];
};

static enum status
csv_get(struct client *client, struct http_reply *reply, int64_t id,
        const char *what, struct error *err)
{
    return client_call(client, "GET", NULL, reply, err,
                       "/api/v1/jobs/%" PRId64 "/%spoints=%d&format=csv", id,
                       what, POINTS);
}

/* Until a run is over, its live window stands for its end. */
static enum status
sources_get(struct client *client, int64_t id, struct sources *sources,
            struct error *err)
{
    struct job_view view;
    enum status status =
        client_get(client, &sources->job, err, "/api/v1/jobs/%" PRId64, id);

    if (status != OK)
        return status;
    job_view_from_json(sources->job, &view);
    snprintf(sources->title, sizeof(sources->title),
             "job %" PRId64 "  %.60s  %g + %g neurons  %g s  %s", view.id,
             view.name, json_number(sources->job, "spec.network.neurons_ff"),
             json_number(sources->job, "spec.network.neurons_rec"), view.total,
             job_is_over(&view) ? "" : view.state);
    status = csv_get(client, &sources->start, id, "traces?window=start&", err);
    if (status == OK)
        status = csv_get(client, &sources->end, id,
                         job_is_over(&view) ? "traces?window=end&"
                                            : "traces?window=live&",
                         err);
    if (status == OK)
        status = csv_get(client, &sources->metrics, id, "metrics?", err);
    return status;
}

static const char *
reply_text(const struct http_reply *reply)
{
    return reply->body.data ? (const char *)reply->body.data : "";
}

static double
or_zero(double value)
{
    return isfinite(value) ? value : 0;
}

static enum status
sources_draw(const struct sources *sources, const char *format,
             const char *name, struct error *err)
{
    const json_t *job = sources->job;
    struct figure figure = {
        .title = sources->title,
        .start = reply_text(&sources->start),
        .end = reply_text(&sources->end),
        .metrics = reply_text(&sources->metrics),
        .duration = or_zero(json_number(job, "spec.schedule.duration")),
        .settle = or_zero(json_number(job, "spec.schedule.settle")),
        .period = or_zero(json_number(job, "spec.schedule.period")),
        .test = or_zero(json_number(job, "spec.schedule.test")),
    };

    if (!job_has_feedback(job))
        figure.test = figure.duration;
    return figure_draw(&figure, format, name, err);
}

static const char *
format_of(const char *name)
{
    static const char *const formats[] = {"png", "svg", "pdf"};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < ARRAY_LENGTH(formats); i++)
        if (strcasecmp(dot + 1, formats[i]) == 0)
            return formats[i];
    return NULL;
}

enum outcome
plot_run(struct client *client, const struct arguments *arguments)
{
    const char *name = option_value(arguments, "output");
    struct sources sources = {0};
    char usual[64];
    struct error err;
    int64_t id = 0;
    enum status status = OK;

    if (name && !format_of(name))
        status = error_set(&err, INVALID, "%s: must end in .png, .svg or .pdf",
                           name);
    if (status == OK)
        status = job_find(client, arguments->words[0], &id, &err);
    snprintf(usual, sizeof(usual), "plot-%" PRId64 ".png", id);
    name = name ? name : usual;
    if (status == OK)
        status = sources_get(client, id, &sources, &err);
    if (status == OK)
        status = sources_draw(&sources, format_of(name), name, &err);
    if (status == OK && client->json)
        json_dumpf(sources.job, stdout, JSON_COMPACT);
    if (status == OK)
        printf("%s\n", client->json ? "" : name);
    json_decref(sources.job);
    http_reply_free(&sources.start);
    http_reply_free(&sources.end);
    http_reply_free(&sources.metrics);
    return status == OK ? DONE : client_fail(client, status, &err);
}
