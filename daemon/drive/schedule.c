/* schedule.c - what the structure of trials says at a time t.
 *
 * Times are compared as the published script compares them, in float64 and
 * without any tolerance: which side of a threshold a step falls on is part of
 * the experiment. */
#include "drive/drive_private.h"

#include <math.h>

static bool
clamps_at(const struct spec *spec, double phase)
{
    return spec->schedule.trial_clamp &&
           !(phase < spec->schedule.period - spec_trial_clamp(spec));
}

bool
schedule_clamps(const struct spec *spec, double t)
{
    return spec->schedule.trial_clamp &&
           clamps_at(spec, fmod(t, spec->schedule.period));
}

bool
schedule_returns_arm(const struct spec *spec, double t)
{
    return spec_is_arm(spec) && spec->schedule.trial_clamp &&
           fmod(t, spec->schedule.period) >
               spec->schedule.period - spec_trial_clamp(spec);
}

unsigned char
schedule_gates(const struct spec *spec, double t)
{
    double test_begins = spec->schedule.duration - spec->schedule.test;
    unsigned char gates = 0;

    if (schedule_clamps(spec, t))
        return spec_is_arm(spec) ? DRIVE_CLAMP : DRIVE_CLAMP | DRIVE_CLAMP_FF;
    if (spec->schedule.settle < t && t < test_begins) {
        gates = DRIVE_ERROR;
        if (spec->feedback.enabled)
            gates |= DRIVE_FEEDBACK;
    }
    /* The script for arms also shuts out what the filter of the error still
     * holds when the test begins. */
    if (spec->learning.enabled && !(spec_is_arm(spec) && t >= test_begins))
        gates |= DRIVE_LEARN;
    return gates;
}

double
schedule_gain(const struct spec *spec, double t)
{
    double k = spec->feedback.gain, end = spec->feedback.gain_end;

    return k == end ? k : k + (end - k) * (t / spec->schedule.duration);
}

double
schedule_eta(const struct spec *spec, double t)
{
    double eta = spec->learning.eta;

    for (int64_t i = 0; i < spec->learning.eta_schedule.count; i++)
        if (t > spec->learning.eta_schedule.time[i] - BREAK_NEAR)
            eta = spec->learning.eta_schedule.eta[i];
    return eta;
}

double
schedule_next_change(const struct spec *spec, double t)
{
    double next = schedule_next_break(spec, t);
    double times[2] = {spec->schedule.settle,
                       spec->schedule.duration - spec->schedule.test};

    for (int i = 0; i < 2; i++)
        if (times[i] > t)
            next = fmin(next, times[i]);
    for (int64_t i = 0; i < spec->learning.eta_schedule.count; i++)
        if (spec->learning.eta_schedule.time[i] > t)
            next = fmin(next, spec->learning.eta_schedule.time[i]);
    return next;
}

double
schedule_next(double t, double period, double offset)
{
    double turn = floor((t + BREAK_NEAR - offset) / period);
    double next;

    if (turn < 0)
        turn = 0;
    do {
        next = turn * period + offset;
        turn += 1;
    } while (next <= t + BREAK_NEAR);
    return next;
}

double
schedule_next_break(const struct spec *spec, double t)
{
    double period = spec->schedule.period;
    double end = schedule_next(t, period, 0);
    double clamp;

    if (!spec->schedule.trial_clamp)
        return end;
    clamp = schedule_next(t, period, period - spec_trial_clamp(spec));
    return clamp < end ? clamp : end;
}
