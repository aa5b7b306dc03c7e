// keys.js - what the keyboard does where nobody types.

import { make } from "./dom.js";
import { go } from "./address.js";

const HELP = [
  ["j  k", "next, previous job"], ["Enter", "open it"], ["x", "choose it"],
  ["/", "filter"], ["g", "all jobs"], ["n", "new job"], ["c", "compare"],
  ["?", "these keys"], ["Esc", "close"],
];

function rows() {
  return [...document.querySelectorAll("table.jobs tbody tr")];
}

function step(by) {
  const all = rows();
  const at = all.indexOf(document.activeElement?.closest("tr"));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.querySelector("a")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function help() {
  const old = document.querySelector("dialog.keys");
  if (old) {
    old.close();
    return;
  }
  const sheet = make("dialog", { class: "keys", "aria-label": "keys",
    onclose: () => sheet.remove() },
    make("h2", {}, "Keys"),
    make("dl", {}, HELP.map(([key, text]) =>
      [make("dt", {}, make("kbd", {}, key)), make("dd", {}, text)])));
  document.body.append(sheet);
  sheet.showModal();
}

const ACTIONS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement?.closest("tr")
    ?.querySelector("input.tick")?.click(),
  "/": () => document.querySelector("input.filter")?.focus(),
  g: () => go({}),
  n: () => go({ new: "vanderPol" }),
  c: () => go({ compare: "" }),
  "?": help,
};

export function installKeys() {
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) &&
      event.target.type !== "checkbox";
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && typing) event.target.blur();
    if (typing || !ACTIONS[event.key]) return;
    event.preventDefault();
    ACTIONS[event.key]();
  });
}
