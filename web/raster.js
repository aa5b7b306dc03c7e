// raster.js - which neuron fires when, and x̂ over it.

import { button, choice, make } from "./dom.js";
import { request, query } from "./session.js";
import { colour, curve, faint } from "./palette.js";
import { drawKey, Frame } from "./frame.js";
import { Picture } from "./picture.js";
import { readNpz } from "./npz.js";
import { loadMotion } from "./motion.js";
import { extent } from "./ticks.js";
import { telling } from "./notice.js";

const NEURONS = [["50", "50 neurons"], ["100", "100"], ["200", "200"],
  ["500", "500"]];

// The steps at which each of the first `count` neurons fires, out of rows of
// bits, the first neuron in the highest bit.
export function spikesOf({ shape, data }, count) {
  const spikes = Array.from({ length: count }, () => []);
  const width = shape[1];
  for (let row = 0; row < shape[0]; row++)
    for (let byte = 0; byte * 8 < count; byte++) {
      const bits = data[row * width + byte];
      if (!bits) continue;
      for (let bit = 0; bit < 8 && byte * 8 + bit < count; bit++)
        if (bits & (128 >> bit)) spikes[byte * 8 + bit].push(row);
    }
  return spikes;
}

export class Raster {
  // `first` to `last` s is where spikes were recorded.
  constructor(job, first, last) {
    Object.assign(this, { job, first, last, layer: "rec", count: 50,
      length: Math.min(0.75, last - first), sorted: false });
    this.from = last - first > 1.25 ? first + 0.5 : first;
    const set = (key, read) => (value) => {
      this[key] = read(value);
      this.load();
    };
    this.start = make("input", { type: "number", step: "any",
      value: this.from, "aria-label": "from (s)", class: "short",
      onchange: () => set("from", Number)(this.start.value) });
    this.picture = new Picture({
      title: "Spikes", name: `job-${job}-spikes`,
      about: "a mark for every spike, a row for every neuron",
      draw: (pen, width, height) => this.draw(pen, width, height),
      table: () => this.table(),
      all: [["NPZ", `jobs/${job}/spikes.npz`]],
    }, { height: 300, tools: [
      choice("layer", [["rec", "recurrent"], ["ff", "feedforward"]], "rec",
        set("layer", String)),
      choice("how many", NEURONS, "50", set("count", Number)),
      choice("how long", [["0.25", "0.25 s"], ["0.75", "0.75 s"],
        ["2", "2 s"], ["5", "5 s"]], "0.75", set("length", Number)),
      make("label", {}, "from ", this.start, " s"),
      choice("order", [["", "by number"], ["first", "by first spike"]], "",
        set("sorted", Boolean)),
      button("◂", () => this.move(-1), { "aria-label": "earlier" }),
      button("▸", () => this.move(1), { "aria-label": "later" })] });
    this.element = this.picture.element;
    this.load();
  }

  move(by) {
    const most = this.last - this.length;
    this.from = +Math.min(Math.max(this.from + by * this.length, this.first),
      most).toFixed(3);
    this.start.value = this.from;
    this.load();
  }

  load = telling(async () => {
    const [from, to] = [this.from, this.from + this.length];
    const answer = await request(`jobs/${this.job}/spikes.npz` +
      query({ from, to }));
    const arrays = await readNpz(await answer.arrayBuffer());
    const all = Number(arrays["neurons_" + this.layer].data[0]);
    this.t = Array.from(arrays.t.data);
    this.spikes = spikesOf(arrays["spikes_" + this.layer],
      Math.min(this.count, all)).map((steps, neuron) => ({ neuron, steps }));
    if (this.sorted) this.spikes.sort((a, b) =>
      (b.steps[0] ?? Infinity) - (a.steps[0] ?? Infinity));
    this.motion = await this.tryMotion(from, to);
    this.picture.redraw();
  });

  // x̂ of the same stretch, where it was recorded.
  async tryMotion(from, to) {
    try {
      return await loadMotion(this.job, "all", from, to);
    } catch {
      return null;
    }
  }

  table() {
    return { head: ["neuron", "t"], rows: this.spikes.flatMap(
      ({ neuron, steps }) => steps.map((step) => [neuron, this.t[step]])) };
  }

  draw(pen, width, height) {
    if (!this.spikes) return;
    const count = this.spikes.length;
    const frame = new Frame(pen, width, height, {
      x: { min: this.from, max: this.from + this.length, label: "t (s)" },
      y: { min: -0.5, max: count - 0.5,
        label: this.sorted ? "neuron, by first spike" : "neuron" } });
    frame.draw();
    const high = Math.max(1, (frame.box.bottom - frame.box.top) / count - 1);
    pen.fillStyle = colour("ink");
    frame.clip(() => {
      this.spikes.forEach(({ steps }, i) => {
        for (const step of steps)
          pen.fillRect(frame.x(this.t[step]) - 0.5, frame.y(i) - high / 2, 1.2,
            high);
      });
      this.drawEstimate(frame, count);
    });
    const named = this.motion && [{ stroke: curve(1),
      name: `x̂${this.motion.xhat.length}, in its own units` }];
    if (named) drawKey(pen, width, named);
  }

  // The last dimension of x̂, stretched over the picture.
  drawEstimate(frame, count) {
    const values = this.motion?.xhat.at(-1);
    const range = values && extent([values]);
    if (!range) return;
    const [min, max] = range;
    frame.curve(this.motion.t, values.map((value) =>
      (value - min) / (max - min || 1) * (count - 1)), faint(curve(1), 0.85),
    2);
  }

  close() {
    this.picture.close();
  }
}
