/* test_spec.c - what may be asked for, and how a wrong request is answered. */
#include "spec_testing.h"

#include <math.h>
#include <string.h>

static void
assert_json_refused(const char *text, size_t size, enum status wanted,
                    const char *words)
{
    json_t *json = NULL;
    struct error err = {.text = ""};
    ck_assert_int_eq(spec_check_text(text, size, &json, &err), wanted);
    ck_assert_ptr_null(json);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
}

TEST(the_preset_alone_is_the_published_van_der_pol_run)
{
    ck_assert_int_eq(read_text("{\"preset\": \"vanderPol\"}"), OK);
    const struct spec *spec = &submission.spec;
    ck_assert_int_eq(spec->network.neurons_ff, 3000);
    ck_assert_int_eq(spec->network.neurons_rec, 3000);
    ck_assert_int_eq(spec->network.seed_ff, 3);
    ck_assert_int_eq(spec->network.seed_rec, 4);
    ck_assert_int_eq(spec->input.seed, 2);
    ck_assert_double_eq(spec->network.radius_ff, 0.2);
    ck_assert_double_eq(spec->network.radius_rec, 5.0);
    ck_assert_double_eq(spec->learning.eta, 2e-3);
    ck_assert_double_eq(spec->learning.tau_error, 0.2);
    ck_assert_double_eq(spec->system.tau_dyn, 0.125);
    ck_assert_int_eq(spec_steps(spec), 40000);
    ck_assert_int_eq(spec_period_steps(spec), 4000);
    ck_assert_str_eq(nengo_name(spec->network.nengo), "2.4");
    ck_assert_str_eq(input_name(spec->input.type), "amplVaryHeightsScaled");
}

TEST(a_key_that_is_given_replaces_that_of_the_preset_and_no_other)
{
    struct spec published;
    ck_assert_int_eq(preset_spec("vanderPol", &published, NULL), OK);
    ck_assert_int_eq(read_text("{\"preset\": \"vanderPol\", \"learning\": "
                               "{\"eta\": 0.01}, \"compute\": {\"precision\": "
                               "\"f64\"}}"),
                     OK);
    published.learning.eta = 0.01;
    published.compute.precision = PRECISION_F64;
    ck_assert_mem_eq(&published, &submission.spec, sizeof published);
}

TEST(a_spec_written_as_json_and_read_again_is_the_same_bit_for_bit)
{
    struct spec spec, again;
    struct error err;
    ck_assert_int_eq(preset_spec("vanderPol", &spec, NULL), OK);
    spec.learning.eta = 0.1 + 0.2;
    spec.network.max_rates[0] = 100.0 / 3.0;
    spec.network.nengo = NENGO_4;
    spec.input.type = INPUT_RAMP_LEAVE_RAMP_HEIGHTS;
    spec.input.seed = 4294967295;
    strcpy(spec.compute.device, "a device of \"this\" name, \xc3\xa9");
    char *text = spec_to_text(&spec);
    ck_assert_ptr_nonnull(text);
    memset(&again, 0, sizeof again);
    ck_assert_msg(spec_from_text(text, &again, &err) == OK, "%s", err.text);
    ck_assert_mem_eq(&spec, &again, sizeof spec);
    free(text);
}

TEST(an_unknown_key_is_refused_with_the_one_that_may_have_been_meant)
{
    assert_fault("{\"preset\": \"vanderPol\", \"learning\": {\"etta\": 1}}",
                 "/learning/etta", "did you mean \"eta\"?");
    assert_fault("{\"preset\": \"vanderPol\", \"eta\": 1}", "/eta",
                 "did you mean \"learning.eta\"?");
    assert_fault("{\"preset\": \"vanderPol\", \"netwrk\": {}}", "/netwrk",
                 "did you mean \"network\"?");
    assert_fault("{\"preset\": \"vanderPol\", \"a/b~c\": 1}", "/a~1b~0c",
                 "unknown key");
}

TEST(a_negative_learning_rate_is_refused)
{
    assert_fault("{\"preset\": \"vanderPol\", \"learning\": {\"eta\": -1}}",
                 "/learning/eta", "must be from 0 to 1, is -1");
}

