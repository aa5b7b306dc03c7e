// motion.js - every step of a stretch of traces, for what moves in space: no
// thinned table would do, since each of its columns is thinned by itself.

import { request, query } from "./session.js";
import { columnOf, readNpz } from "./npz.js";

const MOST = 100000; // steps at once

// { t, u, x, xhat: arrays per dimension } from `from` to `to` s of a window.
export async function loadMotion(job, window, from, to) {
  const answer = await request(`jobs/${job}/traces` +
    query({ window, from, to, format: "npz" }));
  const arrays = await readNpz(await answer.arrayBuffer());
  const columns = (array) => Array.from({ length: array.shape[1] },
    (_, i) => columnOf(array, i));
  return { t: Array.from(arrays.t.data), u: columns(arrays.u),
    x: columns(arrays.x), xhat: columns(arrays.xhat) };
}

// The last seconds of what there is from first to last s, as many as fit.
export function stretch(first, last, seconds) {
  return [Math.max(first, last - Math.min(seconds, MOST / 1000)), last];
}
