/* figure.c - what `follow plot` draws, as a gnuplot program.
 *
 * What the published script pops up, on one page: at the start (left) and at
 * the end (right) of the run the command u with the error, and below it each
 * dimension of the estimate over the reference; at the bottom the squared error
 * per period over the whole run. Both columns share their y ranges, so that the
 * eye may compare; where feedback is off the ground is grey.
 *
 * Colours are those of Okabe and Ito, told apart by colour-blind eyes. */
#include "client/figure.h"

#include "client/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pixels of the PNG; the other formats keep the proportions. */
#define WIDTH       1600
#define TOP         84  /* title and the first legend                     */
#define SIGNAL      210 /* the panel of u and the error                   */
#define STATE       175 /* one dimension of x                             */
#define GAP         40  /* between panels, where a legend stands          */
#define BETWEEN     112 /* above the bottom panel: labels of both columns */
#define ERROR_PANEL 230
#define BOTTOM      72
#define LEFT        105
#define MIDDLE      118
#define RIGHT       30
#define PER_INCH    110.0
#define MARKS_MOST  80 /* periods that get a mark each */

static const char *const small[SERIES_DIMENSIONS_MOST] = {"₁", "₂", "₃", "₄",
                                                          "₅", "₆", "₇", "₈"};

/* One column of panels: a window of the traces. */
struct window {
    const char *block; /* the name of its data in gnuplot                     */
    const char *csv;   /* NULL: there is none                                 */
    char title[80];
    int left, right; /* pixels                                                */
    struct range t;  /* s                                                     */
};

struct page {
    const struct figure *figure;
    struct window windows[2];
    int d, d_in; /* dimensions of x and u                                     */
    int height;  /* pixels                                                    */
    double font; /* size of its text, in the terminal's own unit              */
    struct bytes *out;
    enum status status; /* the first failure; later writing does nothing      */
};

static void say(struct page *page, const char *format, ...) PRINTF_LIKE(2, 3);

static void
say(struct page *page, const char *format, ...)
{
    char text[1024];
    va_list list;

    va_start(list, format);
    int length = vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    if (length < 0 || (size_t)length >= sizeof(text))
        page->status = FAILED;
    if (page->status == OK)
        page->status = bytes_append(page->out, text, (size_t)length);
}

/* ---- data
 * -------------------------------------------------------------------- */

/* The range of name1 to name`count` (0: of `name` alone) in both windows. */
static struct range
range_find(const struct page *page, const char *name, int from, int to,
           struct range range)
{
    for (int i = from; i <= to; i++) {
        char numbered[40];
        snprintf(numbered, sizeof(numbered), "%s%d", name, i);
        for (size_t w = 0; w < ARRAY_LENGTH(page->windows); w++)
            range_widen(page->windows[w].csv, numbered, &range);
    }
    return range;
}

/* Hands CSV over under a name, without carriage returns. */
static void
data_write(struct page *page, const char *name, const char *csv)
{
    say(page, "$%s << END_OF_DATA\n", name);
    while (*csv && page->status == OK) {
        size_t length = strcspn(csv, "\r");
        page->status = bytes_append(page->out, csv, length);
        csv += length + (csv[length] == '\r');
    }
    say(page, "\nEND_OF_DATA\n");
}

/* ---- panels
 * ----------------------------------------------------------------------- */

static void
margins_write(struct page *page, int left, int right, int top, int height)
{
    double down = (double)page->height;

    say(page, "set lmargin at screen %.5f\nset rmargin at screen %.5f\n",
        (double)left / WIDTH, (double)right / WIDTH);
    say(page, "set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
        1 - top / down, 1 - (top + height) / down);
}

/* The ground is grey from `from` to `to` s. */
static void
shade_write(struct page *page, int number, double from, double to)
{
    if (to > from)
        say(page,
            "set object %d rectangle from %.9g, graph 0 to %.9g, graph 1 "
            "behind fillcolor rgb '#ececec' fillstyle solid noborder\n",
            number, from, to);
}

static void
shades_write(struct page *page, struct range t)
{
    const struct figure *figure = page->figure;
    double test = figure->duration - figure->test;

    say(page, "unset object\n");
    shade_write(page, 1, t.least, fmin(figure->settle, t.most));
    shade_write(page, 2, fmax(test, t.least), fmin(figure->duration, t.most));
}

/* What stands above a panel on the left, in the row of its legend. */
static void
heading_write(struct page *page, int top, int left, const char *text)
{
    say(page,
        "set label 3 '%s' at screen %.5f, screen %.5f left font ',%.3g'\n",
        text, (double)left / WIDTH, 1 - (top - GAP / 2.0 + 3) / page->height,
        1.17 * page->font);
}

