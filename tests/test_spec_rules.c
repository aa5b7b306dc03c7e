/* test_spec_rules.c - command, weights, learning rules and protocols: what fits
 * together, and every kind of value. */
#include "spec_testing.h"

#include <math.h>
#include <string.h>

#define SHA                                                                    \
    "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""

/* A description on top of the preset `name`. */
static const char *
on(const char *name, const char *rest)
{
    static char text[1000];
    snprintf(text, sizeof text, "{\"preset\": \"%s\", %s}", name, rest);
    return text;
}

static void
assert_good(const char *text)
{
    struct spec again;
    struct error err;
    ck_assert_msg(read_text(text) == OK, "%s: %s: %s", text,
                  faults.list[0].pointer, faults.list[0].detail);
    char *resolved = spec_to_text(&submission.spec);
    ck_assert_ptr_nonnull(resolved);
    ck_assert_msg(spec_from_text(resolved, &again, &err) == OK, "%s", err.text);
    ck_assert_msg(memcmp(&again, &submission.spec, sizeof again) == 0,
                  "%s: read again it is another", resolved);
    free(resolved);
}

/* ---- values that follow others ------------------------------------------ */

TEST(settle_and_test_follow_the_period_unless_they_are_given)
{
    const struct spec *spec = &submission.spec;
    assert_good(on("vanderPol", "\"schedule\": {\"period\": 2}"));
    ck_assert_double_eq(spec->schedule.settle, 2);
    ck_assert_double_eq(spec->schedule.test, 8);
    assert_good(on("vanderPol", "\"schedule\": {\"period\": 2, \"test\": 1}"));
    ck_assert_double_eq(spec->schedule.settle, 2);
    ck_assert_double_eq(spec->schedule.test, 1);
    assert_good(on("vanderPol", "\"schedule\": {\"settle\": 0}"));
    ck_assert_double_eq(spec->schedule.test, 16);
}

TEST(the_feedback_s_gain_stays_unless_another_end_is_given)
{
    const struct spec *spec = &submission.spec;
    assert_good(on("vanderPol", "\"feedback\": {\"gain\": 100}"));
    ck_assert_double_eq(spec->feedback.gain_end, 100);
    assert_good(on("vanderPol", "\"feedback\": {\"gain_end\": 5}"));
    ck_assert_double_eq(spec->feedback.gain, 10);
    ck_assert_double_eq(spec->feedback.gain_end, 5);
}

TEST(a_readout_learns_from_the_network_that_it_starts_from)
{
    const struct spec *spec = &submission.spec;
    assert_good(on("readout", "\"start\": {\"job\": 7}"));
    ck_assert_int_eq(spec->reference.job, 7);
    ck_assert_int_eq(spec->learning.plastic, PLASTIC_READOUT);
    ck_assert_double_eq(spec->learning.eta, 1e-4);
    assert_good(on("readout", "\"start\": {\"job\": 7}, \"reference\": "
                              "{\"job\": 8}"));
    ck_assert_int_eq(spec->reference.job, 8);
    assert_good(on("readout", "\"start\": {\"job\": 7}, \"reference\": "
                              "\"system\""));
    ck_assert_int_eq(spec->reference.job, 0);
}

TEST(the_reference_is_the_system_or_a_job)
{
    assert_good(on("vanderPol", "\"reference\": {\"job\": 12, \"delay\": 0.05, "
                                "\"delay_type\": \"alpha\"}"));
    ck_assert_int_eq(submission.spec.reference.job, 12);
    ck_assert_int_eq(submission.spec.reference.delay_type, DELAY_ALPHA);
    assert_good(on("vanderPol", "\"reference\": \"system\""));
    ck_assert_int_eq(submission.spec.reference.job, 0);
    ck_assert(submission.spec.reference.filtered);
    assert_fault(on("vanderPol", "\"reference\": \"job\""), "/reference",
                 "must be \"system\" or an object, is \"job\"");
    assert_fault(on("vanderPol", "\"reference\": {\"job\": 0}"),
                 "/reference/job", "must be from 1");
    assert_fault(on("vanderPol", "\"reference\": {\"job\": \"a\"}"),
                 "/reference/job", "must be a whole number or null");
}

/* ---- kinds of values ---------------------------------------------------- */

