/* figure_private.h - a page of panels, as a gnuplot program grows. */
#ifndef FOLLOWD_CLIENT_FIGURE_PRIVATE_H
#define FOLLOWD_CLIENT_FIGURE_PRIVATE_H

#include "client/figure.h"

#include "client/series.h"

/* Pixels of the PNG; the other formats keep the proportions. */
#define PAGE_WIDTH 1600
#define PAGE_TOP   84 /* title and the first legend                     */
#define PAGE_GAP   40 /* between panels, where a legend stands          */
#define PAGE_LEFT  105
#define PAGE_RIGHT 30
#define PAGE_FOOT  72 /* below the last panel: the label of its axis    */
#define MARKS_MOST 80 /* points that get a mark each                    */

struct page {
    int height;  /* pixels                                                    */
    double font; /* size of its text, in the terminal's own unit              */
    struct bytes *out;
    enum status status; /* the first failure; later writing does nothing      */
};

void page_say(struct page *page, const char *format, ...) PRINTF_LIKE(2, 3);
/* Where it is drawn, and what all panels have. */
void page_begin(struct page *page, const char *format, const char *name);
/* The title, and on the right what the colours mean. */
void page_title(struct page *page, const char *title, const char *legend);
enum status page_end(struct page *page, struct error *err);
/* Hands CSV over under a name, without carriage returns. */
void page_data(struct page *page, const char *name, const char *csv);
/* The next panel's edges, and where its legend stands. */
void page_panel(struct page *page, int left, int right, int top, int height);
/* What stands above a panel on the left, in the row of its legend. */
void page_heading(struct page *page, int top, int left, const char *text);
/* Axes of the next panel; those that stand on others have no label of x. */
void page_axes(struct page *page, struct range x, struct range y,
               const char *label, const char *label_x);
/* Colours told apart: of what the network does, and of what it is told. */
const char *colour_warm(int i);
const char *colour_cold(int i);
/* "x₁" and its like. */
const char *index_text(int i);

/* ---- figure_error.c ----------------------------------------------------- */

#define ERROR_HEIGHT 230 /* pixels of its panel */
/* The panel of the squared error per period, over the whole run. */
void error_write(struct page *page, const struct figure *figure, int top);
/* The ground is grey where there is no feedback. */
void shades_write(struct page *page, const struct figure *figure,
                  struct range t);

#endif
