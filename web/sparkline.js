// sparkline.js - a job's error as a small curve, asked for when it comes into
// sight, a few at a time.

import { make, makeSvg } from "./dom.js";
import { ask } from "./session.js";
import { learnedRows, phaseOf } from "./error.js";

const WIDTH = 96;
const HEIGHT = 22;
const POINTS = 40;
const AT_ONCE = 3;
const AGAIN_MS = 4000; // for a job that runs

const kept = new Map(); // id -> { rev, at, points }
const waiting = []; // of jobs to ask for
let busy = 0;

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries)
    if (entry.isIntersecting) wish(entry.target);
});

// The error of every period that counts: what was learned from, or how far a
// network that learns nothing strays.
function errorsOf({ spec }, table) {
  const { columns } = table;
  if (spec.learning.enabled) {
    const learned = learnedRows(spec, table);
    return columns.mse.map((one, i) => learned[i] ? one : null);
  }
  return columns.mse_raw.map((one, i) => phaseOf(spec, columns.t_end[i] -
    spec.schedule.period, columns.t_end[i]) ? one : null);
}

function pointsOf(job, table) {
  const { columns } = table;
  const values = columns.mse ? errorsOf(job, table) : columns.time;
  const x = columns.t_end || columns.episode;
  return x.map((at, i) => [at, values[i]])
    .filter(([, y]) => y !== null && y > 0)
    .map(([at, y]) => [at, Math.log10(y)]);
}

function scale(values, size) {
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  return (value) => 1 + (value - least) / span * (size - 2);
}

function draw(host, points) {
  if (points.length < 2) return;
  const x = scale(points.map(([at]) => at), WIDTH);
  const y = scale(points.map(([, value]) => value), HEIGHT);
  const line = points.map(([at, value]) =>
    x(at).toFixed(1) + "," + (HEIGHT - y(value)).toFixed(1)).join(" ");
  host.replaceChildren(makeSvg("svg", { width: WIDTH, height: HEIGHT,
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    makeSvg("polyline", { points: line })));
}

function wish(host) {
  const old = kept.get(host.job.id);
  const fresh = old && (old.rev === host.job.rev ||
    Date.now() - old.at < AGAIN_MS);
  if (old) draw(host, old.points);
  if (fresh || waiting.includes(host)) return;
  waiting.push(host);
  next();
}

async function next() {
  if (busy >= AT_ONCE || waiting.length === 0) return;
  const host = waiting.shift();
  const job = host.job;
  if (!host.isConnected) {
    next();
    return;
  }
  busy++;
  try {
    const table = await ask(`jobs/${job.id}/metrics?points=${POINTS}`);
    const points = pointsOf(job, table);
    kept.set(job.id, { rev: job.rev, at: Date.now(), points });
    draw(host, points);
  } catch {
    // The link is told of elsewhere; the next change asks again.
  }
  busy--;
  next();
}

// Stays in its cell; `host.follow(job)` draws on when the job has changed.
export function sparkline(job) {
  const host = make("span", { class: "sparkline" });
  const old = kept.get(job.id);
  if (old) draw(host, old.points);
  host.follow = (now) => {
    host.job = now;
    seen.unobserve(host); // and looks again whether it is in sight
    seen.observe(host);
  };
  return host;
}