TEST(a_start_is_a_job_at_a_time_or_at_its_end)
{
    const struct spec *spec = &submission.spec;
    assert_good(on("vanderPol", "\"start\": {\"job\": 3}"));
    ck_assert_double_eq(spec->start.at, -1);
    assert_good(on("vanderPol", "\"start\": {\"job\": 3, \"at\": \"final\", "
                                "\"states\": true}"));
    ck_assert(spec->start.states);
    assert_good(on("vanderPol", "\"start\": {\"job\": 3, \"at\": 0.125}"));
    ck_assert_double_eq(spec->start.at, 0.125);
    assert_fault(on("vanderPol", "\"start\": {\"at\": 3}"), "/start/at",
                 "without start.job");
    assert_fault(on("vanderPol", "\"start\": {\"states\": true}"),
                 "/start/states", "without start.job");
    assert_fault(on("vanderPol", "\"start\": {\"job\": 3, \"at\": \"end\"}"),
                 "/start/at", "must be a time in s or \"final\"");
    assert_fault(on("vanderPol", "\"start\": {\"job\": 3, \"at\": 0.0005}"),
                 "/start/at", "whole number of steps");
}

TEST(a_seed_that_is_null_goes_on_with_the_command_s_stream)
{
    assert_good(on("vanderPol", "\"readout\": {\"seed\": 0}"));
    ck_assert_int_eq(submission.spec.readout.seed, 0);
    ck_assert_int_eq(submission.spec.weights.seed, -1);
    assert_good(on("vanderPol", "\"readout\": {\"seed\": null}"));
    ck_assert_int_eq(submission.spec.readout.seed, -1);
    assert_fault(on("vanderPol", "\"readout\": {\"seed\": -1}"),
                 "/readout/seed", "must be from 0");
}

TEST(an_upload_is_named_by_its_digest_or_null)
{
    assert_good(on("vanderPol", "\"network\": {\"arrays\": " SHA "}"));
    ck_assert_uint_eq(strlen(submission.spec.network.arrays), 64);
    assert_good(on("vanderPol", "\"network\": {\"arrays\": null}"));
    ck_assert_str_eq(submission.spec.network.arrays, "");
    assert_fault(on("vanderPol", "\"network\": {\"arrays\": \"0123\"}"),
                 "/network/arrays", "SHA-256");
    assert_fault(on("vanderPol", "\"network\": {\"arrays\": 7}"),
                 "/network/arrays", "is 7");
}

TEST(an_eta_schedule_ascends)
{
    assert_good(on("vanderPol", "\"learning\": {\"eta_schedule\": "
                                "[[0, 0.1], [10.0005, 0.30000000000000004]]}"));
    ck_assert_int_eq(submission.spec.learning.eta_schedule.count, 2);
    ck_assert_double_eq(submission.spec.learning.eta_schedule.eta[1],
                        0.1 + 0.2);
    assert_fault(on("vanderPol", "\"learning\": {\"eta_schedule\": "
                                 "[[5, 0.1], [5, 0.2]]}"),
                 "/learning/eta_schedule/1/0", "must be later than 5");
    assert_fault(on("vanderPol", "\"learning\": {\"eta_schedule\": [[5, 2]]}"),
                 "/learning/eta_schedule/0/1", "must be from 0 to 1");
    assert_fault(on("vanderPol", "\"learning\": {\"eta_schedule\": [5]}"),
                 "/learning/eta_schedule/0", "must be a pair");
}

TEST(lists_that_are_too_long_are_refused)
{
    char list[400] = "[1";
    for (int i = 0; i < SPEC_LIST_MOST; i++)
        strcat(list, ", 1");
    char rest[500];
    snprintf(rest, sizeof rest, "\"system\": {\"start\": %s]}", list);
    assert_fault(on("vanderPol", rest), "/system/start",
                 "must have at most 16 entries, has 17");
}

TEST(what_is_plastic_is_a_set_of_names)
{
    assert_good(on("vanderPol", "\"learning\": {\"plastic\": [\"rec\"]}"));
    ck_assert_int_eq(submission.spec.learning.plastic, PLASTIC_REC);
    assert_fault(on("vanderPol", "\"learning\": {\"plastic\": []}"),
                 "/learning/plastic", "must name something");
    assert_fault(on("vanderPol", "\"learning\": {\"plastic\": \"rec\"}"),
                 "/learning/plastic", "a list of names");
    assert_fault(on("vanderPol", "\"learning\": {\"plastic\": [\"out\"]}"),
                 "/learning/plastic/0", "must be one of \"ff\", \"rec\"");
    assert_fault(
        on("vanderPol", "\"learning\": {\"plastic\": [\"ff\", \"ff\"]}"),
        "/learning/plastic/1", "named twice");
}

/* Every key of every preset by itself, a little changed: it is refused, or it
 * is written as it was given. */
