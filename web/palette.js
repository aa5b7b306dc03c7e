// palette.js - light or dark, and the colours of curves: those of Okabe and
// Ito, which the colour-blind tell apart, as style.css has them for each ground.

const probe = document.createElement("span");
const listeners = new Set();
const system = matchMedia("(prefers-color-scheme: dark)");

// The colour behind a name of style.css, for a canvas.
export function colour(name) {
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = "var(--" + name + ")";
  return getComputedStyle(probe).color;
}

export const COLOURS = 8; // of curves; after them they come again

export function curve(index) {
  return colour("curve" + (index % COLOURS));
}

// The same colour, let through.
export function faint(of, opacity) {
  return `rgba(${partsOf(of).join(", ")}, ${opacity})`;
}

function partsOf(of) {
  return of.match(/[\d.]+/g).slice(0, 3).map(Number);
}

// Between two colours; `part` is 0 for the first and 1 for the second.
export function blend(first, second, part) {
  const to = partsOf(second);
  return `rgb(${partsOf(first).map((from, i) =>
    Math.round(from + (to[i] - from) * part))})`;
}

export function theme() {
  return localStorage.getItem("theme") || "auto";
}

export function setTheme(name) {
  localStorage.setItem("theme", name);
  applyTheme();
}

export function applyTheme() {
  const name = theme();
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  for (const listener of listeners) listener();
}

// Calls `listener` when colours changed; gives what ends that.
export function onColours(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

system.addEventListener("change", () => applyTheme());
