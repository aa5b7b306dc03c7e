/* figure_spikes.c - the page of a while of spikes, and that of the episodes of
 * a job without any.
 *
 * From above: the estimate over the reference, a raster of some recurrent and
 * one of some feedforward neurons, and how many neurons fire how often. */
#include "client/figure_private.h"

#include <math.h>
#include <stdio.h>

#define STATES    240 /* pixels of the panels */
#define RASTER    380
#define RASTER_FF 210
#define RATES     210
#define APART     84 /* between panels with other axes */
#define EPISODES  520

static void
states_write(struct page *page, const struct figure_spikes *figure, int top)
{
    int d = series_dimensions(figure->trace, "x");
    struct range y = {INFINITY, -INFINITY};
    const char *separator = "plot";

    page_panel(page, PAGE_LEFT, PAGE_WIDTH - PAGE_RIGHT, top, STATES);
    for (int i = 1; i <= d; i++) {
        char name[2][16];
        snprintf(name[0], sizeof(name[0]), "x%d", i);
        snprintf(name[1], sizeof(name[1]), "xhat%d", i);
        range_widen(figure->trace, name[0], &y);
        range_widen(figure->trace, name[1], &y);
    }
    page_axes(page, (struct range){figure->from, figure->to}, range_pad(y),
              "x  (arb. units)", "");
    for (int i = 1; i <= d; i++, separator = ",")
        page_say(page,
                 "%s $trace using 't':'x%d' with lines linewidth 3.6 linecolor "
                 "rgb '%s' title 'reference x%s', $trace using 't':'xhat%d' "
                 "with lines linewidth 1.3 linecolor rgb '%s' title "
                 "'network x̂%s'",
                 separator, i, colour_cold(i - 1), index_text(i), i,
                 colour_warm(i - 1), index_text(i));
    page_say(page, "\nunset label\n");
}

/* Spikes are lines as high as a neuron's row. */
static void
raster_write(struct page *page, const struct figure_spikes *figure, int layer,
             int top, int height)
{
    static const char *const names[] = {"ff", "rec"};
    static const char *const titles[] = {"feedforward neurons",
                                         "recurrent neurons"};
    struct range y = {0, (double)figure->neurons[layer] + 1};

    page_panel(page, PAGE_LEFT, PAGE_WIDTH - PAGE_RIGHT, top, height);
    page_axes(page, (struct range){figure->from, figure->to}, y, "neuron",
              layer == 0 ? "time (s)" : "");
    page_heading(page, top, PAGE_LEFT, titles[layer]);
    page_say(page,
             "plot $spikes_%s using 't':(column('neuron') - 0.45):(0):(0.9) "
             "with vectors nohead linewidth 1.1 linecolor rgb '#222222'\n",
             names[layer]);
    page_say(page, "unset label\n");
}

static void
rates_write(struct page *page, const struct figure_spikes *figure, int top)
{
    struct range x = {0, -INFINITY}, y = {0, -INFINITY};
    char heading[120];

    range_widen(figure->rates, "rate", &x);
    range_widen(figure->rates, "ff", &y);
    range_widen(figure->rates, "rec", &y);
    page_panel(page, PAGE_LEFT, PAGE_WIDTH - PAGE_RIGHT, top, RATES);
    page_axes(page, x, (struct range){0, fmax(1.06 * y.most, 1)}, "neurons",
              "rate (Hz)");
    snprintf(heading, sizeof(heading), "rates of all neurons, %g to %g s",
             figure->rates_from, figure->rates_to);
    page_heading(page, top, PAGE_LEFT, heading);
    page_say(page,
             "plot $rates using 'rate':'ff' with fsteps linewidth 1.8 "
             "linecolor rgb '#0072b2' title 'feedforward', $rates using "
             "'rate':'rec' with fsteps linewidth 1.8 linecolor rgb '#d55e00' "
             "title 'recurrent'\n");
}

enum status
figure_spikes_script(const struct figure_spikes *figure, const char *format,
                     const char *name, struct bytes *out, struct error *err)
{
    struct page page = {.out = out};
    bool states = series_has_rows(figure->trace);
    int rec = PAGE_TOP + (states ? STATES + PAGE_GAP : 0);
    int ff = rec + RASTER + PAGE_GAP;
    int rates = ff + RASTER_FF + APART;

    page.height = rates + RATES + PAGE_FOOT;
    page_begin(&page, format, name);
    if (states)
        page_data(&page, "trace", figure->trace);
    page_data(&page, "spikes_ff", figure->spikes[0]);
    page_data(&page, "spikes_rec", figure->spikes[1]);
    page_data(&page, "rates", figure->rates);
    page_title(&page, figure->title, "");
    if (states)
        states_write(&page, figure, PAGE_TOP);
    raster_write(&page, figure, 1, rec, RASTER);
    raster_write(&page, figure, 0, ff, RASTER_FF);
    rates_write(&page, figure, rates);
    return page_end(&page, err);
}

enum status
figure_episodes_script(const char *title, const char *metrics,
                       const char *format, const char *name, struct bytes *out,
                       struct error *err)
{
    struct page page = {.out = out, .height = PAGE_TOP + EPISODES + PAGE_FOOT};
    struct range x = {INFINITY, -INFINITY}, y = {INFINITY, -INFINITY};
    struct range all = {-INFINITY, INFINITY};

    if (!series_has_rows(metrics))
        return error_set(err, NOT_FOUND, "there is nothing to draw yet");
    range_widen(metrics, "episode", &x);
    range_widen_positive(metrics, "time", "episode", all, &y);
    page_begin(&page, format, name);
    page_data(&page, "metrics", metrics);
    page_title(&page, title, "");
    page_panel(&page, PAGE_LEFT, PAGE_WIDTH - PAGE_RIGHT, PAGE_TOP, EPISODES);
    x = (struct range){0, x.most + 1};
    page_axes(&page, x, range_decades(y), "time taken (s)", "episode");
    page_say(&page, "set logscale y\nset format y '10^{%%T}'\nset mytics 10\n"
                    "set ytics 10\nplot $metrics using 'episode':'time' with "
                    "points pointtype 7 pointsize 0.4 linecolor rgb "
                    "'#0072b2'\n");
    return page_end(&page, err);
}
