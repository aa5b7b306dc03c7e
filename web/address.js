// address.js - what the page shows is what its address says behind #, as
// key=value pairs: job=7, compare=7,9, new=vanderPol; else the list of jobs.
// Every view is a link. A token given there is taken out by session.js.

export function address() {
  return new URLSearchParams(location.hash.slice(1));
}

function text(values) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values))
    if (value !== null && value !== undefined)
      params.set(key, value);
  // Readable where nothing forbids it.
  return params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}

export function link(values) {
  return "#" + text(values);
}

// Goes to another view; the browser's way back leads here.
export function go(values) {
  location.hash = text(values);
}

// Changes details of the view that is shown, without a step in the history.
export function put(values) {
  const all = Object.fromEntries(address());
  history.replaceState(null, "",
    location.pathname + location.search + link({ ...all, ...values }));
}

// A list of numbers, such as 7,9.
export function numbers(value) {
  return (value || "").split(",").map(Number)
    .filter((one) => Number.isSafeInteger(one) && one > 0);
}
