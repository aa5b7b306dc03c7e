// job_view.js - one job: its head, and what is told of it under four names.

import { address, link, put } from "./address.js";
import { make } from "./dom.js";
import { findJob, knownJob, onJobs } from "./jobs.js";
import { JobHead } from "./job_head.js";
import { Overview } from "./job_overview.js";
import { NetworkTab } from "./job_network.js";
import { Parameters } from "./job_parameters.js";
import { Files } from "./job_files.js";

const REFRESH_MS = 1000; // results of a job that runs

const TABS = [
  { key: "overview", title: "Overview", View: Overview },
  { key: "network", title: "Network", View: NetworkTab },
  { key: "parameters", title: "Parameters", View: Parameters },
  { key: "files", title: "Files and log", View: Files },
];

export class JobView {
  constructor() {
    this.element = make("div", { class: "job-view" });
  }

  async open() {
    const params = address();
    this.id = Number(params.get("job"));
    if (!Number.isSafeInteger(this.id) || this.id < 1)
      throw new Error("There is no job " + params.get("job"));
    const job = await this.find();
    this.head = new JobHead(job);
    this.rev = job.rev;
    this.body = make("div", { class: "tab" });
    this.tabs = make("nav", { class: "tabs", "aria-label": "about this job" },
      TABS.map((tab) => make("a", { href: link({ job: this.id,
        tab: tab.key === "overview" ? null : tab.key }), "data-tab": tab.key,
      onclick: (event) => this.tabClicked(event, tab.key) }, tab.title)));
    this.element.replaceChildren(this.head.element, this.tabs, this.body);
    this.stop = onJobs(({ changed }) => this.changed(changed));
    this.showTab(params.get("tab") || "overview");
  }

  async find() {
    try {
      return await findJob(this.id);
    } catch (trouble) {
      if (trouble.status === 404) throw new Error("There is no job " + this.id);
      throw trouble;
    }
  }

  title() {
    const job = knownJob(this.id);
    return job ? (job.name || job.spec.preset) + " " + Math.floor(100 *
      job.progress.fraction) + " %" : "";
  }

  tabClicked(event, key) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    put({ tab: key === "overview" ? null : key });
    this.showTab(key);
  }

  showTab(key) {
    const tab = TABS.find((one) => one.key === key) || TABS[0];
    for (const one of this.tabs.children) {
      if (one.dataset.tab === tab.key)
        one.setAttribute("aria-current", "page");
      else one.removeAttribute("aria-current");
    }
    this.tab?.close();
    this.tab = new tab.View(knownJob(this.id));
    this.body.replaceChildren(this.tab.element);
  }

  // The head at once; results at most every REFRESH_MS.
  changed(ids) {
    if (ids === undefined || (ids && !ids.has(this.id))) return;
    const job = knownJob(this.id);
    if (!job) {
      this.head.gone();
      return;
    }
    if (job.rev === this.rev) return; // told again, after the link was broken
    this.rev = job.rev;
    this.head.show(job);
    if (this.timer) return;
    const wait = Math.max(0, (this.last || 0) + REFRESH_MS - Date.now());
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.last = Date.now();
      this.tab?.refresh?.(knownJob(this.id) || job);
    }, wait);
  }

  close() {
    clearTimeout(this.timer);
    this.stop?.();
    this.tab?.close();
  }
}
