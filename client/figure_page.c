/* figure_page.c - what all pages of panels share.
 *
 * Colours are those of Okabe and Ito, told apart by colour-blind eyes. */
#include "client/figure_private.h"

#include <stdio.h>
#include <string.h>

#define PER_INCH 110.0

const char *
colour_warm(int i)
{
    static const char *const colours[] = {"#d55e00", "#e69f00", "#cc79a7",
                                          "#8c510a", "#b2182b", "#f0c000",
                                          "#7b3294", "#bf812d"};
    return colours[(size_t)i % ARRAY_LENGTH(colours)];
}

const char *
colour_cold(int i)
{
    static const char *const colours[] = {"#0072b2", "#8ecae6", "#009e73",
                                          "#999999", "#2c3e90", "#7fcdbb",
                                          "#4d9221", "#555555"};
    return colours[(size_t)i % ARRAY_LENGTH(colours)];
}

const char *
index_text(int i)
{
    static const char *const small[SERIES_DIMENSIONS_MOST] = {
        "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈"};
    return small[(size_t)(i - 1) % ARRAY_LENGTH(small)];
}

void
page_say(struct page *page, const char *format, ...)
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

void
page_data(struct page *page, const char *name, const char *csv)
{
    page_say(page, "$%s << END_OF_DATA\n", name);
    while (*csv && page->status == OK) {
        size_t length = strcspn(csv, "\r");
        page->status = bytes_append(page->out, csv, length);
        csv += length + (csv[length] == '\r');
    }
    page_say(page, "\nEND_OF_DATA\n");
}

/* Text inside gnuplot's single quotes. */
static void
quote_write(struct page *page, const char *text)
{
    page_say(page, "'");
    for (; *text; text++) {
        char here = *text == '\n' ? ' ' : *text;
        page_say(page, "%s%c", here == '\'' ? "'" : "", here);
    }
    page_say(page, "'");
}

void
page_begin(struct page *page, const char *format, const char *name)
{
    if (strcmp(format, "pdf") == 0) {
        page->font = 14;
        page_say(page, "set terminal pdfcairo size %.3fin,%.3fin linewidth 0.9",
                 PAGE_WIDTH / PER_INCH, page->height / PER_INCH);
    } else if (strcmp(format, "svg") == 0) {
        page->font = 15;
        page_say(page, "set terminal svg size %d,%d dynamic", PAGE_WIDTH,
                 page->height);
    } else {
        page->font = 12;
        page_say(page, "set terminal pngcairo size %d,%d", PAGE_WIDTH,
                 page->height);
    }
    page_say(page, " font 'sans-serif,%g' background rgb 'white'\n",
             page->font);
    page_say(page, "set encoding utf8\nset output ");
    quote_write(page, name);
    page_say(page,
             "\nset datafile separator comma\nset datafile missing 'nan'\n");
    page_say(page, "set key noautotitle samplen 2.2 spacing 1.1\n");
    page_say(page, "set border 3 linewidth 1.2 linecolor rgb '#444444'\n");
    page_say(page, "set tics nomirror out scale 0.6 textcolor rgb '#222222'\n");
}

void
page_title(struct page *page, const char *title, const char *legend)
{
    page_say(page, "set multiplot\nset label 1 ");
    quote_write(page, title);
    page_say(page,
             " noenhanced at screen %.5f, screen %.5f left font ',%.3g'\n"
             "set label 2 '%s' at screen %.5f, screen %.5f right "
             "textcolor rgb '#555555'\n",
             (double)PAGE_LEFT / PAGE_WIDTH, 1 - 22.0 / page->height,
             1.5 * page->font, legend, 1 - (double)PAGE_RIGHT / PAGE_WIDTH,
             1 - 22.0 / page->height);
}

enum status
page_end(struct page *page, struct error *err)
{
    page_say(page, "unset multiplot\nset output\n");
    return page->status == OK
               ? OK
               : error_set(err, page->status, "cannot write the figure");
}

/* The height of the row of legends above a panel. */
static double
legend_place(const struct page *page, int top)
{
    return 1 - (top - PAGE_GAP / 2.0 + 3) / page->height;
}

void
page_panel(struct page *page, int left, int right, int top, int height)
{
    double down = (double)page->height;

    page_say(page, "set lmargin at screen %.5f\nset rmargin at screen %.5f\n",
             (double)left / PAGE_WIDTH, (double)right / PAGE_WIDTH);
    page_say(page, "set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
             1 - top / down, 1 - (top + height) / down);
    page_say(page, "set key at graph 1, screen %.5f right center horizontal\n",
             legend_place(page, top));
}

void
page_heading(struct page *page, int top, int left, const char *text)
{
    page_say(page, "set label 3 ");
    quote_write(page, text);
    page_say(
        page, " noenhanced at screen %.5f, screen %.5f left font ',%.3g'\n",
        (double)left / PAGE_WIDTH, legend_place(page, top), 1.17 * page->font);
}

void
page_axes(struct page *page, struct range x, struct range y, const char *label,
          const char *label_x)
{
    page_say(page, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", x.least,
             x.most, y.least, y.most);
    page_say(page, "set ylabel '%s'\nset ytics %.9g\n", label, tick_step(y));
    page_say(page, "set xlabel '%s'\nset format x '%s'\n", label_x,
             *label_x ? "%g" : "");
}
