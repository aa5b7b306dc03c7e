// histogram.js - bars of counts, of one or two layers over each other.

import { curve, faint } from "./palette.js";
import { drawKey, Frame } from "./frame.js";
import { Picture } from "./picture.js";

export class Histogram {
  // `about`: title, name, xLabel, logY, tools, height
  constructor(about) {
    this.about = about;
    this.layers = [];
    this.logY = about.logY || false;
    this.picture = new Picture({
      title: about.title, name: about.name, about: about.text,
      draw: (pen, width, height) => this.draw(pen, width, height),
      table: () => this.table(), all: about.all,
    }, { height: about.height || 220, tools: about.tools || [] });
    this.element = this.picture.element;
  }

  // `layers`: [{ name, edges, counts }]
  show(layers) {
    this.layers = layers;
    this.picture.redraw();
  }

  table() {
    return { head: ["layer", "from", "to", "count"],
      rows: this.layers.flatMap(({ name, edges, counts }) =>
        counts.map((count, i) => [name, edges[i], edges[i + 1], count])) };
  }

  draw(pen, width, height) {
    if (!this.layers.length) return;
    const edges = this.layers.flatMap((one) =>
      [one.edges[0], one.edges.at(-1)]);
    const most = Math.max(1, ...this.layers.flatMap((one) => one.counts));
    const frame = new Frame(pen, width, height, {
      x: { min: Math.min(...edges), max: Math.max(...edges),
        label: this.about.xLabel },
      y: this.logY ? { min: 0.7, max: most * 1.5, log: true, label: "count" }
        : { min: 0, max: most * 1.06, label: "count" },
    });
    frame.draw();
    frame.clip(() => this.layers.forEach((one, i) =>
      this.bars(pen, frame, one, curve(i))));
    drawKey(pen, width, this.layers.map((one, i) =>
      ({ name: one.name, stroke: curve(i) })));
  }

  bars(pen, frame, { edges, counts }, stroke) {
    const floor = frame.box.bottom;
    pen.fillStyle = faint(stroke, 0.45);
    counts.forEach((count, i) => {
      if (!count) return;
      const [left, right] = [frame.x(edges[i]), frame.x(edges[i + 1])];
      const top = frame.y(count);
      pen.fillRect(left, top, Math.max(right - left - 0.5, 0.5), floor - top);
    });
  }

  close() {
    this.picture.close();
  }
}
