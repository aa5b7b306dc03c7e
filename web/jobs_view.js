// jobs_view.js - the list of all jobs. Filter, order, columns and open sweeps
// stand in the address.

import { address, numbers, put } from "./address.js";
import { after, button, make } from "./dom.js";
import { allJobs, hasOlder, knownJob, loadOlder, onJobs } from "./jobs.js";
import { COLUMNS, column, compare, USUAL } from "./columns.js";
import { filter, withWord } from "./filter.js";
import { JobsTable } from "./jobs_table.js";
import { grouped } from "./sweeps.js";
import { bulkBar } from "./bulk.js";
import { columnMenu } from "./column_menu.js";
import { telling } from "./notice.js";
import { SIGNS } from "./words.js";

const REFRESH_MS = 200;

export class JobsView {
  constructor() {
    this.chosen = new Set();
    this.table = new JobsTable({
      sort: (key) => this.sortBy(key),
      select: (id, on, range) => this.select(id, on, range),
      open: (sweep) => this.openSweep(sweep),
    });
    this.box = make("input", { type: "search", class: "filter",
      "aria-label": "show only jobs with", placeholder:
      "filter: words, state:failed, tag:key=text, sweep:3",
      oninput: after(120, () => this.setFilter(this.box.value)) });
    this.states = make("div", { class: "chips", role: "group",
      "aria-label": "show only jobs that are" });
    this.menu = make("div");
    this.bulk = make("div");
    this.empty = make("p", { class: "empty" });
    this.older = button("Older jobs", telling(loadOlder));
    this.element = make("div", { class: "jobs-view" },
      make("h1", { class: "hidden" }, "Jobs"),
      make("div", { class: "bar" }, this.box, this.states, this.menu),
      this.bulk, this.table.element, this.empty, this.older);
    this.element.addEventListener("click", (event) => this.tagClicked(event));
  }

  open() {
    const params = address();
    this.text = params.get("q") || "";
    this.sort = params.get("sort") || "-id";
    this.opened = new Set(numbers(params.get("open")));
    this.keys = (params.get("cols")?.split(",") || USUAL).filter(column);
    this.box.value = this.text;
    this.setColumns(this.keys);
    this.refresh = throttled(() => this.show());
    this.close = onJobs(({ changed }) => {
      if (changed !== undefined) this.refresh();
    });
    this.show();
  }

  title() {
    return "";
  }

  setColumns(keys) {
    this.keys = keys = keys.filter(column);
    this.table.setColumns(keys.map(column), this.sort);
    this.menu.replaceChildren(columnMenu(keys, (now) => {
      put({ cols: now.join() === USUAL.join() ? null : now.join(",") });
      this.setColumns(now);
      this.show();
    }));
  }

  setFilter(text) {
    this.text = text.trim();
    if (this.box.value.trim() !== this.text) this.box.value = this.text;
    put({ q: this.text || null });
    this.show();
  }

  sortBy(key) {
    // Numbers fall at first, since the latest and the largest are looked for.
    const first = column(key).numeric && key !== "last" && key !== "least"
      ? "-" + key : key;
    const other = first === key ? "-" + key : key;
    this.sort = this.sort === first ? other : first;
    put({ sort: this.sort === "-id" ? null : this.sort });
    this.table.setColumns(this.keys.map(column), this.sort);
    this.show();
  }

  openSweep(sweep) {
    if (!this.opened.delete(sweep)) this.opened.add(sweep);
    put({ open: [...this.opened].join(",") || null });
    this.show();
  }

  // With the shift key, all from the last one chosen to this one.
  select(id, on, range) {
    const ids = this.shown.filter((row) => row.job).map((row) => row.job.id);
    const [from, to] = [ids.indexOf(this.lastChosen), ids.indexOf(id)]
      .sort((a, b) => a - b);
    const meant = range && from >= 0 ? ids.slice(from, to + 1) : [id];
    for (const one of meant)
      if (on) this.chosen.add(one);
      else this.chosen.delete(one);
    this.lastChosen = id;
    this.show();
  }

  tagClicked(event) {
    const word = event.target.dataset?.filter;
    if (word) this.setFilter(withWord(this.text, word));
  }

  rows(jobs) {
    const rows = [];
    for (const row of grouped(jobs)) {
      if (row.sweep) row.open = this.opened.has(row.sweep);
      rows.push(row);
      if (row.open)
        rows.push(...row.jobs.map((job) =>
          ({ key: "j" + job.id, job, inside: true })));
    }
    return rows;
  }

  show() {
    const all = allJobs();
    const [, falls, key] = /^(-?)(.*)$/.exec(this.sort);
    const by = column(key) || column("id");
    const jobs = all.filter(filter(this.text))
      .sort((a, b) => compare(a, b, by, falls ? -1 : 1));
    for (const id of this.chosen)
      if (!all.some((job) => job.id === id)) this.chosen.delete(id);
    this.shown = this.rows(jobs);
    this.table.show(this.shown, this.chosen);
    this.showStates(all);
    this.showBulk();
    this.empty.replaceChildren(...this.emptyText(all, jobs));
    this.older.hidden = !hasOlder();
  }

  showBulk() {
    const sign = [...this.chosen].map((id) => id + knownJob(id).state).join();
    if (sign === this.bulkSign) return; // no button goes while it is pressed
    this.bulkSign = sign;
    const bar = bulkBar(this.chosen, () => {
      this.chosen.clear();
      this.show();
    });
    this.bulk.replaceChildren(...(bar ? [bar] : []));
  }

  emptyText(all, jobs) {
    if (jobs.length) return [];
    if (all.length) return ["No job fits this filter."];
    return ["No jobs yet. ", make("a", { href: "#new=vanderPol" },
      "Hand in the first one"), ", or type ",
    make("code", {}, "follow submit vanderPol"), "."];
  }

  // One button for each state that there is.
  showStates(all) {
    const counts = new Map();
    for (const job of all)
      counts.set(job.state, (counts.get(job.state) || 0) + 1);
    const now = /(?:^|\s)state:(\S+)/.exec(this.text)?.[1];
    const sign = JSON.stringify([[...counts], now, this.text]);
    if (sign === this.statesSign) return;
    this.statesSign = sign;
    this.states.replaceChildren(...Object.keys(SIGNS)
      .filter((state) => counts.has(state))
      .map((state) => this.chip(state, counts.get(state), now === state)));
  }

  chip(state, count, on) {
    const made = button("", () => this.setFilter(on
      ? this.text.replace(/(^|\s)state:\S+/, "")
      : withWord(this.text, "state:" + state)),
    { class: "chip state " + state, "aria-pressed": String(on) });
    made.append(make("span", { class: "sign", "aria-hidden": "true" },
      SIGNS[state]), `${count} ${state}`);
    return made;
  }
}

// At most every REFRESH_MS, and never while nobody looks.
function throttled(action) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    setTimeout(() => requestAnimationFrame(() => {
      waits = false;
      action();
    }), REFRESH_MS);
  };
}
