// ticks.js - where the marks of an axis stand, and what they say.

import { number } from "./words.js";

// `count` round values, or nearly so many, between `min` and `max`.
export function linearTicks(min, max, count) {
  const span = max - min;
  if (!(span > 0) || !Number.isFinite(span)) return [min];
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((one) => one * power >= 0.75 * raw) * power;
  const ticks = [];
  const first = Math.ceil(min / step - 1e-9);
  for (let i = first; i * step <= max + step * 1e-9; i++)
    ticks.push(+(i * step).toPrecision(12));
  return ticks;
}

// Powers of ten; where there is room also 2 and 5 times those.
export function logTicks(min, max, count) {
  const first = Math.floor(Math.log10(min));
  const last = Math.ceil(Math.log10(max));
  const every = Math.max(1, Math.ceil((last - first) / count));
  const parts = count >= 3 * Math.log10(max / min) ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = first; power <= last; power++)
    if ((power - first) % every === 0)
      ticks.push(...parts.map((one) => one * 10 ** power));
  return ticks.filter((one) => one >= min * 0.999 && one <= max * 1.001);
}

// What stands at each of them: as many digits as tell neighbours apart.
export function tickTexts(ticks, log = false) {
  const step = Math.abs(ticks[1] - ticks[0]);
  const digits = log || !(step > 0) ? -1
    : Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const most = Math.max(...ticks.map(Math.abs));
  const plain = digits >= 0 && digits <= 6 && most < 1e6;
  return ticks.map((one) => plain ? String(+one.toFixed(digits)) :
    number(one, digits > 6 ? 8 : 4).replace(/^1(0{5,})$/, (all, zeros) =>
      "1e" + zeros.length));
}

// The least and greatest of all finite values, or null.
export function extent(lists, positive = false) {
  let min = Infinity;
  let max = -Infinity;
  for (const list of lists)
    for (const value of list) {
      if (value === null || !Number.isFinite(value)) continue;
      if (positive && value <= 0) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  return min <= max ? [min, max] : null;
}

// A little room on both sides.
export function padded([min, max], log = false, part = 0.04) {
  if (log) {
    const room = (max / min) ** part * (max === min ? 2 : 1);
    return [min / room, max * room];
  }
  const room = (max - min) * part || Math.abs(max) * 0.1 || 1;
  return [min - room, max + room];
}
