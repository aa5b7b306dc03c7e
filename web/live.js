// live.js - what the daemon tells while it happens: server-sent events, read
// by fetch() because EventSource sends no token. When the link breaks it is
// made again, later and later, from the last event on.

import { request, hasToken } from "./session.js";

const RETRY_MS = [500, 1000, 2000, 5000, 10000];
const SILENCE_MS = 45000; // the daemon gives a sign of life more often

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
    this.running = false;
  }

  start() {
    if (this.running) return;
    this.running = true;
    this.listen();
  }

  stop() {
    this.running = false;
    this.link?.abort();
  }

  async listen() {
    while (this.running && hasToken()) {
      try {
        await this.hear();
      } catch (trouble) {
        if (!this.running) return;
      }
      this.failures++;
      this.linked("lost");
      await this.pause();
    }
    this.running = false;
  }

  // Longer with every failure; at once when the reader comes back.
  pause() {
    const ms = RETRY_MS[Math.min(this.failures, RETRY_MS.length) - 1];
    return new Promise((done) => {
      this.wake = done;
      setTimeout(done, ms);
    });
  }

  retry() {
    this.wake?.();
  }

  async hear() {
    this.link = new AbortController();
    const headers = this.last ? { "Last-Event-ID": this.last } : {};
    const answer = await request("events",
      { headers, signal: this.link.signal });
    this.failures = 0;
    this.linked("live");
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