/* Everything of a panel but its curves. */
static void
panel_begin(struct page *page, const struct window *window, int top, int height,
            const char *label, struct range y, bool lowest)
{
    margins_write(page, window->left, window->right, top, height);
    shades_write(page, window->t);
    say(page, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n",
        window->t.least, window->t.most, y.least, y.most);
    say(page, "set ylabel '%s'\nset ytics %.9g\n", label, tick_step(y));
    say(page, "set xlabel '%s'\nset format x '%s'\n", lowest ? "time (s)" : "",
        lowest ? "%g" : "");
    say(page, "set key at graph 1, screen %.5f right center horizontal\n",
        1 - (top - GAP / 2.0 + 3) / page->height);
}

/* The error over u, each dimension in its own shade. */
static void
signals_write(struct page *page, const struct window *window, struct range y)
{
    static const char *const warm[] = {"#d55e00", "#e69f00", "#cc79a7",
                                       "#8c510a"};
    static const char *const cold[] = {"#0072b2", "#8ecae6", "#009e73",
                                       "#999999"};
    const char *separator = "plot";

    panel_begin(page, window, TOP, SIGNAL, "u, ε  (arb. units)", y, false);
    heading_write(page, TOP, window->left, window->title);
    for (int i = 1; i <= page->d_in; i++, separator = ",")
        say(page,
            "%s $%s using 't':'u%d' with lines linewidth 1.2 linecolor rgb "
            "'%s' title 'u%s'",
            separator, window->block, i, cold[(i - 1) % 4], small[i - 1]);
    for (int i = 1; i <= page->d; i++, separator = ",")
        say(page,
            "%s $%s using 't':'error_filtered%d' with lines linewidth 1.9 "
            "linecolor rgb '%s' title 'ε%s'",
            separator, window->block, i, warm[(i - 1) % 4], small[i - 1]);
    say(page, "\n");
}

static int
state_top(int dimension)
{
    return TOP + SIGNAL + GAP + (dimension - 1) * (STATE + GAP);
}

/* One dimension of the estimate, thin, over the reference, broad. */
static void
state_write(struct page *page, const struct window *window, int i,
            struct range y)
{
    const char *index = small[i - 1];
    char label[64];

    snprintf(label, sizeof(label), "x%s  (arb. units)", index);
    panel_begin(page, window, state_top(i), STATE, label, y, i == page->d);
    say(page,
        "plot $%s using 't':'x%d' with lines linewidth 3.6 linecolor rgb "
        "'#56b4e9' title 'reference x%s', ",
        window->block, i, index);
    say(page,
        "$%s using 't':'xhat%d' with lines linewidth 1.3 linecolor rgb "
        "'#d55e00' title 'network x̂%s'\n",
        window->block, i, index);
}

/* Axes of the panel at the bottom. The filtered error says something only
 * where there is feedback: elsewhere it is switched off. */
static void
error_axes_write(struct page *page, struct range feedback)
{
    const struct figure *figure = page->figure;
    struct range all = {0, INFINITY}, y = {INFINITY, -INFINITY};

    range_widen_positive(figure->metrics, "mse", "t_end", feedback, &y);
    range_widen_positive(figure->metrics, "mse_raw", "t_end", all, &y);
    y = range_decades(y);
    say(page, "set xrange [0:%.9g]\nset yrange [%.9g:%.9g]\n", figure->duration,
        y.least, y.most);
    say(page, "set logscale y\nset format y '10^{%%T}'\nset mytics 10\n"
              "set ytics 10\nset format x '%%g'\nset xlabel 'time (s)'\n"
              "set ylabel 'squared error  (arb. units²)'\n");
}

/* The squared error per period, drawn at the period's middle. */
static void
error_write(struct page *page)
{
    const struct figure *figure = page->figure;
    int top = state_top(page->d) + STATE + BETWEEN;
    struct range feedback = {figure->settle + 0.01,
                             figure->duration - figure->test + 0.01};
    bool marks = series_rows(figure->metrics) <= MARKS_MOST;
    const char *style = marks ? "linespoints" : "lines";

    margins_write(page, LEFT, WIDTH - RIGHT, top, ERROR_PANEL);
    shades_write(page, (struct range){0, figure->duration});
    error_axes_write(page, feedback);
    heading_write(page, top, LEFT,
                  "squared error, mean over dimensions and each period");
    say(page, "set key at graph 1, screen %.5f right center horizontal\n",
        1 - (top - GAP / 2.0 + 3) / page->height);
    say(page, "middle(t) = t - %.9g\n", figure->period / 2);
    say(page, "learning(t, e) = t > %.9g && t <= %.9g ? e : NaN\n",
        feedback.least, feedback.most);
    say(page,
        "plot $metrics using (middle(column('t_end'))):'mse_raw' with %s "
        "linewidth 1.5 linecolor rgb '#777777'%s title 'of x̂ − x', ",
        style, marks ? " pointtype 6 pointsize 0.8" : "");
    say(page,
        "$metrics using (middle(column('t_end'))):"
        "(learning(column('t_end'), column('mse'))) with %s linewidth 2.2 "
        "linecolor rgb '#0072b2'%s title 'of the filtered error ε'\n",
        style, marks ? " pointtype 7 pointsize 0.9" : "");
}

/* ---- the page
 * --------------------------------------------------------------------- */

