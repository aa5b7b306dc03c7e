// frame.js - the two axes of a picture, on anything that draws like a canvas.

import { colour } from "./palette.js";
import { linearTicks, logTicks } from "./ticks.js";
import { number } from "./words.js";

export const FONT = "11px system-ui, sans-serif";
const LEFT = 52;
const BOTTOM = 34;
const TOP = 10;
const RIGHT = 16;

// One axis from values to pixels. Either end may be the greater one.
function scale({ min, max, log }, from, to) {
  const place = log ? Math.log10 : (value) => value;
  const low = place(min);
  const span = place(max) - low || 1;
  return (value) => from + (place(value) - low) / span * (to - from);
}

export class Frame {
  // x, y: { min, max, log, label, ticks: false for none }; `square`: a unit is
  // as long in x as in y
  constructor(context, width, height, { x, y, square = false }) {
    this.context = context;
    const left = y.ticks === false ? (y.label ? 24 : RIGHT) : LEFT;
    this.box = { left, top: TOP, right: width - RIGHT,
      bottom: height - (x.ticks === false ? 20 : BOTTOM) };
    if (square) this.fit(x, y);
    this.axes = { x, y };
    this.x = scale(x, this.box.left, this.box.right);
    this.y = scale(y, this.box.bottom, this.box.top);
  }

  // Widens the axis that has more room.
  fit(x, y) {
    const wide = this.box.right - this.box.left;
    const high = this.box.bottom - this.box.top;
    const unit = Math.max((x.max - x.min) / wide, (y.max - y.min) / high);
    for (const [axis, size] of [[x, wide], [y, high]]) {
      const middle = (axis.min + axis.max) / 2;
      axis.min = middle - unit * size / 2;
      axis.max = middle + unit * size / 2;
    }
  }

  ticks(axis, pixels, each) {
    const make = axis.log ? logTicks : linearTicks;
    return make(Math.min(axis.min, axis.max), Math.max(axis.min, axis.max),
      Math.max(2, pixels / each));
  }

  line(x0, y0, x1, y1) {
    this.context.beginPath();
    this.context.moveTo(x0, y0);
    this.context.lineTo(x1, y1);
    this.context.stroke();
  }

  // Grid, marks and labels.
  draw() {
    const { context, box } = this;
    context.font = FONT;
    context.lineWidth = 1;
    context.strokeStyle = colour("grid");
    context.fillStyle = colour("soft");
    if (this.axes.x.ticks !== false) this.drawX();
    if (this.axes.y.ticks !== false) this.drawY();
    context.strokeStyle = colour("axis");
    this.line(box.left, box.bottom + 0.5, box.right, box.bottom + 0.5);
    this.line(box.left - 0.5, box.top, box.left - 0.5, box.bottom);
    this.labels();
  }

  drawX() {
    const { context, box } = this;
    context.textAlign = "center";
    for (const at of this.ticks(this.axes.x, box.right - box.left, 64)) {
      const x = Math.round(this.x(at)) + 0.5;
      this.line(x, box.top, x, box.bottom);
      context.fillText(number(at), x, box.bottom + 14);
    }
  }

  drawY() {
    const { context, box } = this;
    context.textAlign = "right";
    for (const at of this.ticks(this.axes.y, box.bottom - box.top, 40)) {
      const y = Math.round(this.y(at)) + 0.5;
      this.line(box.left, y, box.right, y);
      context.fillText(number(at), box.left - 6, y + 4);
    }
  }

  labels() {
    const { context, box } = this;
    const { x, y } = this.axes;
    context.textAlign = "right";
    if (x.label) context.fillText(x.label, box.right, box.bottom + 28 -
      (x.ticks === false ? 14 : 0));
    if (!y.label) return;
    context.save();
    context.translate(11, box.top);
    context.rotate(-Math.PI / 2);
    context.fillText(y.label, 0, 0);
    context.restore();
  }

  // Only inside of the axes.
  clip(action) {
    const { context, box } = this;
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.right - box.left,
      box.bottom - box.top);
    context.clip();
    action();
    context.restore();
  }

  // A curve; a value that is null, or has no place on the axis, is a gap.
  curve(xs, ys, stroke, width = 1.5) {
    const { context } = this;
    const logs = [this.axes.x.log, this.axes.y.log];
    let open = false;
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.beginPath();
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i];
      const y = ys[i];
      const there = x !== null && y !== null && Number.isFinite(y) &&
        !(logs[0] && x <= 0) && !(logs[1] && y <= 0);
      if (there && open) context.lineTo(this.x(x), this.y(y));
      else if (there) context.moveTo(this.x(x), this.y(y));
      open = there;
    }
    context.stroke();
  }

  // Points of `size` pixels.
  dots(xs, ys, fill, size = 2) {
    const { context } = this;
    context.fillStyle = fill;
    for (let i = 0; i < xs.length; i++)
      context.fillRect(this.x(xs[i]) - size / 2, this.y(ys[i]) - size / 2,
        size, size);
  }
}

// Names of curves, in a row from the right.
export function drawKey(context, width, curves) {
  let x = width - RIGHT;
  context.font = FONT;
  context.textAlign = "right";
  for (const { name, stroke } of [...curves].reverse()) {
    context.fillStyle = colour("ink");
    context.fillText(name, x, TOP + 12);
    x -= context.measureText(name).width + 6;
    context.fillStyle = stroke;
    context.fillRect(x - 12, TOP + 7, 12, 3);
    x -= 24;
  }
}
