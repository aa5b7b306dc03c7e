// parallel.js - a sweep as parallel coordinates: an axis for every key that
// varies and one for the error, a line for every job.

import { blend, colour, curve, faint } from "./palette.js";
import { FONT } from "./frame.js";
import { Picture } from "./picture.js";
import { go } from "./address.js";
import { extent } from "./ticks.js";
import { number } from "./words.js";

const TOP = 44;
const SIDE = 70;
const NEAR = 8; // pixels

export class Parallel {
  // `axes`: [{ name, log, values: one per job }], the last one is the error
  constructor(jobs, axes) {
    this.jobs = jobs;
    this.axes = axes.map((axis) => this.prepared(axis));
    this.picture = new Picture({
      title: "Parameters and least error", name: "sweep",
      about: "a line for every job, an axis for every key that varies",
      draw: (pen, width, height) => this.draw(pen, width, height),
      table: () => ({ head: ["job", ...axes.map((one) => one.name)],
        rows: jobs.map((job, i) => [job.id, ...axes.map((one) =>
          one.values[i])]) }),
    }, { height: 300 });
    this.element = this.picture.element;
    this.picture.canvas.addEventListener("pointermove", (event) =>
      this.hover(event));
    this.picture.canvas.addEventListener("click", () => {
      if (this.at !== undefined) go({ job: this.jobs[this.at].id });
    });
  }

  // Numbers have a scale; words stand side by side.
  prepared(axis) {
    const numeric = axis.values.every((one) =>
      one === null || typeof one === "number");
    const words = [...new Set(axis.values.map(String))];
    const of = numeric ? axis.values
      : axis.values.map((one) => words.indexOf(String(one)));
    const range = extent([of]) || [0, 1];
    const log = numeric && range[0] > 0 &&
      (axis.log || range[1] / range[0] >= 50);
    const scale = log ? Math.log10 : (value) => value;
    const [low, high] = range.map(scale);
    const parts = of.map((value) => value === null ? null
      : high > low ? (scale(value) - low) / (high - low) : 0.5);
    const texts = numeric ? range.map((one) => number(one))
      : [words[0], words.at(-1)];
    return { ...axis, parts, texts };
  }

  place(width, height) {
    const step = (width - 2 * SIDE) / Math.max(this.axes.length - 1, 1);
    return (axis, part) => [SIDE + axis * step,
      height - 24 - part * (height - 24 - TOP)];
  }

  draw(pen, width, height) {
    this.placed = this.place(width, height);
    this.jobs.forEach((_, i) => this.drawJob(pen, i, 1.3, 0.75));
    if (this.at !== undefined) this.drawJob(pen, this.at, 3, 1);
    pen.font = FONT;
    this.axes.forEach((axis, i) => this.drawAxis(pen, axis, i));
    if (this.at === undefined) return;
    const job = this.jobs[this.at];
    pen.textAlign = "left";
    pen.fillStyle = colour("ink");
    pen.fillText(`job ${job.id}: ` + this.axes.map((axis) =>
      `${axis.name.split(".").at(-1)} ${number(axis.values[this.at])}`)
      .join(", "), 6, height - 4);
  }

  drawAxis(pen, axis, i) {
    const [x, bottom] = this.placed(i, 0);
    const top = this.placed(i, 1)[1];
    pen.strokeStyle = colour("axis");
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x, bottom);
    pen.stroke();
    pen.textAlign = "center";
    pen.fillStyle = colour("ink");
    pen.fillText(axis.name, x, top - 26);
    pen.fillStyle = colour("soft");
    pen.fillText(axis.texts[1], x, top - 8);
    pen.fillText(axis.texts[0], x, bottom + 14);
  }

  drawJob(pen, i, width, opacity) {
    const last = this.axes.at(-1).parts[i];
    pen.strokeStyle = last === null ? colour("soft")
      : faint(blend(curve(0), curve(1), last), opacity); // good is blue
    pen.lineWidth = width;
    pen.beginPath();
    this.axes.forEach((axis, k) => {
      if (axis.parts[i] === null) return;
      const point = this.placed(k, axis.parts[i]);
      if (k) pen.lineTo(...point);
      else pen.moveTo(...point);
    });
    pen.stroke();
  }

  // The job whose line is nearest to the pointer.
  hover(event) {
    let best = NEAR;
    let at;
    const k = this.axes.findIndex((_, i) =>
      this.placed(i, 0)[0] > event.offsetX);
    if (k > 0)
      this.jobs.forEach((_, i) => {
        const [a, b] = [this.axes[k - 1].parts[i], this.axes[k].parts[i]];
        if (a === null || b === null) return;
        const [[x0, y0], [x1, y1]] = [this.placed(k - 1, a),
          this.placed(k, b)];
        const y = y0 + (y1 - y0) * (event.offsetX - x0) / (x1 - x0);
        if (Math.abs(y - event.offsetY) < best) {
          best = Math.abs(y - event.offsetY);
          at = i;
        }
      });
    if (at !== this.at) {
      this.at = at;
      this.picture.redraw();
    }
  }

  close() {
    this.picture.close();
  }
}
