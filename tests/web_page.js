// What the page shows, without a browser: app.js runs against a page that is
// made up here, with the few things of the DOM that it uses, and a daemon that
// answers from a list of jobs.
"use strict";
const { readFileSync } = require("fs");
const vm = require("vm");
const assert = require("assert");

class Thing {
  constructor() {
    Object.assign(this, { children: [], classes: new Set(), heard: {},
                          attributes: {}, textContent: "", hidden: false });
    this.classList = {
      add: (name) => this.classes.add(name),
      contains: (name) => this.classes.has(name),
    };
  }
  set className(names) { this.classes = new Set(names.split(" ")); }
  setAttribute(name, value) { this.attributes[name] = value; }
  addEventListener(name, listener) { this.heard[name] = listener; }
  append(...more) { this.children.push(...more); }
  replaceChildren(...now) { this.children = now; }
  insertCell() {
    this.children.push(new Thing());
    return this.children.at(-1);
  }
  scrollIntoView() { this.scrolled = (this.scrolled || 0) + 1; }
  focus() {}
}

function job(id, more) {
  return {
    id, name: "job " + id, note: null, state: "succeeded", state_reason: null,
    queue: { position: null }, metrics: { last: null, min: null },
    progress: { done: 40, total: 40, fraction: 1, rate: null,
                eta_seconds: null },
    spec: { preset: "vanderPol", feedback: { enabled: true },
            learning: { enabled: true },
            schedule: { duration: 40, period: 4, settle: 4, test: 16 } },
    ...more,
  };
}

// A page at an address, over a daemon with these jobs, newest first.
class Page {
  constructor(hash, jobs) {
    const things = new Map();
    const listeners = {};
    const listen = (name, listener) => { listeners[name] = listener; };
    this.element = (id) => {
      if (!things.has(id)) things.set(id, new Thing());
      return things.get(id);
    };
    this.asked = [];
    this.listeners = listeners;
    this.location = { hash, pathname: "/", search: "" };
    const fetch = async (path) => {
      this.asked.push(path);
      return this.answer(path, jobs);
    };
    const history = { replaceState: (a, b, address) => {
      this.location.hash = address.replace(/^[^#]*/, "");
    } };
    const kept = { token: "secret" };
    const document = {
      getElementById: (id) => this.element("rows").children.find(
        (row) => row.id === id) || this.element(id),
      createElement: () => new Thing(), addEventListener: listen,
      hidden: false,
    };
    vm.runInNewContext(readFileSync(process.argv[2], "utf8"), {
      document, fetch, history, location: this.location, URLSearchParams,
      sessionStorage: { getItem: (key) => kept[key],
                        setItem: (key, value) => { kept[key] = value; },
                        removeItem: (key) => { delete kept[key]; } },
      addEventListener: listen, window: { addEventListener: listen },
      setTimeout: (again) => { this.again = again; }, clearTimeout: () => {},
    });
  }

  answer(path, jobs) {
    const one = /jobs\/(.*)$/.exec(path);
    const found = one && jobs.find((job) => String(job.id) === one[1]);
    if (one && !found)
      return { ok: false, status: 404, json: async () => ({ detail: "none" }) };
    const limit = Number(/limit=(\d+)/.exec(path)?.[1]);
    const body = found ||
      { items: jobs.slice(0, limit),
        next_cursor: jobs.length > limit ? "more" : null };
    return { ok: true, status: 200, json: async () => body };
  }

  settled() { return new Promise((done) => setImmediate(done)); }
  rows() { return this.element("rows").children; }
  marked() {
    return this.rows().filter((row) => row.attributes["aria-current"]);
  }
}

const many = Array.from({ length: 150 }, (_, i) => job(150 - i));

const tests = {
  async a_link_to_a_job_shows_where_it_is() {
    const page = new Page("#job=140", many);
    await page.settled();
    const [row, ...more] = page.marked();
    assert.equal(more.length, 0);
    assert.equal(row.children[0].textContent, 140);
    assert.equal(row.scrolled, 1);
  },
  async a_link_to_an_old_job_brings_it_onto_the_page() {
    const page = new Page("#token=t&job=7", many);
    await page.settled();
    assert.equal(page.rows().length, 101);
    assert.equal(page.marked()[0].children[0].textContent, 7);
    assert.equal(page.location.hash, "#job=7");
  },
  async a_page_that_is_refreshed_does_not_scroll_back() {
    const page = new Page("#job=140", many);
    await page.settled();
    page.again();
    await page.settled();
    assert.equal(page.marked().length, 1);
    assert.equal(page.marked()[0].scrolled, undefined);
  },
  async another_link_on_the_same_page_is_followed() {
    const page = new Page("#job=140", many);
    await page.settled();
    page.location.hash = "#job=139";
    page.listeners.hashchange();
    await page.settled();
    assert.equal(page.marked()[0].children[0].textContent, 139);
    assert.equal(page.marked()[0].scrolled, 1);
  },
  async a_link_to_a_job_that_is_gone_says_so_and_shows_the_others() {
    const page = new Page("#job=999", many);
    await page.settled();
    assert.equal(page.rows().length, 100);
    assert.equal(page.marked().length, 0);
    assert.match(page.element("link").textContent, /no job 999/);
  },
  async a_link_that_names_no_job_is_none() {
    for (const hash of ["", "#", "#job=", "#job=x", "#job=-1", "#job=1.5",
                        "#job=1e99", "#job=../version"]) {
      const page = new Page(hash, many);
      await page.settled();
      assert.equal(page.asked.length, 1, hash);
      assert.equal(page.rows().length, 100);
      assert.equal(page.element("link").textContent, "");
    }
  },
};

const ended = (t_end, mse, mse_raw, spec) => {
  const made = job(1, { metrics: { last: { t_end, mse, mse_raw } } });
  Object.assign(made.spec, spec);
  return made;
};

Object.assign(tests, {
  async an_error_that_was_switched_off_is_not_told() {
    for (const [one, text] of [
      [ended(4, 0, 3), ""], [ended(8, 0.5, 3), "5.00e-1"],
      [ended(24, 0.5, 3), "5.00e-1"], [ended(26, 0.5, 3), ""],
      [ended(28, 1e-60, 3), "3.00e+0 test"],
      [ended(8, null, 3), "not finite"],
      [ended(8, 0, 3, { learning: { enabled: false } }), ""],
      [ended(8, 0.5, 3, { feedback: { enabled: false } }), "3.00e+0 test"]]) {
      const page = new Page("", [one]);
      await page.settled();
      assert.equal(page.rows()[0].children[6].textContent, text);
    }
  },
});

(async () => {
  const names = Object.keys(tests);
  let failed = 0;
  console.log("1.." + names.length);
  for (const [i, name] of names.entries()) {
    let trouble = null;
    try {
      await tests[name]();
    } catch (error) {
      trouble = error;
      failed++;
    }
    console.log((trouble ? "not ok " : "ok ") + (i + 1) + " - " + name);
    if (trouble) console.log(String(trouble.stack).replace(/^/gm, "# "));
  }
  process.exitCode = failed ? 1 : 0;
})();
