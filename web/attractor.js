// attractor.js - three dimensions of x and x̂, turned by dragging or by keys.

import { colour, curve } from "./palette.js";
import { make } from "./dom.js";
import { Picture } from "./picture.js";
import { drawKey, FONT } from "./frame.js";
import { extent } from "./ticks.js";

const KEY_ANGLE = 0.15; // rad a key

export class Attractor {
  constructor(job) {
    this.turn = -0.6; // rad, about the upright axis: sees both wings
    this.tilt = 0.35; // rad, towards the reader
    this.motion = null;
    this.picture = new Picture({
      title: "Attractor", name: `job-${job}-attractor`,
      about: "drag or use the arrow keys to turn it",
      draw: (pen, width, height) => this.draw(pen, width, height),
      table: () => this.table(),
    }, { aspect: 0.8,
      tools: [make("small", { class: "soft" }, "drag to turn")] });
    this.element = this.picture.element;
    this.listen(this.picture.canvas);
  }

  listen(canvas) {
    canvas.tabIndex = 0;
    canvas.style.touchAction = "none";
    canvas.addEventListener("pointerdown", (event) =>
      canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) this.rotate(event.movementX / 120,
        event.movementY / 120);
    });
    canvas.addEventListener("keydown", (event) => {
      const turns = { ArrowLeft: [-1, 0], ArrowRight: [1, 0],
        ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!turns) return;
      event.preventDefault();
      this.rotate(turns[0] * KEY_ANGLE, turns[1] * KEY_ANGLE);
    });
  }

  rotate(turn, tilt) {
    this.turn += turn;
    this.tilt = Math.min(Math.max(this.tilt + tilt, -1.5), 1.5);
    this.picture.redraw();
  }

  show(motion) {
    this.motion = motion;
    this.picture.redraw();
  }

  table() {
    const { t, x, xhat } = this.motion;
    return { head: ["t", "x1", "x2", "x3", "xhat1", "xhat2", "xhat3"],
      rows: t.map((at, i) => [at, ...[...x, ...xhat].map((one) => one[i])]) };
  }

  // A function from a point to its place on the paper. x3 points upwards.
  view(width, height) {
    const ranges = [0, 1, 2].map((i) =>
      extent([this.motion.x[i], this.motion.xhat[i]]) || [0, 1]);
    const middle = ranges.map(([a, b]) => (a + b) / 2);
    const half = Math.max(...ranges.map(([a, b]) => b - a)) / 2 || 1;
    const scale = Math.min(width, height) * 0.42 / half;
    const [c, s] = [Math.cos(this.turn), Math.sin(this.turn)];
    const [ct, st] = [Math.cos(this.tilt), Math.sin(this.tilt)];
    return (point) => {
      const [x, y, z] = point.map((value, i) => (value - middle[i]) * scale);
      const depth = s * x + c * y;
      return [width / 2 + c * x - s * y, height / 2 - ct * z + st * depth];
    };
  }

  path(pen, place, points, stroke, width) {
    pen.strokeStyle = stroke;
    pen.lineWidth = width;
    pen.beginPath();
    for (let i = 0; i < points[0].length; i++) {
      const [x, y] = place([points[0][i], points[1][i], points[2][i]]);
      if (i) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    }
    pen.stroke();
  }

  axes(pen, place) {
    const { x, xhat } = this.motion;
    const low = [0, 1, 2].map((i) => extent([x[i], xhat[i]])[0]);
    pen.font = FONT;
    pen.textAlign = "center";
    pen.fillStyle = colour("soft");
    for (let i = 0; i < 3; i++) {
      const end = [...low];
      end[i] = extent([x[i], xhat[i]])[1];
      this.path(pen, place, low.map((value, k) => [value, end[k]]),
        colour("axis"), 1);
      pen.fillText("x" + (i + 1), ...place(end));
    }
  }

  draw(pen, width, height) {
    if (!this.motion?.t.length) return;
    const place = this.view(width, height);
    this.axes(pen, place);
    this.path(pen, place, this.motion.x, curve(1), 1.6);
    this.path(pen, place, this.motion.xhat, curve(0), 0.9);
    drawKey(pen, width, [{ name: "x", stroke: curve(1) },
      { name: "x̂", stroke: curve(0) }]);
  }

  close() {
    this.picture.close();
  }
}
