/* plot.c - `follow plot`: CSV from the server, a picture by gnuplot. */
#include "client/plot.h"

#include "client/figure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define POINTS 4000 /* of one window: several for every pixel */

enum status
plot_get(struct client *client, const struct plot *plot,
         struct http_reply *reply, struct error *err, const char *what, ...)
{
    char query[200];
    va_list list;

    va_start(list, what);
    vsnprintf(query, sizeof(query), what, list);
    va_end(list);
    return client_call(client, "GET", NULL, reply, err,
                       "/api/v1/jobs/%" PRId64 "/%s&format=csv", plot->id,
                       query);
}

const char *
plot_text(const struct http_reply *reply)
{
    return reply->body.data ? (const char *)reply->body.data : "";
}

static double
or_zero(double value)
{
    return isfinite(value) ? value : 0;
}

/* ---- a run -------------------------------------------------------------- */

struct sources {
    struct http_reply start, end, metrics;
};

/* Until a run is over, its live window stands for its end. */
static enum status
sources_get(struct client *client, const struct plot *plot,
            struct sources *sources, struct error *err)
{
    const char *end = job_is_over(&plot->view) ? "end" : "live";
    enum status status = plot_get(client, plot, &sources->start, err,
                                  "traces?window=start&points=%d", POINTS);

    if (status == OK)
        status = plot_get(client, plot, &sources->end, err,
                          "traces?window=%s&points=%d", end, POINTS);
    if (status == OK)
        status = plot_get(client, plot, &sources->metrics, err,
                          "metrics?points=%d", POINTS);
    return status;
}

static enum status
run_draw(const struct plot *plot, const struct sources *sources,
         const struct picture *picture, struct error *err)
{
    const json_t *job = plot->job;
    struct bytes script = {0};
    struct figure figure = {
        .title = plot->title,
        .start = plot_text(&sources->start),
        .end = plot_text(&sources->end),
        .metrics = plot_text(&sources->metrics),
        .duration = or_zero(json_number(job, "spec.schedule.duration")),
        .settle = or_zero(json_number(job, "spec.schedule.settle")),
        .period = or_zero(json_number(job, "spec.schedule.period")),
        .test = or_zero(json_number(job, "spec.schedule.test")),
        .feedback = job_has_feedback(job),
        .learning = job_learns(job),
    };
    enum status status =
        figure_script(&figure, picture->format, picture->partner, &script, err);

    if (status == OK)
        status = picture_draw(picture, &script, err);
    bytes_free(&script);
    return status;
}

static enum status
plot_run_of_network(struct client *client, const struct plot *plot,
                    const struct picture *picture, struct error *err)
{
    struct sources sources = {0};
    enum status status = sources_get(client, plot, &sources, err);

    if (status == OK)
        status = run_draw(plot, &sources, picture, err);
    http_reply_free(&sources.start);
    http_reply_free(&sources.end);
    http_reply_free(&sources.metrics);
    return status;
}

/* ---- episodes ----------------------------------------------------------- */

static enum status
plot_episodes(struct client *client, const struct plot *plot,
              const struct picture *picture, struct error *err)
{
    struct http_reply metrics = {0};
    struct bytes script = {0};
    enum status status =
        plot_get(client, plot, &metrics, err, "metrics?points=%d", POINTS);

    if (status == OK)
        status = figure_episodes_script(plot->title, plot_text(&metrics),
                                        picture->format, picture->partner,
                                        &script, err);
    if (status == OK)
        status = picture_draw(picture, &script, err);
    bytes_free(&script);
    http_reply_free(&metrics);
    return status;
}

/* ---- the command -------------------------------------------------------- */

static enum status
plot_open(struct client *client, struct plot *plot, struct error *err)
{
    enum status status =
        client_get(client, &plot->job, err, "/api/v1/jobs/%" PRId64, plot->id);

    if (status != OK)
        return status;
    job_view_from_json(plot->job, &plot->view);
    const char *state = job_is_over(&plot->view) ? "" : plot->view.state;
    if (job_is_reinforcement(plot->job))
        snprintf(plot->title, sizeof(plot->title),
                 "job %" PRId64 "  %.60s  %.20s  %g episodes  %s", plot->id,
                 plot->view.name, json_text(plot->job, "spec.rl.task"),
                 plot->view.total, state);
    else
        snprintf(plot->title, sizeof(plot->title),
                 "job %" PRId64 "  %.60s  %g + %g neurons  %g s  %s", plot->id,
                 plot->view.name,
                 json_number(plot->job, "spec.network.neurons_ff"),
                 json_number(plot->job, "spec.network.neurons_rec"),
                 plot->view.total, state);
    return OK;
}

static enum status
plot_draw(struct client *client, const struct arguments *arguments,
          const struct plot *plot, const struct picture *picture,
          struct error *err)
{
    if (option_given(arguments, "spikes"))
        return plot_spikes(client, arguments, plot, picture, err);
    if (option_given(arguments, "from") || option_given(arguments, "to"))
        return error_set(err, INVALID, "--from and --to are for --spikes");
    if (job_is_reinforcement(plot->job))
        return plot_episodes(client, plot, picture, err);
    return plot_run_of_network(client, plot, picture, err);
}

enum outcome
plot_run(struct client *client, const struct arguments *arguments)
{
    const char *name = option_value(arguments, "output");
    struct plot plot = {0};
    struct picture picture;
    char usual[64];
    struct error err;
    enum status status = OK;

    if (name)
        status = picture_begin(name, &picture, &err);
    if (status == OK)
        status = job_find(client, arguments->words[0], &plot.id, &err);
    if (status == OK && !name) {
        snprintf(usual, sizeof(usual), "plot-%" PRId64 "%s.png", plot.id,
                 option_given(arguments, "spikes") ? "-spikes" : "");
        name = usual;
        status = picture_begin(name, &picture, &err);
    }
    if (status == OK)
        status = plot_open(client, &plot, &err);
    if (status == OK)
        status = plot_draw(client, arguments, &plot, &picture, &err);
    if (status == OK && client->json)
        json_dumpf(plot.job, stdout, JSON_COMPACT);
    if (status == OK)
        printf("%s\n", client->json ? "" : name);
    json_decref(plot.job);
    return status == OK ? DONE : client_fail(client, status, &err);
}
