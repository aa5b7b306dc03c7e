/* The client's words, numbers and pictures, without a server. */
#include "testing.h"

#include "client/client.h"

#include <locale.h>
#include <math.h>
#include <string.h>

/* ---- words on the command line --------------------------------------------
 */

static const struct option_row rows[] = {
    {"set", 's', "KEY=VALUE", ""},
    {"wait", 'w', NULL, ""},
    {NULL, 0, NULL, NULL},
};
static const struct option_row *const tables[] = {rows, NULL};

static enum status
parse(char *const *words, struct arguments *out, struct error *err)
{
    size_t used;

    memset(out, 0, sizeof(*out));
    return arguments_parse(tables, words, false, out, &used, err);
}

TEST(options_and_words_may_stand_in_any_order)
{
    char *words[] = {"vanderPol", "--set",     "a=1",  "-sb=2",
                     "--wait",    "--set=c=3", "more", NULL};
    struct arguments arguments;
    size_t cursor = 0;

    ck_assert_int_eq(parse(words, &arguments, NULL), OK);
    ck_assert_uint_eq(arguments.word_count, 2);
    ck_assert_str_eq(arguments.words[1], "more");
    ck_assert(option_given(&arguments, "wait"));
    ck_assert_str_eq(option_next(&arguments, "set", &cursor), "a=1");
    ck_assert_str_eq(option_next(&arguments, "set", &cursor), "b=2");
    ck_assert_str_eq(option_next(&arguments, "set", &cursor), "c=3");
    ck_assert_ptr_null(option_next(&arguments, "set", &cursor));
}

TEST(a_lone_hyphen_is_a_word_and_after_two_everything_is)
{
    char *words[] = {"-", "--", "--wait", NULL};
    struct arguments arguments;

    ck_assert_int_eq(parse(words, &arguments, NULL), OK);
    ck_assert_uint_eq(arguments.word_count, 2);
    ck_assert_str_eq(arguments.words[1], "--wait");
}

TEST(an_unknown_option_is_refused_with_the_one_that_was_meant)
{
    char *words[] = {"--wiat", NULL};
    struct arguments arguments;
    struct error err;

    ck_assert_int_eq(parse(words, &arguments, &err), INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "did you mean --wait"));
}

TEST(an_option_without_its_value_is_refused)
{
    char *words[] = {"--set", NULL};
    struct arguments arguments;
    struct error err;

    ck_assert_int_eq(parse(words, &arguments, &err), INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "KEY=VALUE"));
}

TEST(a_number_with_something_behind_it_is_no_number)
{
    struct error err;
    double value;

    ck_assert_int_eq(number_parse("4e-2", "n", 0, 1, &value, &err), OK);
    ck_assert_double_eq(value, 4e-2);
    ck_assert_int_eq(number_parse("4s", "n", 0, 9, &value, &err), INVALID);
    ck_assert_int_eq(number_parse("nan", "n", 0, 9, &value, &err), INVALID);
    ck_assert_int_eq(number_parse("10", "n", 0, 9, &value, &err), INVALID);
}

/* ---- settings ---------------------------------------------------------------
 */

static json_t *
schema_new(void)
{
    return json_loads(
        "{\"properties\":{\"name\":{\"type\":\"string\"},"
        "\"network\":{\"type\":\"object\",\"properties\":{"
        "\"neurons_ff\":{\"type\":\"integer\"},"
        "\"nengo\":{\"enum\":[\"2.4\",\"2.5\"]}}},"
        "\"input\":{\"properties\":{\"scale\":{\"type\":\"number\"}}},"
        "\"system\":{\"properties\":{\"scale\":{\"type\":\"number\"}}}}}",
        0, NULL);
}

/* The description that one setting makes, as compact JSON; or the fault. */
static const char *
setting_result(const char *setting)
{
    static char text[1024];
    json_t *schema = schema_new(), *description = json_object();
    struct error err;
    enum status status =
        setting_apply(NULL, description, schema, setting, &err);
    char *json = json_dumps(description, JSON_COMPACT);

    snprintf(text, sizeof(text), "%s", status == OK ? json : err.text);
    free(json);
    json_decref(description);
    json_decref(schema);
    return text;
}

