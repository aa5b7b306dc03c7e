/* files.c - the page. Its files are a table in the executable, so there is no
 * path to climb out of; while developing, FOLLOWD_WEB names a folder and only
 * the names of that table are read from it. */
#include "api/handlers.h"

#include "embedded_web.h"

#include <string.h>

#define FILE_MOST ((size_t)4 << 20)

static const char *
type_of(const char *name)
{
    /* clang-format off */
    static const struct pair types[] = {
        { ".html", "text/html; charset=utf-8" },
        { ".css",  "text/css; charset=utf-8" },
        { ".js",   "text/javascript; charset=utf-8" },
        { ".svg",  "image/svg+xml" },
        { ".png",  "image/png" },
    };
    /* clang-format on */
    const char *suffix = strrchr(name, '.');
    for (size_t i = 0; suffix && i < ARRAY_LENGTH(types); i++)
        if (strcmp(types[i].name, suffix) == 0)
            return types[i].value;
    return "application/octet-stream";
}

static enum status
answer_file(const struct request *request, struct response *response,
            const char *name, struct error *err)
{
    const char *folder = api_web_folder(request->api);
    const struct embedded_file *file = embedded_web;
    while (file < embedded_web + embedded_web_count &&
           strcmp(file->name, name) != 0)
        file++;
    if (file == embedded_web + embedded_web_count)
        return error_set(err, NOT_FOUND, "there is nothing at this address");
    enum status status;
    if (folder) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        status = file_read(path, FILE_MOST, &response->body, err);
    } else {
        status = bytes_append(&response->body, file->data, file->size);
    }
    if (status)
        return status;
    response->content_type = type_of(name);
    response->cacheable = true;
    sha256_hex(response->body.data, response->body.size, response->sha256);
    return OK;
}

enum status
page_show(struct request *request, struct response *response, struct error *err)
{
    return answer_file(request, response, "index.html", err);
}

enum status
page_file(struct request *request, struct response *response, struct error *err)
{
    return answer_file(request, response, request->captures[0], err);
}
