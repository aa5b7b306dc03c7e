/* test_spec_model.c - the published experiments by name, and what fits together
 * in a system, its command, its weights and its rules. */
#include "spec_testing.h"

#include <math.h>
#include <string.h>

static struct spec
preset(const char *name)
{
    struct spec spec;
    struct error err;
    ck_assert_msg(preset_spec(name, &spec, &err) == OK, "%s: %s", name,
                  err.text);
    return spec;
}

static void
assert_good(const char *text)
{
    ck_assert_msg(read_text(text) == OK, "%s: %s: %s", text,
                  faults.list[0].pointer, faults.list[0].detail);
}

/* Reads what spec_to_json() makes of the last submission. */
static void
assert_same_again(const char *what)
{
    struct spec again;
    struct error err;
    char *text = spec_to_text(&submission.spec);
    ck_assert_ptr_nonnull(text);
    ck_assert_msg(spec_from_text(text, &again, &err) == OK, "%s: %s", what,
                  err.text);
    ck_assert_msg(memcmp(&again, &submission.spec, sizeof again) == 0,
                  "%s: another spec than %s", what, text);
    free(text);
}

/* ---- presets ------------------------------------------------------------ */

TEST(every_preset_of_the_contract_is_there)
{
    static const char *const names[] = {"vanderPol",
                                        "vanderPol-lowrate",
                                        "LinOsc",
                                        "LinOsc-nonlin",
                                        "LinOsc-nonlin2",
                                        "Lorenz",
                                        "robot1",
                                        "rob1SL",
                                        "robot1_gravity",
                                        "robot1XY_gravity",
                                        "robot1_gravity_interpol",
                                        "robot1XY_gravity_interpol",
                                        "robot2_gravity_interpol",
                                        "robot2_todorov",
                                        "robot2_todorov_gravity",
                                        "robot2XY_todorov_gravity",
                                        "acrobot2_gravity",
                                        "acrobot2XY_gravity",
                                        "readout",
                                        "rl-swing",
                                        "rl-swing2",
                                        "rl-reach1",
                                        "rl-reach2",
                                        "rl-reach3",
                                        "custom"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        ck_assert_str_eq(preset_name(i), names[i]);
    ck_assert_ptr_null(preset_name(ARRAY_LENGTH(names)));
}

TEST(every_preset_can_be_submitted_and_is_the_same_when_read_again)
{
    for (size_t i = 0; preset_name(i) != NULL; i++) {
        char text[200];
        bool learned = strcmp(preset_name(i), "readout") == 0;
        snprintf(text, sizeof text, "{\"preset\": \"%s\"%s}", preset_name(i),
                 learned ? ", \"start\": {\"job\": 7}" : "");
        assert_good(text);
        assert_same_again(preset_name(i));
        struct spec spec = preset(preset_name(i));
        ck_assert_str_eq(spec.preset, preset_name(i));
        if (!learned)
            ck_assert_mem_eq(&spec, &submission.spec, sizeof spec);
    }
}

/* Table 1 of the paper and the published scripts. */
TEST(presets_have_the_published_sizes_radii_times_and_rates)
{
    static const struct {
        const char *name;
        int64_t neurons;
        double radius_ff, radius_rec, period, ramp, reduction, tau_error;
        enum input_type input;
        bool clamp, filtered;
    } published[] = {
        {"vanderPol", 3000, 0.2, 5, 4, 0.1, 50, 0.2,
         INPUT_AMPL_VARY_HEIGHTS_SCALED, true, true},
        {"vanderPol-lowrate", 3000, 0.2, 4.5, 4, 0.1, 50, 0.08,
         INPUT_AMPL_VARY_HEIGHTS_SCALED, true, true},
        {"LinOsc", 2000, 0.2, 1, 2, 0.1, 8, 0.2, INPUT_AMPL_VARY_HEIGHTS, false,
         true},
        {"LinOsc-nonlin2", 2000, 0.2, 1, 2, 0.1, 8, 0.2,
         INPUT_AMPL_VARY_HEIGHTS, false, true},
        {"Lorenz", 5000, 6, 30, 20, 0.25, 10, 0.2, INPUT_KICK_START, false,
         true},
        {"robot1", 2000, 1.2, 6, 1, 0.25, 1, 0.2, INPUT_RAMP_LEAVE_DIRN_VARY,
         false, true},
        {"robot2_todorov_gravity", 5000, 0.2, 1, 1, 0.5, 0.3, 0.2,
         INPUT_AMPL_VARY_HEIGHTS, false, false},
        {"acrobot2XY_gravity", 5000, 0.2, 1, 1, 0.5, 0.5, 0.2,
         INPUT_AMPL_VARY_HEIGHTS, false, false},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(published); i++) {
        struct spec spec = preset(published[i].name);
        ck_assert_int_eq(spec.network.neurons_ff, published[i].neurons);
        ck_assert_int_eq(spec.network.neurons_rec, published[i].neurons);
        ck_assert_double_eq(spec.network.radius_ff, published[i].radius_ff);
        ck_assert_double_eq(spec.network.radius_rec, published[i].radius_rec);
        ck_assert_double_eq(spec.schedule.period, published[i].period);
        ck_assert_double_eq(spec.schedule.settle, published[i].period);
        ck_assert_double_eq(spec.schedule.test, 4 * published[i].period);
        ck_assert_double_eq(spec.schedule.ramp, published[i].ramp);
        ck_assert_double_eq(spec.input.reduction, published[i].reduction);
        ck_assert_double_eq(spec.learning.tau_error, published[i].tau_error);
        ck_assert_int_eq(spec.input.type, published[i].input);
        ck_assert_int_eq(spec.schedule.trial_clamp, published[i].clamp);
        ck_assert_int_eq(spec.reference.filtered, published[i].filtered);
        ck_assert_double_eq(spec.learning.eta, 2e-3);
        ck_assert_double_eq(spec.feedback.gain, 10);
        ck_assert_double_eq(spec.feedback.gain_end, 10);
    }
}

/* ---- systems ------------------------------------------------------------ */

TEST(another_system_comes_with_the_constants_of_its_own_preset)
{
    for (size_t i = 0; preset_name(i) != NULL; i++) {
        char text[200];
        struct spec spec = preset(preset_name(i));
        if (strcmp(preset_name(i), system_name(spec.system.type)) != 0)
            continue;
        snprintf(text, sizeof text,
                 "{\"preset\": \"vanderPol\", \"system\": {\"type\": \"%s\"},"
                 " \"input\": {\"type\": \"nostim\"}}",
                 preset_name(i));
        assert_good(text);
        ck_assert_mem_eq(&spec.system, &submission.spec.system,
                         sizeof spec.system);
        ck_assert_double_eq(submission.spec.schedule.period, 4);
        assert_same_again(text);
    }
}

TEST(constants_are_those_of_the_published_scripts)
{
    struct spec arm = preset("robot2_todorov_gravity");
    struct spec acrobot = preset("acrobot2XY_gravity");
    ck_assert_double_eq(preset("LinOsc").system.tau_dyn, 0.1);
    ck_assert_double_eq(preset("LinOsc").system.decay, -0.2);
    ck_assert_double_eq(preset("Lorenz").system.beta, 8.0 / 3.0);
    ck_assert_double_eq(preset("Lorenz").system.tau_dyn, 1);
    ck_assert_double_eq(preset("robot1").system.friction, 1.0 / 5.0);
    ck_assert_double_eq(preset("rob1SL").system.limit, 0);
    ck_assert_double_eq(preset("robot2_todorov").system.g, 0);
    ck_assert_double_eq(arm.system.l1, 0.31);
    ck_assert_double_eq(arm.system.l2, 0.27);
    ck_assert_double_eq(arm.system.b11, 0.7);
    ck_assert_double_eq(arm.system.b12, 0.08);
    ck_assert_double_eq(arm.system.g, 9.81);
    ck_assert_int_eq(arm.system.factors.count, 6);
    ck_assert_double_eq(arm.system.factors.at[1], 1 / 2.5);
    ck_assert_double_eq(arm.system.factors.at[5], 0.02);
    ck_assert_double_eq(acrobot.system.g, 9.8);
    ck_assert_int_eq(acrobot.system.factors.count, 8);
    ck_assert_double_eq(acrobot.system.factors.at[4], 0.08);
}

TEST(the_paper_s_variant_has_the_paper_s_constants_unless_others_are_given)
{
    assert_good("{\"preset\": \"LinOsc-nonlin2\", \"system\": "
                "{\"variant\": \"paper\"}}");
    ck_assert_double_eq(submission.spec.system.tau_dyn, 0.05);
    ck_assert_double_eq(submission.spec.system.decay, -0.2);
    ck_assert_int_eq(submission.spec.system.feedforward, FEEDFORWARD_NONLIN2);
    assert_same_again("LinOsc of the paper");
    assert_good("{\"preset\": \"robot2_todorov_gravity\", \"system\": "
                "{\"b22\": 0.3, \"variant\": \"paper\"}}");
    ck_assert_double_eq(submission.spec.system.l1, 0.3);
    ck_assert_double_eq(submission.spec.system.l2, 0.33);
    ck_assert_double_eq(submission.spec.system.b11, 0.05);
    ck_assert_double_eq(submission.spec.system.b22, 0.3);
    ck_assert_double_eq(submission.spec.system.b12, 0.025);
    ck_assert_double_eq(submission.spec.system.m1, 1.4);
    assert_same_again("the arm of the paper");
    assert_fault("{\"preset\": \"robot1\", \"system\": {\"variant\": "
                 "\"paper\"}}",
                 "/system/variant", "the paper has no \"robot1\"");
}

TEST(a_constant_that_a_system_does_not_have_is_refused_by_name)
{
    assert_fault("{\"preset\": \"vanderPol\", \"system\": {\"l1\": 1}}",
                 "/system/l1", "vanderPol has no \"l1\"");
    assert_fault("{\"preset\": \"vanderPol\", \"system\": {\"mu\": 1, "
                 "\"type\": \"LinOsc\"}}",
                 "/system/mu", "LinOsc has no \"mu\"");
    assert_fault("{\"preset\": \"vanderPol\", \"system\": {\"mu\": 1, "
                 "\"type\": \"robot3\"}}",
                 "/system/type", "there is no \"robot3\", did you mean");
    assert_good("{\"preset\": \"LinOsc\"}");
    json_t *json = spec_to_json(&submission.spec);
    json_t *system = json_object_get(json, "system");
    ck_assert_ptr_nonnull(json_object_get(system, "decay"));
    ck_assert_ptr_null(json_object_get(system, "mu"));
    ck_assert_ptr_null(json_object_get(json, "rl"));
    json_decref(json);
}

TEST(a_system_of_formulas_needs_one_for_each_dimension)
{
    assert_good(
        "{\"preset\": \"custom\", \"system\": {\"dimensions\": 1, "
        "\"dimensions_in\": 3, \"expressions\": [\"-a*x1 + u3\"], "
        "\"constants\": {\"a\": 0.1, \"b_2\": -1e-300}, \"start\": [7]}}");
    struct spec *spec = &submission.spec;
    int d, d_in;
    spec_dimensions(spec, &d, &d_in);
    ck_assert_int_eq(d, 1);
    ck_assert_int_eq(d_in, 3);
    ck_assert_str_eq(spec->system.expressions[0], "-a*x1 + u3");
    ck_assert_str_eq(spec->system.expressions[1], "");
    ck_assert_int_eq(spec->system.constants.count, 2);
    ck_assert_str_eq(spec->system.constant_names[1], "b_2");
    ck_assert_double_eq(spec->system.constants.at[1], -1e-300);
    assert_same_again("formulas");
    assert_fault("{\"preset\": \"custom\", \"system\": {\"dimensions\": 3}}",
                 "/system/expressions", "must have 3 formulas");
    assert_fault("{\"preset\": \"custom\", \"system\": {\"start\": [1]}}",
                 "/system/start", "must have 2 numbers or none, has 1");
}

TEST(a_constant_has_a_name_that_formulas_can_hold)
{
    static const struct {
        const char *name, *words;
    } bad[] = {{"x1", "system's own"},
               {"u12", "system's own"},
               {"t", "system's own"},
               {"2a", "start with a digit"},
               {"a b", "letters, digits and underscores"},
               {"\xc3\xa9", "letters, digits and underscores"},
               {"", "1 to 31"},
               {"abcdefghijklmnopqrstuvwxyz012345", "1 to 31"}};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        char text[200], pointer[80];
        snprintf(text, sizeof text,
                 "{\"preset\": \"custom\", \"system\": {\"constants\": "
                 "{\"%s\": 1}}}",
                 bad[i].name);
        snprintf(pointer, sizeof pointer, "/system/constants/%s", bad[i].name);
        assert_fault(text, pointer, bad[i].words);
    }
    assert_good("{\"preset\": \"custom\", \"system\": {\"constants\": "
                "{\"x\": 1, \"x1a\": 2, \"tau\": 3, "
                "\"abcdefghijklmnopqrstuvwxyz01234\": 4}}}");
}

