// job_files.js - what can be downloaded of a job, where it comes from, and what
// happened to it.

import { button, card, make } from "./dom.js";
import { ask } from "./session.js";
import { lineage } from "./lineage.js";
import { saveFrom, saveText } from "./save.js";
import { bytes, moment, number } from "./words.js";
import { telling } from "./notice.js";

const LOG_LINES = 500;

export class Files {
  constructor(job) {
    this.job = job;
    this.base = `jobs/${job.id}`;
    this.lineageHost = make("div");
    this.checkpointHost = make("div", { class: "wide" });
    this.logHost = make("ol", { class: "log" });
    this.element = make("div", { class: "files" },
      card("Lineage", [], this.lineageHost),
      make("div", { class: "beside even" },
        make("div", {}, card("Results", [], this.results()),
          card("Checkpoints", [], this.checkpointHost)),
        make("div", {}, card("Log", this.saver("as text", "log", "log.txt"),
          this.logHost),
        card("Provenance", [], this.provenance()))));
    this.load();
  }

  load = telling(async () => {
    this.lineageHost.replaceChildren(await lineage(this.job));
    await this.loadLog();
    await this.loadCheckpoints();
  });

  saver(text, path, name) {
    return button(text, () => saveFrom(`${this.base}/${path}`, name),
      { class: "download" });
  }

  results() {
    const { record } = this.job.spec;
    return make("div", { class: "actions" },
      this.saver("metrics.csv", "metrics?format=csv", "metrics.csv"),
      this.saver("traces.npz", "traces?format=npz", "traces.npz"),
      this.saver("traces.csv", "traces?format=csv", "traces.csv"),
      record?.spikes ? this.saver("spikes.npz", "spikes.npz", "spikes.npz")
        : null,
      record?.spikes || record?.rates
        ? this.saver("rates.csv", "rates?format=csv", "rates.csv") : null,
      button("job.json", () => saveText(JSON.stringify(this.job.spec, null, 2) +
        "\n", "application/json", `job-${this.job.id}.json`),
      { class: "download" }));
  }

  async loadCheckpoints() {
    const { items } = await ask(this.base + "/checkpoints");
    if (!items.length) {
      this.checkpointHost.replaceChildren(make("p", { class: "soft note" },
        "None yet."));
      return;
    }
    this.checkpointHost.replaceChildren(make("table",
      { "aria-label": "checkpoints" },
      make("thead", {}, make("tr", {},
        make("th", { scope: "col", class: "number" }, "t (s)"),
        make("th", { scope: "col" }, "Kind"),
        make("th", { scope: "col", class: "number" }, "Size"),
        make("th", { scope: "col" }, "Download"))),
      make("tbody", {}, [...items].reverse().map((one) => this.row(one)))));
  }

  row(one) {
    const at = `checkpoints/${one.t}`;
    return make("tr", {},
      make("td", { class: "number" }, number(one.t, 8)),
      make("td", {}, one.kind),
      make("td", { class: "number" }, bytes(one.size)),
      make("td", {}, make("div", { class: "actions" },
        this.saver("weights.npz", at + "/weights.npz", "weights.npz"),
        this.saver("W_rec.npy", at + "/weights/rec.npy", "W_rec.npy"),
        this.saver("W_ff.npy", at + "/weights/ff.npy", "W_ff.npy"))));
  }

  async loadLog() {
    const { items } = await ask(`${this.base}/log?format=json` +
      `&limit=${LOG_LINES}`);
    this.logHost.replaceChildren(...items.map((one) => make("li",
      { class: one.event ? "event" : null },
      make("time", { datetime: one.at }, moment(one.at)), " ", one.text)));
    this.logHost.scrollTop = this.logHost.scrollHeight;
  }

  provenance() {
    const { provenance, uuid, created_at, finished_at } = this.job;
    const facts = { uuid, created: moment(created_at),
      finished: moment(finished_at), ...provenance };
    return make("dl", { class: "provenance" },
      Object.entries(facts).filter(([, text]) => text)
        .map(([key, text]) => [make("dt", {}, key.replaceAll("_", " ")),
          make("dd", {}, text)]));
  }

  refresh(job) {
    const over = job.state !== this.job.state;
    this.job = job;
    if (over) this.load();
    else telling(() => this.loadLog())();
  }

  close() {}
}
