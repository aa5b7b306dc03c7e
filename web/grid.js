// grid.js - a sweep over two keys as a table of its least errors.

import { make } from "./dom.js";
import { link } from "./address.js";
import { leastError } from "./error.js";
import { number, value as said } from "./words.js";
import { specValue } from "./columns.js";

function valuesOf(jobs, key) {
  const all = new Map(jobs.map((job) => {
    const value = specValue(job.spec, key);
    return [JSON.stringify(value), value];
  }));
  return [...all.values()].sort((a, b) => a < b ? -1 : 1);
}

// From best to worst in five steps of the logarithm.
function shade(error, errors) {
  const logs = errors.map(Math.log10);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  return high > low
    ? Math.min(4, Math.floor((Math.log10(error) - low) / (high - low) * 5)) : 0;
}

export function grid(jobs, [down, across]) {
  const [rows, columns] = [valuesOf(jobs, down), valuesOf(jobs, across)];
  const errors = jobs.map(leastError).filter((one) => one > 0);
  const same = (one, key, value) =>
    JSON.stringify(specValue(one.spec, key)) === JSON.stringify(value);
  const cell = (row, column) => {
    const there = jobs.filter((one) => same(one, down, row) &&
      same(one, across, column));
    const best = there.map(leastError).filter((one) => one > 0)
      .sort((a, b) => a - b)[0];
    return make("td", { class: best ? "number shade" + shade(best, errors)
      : "number" }, there.map((job) => make("a",
      { href: link({ job: job.id }), title: "job " + job.id },
      leastError(job) === null ? job.state : number(leastError(job), 3))));
  };
  return make("div", { class: "wide" }, make("p", { class: "soft note" },
    `Down: ${down}, across: ${across}; blue is least, orange greatest.`),
  make("table", { class: "grid", "aria-label":
    `least error² by ${down} and ${across}` },
    make("thead", {}, make("tr", {}, make("td"), columns.map((one) =>
      make("th", { scope: "col", class: "number" }, said(one))))),
    make("tbody", {}, rows.map((row) => make("tr", {},
      make("th", { scope: "row" }, said(row)),
      columns.map((column) => cell(row, column)))))));
}
