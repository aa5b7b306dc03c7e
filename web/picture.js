// picture.js - a figure on a canvas of our own: sharp on every screen, drawn
// anew when its size or the colours change.

import { make } from "./dom.js";
import { onColours } from "./palette.js";
import { figure } from "./figure.js";

export class Picture {
  // `source`: { title, name, draw(pen, width, height), table(), all, about },
  // `height` in pixels, or `aspect`, height by width
  constructor(source, { height = 240, aspect = null, tools = [] } = {}) {
    this.source = { ...source, size: () => [this.width, this.height] };
    this.fixed = { height, aspect };
    this.canvas = make("canvas", { role: "img",
      "aria-label": source.title + (source.about ? ": " + source.about : "") });
    this.host = make("div", { class: "canvas" }, this.canvas);
    this.element = figure(this.source, tools, this.host);
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.host);
    this.forget = onColours(() => this.redraw());
  }

  resize() {
    const width = Math.floor(this.host.clientWidth);
    if (width === 0 || width === this.width) return;
    const { height, aspect } = this.fixed;
    this.width = width;
    this.height = aspect ? Math.round(Math.min(width * aspect, 460)) : height;
    const dots = window.devicePixelRatio || 1;
    this.canvas.width = width * dots;
    this.canvas.height = this.height * dots;
    this.canvas.style.height = this.height + "px";
    this.redraw();
  }

  // At most once per frame, however often it is asked for.
  redraw() {
    if (this.asked || !this.width) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      const pen = this.canvas.getContext("2d");
      const dots = window.devicePixelRatio || 1;
      pen.setTransform(dots, 0, 0, dots, 0, 0);
      pen.clearRect(0, 0, this.width, this.height);
      this.source.draw(pen, this.width, this.height);
    });
  }

  close() {
    this.watcher.disconnect();
    this.forget();
  }
}
