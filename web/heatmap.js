// heatmap.js - W as a picture of as many points as there is room for; dragging
// asks the daemon for a part of it, double-clicking for all again.

import { button, choice, make } from "./dom.js";
import { ask, query } from "./session.js";
import { blend, colour, curve } from "./palette.js";
import { FONT, Frame } from "./frame.js";
import { Picture } from "./picture.js";
import { number } from "./words.js";
import { telling } from "./notice.js";

const POINTS = 160; // to a side
const FULL = 0.98; // of the points; a few extreme ones do not pale all others
const KEY_WIDE = 120; // pixels, of the scale of colours
const KEY_STEPS = 60;
const SHADES = 256; // to each side of 0
const OF = ["extreme", "mean", "rms", "min", "max"];

// Colours of values from -1 to 1: blue below 0, the ground at 0, orange above,
// which the colour-blind tell apart. Small values are not all pale.
function diverging() {
  const [ground, ...ends] = [colour("card"), curve(0), curve(1)];
  const shades = Array.from({ length: 2 * SHADES + 1 }, (_, i) =>
    blend(ground, ends[i < SHADES ? 0 : 1],
      Math.sqrt(Math.abs(i / SHADES - 1))));
  return (value) => shades[Math.round(
    (Math.min(Math.max(value, -1), 1) + 1) * SHADES)];
}

export class HeatMap {
  constructor(job, all) {
    this.job = job;
    this.layer = "rec";
    this.of = "extreme";
    this.part = {};
    this.where = make("p", { class: "soft note" });
    const set = (key) => (value) => {
      this[key] = value;
      this.part = {};
      this.load();
    };
    this.picture = new Picture({
      title: "Weights W", name: `job-${job}-W`, all,
      about: "rows are neurons that receive, columns are those that send",
      draw: (pen, width, height) => this.draw(pen, width, height),
      table: () => this.table(),
    }, { aspect: 0.85, tools: [
      choice("layer", [["rec", "recurrent"], ["ff", "feedforward"]], "rec",
        set("layer")),
      choice("what of each block", OF.map((one) => [one, one]), "extreme",
        set("of")),
      button("All", () => this.reset(), { "aria-label": "show all of W" })] });
    this.picture.element.append(this.where);
    this.element = this.picture.element;
    this.listen(this.picture.canvas);
  }

  // ---- parts -----------------------------------------------------------------

