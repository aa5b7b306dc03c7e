// frame.js - the two axes of a picture, on anything that draws like a canvas.

import { colour } from "./palette.js";
import { linearTicks, logTicks, tickTexts } from "./ticks.js";

export const FONT = "11px system-ui, sans-serif";
const LEFT = 52;
const BOTTOM = 34;
const TOP = 20; // room for the upright axis' name and those of curves
const RIGHT = 20;

// One axis from values to pixels. Either end may be the greater one.
function scale({ min, max, log }, from, to) {
  const place = log ? Math.log10 : (value) => value;
  const low = place(min);
  const span = place(max) - low || 1;
  return (value) => from + (place(value) - low) / span * (to - from);
}

export class Frame {
  // x, y: { min, max, log, label }
  constructor(context, width, height, { x, y }) {
    this.context = context;
    this.box = { left: LEFT, top: TOP, right: width - RIGHT,
      bottom: height - BOTTOM };
    this.axes = { x, y };
    this.x = scale(x, this.box.left, this.box.right);
    this.y = scale(y, this.box.bottom, this.box.top);
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
    this.drawX();
    this.drawY();
    context.strokeStyle = colour("axis");
    this.line(box.left, box.bottom + 0.5, box.right, box.bottom + 0.5);
    this.line(box.left - 0.5, box.top, box.left - 0.5, box.bottom);
    this.labels();
  }

  drawX() {
    const { context, box } = this;
    context.textAlign = "center";
    const ticks = this.ticks(this.axes.x, box.right - box.left, 64);
    const texts = tickTexts(ticks, this.axes.x.log);
    ticks.forEach((at, i) => {
      const x = Math.round(this.x(at)) + 0.5;
      this.line(x, box.top, x, box.bottom);
      context.fillText(texts[i], x, box.bottom + 14);
    });
  }

  drawY() {
    const { context, box } = this;
    context.textAlign = "right";
    const ticks = this.ticks(this.axes.y, box.bottom - box.top,
      this.axes.y.log ? 24 : 40);
    const texts = tickTexts(ticks, this.axes.y.log);
    ticks.forEach((at, i) => {
      const y = Math.round(this.y(at)) + 0.5;
      this.line(box.left, y, box.right, y);
      context.fillText(texts[i], box.left - 6, y + 4);
    });
  }

  labels() {
    const { context, box } = this;
    const { x, y } = this.axes;
    context.textAlign = "right";
    if (x.label) context.fillText(x.label, box.right, box.bottom + 28);
    context.textAlign = "left";
    if (y.label) context.fillText(y.label, 2, 10);
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
  curve(xs, ys, stroke, width = 1.5, dashes = []) {
    const { context } = this;
    const logs = [this.axes.x.log, this.axes.y.log];
    let open = false;
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.setLineDash(dashes);
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
    context.setLineDash([]);
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

// Names of curves, in a row above the picture, from the right.
export function drawKey(context, width, curves) {
  let x = width - RIGHT;
  context.font = FONT;
  context.textAlign = "right";
  for (const { name, stroke } of [...curves].reverse()) {
    context.fillStyle = colour("ink");
    context.fillText(name, x, 11);
    x -= context.measureText(name).width + 6;
    context.fillStyle = stroke;
    context.fillRect(x - 12, 6, 12, 3);
    x -= 24;
  }
}
