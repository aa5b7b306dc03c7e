/* progress.c - one job as a bar on a terminal, or as a plain line.
 *
 *   vanderPol ▕██████▌   ▏ 45.2 %  18.1/40 s  1.9 s/s  ETA 14:05:12 (12 s)
 *
 * What does not fit goes, the least telling first. A time left is shown once
 * there is something to tell it from: a pace measured for a while, or two parts
 * in a hundred done. */
#include "client/client.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define LABEL_MOST      28 /* columns */
#define BAR_LEAST       8
#define BAR_MOST        40
#define BAR_TOGETHER    20 /* where several jobs stand below one another */
#define HALF_DAY        (12 * 3600.0) /* s: further away, the weekday is told too */
#define HONEST_SECONDS  3.0  /* since the start, before a time left is told */
#define HONEST_FRACTION 0.02 /* or this much is done */

/* What follows the bar, in the order in which it is given up last. */
enum part { PART_DONE, PART_RATE, PART_ETA, PART_MSE, PART_STATE, PARTS };
struct parts {
    char text[PARTS][640];
};

static bool
is_running(const struct job_view *job)
{
    return strcmp(job->state, "running") == 0;
}

static bool
eta_is_honest(const struct job_view *job, int64_t now)
{
    double since = (double)now / 1000 - job->started;

    return is_running(job) && isfinite(job->eta) && job->done > 0 &&
           (job->fraction >= HONEST_FRACTION || since >= HONEST_SECONDS);
}

/* ETA 14:05:12 (12 s), and from tomorrow on: ETA Tue 14:05 (12 h 40 min). */
static void
eta_write(char *out, size_t size, double eta, int64_t now)
{
    time_t then = (time_t)((double)now / 1000 + eta);
    char clock[32], left[32];
    struct tm parts;

    localtime_r(&then, &parts);
    strftime(clock, sizeof(clock), eta < HALF_DAY ? "%T" : "%a %H:%M", &parts);
    snprintf(out, size, "  ETA %s (%s)", clock,
             duration_text(eta, left, sizeof(left)));
}

static void
state_write(char *out, size_t size, const struct job_view *job)
{
    char wall[32];

    if (is_running(job))
        snprintf(out, size, "%s", job->done > 0 ? "" : "  starting");
    else if (job->position > 0)
        snprintf(out, size, "  %s, number %lld in the queue", job->state,
                 (long long)job->position);
    else if (job_is_good(job) && isfinite(job->wall))
        snprintf(out, size, "  %s in %s", job->state,
                 duration_text(job->wall, wall, sizeof(wall)));
    else if (*job->reason)
        snprintf(out, size, "  %s: %s", job->state, job->reason);
    else
        snprintf(out, size, "  %s", job->state);
}

static void
parts_write(struct parts *parts, const struct job_view *job, int64_t now)
{
    char a[32], b[32];

    memset(parts, 0, sizeof(*parts));
    if (isfinite(job->done) && isfinite(job->total))
        snprintf(parts->text[PART_DONE], sizeof(parts->text[0]), "  %s/%s %s",
                 number_text(job->done, a, sizeof(a)),
                 number_text(job->total, b, sizeof(b)), job->unit);
    if (is_running(job) && isfinite(job->rate))
        snprintf(parts->text[PART_RATE], sizeof(parts->text[0]), "  %.3g %s/s",
                 job->rate, job->unit);
    if (eta_is_honest(job, now))
        eta_write(parts->text[PART_ETA], sizeof(parts->text[0]), job->eta, now);
    if (isfinite(job->mse))
        snprintf(parts->text[PART_MSE], sizeof(parts->text[0]), "  mse %s",
                 number_text(job->mse, a, sizeof(a)));
    else if (isfinite(job->test_mse))
        snprintf(parts->text[PART_MSE], sizeof(parts->text[0]), "  test mse %s",
                 number_text(job->test_mse, a, sizeof(a)));
    state_write(parts->text[PART_STATE], sizeof(parts->text[0]), job);
}

static int
parts_width(const struct parts *parts)
{
    int width = 0;

    for (int i = 0; i < PARTS; i++)
        width += text_width(parts->text[i]);
    return width;
}

/* Empties parts until `room` columns are enough, the state last of all. */
static void
parts_fit(struct parts *parts, int room)
{
    static const enum part order[] = {PART_MSE, PART_RATE, PART_DONE, PART_ETA};

    for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
        if (parts_width(parts) <= room)
            return;
        parts->text[order[i]][0] = '\0';
    }
}

static enum status
bar_append(double fraction, int width, const struct look *look,
           struct bytes *out)
{
    static const char *const eighths[] = {"",  "▏", "▎", "▍",
                                          "▌", "▋", "▊", "▉"};
    int steps = look->utf8 ? 8 : 1;
    int filled = (int)(fraction * width * steps + 1e-9);
    enum status status = OK;

