// plane.js - the phase plane: where x goes, and where x̂ does.

import { choice } from "./dom.js";
import { curve, faint } from "./palette.js";
import { drawKey, Frame } from "./frame.js";
import { Picture } from "./picture.js";
import { extent, padded } from "./ticks.js";

export class Plane {
  // `motion` may come later, by show(); `names` of the dimensions
  constructor(job, names) {
    this.axes = [0, 1];
    this.motion = null;
    const options = names.map((name, i) => [String(i), name]);
    const select = (axis, label) => choice(label, options,
      String(this.axes[axis]), (value) => {
        this.axes[axis] = Number(value);
        this.picture.redraw();
      });
    this.names = names;
    this.picture = new Picture({
      title: "Phase plane", name: `job-${job}-plane`,
      about: "the state x, and its estimate over it",
      draw: (pen, width, height) => this.draw(pen, width, height),
      table: () => this.table(),
    }, { aspect: 0.8, tools: names.length > 2
      ? [select(0, "to the right"), select(1, "upwards")] : [] });
    this.element = this.picture.element;
  }

  show(motion) {
    this.motion = motion;
    this.picture.redraw();
  }

  table() {
    const [a, b] = this.axes;
    const { t, x, xhat } = this.motion;
    return { head: ["t", "x" + (a + 1), "x" + (b + 1), "xhat" + (a + 1),
      "xhat" + (b + 1)],
    rows: t.map((at, i) => [at, x[a][i], x[b][i], xhat[a][i], xhat[b][i]]) };
  }

  draw(pen, width, height) {
    if (!this.motion?.t.length) return;
    const [a, b] = this.axes;
    const { x, xhat } = this.motion;
    const range = (axis) => padded(extent([x[axis], xhat[axis]]) || [0, 1]);
    const [x0, x1] = range(a);
    const [y0, y1] = range(b);
    const frame = new Frame(pen, width, height, {
      x: { min: x0, max: x1, label: this.names[a] },
      y: { min: y0, max: y1, label: this.names[b] },
    });
    frame.draw();
    frame.clip(() => {
      frame.curve(x[a], x[b], faint(curve(1), 0.8), 1.8);
      frame.curve(xhat[a], xhat[b], curve(0), 1);
    });
    drawKey(pen, width, [{ name: "x", stroke: curve(1) },
      { name: "x̂", stroke: curve(0) }]);
  }

  close() {
    this.picture.close();
  }
}
