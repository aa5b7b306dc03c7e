// jobs_table.js - the rows of the table of jobs. A row is made anew only when
// its job has changed, and only as many are made as have come into sight.

import { make } from "./dom.js";
import { SWEEP_CELLS } from "./sweeps.js";

const STEP = 100; // rows more, when the end comes into sight

export class JobsTable {
  // `actions`: sort(key), select(id, on, range), open(sweep)
  constructor(actions) {
    this.actions = actions;
    this.made = new Map(); // key -> { row, sign }
    this.limit = STEP;
    this.head = make("tr");
    this.body = make("tbody");
    this.end = make("p", { class: "end" });
    this.element = make("div", { class: "wide" },
      make("table", { class: "jobs", "aria-label": "jobs" }, make("thead", {}, this.head),
        this.body), this.end);
    new IntersectionObserver(([entry]) => {
      if (entry.isIntersecting && this.rows?.length > this.limit) this.more();
    }, { rootMargin: "400px" }).observe(this.end);
  }

  more() {
    this.limit += STEP;
    this.fill();
  }

  // `sort` is a column's key, behind "-" when it falls.
  setColumns(columns, sort) {
    this.columns = columns;
    this.made.clear();
    this.head.replaceChildren(
      make("th", { scope: "col", class: "tick" },
        make("span", { class: "hidden" }, "Chosen")),
      ...columns.map((one) => this.heading(one, sort)));
  }

  heading(column, sort) {
    const sorted = sort.replace("-", "") === column.key;
    const falls = sort.startsWith("-");
    return make("th", { scope: "col",
      class: column.numeric ? "number" : null,
      "aria-sort": sorted ? (falls ? "descending" : "ascending") : null },
      make("button", { type: "button", title: column.about,
        onclick: () => this.actions.sort(column.key) }, column.title,
        make("span", { class: "arrow", "aria-hidden": "true" },
          sorted ? (falls ? "↓" : "↑") : "")));
  }

  // `rows`: { key, job, inside } or { key, sweep, jobs, open }
  show(rows, chosen) {
    this.rows = rows;
    this.chosen = chosen;
    this.fill();
  }

  fill() {
    const rows = this.rows.slice(0, this.limit).map((one) => this.rowOf(one));
    const now = this.body.children;
    const wanted = new Set(rows);
    for (const row of [...now]) if (!wanted.has(row)) row.remove();
    // In their order, moving no row that stands right already.
    rows.forEach((row, i) => {
      if (now[i] !== row) this.body.insertBefore(row, now[i] || null);
    });
    this.end.textContent = this.rows.length > this.limit
      ? this.rows.length - this.limit + " more below" : "";
  }

  rowOf(one) {
    const sign = one.job
      ? [one.job.rev, this.chosen.has(one.job.id), one.inside].join()
      : [one.open, ...one.jobs.map((job) => job.rev)].join();
    const old = this.made.get(one.key);
    if (old && old.sign === sign) return old.row;
    const row = old?.row || (one.job ? this.jobRow(one) : this.sweepRow(one));
    if (one.job) this.fillJob(row, one);
    else this.fillSweep(row, one);
    this.made.set(one.key, { row, sign });
    return row;
  }

  // What is pressed, or has the focus, is not taken away under the reader: only
  // cells that say something else now are filled anew.
  fillCells(row, contents) {
    this.columns.forEach((column, i) => {
      const cell = row.cells[i + 1];
      const now = make("td", {}, contents(column));
      if (cell.innerHTML !== now.innerHTML)
        cell.replaceChildren(...now.childNodes);
    });
  }

  emptyCells() {
    return this.columns.map((column) => make("td", {
      class: (column.numeric ? "number " : "") + "is-" +
        column.key.replaceAll(".", "-") }));
  }

  jobRow({ key, job, inside }) {
    const tick = make("input", { type: "checkbox", class: "tick",
      "aria-label": "choose job " + job.id,
      onclick: (event) => this.actions.select(job.id, tick.checked,
        event.shiftKey) });
    return make("tr", { id: "job-" + job.id, "data-key": key,
      class: inside ? "inside" : null },
    make("td", { class: "tick" }, tick), this.emptyCells());
  }

  fillJob(row, { job }) {
    const tick = row.querySelector("input.tick");
    tick.checked = this.chosen.has(job.id);
    row.toggleAttribute("aria-selected", false);
    if (tick.checked) row.setAttribute("aria-selected", "true");
    this.fillCells(row, (column) => column.show(job));
    row.querySelector(".sparkline")?.follow(job);
  }

  sweepRow({ key, sweep }) {
    const opener = make("button", { type: "button", class: "opener",
      "aria-label": "jobs of sweep " + sweep,
      onclick: () => this.actions.open(sweep) });
    return make("tr", { "data-key": key, class: "sweep" },
      make("td", { class: "tick" }, opener), this.emptyCells());
  }

  fillSweep(row, one) {
    const opener = row.querySelector(".opener");
    opener.setAttribute("aria-expanded", String(one.open));
    opener.textContent = one.open ? "▾" : "▸";
    this.fillCells(row, (column) => SWEEP_CELLS[column.key]?.(one) || "");
  }
}
