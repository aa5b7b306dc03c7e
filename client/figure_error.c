/* figure_error.c - the squared error per period, at the bottom of a page. */
#include "client/figure_private.h"

#include <math.h>

/* The ground is grey from `from` to `to` s. */
static void
shade_write(struct page *page, int number, double from, double to)
{
    if (to > from)
        page_say(page,
                 "set object %d rectangle from %.9g, graph 0 to %.9g, graph 1 "
                 "behind fillcolor rgb '#ececec' fillstyle solid noborder\n",
                 number, from, to);
}

void
shades_write(struct page *page, const struct figure *figure, struct range t)
{
    double settle = figure->feedback ? figure->settle : figure->duration;
    double test = figure->duration - figure->test;

    page_say(page, "unset object\n");
    shade_write(page, 1, t.least, fmin(settle, t.most));
    if (figure->feedback)
        shade_write(page, 2, fmax(test, t.least),
                    fmin(figure->duration, t.most));
}

/* When the filtered error says something: outside of it, it is switched off. */
static struct range
filtered_range(const struct figure *figure)
{
    if (!figure->feedback && !figure->learning)
        return (struct range){INFINITY, INFINITY};
    return (struct range){figure->settle + 0.01,
                          figure->duration - figure->test + 0.01};
}

static void
axes_write(struct page *page, const struct figure *figure,
           struct range filtered)
{
    struct range all = {0, INFINITY}, y = {INFINITY, -INFINITY};

    range_widen_positive(figure->metrics, "mse", "t_end", filtered, &y);
    range_widen_positive(figure->metrics, "mse_raw", "t_end", all, &y);
    y = range_decades(y);
    page_say(page, "set xrange [0:%.9g]\nset yrange [%.9g:%.9g]\n",
             figure->duration, y.least, y.most);
    page_say(page, "set logscale y\nset format y '10^{%%T}'\nset mytics 10\n"
                   "set ytics 10\nset format x '%%g'\nset xlabel 'time (s)'\n"
                   "set ylabel 'squared error  (arb. units²)'\n");
}

/* Each period's value stands at its middle. */
void
error_write(struct page *page, const struct figure *figure, int top)
{
    struct range filtered = filtered_range(figure);
    bool marks = series_rows(figure->metrics) <= MARKS_MOST;
    const char *style = marks ? "linespoints" : "lines";

    page_panel(page, PAGE_LEFT, PAGE_WIDTH - PAGE_RIGHT, top, ERROR_HEIGHT);
    shades_write(page, figure, (struct range){0, figure->duration});
    axes_write(page, figure, filtered);
    page_heading(page, top, PAGE_LEFT,
                 "squared error, mean over dimensions and each period");
    page_say(page, "middle(t) = t - %.9g\n", figure->period / 2);
    page_say(page,
             "plot $metrics using (middle(column('t_end'))):'mse_raw' with %s "
             "linewidth 1.5 linecolor rgb '#777777'%s title 'of x̂ − x'",
             style, marks ? " pointtype 6 pointsize 0.8" : "");
    if (isfinite(filtered.least))
        page_say(page,
                 ", $metrics using (middle(column('t_end'))):"
                 "(column('t_end') > %.9g && column('t_end') <= %.9g ? "
                 "column('mse') : NaN) with %s linewidth 2.2 linecolor rgb "
                 "'#0072b2'%s title 'of the filtered error ε'",
                 filtered.least, filtered.most, style,
                 marks ? " pointtype 7 pointsize 0.9" : "");
    page_say(page, "\n");
}
