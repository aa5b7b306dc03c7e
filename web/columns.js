// columns.js - what the table of jobs can show: one row per column. Any value
// of a description is a column too, by its key: learning.eta.

import { make } from "./dom.js";
import { link } from "./address.js";
import { duration, moment, number, rate, value } from "./words.js";
import { lastError, leastError } from "./error.js";
import { stateLabel } from "./state.js";
import { sparkline } from "./sparkline.js";

function errorText(job) {
  const error = lastError(job);
  if (!error) return "";
  const text = error.finite ? number(error.value, 3) : "not finite";
  return error.tested ? [text, make("small", {}, " test")] : text;
}

function nameCell(job) {
  const name = job.name || job.spec.preset;
  return make("span", { class: "name", title: job.note || name },
    make("a", { href: link({ job: job.id }) }, name),
    Object.entries(job.tags).map(([key, text]) =>
      make("button", { type: "button", class: "tag", "data-filter":
        "tag:" + key + "=" + text, title: "show only these" },
        text === "" ? key : key + "=" + text)));
}

function progressCell(job) {
  const percent = 100 * job.progress.fraction;
  const bar = make("progress", { max: 1, value: job.progress.fraction,
    "aria-label": "progress of job " + job.id });
  return make("span", { class: "progress", title: job.progress.done + " of " +
    job.progress.total + " simulated seconds" },
    bar, make("span", {}, Math.floor(percent) + " %"));
}

// key, title, whether it is a number, what is shown, what it is sorted by
export const COLUMNS = [
  { key: "id", title: "Job", numeric: true,
    show: (job) => String(job.id), sort: (job) => job.id },
  { key: "name", title: "Name", show: nameCell,
    sort: (job) => (job.name || job.spec.preset).toLowerCase() },
  { key: "state", title: "State", show: stateLabel, sort: (job) => job.state },
  { key: "progress", title: "Progress", show: progressCell,
    sort: (job) => job.progress.fraction },
  { key: "rate", title: "Rate", numeric: true,
    about: "simulated seconds per second",
    show: (job) => rate(job.progress.rate),
    sort: (job) => job.progress.rate },
  { key: "left", title: "Left", numeric: true,
    show: (job) => duration(job.progress.eta_seconds),
    sort: (job) => job.progress.eta_seconds },
  { key: "last", title: "Last error²", numeric: true, show: errorText,
    sort: (job) => lastError(job)?.value },
  { key: "least", title: "Least error²", numeric: true,
    show: (job) => number(leastError(job), 3), sort: leastError },
  { key: "curve", title: "Error²", show: sparkline, sort: leastError },
  { key: "preset", title: "Preset", show: (job) => job.spec.preset,
    sort: (job) => job.spec.preset },
  { key: "created", title: "Created", show: (job) => moment(job.created_at),
    sort: (job) => job.created_at },
  { key: "finished", title: "Finished", show: (job) => moment(job.finished_at),
    sort: (job) => job.finished_at },
  { key: "device", title: "Device",
    show: (job) => job.provenance?.device || "",
    sort: (job) => job.provenance?.device },
  { key: "priority", title: "Priority", numeric: true,
    show: (job) => String(job.priority), sort: (job) => job.priority },
  { key: "restarts", title: "Restarts", numeric: true,
    show: (job) => String(job.restarts), sort: (job) => job.restarts },
  { key: "parent", title: "Parent", numeric: true,
    show: (job) => job.parent ? make("a", { href: link({ job: job.parent }) },
      String(job.parent)) : "",
    sort: (job) => job.parent },
];

export const USUAL = ["id", "name", "state", "progress", "rate", "left", "last",
  "least", "curve"];

// A value of the description: "learning.eta".
export function specValue(spec, key) {
  return key.split(".").reduce((at, part) => at?.[part], spec);
}

export function column(key) {
  const known = COLUMNS.find((one) => one.key === key);
  if (known || !/^\w+(\.\w+)+$/.test(key)) return known;
  return { key, title: key, numeric: true,
    show: (job) => value(specValue(job.spec, key)),
    sort: (job) => specValue(job.spec, key) };
}

// What two jobs are, in the order of a column; what is missing stands last.
export function compare(one, other, by, direction) {
  const a = by.sort(one) ?? null;
  const b = by.sort(other) ?? null;
  if (a === null || b === null) return (a === null) - (b === null);
  if (a === b) return other.id - one.id;
  return (a < b ? -1 : 1) * direction;
}
