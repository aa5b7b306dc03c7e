// error.js - which error of a job counts when. In a test the error is switched
// off before it is filtered; what counts then is how far the network strays by
// itself.

const SLACK = 0.01; // s, between two ways to add up a time

// Whether a period from `begin` to `end` (s) is "learned" with feedback,
// "tested" without, or neither.
export function phaseOf(spec, begin, end) {
  const { duration, settle, test } = spec.schedule;
  if (begin > duration - test - SLACK || !spec.feedback.enabled)
    return "tested";
  if (spec.learning.enabled && begin > settle - SLACK &&
      end < duration - test + SLACK) return "learned";
  return null;
}

// For each row of a table of metrics, whether it was learned from. A row of a
// thinned table stands for its neighbours too: the outermost ones may hold a
// value from before or behind.
export function learnedRows(spec, { columns, thinned }) {
  const { period } = spec.schedule;
  const learned = columns.t_end.map((end) =>
    phaseOf(spec, end - period, end) === "learned");
  return learned.map((one, i) => one && !(thinned && (
    learned[i - 1] === false || learned[i + 1] === false)));
}

// The last error of a job: { value, tested, finite }, or null.
export function lastError(job) {
  const last = job.metrics.last;
  if (!last || !job.spec || last.t_end === undefined) return null;
  const begin = last.t_end - job.spec.schedule.period;
  const phase = phaseOf(job.spec, begin, last.t_end);
  if (!phase) return null;
  const tested = phase === "tested";
  const value = tested ? last.mse_raw : last.mse;
  return { value, tested, finite: value !== null };
}

// The least error of a job: what it learned from, or x̂ - x where it learns
// nothing.
export function leastError(job) {
  const min = job.metrics.min;
  if (!min) return null;
  return min.mse ?? min.mse_raw ?? null;
}