TEST(a_thousand_million_neurons_are_refused)
{
    assert_fault("{\"preset\": \"vanderPol\", \"network\": {\"neurons_ff\": "
                 "1e9}}",
                 "/network/neurons_ff", "must be from 1 to 1000000");
    assert_fault("{\"preset\": \"vanderPol\", \"network\": {\"neurons_rec\": "
                 "1000000000}}",
                 "/network/neurons_rec", "is 1000000000");
}

TEST(a_network_whose_decoders_no_memory_could_hold_is_refused)
{
    assert_fault("{\"preset\": \"vanderPol\", \"network\": {\"neurons_rec\": "
                 "1000000}}",
                 "/network/neurons_rec", "GiB");
    submission.spec.network.neurons_rec = INT64_MAX / 4;
    ck_assert_int_eq(spec_memory(&submission.spec), INT64_MAX);
}

TEST(a_radius_that_is_the_text_nan_is_refused_by_name)
{
    assert_fault("{\"preset\": \"vanderPol\", \"network\": {\"radius_rec\": "
                 "\"nan\"}}",
                 "/network/radius_rec", "must be a number, is \"nan\"");
}

TEST(nan_and_infinity_are_no_json)
{
    const char nan[] = "{\"network\": {\"radius_rec\": NaN}}";
    const char large[] = "{\"network\": {\"radius_rec\": 1e999}}";
    assert_json_refused(nan, strlen(nan), INVALID, "line 1, column");
    assert_json_refused(large, strlen(large), INVALID, "line 1");
}

TEST(wrong_types_are_refused_with_what_was_given)
{
    assert_fault("{\"preset\": \"vanderPol\", \"network\": 3}", "/network",
                 "must be an object, is 3");
    assert_fault("{\"preset\": \"vanderPol\", \"network\": {\"neurons_ff\": "
                 "2.5}}",
                 "/network/neurons_ff", "must be a whole number, is 2.5");
    assert_fault("{\"preset\": \"vanderPol\", \"learning\": {\"enabled\": 1}}",
                 "/learning/enabled", "must be true or false, is 1");
    assert_fault("{\"preset\": \"vanderPol\", \"network\": {\"max_rates\": "
                 "[200]}}",
                 "/network/max_rates", "is an array of 1");
    assert_fault("{\"preset\": \"vanderPol\", \"network\": {\"max_rates\": "
                 "[200, \"x\"]}}",
                 "/network/max_rates/1", "must be a number");
    assert_fault("{\"preset\": \"vanderPol\", \"network\": {\"max_rates\": "
                 "[400, 200]}}",
                 "/network/max_rates", "the first must be less");
    assert_fault("{\"preset\": \"vanderPol\", \"compute\": {\"device\": \"\"}}",
                 "/compute/device", "must have from 1 to 127 bytes");
    assert_fault("{\"preset\": \"vanderPol\", \"tags\": {\"a b\": \"c\"}}",
                 "/tags/a b", "a tag's name");
    assert_fault("{\"preset\": \"vanderPol\", \"priority\": 101}", "/priority",
                 "from -100 to 100");
    assert_fault("[]", "", "must be an object, is an array of 0");
}

TEST(all_faults_are_told_at_once)
{
    ck_assert_int_eq(
        read_text("{\"preset\": \"vanderpol\", \"colour\": 1, \"network\": "
                  "{\"neurons_ff\": 0, \"radius_ff\": \"nan\", \"x\": 1}, "
                  "\"learning\": {\"eta\": -1}, \"name\": 7}"),
        INVALID);
    ck_assert_ptr_nonnull(fault_at("/preset"));
    ck_assert_ptr_nonnull(strstr(fault_at("/preset"), "\"vanderPol\"?"));
    ck_assert_ptr_nonnull(fault_at("/colour"));
    ck_assert_ptr_nonnull(fault_at("/network/neurons_ff"));
    ck_assert_ptr_nonnull(fault_at("/network/radius_ff"));
    ck_assert_ptr_nonnull(fault_at("/network/x"));
    ck_assert_ptr_nonnull(fault_at("/learning/eta"));
    ck_assert_ptr_nonnull(fault_at("/name"));
    ck_assert_uint_eq(faults.count, 7);
}

