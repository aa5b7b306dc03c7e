// field.js - one key of a description as an input, made of its schema. Empty
// means what the preset has, which stands in it in grey.

import { make } from "./dom.js";
import { value as said } from "./words.js";

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
      make("div", {}, this.input, unit),
      make("p", { class: "soft" }, schema.description || "", " ",
        make("span", { class: "range" }, rangeOf(schema))),
      this.trouble);
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
