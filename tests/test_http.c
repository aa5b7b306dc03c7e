/* test_http.c - requests, answers and what goes wrong between them.
 *
 * The server is this file's own: a process that answers by path. */
#include "testing.h"

#include "http/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define BIG 200000 /* bytes of /big; byte i is i % 251 */

static pid_t server;
static char url[64];

/* ---- the server ---------------------------------------------------------- */

static unsigned char *
big(void)
{
    static unsigned char bytes[BIG];

    for (int i = 0; i < BIG; i++)
        bytes[i] = (unsigned char)(i % 251);
    return bytes;
}

static void
say(int peer, const char *text)
{
    if (write(peer, text, strlen(text)) < 0)
        _exit(1);
}

/* Reads a request with its body, of `Content-Length` bytes. */
static void
request_read(int peer, char *out, size_t size)
{
    size_t used = 0, wanted = 0;

    while (wanted == 0 || used < wanted) {
        ssize_t got = read(peer, out + used, size - used - 1);
        char *end, *length;

        if (got <= 0)
            _exit(0);
        used += (size_t)got;
        out[used] = 0;
        end = strstr(out, "\r\n\r\n");
        length = strstr(out, "Content-Length: ");
        if (end)
            wanted = (size_t)(end + 4 - out) +
                     (length ? strtoul(length + 16, NULL, 10) : 0);
    }
}

/* "/big" whole, the rest of it on request, or half of it and then silence. */
static void
big_send(int peer, const char *request)
{
    const char *range = strstr(request, "Range: bytes=");
    bool same = strstr(request, "If-Range: \"e1\"");
    size_t from = range && same ? strtoul(range + 13, NULL, 10) : 0;
    size_t to = strstr(request, "/big/half") ? BIG / 2 : BIG;
    char head[256];

    snprintf(head, sizeof(head),
             "HTTP/1.1 %s\r\nConnection: close\r\nETag: "
             "\"e1\"\r\nContent-Length: %zu\r\n\r\n",
             from ? "206 Partial Content" : "200 OK", BIG - from);
    say(peer, head);
    if (write(peer, big() + from, to - from) < 0)
        _exit(1);
}

static void
answer(int peer, const char *request)
{
    char head[256];

    if (strstr(request, " /echo")) {
        snprintf(head, sizeof(head),
                 "HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Type: "
                 "text/plain\r\n"
                 "etag: \"7\"\r\nLocation: /api/v1/jobs/7\r\n"
                 "Retry-After: 3\r\nContent-Length: %zu\r\n\r\n",
                 strlen(request));
        say(peer, head);
        say(peer, request);
    } else if (strstr(request, " /big")) {
        big_send(peer, request);
    } else if (strstr(request, " /redirect")) {
        say(peer,
            "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /echo\r\n"
            "Content-Length: 0\r\n\r\n");
    } else if (strstr(request, " /slow")) {
        sleep(30);
    } else {
        say(peer, "HTTP/1.1 404 Not Found\r\nConnection: "
                  "close\r\nContent-Length: 4\r\n\r\ngone");
    }
}

static void
serve(int door)
{
    static char request[1 << 20];

    for (;;) {
        int peer = accept(door, NULL, NULL);

        if (peer < 0)
            _exit(1);
        if (fork() == 0) {
            request_read(peer, request, sizeof(request));
            answer(peer, request);
            _exit(0);
        }
        close(peer);
    }
}

static void
server_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int door = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_eq(bind(door, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(door, 16), 0);
    ck_assert_int_eq(getsockname(door, (struct sockaddr *)&address, &size), 0);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
    server = fork();
    if (server == 0) {
        signal(SIGCHLD, SIG_IGN);
        serve(door);
    }
    close(door);
}

static struct http_client *
client_open(const struct http_options *options)
{
    struct http_client *client = NULL;
    struct http_options at = *options;
    struct error err = {0};

    server_start();
    at.url = url;
    ck_assert_int_eq(http_open(&at, &client, &err), OK);
    return client;
}

static void
client_close(struct http_client *client)
{
    http_close(client);
    kill(server, SIGKILL); /* SIGTERM would reach libcheck's handler in it */
    waitpid(server, NULL, 0);
}

/* ---- the tests ------------------------------------------------------------
 */

