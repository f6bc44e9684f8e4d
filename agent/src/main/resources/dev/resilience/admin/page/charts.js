// Lines over time by uPlot, and the pie of states.

import { el, LABELS, count } from "./dom.js";

const LIGHT = ["#2753d8", "#0b7f61", "#b4500f", "#8a35d6", "#c2185b", "#00749e", "#657300", "#7b5739"];
const DARK = ["#8aa9ff", "#5fd6b3", "#ffa566", "#cfa0ff", "#ff8bb8", "#6cc9f2", "#c9d65c", "#d8b48f"];

function dark() {
  return document.documentElement.dataset.theme === "dark";
}

export function colour(index) {
  const palette = dark() ? DARK : LIGHT;
  return palette[index % palette.length];
}

function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The pie of states. @param counts by state */
export function pie(counts) {
  const total = Object.values(counts).reduce((sum, each) => sum + each, 0);
  const order = ["CLOSED", "HALF_OPEN", "OPEN"];
  const radius = 42;
  const around = 2 * Math.PI * radius;
  const rings = [el("circle", { class: "ring base", cx: 60, cy: 60, r: radius })];
  let before = 0;
  for (const name of order) {
    const share = total ? (counts[name] ?? 0) / total : 0;
    if (share > 0) {
      const gap = share < 1 ? 1.5 : 0;
      rings.push(
        el("circle", {
          class: `ring ${name}`,
          cx: 60,
          cy: 60,
          r: radius,
          "stroke-dasharray": `${Math.max(0.5, share * around - gap)} ${around}`,
          "stroke-dashoffset": -before * around,
          transform: "rotate(-90 60 60)",
        }),
      );
    }
    before += share;
  }
  const told = order.map((name) => `${counts[name] ?? 0} ${LABELS[name].toLowerCase()}`).join(", ");
  return el(
    "div",
    { class: "donut" },
    el(
      "svg",
      { viewBox: "0 0 120 120", role: "img", "aria-label": `${total} circuits: ${told}` },
      ...rings,
      el("text", { class: "big", x: 60, y: 64 }, count(total)),
      el("text", { class: "unit", x: 60, y: 77 }, total === 1 ? "circuit" : "circuits"),
    ),
  );
}

/**
 * A chart of lines that keeps its element: update(data) draws anew.
 * data: { from, to (Unix seconds), series: [{ name, points: [[seconds, value|null]], colour }], format, least, most, gap }
 */
export class Lines {
  constructor(place, label) {
    this.place = place;
    this.label = label;
    this.hidden = new Set();
    this.canvas = el("div", { class: "chart", role: "img", "aria-label": label });
    this.tip = el("div", { class: "tip", "aria-hidden": "true" });
    this.keys = el("ul", { class: "keys", "aria-label": "Series" });
    place.replaceChildren(this.canvas, this.tip, this.keys);
    this.watcher = new ResizeObserver(() => {
      const width = Math.floor(this.canvas.clientWidth);
      if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.height() });
    });
    this.watcher.observe(this.canvas);
  }

  height() {
    return this.canvas.clientWidth < 480 ? 200 : 250;
  }

  close() {
    this.watcher.disconnect();
    this.plot?.destroy();
  }

  update(data) {
    this.data = data;
    const times = [...new Set(data.series.flatMap((each) => each.points.map((point) => point[0])))].sort((a, b) => a - b);
    const columns = data.series.map((each) => {
      const known = new Map(each.points);
      return times.map((time) => known.get(time) ?? null);
    });
    const signature = JSON.stringify([data.series.map((each) => [each.name, each.colour]), [...this.hidden], data.gap]);
    if (this.plot && this.signature === signature) {
      this.plot.setData([times, ...columns], false);
      this.plot.setScale("x", { min: data.from, max: data.to });
      this.rescale();
    } else {
      this.signature = signature;
      this.make(times, columns);
    }
    const last = data.series.map((each) => {
      const value = each.points.at(-1)?.[1];
      return value === undefined || value === null ? `${each.name} no calls` : `${each.name} ${data.format(value)}`;
    });
    this.canvas.setAttribute("aria-label", `${this.label}. Latest: ${last.slice(0, 12).join(", ")}`);
  }

  range() {
    const values = this.data.series
      .filter((each) => !this.hidden.has(each.name))
      .flatMap((each) => each.points.map((point) => point[1]))
      .filter((value) => value !== null);
    return this.data.range(values);
  }

  rescale() {
    const [min, max] = this.range();
    this.plot.setScale("y", { min, max });
  }

  make(times, columns) {
    this.plot?.destroy();
    const { data } = this;
    const axis = {
      stroke: ink("--quiet"),
      grid: { stroke: ink("--line"), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, "Liberation Sans", sans-serif',
    };
    const lone = times.length < 40;
    this.plot = new uPlot(
      {
        width: Math.max(200, Math.floor(this.canvas.clientWidth)),
        height: this.height(),
        padding: [10, 34, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { size: 7 } },
        scales: { x: { time: true, range: () => [this.data.from, this.data.to] }, y: { range: () => this.range() } },
        axes: [
          { ...axis, size: 32, space: 70, values: (plot, splits, index, space, step) => splits.map((at) => tick(at, step)) },
          { ...axis, size: 62, values: (plot, splits) => splits.map((value) => (data.axis ?? data.format)(value)) },
        ],
        series: [
          {},
          ...data.series.map((each) => ({
            label: each.name,
            stroke: each.colour,
            width: 2,
            dash: each.dash,
            show: !this.hidden.has(each.name),
            spanGaps: false,
            gaps: (plot, index, from, to) => this.gaps(plot, index, from, to),
            points: { show: lone, size: 5, fill: each.colour },
          })),
        ],
        hooks: { setCursor: [(plot) => this.point(plot)] },
      },
      [times, ...columns],
      this.canvas,
    );
    this.keys.replaceChildren(
      ...data.series.map((each) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", "aria-pressed": String(!this.hidden.has(each.name)), data: { focus: each.name }, onclick: () => this.toggle(each.name) },
            swatch(each.colour),
            each.name,
          ),
        ),
      ),
    );
  }

  /** No calls for a while is a hole in the line, not a slope. */
  gaps(plot, index, from, to) {
    const holes = [];
    const xs = plot.data[0];
    const ys = plot.data[index];
    let last = null;
    for (let i = from; i <= to; i++) {
      if (ys[i] === null || ys[i] === undefined) continue;
      if (last !== null && xs[i] - xs[last] > this.data.gap) {
        holes.push([plot.valToPos(xs[last], "x", true), plot.valToPos(xs[i], "x", true)]);
      }
      last = i;
    }
    return holes;
  }

  toggle(name) {
    if (!this.hidden.delete(name)) this.hidden.add(name);
    this.update(this.data);
    this.keys.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus();
  }

  point(plot) {
    const index = plot.cursor.idx;
    if (index === null || index === undefined) {
      this.tip.textContent = "";
      return;
    }
    const when = tick(plot.data[0][index], 60);
    const values = this.data.series
      .map((each, at) => [each.name, plot.data[at + 1][index]])
      .filter(([name, value]) => value !== null && value !== undefined && !this.hidden.has(name))
      .map(([name, value]) => `${name} ${this.data.format(value)}`);
    this.tip.textContent = values.length ? `${when}  ${values.slice(0, 8).join("   ")}` : "";
  }
}

function swatch(fill) {
  const mark = el("i");
  mark.style.background = fill;
  return mark;
}

function tick(seconds, step) {
  const date = new Date(seconds * 1000);
  return step >= 86_400
    ? date.toLocaleDateString([], { month: "short", day: "numeric" })
    : date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