TEST(more_faults_than_can_be_listed_are_counted)
{
    json_t *json = json_pack("{s:s}", "preset", "vanderPol");
    for (int i = 0; i < FAULTS_MOST + 10; i++) {
        char key[400];
        memset(key, 'k', sizeof key);
        snprintf(key + 380, sizeof key - 380, "%d", i);
        json_object_set_new(json, key, json_true());
    }
    ck_assert_int_eq(spec_from_json(json, &submission, &faults), INVALID);
    ck_assert_uint_eq(faults.count, FAULTS_MOST);
    ck_assert_uint_eq(faults.more, 10);
    json_decref(json);
}

TEST(texts_that_are_cut_stay_utf_8)
{
    for (size_t length = 20; length < 300; length++) {
        char key[1024] = "";
        memset(key, 'k', length);
        strcpy(key + length, "\xe2\x82\xac\xe2\x82\xac\xf0\x9f\x92\xa1~/x");
        json_t *json = json_pack("{s:s, s:i, s:{s:s}}", "preset", "vanderPol",
                                 key, 1, "input", "type", key);
        ck_assert_int_eq(spec_from_json(json, &submission, &faults), INVALID);
        for (size_t i = 0; i < faults.count; i++) {
            json_t *pointer = json_string(faults.list[i].pointer);
            json_t *detail = json_string(faults.list[i].detail);
            ck_assert_ptr_nonnull(pointer);
            ck_assert_ptr_nonnull(detail);
            json_decref(pointer);
            json_decref(detail);
        }
        json_decref(json);
    }
}

TEST(times_must_fit_together)
{
    assert_fault("{\"preset\": \"vanderPol\", \"schedule\": {\"duration\": "
                 "23.999}}",
                 "/schedule/duration", "at least settle + test + period, 24 s");
    assert_fault("{\"preset\": \"vanderPol\", \"schedule\": {\"duration\": "
                 "40.0005}}",
                 "/schedule/duration", "whole number of steps");
    assert_fault("{\"preset\": \"vanderPol\", \"schedule\": {\"period\": "
                 "0.5}}",
                 "/schedule/trial_clamp", "longer than the 0.5 s");
    assert_fault("{\"preset\": \"vanderPol\", \"schedule\": {\"ramp\": 4.5}}",
                 "/schedule/ramp", "not be longer than the period");
    assert_fault("{\"preset\": \"vanderPol\", \"record\": {\"window\": 41}}",
                 "/record/window", "not be longer than the job");
    ck_assert_int_eq(read_text("{\"preset\": \"vanderPol\", \"schedule\": "
                               "{\"duration\": 24}}"),
                     OK);
}

TEST(a_job_of_more_periods_than_a_memory_could_hold_is_refused)
{
    assert_fault("{\"preset\": \"vanderPol\", \"schedule\": {\"duration\": "
                 "1e6, \"period\": 0.9}}",
                 "/schedule/period", "more than 1000000 periods");
    ck_assert_int_eq(read_text("{\"preset\": \"vanderPol\", \"schedule\": "
                               "{\"duration\": 1e6, \"period\": 1}}"),
                     OK);
}

TEST(times_that_decimals_cannot_hold_are_still_whole_steps)
{
    for (int steps = 24000; steps < 24200; steps++) {
        char text[128];
        snprintf(text, sizeof text,
                 "{\"preset\": \"vanderPol\", \"schedule\": {\"duration\": "
                 "%.3f}}",
                 steps / 1000.0);
        ck_assert_int_eq(read_text(text), OK);
        ck_assert_int_eq(spec_steps(&submission.spec), steps);
    }
}

TEST(json_that_is_broken_is_refused_with_line_and_column)
{
    const char cut[] = "{\"preset\":\n \"vanderPol\"";
    const char twice[] = "{\"preset\": 1, \"preset\": 2}";
    assert_json_refused(cut, strlen(cut), INVALID, "line 2, column");
    assert_json_refused(twice, strlen(twice), INVALID, "duplicate");
    assert_json_refused("", 0, INVALID, "empty");
    assert_json_refused("\xff\xfe{", 3, INVALID, "line 1");
}

