// plot.js - curves over time, by dygraphs. Dragging zooms, and the range is
// asked for again, so that no detail is lost; double-clicking resets. Plots of
// one group share the range and the cursor.

import { make, toggle } from "./dom.js";
import { COLOURS, colour, curve, faint, onColours } from "./palette.js";
import { figure } from "./figure.js";
import { drawKey, Frame } from "./frame.js";
import { extent, linearTicks, logTicks, padded, tickTexts } from "./ticks.js";
import { number } from "./words.js";

const SETTLE_MS = 180; // after the last movement of a zoom
const DASHES = [4, 3]; // of a curve whose colour another one has

/* global Dygraph */

// Its legend writes styles as text, which the page does not allow; ours lists
// the curves instead.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter((one) =>
  one !== Dygraph.Plugins.Legend);

// Marks of an axis as all pictures of the page have them.
function ticker(each, eachLog = each) {
  return (from, to, pixels, option) => {
    const log = option("logscale");
    const ticks = (log ? logTicks : linearTicks)(from, to,
      Math.max(2, pixels / (log ? eachLog : each)));
    const texts = tickTexts(ticks, log);
    return ticks.map((v, i) => ({ v, label: texts[i] }));
  };
}

function dashesOf(curve) {
  return curve.index >= COLOURS ? DASHES : undefined;
}

// Plots that belong together.
export class Group {
  constructor(changed = () => {}) {
    this.plots = new Set();
    this.window = null; // [from, to] when zoomed
    this.changed = changed;
  }

  zoom(from, to) {
    this.window = [from, to];
    this.changed(this.window);
    for (const plot of this.plots) plot.refresh();
  }

  reset() {
    this.window = null;
    this.changed(null);
    for (const plot of this.plots) plot.refresh();
  }

  point(x) {
    for (const plot of this.plots) plot.showCursor(x);
  }

  refresh() {
    return Promise.all([...this.plots].map((plot) => plot.refresh()));
  }

  close() {
    for (const plot of this.plots) plot.close();
    this.plots.clear();
  }
}

