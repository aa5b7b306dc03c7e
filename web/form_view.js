// form_view.js - hands in a job, or a sweep where a field has several values.
// The form is made of the schema of jobs; only what differs from the preset is
// sent, and the daemon checks it while it is typed. What was typed stands in the
// address.

import { address, go, put } from "./address.js";
import { after, button, choice, make } from "./dom.js";
import { ask } from "./session.js";
import { findJob, learnJob } from "./jobs.js";
import { derive, DERIVED_TITLES } from "./derive.js";
import { Field } from "./field.js";
import { flat, nested } from "./job_parameters.js";
import { bytes, duration } from "./words.js";
import { say } from "./notice.js";

const CHECK_MS = 250;
const OUTSIDE = ["name", "tags", "note", "priority", "after"];
const FIRST = ["schedule.duration", "learning.eta", "network.neurons_ff",
  "network.neurons_rec", "input.seed", "network.seed_rec"];
const RESERVED = ["new", "from"];

export class FormView {
  constructor() {
    this.element = make("div", { class: "form-view" });
    this.check = after(CHECK_MS, () => this.validate());
  }

  title() {
    return "New job";
  }

  async open() {
    const params = address();
    const kind = params.get("new") || "vanderPol";
    const from = Number(params.get("from"));
    [this.schema, this.presets] = await Promise.all([ask("schema/job"),
      ask("presets")]);
    this.makeForm();
    if (from) await this.openDerived(kind, from);
    else await this.usePreset(kind);
    for (const [key, text] of params)
      if (!RESERVED.includes(key)) this.fields.get(key)?.set(text);
    this.validate();
  }

  async openDerived(kind, id) {
    const job = await findJob(id);
    await this.usePreset(job.spec.preset);
    const { changes, name } = derive(kind, job, this.preset);
    for (const [key, value] of Object.entries(changes))
      this.fields.get(key)?.set(value);
    if (name) this.fields.get("name").set(name);
    if (kind !== "test" && Object.keys(job.tags).length)
      this.fields.get("tags").set(job.tags);
    this.heading.textContent = DERIVED_TITLES[kind] + id;
  }

  // ---- the form --------------------------------------------------------------

  makeForm() {
    this.fields = new Map();
    this.heading = make("h1", {}, "New job");
    this.about = make("p", { class: "soft" });
    const { properties } = this.schema;
    this.presetChoice = choice("preset", properties.preset.enum.map((one) =>
      [one, one]), "vanderPol", (name) => this.changePreset(name));
    this.search = make("input", { type: "search", class: "filter",
      placeholder: "find a key: eta, seed, noise …",
      "aria-label": "find a key", oninput: () => this.filter() });
    this.sections = make("div", { class: "sections" },
      this.section("job", OUTSIDE.map((key) => [key, properties[key]]), true),
      this.firstSection(properties),
      Object.entries(properties).filter(([, one]) => one.properties)
        .map(([name, one]) => this.section(name,
          Object.entries(one.properties).map(([key, schema]) =>
            [name + "." + key, schema]))));
    this.form = make("form", { class: "card", onsubmit: (event) => this.submit(event) },
      make("div", { class: "bar" }, make("label", {}, "Preset ",
        this.presetChoice), this.search),
      this.about, make("p", { class: "soft note" }, "Several numbers in a " +
        "field, as 1, 2 or 1..5, make a sweep."), this.sections);
    this.element.replaceChildren(this.heading,
      make("div", { class: "beside form" }, this.form, this.side()));
  }

  // Those that are changed most often, before all others.
  firstSection(properties) {
    return this.section("", FIRST.map((path) => {
      const [section, key] = path.split(".");
      return [path, properties[section].properties[key]];
    }), true);
  }

  section(title, keys, open = false) {
    const fields = keys.filter(([key]) => !this.fields.has(key))
      .map(([key, schema]) => {
        const label = title ? key.split(".").at(-1) : key;
        const field = new Field(key, schema, label, () => this.changed(key));
        this.fields.set(key, field);
        return field;
      });
    const count = make("span", { class: "count" });
    const element = make("details", { class: "section", open },
      make("summary", {}, title || "most used", count), fields.map((one) => one.element));
    element.update = () => {
      const changed = fields.filter((one) => one.value() !== undefined).length;
      count.textContent = changed ? changed + " changed" : "";
    };
    element.fields = fields;
    return element;
  }

  side() {
    this.send = make("button", { class: "main" }, "Hand in");
    this.send.addEventListener("click", () => this.form.requestSubmit());
    this.send.type = "button";
    this.estimate = make("dl", { class: "facts" });
    this.faults = make("ul", { class: "faults" });
    this.text = make("pre", { tabindex: "0", "aria-label": "the description" });
    return make("aside", { class: "card side", "aria-label": "what is sent" },
      make("h2", {}, "What is sent"), this.text, this.estimate,
      make("div", { role: "status" }, this.faults),
      make("div", { class: "actions" }, this.send,
        button("Clear", () => this.clear())));
  }

