// live.js - what the daemon tells while it happens: server-sent events, read
// by fetch() because EventSource sends no token. When the link breaks it is
// made again, later and later, from the last event on.
//
// A browser has six connections to one daemon, for all of its pages, and this
// takes one. So a page that nobody sees listens only now and then, and one
// that was left, but that the browser keeps for who comes back, not at all.

import { request, hasToken } from "./session.js";

const RETRY_MS = [500, 1000, 2000, 5000, 10000];
const SILENCE_MS = 45000; // the daemon gives a sign of life more often
const GLANCE_MS = 1000; // how long a page that nobody sees listens...
const REST_MS = 10000; // ...and how long it does not

// One event's text into { id, event, data }.
function parse(text) {
  const event = { id: null, event: "message", data: "" };
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) continue; // a comment, or nothing
    const value = line.slice(colon + 1).replace(/^ /, "");
    const key = line.slice(0, colon);
    event[key] = key === "data" ? event.data + value : value;
  }
  return event;
}

export class Live {
  // `told(name, data)` for every event; `linked(state)` when the link is
  // "live" or "lost".
  constructor(told, linked) {
    this.told = told;
    this.linked = linked;
    this.last = null;
    this.failures = 0;
    this.run = null; // since start(), until stop()
    document.addEventListener("visibilitychange", () => this.glance());
    window.addEventListener("pagehide", () => this.stop());
    window.addEventListener("pageshow",
      ({ persisted }) => persisted && this.start());
  }

  start() {
    if (this.run) return;
    this.run = Symbol();
    this.listen(this.run);
  }

  stop() {
    this.run = null;
    this.link?.abort();
  }

  async listen(run) {
    while (this.run === run && hasToken()) {
      this.rests = false;
      try {
        await this.hear();
      } catch (trouble) {
        if (this.run !== run) return;
      }
      if (!this.rests) {
        this.failures++;
        this.linked("lost");
      }
      await this.pause();
    }
    if (this.run === run) this.run = null;
  }

  // Longer with every failure; at once when the reader comes back.
  pause() {
    const ms = this.rests ? REST_MS
      : RETRY_MS[Math.min(this.failures, RETRY_MS.length) - 1];
    return new Promise((done) => {
      this.wake = done;
      setTimeout(done, ms);
    });
  }

  // Where nobody looks, the link ends soon.
  glance() {
    const link = this.link;
    setTimeout(() => {
      if (!document.hidden || link !== this.link || this.failures) return;
      this.rests = true;
      link?.abort();
    }, GLANCE_MS);
  }

  retry() {
    this.wake?.();
  }

  // From the start: what was told before is not all that there is.
  restart() {
    this.last = null;
    this.link?.abort();
  }

  async hear() {
    this.link = new AbortController();
    const headers = this.last ? { "Last-Event-ID": this.last } : {};
    const answer = await request("events",
      { headers, signal: this.link.signal });
    this.failures = 0;
    this.linked("live");
    this.glance();
    const reader = answer.body.pipeThrough(new TextDecoderStream())
      .getReader();
    for (let text = ""; ;) {
      const silence = setTimeout(() => this.link.abort(), SILENCE_MS);
      const { done, value } = await reader.read();
      clearTimeout(silence);
      if (done) return;
      const events = (text + value).split("\n\n");
      text = events.pop();
      for (const one of events) this.tell(parse(one));
    }
  }

  tell(event) {
    if (event.id !== null) this.last = event.id;
    if (event.data) this.told(event.event, JSON.parse(event.data));
  }
}
