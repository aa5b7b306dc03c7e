// jobs.js - the jobs as the daemon has them: loaded once, newest first, then
// kept fresh by what it tells. Views listen here and ask for nothing twice.

import { ask, query } from "./session.js";
import { Live } from "./live.js";

const PAGE = 200;
const MOST = 2000; // more than that only when asked for

const jobs = new Map(); // id -> job, with its spec
const listeners = new Set();
const unknown = new Set(); // told of, but not loaded yet
let cursor = null; // of older ones; null: there are none
let loading = null;

export const live = new Live(told, (state) => notify({ link: state }));

export function onJobs(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// `what`: { link } or { changed: Set of ids, or null for all }
function notify(what) {
  for (const listener of listeners) listener(what);
}

export function allJobs() {
  return [...jobs.values()];
}

export function hasOlder() {
  return cursor !== null;
}

// One that is known, or undefined.
export function knownJob(id) {
  return jobs.get(id);
}

// Whatever comes late is older than what is known.
function keep(job) {
  const old = jobs.get(job.id);
  if (old && old.rev > job.rev) return old;
  const now = { ...old, ...job };
  jobs.set(job.id, now);
  return now;
}

// One job for sure, asked for where it is not known.
export async function findJob(id) {
  return jobs.get(id) || keep(await ask("jobs/" + id));
}

// What an action answered.
export function learnJob(job) {
  keep(job);
  notify({ changed: new Set([job.id]) });
}

async function loadPage(first) {
  const page = await ask("jobs" + query({
    limit: PAGE, cursor: first ? null : cursor }));
  page.items.forEach(keep);
  cursor = page.next_cursor;
  notify({ changed: null });
  return new Set(page.items.map((job) => job.id));
}

async function loadAll() {
  const before = new Map(jobs);
  const seen = await loadPage(true);
  while (cursor !== null && seen.size < MOST)
    for (const id of await loadPage(false)) seen.add(id);
  // Those that were deleted meanwhile are not in the list any more.
  for (const id of before.keys())
    if (cursor === null && !seen.has(id)) jobs.delete(id);
  notify({ changed: null });
}

// All jobs anew: at first, and after the link was broken for too long.
function reload() {
  loading ??= loadAll().finally(() => { loading = null; });
  return loading;
}

export function loadOlder() {
  return loadPage(false);
}

async function fetchUnknown() {
  const ids = [...unknown];
  unknown.clear();
  for (const id of ids) {
    try {
      keep(await ask("jobs/" + id));
    } catch (trouble) {
      if (trouble.status !== 404) throw trouble;
    }
  }
  notify({ changed: new Set(ids) });
}

function told(name, data) {
  if (name === "start" && !data.resumed) {
    reload().catch(() => live.restart());
  } else if (name === "gone") {
    jobs.delete(data.id);
    notify({ changed: new Set([data.id]) });
  } else if (name === "job" && jobs.has(data.id)) {
    keep(data);
    notify({ changed: new Set([data.id]) });
  } else if (name === "job") {
    unknown.add(data.id);
    if (unknown.size === 1) setTimeout(() => fetchUnknown().catch(() => {}), 50);
  }
}
