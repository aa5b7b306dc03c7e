// arm.js - the arm, or the acrobot, as it moves: the reference and beside it
// what the network predicts, with the torques that act at the joints.

import { button, choice, make } from "./dom.js";
import { colour, curve, faint } from "./palette.js";
import { FONT } from "./frame.js";
import { Picture } from "./picture.js";
import { extent } from "./ticks.js";
import { number } from "./words.js";

const SPEEDS = [["0.2", "⅕ ×"], ["1", "1 ×"], ["2", "2 ×"], ["5", "5 ×"]];
const MEAN = 10; // steps, so that noise does not shake it
const TORQUE_AHEAD = 200; // steps, over which the arrows are a mean
const BOW = 17; // pixels from a joint to the arrow around it
const MARGIN = 20; // pixels around all places that the arm comes to
const OUTLINE = 60; // places looked at, to know how much room it takes

function mean(values, from, count) {
  const part = values.slice(Math.max(from, 0), from + count);
  return part.reduce((a, b) => a + b, 0) / (part.length || 1);
}

// Where elbow and hand are, in m to the right and downwards. Angles count from
// hanging down.
export function armPlaces(system, state) {
  const { l1, l2, factors } = system;
  const ends = system.type.includes("XY");
  const two = !system.type.startsWith("robot1");
  const real = state.map((value, i) => value / (factors[i] || 1));
  if (ends)
    return two ? [[real[1], real[0]], [real[3], real[2]]]
      : [[real[1], real[0]]];
  const elbow = [l1 * Math.sin(real[0]), l1 * Math.cos(real[0])];
  if (!two) return [elbow];
  const sum = real[0] + real[1];
  return [elbow, [elbow[0] + l2 * Math.sin(sum), elbow[1] + l2 *
    Math.cos(sum)]];
}

export function isArm(spec) {
  return Array.isArray(spec.system.factors);
}

export class Arm {
  constructor(job, spec) {
    this.spec = spec;
    this.at = 0;
    this.speed = 1;
    this.playing = false;
    this.slider = make("input", { type: "range", min: 0, max: 0, value: 0,
      "aria-label": "time", oninput: () => this.go(Number(this.slider.value)) });
    this.clock = make("output", { class: "number" });
    this.player = button("Play", () => this.play(!this.playing));
    this.picture = new Picture({
      title: this.isAcrobot() ? "Acrobot" : "Arm", name: `job-${job}-arm`,
      about: "the reference on the left, the prediction on the right",
      draw: (pen, width, height) => this.draw(pen, width, height),
      table: () => this.table(),
    }, { height: 300 });
    this.picture.element.append(make("div", { class: "player" }, this.player,
      this.slider, this.clock, choice("speed", SPEEDS, "1", (value) => {
        this.speed = Number(value);
      })));
    this.element = this.picture.element;
  }

  isAcrobot() {
    return this.spec.system.type.startsWith("acrobot");
  }

  show(motion) {
    this.motion = motion;
    this.slider.max = Math.max(motion.t.length - 1, 0);
    this.room = this.roomOf(motion.t.length);
    this.go(Math.min(this.at, Math.max(motion.t.length - 1, 0)));
  }

  go(at) {
    this.at = at;
    this.slider.value = at;
    this.clock.textContent = number(this.motion.t[at], 5) + " s";
    this.picture.redraw();
  }

  play(on) {
    this.playing = on;
    this.player.textContent = on ? "Stop" : "Play";
    if (on && this.at >= this.motion.t.length - 1) this.go(0);
    let before = performance.now();
    const frame = (now) => {
      if (!this.playing) return;
      const steps = Math.round((now - before) * this.speed);
      if (steps > 0) before = now;
      const next = Math.min(this.at + steps, this.motion.t.length - 1);
      this.go(next);
      if (next === this.motion.t.length - 1) this.play(false);
      else requestAnimationFrame(frame);
    };
    if (on) requestAnimationFrame(frame);
  }

