// column_menu.js - which columns the table of jobs has.

import { make } from "./dom.js";
import { COLUMNS } from "./columns.js";
import { allJobs } from "./jobs.js";

function tick(title, on, changed) {
  const box = make("input", { type: "checkbox",
    onchange: () => changed(box.checked) });
  box.checked = on;
  return make("label", { class: "check" }, box, " " + title);
}

// The keys of all values that jobs here are described by.
function specKeys() {
  const keys = new Set();
  for (const { spec } of allJobs().slice(0, 50))
    for (const [section, values] of Object.entries(spec))
      if (values && typeof values === "object" && !Array.isArray(values))
        for (const key of Object.keys(values)) keys.add(section + "." + key);
  return [...keys].sort();
}

// `changed` gets the keys that are wanted then, in their order.
export function columnMenu(keys, changed) {
  const order = COLUMNS.map((one) => one.key);
  const set = (key, on) => {
    const now = keys.filter((one) => one !== key);
    if (on) now.push(key);
    const place = (one) => order.includes(one) ? order.indexOf(one) : 99;
    changed(now.sort((a, b) => place(a) - place(b)));
  };
  const list = make("datalist", { id: "spec-keys" });
  const more = make("input", { type: "text", list: "spec-keys",
    "aria-label": "a column more, by its key", placeholder: "learning.eta …",
    onfocus: () => list.replaceChildren(...specKeys().map((key) =>
      make("option", { value: key }))),
    onchange: () => set(more.value.trim(), true) });
  return make("details", { class: "menu" },
    make("summary", {}, "Columns"),
    make("div", { class: "sheet" },
      COLUMNS.map((one) => tick(one.title, keys.includes(one.key),
        (on) => set(one.key, on))),
      keys.filter((key) => !order.includes(key)).map((key) =>
        tick(key, true, () => set(key, false))),
      more, list));
}
