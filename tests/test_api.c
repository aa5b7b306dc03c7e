/* What the api does without a socket: cut up URLs and ranges, find routes, thin
 * tables, write numbers. What it does with one is in api_*.py. */
#include "testing.h"

#include "api/api_private.h"
#include "api/json.h"
#include "api/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- URLs --------------------------------------------------------------- */

static bool
parses(const char *target)
{
    struct request request = {0};
    enum status status = request_parse(&request, target, NULL);
    request_free(&request);
    return status == OK;
}

TEST(a_url_is_cut_into_its_path_and_parameters)
{
    struct request request = {0};
    ck_assert_int_eq(
        request_parse(&request, "/a%20b?x=1&y=a+b%3D&z&=&w=", NULL), OK);
    ck_assert_str_eq(request.path, "/a b");
    ck_assert_str_eq(request_parameter(&request, "x"), "1");
    ck_assert_str_eq(request_parameter(&request, "y"), "a b=");
    ck_assert_str_eq(request_parameter(&request, "z"), "");
    ck_assert_str_eq(request_parameter(&request, "w"), "");
    ck_assert_ptr_null(request_parameter(&request, "v"));
    request_free(&request);
}

TEST(a_url_that_climbs_hides_or_lies_is_refused)
{
    static const char *const bad[] = {
        "",        "a",       "http://x/", "/../a", "/a/..", "/./a",
        "/%2e%2e", "/a%2fb",  "/a%5cb",    "/a\\b", "/%00",  "/%0a",
        "/%",      "/%2",     "/%zz",      "/a b",  "/\x80", "/?a=%00",
        "/?%=1",   "/?a=%7f", "/a/%2E/b",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        ck_assert_msg(!parses(bad[i]), "%s", bad[i]);
    ck_assert(parses("/.well-known/..a/a.."));
}

TEST(a_url_has_an_end_and_so_have_its_parameters)
{
    char target[REQUEST_TARGET_MAX + 2];
    memset(target, 'a', sizeof(target));
    target[0] = '/';
    target[REQUEST_TARGET_MAX] = '\0';
    ck_assert(parses(target));
    target[REQUEST_TARGET_MAX] = 'a';
    target[REQUEST_TARGET_MAX + 1] = '\0';
    ck_assert(!parses(target));
    strcpy(target, "/?");
    for (int i = 0; i < REQUEST_PARAMETERS_MAX; i++)
        strcat(target, "a=1&");
    ck_assert(parses(target));
    strcat(target, "a=1");
    ck_assert(!parses(target));
}

TEST(a_number_in_a_query_is_one_and_within_its_limits)
{
    struct request request = {0};
    double value = -1;
    int64_t whole = -1;
    ck_assert_int_eq(request_parse(&request,
                                   "/?a=1.5&b=nan&c=inf&d=1x&e=&f=7&g=1e400",
                                   NULL),
                     OK);
    ck_assert_int_eq(request_number(&request, "a", 0, 2, &value, NULL), OK);
    ck_assert_double_eq(value, 1.5);
    ck_assert_int_eq(request_number(&request, "none", 0, 2, &value, NULL), OK);
    ck_assert_double_eq(value, 1.5);
    ck_assert_int_eq(request_number(&request, "a", 0, 1, &value, NULL),
                     INVALID);
    for (const char *name = "bcdeg"; *name; name++) {
        char one[2] = {*name, '\0'};
        ck_assert_int_eq(request_number(&request, one, 0, 2, &value, NULL),
                         INVALID);
        ck_assert_int_eq(request_whole(&request, one, 0, 9, &whole, NULL),
                         INVALID);
    }
    ck_assert_int_eq(request_whole(&request, "a", 0, 9, &whole, NULL), INVALID);
    ck_assert_int_eq(request_whole(&request, "f", 0, 9, &whole, NULL), OK);
    ck_assert_int_eq(whole, 7);
    request_free(&request);
}

/* ---- routes ------------------------------------------------------------- */

/* The pattern a request is answered by, or its problem as "404", "405". */
static const char *
route_of(const char *method, const char *target, char *captures)
{
    static char answer[64];
    struct request request = {.method = method};
    struct response response = {0};
    struct error err;
    captures[0] = '\0';
    ck_assert_int_eq(request_parse(&request, target, &err), OK);
    if (route_find(&request, &response, &err)) {
        strcpy(answer, response.problem == PROBLEM_METHOD ? "405" : "404");
    } else {
        snprintf(answer, sizeof(answer), "%s", request.route->pattern);
        for (int i = 0; i < REQUEST_CAPTURES_MAX && request.captures[i]; i++)
            sprintf(captures + strlen(captures), "%s%s", i ? " " : "",
                    request.captures[i]);
    }
    request_free(&request);
    response_free(&response);
    return answer;
}

TEST(a_url_finds_its_route_and_what_its_braces_stand_for)
{
    char captures[256];
    ck_assert_str_eq(route_of("GET", "/", captures), "/");
    ck_assert_str_eq(route_of("HEAD", "/healthz", captures), "/healthz");
    ck_assert_str_eq(route_of("GET", "/api/v1/jobs/7", captures),
                     "/api/v1/jobs/{id}");
    ck_assert_str_eq(captures, "7");
    ck_assert_str_eq(
        route_of("GET", "/api/v1/jobs/7/checkpoints/12.5/weights/ff.npy",
                 captures),
        "/api/v1/jobs/{id}/checkpoints/{time}/weights/{layer}.npy");
    ck_assert_str_eq(captures, "7 12.5 ff");
    ck_assert_str_eq(
        route_of("GET", "/api/v1/jobs/7/checkpoints/final/D_ff.npy", captures),
        "/api/v1/jobs/{id}/checkpoints/{time}/{array}.npy");
    ck_assert_str_eq(captures, "7 final D_ff");
    ck_assert_str_eq(
        route_of("POST", "/internal/leases/ab/reports/3", captures),
        "/internal/leases/{lease}/reports/{sequence}");
    ck_assert_str_eq(captures, "ab 3");
}

TEST(what_has_no_route_is_not_found_and_what_has_another_says_so)
{
    char captures[256];
    ck_assert_str_eq(route_of("GET", "/api/v1/jobs/", captures), "404");
    ck_assert_str_eq(route_of("GET", "/api/v1/jobs/7/", captures), "404");
    ck_assert_str_eq(route_of("GET", "//", captures), "404");
    ck_assert_str_eq(
        route_of("GET", "/api/v1/jobs/7/checkpoints/final/.npy", captures),
        "404");
    ck_assert_str_eq(route_of("PUT", "/api/v1/jobs", captures), "405");
    ck_assert_str_eq(route_of("POST", "/api/v1/jobs/7", captures), "405");
}

/* ---- ranges ------------------------------------------------------------- */

/* What of 1000 bytes is sent for a Range: "206 first length". */
static const char *
range_of(const char *range)
{
    static char answer[64];
    struct request request = {.header_count = 1, .headers = {{"Range", range}}};
    struct response response = {.code = 200};
    unsigned char *data = calloc(1000, 1);
    struct bytes bytes = {0};
    ck_assert_int_eq(bytes_append(&bytes, data, 1000), OK);
    response_download(&response, &bytes, "application/x-npy", "a.npy");
    response_apply_range(&request, &response);
    if (response.code == 416)
        strcpy(answer, "416");
    else
        snprintf(answer, sizeof(answer), "%d %d %d", response.code,
                 (int)response.first, (int)response.length);
    response_free(&response);
    free(data);
    return answer;
}

TEST(a_range_is_the_part_that_was_asked_for)
{
    ck_assert_str_eq(range_of("bytes=0-0"), "206 0 1");
    ck_assert_str_eq(range_of("bytes=10-19"), "206 10 10");
    ck_assert_str_eq(range_of("bytes=990-"), "206 990 10");
    ck_assert_str_eq(range_of("bytes=-10"), "206 990 10");
    ck_assert_str_eq(range_of("bytes=-5000"), "206 0 1000");
    ck_assert_str_eq(range_of("bytes=990-5000"), "206 990 10");
}

TEST(a_range_outside_is_refused_and_one_that_is_none_is_the_whole)
{
    ck_assert_str_eq(range_of("bytes=1000-"), "416");
    ck_assert_str_eq(range_of("bytes=-0"), "416");
    ck_assert_str_eq(range_of("bytes=9223372036854775807-"), "200 0 1000");
    ck_assert_str_eq(range_of("bytes=5-4"), "200 0 1000");
    ck_assert_str_eq(range_of("bytes=0-1,2-3"), "200 0 1000");
    ck_assert_str_eq(range_of("bytes=-"), "200 0 1000");
    ck_assert_str_eq(range_of("bytes="), "200 0 1000");
    ck_assert_str_eq(range_of("Bytes=0-1"), "200 0 1000");
    ck_assert_str_eq(range_of("bytes=0x1-2"), "200 0 1000");
    ck_assert_str_eq(range_of(""), "200 0 1000");
}

/* ---- tables ------------------------------------------------------------- */

static struct table
table_of(size_t rows)
{
    struct table table = {.names = {"t", "x"}, .columns = 2, .rows = rows};
    table.data = memory_array(rows * 2, sizeof(double));
    ck_assert_ptr_nonnull(table.data);
    for (size_t r = 0; r < rows; r++) {
        table.data[2 * r] = (double)r;
        table.data[2 * r + 1] = sin((double)r);
    }
    return table;
}

TEST(a_thinned_table_keeps_its_ends_and_every_extreme)
{
    for (int64_t points = 1; points < 40; points++) {
        struct table table = table_of(1000);
        table.data[2 * 777 + 1] = 5.0;
        table.data[2 * 778 + 1] = -5.0;
        double last = table.data[2 * 999 + 1], least = 0, most = 0;
        ck_assert_int_eq(table_thin(&table, points, NULL), OK);
        ck_assert(table.thinned);
        ck_assert_uint_le(table.rows, points > 4 ? (size_t)points : 4);
        ck_assert_double_eq(table.data[1], 0.0);
        ck_assert_double_eq(table.data[2 * table.rows - 1], last);
        for (size_t r = 0; r < table.rows; r++) {
            least = fmin(least, table.data[2 * r + 1]);
            most = fmax(most, table.data[2 * r + 1]);
            if (r)
                ck_assert_double_ge(table.data[2 * r], table.data[2 * r - 2]);
        }
        ck_assert_double_eq(least, -5.0);
        ck_assert_double_eq(most, 5.0);
        table_free(&table);
    }
}

TEST(a_table_that_is_short_enough_is_left_alone)
{
    struct table table = table_of(100);
    ck_assert_int_eq(table_thin(&table, 100, NULL), OK);
    ck_assert_int_eq(table_thin(&table, 0, NULL), OK);
    ck_assert_uint_eq(table.rows, 100);
    ck_assert(!table.thinned);
    table_free(&table);
}

TEST(a_thinned_table_does_not_hide_what_is_not_finite)
{
    struct table table = table_of(1000);
    bool seen = false;
    table.data[2 * 500 + 1] = NAN;
    ck_assert_int_eq(table_thin(&table, 10, NULL), OK);
    for (size_t r = 0; r < table.rows; r++)
        seen |= isnan(table.data[2 * r + 1]);
    ck_assert(seen);
    table_free(&table);
}

/* ---- JSON --------------------------------------------------------------- */

static const char *
written(json_t *json)
{
    static struct bytes out;
    bytes_free(&out);
    ck_assert_ptr_nonnull(json);
    ck_assert_int_eq(json_write(json, &out), OK);
    json_decref(json);
    return (const char *)out.data;
}

TEST(a_number_is_written_as_people_write_it_and_read_back_the_same)
{
    ck_assert_str_eq(written(json_real(0.1)), "0.1");
    ck_assert_str_eq(written(json_real(40)), "40.0");
    ck_assert_str_eq(written(json_real(1e300)), "1e+300");
    ck_assert_str_eq(written(json_number(NAN)), "null");
    ck_assert_str_eq(written(json_number(-INFINITY)), "null");
    srand(7);
    for (int i = 0; i < 10000; i++) {
        char text[NUMBER_SIZE];
        double value =
            (rand() - 1e9) / (1 + rand()) * pow(10, rand() % 40 - 20);
        number_text(value, text);
        ck_assert(strtod(text, NULL) == value);
    }
}

TEST(json_is_written_whole)
{
    ck_assert_str_eq(written(json_pack("{s:[i,b,n,f], s:{}, s:s}", "a", 1, 1,
                                       0.5, "b", "c\"\n", "ü/\x01")),
                     "{\"a\":[1,true,null,0.5],\"b\":{},"
                     "\"c\\\"\\n\":\"ü/\\u0001\"}");
    ck_assert_str_eq(written(json_array()), "[]");
}

TEST_MAIN("api")
