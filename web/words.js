// words.js - how numbers, times and states are said.

// Seconds, in the two units that matter.
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const s = Math.round(seconds);
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min " + (s % 60) + " s";
  const h = Math.floor(s / 3600);
  if (h < 48) return h + " h " + Math.floor((s % 3600) / 60) + " min";
  return Math.floor(h / 24) + " d " + (h % 24) + " h";
}

// A number in four digits, as people write it.
export function number(value, digits = 4) {
  if (value === null || value === undefined) return "";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e6) return String(+value.toPrecision(digits));
  if (Number.isSafeInteger(value) && size < 1e10) return String(value);
  return value.toExponential(Math.max(digits - 2, 0))
    .replace(/\.?0*e\+?/, "e");
}

export function rate(value) {
  return value === null ? "" : number(value, 3) + " ×";
}

export function bytes(value) {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return number(value, 3) + " " + units[unit];
}

// A time of the API as people here read it.
export function moment(text) {
  if (!text) return "";
  const time = new Date(text);
  const today = new Date().toDateString() === time.toDateString();
  return time.toLocaleString([], today
    ? { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }
    : { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
      hourCycle: "h23" });
}

// Any value of a description.
export function value(of) {
  if (typeof of === "number") return number(of, 6);
  if (typeof of === "string") return of;
  return of === undefined ? "" : JSON.stringify(of);
}

// A sign for each state, for those who see no colours.
export const SIGNS = {
  queued: "○", running: "▶", pausing: "▷", paused: "‖", cancelling: "▷",
  cancelled: "–", succeeded: "✓", failed: "✕", diverged: "↗",
};