TEST(an_arm_has_a_factor_for_each_observable_and_torque)
{
    assert_good("{\"preset\": \"robot1_gravity\", \"system\": "
                "{\"factors\": [1, 2, 3], \"start\": [0.5, 0]}}");
    assert_same_again("factors");
    assert_fault("{\"preset\": \"robot1_gravity\", \"system\": "
                 "{\"factors\": [1, 2]}}",
                 "/system/factors", "of 2 observables and 1 torques, has 2");
    assert_fault("{\"preset\": \"robot1_gravity\", \"system\": "
                 "{\"factors\": [1, \"a\", 2]}}",
                 "/system/factors/1", "must be a number");
    assert_fault("{\"preset\": \"robot2XY_todorov_gravity\", \"system\": "
                 "{\"start\": [1, 2, 3, 4, 5, 6]}}",
                 "/system/start", "must have 4 numbers or none, has 6");
}

TEST(a_reinforcement_job_has_an_arm_and_no_network)
{
    assert_good("{\"preset\": \"rl-swing\", \"rl\": {\"episodes\": 10}}");
    ck_assert_int_eq(submission.spec.rl.task, RL_SWING);
    ck_assert_double_eq(submission.spec.rl.alpha, 0.2 / 48);
    assert_same_again("rl");
    json_t *json = spec_to_json(&submission.spec);
    ck_assert_uint_eq(json_object_size(json),
                      5); /* preset, system, start, rl, compute */
    ck_assert_ptr_nonnull(json_object_get(json, "compute"));
    json_decref(json);
    assert_good("{\"preset\": \"rl-swing\", \"start\": {\"job\": 3, "
                "\"at\": 250}}");
    assert_same_again("rl that goes on");
    assert_fault("{\"preset\": \"rl-swing\", \"start\": {\"job\": 3, "
                 "\"at\": 2.5}}",
                 "/start/at", "whole number of episodes");
    assert_fault("{\"preset\": \"rl-swing\", \"start\": {\"states\": true}}",
                 "/start/states", "which has no network");
    assert_fault("{\"preset\": \"rl-swing\", \"network\": "
                 "{\"neurons_ff\": 10}}",
                 "/network/neurons_ff", "an rl job, which has no network");
    assert_good("{\"preset\": \"rl-swing\", \"system\": {\"type\": "
                "\"acrobot2_gravity\"}}");
    assert_fault("{\"preset\": \"rl-reach1\", \"system\": {\"type\": "
                 "\"robot1_gravity\"}}",
                 "/rl/task", "must be \"swing\" for robot1_gravity");
    assert_fault("{\"preset\": \"rl-swing\", \"system\": {\"type\": "
                 "\"Lorenz\"}}",
                 "/system/type", "must be an arm or an acrobot");
    assert_fault("{\"preset\": \"vanderPol\", \"rl\": {\"alpha\": 1}}",
                 "/rl/alpha", "without rl.task");
}

TEST_MAIN("spec_model")