  listen(canvas) {
    canvas.tabIndex = 0;
    canvas.addEventListener("dblclick", () => this.reset());
    canvas.addEventListener("pointerdown", (event) => {
      this.drag = [this.entryAt(event)];
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerup", (event) => {
      const [from, to] = [this.drag?.[0], this.entryAt(event)];
      this.drag = null;
      if (from && to) this.zoom(from, to);
    });
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "+") this.zoomMiddle();
      else if (event.key === "0" || event.key === "-") this.reset();
    });
  }

  // [row, column] under the pointer.
  entryAt(event) {
    if (!this.frame || !this.tile) return null;
    const { left, right, top, bottom } = this.frame.box;
    const inside = (value) => Math.min(Math.max(value, 0), 1);
    const place = (part, [from, to]) => Math.round(from + part * (to - from));
    return [
      place(inside((event.offsetY - top) / (bottom - top)), this.tile.rows),
      place(inside((event.offsetX - left) / (right - left)),
        this.tile.columns)];
  }

  hover(event) {
    const at = this.entryAt(event);
    if (!at) return;
    if (this.drag) {
      this.drag[1] = at;
      this.picture.redraw();
      return;
    }
    const { rows, columns, values } = this.tile;
    const pick = (value, [from, to], count) => Math.min(count - 1,
      Math.floor((value - from) / (to - from) * count));
    const row = pick(at[0], rows, values.length);
    const column = pick(at[1], columns, values[0].length);
    this.where.textContent = `to neuron ${at[0]} from ${at[1]}: ` +
      number(values[row][column]);
  }

  zoom([row0, column0], [row1, column1]) {
    const [rows, columns] = [[row0, row1], [column0, column1]].map((pair) =>
      pair.sort((a, b) => a - b));
    if (rows[1] - rows[0] < 2 || columns[1] - columns[0] < 2) {
      this.picture.redraw();
      return;
    }
    this.part = { row_from: rows[0], row_to: rows[1],
      column_from: columns[0], column_to: columns[1] };
    this.load();
  }

  zoomMiddle() {
    const inner = ([from, to]) => [Math.round(from + (to - from) / 4),
      Math.round(to - (to - from) / 4)];
    const [rows, columns] = [this.tile.rows, this.tile.columns].map(inner);
    this.zoom([rows[0], columns[0]], [rows[1], columns[1]]);
  }

  reset() {
    this.part = {};
    this.load();
  }

  // ---- the tile --------------------------------------------------------------

  at(time) {
    this.time = time;
    return this.load();
  }

  load = telling(async () => {
    const tile = await ask(`jobs/${this.job}/checkpoints/${this.time}/tile` +
      query({ layer: this.layer, of: this.of, height: POINTS, width: POINTS,
        ...this.part }));
    this.tile = tile;
    const sizes = tile.values.flat().map(Math.abs).filter(Boolean)
      .sort((a, b) => a - b);
    this.most = sizes[Math.floor(FULL * (sizes.length - 1))] || 1e-30;
    this.where.textContent = `rows ${tile.rows.join(" to ")}, columns ` +
      `${tile.columns.join(" to ")}; greatest ${number(sizes.at(-1) || 0)}. ` +
      "Drag to enlarge, double-click for all.";
    this.picture.redraw();
  });

  table() {
    const { rows, columns, values } = this.tile;
    const step = (columns[1] - columns[0]) / values[0].length;
    return { head: ["to \\ from", ...values[0].map((_, i) =>
      Math.floor(columns[0] + i * step))],
    rows: values.map((row, i) => [Math.floor(rows[0] + i * (rows[1] -
      rows[0]) / values.length), ...row]) };
  }

  draw(pen, width, height) {
    if (!this.tile) return;
    const { rows, columns } = this.tile;
    this.frame = new Frame(pen, width, height, {
      x: { min: columns[0], max: columns[1], label: "from neuron" },
      y: { min: rows[1], max: rows[0], label: "to neuron" } });
    this.frame.draw();
    this.cells(pen, this.frame.box);
    this.selection(pen);
    this.scale(pen, width);
  }

  // Which colour is which weight.
  scale(pen, width) {
    const shade = diverging();
    const most = number(this.most, 2);
    const right = width - 62;
    pen.font = FONT;
    pen.fillStyle = colour("soft");
    pen.textAlign = "left";
    pen.fillText("≥ " + most, right + 5, 11);
    pen.textAlign = "right";
    pen.fillText("≤ −" + most, right - KEY_WIDE - 5, 11);
    for (let i = 0; i < KEY_STEPS; i++) {
      pen.fillStyle = shade(2 * i / (KEY_STEPS - 1) - 1);
      pen.fillRect(right - KEY_WIDE * (1 - i / KEY_STEPS), 3,
        KEY_WIDE / KEY_STEPS + 0.4, 9);
    }
  }

  cells(pen, { left, right, top, bottom }) {
    const { values } = this.tile;
    const shade = diverging();
    const high = (bottom - top) / values.length;
    const wide = (right - left) / values[0].length;
    values.forEach((row, i) => row.forEach((value, j) => {
      if (!value) return;
      pen.fillStyle = shade(value / this.most);
      pen.fillRect(left + j * wide, top + i * high, wide + 0.4, high + 0.4);
    }));
  }

  selection(pen) {
    const [from, to] = this.drag || [];
    if (!from || !to) return;
    pen.strokeStyle = colour("accent");
    pen.lineWidth = 1.5;
    pen.beginPath();
    const [x, y] = [this.frame.x(from[1]), this.frame.y(from[0])];
    pen.rect(x, y, this.frame.x(to[1]) - x, this.frame.y(to[0]) - y);
    pen.stroke();
  }

  close() {
    this.picture.close();
  }
}
