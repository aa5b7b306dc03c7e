// state.js - what a job's state allows, and how it is shown.

import { make } from "./dom.js";
import { ask } from "./session.js";
import { learnJob } from "./jobs.js";
import { SIGNS } from "./words.js";

const OVER = ["succeeded", "failed", "cancelled", "diverged"];

export function isOver(job) {
  return OVER.includes(job.state);
}

// What can be done with a job, in the order of the buttons.
export const ACTIONS = [
  { name: "pause", text: "Pause", fits: (job) =>
    ["queued", "running"].includes(job.state) },
  { name: "resume", text: "Resume", fits: (job) => job.state === "paused" },
  { name: "retry", text: "Retry", fits: (job) =>
    ["failed", "cancelled"].includes(job.state) },
  { name: "cancel", text: "Cancel", fits: (job) =>
    ["queued", "running", "pausing", "paused"].includes(job.state) },
  { name: "delete", text: "Delete", fits: isOver, asks: true },
];

export async function act(action, job) {
  if (action.name === "delete") {
    await ask("jobs/" + job.id, { method: "DELETE" });
    return;
  }
  learnJob(await ask("jobs/" + job.id + "/" + action.name,
    { method: "POST", body: {} }));
}

// "▶ running", in its colour; the reason is its title.
export function stateLabel(job) {
  const place = job.queue.position;
  const text = place === null ? job.state : "queued, place " + place;
  return make("span", { class: "state " + job.state,
    title: job.state_reason },
    make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[job.state]),
    text);
}
