/* log.c - what happened to a job, and what workers said about it, line by line.
 */
#include "api/handlers.h"
#include "api/json.h"

#include <string.h>

#define LINES_MOST 10000

static enum status
log_json(const struct log_line *list, size_t count, int64_t after,
         struct response *response, struct error *err)
{
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *text = json_string(list[i].text);
        json_array_append_new(
            items,
            json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "id",
                      (json_int_t)list[i].id, "at", json_time(list[i].at),
                      "text", text ? text : json_null(), "event",
                      json_text(list[i].event), "from", json_text(list[i].from),
                      "to", json_text(list[i].to)));
    }
    int64_t next = count ? list[count - 1].id : after;
    return response_json(
        response, 200,
        json_pack("{s:o, s:I}", "items", items, "next", (json_int_t)next), err);
}

static enum status
log_text(const struct log_line *list, size_t count, struct response *response,
         struct error *err)
{
    enum status status = OK;
    for (size_t i = 0; status == OK && i < count; i++) {
        char at[CLOCK_TEXT_SIZE];
        clock_rfc3339(list[i].at, at);
        status = bytes_printf(&response->body, "%s ", at);
        if (status == OK)
            status = bytes_append(&response->body, list[i].text,
                                  strlen(list[i].text));
        if (status == OK)
            status = bytes_append(&response->body, "\n", 1);
    }
    response->content_type = "text/plain; charset=utf-8";
    response->summable = true;
    return status ? error_set(err, status, "no memory for a log") : OK;
}

enum status
log_show(struct request *request, struct response *response, struct error *err)
{
    static const char *const known[] = {"after", "limit", "format", "events",
                                        NULL};
    static const char *const formats[] = {"text", "json", NULL};
    static const char *const words[] = {"false", "true", NULL};
    struct job job = {0};
    struct log_line *list = NULL;
    size_t count = 0, format = 0, events = 0;
    int64_t after = 0, limit = LINES_MOST;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = request_choice(request, "format", formats, &format, err);
    if (status == OK)
        status = request_choice(request, "events", words, &events, err);
    if (status == OK)
        status = request_whole(request, "after", 0, INT64_MAX, &after, err);
    if (status == OK)
        status = request_whole(request, "limit", 1, LINES_MOST, &limit, err);
    if (status == OK)
        status = job_of_request(request, &job, err);
    if (status == OK)
        status = log_list(request->store, job.id, after, (int)limit,
                          events != 0, &list, &count, err);
    if (status == OK && format == 1)
        status = log_json(list, count, after, response, err);
    else if (status == OK)
        status = log_text(list, count, response, err);
    log_list_free(list, count);
    job_clear(&job);
    return status;
}