TEST(a_description_beyond_64_kib_or_16_levels_is_refused_unread)
{
    static char text[SPEC_BODY_MOST + 1];
    memset(text, ' ', sizeof text);
    assert_json_refused(text, sizeof text, TOO_LARGE, "at most 65536");
    memset(text, '[', sizeof text);
    assert_json_refused(text, 17, INVALID, "deeper than 16");
    assert_json_refused(text, SPEC_BODY_MOST, INVALID, "deeper than 16");
    const char quoted[] = "{\"note\": \"[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}";
    json_t *json;
    ck_assert_int_eq(spec_check_text(quoted, strlen(quoted), &json, NULL), OK);
    json_decref(json);
}

TEST(name_tags_note_and_priority_belong_to_the_job_and_not_to_its_spec)
{
    ck_assert_int_eq(read_text("{\"preset\": \"vanderPol\", \"name\": \"first\""
                               ", \"tags\": {\"b\": \"2\", \"a\": \"1\"}, "
                               "\"priority\": -3, \"note\": \"two\\nlines\"}"),
                     OK);
    ck_assert_str_eq(submission.name, "first");
    ck_assert_str_eq(submission.tags, "{\"a\":\"1\",\"b\":\"2\"}");
    ck_assert_int_eq(submission.priority, -3);
    ck_assert_str_eq(submission.note, "two\nlines");
    json_t *json = spec_to_json(&submission.spec);
    ck_assert_ptr_null(json_object_get(json, "name"));
    json_decref(json);
}

/* Follows "a.b.c" down the objects. */
static json_t *
at(json_t *json, const char *path)
{
    char copy[128];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok(copy, "."); key != NULL; key = strtok(NULL, "."))
        json = json_object_get(json, key);
    return json;
}

TEST(the_error_passes_in_periods_between_settling_and_the_test)
{
    static const struct {
        double from, to;
        bool passes;
    } periods[] = {{0, 4, false},   {2, 6, false},    {4, 8, true},
                   {20, 24, true},  {22, 26, false},  {24, 28, false},
                   {36, 40, false}, {NAN, NAN, false}};
    struct spec spec;
    ck_assert_int_eq(preset_spec("vanderPol", &spec, NULL), OK);
    for (size_t i = 0; i < ARRAY_LENGTH(periods); i++)
        ck_assert(spec_lets_error_pass(&spec, periods[i].from, periods[i].to) ==
                  periods[i].passes);
}

TEST(the_schema_knows_every_key_with_its_limits_unit_and_default)
{
    json_t *schema = spec_schema();
    ck_assert_ptr_nonnull(schema);
    json_t *eta = at(schema, "properties.learning.properties.eta");
    ck_assert_double_eq(json_number_value(at(eta, "maximum")), 1.0);
    ck_assert_double_eq(json_number_value(at(eta, "default")), 2e-3);
    ck_assert_ptr_nonnull(
        strstr(json_string_value(at(eta, "description")), "paper"));
    json_t *tau = at(schema, "properties.learning.properties.tau_error");
    ck_assert_str_eq(json_string_value(at(tau, "x-unit")), "s");
    ck_assert(json_is_false(at(schema, "additionalProperties")));
    json_t *section, *spec = spec_to_json(&submission.spec);
    const char *name, *key;
    json_t *value;
    json_object_foreach(spec, name, section)
        json_object_foreach(section, key, value)
    {
        json_t *properties = at(schema, "properties");
        properties = at(json_object_get(properties, name), "properties");
        ck_assert_ptr_nonnull(json_object_get(properties, key));
    }
    json_decref(spec);
    json_decref(schema);
}

TEST(the_documentation_has_a_line_for_every_key)
{
    struct bytes page = {0};
    ck_assert_int_eq(spec_document(&page), OK);
    const char *text = (const char *)page.data;
    ck_assert_ptr_nonnull(
        strstr(text, "| `learning.eta` |  | 0.002 | 0 to 1 "));
    ck_assert_ptr_nonnull(strstr(text, "\n| `vanderPol` | van der Pol "));
    ck_assert_ptr_nonnull(strstr(text, "\n## network\n\n| key | unit "));
    bytes_free(&page);
}

TEST(a_spec_that_was_damaged_in_the_store_is_corrupt)
{
    struct spec spec;
    struct error err;
    ck_assert_int_eq(spec_from_text("{\"preset\"", &spec, &err), CORRUPT);
    ck_assert_int_eq(spec_from_text("{\"preset\": \"no\"}", &spec, &err),
                     CORRUPT);
}

TEST_MAIN("spec")
