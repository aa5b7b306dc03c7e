// bulk.js - what is done with all jobs that are chosen.

import { button, make } from "./dom.js";
import { go } from "./address.js";
import { knownJob } from "./jobs.js";
import { ACTIONS, act } from "./state.js";
import { say } from "./notice.js";
import { saveFrom } from "./save.js";

// Does it with those that it fits; says what failed.
async function actOnAll(action, jobs) {
  const fit = jobs.filter(action.fits);
  const what = action.text.toLowerCase();
  if (action.asks &&
      !confirm(`${action.text} ${fit.length} job(s) and all their results?`))
    return;
  const troubles = [];
  for (const job of fit) {
    try {
      await act(action, job);
    } catch (trouble) {
      troubles.push(trouble.message);
    }
  }
  if (troubles.length) say(`${what}: ${troubles.join("; ")}`, "bad");
  else say(`${what}: ${fit.length} job${fit.length === 1 ? "" : "s"}`);
}

async function metricsOf(ids) {
  await saveFrom("metrics.csv?" + ids.map((id) => "job=" + id).join("&"),
    "metrics.csv");
}

// The bar for the chosen ids; `clear` chooses none.
export function bulkBar(ids, clear) {
  if (ids.size === 0) return null;
  const jobs = [...ids].map(knownJob).filter(Boolean);
  const list = [...ids].sort((a, b) => a - b);
  return make("div", { class: "bulk", role: "toolbar",
    "aria-label": "what to do with the chosen jobs" },
    make("strong", {}, ids.size + " chosen"),
    ACTIONS.map((action) => button(action.text, () => actOnAll(action, jobs),
      { disabled: !jobs.some(action.fits) })),
    button("Compare", () => go({ compare: list.join(",") }),
      { class: "main" }),
    button("Metrics as CSV", () => metricsOf(list)),
    button("Choose none", clear));
}
