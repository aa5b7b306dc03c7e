// compare_view.js - jobs over each other: their curves, what they differ in,
// and for many of them what that does to the error. Also a sweep.

import { address, link, numbers, put } from "./address.js";
import { button, card, choice, make } from "./dom.js";
import { allJobs, findJob, knownJob, onJobs } from "./jobs.js";
import { Group, Plot } from "./plot.js";
import { Series } from "./series.js";
import { merged, smoothed, wallTimes } from "./smoothing.js";
import { learnedRows, leastError } from "./error.js";
import { flat } from "./job_parameters.js";
import { specValue } from "./columns.js";
import { Parallel } from "./parallel.js";
import { grid } from "./grid.js";
import { saveFrom } from "./save.js";
import { telling } from "./notice.js";
import { number, value as said } from "./words.js";

const REFRESH_MS = 2000;
const SHADOW = 0.28;
const MOST_AXES = 6;
const IDLE = /^(preset|system\.type|record|start|compute)/; // keys, for learning
const MEASURES = [["mse", "error² learned from"], ["mse_raw", "(x̂ − x)²"],
  ["rate_rec", "rate, recurrent (Hz)"], ["rate_ff", "rate, feedforward (Hz)"],
  ["weight_rms_rec", "rms of W, recurrent"],
  ["weight_rms_ff", "rms of W, feedforward"],
  ["steps_per_second", "steps per second"]];
const AXES = [["time", "simulated time (s)"], ["wall", "wall time (s)"],
  ["step", "step"]];

export class CompareView {
  constructor() {
    this.element = make("div", { class: "compare-view" });
    this.closers = [];
  }

  title() {
    return "Compare";
  }

  async open() {
    const params = address();
    this.sweep = Number(params.get("sweep"));
    this.measure = params.get("y") || "mse";
    this.axis = params.get("x") || "time";
    this.weight = Number(params.get("smooth") || 0);
    this.logY = params.get("log") !== "no";
    this.ids = this.sweep ? [] : numbers(params.get("compare"));
    this.stop = onJobs(({ changed }) => this.changed(changed));
    await this.build();
  }

  async find() {
    if (this.sweep)
      return allJobs().filter((job) => job.sweep === this.sweep)
        .sort((a, b) => a.id - b.id);
    const found = await Promise.allSettled(this.ids.map(findJob));
    return found.filter((one) => one.value).map((one) => one.value);
  }

  async build() {
    this.jobs = await this.find();
    for (const one of this.closers.splice(0)) one.close();
    this.element.replaceChildren(
      make("h1", {}, this.sweep ? "Sweep " + this.sweep : "Compare"),
      this.picker());
    if (!this.jobs.length) {
      this.element.append(this.suggestions());
      return;
    }
    this.series = new Map(this.jobs.map((job) =>
      [job.id, new Series(`jobs/${job.id}/metrics`)]));
    this.addPlot();
    this.addSweep();
    this.addDifferences();
  }

  // ---- which jobs ------------------------------------------------------------

  picker() {
    const add = make("input", { type: "text", class: "short",
      placeholder: "job number", "aria-label": "a job more",
      onchange: () => this.choose([...this.ids, ...numbers(add.value)]) });
    if (this.sweep) return make("p", { class: "soft" }, `${this.jobs.length} ` +
      "jobs. ", make("a", { href: link({ q: "sweep:" + this.sweep,
      open: this.sweep }) }, "Show them in the list"));
    return make("div", { class: "bar" },
      this.jobs.map((job, i) => this.jobChip(job, i)), add);
  }

  // What tells a job of a sweep from the others, else its name.
  nameOf(job) {
    const keys = this.sweep ? this.varied() : [];
    return job.id + " " + (keys.map((key) => key.split(".").at(-1) + " " +
      said(specValue(job.spec, key))).join(", ") || job.name ||
      job.spec.preset);
  }

  jobChip(job, i) {
    const swatch = make("span", { class: "swatch curve" + i % 8 });
    return make("span", { class: "chip" }, swatch,
      make("a", { href: link({ job: job.id }) }, this.nameOf(job)),
      button("×", () =>
        this.choose(this.ids.filter((id) => id !== job.id)),
      { "aria-label": "without job " + job.id, class: "quiet" }));
  }

  choose(ids) {
    this.ids = [...new Set(ids)];
    put({ compare: this.ids.join(",") });
    telling(() => this.build())();
  }

  suggestions() {
    const latest = allJobs().sort((a, b) => b.id - a.id).slice(0, 20);
    return card("Which jobs?", [], make("ul", { class: "suggestions" },
      latest.map((job) => make("li", {}, button(
        `${job.id} ${job.name || job.spec.preset}`,
        () => this.choose([...this.ids, job.id]))))),
    latest.length ? null : make("p", { class: "empty" }, "No jobs yet."));
  }

  // ---- curves ----------------------------------------------------------------

