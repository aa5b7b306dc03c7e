// smoothing.js - exponential means of curves, right from the first value on,
// and curves of many jobs put onto one axis.

// `weight` 0 (as it is) to 0.99; `log`: of the logarithms. What is missing
// stays missing and moves nothing.
export function smoothed(values, weight, log) {
  const inward = log ? Math.log : (value) => value;
  const outward = log ? Math.exp : (value) => value;
  let mean = 0;
  let share = 0; // how much of the mean the values so far make up
  return values.map((value) => {
    if (value === null || !Number.isFinite(value) || (log && value <= 0))
      return value === null ? null : NaN;
    mean = weight * mean + (1 - weight) * inward(value);
    share = weight * share + (1 - weight);
    return outward(mean / share);
  });
}

// Rows over every x that any of `curves` ({ x, y }) has. A job that has no
// value there has null, which is passed over; a value that is not finite is
// NaN, which is a gap.
export function merged(curves) {
  const all = new Set();
  for (const { x } of curves) for (const at of x) all.add(at);
  const x = [...all].sort((a, b) => a - b);
  const place = new Map(x.map((at, i) => [at, i]));
  const ys = curves.map((one) => {
    const row = new Array(x.length).fill(null);
    one.x.forEach((at, i) => { row[place.get(at)] = one.y[i] ?? NaN; });
    return row;
  });
  return { x, ys };
}

// Seconds of wall time at each row of a table of metrics, from the speed.
export function wallTimes(columns) {
  let wall = 0;
  let before = 0;
  return columns.t_end.map((end, i) => {
    const speed = columns.steps_per_second[i];
    if (speed > 0) wall += Math.max(end - before, 0) * 1000 / speed;
    before = end;
    return wall;
  });
}