TEST(every_value_that_is_taken_comes_back_as_it_was_given)
{
    size_t taken = 0, given = 0;
    for (size_t i = 0; preset_name(i) != NULL; i++) {
        struct spec spec;
        const char *section, *key;
        json_t *object, *value;
        ck_assert_int_eq(preset_spec(preset_name(i), &spec, NULL), OK);
        json_t *whole = spec_to_json(&spec);
        json_object_foreach(whole, section, object)
            json_object_foreach(object, key, value)
        {
            json_t *changed =
                json_is_real(value) ? json_real(json_real_value(value) * 1.25)
                : json_is_integer(value)
                    ? json_integer(json_integer_value(value) + 1)
                : json_is_boolean(value) ? json_boolean(!json_is_true(value))
                                         : json_incref(value);
            json_t *text = json_pack("{s:s, s:{s:O}}", "preset", preset_name(i),
                                     section, key, changed);
            given++;
            if (spec_from_json(text, &submission, &faults) == OK) {
                struct spec again;
                char *resolved = spec_to_text(&submission.spec);
                json_t *back = spec_to_json(&submission.spec);
                json_t *kept =
                    json_object_get(json_object_get(back, section), key);
                ck_assert_msg(json_equal(kept, changed), "%s.%s", section, key);
                ck_assert_int_eq(spec_from_text(resolved, &again, NULL), OK);
                ck_assert_mem_eq(&again, &submission.spec, sizeof again);
                json_decref(back);
                free(resolved);
                taken++;
            }
            json_decref(text);
            json_decref(changed);
        }
        json_decref(whole);
    }
    ck_assert_msg(10 * taken > 9 * given, "%zu of %zu were taken", taken,
                  given);
}

/* ---- what must fit together --------------------------------------------- */

TEST(arms_take_torques_and_nothing_else_does)
{
    assert_good(on("robot1_gravity", "\"input\": {\"type\": "
                                     "\"rampLeaveDirnVary\"}"));
    assert_fault(on("robot1_gravity", "\"input\": {\"type\": \"amplVary\"}"),
                 "/input/type", "robot1_gravity takes torques");
    assert_fault(on("vanderPol", "\"input\": {\"type\": \"RLSwing\", "
                                 "\"command_from\": 4}"),
                 "/input/type", "vanderPol takes none");
    assert_good(on("robot1_gravity", "\"input\": {\"type\": \"RLSwing\", "
                                     "\"command_from\": 4}"));
    assert_fault(on("robot1_gravity", "\"input\": {\"type\": \"RLReach1\", "
                                      "\"command_from\": 4}"),
                 "/input/type",
                 "has two dimensions, and the command of "
                 "robot1_gravity 1");
    assert_fault(on("Lorenz", "\"input\": {\"type\": \"rampStep\"}"),
                 "/input/type", "has two dimensions");
    assert_fault(on("custom", "\"system\": {\"dimensions_in\": 4}, "
                              "\"input\": {\"type\": \"kickStart\"}"),
                 "/input/type", "two or three dimensions");
}

TEST(a_command_that_is_divided_by_the_ramp_needs_one)
{
    assert_fault(on("robot1", "\"schedule\": {\"ramp\": 0}"), "/schedule/ramp",
                 "must be from 0.001 to 1200");
    assert_fault(on("LinOsc", "\"schedule\": {\"ramp\": 0}, "
                              "\"input\": {\"type\": \"amplDurnVary\"}"),
                 "/schedule/ramp", "for \"amplDurnVary\", is 0");
    assert_good(on("LinOsc", "\"schedule\": {\"ramp\": 0}, "
                             "\"input\": {\"type\": \"rampLeave\"}"));
}

TEST(learned_torques_come_from_a_job_or_an_upload)
{
    const char *arm = "robot2_todorov_gravity";
    assert_good(on(arm, "\"input\": {\"type\": \"RLReach3\", "
                        "\"command_from\": 4}"));
    assert_good(
        on(arm, "\"input\": {\"type\": \"RLReach3\", \"array\": " SHA "}"));
    assert_fault(on(arm, "\"input\": {\"type\": \"RLReach3\"}"),
                 "/input/command_from", "must be the job that learned");
    assert_fault(on(arm, "\"input\": {\"type\": \"RLReach3\", \"array\": " SHA
                         ", \"command_from\": 4}"),
                 "/input/command_from", "not both");
    assert_fault(on(arm, "\"input\": {\"command_from\": 4}"),
                 "/input/command_from", "must be null");
}

TEST(uploads_are_given_where_they_are_used_and_nowhere_else)
{
    assert_fault(on("vanderPol", "\"input\": {\"type\": \"array\"}"),
                 "/input/array", "must be given");
    assert_fault(on("vanderPol", "\"input\": {\"array\": " SHA "}"),
                 "/input/array", "must be null");
    assert_fault(on("vanderPol", "\"weights\": {\"init\": \"array\"}"),
                 "/weights/array", "must be given");
    assert_fault(on("vanderPol", "\"weights\": {\"array\": " SHA "}"),
                 "/weights/array", "must be null");
    assert_fault(on("custom", "\"system\": {\"type\": \"array\"}"),
                 "/system/array", "must be given");
    assert_good(on("custom", "\"system\": {\"type\": \"array\", \"array\": " SHA
                             "}, \"input\": {\"type\": \"array\", "
                             "\"array\": " SHA "}"));
}