  addPlot() {
    const group = new Group();
    const shadows = this.weight > 0;
    const curves = [];
    this.jobs.forEach((job, index) => {
      const name = this.nameOf(job);
      curves.push({ name, index, width: 1.6 });
      if (shadows) curves.push({ name: name + " (raw)", index, width: 1,
        opacity: SHADOW, shadows: name });
    });
    this.plot = new Plot(group, {
      title: MEASURES.find(([key]) => key === this.measure)?.[1] || "",
      name: "compare", height: 360, logY: this.logY, connect: true, curves,
      xLabel: AXES.find(([key]) => key === this.axis)[1],
      load: (window, points) => this.load(window, points),
      all: [["CSV of all", "metrics.csv?" + this.jobs.map((job) =>
        "job=" + job.id).join("&")]],
    });
    this.closers.push(group);
    this.element.append(card("Curves", this.switches(), this.plot.element));
    this.group = group;
    group.refresh();
  }

  switches() {
    const set = (key, name) => (value) => {
      this[key] = value;
      put({ [name]: value });
      telling(() => this.build())();
    };
    const slider = make("input", { type: "range", min: 0, max: 0.99,
      step: 0.01, value: this.weight, "aria-label": "smoothing",
      onchange: () => set("weight", "smooth")(Number(slider.value)) });
    return [choice("measure", MEASURES, this.measure, set("measure", "y")),
      choice("over", AXES, this.axis, set("axis", "x")),
      make("label", {}, "smooth ", slider)];
  }

  // The range is of the axis that is shown; only simulated time is what the
  // daemon counts in.
  asked(window) {
    if (!window || this.axis === "wall") return null;
    return this.axis === "step" ? window.map((one) => one / 1000) : window;
  }

  async load(window, points) {
    const tables = await Promise.all(this.jobs.map((job) =>
      this.series.get(job.id).load(this.asked(window), points)
        .then((table) => this.curve(job, table))));
    const curves = [];
    for (const one of tables) {
      curves.push({ x: one.x, y: this.weight ? smoothed(one.y, this.weight,
        this.plot.logY) : one.y });
      if (this.weight) curves.push(one);
    }
    return { ...merged(curves), marks: tables.flatMap((one) => one.marks) };
  }

  curve(job, table) {
    const { columns } = table;
    if (!columns.t_end) return { x: [], y: [], marks: [] };
    const x = this.axis === "wall" ? wallTimes(columns)
      : columns.t_end.map((end) => this.axis === "step" ? end * 1000 : end);
    const learned = learnedRows(job.spec, table);
    const rows = x.map((_, i) => i).filter((i) =>
      this.measure !== "mse" || learned[i]);
    return { x: rows.map((i) => x[i]),
      y: rows.map((i) => columns[this.measure][i]),
      marks: rows.filter((i) => columns[this.measure][i] === null)
        .map((i) => x[i]) };
  }

  // ---- what they differ in ---------------------------------------------------

  varied() {
    const keys = flat(this.jobs[0].spec).map(([key]) => key);
    return keys.filter((key) => new Set(this.jobs.map((job) =>
      JSON.stringify(specValue(job.spec, key)))).size > 1);
  }

  addSweep() {
    const keys = this.varied().filter((key) => !IDLE.test(key));
    if (this.jobs.length < 3 || !keys.length) return;
    const axes = keys.slice(0, MOST_AXES).map((key) => ({ name: key,
      values: this.jobs.map((job) => specValue(job.spec, key)) }));
    axes.push({ name: "least error²", log: true,
      values: this.jobs.map(leastError) });
    const parallel = new Parallel(this.jobs, axes);
    this.closers.push(parallel);
    this.element.append(make("div", { class: "card" }, parallel.element));
    if (keys.length === 2)
      this.element.append(card("Least error²", [], grid(this.jobs, keys)));
  }

  addDifferences() {
    if (this.jobs.length < 2) return;
    const rows = [["least error²", this.jobs.map((job) =>
      number(leastError(job), 3))], ...this.varied().map((key) => [key,
      this.jobs.map((job) => said(specValue(job.spec, key)))])];
    this.element.append(card("What they differ in", button("Metrics as CSV",
      () => saveFrom("metrics.csv?" + this.jobs.map((job) => "job=" + job.id)
        .join("&"), "metrics.csv")),
    make("div", { class: "wide" }, make("table",
      { class: "parameters", "aria-label": "differences" },
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Key"),
        this.jobs.map((job) => make("th", { scope: "col" }, make("a",
          { href: link({ job: job.id }) }, "job " + job.id))))),
      make("tbody", {}, rows.map(([key, values]) => make("tr", {},
        make("th", { scope: "row" }, key),
        values.map((text) => make("td", {}, text)))))))));
  }

  // ---- live ------------------------------------------------------------------

  changed(ids) {
    if (ids === undefined || !this.jobs) return;
    const grown = this.sweep && allJobs().filter((job) =>
      job.sweep === this.sweep).length !== this.jobs.length;
    if (grown || (ids === null && !this.jobs.length)) {
      telling(() => this.build())();
      return;
    }
    const mine = this.jobs.filter((job) => ids === null || ids.has(job.id));
    if (!mine.length || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.jobs = this.jobs.map((job) => knownJob(job.id) || job);
      for (const job of this.jobs) this.series.get(job.id)?.fresh();
      this.group?.refresh();
    }, REFRESH_MS);
  }

  close() {
    clearTimeout(this.timer);
    this.stop?.();
    for (const one of this.closers) one.close();
  }
}
