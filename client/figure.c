/* figure.c - the page of a run.
 *
 * What the published script pops up, on one page: at the start (left) and at
 * the end (right) of the run the command u with the error, and below it each
 * dimension of the estimate over the reference; at the bottom the squared error
 * per period over the whole run. Both columns share their y ranges, so that the
 * eye may compare; where feedback is off the ground is grey. Of a network that
 * is alone all the time the error shown is x̂ − x: there is no other. */
#include "client/figure_private.h"

#include <math.h>
#include <stdio.h>

#define SIGNAL  210 /* the panel of u and the error                   */
#define STATE   175 /* one dimension of x                             */
#define BETWEEN 112 /* above the bottom panel: labels of both columns */
#define MIDDLE  118

/* One column of panels: a window of the traces. */
struct window {
    const char *block; /* the name of its data in gnuplot                     */
    const char *csv;   /* NULL: there is none                                 */
    char title[80];
    int left, right; /* pixels                                                */
    struct range t;  /* s                                                     */
};

struct run {
    const struct figure *figure;
    struct window windows[2];
    int d, d_in;       /* dimensions of x and u                               */
    const char *error; /* the column that is shown over u                     */
};

/* ---- panels ------------------------------------------------------------- */

/* The range of name`from` to name`to` in both windows. */
static struct range
range_find(const struct run *run, const char *name, int from, int to,
           struct range range)
{
    for (int i = from; i <= to; i++) {
        char numbered[40];
        snprintf(numbered, sizeof(numbered), "%s%d", name, i);
        for (size_t w = 0; w < ARRAY_LENGTH(run->windows); w++)
            range_widen(run->windows[w].csv, numbered, &range);
    }
    return range;
}

/* Everything of a panel but its curves. */
static void
panel_begin(struct page *page, const struct run *run,
            const struct window *window, int top, int height, const char *label,
            struct range y, bool lowest)
{
    page_panel(page, window->left, window->right, top, height);
    shades_write(page, run->figure, window->t);
    page_axes(page, window->t, y, label, lowest ? "time (s)" : "");
}

/* The error over u, each dimension in its own shade. */
static void
signals_write(struct page *page, const struct run *run,
              const struct window *window, struct range y)
{
    const char *separator = "plot";

    panel_begin(page, run, window, PAGE_TOP, SIGNAL, "u, ε  (arb. units)", y,
                false);
    page_heading(page, PAGE_TOP, window->left, window->title);
    for (int i = 1; i <= run->d_in; i++, separator = ",")
        page_say(page,
                 "%s $%s using 't':'u%d' with lines linewidth 1.2 linecolor "
                 "rgb '%s' title 'u%s'",
                 separator, window->block, i, colour_cold(i - 1),
                 index_text(i));
    for (int i = 1; i <= run->d; i++, separator = ",")
        page_say(page,
                 "%s $%s using 't':'%s%d' with lines linewidth 1.9 linecolor "
                 "rgb '%s' title 'ε%s'",
                 separator, window->block, run->error, i, colour_warm(i - 1),
                 index_text(i));
    page_say(page, "\n");
}

static int
state_top(int dimension)
{
    return PAGE_TOP + SIGNAL + PAGE_GAP + (dimension - 1) * (STATE + PAGE_GAP);
}

/* One dimension of the estimate, thin, over the reference, broad. */
static void
state_write(struct page *page, const struct run *run,
            const struct window *window, int i, struct range y)
{
    const char *index = index_text(i);
    char label[64];

    snprintf(label, sizeof(label), "x%s  (arb. units)", index);
    panel_begin(page, run, window, state_top(i), STATE, label, y, i == run->d);
    page_say(page,
             "plot $%s using 't':'x%d' with lines linewidth 3.6 linecolor rgb "
             "'#56b4e9' title 'reference x%s', ",
             window->block, i, index);
    page_say(page,
             "$%s using 't':'xhat%d' with lines linewidth 1.3 linecolor rgb "
             "'#d55e00' title 'network x̂%s'\n",
             window->block, i, index);
}

static void
window_write(struct page *page, const struct run *run,
             const struct window *window)
{
    static const struct range none = {INFINITY, -INFINITY};
    struct range y = range_find(run, "u", 1, run->d_in, none);

    if (!window->csv)
        return;
    y = range_find(run, run->error, 1, run->d, y);
    signals_write(page, run, window, range_pad(y));
    page_say(page, "unset label\n");
    for (int i = 1; i <= run->d; i++) {
        y = range_find(run, "x", i, i, none);
        y = range_find(run, "xhat", i, i, y);
        state_write(page, run, window, i, range_pad(y));
    }
}

/* ---- the page ----------------------------------------------------------- */

static void
window_measure(struct run *run, struct window *window)
{
    window->t = (struct range){INFINITY, -INFINITY};
    range_widen(window->csv, "t", &window->t);
    window->t.least = floor(window->t.least * 100) / 100; /* 0.001 is 0 */
    snprintf(window->title, sizeof(window->title), "%s: %g to %g s",
             window->block, window->t.least, window->t.most);
    run->d = series_dimensions(window->csv, "x");
    run->d_in = series_dimensions(window->csv, "u");
}

static void
run_measure(struct run *run)
{
    const struct figure *figure = run->figure;
    int half = (PAGE_WIDTH - PAGE_LEFT - MIDDLE - PAGE_RIGHT) / 2;

    run->error =
        figure->feedback || figure->learning ? "error_filtered" : "error";
    run->windows[0] = (struct window){
        .block = "start", .left = PAGE_LEFT, .right = PAGE_LEFT + half};
    run->windows[1] = (struct window){.block = "end",
                                      .left = PAGE_WIDTH - PAGE_RIGHT - half,
                                      .right = PAGE_WIDTH - PAGE_RIGHT};
    run->windows[0].csv = series_has_rows(figure->start) ? figure->start : NULL;
    run->windows[1].csv = series_has_rows(figure->end) ? figure->end : NULL;
    for (size_t w = 0; w < ARRAY_LENGTH(run->windows); w++)
        if (run->windows[w].csv)
            window_measure(run, &run->windows[w]);
}

static void
data_write(struct page *page, const struct run *run)
{
    for (size_t w = 0; w < ARRAY_LENGTH(run->windows); w++)
        if (run->windows[w].csv)
            page_data(page, run->windows[w].block, run->windows[w].csv);
    if (series_has_rows(run->figure->metrics))
        page_data(page, "metrics", run->figure->metrics);
}

enum status
figure_script(const struct figure *figure, const char *format, const char *name,
              struct bytes *out, struct error *err)
{
    struct run run = {.figure = figure};
    struct page page = {.out = out};

    run_measure(&run);
    if (!run.windows[0].csv && !run.windows[1].csv &&
        !series_has_rows(figure->metrics))
        return error_set(err, NOT_FOUND, "there is nothing to draw yet");
    int bottom = state_top(run.d) + STATE + BETWEEN;
    page.height = bottom + ERROR_HEIGHT + PAGE_FOOT;
    page_begin(&page, format, name);
    data_write(&page, &run);
    page_title(&page, figure->title,
               figure->feedback || figure->learning
                   ? "u command   ε filtered error   grey: feedback is off"
                   : "u command   ε = x̂ − x   grey: feedback is off");
    for (size_t w = 0; w < ARRAY_LENGTH(run.windows); w++)
        window_write(&page, &run, &run.windows[w]);
    if (series_has_rows(figure->metrics))
        error_write(&page, figure, bottom);
    return page_end(&page, err);
}
