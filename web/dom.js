// dom.js - elements, made of what they say. Text is always text: nothing that
// the daemon tells is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((one) => one !== null));
  return element;
}

// make("p", { class: "soft", onclick: go }, "text", another)
export function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function makeSvg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

export function button(text, action, attributes = {}) {
  return make("button", { type: "button", onclick: action, ...attributes },
    text);
}

// A button that is on or off; `changed` gets which.
export function toggle(text, on, changed, attributes = {}) {
  const made = button(text, () => {
    const now = made.getAttribute("aria-pressed") !== "true";
    made.setAttribute("aria-pressed", now);
    changed(now);
  }, { "aria-pressed": on ? "true" : "false", ...attributes });
  return made;
}

// A labelled choice of [value, text] pairs; `changed` gets the value.
export function choice(label, options, value, changed) {
  const select = make("select", {
    "aria-label": label, onchange: () => changed(select.value),
  }, options.map(([key, text]) =>
    make("option", { value: key, selected: key === value }, text)));
  return select;
}

// A card of a page: a titled box.
export function card(title, tools, ...children) {
  return make("section", { class: "card", "aria-label": title },
    make("header", {}, make("h2", {}, title),
      make("div", { class: "tools" }, tools)),
    children);
}

// A card that says what it is to those who do not see its picture only.
export function unnamed(title, ...children) {
  return make("section", { class: "card", "aria-label": title },
    make("h2", { class: "hidden" }, title), children);
}

// Calls `action` when nothing has called for `ms`.
export function after(ms, action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), ms);
  };
}
