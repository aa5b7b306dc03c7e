// The page: lists jobs and keeps the list fresh. It knows the documented API
// and nothing else, and writes what it is told as text only.
"use strict";

const REFRESH_MS = 2000;
const PAGE = 100;
const SLACK = 0.01; // s, between two ways to add up a time

const element = (id) => document.getElementById(id);
let token = takeToken();
let shown = PAGE; // jobs asked for
let timer = 0;
let wanted = takeJob(); // number of the job that the address names, or 0
let pointedAt = 0; // the job that was scrolled to

// A link may carry the token behind #, which browsers never send; it is kept
// for this tab alone and taken out of the address.
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem("token", given);
    const job = takeJob();
    history.replaceState(null, "", location.pathname + location.search +
      (job ? "#job=" + job : ""));
  }
  return sessionStorage.getItem("token") || "";
}

function takeJob() {
  const job = Number(new URLSearchParams(location.hash.slice(1)).get("job"));
  return Number.isSafeInteger(job) && job > 0 ? job : 0;
}

class Refused extends Error {}
class Missing extends Error {}

async function ask(path) {
  const answer = await fetch(path, {
    headers: { Authorization: "Bearer " + token },
    cache: "no-store",
  });
  const body = await answer.json();
  if (answer.status === 401) throw new Refused(body.detail);
  if (answer.status === 404) throw new Missing(body.detail);
  if (!answer.ok) throw new Error(body.detail || body.title);
  return body;
}

// ---- how things are said ---------------------------------------------------

function duration(seconds) {
  if (seconds === null) return "";
  const s = Math.round(seconds);
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min " + (s % 60) + " s";
  const h = Math.floor(s / 3600);
  if (h < 48) return h + " h " + Math.floor((s % 3600) / 60) + " min";
  return Math.floor(h / 24) + " d " + (h % 24) + " h";
}

function rate(value) {
  return value === null ? "" : value.toPrecision(3) + " s/s";
}

// In the test the error is switched off before it is filtered; what counts then
// is how far the network strays by itself.
function error(job) {
  const last = job.metrics.last;
  if (!last) return "";
  const { duration, period, settle, test } = job.spec.schedule;
  const begin = last.t_end - period;
  const tested = begin > duration - test - SLACK || !job.spec.feedback.enabled;
  const learned = job.spec.learning.enabled && begin > settle - SLACK &&
    last.t_end < duration - test + SLACK;
  if (!tested && !learned) return "";
  const value = tested ? last.mse_raw : last.mse;
  if (value === null) return "not finite";
  return value.toExponential(2) + (tested ? " test" : "");
}

function waiting(job) {
  const place = job.queue.position;
  return place === null ? job.state : job.state + " (" + place + ")";
}

// ---- the table ---------------------------------------------------------------

function cell(row, text, className) {
  const made = row.insertCell();
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function progressCell(row, job) {
  const made = row.insertCell();
  const percent = document.createElement("span");
  const bar = document.createElement("progress");
  percent.className = "percent number";
  percent.textContent = (100 * job.progress.fraction).toFixed(1) + " %";
  bar.max = 1;
  bar.value = job.progress.fraction;
  bar.setAttribute("aria-label", "progress of job " + job.id);
  made.title = job.progress.done + " of " + job.progress.total +
    " simulated seconds";
  made.append(bar, " ", percent);
}

function jobRow(job) {
  const row = document.createElement("tr");
  row.id = "job-" + job.id;
  if (job.id === wanted) row.setAttribute("aria-current", "true");
  cell(row, job.id, "number");
  const name = cell(row, job.name || job.spec.preset, "name");
  name.title = job.note || name.textContent;
  const state = cell(row, waiting(job), "state " + job.state);
  if (job.state_reason) state.title = job.state_reason;
  progressCell(row, job);
  cell(row, rate(job.progress.rate), "number");
  cell(row, duration(job.progress.eta_seconds), "number");
  cell(row, error(job), "number");
  return row;
}

function summarise(jobs) {
  const running = jobs.filter((job) => job.state === "running").length;
  const queued = jobs.filter((job) => job.state === "queued").length;
  element("summary").textContent = running + " running, " + queued + " queued";
  document.title = (running ? "▶ " + running + " · " : "") + "followd";
}

// Walks the pages until as many jobs are there as are shown.
async function fetchJobs() {
  const jobs = [];
  let cursor = null;
  do {
    const limit = Math.min(500, shown - jobs.length);
    const more = cursor ? "&cursor=" + encodeURIComponent(cursor) : "";
    const page = await ask("api/v1/jobs?limit=" + limit + more);
    jobs.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && jobs.length < shown);
  return { jobs, more: cursor !== null };
}

// The job that the address names stands last when it is older than the others.
async function fetchWanted(jobs) {
  if (!wanted || jobs.some((job) => job.id === wanted)) return jobs;
  try {
    return [...jobs, await ask("api/v1/jobs/" + wanted)];
  } catch (trouble) {
    if (trouble instanceof Missing) return jobs;
    throw trouble;
  }
}

// Once, so that the reader may scroll away.
function pointAtWanted() {
  if (!wanted || pointedAt === wanted) return;
  const row = element("job-" + wanted);
  if (row) row.scrollIntoView({ block: "center" });
  pointedAt = wanted;
}

function show(jobs, more) {
  element("rows").replaceChildren(...jobs.map(jobRow));
  element("empty").hidden = jobs.length > 0;
  element("more").hidden = !more;
  element("login").hidden = true;
  element("jobs").hidden = false;
  summarise(jobs);
}

function askForToken(reason) {
  sessionStorage.removeItem("token");
  element("refused").textContent = token ? reason : "";
  element("jobs").hidden = true;
  element("login").hidden = false;
  element("token").focus();
  token = "";
}

function say(text, lost) {
  element("link").textContent = text;
  element("link").className = lost ? "lost" : "";
}

async function refresh() {
  clearTimeout(timer);
  try {
    const { jobs, more } = await fetchJobs();
    const all = await fetchWanted(jobs);
    const found = !wanted || all.some((job) => job.id === wanted);
    show(all, more);
    if (found) pointAtWanted();
    say(found ? "" : "There is no job " + wanted, false);
  } catch (trouble) {
    if (trouble instanceof Refused) {
      askForToken(trouble.message);
      return;
    }
    say("The daemon does not answer, trying again", true);
  }
  timer = setTimeout(refresh, document.hidden ? 10 * REFRESH_MS : REFRESH_MS);
}

element("login").addEventListener("submit", (event) => {
  event.preventDefault();
  token = element("token").value.trim();
  element("token").value = "";
  sessionStorage.setItem("token", token);
  refresh();
});

element("more").addEventListener("click", () => {
  shown += PAGE;
  refresh();
});

window.addEventListener("hashchange", () => {
  wanted = takeJob();
  pointedAt = 0;
  if (token) refresh();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && token) refresh();
});

if (token) refresh();
else askForToken("");
