/* fuzz.c - what strangers send, by libFuzzer: FUZZ_TARGET names which part of
 * the daemon is to take it. Every target frees what it made, and stops where a
 * promise of the part is not kept. Built and run by fuzz.sh. */
#include "api/api_private.h"
#include "drive/drive.h"
#include "npz/npz.h"
#include "options.h"
#include "spec/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARRAYS_BYTES ((size_t)1 << 24) /* that an npz may unpack to */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
promise(bool kept)
{
    if (!kept)
        abort();
}

/* A good description, resolved and written, is the same description. */
static void
fuzz_spec(const char *text, size_t size)
{
    static struct faults faults;
    static struct submission submission;
    struct error err = {0};
    struct spec again;
    json_t *json = NULL;
    if (spec_check_text(text, size, &json, &err))
        return;
    bool good = json_is_object(json) &&
                spec_from_json(json, &submission, &faults) == OK;
    json_decref(json);
    if (!good)
        return;
    char *written = spec_to_text(&submission.spec);
    promise(written && spec_from_text(written, &again, &err) == OK);
    char *twice = spec_to_text(&again);
    promise(twice && strcmp(written, twice) == 0);
    drive_check(&submission.spec, &faults);
    free(written);
    free(twice);
}

/* "METHOD target": cut up, and given to a route. */
static void
fuzz_route(const char *text, size_t size)
{
    struct request request = {0};
    struct response response = {0};
    struct error err = {0};
    char method[16] = "GET";
    size_t length = strcspn(text, " ");
    if (length < sizeof(method) && length < size) {
        snprintf(method, sizeof(method), "%.*s", (int)length, text);
        text += length + 1;
    }
    request.method = method;
    if (request_parse(&request, text, &err) == OK &&
        route_find(&request, &response, &err) == OK)
        for (size_t i = 0; i < REQUEST_CAPTURES_MAX; i++)
            promise(!request.captures[i] || !strchr(request.captures[i], '/'));
    request_free(&request);
    response_free(&response);
}

/* A query, and each way to read a value. */
static void
fuzz_query(const char *text, size_t size)
{
    static const char *const words[] = {"json", "csv", NULL};
    static const char *const known[] = {"a", "b", "c", NULL};
    struct request request = {0};
    struct error err = {0};
    char target[REQUEST_TARGET_MAX + 16];
    double number = 1;
    int64_t whole = 1;
    size_t choice;
    (void)size;
    snprintf(target, sizeof(target), "/?%s", text);
    if (request_parse(&request, target, &err) == OK) {
        if (request_number(&request, "a", 0, 1e9, &number, &err) == OK)
            promise(number >= 0 && number <= 1e9);
        if (request_whole(&request, "b", 1, 500, &whole, &err) == OK)
            promise(whole >= 1 && whole <= 500);
        if (request_choice(&request, "c", words, &choice, &err) == OK)
            promise(choice < 2);
        (void)!request_only(&request, known, &err);
    }
    request_free(&request);
}

/* Lines of a head: Range, If-Range, If-None-Match, Accept-Encoding. */
static void
fuzz_range(const char *text, size_t size)
{
    static const char *const names[] = {"Range", "If-Range", "If-None-Match",
                                        "Accept-Encoding"};
    struct request request = {.method = "GET", .path = (char *)"/"};
    struct response response = {.code = 200, .content_type = "text/csv"};
    char *copy = strndup(text, size), *rest = copy, *line;
    promise(copy != NULL);
    while (request.header_count < ARRAY_LENGTH(names) &&
           (line = strsep(&rest, "\n"))) {
        size_t i = request.header_count++;
        request.headers[i] = (struct pair){names[i], line};
    }
    for (int i = 0; i < 200; i++)
        (void)!bytes_printf(&response.body, "%d,%d\r\n", i, i * i);
    response.summable = true;
    response_compress(&request, &response);
    size_t whole = response.body.size;
    response_apply_range(&request, &response);
    promise(
        response.code == 416 ||
        (response.first <= whole && response.length <= whole - response.first));
    response_free(&response);
    free(copy);
}

/* An upload: looked through, and read. */
static void
fuzz_npz(const char *text, size_t size)
{
    struct npz_about about[16];
    struct npz *npz = NULL;
    struct error err = {0};
    size_t count = 0;
    enum status looked =
        npz_look(text, size, ARRAYS_BYTES, about, 16, &count, &err);
    if (npz_open(text, size, ARRAYS_BYTES, &npz, &err) == OK && looked == OK)
        promise(npz_count(npz) == count);
    npz_close(npz);
}

/* A config file, and what is made of its values. */
static void
fuzz_config(const char *text, size_t size)
{
    struct options options;
    struct error err = {0};
    char path[64];
    int file = memfd_create("config", 0);
    promise(file >= 0 && write(file, text, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    char *arguments[] = {(char *)"followd", (char *)"--config", path, NULL};
    if (options_read(3, arguments, &options, &err) == OK)
        promise(option_rate(&options) >= 0 &&
                option_number(&options, OPTION_MIN_FREE) >= 0);
    options_clear(&options);
    close(file);
}

static const struct target {
    const char *name;
    void (*take)(const char *text, size_t size); /* zero-terminated */
} targets[] = {
    {"spec", fuzz_spec},   {"route", fuzz_route}, {"query", fuzz_query},
    {"range", fuzz_range}, {"npz", fuzz_npz},     {"config", fuzz_config},
};

static const struct target *chosen = &targets[0];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("FUZZ_TARGET");
    (void)argc;
    (void)argv;
    log_set_level(LOG_LEVEL_ERROR);
    for (size_t i = 0; name && i < ARRAY_LENGTH(targets); i++)
        if (strcmp(targets[i].name, name) == 0)
            chosen = &targets[i];
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    promise(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    chosen->take(text, size);
    free(text);
    return 0;
}