export class Plot {
  // `about`: title, name, xLabel ("" for none), yLabel, height, logX, logY,
  // bands ([from, to] that stand out), all, curves ([{ name, index, width,
  // opacity, shadows: the name of another one }]), load(window, points) ->
  // { x, ys, marks }
  constructor(group, about) {
    this.group = group;
    this.about = about;
    this.logX = about.logX || false;
    this.logY = about.logY || false;
    this.data = { x: [], ys: about.curves.map(() => []), marks: [] };
    this.hidden = new Set();
    this.host = make("div", { class: "plot", tabindex: "0", role: "img",
      "aria-label": about.title + "; + and - zoom, arrows move, 0 resets",
      onkeydown: (event) => this.key(event),
      onmouseleave: () => group.point(null) });
    this.host.style.height = (about.height || 180) + "px";
    this.cursor = make("div", { class: "cursor", hidden: true });
    this.legend = make("div", { class: "legend" });
    const source = { title: about.title, name: about.name, all: about.all,
      draw: (pen, width, height) => this.draw(pen, width, height),
      table: () => this.table(),
      size: () => [this.host.clientWidth, this.host.clientHeight] };
    this.element = figure(source, this.tools(), this.host, this.legend);
    this.element.classList.add("is-plot");
    group.plots.add(this);
    this.forget = onColours(() => this.restyle());
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.host);
  }

  tools() {
    const { switches = true } = this.about;
    if (!switches) return [];
    return [
      toggle("log x", this.logX, (on) => this.setLog("logX", on)),
      toggle("log y", this.logY, (on) => this.setLog("logY", on)),
    ];
  }

  setLog(axis, on) {
    this[axis] = on;
    this.graph?.updateOptions({ file: this.rows(), ...this.options() });
  }

  // ---- data ----------------------------------------------------------------

  async refresh() {
    const asked = this.group.window;
    const points = 2 * Math.max(200, this.host.clientWidth || 600);
    const data = await this.about.load(asked, points);
    if (asked !== this.group.window || this.closed) return; // came too late
    this.data = data;
    this.show();
  }

  // What is at 0 or before has no place on a logarithmic axis.
  rows() {
    const { x, ys } = this.data;
    const rows = x.map((at, i) => [at, ...ys.map((one) => one[i])]);
    return this.logX ? rows.filter(([at]) => at > 0) : rows;
  }

  show() {
    const rows = this.rows();
    this.host.classList.toggle("nothing", rows.length === 0);
    if (rows.length === 0 && !this.graph) return;
    if (!this.graph) this.make(rows);
    else this.graph.updateOptions({ file: rows,
      dateWindow: this.group.window });
    this.showLegend(null);
  }

  make(rows) {
    const model = { ...Dygraph.defaultInteractionModel,
      dblclick: () => this.group.reset() };
    this.graph = new Dygraph(this.host, rows, { ...this.options(),
      interactionModel: model, dateWindow: this.group.window });
    this.host.append(this.cursor);
  }

  options() {
    const { about } = this;
    const series = {};
    about.curves.forEach((one) => {
      series[one.name] = { strokeWidth: one.width || 1.4,
        color: this.stroke(one),
        strokePattern: dashesOf(one) || null };
    });
    return {
      labels: ["x", ...about.curves.map((one) => one.name)],
      colors: about.curves.map((one) => this.stroke(one)),
      visibility: about.curves.map((one) => this.isShown(one)),
      series, legend: "never", logscale: this.logY,
      axes: {
        x: { logscale: this.logX, ticker: ticker(64), drawGrid: true },
        y: { axisLabelWidth: 52, ticker: ticker(about.height < 150 ? 28 : 40, 24) },
      },
      xlabel: this.xLabel(), xLabelHeight: 15,
      axisLabelFontSize: 11, axisLineColor: colour("axis"),
      gridLineColor: colour("grid"), yRangePad: 6, highlightCircleSize: 2.5,
      labelsKMB: false, animatedZooms: false,
      connectSeparatedPoints: about.connect || false,
      drawCallback: (graph) => this.drawn(graph),
      highlightCallback: (event, x) => this.group.point(x),
      underlayCallback: (pen, area, graph) => this.underlay(pen, area,
        (x) => graph.toDomXCoord(x)),
    };
  }

  xLabel() {
    return this.about.xLabel ?? "t (s)";
  }

  // A shadow is there as long as the curve that throws it.
  isShown(one) {
    return !this.hidden.has(one.shadows || one.name);
  }

  stroke(one) {
    const full = curve(one.index);
    return one.opacity ? faint(full, one.opacity) : full;
  }

  restyle() {
    this.graph?.updateOptions(this.options());
    for (const { one, swatch } of this.items || [])
      swatch.style.background = this.stroke(one);
  }

  resize() {
    this.graph?.resize();
  }

  // ---- zoom ------------------------------------------------------------------

  // The reader has zoomed or moved: asks for what is in sight now.
  drawn(graph) {
    clearTimeout(this.timer);
    const [from, to] = graph.xAxisRange();
    const [first, last] = this.group.window || graph.xAxisExtremes();
    const slack = 1e-6 * (last - first);
    if (Math.abs(from - first) <= slack && Math.abs(to - last) <= slack)
      return;
    this.timer = setTimeout(() => this.group.zoom(from, to), SETTLE_MS);
  }

  key(event) {
    if (!this.graph) return;
    const [from, to] = this.graph.xAxisRange();
    const span = to - from;
    const moves = {
      "+": [from + span / 4, to - span / 4], "-": [from - span / 2,
        to + span / 2],
      ArrowLeft: [from - span / 4, to - span / 4],
      ArrowRight: [from + span / 4, to + span / 4],
    };
    if (event.key === "0") this.group.reset();
    else if (moves[event.key]) this.group.zoom(...moves[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // ---- what lies over and under the curves ---------------------------------

  // Bands, and marks where a value is not finite. `place` is from x to pixels.
  underlay(pen, { x, y, w, h }, place) {
    for (const band of this.about.bands || []) {
      const [left, right] = band.map((at) =>
        Math.min(Math.max(place(at), x), x + w));
      pen.fillStyle = colour("band");
      if (right > left) pen.fillRect(left, y, right - left, h);
    }
    pen.fillStyle = colour("bad");
    for (const at of this.data.marks)
      if (place(at) >= x - 1 && place(at) <= x + w + 1)
        pen.fillRect(place(at) - 1, y, 2, h);
  }

  showCursor(x) {
    if (!this.graph || x === null) {
      this.cursor.hidden = true;
      this.graph?.clearSelection();
      this.showLegend(null);
      return;
    }
    const at = this.nearest(x);
    this.cursor.hidden = false;
    this.cursor.style.transform =
      `translateX(${Math.round(this.graph.toDomXCoord(x))}px)`;
    this.showLegend(at);
  }

  nearest(x) {
    const list = this.data.x;
    let low = 0;
    let high = list.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (list[middle] <= x) low = middle;
      else high = middle;
    }
    return x - list[low] <= list[high] - x ? low : high;
  }

  // Names, and values at the cursor; each is a switch for its curve.
  showLegend(at) {
    if (this.items === undefined) this.makeLegend();
    for (const { i, output } of this.items)
      output.textContent = at === null ? ""
        : number(this.data.ys[i][at] ?? null);
    const marks = this.data.marks.length;
    this.marked.textContent = marks ? marks + " not finite" : "";
    this.where.textContent = at === null ? ""
      : (this.xLabel() || "t (s)") + " " + number(this.data.x[at], 6);
  }

  makeLegend() {
    this.marked = make("span", { class: "bad" });
    this.where = make("span", { class: "soft" });
    this.items = this.about.curves.map((one, i) => this.legendItem(one, i))
      .filter(({ one }) => !one.shadows);
    this.legend.replaceChildren(...this.items.map((item) => item.element),
      this.marked, this.where);
  }

  legendItem(one, i) {
    const swatch = make("span", { class: "swatch" });
    const output = make("output", { "aria-live": "off" });
    const element = toggle("", true, (on) => this.hide(one.name, !on),
      { class: "series", title: "show or hide" });
    swatch.style.background = this.stroke(one);
    element.append(swatch, one.name, output);
    return { one, i, element, output, swatch };
  }

  hide(name, off) {
    if (off) this.hidden.add(name);
    else this.hidden.delete(name);
    this.restyle();
  }

  // ---- saved -----------------------------------------------------------------

  table() {
    return { head: [this.xLabel() || "t (s)",
      ...this.about.curves.map((one) => one.name)], rows: this.rows() };
  }

  draw(pen, width, height) {
    const curves = this.about.curves.map((one, i) => ({ ...one,
      stroke: this.stroke(one), y: this.data.ys[i] }))
      .filter((one) => this.isShown(one));
    const [min, max] = this.graph ? this.graph.xAxisRange() : [0, 1];
    const inside = curves.map((one) => one.y.filter((_, i) =>
      this.data.x[i] >= min && this.data.x[i] <= max));
    const range = padded(extent(inside, this.logY) || [0, 1], this.logY);
    const frame = new Frame(pen, width, height, {
      x: { min, max, log: this.logX, label: this.xLabel() || "t (s)" },
      y: { min: range[0], max: range[1], log: this.logY,
        label: this.about.yLabel },
    });
    const { left, top, right, bottom } = frame.box;
    this.underlay(pen, { x: left, y: top, w: right - left, h: bottom - top },
      frame.x);
    frame.draw();
    frame.clip(() => curves.forEach((one) => frame.curve(this.data.x, one.y,
      one.stroke, one.width, dashesOf(one))));
    drawKey(pen, width, curves.filter((one) => !one.shadows));
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.forget();
    this.watcher.disconnect();
    this.graph?.destroy();
  }
}
