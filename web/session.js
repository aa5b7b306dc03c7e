// session.js - the token, and every request that goes out with it. Paths are
// relative, so that the page works under any prefix.

let token = takeToken();
let refused = () => {};

// What the daemon answered instead: a problem document, or no answer at all.
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || "HTTP " + status);
    this.status = status; // 0: it was not reached
    this.errors = document.errors || [];
  }
}

// A link may carry the token behind #, which browsers never send; it is kept
// for this tab alone and taken out of the address.
function takeToken() {
  const params = new URLSearchParams(location.hash.slice(1));
  const given = params.get("token");
  if (given) {
    sessionStorage.setItem("token", given);
    params.delete("token");
    history.replaceState(null, "", location.pathname + location.search +
      (params.size ? "#" + params : ""));
  }
  return sessionStorage.getItem("token") || "";
}

export function hasToken() {
  return token !== "";
}

export function setToken(value) {
  token = value;
  if (value) sessionStorage.setItem("token", value);
  else sessionStorage.removeItem("token");
}

// `action` is called with a sentence when the token is not taken.
export function onRefused(action) {
  refused = action;
}

async function problemOf(answer) {
  let document = {};
  try {
    document = await answer.json();
  } catch {
    document.detail = "the answer was " + answer.status + " without a reason";
  }
  return new Problem(answer.status, document);
}

// The Response to a request; throws a Problem.
export async function request(path, { method = "GET", body, signal,
  headers = {} } = {}) {
  const all = { Authorization: "Bearer " + token, ...headers };
  const bare = body instanceof Blob; // a file goes as it is
  if (body !== undefined)
    all["Content-Type"] = bare ? "application/octet-stream"
      : "application/json";
  let answer;
  try {
    answer = await fetch("api/v1/" + path, {
      method, signal, headers: all, cache: "no-store",
      body: bare || body === undefined ? body : JSON.stringify(body),
    });
  } catch (trouble) {
    if (signal?.aborted) throw trouble;
    throw new Problem(0, { detail: "the daemon does not answer" });
  }
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  if (answer.status === 401) refused(problem.message);
  throw problem;
}

export async function ask(path, options) {
  const answer = await request(path, options);
  return answer.status === 204 ? null : answer.json();
}

// A query of those values that are there: "?from=1&to=2", or "".
export function query(values) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values))
    if (value !== null && value !== undefined) params.append(key, value);
  return params.size ? "?" + params : "";
}
