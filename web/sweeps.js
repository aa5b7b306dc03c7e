// sweeps.js - the jobs of one sweep as one row: what they are together.

import { make } from "./dom.js";
import { link } from "./address.js";
import { duration, number, SIGNS } from "./words.js";
import { lastError, leastError } from "./error.js";

function sum(jobs, of) {
  return jobs.reduce((all, job) => all + (of(job) || 0), 0);
}

// Jobs and sweeps in the order of the jobs; a sweep stands where its first is.
export function grouped(jobs) {
  const sweeps = new Map();
  const rows = [];
  for (const job of jobs) {
    const sweep = job.sweep !== null && sweeps.get(job.sweep);
    if (sweep) {
      sweep.jobs.push(job);
    } else if (job.sweep !== null) {
      const made = { key: "s" + job.sweep, sweep: job.sweep, jobs: [job] };
      sweeps.set(job.sweep, made);
      rows.push(made);
    } else {
      rows.push({ key: "j" + job.id, job });
    }
  }
  return rows;
}

// How many are in which state: "✓ 3  ▶ 1".
function states(jobs) {
  const counts = new Map();
  for (const job of jobs)
    counts.set(job.state, (counts.get(job.state) || 0) + 1);
  return [...counts].map(([state, count]) => make("span",
    { class: "state " + state, title: count + " " + state },
    make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[state]),
    make("span", { class: "hidden" }, state), String(count)));
}

function name(row) {
  const first = row.jobs[0];
  const text = first.name || first.spec.preset;
  return make("span", { class: "name" },
    make("a", { href: link({ sweep: row.sweep }) }, "Sweep " + row.sweep),
    make("small", {}, `${text}, ${row.jobs.length} jobs`));
}

function progress(jobs) {
  const all = sum(jobs, (job) => job.progress.fraction) / jobs.length;
  return make("span", { class: "progress" },
    make("progress", { max: 1, value: all,
      "aria-label": "progress of the sweep" }),
    make("span", {}, Math.floor(100 * all) + " %"));
}

// The lowest of a number of them all.
function lowest(jobs, of) {
  const values = jobs.map(of).filter((one) => Number.isFinite(one));
  return values.length ? number(Math.min(...values), 3) : "";
}

// What a sweep shows in each column; nothing in others.
export const SWEEP_CELLS = {
  name,
  state: (row) => states(row.jobs),
  progress: (row) => progress(row.jobs),
  rate: (row) => {
    const all = sum(row.jobs, (job) => job.progress.rate);
    return all ? number(all, 3) + " ×" : "";
  },
  left: (row) => {
    const most = Math.max(...row.jobs.map((job) =>
      job.progress.eta_seconds || 0));
    return most ? duration(most) : "";
  },
  last: (row) => lowest(row.jobs, (job) => lastError(job)?.value),
  least: (row) => lowest(row.jobs, leastError),
  preset: (row) => row.jobs[0].spec.preset,
};
