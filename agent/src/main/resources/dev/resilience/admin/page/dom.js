// Elements, and figures in words. Data enters the page as text only, never as markup.

export function el(tag, properties = {}, ...children) {
  const element = tag === "svg" || SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.setAttribute("class", value);
    else if (name === "data") for (const [key, each] of Object.entries(value)) element.dataset[key] = each;
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = new Set(["circle", "path", "text", "g", "rect", "line"]);

/** Fills a place, keeping focus and scroll, and only when there is something new to show. */
export function show(place, signature, make) {
  const text = typeof signature === "string" ? signature : JSON.stringify(signature);
  if (place.dataset.shown === text) return;
  place.dataset.shown = text;
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const { scrollTop, scrollLeft } = place;
  place.replaceChildren(...[make()].flat());
  place.scrollTop = scrollTop;
  place.scrollLeft = scrollLeft;
  if (focused) place.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

export function loading(place) {
  place.replaceChildren(el("div", { class: "skeleton" }), el("div", { class: "skeleton" }), el("div", { class: "skeleton" }));
}

export function empty(text) {
  return el("p", { class: "empty" }, text);
}

export function span(millis) {
  if (!Number.isFinite(millis)) return "–";
  const seconds = Math.floor(millis / 1000);
  if (seconds < 1) return `${Math.round(millis)} ms`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} m` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function latency(millis) {
  if (!Number.isFinite(millis)) return "–";
  if (millis >= 10_000) return `${(millis / 1000).toFixed(1)} s`;
  return `${millis < 10 ? millis.toFixed(2) : millis < 100 ? millis.toFixed(1) : Math.round(millis)} ms`;
}

export function percent(value) {
  if (!Number.isFinite(value)) return "–";
  const digits = value >= 99.9 && value < 100 ? 3 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} %`;
}

const whole = new Intl.NumberFormat("en", { notation: "standard" });

export function count(value) {
  return Number.isFinite(value) ? whole.format(value) : "–";
}

export function clock(timestamp) {
  const date = new Date(timestamp);
  if (Number.isNaN(date.getTime())) return "–";
  const today = new Date().toDateString() === date.toDateString();
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return today ? time : `${date.toLocaleDateString([], { month: "short", day: "numeric" })} ${time}`;
}

const SHAPES = {
  CLOSED: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2",
  HALF_OPEN: "M8 2a6 6 0 0 1 0 12V2Zm0 0a6 6 0 0 0 0 12",
  OPEN: "M3 3l10 10M13 3L3 13",
};

export const LABELS = { CLOSED: "Closed", HALF_OPEN: "Half-open", OPEN: "Open" };

/** A state by colour, shape and word. */
export function state(name) {
  return el(
    "span",
    { class: "state", data: { state: name } },
    el(
      "svg",
      { viewBox: "0 0 16 16", "aria-hidden": "true" },
      el("path", {
        d: SHAPES[name] ?? SHAPES.CLOSED,
        fill: name === "OPEN" ? "none" : "currentColor",
        stroke: "currentColor",
        "stroke-width": name === "OPEN" ? 3 : 1,
        "stroke-linecap": "round",
      }),
    ),
    LABELS[name] ?? name,
  );
}
