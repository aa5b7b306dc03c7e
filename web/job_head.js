// job_head.js - the head of a job's page: what it is, how far it is, and what
// can be done with it.

import { button, make } from "./dom.js";
import { link } from "./address.js";
import { ask } from "./session.js";
import { learnJob } from "./jobs.js";
import { ACTIONS, act, isOver, stateLabel } from "./state.js";
import { lastError, leastError } from "./error.js";
import { duration, moment, number, rate } from "./words.js";
import { say, telling } from "./notice.js";

// What new jobs can be made of this one.
const DERIVED = [
  ["continue", "Continue", "go on learning from its last weights"],
  ["test", "Test", "its last weights, without learning and feedback"],
  ["clone", "Clone", "the same description, to be changed"],
];

function fact(name, text) {
  return text === "" || text === null ? null
    : make("div", {}, make("dt", {}, name), make("dd", {}, text));
}

function errorFact(job) {
  const error = lastError(job);
  if (!error) return null;
  return fact(error.tested ? "Test error²" : "Last error²",
    error.finite ? number(error.value, 3) : "not finite");
}

export class JobHead {
  constructor(job) {
    this.name = make("h1");
    this.state = make("span");
    this.bar = make("progress", { max: 1, "aria-label": "progress" });
    this.facts = make("dl", { class: "facts" });
    this.actions = make("div", { class: "actions", role: "toolbar",
      "aria-label": "what to do with this job" });
    this.reason = make("p", { class: "reason" });
    this.element = make("header", { class: "job-head" },
      make("div", { class: "job-title" }, this.name, this.state, this.actions),
      this.bar, this.facts, this.reason);
    this.show(job);
  }

  show(job) {
    this.job = job;
    this.showName(job);
    this.state.replaceChildren(stateLabel(job));
    this.bar.value = job.progress.fraction;
    this.bar.hidden = isOver(job) && job.progress.fraction === 1;
    this.reason.textContent = job.state_reason || "";
    this.reason.hidden = !job.state_reason;
    this.facts.replaceChildren(...this.factsOf(job).filter(Boolean));
    this.showActions(job);
  }

  showName(job) {
    const text = job.name || job.spec.preset;
    if (this.name.contains(document.activeElement)) return;
    this.name.replaceChildren(make("span", { class: "soft" }, job.id + " "),
      text, " ", button("edit", () => this.edit(), { class: "quiet small",
        "aria-label": "change name, tags, note and priority" }),
      ...Object.entries(job.tags).map(([key, value]) => make("a",
        { class: "tag", href: link({ q: `tag:${key}=${value}` }) },
        value === "" ? key : key + "=" + value)));
  }

  factsOf(job) {
    const { done, total, eta_seconds, rate: speed } = job.progress;
    const unit = job.spec.rl?.task && job.spec.rl.task !== "none"
      ? " episodes" : " s";
    return [
      fact("Done", `${number(done, 6)} of ${number(total, 6)}${unit}`),
      fact("Rate", rate(speed)),
      fact("Left", duration(eta_seconds)),
      errorFact(job),
      fact("Least error²", number(leastError(job), 3)),
      fact("Preset", job.spec.preset),
      fact("Started", moment(job.started_at)),
      fact("Took", job.finished_at && job.started_at ? duration(
        (new Date(job.finished_at) - new Date(job.started_at)) / 1000) : ""),
      job.restarts ? fact("Restarts", String(job.restarts)) : null,
      job.note ? fact("Note", job.note) : null,
    ];
  }

  showActions(job) {
    const now = ACTIONS.filter((one) => one.fits(job)).map((one) => one.name);
    const sign = job.id + now.join() + job.progress.fraction * isOver(job);
    if (this.shown === sign) return; // keeps the focus on a button
    this.shown = sign;
    this.actions.replaceChildren(
      ...this.buttons(job, (one) => !one.asks),
      ...DERIVED.map(([as, text, title]) => make("a", { class: "button", title,
        href: link({ new: as, from: job.id }) }, text)),
      make("a", { class: "button", href: link({ compare: job.parent
        ? job.parent + "," + job.id : String(job.id) }) }, "Compare"),
      ...this.buttons(job, (one) => one.asks));
  }

  buttons(job, meant) {
    return ACTIONS.filter((one) => meant(one) && one.fits(job)).map((one) =>
      button(one.text, telling(() => this.act(one)),
        { class: one.asks ? "quiet" : null }));
  }

  async act(action) {
    const question = `Delete job ${this.job.id} and all its results?`;
    if (action.asks && !confirm(question)) return;
    await act(action, this.job);
    say(`${action.text.toLowerCase()}: job ${this.job.id}`);
  }

  gone() {
    this.actions.replaceChildren();
    this.reason.hidden = false;
    this.reason.textContent = "This job has been deleted.";
  }

  // ---- name, tags, note, priority -------------------------------------------

  edit() {
    const { job } = this;
    const field = (label, name, value, more = {}) => make("label", {}, label,
      make("input", { name, value, ...more }));
    const tags = Object.entries(job.tags).map(([key, value]) =>
      value === "" ? key : key + "=" + value).join(" ");
    const trouble = make("p", { class: "bad", role: "alert" });
    const form = make("form", { method: "dialog" },
      make("h2", {}, "Job " + job.id),
      field("Name", "name", job.name || ""),
      field("Tags, as key=text", "tags", tags),
      field("Note", "note", job.note || ""),
      field("Priority", "priority", job.priority,
        { type: "number", min: -100, max: 100 }),
      trouble,
      make("div", { class: "actions" },
        make("button", { class: "main" }, "Keep"),
        button("Leave as it was", () => dialog.close())));
    const dialog = make("dialog", { "aria-label": "change job " + job.id,
      onclose: () => dialog.remove() }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        learnJob(await ask("jobs/" + job.id, { method: "PATCH",
          body: changeOf(new FormData(form)) }));
        dialog.close();
      } catch (problem) {
        trouble.textContent = problem.message;
      }
    });
    document.body.append(dialog);
    dialog.showModal();
  }
}

function changeOf(data) {
  const tags = {};
  for (const one of data.get("tags").match(/\S+/g) || []) {
    const [key, ...rest] = one.split("=");
    tags[key] = rest.join("=");
  }
  return { name: data.get("name"), note: data.get("note"), priority:
    Number(data.get("priority")), tags };
}
