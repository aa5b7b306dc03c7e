// field.js - one key of a description as an input, made of its schema. Empty
// means what the preset has, which stands in it in grey. Where a number belongs
// several of them, 1, 2 or 1..5, are an axis of a sweep.

import { button, make } from "./dom.js";
import { ask } from "./session.js";
import { value as said } from "./words.js";

const MOST = 500; // values, as many as a sweep may have jobs

function textOf(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

// What was typed, as JSON has it; what cannot be read goes to the daemon as it
// is, which says what is wrong with it.
function read(schema, text) {
  const types = [schema.type].flat();
  if (types.includes("string") && text !== "null") return text;
  if (schema.enum?.includes(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isNumber(schema) {
  const types = [schema.type].flat();
  return types.includes("number") || types.includes("integer");
}

// The values that a text such as "1, 2" or "1..5" stands for, or null.
export function spread(text) {
  const range = /^(-?\d+)\s*\.\.\s*(-?\d+)$/.exec(text);
  if (range) {
    const [from, to] = range.slice(1).map(Number);
    return Array.from({ length: Math.min(Math.max(to - from + 1, 0), MOST) },
      (_, i) => from + i);
  }
  if (!text.includes(",")) return null;
  return text.split(",").map((one) => read({ type: "number" }, one.trim()));
}

function rangeOf(schema) {
  const { minimum, maximum } = schema;
  if (minimum === undefined || maximum === undefined) return "";
  return `${said(minimum)} to ${said(maximum)}`;
}

function selectOf(options) {
  return make("select", {}, make("option", { value: "" }),
    options.map((one) => make("option", { value: String(one) },
      String(one))));
}

export class Field {
  // `key`: "learning.eta"; `changed()` is called while it is typed in
  constructor(key, schema, label, changed) {
    this.key = key;
    this.schema = schema;
    const options = schema.type === "boolean" ? [true, false] : schema.enum;
    this.input = options ? selectOf(options) : make("input", {
      type: "text", spellcheck: "false", autocomplete: "off" });
    this.input.id = "field-" + key.replaceAll(".", "-");
    this.input.addEventListener("input", changed);
    this.trouble = make("p", { class: "bad", id: this.input.id + "-trouble" });
    this.input.setAttribute("aria-describedby", this.trouble.id);
    const unit = schema["x-unit"] ? make("span", { class: "unit" },
      schema["x-unit"]) : null;
    this.element = make("div", { class: "field" },
      make("label", { for: this.input.id, title: schema.description },
        label),
      make("div", {}, this.input, unit,
        schema["x-refers"] === "array" ? this.uploader() : null),
      make("p", { class: "soft" }, schema.description || "", " ",
        make("span", { class: "range" }, rangeOf(schema))),
      this.trouble);
  }

  // A file of the reader's own, which the daemon calls by its SHA-256.
  uploader() {
    const file = make("input", { type: "file", accept: ".npz", hidden: true,
      "aria-label": this.key + " as a file", onchange: () => this.upload(file) });
    return [button("npz …", () => file.click(), { class: "small",
      "aria-label": "upload a file for " + this.key }), file];
  }

  async upload(file) {
    try {
      const { sha256 } = await ask("arrays", { method: "POST",
        body: file.files[0] });
      this.set(sha256);
      this.input.dispatchEvent(new Event("input"));
    } catch (problem) {
      this.fault(problem.message);
    }
    file.value = "";
  }

  // What is there when nothing is typed.
  setDefault(value) {
    this.usual = value;
    const text = value === undefined ? "" : textOf(value);
    if (this.input.tagName === "SELECT")
      this.input.options[0].textContent = text;
    else this.input.placeholder = text;
  }

  set(value) {
    this.input.value = value === undefined ? "" : textOf(value);
    this.mark();
  }

  // Several values: an axis of a sweep; else null.
  axis() {
    return isNumber(this.schema) ? spread(this.input.value.trim()) : null;
  }

  // Undefined: as the preset has it.
  value() {
    const text = this.input.value.trim();
    return text === "" ? undefined : read(this.schema, text);
  }

  mark() {
    this.element.classList.toggle("changed", this.input.value.trim() !== "");
  }

  fault(text) {
    this.trouble.textContent = text || "";
    this.input.setAttribute("aria-invalid", text ? "true" : "false");
  }

  matches(text) {
    return (this.key + " " + this.schema.description).toLowerCase()
      .includes(text.toLowerCase());
  }
}