  table() {
    const rows = [];
    for (let i = 0; i < this.motion.t.length; i += MEAN) {
      const places = ["x", "xhat"].flatMap((name) =>
        this.placesAt(name, i).flat());
      rows.push([this.motion.t[i], ...places]);
    }
    const ends = rows[0]?.length > 5 ? ["elbow", "hand"] : ["hand"];
    return { head: ["t", ...["x", "xhat"].flatMap((name) => ends.flatMap(
      (end) => [`${name} ${end} right`, `${name} ${end} down`]))], rows };
  }

  placesAt(name, at) {
    const state = this.motion[name].map((values) =>
      mean(values, at - MEAN / 2, MEAN));
    return armPlaces(this.spec.system, state);
  }

  // [least, most] to the right and downwards of all places, in m; the shoulder
  // is at 0.
  roomOf(count) {
    const step = Math.max(1, Math.floor(count / OUTLINE));
    const places = [[0, 0]];
    for (let at = 0; at < count; at += step)
      places.push(...this.placesAt("x", at), ...this.placesAt("xhat", at));
    return [0, 1].map((axis) => extent([places.map((one) => one[axis])]));
  }

  draw(pen, width, height) {
    if (!this.motion?.t.length) return;
    const [wide, high] = this.room.map(([least, most]) => most - least || 1);
    const scale = Math.min((width / 2 - 2 * MARGIN) / wide,
      (height - 3 * MARGIN) / high);
    const [left, top] = this.room.map(([least, most]) =>
      -scale * (least + most) / 2);
    pen.font = FONT;
    const sides = [["x", width / 4, curve(1), "reference"],
      ["xhat", 3 * width / 4, curve(0), "network"]];
    const reference = this.placesAt("x", this.at);
    for (const [name, middle, stroke, text] of sides) {
      const base = [middle + left, height / 2 + top - MARGIN / 4];
      const at = (places) => [base, ...places.map(([right, down]) =>
        [base[0] + right * scale, base[1] + down * scale])];
      pen.textAlign = "center";
      pen.fillStyle = colour("soft");
      pen.fillText(text, middle, height - 6);
      if (name !== "x")
        this.drawLinks(pen, at(reference), faint(curve(1), 0.3));
      this.drawArm(pen, at(this.placesAt(name, this.at)), stroke);
    }
  }

  drawLinks(pen, points, stroke) {
    pen.strokeStyle = stroke;
    pen.lineWidth = 6;
    pen.lineJoin = "round";
    pen.beginPath();
    points.forEach((point, i) =>
      i ? pen.lineTo(...point) : pen.moveTo(...point));
    pen.stroke();
  }

  drawArm(pen, points, stroke) {
    this.drawLinks(pen, points, stroke);
    pen.fillStyle = colour("ink");
    for (const [px, py] of points) {
      pen.beginPath();
      pen.arc(px, py, 4, 0, 2 * Math.PI);
      pen.fill();
    }
    this.motion.u.forEach((values, i) => this.drawTorque(pen, points[i],
      mean(values, this.at, TORQUE_AHEAD), Math.max(...values.map(Math.abs))));
  }

  // A bow around a joint, as long as the torque is strong. Angles grow
  // against the clock, as hanging down turns to the right.
  drawTorque(pen, [x, y], torque, most) {
    if (!most || Math.abs(torque) < most / 50) return;
    const begin = Math.PI / 2;
    const end = begin - torque / most * 1.5 * Math.PI;
    pen.strokeStyle = pen.fillStyle = colour("ink");
    pen.lineWidth = 2;
    pen.beginPath();
    for (let i = 0; i <= 24; i++) {
      const angle = begin + (end - begin) * i / 24;
      pen.lineTo(x + BOW * Math.cos(angle), y + BOW * Math.sin(angle));
    }
    pen.stroke();
    const tip = [x + BOW * Math.cos(end), y + BOW * Math.sin(end)];
    const along = end - Math.sign(torque) * Math.PI / 2;
    pen.beginPath();
    for (const [turn, size] of [[0, 9], [2.4, 6], [-2.4, 6]])
      pen.lineTo(tip[0] + size * Math.cos(along + turn),
        tip[1] + size * Math.sin(along + turn));
    pen.fill();
  }

  close() {
    this.playing = false;
    this.picture.close();
  }
}
