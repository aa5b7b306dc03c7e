// lineage.js - where a job comes from and what came of it, as a small graph:
// learned, continued, tested.

import { make, makeSvg } from "./dom.js";
import { link } from "./address.js";
import { allJobs, findJob } from "./jobs.js";
import { SIGNS } from "./words.js";

const WIDE = 168;
const HIGH = 44;
const GAP_X = 40;
const GAP_Y = 12;

function kindOf(job) {
  if (!job.parent) return "learn";
  return job.spec.learning.enabled ? "continue" : "test";
}

async function firstOf(job) {
  for (let at = job; ;) {
    if (!at.parent) return at;
    try {
      at = await findJob(at.parent);
    } catch {
      return at; // it has been deleted
    }
  }
}

// Places of all that descend from `job`, each as { job, x, y, from }.
function layOut(job, column, rows, from, nodes) {
  const children = allJobs().filter((one) => one.parent === job.id)
    .sort((a, b) => a.id - b.id);
  const node = { job, x: column, y: rows.next, from };
  nodes.push(node);
  children.forEach((child, i) => {
    if (i) rows.next++;
    layOut(child, column + 1, rows, node, nodes);
  });
  return nodes;
}

function place({ x, y }) {
  return [x * (WIDE + GAP_X) + 1, y * (HIGH + GAP_Y) + 1];
}

function edge(node) {
  const [x0, y0] = place(node.from);
  const [x1, y1] = place(node);
  const [a, b] = [x0 + WIDE, y0 + HIGH / 2];
  const [c, d] = [x1, y1 + HIGH / 2];
  return makeSvg("path", { class: "edge",
    d: `M${a} ${b}C${a + 20} ${b} ${c - 20} ${d} ${c} ${d}` });
}

function box(node, here) {
  const { job } = node;
  const [x, y] = place(node);
  const name = job.name || job.spec.preset;
  return makeSvg("a", { href: link({ job: job.id }),
    class: "node" + (job.id === here ? " here" : "") },
    makeSvg("title", {}, `job ${job.id}, ${name}, ${job.state}`),
    makeSvg("rect", { x, y, width: WIDE, height: HIGH, rx: 4 }),
    makeSvg("text", { x: x + 10, y: y + 18 }, `${job.id} ` +
      (name.length > 19 ? name.slice(0, 18) + "…" : name)),
    makeSvg("text", { x: x + 10, y: y + 34, class: "small" },
      `${kindOf(job)} ${job.spec.schedule.duration} s  ${SIGNS[job.state]}`));
}

export async function lineage(job) {
  const nodes = layOut(await firstOf(job), 0, { next: 0 }, null, []);
  if (nodes.length < 2)
    return make("p", { class: "soft note" },
      "It began anew, and nothing goes on from it.");
  const width = Math.max(...nodes.map((one) => place(one)[0])) + WIDE + 2;
  const height = Math.max(...nodes.map((one) => place(one)[1])) + HIGH + 2;
  return make("div", { class: "wide" }, makeSvg("svg", { class: "lineage",
    width, height, viewBox: `0 0 ${width} ${height}`, role: "group",
    "aria-label": "lineage" },
    nodes.filter((one) => one.from).map(edge),
    nodes.map((one) => box(one, job.id))));
}
