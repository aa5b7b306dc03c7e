// series.js - tables of the daemon as curves: what was asked for is kept for
// all plots that show parts of it.

import { ask, query } from "./session.js";
import { learnedRows } from "./error.js";

// A table of one job, by range and number of points. `fresh()` forgets it.
export class Series {
  constructor(path, values = {}) {
    this.path = path;
    this.values = values;
    this.kept = new Map();
  }

  fresh() {
    this.kept.clear();
  }

  // The answer of the daemon; the same range is asked for once.
  load(window, points) {
    const rounded = Math.ceil(points / 200) * 200;
    const key = JSON.stringify([window, rounded]);
    if (!this.kept.has(key)) {
      const asked = ask(this.path + query({ ...this.values,
        from: window && window[0] > 0 ? window[0] : null,
        to: window && window[1], points: rounded }));
      this.kept.set(key, asked);
      asked.catch(() => this.kept.delete(key));
    }
    return this.kept.get(key);
  }
}

// x and the named columns, and where they are not finite.
export function curvesOf(table, x, names) {
  const at = table.columns[x];
  const marks = new Set();
  for (const name of names)
    for (const row of Object.keys(table.nonfinite?.[name] || {}))
      marks.add(at[row]);
  return { x: at, ys: names.map((name) => table.columns[name]),
    marks: [...marks] };
}

// The error of every period: mse where feedback makes it mean something, and
// how far x̂ is from x.
export function errorCurves(spec, table) {
  const data = curvesOf(table, "t_end", ["mse", "mse_raw"]);
  const learned = learnedRows(spec, table);
  return { x: data.x, marks: data.marks,
    ys: [data.ys[0].map((one, i) => learned[i] ? one : null), data.ys[1]] };
}

// How many dimensions a table of traces has: { u, x }.
export function dimensionsOf(table) {
  const count = (pattern) => Object.keys(table.columns)
    .filter((name) => pattern.test(name)).length;
  return { u: count(/^u\d+$/), x: count(/^x\d+$/) };
}
