// tent.js - the tent map of the Lorenz system: each maximum of x3 against the
// one before. The network's x̂3 is noisy: its maxima are found as the published
// figure has it, in a Gaussian mean (sigma 0.1 s), and told as the mean of the
// 21 steps around the greatest one of the 201 steps nearby.

import { curve } from "./palette.js";
import { drawKey, Frame } from "./frame.js";
import { Picture } from "./picture.js";
import { extent, padded } from "./ticks.js";

const SIGMA = 100; // steps
const NEAR = 100;
const MEAN = 10;

function peaks(values) {
  const found = [];
  for (let i = 1; i + 1 < values.length; i++)
    if (values[i] > values[i - 1] && values[i] >= values[i + 1]) found.push(i);
  return found;
}

function smooth(values) {
  const weights = Array.from({ length: 6 * SIGMA + 1 }, (_, i) =>
    Math.exp(-(((i - 3 * SIGMA) / SIGMA) ** 2) / 2));
  const total = weights.reduce((a, b) => a + b);
  return values.map((_, at) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      const place = Math.abs(at + i - 3 * SIGMA); // mirrored at the ends
      const last = values.length - 1;
      sum += weights[i] * values[place > last ? 2 * last - place : place];
    }
    return sum / total;
  });
}

function around(values, at, reach) {
  return values.slice(Math.max(at - reach, 0), at + reach + 1);
}

// The maxima of x3, one after the other.
export function maxima(values) {
  return peaks(values).map((at) => values[at]);
}

export function noisyMaxima(values) {
  return peaks(smooth(values)).map((at) => {
    const near = around(values, at, NEAR);
    const best = Math.max(at - NEAR, 0) + near.indexOf(Math.max(...near));
    const mean = around(values, best, MEAN);
    return mean.reduce((a, b) => a + b) / mean.length;
  });
}

export class TentMap {
  constructor(job) {
    this.maps = null;
    this.picture = new Picture({
      title: "Tent map", name: `job-${job}-tent`,
      about: "each maximum of x3 against the one before",
      draw: (pen, width, height) => this.draw(pen, width, height),
      table: () => this.table(),
    }, { aspect: 0.8 });
    this.element = this.picture.element;
  }

  show(motion) {
    this.maps = [maxima(motion.x[2]), noisyMaxima(motion.xhat[2])];
    this.picture.redraw();
  }

  table() {
    return { head: ["signal", "maximum", "next"],
      rows: ["x", "xhat"].flatMap((name, k) => this.maps[k].slice(0, -1)
        .map((value, i) => [name, value, this.maps[k][i + 1]])) };
  }

  draw(pen, width, height) {
    const range = this.maps && extent(this.maps);
    if (!range) return;
    const [min, max] = padded(range);
    const frame = new Frame(pen, width, height, {
      x: { min, max, label: "maximum n of x3" },
      y: { min, max, label: "maximum n + 1" } });
    frame.draw();
    frame.clip(() => this.maps.forEach((values, i) =>
      frame.dots(values.slice(0, -1), values.slice(1), curve(1 - i), 4)));
    drawKey(pen, width, [{ name: "x", stroke: curve(1) },
      { name: "x̂", stroke: curve(0) }]);
  }

  close() {
    this.picture.close();
  }
}
