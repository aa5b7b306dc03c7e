// figure.js - what every picture of the page has around it: a title, its own
// switches, a table for those who do not see it, and ways to save it.

import { button, make, toggle } from "./dom.js";
import { colour } from "./palette.js";
import { saveBlob, saveFrom, saveText } from "./save.js";
import { SvgPen } from "./svg_pen.js";
import { number } from "./words.js";

const TABLE_ROWS = 200; // more would only be slow
const DIGITS = 6; // of a value of it
const SAVED_SCALE = 2; // pixels of a PNG per pixel of the page

// A table { head, rows } as text.
export function csv({ head, rows }) {
  const cell = (value) => value === null || value === undefined ? ""
    : /[",\n]/.test(value) ? '"' + String(value).replaceAll('"', '""') + '"'
      : String(value);
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\n") +
    "\n";
}

function htmlTable(title, { head, rows }) {
  const every = Math.ceil(rows.length / TABLE_ROWS);
  const some = rows.filter((row, i) => i % every === 0);
  const about = every > 1 ? `, every ${every}th of ${rows.length} rows` : "";
  return make("table", { class: "values" },
    make("caption", {}, title + about),
    make("thead", {}, make("tr", {}, head.map((one) =>
      make("th", { scope: "col" }, one)))),
    make("tbody", {}, some.map((row) => make("tr", {}, row.map((one) =>
      make("td", {}, typeof one === "number" ? number(one, DIGITS) : one ?? ""))))));
}

// `source`: { title, name, draw(pen, width, height), table(), size(),
// all: [[text, path]] of files that the daemon has }
export function saveMenu(source) {
  const [width, height] = [() => source.size()[0], () => source.size()[1]];
  const png = () => {
    const canvas = make("canvas", { width: width() * SAVED_SCALE,
      height: height() * SAVED_SCALE });
    const pen = canvas.getContext("2d");
    pen.scale(SAVED_SCALE, SAVED_SCALE);
    pen.fillStyle = colour("card");
    pen.fillRect(0, 0, width(), height());
    source.draw(pen, width(), height());
    canvas.toBlob((blob) => saveBlob(blob, source.name + ".png"));
  };
  const svg = () => {
    const pen = new SvgPen(width(), height(), colour("card"));
    source.draw(pen, width(), height());
    saveText(pen.text(), "image/svg+xml", source.name + ".svg");
  };
  const item = (text, action) => button(text, () => {
    menu.open = false;
    action();
  });
  const menu = make("details", { class: "menu" },
    make("summary", { "aria-label": "save: " + source.title }, "Save"),
    make("div", { class: "sheet" },
      make("small", {}, "what is shown"),
      item("PNG", png), item("SVG", svg),
      item("CSV", () => saveText(csv(source.table()), "text/csv",
        source.name + ".csv")),
      source.all ? make("small", {}, "all of it") : null,
      (source.all || []).map(([text, path]) =>
        item(text, () => saveFrom(path, source.name)))));
  return menu;
}

// A switch for the table of a picture, which is made when it is opened.
function tableSwitch(source, host) {
  return toggle("Values", false, (on) => {
    host.hidden = !on;
    host.replaceChildren(...(on ? [htmlTable(source.title, source.table())]
      : []));
  }, { "aria-label": "values: " + source.title });
}

// `legend` stands beside the title.
export function figure(source, tools, content, legend = null) {
  const table = make("div", { class: "table-sheet", hidden: true,
    tabindex: "0" });
  return make("figure", { class: "figure" },
    make("figcaption", {}, make("h3", {}, source.title), legend,
      make("div", { class: "tools" }, tools, tableSwitch(source, table),
        saveMenu(source))),
    content, table);
}