TEST(weights_come_from_one_place)
{
    assert_fault(on("vanderPol", "\"weights\": {\"init\": \"shuffled\"}"),
                 "/start/job", "its weights are to be shuffled");
    assert_fault(on("vanderPol", "\"weights\": {\"init\": \"shuffled\", "
                                 "\"shuffled\": []}, "
                                 "\"start\": {\"job\": 2}"),
                 "/weights/shuffled", "must name at least one");
    assert_fault(on("vanderPol", "\"weights\": {\"init\": \"random\"}, "
                                 "\"start\": {\"job\": 2}"),
                 "/weights/init", "must be \"zero\" or \"shuffled\"");
    assert_fault(on("robot1_gravity", "\"weights\": {\"init\": \"ideal\"}"),
                 "/weights/init", "robot1_gravity is not");
}

TEST(only_weights_that_are_products_are_held_as_factors)
{
    struct spec *spec = &submission.spec;
    assert_good(on("vanderPol", "\"weights\": {\"init\": \"ideal\"}, "
                                "\"compute\": {\"engine\": \"factored\"}"));
    ck_assert(spec_is_factored(spec));
    assert_good(on("vanderPol", "\"weights\": {\"connectivity\": 0.25}"));
    ck_assert(!spec_is_factored(spec));
    assert_fault(on("vanderPol", "\"weights\": {\"connectivity\": 0.25}, "
                                 "\"compute\": {\"engine\": \"factored\"}"),
                 "/compute/engine", "connectivity is less than 1");
    assert_fault(on("vanderPol", "\"weights\": {\"sign\": \"nonnegative\"}, "
                                 "\"compute\": {\"engine\": \"factored\"}"),
                 "/compute/engine", "\"nonnegative\"");
    assert_fault(on("vanderPol", "\"weights\": {\"init\": \"random\"}, "
                                 "\"compute\": {\"engine\": \"factored\"}"),
                 "/compute/engine", "weights.init");
}

TEST(a_readout_learns_alone_in_a_network_that_has_weights)
{
    const char *plastic = "\"learning\": {\"plastic\": [\"readout\"]}";
    char rest[200];
    ck_assert_int_eq(read_text(on("vanderPol", plastic)), INVALID);
    ck_assert_ptr_nonnull(fault_at("/start/job"));
    ck_assert_ptr_nonnull(fault_at("/feedback/enabled"));
    snprintf(rest, sizeof rest,
             "%s, \"start\": {\"job\": 7}, \"feedback\": "
             "{\"enabled\": false}",
             plastic);
    assert_good(on("vanderPol", rest));
    assert_fault(on("readout", "\"start\": {\"job\": 7}, \"learning\": "
                               "{\"plastic\": [\"readout\", \"ff\"]}"),
                 "/learning/plastic", "learns alone");
    assert_fault(on("readout", "\"start\": {\"job\": 7}, \"readout\": "
                               "{\"decoder_noise\": 2}"),
                 "/readout/decoder_noise", "learned from zero");
}

TEST(delays_are_whole_steps_but_for_filters)
{
    assert_good(on("vanderPol", "\"feedback\": {\"delay\": 0.005}"));
    assert_fault(on("vanderPol", "\"feedback\": {\"delay\": 0.0055}"),
                 "/feedback/delay", "whole number of steps");
    assert_fault(on("vanderPol", "\"reference\": {\"delay\": 0.0055}"),
                 "/reference/delay", "whole number of steps");
    assert_good(on("vanderPol", "\"reference\": {\"delay\": 0.0055, "
                                "\"delay_type\": \"alpha\"}"));
    assert_fault(on("vanderPol", "\"noise\": {\"error_sd\": -1e-3}"),
                 "/noise/error_sd", "must be from 0");
}

TEST(an_arm_clamps_a_quarter_of_a_second)
{
    assert_good(on("robot1_gravity", "\"schedule\": {\"trial_clamp\": true}"));
    ck_assert_double_eq(spec_trial_clamp(&submission.spec), 0.25);
    assert_good(on("vanderPol", "\"tags\": {}"));
    ck_assert_double_eq(spec_trial_clamp(&submission.spec), 0.5);
    assert_fault(on("robot1_gravity", "\"schedule\": {\"trial_clamp\": true, "
                                      "\"period\": 0.25, \"ramp\": 0}"),
                 "/schedule/trial_clamp", "longer than the 0.25 s");
}

TEST_MAIN("spec_rules")
