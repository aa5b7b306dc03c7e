// job_overview.js - how a job learns: its error, its signals, and where they go
// in space.

import { button, card, choice, make, unnamed } from "./dom.js";
import { Group, Plot } from "./plot.js";
import { Series, curvesOf, dimensionsOf, errorCurves } from "./series.js";
import { loadMotion, stretch } from "./motion.js";
import { Plane } from "./plane.js";
import { Attractor } from "./attractor.js";
import { TentMap } from "./tent.js";
import { Arm, isArm } from "./arm.js";
import { isOver } from "./state.js";
import { number } from "./words.js";
import { address, put } from "./address.js";

const PLANE_SECONDS = 8; // of what moves, unless the reader has zoomed
const CHAOS_SECONDS = 100; // of an attractor, which takes longer to fill
const PLANE_MS = 4000; // its steps are many, so it follows a run slowly
const WINDOWS = [["start", "first window"], ["live", "latest periods"],
  ["end", "last window"]];

function isReinforced(spec) {
  return Boolean(spec.rl?.task) && spec.rl.task !== "none";
}

export class Overview {
  constructor(job) {
    this.job = job;
    this.closers = [];
    this.element = make("div", { class: "overview" });
    if (isReinforced(job.spec)) this.addEpisodes();
    else {
      this.addError();
      this.addSignals();
    }
  }

  keep(what) {
    this.closers.push(what);
    return what;
  }

  // ---- the error -------------------------------------------------------------

  addEpisodes() {
    const series = this.series = new Series(`jobs/${this.job.id}/metrics`);
    this.errors = this.keep(new Group());
    const plot = new Plot(this.errors, {
      title: "Time of every episode", name: `job-${this.job.id}-episodes`,
      xLabel: "episode, from 1", yLabel: "s", height: 260, logX: true, logY: true,
      curves: [{ name: "time (s)", index: 0 }], all: this.allMetrics(),
      load: async (window, points) => {
        const data = curvesOf(await series.load(window?.map((at) => at - 1),
          points), "episode", ["time"]);
        return { ...data, x: data.x.map((at) => at + 1) };
      },
    });
    this.element.append(unnamed("Learning", plot.element));
    plot.refresh();
  }

  allMetrics() {
    const path = `jobs/${this.job.id}/metrics`;
    return [["CSV", path + "?format=csv"], ["NPZ", path + "?format=npz"]];
  }

  addError() {
    const { spec, id } = this.job;
    const { duration, settle, test } = spec.schedule;
    const series = this.series = new Series(`jobs/${id}/metrics`);
    this.errors = this.keep(new Group());
    const plot = new Plot(this.errors, {
      title: "Squared error per period", name: `job-${id}-error`,
      yLabel: "error²", height: 220, logY: true,
      bands: [[0, settle], [duration - test, duration]],
      curves: [{ name: "learned from", index: 0, width: 1.6 },
        { name: "x̂ − x", index: 1, width: 1 }],
      all: this.allMetrics(),
      load: async (window, points) =>
        errorCurves(spec, await series.load(window, points)),
    });
    plot.element.append(make("p", { class: "soft note" },
      "Shaded: without feedback and learning."));
    this.element.append(unnamed("Learning", plot.element));
    plot.refresh();
  }

  // ---- the signals -----------------------------------------------------------

  addSignals() {
    this.window = address().get("window") ||
      (isOver(this.job) ? "end" : "live");
    this.signalsHost = make("div", { class: "signals" });
    this.planeHost = make("div", { class: "planes" });
    this.signalCard = card("Signals", choice("part of the run", WINDOWS,
      this.window, (value) => {
        this.window = value;
        put({ window: value });
        this.makeSignals();
      }), this.signalsHost);
    const wide = isArm(this.job.spec) ? " even" : "";
    this.element.append(make("div", { class: "beside" + wide }, this.signalCard,
      make("div", { class: "card" }, this.planeHost)));
    this.makeSignals();
  }

  async makeSignals() {
    this.signals?.close();
    this.signals = this.keep(new Group((window) => this.zoomed(window)));
    this.traces = new Series(`jobs/${this.job.id}/traces`,
      { window: this.window });
    const host = this.signalsHost;
    const asked = this.asked = this.traces;
    const table = await this.tryTraces();
    if (this.closed || asked !== this.asked) return;
    if (!table) {
      host.replaceChildren(make("p", { class: "empty" }, isOver(this.job)
        ? "Nothing was recorded in this part."
        : "Nothing has been recorded in this part yet."));
      return;
    }
    this.dimensions = dimensionsOf(table);
    const plots = this.signalPlots();
    host.replaceChildren(...plots.map((plot) => plot.element));
    this.signals.refresh();
    this.makePlanes();
  }

