// app.js - the page: which view its address means, the token, the link, and
// what title and icon say. It knows the documented API and nothing else.

import { address } from "./address.js";
import { make } from "./dom.js";
import { hasToken, onRefused, setToken } from "./session.js";
import { allJobs, live, onJobs } from "./jobs.js";
import { applyTheme, setTheme, theme } from "./palette.js";
import { JobsView } from "./jobs_view.js";
import { JobView } from "./job_view.js";
import { CompareView } from "./compare_view.js";
import { FormView } from "./form_view.js";
import { installKeys } from "./keys.js";

const element = (id) => document.getElementById(id);
const main = element("main");
let view = null;
let viewName = "";
let link = "live";
let failed = 0; // jobs that failed when last looked at by a reader

// The first key that the address has tells the view.
const VIEWS = {
  job: JobView, compare: CompareView, sweep: CompareView, new: FormView,
  jobs: JobsView,
};

function nameOf(params) {
  return Object.keys(VIEWS).find((name) => params.has(name)) || "jobs";
}

// The list stays as it was, with its place, for who comes back.
const kept = {};

function open() {
  if (!hasToken()) return;
  const name = nameOf(address());
  const group = name === "sweep" ? "compare" : name;
  view?.close();
  view = name === "jobs" ? kept.jobs ??= new JobsView() : new VIEWS[name]();
  if (viewName !== name) window.scrollTo(0, 0);
  viewName = name;
  main.replaceChildren(view.element);
  for (const one of document.querySelectorAll("nav a")) {
    if (one.dataset.view === group) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  Promise.resolve(view.open()).catch((trouble) => {
    main.replaceChildren(make("h1", { class: "empty" }, trouble.message));
  });
  summarise();
}

// ---- what the top of the page says -----------------------------------------

function summarise() {
  const jobs = allJobs();
  const count = (state) => jobs.filter((job) => job.state === state).length;
  const running = count("running");
  const bad = count("failed") + count("diverged");
  element("summary").textContent = `${running} running, ${count("queued")} queued`;
  const own = view?.title();
  document.title = (link === "lost" ? "⚠ " : running ? `▶ ${running} · ` : "") +
    (own ? own + " · " : "") + "followd";
  if (document.hidden === false) failed = bad;
  const icon = link === "lost" ? "lost" : bad > failed ? "failed"
    : running ? "running" : "idle";
  const href = `icon-${icon}.svg`;
  if (element("icon").getAttribute("href") !== href)
    element("icon").setAttribute("href", href);
}

function showLink(state) {
  link = state;
  element("link").textContent = state === "lost"
    ? "no link to the daemon, trying again" : "live";
  element("link").className = state;
  document.documentElement.classList.toggle("stale", state === "lost");
  summarise();
}

// ---- the token ---------------------------------------------------------------

function askForToken(reason) {
  live.stop();
  if (hasToken()) element("refused").textContent = reason;
  setToken("");
  element("login").hidden = false;
  main.hidden = true;
  element("token").focus();
}

function begin() {
  element("login").hidden = true;
  main.hidden = false;
  live.start();
  open();
}

element("login").addEventListener("submit", (event) => {
  event.preventDefault();
  setToken(element("token").value.trim());
  element("token").value = "";
  begin();
});

// ---- start ---------------------------------------------------------------

onRefused(askForToken);
onJobs(({ link: state }) => {
  if (state) showLink(state);
  else summarise();
});
window.addEventListener("hashchange", open);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  live.retry();
  summarise();
});
window.addEventListener("online", () => live.retry());
element("theme").value = theme();
element("theme").addEventListener("change", (event) =>
  setTheme(event.target.value));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
applyTheme();
installKeys();
if (hasToken()) begin();
else askForToken("");
