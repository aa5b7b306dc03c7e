// svg_pen.js - draws like a canvas' context, but makes a text in SVG. It knows
// what frame.js and the pictures use of a canvas, and nothing else.

const ruler = document.createElement("canvas").getContext("2d");

function escape(text) {
  return String(text).replace(/[&<>"]/g, (sign) =>
    ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
}

const round = (value) => +value.toFixed(2);

export class SvgPen {
  constructor(width, height, ground) {
    Object.assign(this, { width, height, parts: [], path: "", stack: [],
      fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, font: "",
      textAlign: "left", lineJoin: "miter", globalAlpha: 1, clips: 0,
      dashes: [] });
    this.fillStyle = ground;
    this.fillRect(0, 0, width, height);
  }

  save() { this.stack.push({ groups: 0, was: this.state() }); }

  state() {
    const { fillStyle, strokeStyle, lineWidth, font, textAlign, globalAlpha } =
      this;
    return { fillStyle, strokeStyle, lineWidth, font, textAlign, globalAlpha };
  }

  restore() {
    const { groups, was } = this.stack.pop();
    this.parts.push("</g>".repeat(groups));
    Object.assign(this, was);
  }

  beginPath() { this.path = ""; }
  moveTo(x, y) { this.path += `M${round(x)} ${round(y)}`; }
  lineTo(x, y) { this.path += `L${round(x)} ${round(y)}`; }
  closePath() { this.path += "Z"; }

  rect(x, y, width, height) {
    this.path += `M${round(x)} ${round(y)}h${round(width)}v${round(height)}` +
      `h${round(-width)}Z`;
  }

  arc(x, y, radius, from, to) {
    const whole = Math.abs(to - from) >= 2 * Math.PI - 1e-9;
    const end = whole ? from + Math.PI : to;
    const at = (angle) => round(x + radius * Math.cos(angle)) + " " +
      round(y + radius * Math.sin(angle));
    const large = Math.abs(end - from) > Math.PI ? 1 : 0;
    const sweep = to > from ? 1 : 0;
    const bow = `A${round(radius)} ${round(radius)} 0 ${large} ${sweep} `;
    this.path += `M${at(from)}${bow}${at(end)}` +
      (whole ? bow + at(from) : "");
  }

  setLineDash(dashes) { this.dashes = dashes; }

  attributes() {
    return this.globalAlpha < 1 ? ` opacity="${this.globalAlpha}"` : "";
  }

  stroke() {
    if (this.path) this.parts.push(`<path d="${this.path}" fill="none" ` +
      `stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}"` +
      (this.dashes.length ? ` stroke-dasharray="${this.dashes}"` : "") +
      this.attributes() + "/>");
  }

  fill() {
    this.parts.push(`<path d="${this.path}" fill="${this.fillStyle}"` +
      this.attributes() + "/>");
  }

  fillRect(x, y, width, height) {
    this.parts.push(`<rect x="${round(x)}" y="${round(y)}" ` +
      `width="${round(width)}" height="${round(height)}" ` +
      `fill="${this.fillStyle}"` + this.attributes() + "/>");
  }

  fillText(text, x, y) {
    const anchor = { left: "start", right: "end", center: "middle" };
    this.parts.push(`<text x="${round(x)}" y="${round(y)}" ` +
      `fill="${this.fillStyle}" font-family="sans-serif" font-size="11" ` +
      `text-anchor="${anchor[this.textAlign]}"` + this.attributes() +
      `>${escape(text)}</text>`);
  }

  measureText(text) {
    ruler.font = this.font;
    return ruler.measureText(text);
  }

  clip() {
    const id = "clip" + ++this.clips;
    this.parts.push(`<clipPath id="${id}"><path d="${this.path}"/></clipPath>` +
      `<g clip-path="url(#${id})">`);
    this.stack.at(-1).groups++;
  }

  text() {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" ` +
      `height="${this.height}" viewBox="0 0 ${this.width} ${this.height}">\n` +
      this.parts.join("\n") + "\n</svg>\n";
  }
}