  async tryTraces() {
    try {
      const table = await this.traces.load(null, 800);
      return table.rows ? table : null;
    } catch (trouble) {
      if (trouble.status === 404) return null;
      throw trouble;
    }
  }

  signalPlots() {
    const { u, x } = this.dimensions;
    const all = (count) => Array.from({ length: count }, (_, i) => i + 1);
    const plots = [this.signalPlot("Command u", all(u).map((i) => "u" + i)),
      this.signalPlot("Error ε = x̂ − x", all(x).map((i) => "error" + i))];
    for (const i of all(x))
      plots.push(this.signalPlot(`x${i} and its estimate`, ["x" + i,
        "xhat" + i], [{ name: "x" + i, index: 1, width: 2, opacity: 0.8 },
        { name: "x̂" + i, index: 0, width: 1.1 }], i === x));
    return plots;
  }

  // They share one axis, named below the last of them.
  signalPlot(title, columns, curves, last = false) {
    const base = `jobs/${this.job.id}/traces?window=${this.window}`;
    return new Plot(this.signals, {
      title, name: `job-${this.job.id}-${columns[0]}`,
      xLabel: last ? "t (s)" : "", height: last ? 132 : 118, switches: false,
      curves: curves || columns.map((name, index) => ({ index,
        name: name.replace("error", "ε") })),
      all: [["CSV", base + "&format=csv"], ["NPZ", base + "&format=npz"]],
      load: async (window, points) =>
        curvesOf(await this.traces.load(window, points), "t", columns),
    });
  }

  // ---- space -----------------------------------------------------------------

  makePlanes() {
    const { spec, id } = this.job;
    const names = Array.from({ length: this.dimensions.x }, (_, i) =>
      "x" + (i + 1));
    for (const one of this.planes || []) one.close();
    this.planes = [];
    if (isArm(spec)) this.planes.push(new Arm(id, spec));
    if (names.length === 3 && !isArm(spec))
      this.planes.push(new Attractor(id));
    if (names.length >= 2) this.planes.push(new Plane(id, names));
    this.stretchText = make("p", { class: "soft note" });
    const tent = spec.system.type !== "Lorenz" ? []
      : address().has("tent") ? [this.tentMap().element]
        : [button("Draw the tent map", () => this.addTent())];
    this.planeHost.replaceChildren(...this.planes.map((one) => one.element),
      this.stretchText, ...tent);
    this.loadPlanes();
  }

  // What is in sight, or the last periods.
  async loadPlanes(window = this.signals.window) {
    this.planesAt = Date.now();
    const table = await this.traces.load(null, 800);
    const { t } = table.columns;
    const [from, to] = stretch(...(window || [t[0], t.at(-1)]), window ||
      this.dimensions.x === 3 ? CHAOS_SECONDS : PLANE_SECONDS);
    // The latest periods have gone on meanwhile: all that is there now.
    const now = this.window === "live" && !window;
    const motion = await loadMotion(this.job.id, this.window,
      now ? null : from, now ? null : to);
    if (this.closed || !motion.t.length) return;
    this.stretchText.textContent = `${number(motion.t[0], 6)} to ` +
      `${number(motion.t.at(-1), 6)} s; zoom the signals for another part.`;
    for (const one of this.planes) one.show(motion);
    this.motion = motion;
  }

  tentMap() {
    const tent = new TentMap(this.job.id);
    this.planes.push(tent);
    return tent;
  }

  addTent() {
    put({ tent: "yes" });
    const tent = this.tentMap();
    this.planeHost.lastChild.replaceWith(tent.element);
    tent.show(this.motion);
  }

  zoomed(window) {
    clearTimeout(this.zoomTimer);
    this.zoomTimer = setTimeout(() => this.loadPlanes(window), 200);
  }

  // ---- live ------------------------------------------------------------------

  refresh(job) {
    const began = !this.dimensions;
    this.job = job;
    this.series.fresh();
    this.errors.refresh();
    if (!this.traces) return;
    this.traces.fresh();
    if (began) this.makeSignals();
    else if (this.window === "live" || isOver(job)) {
      this.signals.refresh();
      if (!this.signals.window && (isOver(job) ||
          Date.now() - this.planesAt > PLANE_MS)) this.loadPlanes(null);
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.zoomTimer);
    for (const one of [...this.closers, ...(this.planes || [])]) one.close();
  }
}
