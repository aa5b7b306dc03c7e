// notice.js - a sentence at the foot of the page, read out as well.

import { make } from "./dom.js";

const SECONDS = 6;

export function say(text, kind = "good") {
  const host = document.getElementById("notices");
  const notice = make("p", { class: "notice " + kind }, text,
    make("button", { type: "button", "aria-label": "close",
      onclick: () => notice.remove() }, "×"));
  host.append(notice);
  setTimeout(() => notice.remove(), SECONDS * 1000 *
    (kind === "bad" ? 3 : 1));
}

// Runs what may fail, and says why it did.
export function telling(action) {
  return async (...values) => {
    try {
      await action(...values);
    } catch (trouble) {
      say(trouble.message, "bad");
    }
  };
}
