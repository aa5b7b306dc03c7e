/* text.c - numbers, times and tables as people read them. */
#include "client/text.h"

#include <langinfo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MOST 500
#define COLUMN_GAP   2
#define SHRUNK_LEAST 8  /* columns that the shrinking column keeps */
#define SHRUNK_WELL  24 /* and before any other is spared */

void
look_at(FILE *file, struct look *out)
{
    const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");
    const char *columns = getenv("COLUMNS");
    struct winsize size = {0};

    out->terminal = isatty(fileno(file)) && kind && strcmp(kind, "dumb") != 0;
    out->colour = out->terminal && !(no_colour && *no_colour);
    out->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    out->label = 0;
    out->columns = 80;
    out->rows = 24;
    if (out->terminal && ioctl(fileno(file), TIOCGWINSZ, &size) == 0 &&
        size.ws_row > 0)
        out->rows = size.ws_row;
    if (size.ws_col > 0)
        out->columns = size.ws_col;
    else if (columns && atoi(columns) > 0)
        out->columns = atoi(columns);
    if (out->columns > COLUMNS_MOST)
        out->columns = COLUMNS_MOST;
}

const char *
duration_text(double seconds, char *out, size_t size)
{
    double minutes = round(seconds / 60), hours = round(seconds / 3600);

    if (!isfinite(seconds) || seconds < 0)
        snprintf(out, size, "-");
    else if (seconds < 9.95)
        snprintf(out, size, "%.1f s", seconds);
    else if (seconds < 119.5)
        snprintf(out, size, "%.0f s", seconds);
    else if (seconds < 600)
        snprintf(out, size, "%d min %d s", (int)(seconds / 60),
                 (int)fmod(seconds, 60));
    else if (minutes < 120)
        snprintf(out, size, "%.0f min", minutes);
    else if (hours < 48)
        snprintf(out, size, "%d h %d min", (int)(minutes / 60),
                 (int)fmod(minutes, 60));
    else
        snprintf(out, size, "%.0f d %.0f h", floor(hours / 24),
                 fmod(hours, 24));
    return out;
}

const char *
number_text(double value, char *out, size_t size)
{
    bool plain = fabs(value) >= 1000 && fabs(value) < 1e9;

    if (isnan(value))
        snprintf(out, size, "-");
    else
        snprintf(out, size, plain ? "%.0f" : "%.4g", value);
    return out;
}

int
text_width(const char *text)
{
    int width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

const char *
text_clean(const char *text, char *out, size_t size)
{
    size_t length = 0;

    for (; *text && length + 1 < size; text++) {
        unsigned char byte = (unsigned char)*text;
        out[length++] = byte < 0x20 || byte == 0x7f ? ' ' : *text;
    }
    /* a character that was cut in two goes as a whole */
    while (*text && length && ((unsigned char)*text & 0xC0) == 0x80)
        text = ((unsigned char)out[--length] & 0xC0) == 0x80 ? text : "";
    out[length] = '\0';
    return out;
}

/* ---- tables
 * ------------------------------------------------------------------ */

static const char *
head_text(const char *head)
{
    head += *head == '?';
    return *head == '<' ? head + 1 : head;
}

static bool
head_is_left(const char *head)
{
    return head[*head == '?'] == '<';
}

void
table_start(struct table *table, const char *const *heads, size_t shrink)
{
    memset(table, 0, sizeof(*table));
    table->heads = heads;
    table->shrink = shrink;
    while (heads[table->columns])
        table->columns++;
}

void
table_cell(struct table *table, const char *text)
{
    char clean[1024];

    if (table->count == table->room) {
        size_t room = table->room ? 2 * table->room : 64;
        char **cells = realloc(table->cells, room * sizeof(*cells));
        if (!cells)
            return;
        table->cells = cells;
        table->room = room;
    }
    text_clean(text, clean, sizeof(clean));
    table->cells[table->count++] = strdup(clean);
}

void
table_free(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->count = table->room = 0;
}

static const char *
cell_at(const struct table *table, size_t index)
{
    return table->cells[index] ? table->cells[index] : "";
}

/* Takes `excess` columns off; a width of 0 leaves a column out. */
static void
widths_shrink(const struct table *table, int *widths, int excess)
{
    int *shrink = &widths[table->shrink];
    int least = *shrink < SHRUNK_WELL ? *shrink : SHRUNK_WELL;

    for (size_t j = table->columns; j-- > 0 && *shrink - excess < least;)
        if (table->heads[j][0] == '?') {
            excess -= widths[j] + COLUMN_GAP;
            widths[j] = 0;
        }
    if (excess > 0 && *shrink > SHRUNK_LEAST)
        *shrink =
            *shrink - excess < SHRUNK_LEAST ? SHRUNK_LEAST : *shrink - excess;
}

static void
widths_find(const struct table *table, int *widths, const struct look *look)
{
    int total = -COLUMN_GAP;

    for (size_t j = 0; j < table->columns; j++) {
        widths[j] = text_width(head_text(table->heads[j]));
        for (size_t i = j; i < table->count; i += table->columns)
            if (text_width(cell_at(table, i)) > widths[j])
                widths[j] = text_width(cell_at(table, i));
        total += widths[j] + COLUMN_GAP;
    }
    if (look->terminal && total > look->columns)
        widths_shrink(table, widths, total - look->columns);
}

/* Where so many columns of a text end. */
static const char *
column_at(const char *text, int columns)
{
    for (; *text; text++)
        if (((unsigned char)*text & 0xC0) != 0x80 && columns-- == 0)
            break;
    return text;
}

/* One cell; `last` needs no blanks after it. */
static void
cell_print(const char *text, int width, bool left, bool last,
           const struct look *look, FILE *file)
{
    int here = text_width(text);

    if (here <= width) {
        int blanks = width - here;
        fprintf(file, "%*s%s%*s", left ? 0 : blanks, "", text,
                left && !last ? blanks : 0, "");
        return;
    }
    int front = last ? width - 1 : (width - 1) / 2;
    const char *mark = look->utf8 ? "…" : "~";
    fprintf(file, "%.*s%s%s", (int)(column_at(text, front) - text), text, mark,
            column_at(text, here - (width - 1 - front)));
}

static void
row_print(const struct table *table, char *const *cells, const int *widths,
          FILE *file, const struct look *look)
{
    for (size_t j = 0; j < table->columns; j++) {
        const char *head = table->heads[j];
        const char *text = cells ? (cells[j] ? cells[j] : "") : head_text(head);
        if (!widths[j])
            continue;
        fprintf(file, "%*s", j ? COLUMN_GAP : 0, "");
        cell_print(text, widths[j], head_is_left(head), j + 1 == table->columns,
                   look, file);
    }
    putc('\n', file);
}

void
table_print(struct table *table, FILE *file, const struct look *look)
{
    int widths[32];

    if (table->columns > ARRAY_LENGTH(widths))
        return;
    widths_find(table, widths, look);
    fputs(look->colour ? "\033[1m" : "", file);
    row_print(table, NULL, widths, file, look);
    fputs(look->colour ? "\033[0m" : "", file);
    for (size_t i = 0; i + table->columns <= table->count; i += table->columns)
        row_print(table, table->cells + i, widths, file, look);
}
