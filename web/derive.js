// derive.js - new descriptions out of a job that is there: to go on learning,
// to be tested, or the same again. As `follow continue` and `follow test` do.

import { flat } from "./job_parameters.js";

const TEST_PERIODS = 10; // as long as the published tests of oscillators

function copy(spec) {
  return JSON.parse(JSON.stringify(spec));
}

function startFrom(spec, job, states) {
  spec.start = { job: job.id, at: "final", states };
  spec.weights = { ...spec.weights, init: "zero", array: null };
}

function goOn(job) {
  const spec = copy(job.spec);
  const { duration } = spec.schedule;
  if (spec.rl?.task && spec.rl.task !== "none") {
    spec.start = { job: job.id, at: "final" };
    return spec;
  }
  startFrom(spec, job, true);
  // The schedule of learning rates has been gone through, and the gain's ramp.
  const past = spec.learning.eta_schedule.filter(([t]) => t <= duration);
  if (past.length) spec.learning.eta = past.at(-1)[1];
  spec.learning.eta_schedule = spec.learning.eta_schedule
    .filter(([t]) => t > duration).map(([t, eta]) => [t - duration, eta]);
  spec.feedback.gain = spec.feedback.gain_end;
  return spec;
}

function test(job) {
  const spec = copy(job.spec);
  const { period } = spec.schedule;
  const duration = TEST_PERIODS * period;
  startFrom(spec, job, false);
  spec.input.seed++;
  spec.learning.enabled = false;
  spec.feedback.enabled = false;
  spec.record.spikes = true;
  spec.record.window = Math.min(spec.record.window, duration);
  Object.assign(spec.schedule, { duration, settle: period, test: 4 * period,
    trial_clamp: false });
  return spec;
}

const MAKERS = { continue: goOn, test, clone: (job) => copy(job.spec) };

export const DERIVED_TITLES = { continue: "Go on from job ",
  test: "Test job ", clone: "Like job " };

// What differs from the preset: { "learning.eta": 0.02, … }, and the name.
export function derive(as, job, preset) {
  const spec = MAKERS[as](job);
  const theirs = new Map(flat(preset));
  const changes = Object.fromEntries(flat(spec).filter(([key, value]) =>
    key !== "preset" &&
    JSON.stringify(value) !== JSON.stringify(theirs.get(key))));
  const name = as === "test" ? "test of " + (job.name || "job " + job.id)
    : job.name;
  return { changes, name };
}
