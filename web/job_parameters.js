// job_parameters.js - every value of a description, and where it differs from
// that of another job or of its preset.

import { card, make, toggle } from "./dom.js";
import { link } from "./address.js";
import { ask } from "./session.js";
import { findJob } from "./jobs.js";
import { value } from "./words.js";
import { telling } from "./notice.js";

// [["learning.eta", 0.002], …] of a description.
export function flat(spec) {
  const rows = [];
  for (const [section, values] of Object.entries(spec)) {
    if (values && typeof values === "object" && !Array.isArray(values))
      for (const [key, one] of Object.entries(values))
        rows.push([section + "." + key, one]);
    else rows.push([section, values]);
  }
  return rows;
}

// The reverse, of a list of keys and values.
export function nested(rows) {
  const spec = {};
  for (const [path, value] of rows) {
    const [section, key] = path.split(".");
    if (key === undefined) spec[section] = value;
    else (spec[section] ??= {})[key] = value;
  }
  return spec;
}

export class Parameters {
  constructor(job) {
    this.job = job;
    this.only = false;
    this.body = make("div", { class: "sections" });
    this.other = make("input", { type: "text", class: "short",
      "aria-label": "compare with job", placeholder: "job or preset",
      onchange: telling(() => this.against(this.other.value.trim())) });
    this.switch = toggle("only what differs", false, (on) => {
      this.only = on;
      this.show();
    });
    this.head = make("p", { class: "soft note" });
    this.element = card("Parameters", [make("label", {}, "against ",
      this.other), this.switch], this.head, this.body);
    telling(() => this.against(job.parent ? String(job.parent)
      : job.spec.preset))();
  }

  async against(word) {
    this.other.value = word;
    const id = /^\d+$/.test(word) ? Number(word) : 0;
    const spec = id ? (await findJob(id)).spec
      : (await ask("presets/" + encodeURIComponent(word))).spec;
    this.theirs = new Map(flat(spec));
    this.head.replaceChildren("Marked: other than in ", id
      ? make("a", { href: link({ job: id }) }, "job " + id)
      : "the preset " + word);
    this.show();
  }

  show() {
    const rows = flat(this.job.spec).map(([key, mine]) => {
      const theirs = this.theirs.get(key);
      return { key, mine, theirs,
        differs: JSON.stringify(mine) !== JSON.stringify(theirs) };
    });
    const shown = rows.filter((one) => one.differs || !this.only);
    const sections = Map.groupBy(shown, (one) => one.key.includes(".")
      ? one.key.split(".")[0] : "job");
    this.body.replaceChildren(...[...sections].map(([name, some]) =>
      this.section(name, some)));
    if (!shown.length) this.body.append(make("p", { class: "empty" },
      "They do not differ."));
  }

  section(name, rows) {
    return make("table", { class: "parameters", "aria-label": name },
      make("thead", {}, make("tr", {}, [name, "here", "there"].map((one) =>
        make("th", { scope: "col" }, one)))),
      make("tbody", {}, rows.map((one) => make("tr",
        { class: one.differs ? "differs" : null },
        make("th", { scope: "row" }, one.key.split(".").at(-1)),
        make("td", {}, value(one.mine)),
        make("td", {}, one.differs ? value(one.theirs) : "")))));
  }

  close() {}
}
