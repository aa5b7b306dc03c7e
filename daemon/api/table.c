/* table.c - see table.h. Written straight into bytes: a table may have many
 * thousand rows, and a JSON tree of it would take fifty times the memory. */
#include "api/json.h"
#include "api/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void
table_free(struct table *table)
{
    free(table->data);
    table->data = NULL;
    table->rows = 0;
}

static double *
row_of(const struct table *table, size_t row)
{
    return table->data + row * table->columns;
}

/* Rows [first, end) as two: least and greatest of each column. */
static void
thin_bucket(const struct table *table, size_t first, size_t end, double *least,
            double *most)
{
    for (size_t c = 0; c < table->columns; c++) {
        bool broken = false;
        least[c] = most[c] = NAN;
        for (size_t r = first; r < end; r++) {
            double value = row_of(table, r)[c];
            broken |= !isfinite(value);
            if (!isfinite(value))
                continue;
            least[c] = isnan(least[c]) ? value : fmin(least[c], value);
            most[c] = isnan(most[c]) ? value : fmax(most[c], value);
        }
        if (broken)
            most[c] = NAN;
    }
    for (size_t c = 0; c < table->columns; c++)
        if (table->whole[c] || c == table->time) {
            least[c] = row_of(table, first)[c];
            most[c] = row_of(table, end - 1)[c];
        }
}

enum status
table_thin(struct table *table, int64_t points, struct error *err)
{
    if (points <= 0 || table->rows <= (size_t)points || table->rows < 5)
        return OK;
    size_t inner = table->rows - 2;
    size_t buckets = points > 4 ? ((size_t)points - 2) / 2 : 1;
    size_t rows = 2 + 2 * buckets, columns = table->columns;
    double *data = memory_array(rows * columns, sizeof(*data));
    if (!data)
        return error_set(err, NO_MEMORY, "no memory for %zu rows", rows);
    memcpy(data, table->data, columns * sizeof(*data));
    for (size_t b = 0; b < buckets; b++) {
        size_t first = 1 + b * inner / buckets;
        size_t end = 1 + (b + 1) * inner / buckets;
        double *least = data + (1 + 2 * b) * columns;
        thin_bucket(table, first, end, least, least + columns);
    }
    memcpy(data + (rows - 1) * columns, row_of(table, table->rows - 1),
           columns * sizeof(*data));
    free(table->data);
    table->data = data;
    table->rows = rows;
    table->thinned = true;
    return OK;
}

static enum status
print_number(struct bytes *out, double value)
{
    char text[NUMBER_SIZE];
    number_text(value, text);
    return bytes_append(out, text, strlen(text));
}

static const char *
nonfinite_name(double value)
{
    if (isnan(value))
        return "nan";
    return value > 0 ? "+inf" : "-inf";
}

static enum status
print_column(const struct table *table, size_t column, struct bytes *out,
             size_t *marks)
{
    enum status status = bytes_printf(out, "%s\"%s\":[", column ? "," : "",
                                      table->names[column]);
    for (size_t r = 0; status == OK && r < table->rows; r++) {
        double value = row_of(table, r)[column];
        if (r)
            status = bytes_append(out, ",", 1);
        if (status)
            break;
        if (isfinite(value)) {
            status = print_number(out, value);
        } else {
            status = bytes_append(out, "null", 4);
            ++*marks;
        }
    }
    return status ? status : bytes_append(out, "]", 1);
}

/* "nonfinite": {"mse": {"17": "nan"}}, the key being the row. */
static enum status
print_marks(const struct table *table, struct bytes *out)
{
    enum status status = bytes_printf(out, ",\"nonfinite\":{");
    bool any_column = false;
    for (size_t c = 0; status == OK && c < table->columns; c++) {
        bool any = false;
        for (size_t r = 0; status == OK && r < table->rows; r++) {
            double value = row_of(table, r)[c];
            if (isfinite(value))
                continue;
            if (any)
                status = bytes_printf(out, ",\"%zu\":\"%s\"", r,
                                      nonfinite_name(value));
            else
                status = bytes_printf(out, "%s\"%s\":{\"%zu\":\"%s\"",
                                      any_column ? "," : "", table->names[c], r,
                                      nonfinite_name(value));
            any = any_column = true;
        }
        if (any && status == OK)
            status = bytes_append(out, "}", 1);
    }
    return status ? status : bytes_append(out, "}", 1);
}

enum status
table_json(const struct table *table, const char *more,
           struct response *response, struct error *err)
{
    struct bytes *out = &response->body;
    size_t marks = 0;
    enum status status =
        bytes_printf(out, "{%s\"rows\":%zu,\"thinned\":%s,\"columns\":{", more,
                     table->rows, table->thinned ? "true" : "false");
    for (size_t c = 0; status == OK && c < table->columns; c++)
        status = print_column(table, c, out, &marks);
    if (status == OK)
        status = bytes_append(out, "}", 1);
    if (status == OK && marks)
        status = print_marks(table, out);
    if (status == OK)
        status = bytes_append(out, "}\n", 2);
    response->content_type = "application/json";
    return status ? error_set(err, status, "no memory for a table") : OK;
}

static enum status
print_csv_row(const struct table *table, size_t row, struct bytes *out)
{
    enum status status = OK;
    for (size_t c = 0; status == OK && c < table->columns; c++) {
        double value = row_of(table, row)[c];
        if (c)
            status = bytes_append(out, ",", 1);
        if (status == OK && isfinite(value))
            status = print_number(out, value);
        else if (status == OK)
            status = bytes_printf(out, "%s", nonfinite_name(value));
    }
    return status ? status : bytes_append(out, "\r\n", 2);
}

enum status
table_csv_rows(const struct table *table, const char *head, const char *first,
               struct bytes *out, struct error *err)
{
    enum status status = OK;
    for (size_t c = 0; head && status == OK && c < table->columns; c++)
        status = bytes_printf(out, "%s%s", c ? "," : head, table->names[c]);
    if (head && status == OK)
        status = bytes_append(out, "\r\n", 2);
    for (size_t r = 0; status == OK && r < table->rows; r++) {
        status = bytes_append(out, first, strlen(first));
        if (status == OK)
            status = print_csv_row(table, r, out);
    }
    return status ? error_set(err, status, "no memory for a table") : OK;
}

enum status
table_csv(const struct table *table, struct response *response,
          struct error *err)
{
    response->content_type = "text/csv; charset=utf-8";
    response->summable = true;
    return table_csv_rows(table, "", "", &response->body, err);
}