TEST(a_setting_is_found_by_its_path_and_by_a_last_name_that_is_unique)
{
    ck_assert_str_eq(setting_result("network.neurons_ff=100"),
                     "{\"network\":{\"neurons_ff\":100}}");
    ck_assert_str_eq(setting_result("neurons_ff=100"),
                     "{\"network\":{\"neurons_ff\":100}}");
    ck_assert_str_eq(setting_result("input.scale=5e-1"),
                     "{\"input\":{\"scale\":0.5}}");
}

TEST(text_stays_text_where_the_schema_wants_it)
{
    ck_assert_str_eq(setting_result("nengo=2.5"),
                     "{\"network\":{\"nengo\":\"2.5\"}}");
    ck_assert_str_eq(setting_result("name=7"), "{\"name\":\"7\"}");
    ck_assert_str_eq(setting_result("neurons_ff=many"),
                     "{\"network\":{\"neurons_ff\":\"many\"}}");
}

TEST(an_ambiguous_setting_is_refused_with_all_it_could_mean)
{
    const char *text = setting_result("scale=2");

    ck_assert_ptr_nonnull(strstr(text, "input.scale"));
    ck_assert_ptr_nonnull(strstr(text, "system.scale"));
}

TEST(an_unknown_setting_is_refused_with_the_one_that_was_meant)
{
    ck_assert_ptr_nonnull(
        strstr(setting_result("neuron_ff=2"), "did you mean 'neurons_ff'"));
    ck_assert_ptr_nonnull(
        strstr(setting_result("network.neurons_f=2"), "network.neurons_ff"));
    ck_assert_ptr_nonnull(strstr(setting_result("neurons_ff"), "key=value"));
}

/* ---- what people see
 * ---------------------------------------------------------- */

TEST(ten_thousand_is_told_without_an_exponent)
{
    char text[32];
    ck_assert_str_eq(number_text(10000, text, sizeof(text)), "10000");
    ck_assert_str_eq(number_text(-196703.4, text, sizeof(text)), "-196703");
    ck_assert_str_eq(number_text(999.96, text, sizeof(text)), "1000");
    ck_assert_str_eq(number_text(40, text, sizeof(text)), "40");
    ck_assert_str_eq(number_text(9.0638e-4, text, sizeof(text)), "0.0009064");
    ck_assert_str_eq(number_text(NAN, text, sizeof(text)), "-");
}

TEST(durations_are_told_in_the_units_people_think_in)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {3.21, "3.2 s"},        {59.6, "60 s"},       {250, "4 min 10 s"},
        {45600, "12 h 40 min"}, {400000, "4 d 15 h"}, {NAN, "-"},
        {3599, "60 min"},
    };
    char text[40];

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        ck_assert_str_eq(duration_text(cases[i].seconds, text, sizeof(text)),
                         cases[i].text);
}

static struct job_view
running(void)
{
    return (struct job_view){.id = 7,
                             .rev = 3,
                             .name = "vanderPol",
                             .state = "running",
                             .unit = "s",
                             .done = 18.1,
                             .total = 40,
                             .fraction = 0.4525,
                             .rate = 1.9,
                             .eta = 12,
                             .mse = 0.0031,
                             .test_mse = NAN,
                             .started = 990,
                             .wall = NAN};
}

static const char *
line_of(const struct job_view *job, int columns, bool utf8)
{
    static char text[1024];
    struct look look = {
        .terminal = columns > 0, .utf8 = utf8, .columns = columns};
    struct bytes out = {0};

    setenv("TZ", "UTC", 1);
    ck_assert_int_eq(progress_line(job, &look, 1000 * 1000, &out), OK);
    snprintf(text, sizeof(text), "%s", (char *)out.data);
    bytes_free(&out);
    return text;
}

TEST(a_wide_terminal_gets_bar_rate_time_left_and_error)
{
    struct job_view job = running();
    const char *line = line_of(&job, 110, true);

    ck_assert_ptr_nonnull(strstr(line, "vanderPol ▕█"));
    ck_assert_ptr_nonnull(strstr(
        line, "▏ 45.2 %  18.1/40 s  1.9 s/s  ETA 00:16:52 (12 s)  mse 0.0031"));
}

TEST(a_progress_line_never_is_wider_than_its_terminal)
{
    struct job_view job = running();
    struct job_view long_one = running();

    memset(long_one.reason, 'x', 300);
    strcpy(long_one.state, "failed");
    for (int columns = 20; columns < 200; columns++) {
        ck_assert_int_lt(text_width(line_of(&job, columns, true)), columns);
        ck_assert_int_lt(text_width(line_of(&job, columns, false)), columns);
        ck_assert_int_lt(text_width(line_of(&long_one, columns, true)),
                         columns);
    }
}