  filter() {
    const text = this.search.value.trim();
    for (const section of this.sections.children) {
      let any = false;
      for (const field of section.fields) {
        field.element.hidden = !(this.fits(field.key) && field.matches(text));
        any = any || !field.element.hidden;
      }
      section.hidden = !any;
      if (text) section.open = true;
    }
  }

  // Keys of other systems are not there.
  fits(key) {
    const { system } = this.resolved || this.preset;
    return !key.startsWith("system.") || key.slice(7) in system;
  }

  // ---- what is typed ---------------------------------------------------------

  async changePreset(name) {
    put({ new: name, from: null });
    await this.usePreset(name);
    this.validate();
  }

  async usePreset(name) {
    const preset = await ask("presets/" + encodeURIComponent(name));
    this.name = name;
    this.preset = preset.spec;
    this.resolved = null;
    this.presetChoice.value = name;
    this.about.textContent = preset.description;
    for (const field of this.fields.values()) field.setDefault(undefined);
    for (const [key, value] of flat(preset.spec))
      this.fields.get(key)?.setDefault(value);
    this.filter();
  }

  changed(key) {
    const field = this.fields.get(key);
    field.mark();
    put({ [key]: field.input.value.trim() || null });
    this.check();
  }

  clear() {
    for (const [key, field] of this.fields) {
      field.set(undefined);
      put({ [key]: null });
    }
    this.validate();
  }

  description() {
    const changes = [...this.fields].map(([key, field]) =>
      [key, field.axis()?.[0] ?? field.value()])
      .filter(([, value]) => value !== undefined);
    return { preset: this.name, ...nested(changes) };
  }

  // What is sent, and where: one job, or all of a sweep. A sweep's job has the
  // first value of each axis, which the sweep puts others in place of.
  order() {
    const job = this.description();
    const axes = [...this.fields].map(([key, field]) => [key, field.axis()])
      .filter(([, values]) => values);
    if (!axes.length) return { path: "jobs", body: job };
    return { path: "sweeps", body: { name: job.name, job,
      set: Object.fromEntries(axes) } };
  }

  // ---- what the daemon says --------------------------------------------------

  async validate() {
    const { path, body } = this.order();
    this.text.textContent = JSON.stringify(body, null, 2);
    const asked = this.asked = Symbol("the latest");
    for (const section of this.sections.children) section.update();
    try {
      const check = (where, what) => ask(where + "?validate=true",
        { method: "POST", body: what });
      const { count } = await check(path, body);
      const first = await check("jobs", body.job || body);
      if (asked === this.asked) this.showGood(first, count);
    } catch (problem) {
      if (asked === this.asked) this.showFaults(problem);
    }
  }

  showGood(answer, count) {
    this.resolved = answer.spec;
    const time = answer.estimated_seconds;
    this.showFaults({ errors: [] });
    const fact = (name, text) => make("div", {}, make("dt", {}, name),
      make("dd", {}, text));
    this.estimate.replaceChildren(...count ? [fact("Jobs", count)] : [],
      fact(count ? "Time of each" : "Time", time === null ? "not known yet"
        : "about " + duration(time)),
      fact("Memory at most", bytes(answer.memory)));
    this.filter();
  }

  showFaults(problem) {
    const rest = [];
    for (const field of this.fields.values()) field.fault("");
    for (const { pointer, detail } of problem.errors) {
      const key = pointer.replace(/^#\/(job\/)?/, "").replaceAll("/", ".");
      const field = this.fields.get(key) ||
        this.fields.get(key.split(".").slice(0, 2).join("."));
      if (field) field.fault(detail);
      rest.push(`${key}: ${detail}`);
    }
    if (problem.message && !problem.errors.length) rest.push(problem.message);
    this.faults.replaceChildren(...rest.map((text) =>
      make("li", { class: "bad" }, text)));
    this.send.disabled = rest.length > 0;
    if (rest.length) this.estimate.replaceChildren();
  }

  async submit(event) {
    event.preventDefault();
    this.send.disabled = true;
    // Sent once more after a broken link, it is still one job.
    this.key ??= crypto.randomUUID?.() || String(Math.random());
    const { path, body } = this.order();
    try {
      const made = await ask(path, { method: "POST", body,
        headers: { "Idempotency-Key": this.key } });
      this.key = null;
      if (path === "jobs") learnJob(made);
      say(`handed in: ${path.slice(0, -1)} ${made.id}`);
      go({ [path.slice(0, -1)]: made.id });
    } catch (problem) {
      if (problem.status !== 0) this.key = null;
      this.showFaults(problem.errors ? problem : { message: problem.message,
        errors: [] });
      this.send.disabled = false;
    }
  }

  close() {}
}
