// job_network.js - what is inside of the network: its weights, its rates, its
// spikes.

import { card, choice, make, toggle, unnamed } from "./dom.js";
import { ask } from "./session.js";
import { HeatMap } from "./heatmap.js";
import { Histogram } from "./histogram.js";
import { Raster } from "./raster.js";
import { Group, Plot } from "./plot.js";
import { curvesOf, Series } from "./series.js";
import { isOver } from "./state.js";
import { number } from "./words.js";

const BINS = 101;

export class NetworkTab {
  constructor(job) {
    this.job = job;
    this.closers = [];
    this.element = make("div", { class: "network" });
    this.base = `jobs/${job.id}`;
    this.addRun();
    this.begin();
  }

  async begin() {
    await this.addWeights();
    await this.addRates();
    this.addSpikes();
  }

  keep(what) {
    this.closers.push(what);
    return what;
  }

  // What the answer is; null where there is nothing.
  async tryAsk(path) {
    try {
      return await ask(path);
    } catch (trouble) {
      if (trouble.status === 404 || trouble.status === 409) return null;
      throw trouble;
    }
  }

  // ---- over the whole run ----------------------------------------------------

  addRun() {
    const layers = ["recurrent", "feedforward"];
    this.series = new Series(this.base + "/metrics");
    this.group = this.keep(new Group());
    const plot = (title, names, yLabel) => new Plot(this.group, {
      title, yLabel, name: `job-${this.job.id}-${names[0]}`, height: 140,
      curves: layers.map((name, index) => ({ name, index })),
      load: async (window, points) =>
        curvesOf(await this.series.load(window, points), "t_end", names),
    });
    this.element.append(make("div", { class: "beside even" },
      unnamed("Over the run", plot("Root mean square of W",
        ["weight_rms_rec", "weight_rms_ff"]).element),
      make("div", { class: "card" }, plot("Mean firing rate (Hz)",
        ["rate_rec", "rate_ff"]).element)));
    this.group.refresh();
  }

  // ---- weights ---------------------------------------------------------------

  async addWeights() {
    const list = await ask(this.base + "/checkpoints");
    const times = list.items.map((one) => one.t);
    if (!times.length) {
      this.element.append(make("p", { class: "empty" },
        "There is no checkpoint yet, and so no weights to show."));
      return;
    }
    const stops = [...new Set(times)].sort((a, b) => b - a);
    const host = make("div", { class: "beside even" });
    const select = choice("checkpoint", stops.map((t) =>
      [String(t), number(t, 7) + " s"]), String(stops[0]),
    (time) => this.showWeights(time));
    this.element.append(card("Weights", select, host));
    this.makeWeights(host);
    await this.showWeights(String(stops[0]));
  }

  makeWeights(host) {
    const id = this.job.id;
    const log = toggle("log y", true, (on) => {
      this.weights.logY = on;
      this.weights.picture.redraw();
    });
    this.weights = this.keep(new Histogram({ title: "Distribution of W",
      name: `job-${id}-weights`, xLabel: "weight", logY: true, tools: [log],
      text: "how many connections have which weight", height: 300 }));
    this.map = this.keep(new HeatMap(id, [
      ["W_rec as npy", `${this.base}/checkpoints/final/weights/rec.npy`],
      ["W_ff as npy", `${this.base}/checkpoints/final/weights/ff.npy`]]));
    this.text = make("p", { class: "soft note" });
    host.append(make("div", {}, this.weights.element, this.text),
      this.map.element);
  }

  async showWeights(time) {
    const layers = [];
    for (const layer of ["rec", "ff"]) {
      const answer = await this.tryAsk(`${this.base}/checkpoints/${time}/` +
        `histogram?layer=${layer}&bins=${BINS}&width=3`);
      if (answer) layers.push({ name: layer, ...answer });
    }
    if (this.closed || !layers.length) return;
    this.weights.show(layers);
    this.text.textContent = layers.map((one) => `${one.name}: mean ` +
      `${number(one.mean, 3)}, sd ${number(one.sd, 3)}, from ` +
      `${number(one.min, 3)} to ${number(one.max, 3)}, beyond 3 sd ` +
      `${one.below + one.above}`).join("; ");
    await this.map.at(time);
  }

  // ---- rates and spikes ----------------------------------------------------------

  async addRates() {
    if (!this.job.spec.record.rates && !this.job.spec.record.spikes) return;
    const rates = await this.tryAsk(`${this.base}/rates?bins=50&most=400`);
    if (!rates || this.closed) return;
    const histogram = this.keep(new Histogram({ title: "Firing rates",
      name: `job-${this.job.id}-rates`, xLabel: "Hz",
      text: "how many neurons fire how often",
      all: [["CSV", this.base + "/rates?format=csv"],
        ["NPZ", this.base + "/rates?format=npz"]] }));
    const layers = ["rec", "ff"].map((name) =>
      ({ name, ...rates[name].histogram }));
    this.element.append(make("div", { class: "card" }, histogram.element,
      make("p", { class: "soft note" }, `${number(rates.from, 6)} to ` +
        `${number(rates.to, 6)} s: ` + ["rec", "ff"].map((name) =>
        `${name} ${number(rates[name].mean, 3)} Hz, ` +
        `${rates[name].silent} silent`).join("; "))));
    histogram.show(layers);
  }

  addSpikes() {
    const { record, schedule } = this.job.spec;
    if (this.closed || !record.spikes || !isOver(this.job)) return;
    const last = Math.min(this.job.progress.done, schedule.duration);
    const first = Math.max(0, last - record.window);
    if (last <= first) return;
    const raster = this.keep(new Raster(this.job.id, first, last));
    this.element.append(make("div", { class: "card" }, raster.element));
  }

  refresh(job) {
    this.job = job;
    this.series.fresh();
    this.group.refresh();
  }

  close() {
    this.closed = true;
    for (const one of this.closers) one.close();
  }
}