/* Text inside gnuplot's single quotes. */
static void
quote_write(struct page *page, const char *text)
{
    say(page, "'");
    for (; *text; text++) {
        char here = *text == '\n' ? ' ' : *text;
        say(page, "%s%c", here == '\'' ? "'" : "", here);
    }
    say(page, "'");
}

static void
page_begin(struct page *page, const char *format, const char *name)
{
    if (strcmp(format, "pdf") == 0) {
        page->font = 14;
        say(page, "set terminal pdfcairo size %.3fin,%.3fin linewidth 0.9",
            WIDTH / PER_INCH, page->height / PER_INCH);
    } else if (strcmp(format, "svg") == 0) {
        page->font = 15;
        say(page, "set terminal svg size %d,%d dynamic", WIDTH, page->height);
    } else {
        page->font = 12;
        say(page, "set terminal pngcairo size %d,%d", WIDTH, page->height);
    }
    say(page, " font 'sans-serif,%g' background rgb 'white'\n", page->font);
    say(page, "set encoding utf8\nset output ");
    quote_write(page, name);
    say(page, "\nset datafile separator comma\nset datafile missing 'nan'\n");
    say(page, "set key noautotitle samplen 2.2 spacing 1.1\n");
    say(page, "set border 3 linewidth 1.2 linecolor rgb '#444444'\n");
    say(page, "set tics nomirror out scale 0.6 textcolor rgb '#222222'\n");
}

static void
title_write(struct page *page)
{
    say(page, "set multiplot\nset label 1 ");
    quote_write(page, page->figure->title);
    say(page,
        " noenhanced at screen %.5f, screen %.5f left font ',%.3g'\n"
        "set label 2 'u command   ε filtered error   grey: feedback is off' at "
        "screen %.5f, screen %.5f right "
        "textcolor rgb '#555555'\n",
        (double)LEFT / WIDTH, 1 - 22.0 / page->height, 1.5 * page->font,
        1 - (double)RIGHT / WIDTH, 1 - 22.0 / page->height);
}

static void
window_write(struct page *page, const struct window *window)
{
    static const struct range none = {INFINITY, -INFINITY};
    struct range y = range_find(page, "u", 1, page->d_in, none);

    if (!window->csv)
        return;
    y = range_find(page, "error_filtered", 1, page->d, y);
    signals_write(page, window, range_pad(y));
    say(page, "unset label\n");
    for (int i = 1; i <= page->d; i++) {
        y = range_find(page, "x", i, i, none);
        y = range_find(page, "xhat", i, i, y);
        state_write(page, window, i, range_pad(y));
    }
}

static enum status
page_measure(struct page *page, struct error *err)
{
    const struct figure *figure = page->figure;
    int half = (WIDTH - LEFT - MIDDLE - RIGHT) / 2;

    page->windows[0] =
        (struct window){.block = "start", .left = LEFT, .right = LEFT + half};
    page->windows[1] = (struct window){
        .block = "end", .left = WIDTH - RIGHT - half, .right = WIDTH - RIGHT};
    page->windows[0].csv =
        series_has_rows(figure->start) ? figure->start : NULL;
    page->windows[1].csv = series_has_rows(figure->end) ? figure->end : NULL;
    for (size_t w = 0; w < ARRAY_LENGTH(page->windows); w++) {
        struct window *window = &page->windows[w];
        if (!window->csv)
            continue;
        window->t = (struct range){INFINITY, -INFINITY};
        range_widen(window->csv, "t", &window->t);
        window->t.least = floor(window->t.least * 100) / 100; /* 0.001 is 0 */
        snprintf(window->title, sizeof(window->title), "%s: %g to %g s",
                 window->block, window->t.least, window->t.most);
        page->d = series_dimensions(window->csv, "x");
        page->d_in = series_dimensions(window->csv, "u");
    }
    if (!page->windows[0].csv && !page->windows[1].csv &&
        !series_has_rows(figure->metrics))
        return error_set(err, NOT_FOUND, "there is nothing to draw yet");
    page->height = state_top(page->d) + STATE + BETWEEN + ERROR_PANEL + BOTTOM;
    return OK;
}

enum status
figure_script(const struct figure *figure, const char *format, const char *name,
              struct bytes *out, struct error *err)
{
    struct page page = {.figure = figure, .out = out};
    enum status status = page_measure(&page, err);

    if (status != OK)
        return status;
    page_begin(&page, format, name);
    for (size_t w = 0; w < ARRAY_LENGTH(page.windows); w++)
        if (page.windows[w].csv)
            data_write(&page, page.windows[w].block, page.windows[w].csv);
    if (series_has_rows(figure->metrics))
        data_write(&page, "metrics", figure->metrics);
    title_write(&page);
    for (size_t w = 0; w < ARRAY_LENGTH(page.windows); w++)
        window_write(&page, &page.windows[w]);
    if (series_has_rows(figure->metrics))
        error_write(&page);
    say(&page, "unset multiplot\nset output\n");
    return page.status == OK
               ? OK
               : error_set(err, page.status, "cannot write the figure");
}
