/* array.c - arrays of the user's own: .npz files that jobs name by their
 * SHA-256. */
#include "client/client.h"

#include "client/mapped.h"

#include <string.h>

#define SLOWEST 1e5 /* bytes per s of a line that is waited for */

/* The server says what it got; that must be what was sent. */
static enum status
answer_check(const struct http_reply *reply, const char *name,
             const char *sha256, struct error *err)
{
    json_t *answer;
    enum status status = reply_json(reply, &answer, err);

    if (status != OK)
        return status;
    if (strcmp(json_text(answer, "sha256"), sha256) != 0)
        status = error_set(err, CORRUPT,
                           "%s: its SHA-256 is %s, and the server has got %s",
                           name, sha256, json_text(answer, "sha256"));
    json_decref(answer);
    return status;
}

enum status
array_upload(struct client *client, const char *name,
             char sha256[SHA256_HEX_SIZE], struct http_reply *reply,
             struct error *err)
{
    struct mapped file;
    struct http_reply mine = {0};
    struct http_reply *answer = reply ? reply : &mine;
    enum status status = mapped_open(name, &file, err);

    if (status != OK)
        return status;
    struct http_request request = {
        .method = "POST",
        .path = "/api/v1/arrays",
        .content_type = "application/octet-stream",
        .body = file.data ? (const void *)file.data : "",
        .size = file.size,
        .timeout = 60 + (double)file.size / SLOWEST,
    };
    sha256_hex(request.body, file.size, sha256);
    status = client_send(client, &request, answer, err);
    if (status == INVALID || status == TOO_LARGE)
        status = error_prefix(err, "%s: ", name);
    if (status == OK)
        status = answer_check(answer, name, sha256, err);
    mapped_free(&file);
    http_reply_free(&mine);
    return status;
}

enum outcome
upload_run(struct client *client, const struct arguments *arguments)
{
    enum outcome outcome = DONE;

    for (size_t i = 0; outcome == DONE && i < arguments->word_count; i++) {
        struct http_reply reply = {0};
        char sha256[SHA256_HEX_SIZE];
        struct error err;
        enum status status =
            array_upload(client, arguments->words[i], sha256, &reply, &err);
        if (status != OK)
            outcome = client_fail(client, status, &err);
        else if (client->json)
            reply_print(&reply);
        else
            printf("%s\n", sha256);
        http_reply_free(&reply);
    }
    return outcome;
}