TEST(a_request_carries_its_method_path_token_headers_and_body)
{
    struct http_options options = {.token = "s3cret", .user_agent = "t/1"};
    struct http_client *client = client_open(&options);
    const char *const headers[] = {"Idempotency-Key: k", NULL};
    struct http_request request = {.method = "PATCH",
                                   .path = "/echo?a=b%20c",
                                   .content_type = "application/json",
                                   .body = "{\"a\":1}",
                                   .size = 7,
                                   .headers = headers};
    struct http_reply reply = {0};
    struct error err = {0};
    const char *said;

    ck_assert_int_eq(http_send(client, &request, &reply, &err), OK);
    said = (const char *)reply.body.data;
    ck_assert_ptr_eq(strstr(said, "PATCH /echo?a=b%20c HTTP/1.1\r\n"), said);
    ck_assert_ptr_nonnull(strstr(said, "Authorization: Bearer s3cret\r\n"));
    ck_assert_ptr_nonnull(strstr(said, "Idempotency-Key: k\r\n"));
    ck_assert_ptr_nonnull(strstr(said, "Content-Type: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(said, "User-Agent: t/1\r\n"));
    ck_assert_ptr_nonnull(strstr(said, "\r\n\r\n{\"a\":1}"));
    http_reply_free(&reply);
    client_close(client);
}

TEST(an_answer_carries_its_status_and_the_headers_that_matter)
{
    struct http_client *client = client_open(&(struct http_options){0});
    struct http_request request = {.path = "/echo"};
    struct http_reply reply = {0};
    struct error err = {0};

    ck_assert_int_eq(http_send(client, &request, &reply, &err), OK);
    ck_assert_int_eq(reply.status, 201);
    ck_assert_str_eq(reply.content_type, "text/plain");
    ck_assert_str_eq(reply.etag, "\"7\"");
    ck_assert_str_eq(reply.location, "/api/v1/jobs/7");
    ck_assert_str_eq(reply.repr_digest, "");
    ck_assert_double_eq(reply.retry_after, 3);
    request.path = "/missing";
    ck_assert_int_eq(http_send(client, &request, &reply, &err), OK);
    ck_assert_int_eq(reply.status, 404);
    ck_assert_str_eq((char *)reply.body.data, "gone");
    ck_assert_str_eq(reply.etag, "");
    ck_assert_double_eq(reply.retry_after, -1);
    http_reply_free(&reply);
    client_close(client);
}

TEST(an_empty_post_has_a_length_and_a_large_one_arrives_whole)
{
    struct http_client *client = client_open(&(struct http_options){0});
    struct http_request request = {.method = "POST", .path = "/echo"};
    struct http_reply reply = {0};
    struct error err = {0};
    static char large[500001];

    ck_assert_int_eq(http_send(client, &request, &reply, &err), OK);
    ck_assert_ptr_nonnull(
        strstr((char *)reply.body.data, "Content-Length: 0\r\n"));
    memset(large, 'a', sizeof(large) - 1);
    request.body = large;
    request.size = sizeof(large) - 1;
    ck_assert_int_eq(http_send(client, &request, &reply, &err), OK);
    ck_assert_ptr_nonnull(strstr((char *)reply.body.data, large));
    http_reply_free(&reply);
    client_close(client);
}

TEST(a_redirect_is_not_followed)
{
    struct http_client *client = client_open(&(struct http_options){0});
    struct http_request request = {.path = "/redirect"};
    struct http_reply reply = {0};
    struct error err = {0};

    ck_assert_int_eq(http_send(client, &request, &reply, &err), OK);
    ck_assert_int_eq(reply.status, 302);
    http_reply_free(&reply);
    client_close(client);
}

TEST(a_server_that_is_not_there_is_unavailable)
{
    struct http_client *client = client_open(&(struct http_options){0});
    struct http_request request = {.path = "/echo"};
    struct http_reply reply = {0};
    struct error err = {0};

    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    ck_assert_int_eq(http_send(client, &request, &reply, &err), UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(err.text, url[0] ? "127.0.0.1" : ""));
    http_reply_free(&reply);
    http_close(client);
}

TEST(an_answer_that_does_not_come_is_unavailable_after_the_timeout)
{
    struct http_client *client = client_open(&(struct http_options){0});
    struct http_request request = {.path = "/slow", .timeout = 0.2};
    struct http_reply reply = {0};
    struct error err = {0};
    double start = clock_monotonic();

    ck_assert_int_eq(http_send(client, &request, &reply, &err), UNAVAILABLE);
    ck_assert_double_lt(clock_monotonic() - start, 5);
    http_reply_free(&reply);
    client_close(client);
}

static atomic_bool stopped;

static void
stop(int number)
{
    (void)number;
    stopped = 1;
}

TEST(an_abort_ends_a_request_within_a_second_or_so)
{
    struct http_options options = {.abort = &stopped};
    struct http_client *client = client_open(&options);
    struct http_request request = {.path = "/slow"};
    struct http_reply reply = {0};
    struct error err = {0};
    double start = clock_monotonic();

    signal(SIGALRM, stop);
    ualarm(200000, 0);
    ck_assert_int_eq(http_send(client, &request, &reply, &err), UNAVAILABLE);
    ck_assert_str_eq(err.text, "interrupted");
    ck_assert_double_lt(clock_monotonic() - start, 5);
    http_reply_free(&reply);
    client_close(client);
}

TEST(a_body_beyond_the_limit_is_too_large)
{
    struct http_options options = {.reply_limit = BIG - 1};
    struct http_client *client = client_open(&options);
    struct http_request request = {.path = "/big"};
    struct http_reply reply = {0};
    struct error err = {0};

    ck_assert_int_eq(http_send(client, &request, &reply, &err), TOO_LARGE);
    http_reply_free(&reply);
    client_close(client);
}

TEST(only_http_and_https_are_spoken_and_no_header_can_be_smuggled)
{
    struct http_options options = {.url = "file:///etc/passwd"};
    struct http_client *client = NULL;
    struct error err = {0};
    struct bytes escaped = {0};

    ck_assert_int_eq(http_open(&options, &client, &err), INVALID);
    options.url = "http://a";
    options.token = "a\r\nX: y";
    ck_assert_int_eq(http_open(&options, &client, &err), INVALID);
    options.token = NULL;
    ck_assert_int_eq(http_open(&options, &client, &err), OK);
    struct http_request request = {.path = "/a b"};
    struct http_reply reply = {0};

    ck_assert_int_eq(http_send(client, &request, &reply, &err), INVALID);
    ck_assert_int_eq(http_escape("a b/\xc3\xbc~", &escaped), OK);
    ck_assert_str_eq((char *)escaped.data, "a%20b%2F%C3%BC~");
    bytes_free(&escaped);
    http_close(client);
}

/* ---- downloads ------------------------------------------------------------
 */

static void
check_file_is_big(FILE *file)
{
    static unsigned char got[BIG + 1];

    rewind(file);
    ck_assert_uint_eq(fread(got, 1, sizeof(got), file), BIG);
    ck_assert_mem_eq(got, big(), BIG);
}

static void
remember(void *context, int64_t done, int64_t total)
{
    int64_t *last = context;

    last[0] = done;
    last[1] = total;
}

TEST(a_download_tells_its_progress_and_is_whole)
{
    struct http_client *client = client_open(&(struct http_options){0});
    int64_t last[2] = {0};
    struct http_progress progress = {remember, last};
    struct http_reply reply = {0};
    struct error err = {0};
    FILE *file = tmpfile();

    ck_assert_int_eq(
        http_download(client, "/big", NULL, file, &progress, &reply, &err), OK);
    ck_assert_int_eq(reply.status, 200);
    ck_assert_str_eq(reply.etag, "\"e1\"");
    ck_assert_int_eq(last[0], BIG);
    ck_assert_int_eq(last[1], BIG);
    check_file_is_big(file);
    fclose(file);
    http_reply_free(&reply);
    client_close(client);
}

TEST(a_download_that_broke_off_goes_on_where_it_was)
{
    struct http_client *client = client_open(&(struct http_options){0});
    struct http_reply reply = {0};
    struct error err = {0};
    FILE *file = tmpfile();

    ck_assert_int_eq(
        http_download(client, "/big/half", NULL, file, NULL, &reply, &err),
        UNAVAILABLE);
    fseek(file, 0, SEEK_END);
    ck_assert_int_eq(ftell(file), BIG / 2);
    ck_assert_int_eq(
        http_download(client, "/big", "\"e1\"", file, NULL, &reply, &err), OK);
    ck_assert_int_eq(reply.status, 206);
    check_file_is_big(file);
    fclose(file);
    http_reply_free(&reply);
    client_close(client);
}

TEST(a_download_whose_source_changed_starts_over)
{
    struct http_client *client = client_open(&(struct http_options){0});
    struct http_reply reply = {0};
    struct error err = {0};
    FILE *file = tmpfile();

    for (int i = 0; i < BIG + 5; i++)
        fputc('x', file);
    ck_assert_int_eq(
        http_download(client, "/big", "\"e0\"", file, NULL, &reply, &err), OK);
    ck_assert_int_eq(reply.status, 200);
    check_file_is_big(file);
    fclose(file);
    http_reply_free(&reply);
    client_close(client);
}

TEST(a_download_that_is_refused_leaves_the_file_alone)
{
    struct http_client *client = client_open(&(struct http_options){0});
    struct http_reply reply = {0};
    struct error err = {0};
    FILE *file = tmpfile();

    fputs("kept", file);
    ck_assert_int_eq(
        http_download(client, "/missing", "\"e\"", file, NULL, &reply, &err),
        OK);
    ck_assert_int_eq(reply.status, 404);
    ck_assert_str_eq((char *)reply.body.data, "gone");
    fseek(file, 0, SEEK_END);
    ck_assert_int_eq(ftell(file), 4);
    fclose(file);
    http_reply_free(&reply);
    client_close(client);
}

TEST_MAIN("http")
