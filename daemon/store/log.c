/* log.c - what happened to a job, in lines for people. */
#include "store/store_private.h"

#include <stdlib.h>

static const char *
text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

enum status
log_add(struct store *store, int64_t job, const struct log_line *line,
        struct error *err)
{
    sqlite3_stmt *statement =
        query_bind(store, QUERY_LOG_ADD, "iitttt", job, line->at, line->text,
                   text_or_null(line->event), text_or_null(line->from),
                   text_or_null(line->to));
    return query_done(store, statement, err);
}

static enum status
log_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct log_line *line = out;
    line->id = sqlite3_column_int64(row, 0);
    line->at = sqlite3_column_int64(row, 1);
    line->text = column_text(row, 2);
    column_copy_to(row, 3, line->event);
    column_copy_to(row, 4, line->from);
    column_copy_to(row, 5, line->to);
    if (line->text == NULL)
        return error_set(err, NO_MEMORY, "no memory for a log");
    return OK;
}

static void
log_clear(void *item)
{
    struct log_line *line = item;
    free(line->text);
}

static const struct row_type log_row = {sizeof(struct log_line), log_read,
                                        log_clear};

enum status
log_list(struct store *store, int64_t job, int64_t after, int limit,
         bool changes, struct log_line **list, size_t *count, struct error *err)
{
    sqlite3_stmt *statement = query_bind(store, QUERY_LOG_LIST, "iidd", job,
                                         after, limit, (int)changes);
    return query_list(store, statement, &log_row, list, count, err);
}

void
log_list_free(struct log_line *list, size_t count)
{
    row_list_free(&log_row, list, count);
}