    if (filled < 0)
        filled = 0;
    if (filled > width * steps)
        filled = width * steps;
    int part = filled % steps, blank = width - filled / steps - (part > 0);
    status = bytes_printf(out, "%s%s", look->utf8 ? "▕" : "[",
                          look->colour ? "\033[34m" : "");
    for (int i = 0; status == OK && i < filled / steps; i++)
        status = bytes_printf(out, "%s", look->utf8 ? "█" : "#");
    if (status == OK)
        status =
            bytes_printf(out, "%s%*s%s%s", eighths[part], blank, "",
                         look->colour ? "\033[0m" : "", look->utf8 ? "▏" : "]");
    return status;
}

/* Cuts a line that is too long whatever is left out of it. */
static int
bytes_of_columns(const char *text, int columns)
{
    int bytes = 0;

    for (; text[bytes]; bytes++) {
        if (((unsigned char)text[bytes] & 0xC0) != 0x80 && columns-- <= 0)
            break;
    }
    return bytes;
}

/* The colour that an end deserves. */
static const char *
state_colour(const struct job_view *job, const struct look *look)
{
    if (!look->colour || !job_is_over(job))
        return "";
    return job_is_good(job) ? "\033[32m" : "\033[31m";
}

/* The name, cut in its middle, or with blanks behind it where bars stand in a
 * column. */
static void
label_write(char *out, size_t size, const struct job_view *job,
            const struct look *look)
{
    int most = look->label < LABEL_MOST ? look->label : LABEL_MOST;
    int width = text_width(job->name), front = LABEL_MOST / 2;
    int back = LABEL_MOST - front - 1;

    if (width <= LABEL_MOST)
        snprintf(out, size, "%s%*s", job->name, width < most ? most - width : 0,
                 "");
    else
        snprintf(out, size, "%.*s%s%s", bytes_of_columns(job->name, front),
                 job->name, look->utf8 ? "…" : "~",
                 job->name + bytes_of_columns(job->name, width - back));
}

/* The parts behind the bar, cut where `room` columns end. */
static enum status
parts_append(const struct parts *parts, int room, const char *colour,
             struct bytes *out)
{
    enum status status = OK;

    for (int i = 0; status == OK && i < PARTS && room > 0; i++) {
        bool coloured = i == PART_STATE && *colour;
        status = bytes_printf(out, "%s%.*s%s", coloured ? colour : "",
                              bytes_of_columns(parts->text[i], room),
                              parts->text[i], coloured ? "\033[0m" : "");
        room -= text_width(parts->text[i]);
    }
    return status;
}

static enum status
bar_line(const struct job_view *job, const struct look *look,
         struct parts *parts, struct bytes *out)
{
    char percent[32] = "", label[160];
    int frame = 3; /* a blank and the two ends of the bar */

    label_write(label, sizeof(label), job, look);
    if (isfinite(job->fraction))
        snprintf(percent, sizeof(percent),
                 job->fraction < 1 ? " %4.1f %%" : "  %3.0f %%",
                 100 * job->fraction);
    int room =
        look->columns - 1 - text_width(label) - frame - text_width(percent);
    parts_fit(parts, room - BAR_LEAST);
    int bar = room - parts_width(parts);
    if (bar > (look->label ? BAR_TOGETHER : BAR_MOST))
        bar = look->label ? BAR_TOGETHER : BAR_MOST;
    enum status status = bytes_printf(out, "%s ", label);
    if (status == OK && bar >= BAR_LEAST)
        status = bar_append(isfinite(job->fraction) ? job->fraction : 0, bar,
                            look, out);
    room = bar < BAR_LEAST ? room + frame - 1 : room - bar;
    if (status == OK)
        status = bytes_printf(out, "%s", percent);
    return status == OK
               ? parts_append(parts, room, state_colour(job, look), out)
               : status;
}

enum status
progress_line(const struct job_view *job, const struct look *look, int64_t now,
              struct bytes *out)
{
    struct parts parts;
    enum status status;

    parts_write(&parts, job, now);
    if (look->terminal)
        return bar_line(job, look, &parts, out);
    status = bytes_printf(out, "%lld %s", (long long)job->id, job->name);
    if (status == OK && is_running(job))
        status = bytes_printf(out, "  running");
    if (status == OK && isfinite(job->fraction))
        status = bytes_printf(out, "  %.1f %%", 100 * job->fraction);
    for (int i = 0; status == OK && i < PARTS; i++)
        status = bytes_printf(out, "%s", parts.text[i]);
    return status;
}