TEST(a_bar_fills_in_eighths_and_without_utf8_in_signs)
{
    struct job_view job = running();

    strcpy(job.state, "cancelling");
    job.done = job.mse = NAN;
    job.fraction = 0;
    ck_assert_ptr_null(strstr(line_of(&job, 60, true), "█"));
    job.fraction = 1;
    ck_assert_ptr_null(strstr(line_of(&job, 60, false), "# "));
    ck_assert_ptr_nonnull(strstr(line_of(&job, 60, false), "##]"));
}

TEST(no_time_left_is_told_in_the_first_seconds)
{
    struct job_view job = running();

    job.fraction = 0.001;
    job.done = 0.04;
    job.started = 999;
    ck_assert_ptr_null(strstr(line_of(&job, 110, true), "ETA"));
    ck_assert_ptr_null(strstr(line_of(&job, 0, true), "ETA"));
    job.started = 990;
    ck_assert_ptr_nonnull(strstr(line_of(&job, 110, true), "ETA"));
}

TEST(a_job_starts_until_something_is_done_whatever_its_pace)
{
    struct job_view job = running();

    job.rate = NAN;
    ck_assert_ptr_null(strstr(line_of(&job, 110, true), "starting"));
    job.done = job.fraction = 0;
    ck_assert_ptr_nonnull(strstr(line_of(&job, 110, true), "starting"));
}

TEST(an_error_is_told_of_periods_that_are_wholly_learning_or_wholly_test)
{
    static const struct {
        double t_end, mse, test_mse;
    } cases[] = {{4, NAN, NAN},  {6, NAN, NAN},  {8, 0.5, NAN},
                 {24, 0.5, NAN}, {26, NAN, NAN}, {28, NAN, 3}};

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        json_t *json =
            json_pack("{s:{s:{s:f, s:f, s:f}}, s:{s:{s:f, s:f, s:f, s:f}}}",
                      "metrics", "last", "t_end", cases[i].t_end, "mse", 0.5,
                      "mse_raw", 3.0, "spec", "schedule", "duration", 40.0,
                      "period", 4.0, "settle", 4.0, "test", 16.0);
        struct job_view job;

        job_view_from_json(json, &job);
        ck_assert_int_eq(isnan(job.mse), isnan(cases[i].mse));
        ck_assert_int_eq(isnan(job.test_mse), isnan(cases[i].test_mse));
        json_decref(json);
    }
}

TEST(names_cannot_command_the_terminal)
{
    json_t *json = json_pack("{s:i, s:s, s:s}", "id", 7, "name", "a\033[2Jb\nc",
                             "state", "queued");
    struct job_view job;

    job_view_from_json(json, &job);
    ck_assert_str_eq(job.name, "a [2Jb c");
    json_decref(json);
}

TEST(text_is_cut_between_characters_and_not_inside_one)
{
    char text[6];

    ck_assert_str_eq(text_clean("abc▏d", text, sizeof(text)), "abc");
    ck_assert_str_eq(text_clean("ab▏d", text, sizeof(text)), "ab▏");
    ck_assert_str_eq(text_clean("abcdefg", text, sizeof(text)), "abcde");
}

TEST(a_table_wider_than_its_terminal_shrinks_in_one_column)
{
    static const char *const heads[] = {"ID", "<NAME", "<STATE", NULL};
    struct look look = {.terminal = true, .utf8 = true, .columns = 30};
    struct table table;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    table_start(&table, heads, 1);
    table_cell(&table, "7");
    table_cell(&table, "a name that is much too long for it");
    table_cell(&table, "running");
    table_print(&table, file, &look);
    fclose(file);
    table_free(&table);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        ck_assert_int_le(text_width(line), 30);
    free(text);
}

/* ---- downloads
 * ------------------------------------------------------------------- */

TEST(a_digest_is_compared_and_another_algorithm_is_not_taken_for_it)
{
    static const char empty[] =
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

    ck_assert_int_eq(digest_matches(empty, "", 0), 1);
    ck_assert_int_eq(digest_matches(empty, "x", 1), 0);
    ck_assert_int_eq(digest_matches("", "", 0), -1);
    ck_assert_int_eq(digest_matches("sha-512=:AAAA:", "", 0), -1);
    ck_assert_int_eq(digest_matches("sha-256=:short:", "", 0), -1);
}

TEST_MAIN("client")
