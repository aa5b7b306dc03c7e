/* test_spec_model.c - the published experiments by name, and what fits together
 * in a system, its command, its weights and its rules. */
#include "spec_testing.h"

#include <math.h>
#include <string.h>

#define SHA                                                                    \
    "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""

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

TEST_MAIN("spec_model")
