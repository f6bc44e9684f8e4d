// What the page knows, when it asks, and what its buttons do.

import { ask, listen, query, Refused, setToken } from "./api.js";
import { colour, Lines } from "./charts.js";
import { el, latency, loading, percent, span } from "./dom.js";
import * as views from "./views.js";

const SLOW_MILLIS = 10_000;
const SETTLE_MILLIS = 250;
const MOST_LINES = 8;
const RANGES = { "1 h": 60, "6 h": 360, "24 h": 1440 };

const at = (id) => document.getElementById(id);
const data = { status: null, states: {}, features: {}, dependencies: { services: {} }, metrics: { services: {} }, history: { services: {} }, events: [], at: 0 };
const charts = {};
let range = null;
let latencyOf = null;
let probes = { name: null, history: null };

// ---- theme

const THEMES = ["auto", "light", "dark"];
const system = matchMedia("(prefers-color-scheme: dark)");

function paintTheme() {
  const chosen = localStorage.getItem("resilience-theme") ?? "auto";
  document.documentElement.dataset.theme = chosen === "auto" ? (system.matches ? "dark" : "light") : chosen;
  at("theme").textContent = chosen[0].toUpperCase() + chosen.slice(1);
  at("theme").setAttribute("aria-label", `Colour theme: ${chosen === "auto" ? "as the system" : chosen}`);
  for (const key of Object.keys(charts)) dropChart(key);
  if (data.status) render();
}

at("theme").addEventListener("click", () => {
  const chosen = localStorage.getItem("resilience-theme") ?? "auto";
  localStorage.setItem("resilience-theme", THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length]);
  paintTheme();
});
system.addEventListener("change", paintTheme);

// ---- asking

let refusal = null;

async function guarded(work) {
  try {
    await work();
    refusal = null;
    return true;
  } catch (failure) {
    if (failure instanceof Refused && failure.status === 401) {
      await signIn();
      return guarded(work);
    }
    refusal = failure;
    return false;
  }
}

/** Null where this agent has no such thing. */
async function optional(path) {
  try {
    return await ask(path);
  } catch (failure) {
    if (failure instanceof Refused && failure.status === 404) return null;
    throw failure;
  }
}

async function askNow() {
  const [status, states, features, dependencies, events] = await Promise.all([
    ask("api/health/status"),
    ask("api/resilience/states"),
    ask("api/resilience/features"),
    ask("api/resilience/dependencies"),
    ask("api/resilience/events?limit=200"),
  ]);
  Object.assign(data, { status, states, features, dependencies, events: events.events, at: Date.now() });
}

async function askSlow() {
  const [metrics, history, queue, reviews, roster] = await Promise.all([
    ask("api/metrics/resilience"),
    ask(query("api/metrics/history", { minutes: range ?? 1440 })),
    optional("api/resilience/queue"),
    optional("api/resilience/reviews"),
    optional("api/resilience/instances"),
  ]);
  Object.assign(data, { metrics, history, queue, reviews, roster });
  if (range === null) {
    range = bestRange();
    if (range !== 1440) data.history = await ask(query("api/metrics/history", { minutes: range }));
  }
  if (page()) probes = { name: page(), history: await ask(query("api/health/history", { service: page(), minutes: 60 })) };
}

/** A day, unless there is so little to show that it would be a line at the edge. */
function bestRange() {
  const first = Math.min(...Object.values(data.history.services).flatMap((points) => points.slice(0, 1).map((point) => Date.parse(point.timestamp))));
  const minutes = (now() - first) / 60_000;
  return !Number.isFinite(minutes) || minutes < 70 ? 60 : minutes < 400 ? 360 : 1440;
}

async function refreshAll() {
  if (await guarded(async () => {
    await askNow();
    await askSlow();
  })) connection("live");
  else failedToAsk();
  if (data.status) render();
}

let settling = null;

function refreshSoon() {
  clearTimeout(settling);
  settling = setTimeout(async () => {
    if (await guarded(askNow)) render();
  }, SETTLE_MILLIS);
}

function failedToAsk() {
  if (!data.status) {
    at("headline").textContent = refusal instanceof Refused ? `The agent refused: ${refusal.message}.` : "The agent does not answer.";
  }
}

// ---- the line

let lostSince = null;

function connection(how) {
  const line = at("line");
  line.dataset.line = how;
  line.textContent = { live: "live", lost: "connection lost", wait: "connecting" }[how];
  if (how === "lost") {
    lostSince ??= new Date();
    at("lost").hidden = false;
    at("lost").textContent = `Connection lost. What you see is from ${(data.at ? new Date(data.at) : lostSince).toLocaleTimeString()}; trying again.`;
  } else {
    lostSince = null;
    at("lost").hidden = true;
  }
}

// ---- drawing

function page() {
  const match = /^#\/circuit\/(.+)$/.exec(location.hash);
  return match ? decodeURIComponent(match[1]) : null;
}

function render() {
  const { status } = data;
  at("application").textContent = status.application;
  at("instance").textContent = status.instance;
  at("health").textContent = status.status;
  at("health").dataset.health = status.status;
  at("mode").hidden = false;
  at("mode").textContent = status.mode;
  at("mode").classList.toggle("warn", status.mode === "degraded");
  document.title = `${status.status === "healthy" ? "" : `${status.open_circuits.length + status.half_open_circuits.length} ✕ `}${status.application} – resilience`;
  const name = page();
  at("overview").hidden = name !== null;
  at("circuit").hidden = name === null;
  if (name === null) overview();
  else circuit(name);
}

function overview() {
  const text = views.headline(data);
  if (at("headline").textContent !== text) at("headline").textContent = text;
  views.notices(at("notices"), data);
  views.incidents(at("incidents"), data, actions);
  views.circuits(at("circuits"), data);
  views.services(at("services"), data, at("filter").value);
  views.slos(at("slos"), data);
  views.tree(at("tree"), data);
  views.alerts(at("alerts"), data.metrics);
  views.entries(at("queue"), data.queue, "Nothing waits.", "accepted", [["Retry", actions.retry], ["Drop", actions.drop, true]]);
  views.entries(at("reviews"), data.reviews, "Nothing is flagged for a person.", "flagged", [["Resolve", actions.resolve], ["Requeue", actions.requeue], ["Drop", actions.dropReview, true]]);
  views.events(at("events"), data.events.slice(0, 100));
  views.fleet(at("fleet"), data);
  ranges();
  successChart("success", at("success"), busiest());
  const names = Object.keys(data.status.services).filter((name) => data.history.services[name]);
  latencyOf = names.includes(latencyOf) ? latencyOf : busiest()[0] ?? names[0] ?? null;
  pick(names);
  latencyChart("latency", at("latency"), latencyOf);
}

function circuit(name) {
  const history = probes.name === name ? probes.history : null;
  views.circuit(at("circuit"), data, name, history, actions);
  if (!data.status.services[name]) return;
  if (at("circuit-events")) views.events(at("circuit-events"), data.events.filter((each) => each.service === name).slice(0, 50));
  if (at("circuit-success")) successChart(`success of ${name}`, at("circuit-success"), [name]);
  if (at("circuit-latency")) latencyChart(`latency of ${name}`, at("circuit-latency"), name);
}

/** The services whose lines are worth the room: those in trouble, then those most called. */
function busiest() {
  const metrics = data.metrics.services;
  return views
    .ranked(data.status.services)
    .filter(([name]) => data.history.services[name]?.length)
    .sort(([one, first], [other, second]) => Number(second.state !== "CLOSED") - Number(first.state !== "CLOSED") || (metrics[other]?.requests ?? 0) - (metrics[one]?.requests ?? 0))
    .slice(0, MOST_LINES)
    .map(([name]) => name);
}

function points(name, key) {
  return (data.history.services[name] ?? []).map((point) => [Math.floor(Date.parse(point.timestamp) / 1000), point.requests ? point[key] : null]);
}

function dropChart(key) {
  charts[key]?.close();
  delete charts[key];
}

function chart(key, place, label) {
  if (charts[key] && charts[key].place !== place || charts[key] && !place.contains(charts[key].canvas)) dropChart(key);
  charts[key] ??= new Lines(place, label);
  return charts[key];
}

/** On the agent's clock: this computer's may differ. */
function now() {
  return Date.parse(data.status.timestamp) + (Date.now() - data.at);
}

function timeAxis() {
  const to = Math.floor(now() / 1000);
  const minutes = range ?? 1440;
  return { from: to - minutes * 60, to, gap: minutes > 120 ? 1500 : 190 };
}

function nothing(key, place) {
  dropChart(key);
  place.replaceChildren(el("p", { class: "empty" }, "No calls in this time."));
}

function successChart(key, place, names) {
  if (!names.some((name) => data.history.services[name]?.length)) return nothing(key, place);
  const sorted = [...names].sort();
  chart(key, place, "Success rate per service, percent of calls made that were answered well").update({
    ...timeAxis(),
    series: sorted.map((name, index) => ({ name, colour: colour(index), points: points(name, "success_rate") })),
    format: (value) => percent(value),
    range: (values) => {
      const least = Math.min(100, ...values);
      return [Math.max(0, least > 99 ? 99 : least > 90 ? 90 : Math.floor(least / 10) * 10), least > 99 ? 100.05 : 101];
    },
  });
}

function latencyChart(key, place, name) {
  if (!name || !data.history.services[name]?.length) return nothing(key, place);
  chart(key, place, `Latency of ${name}`).update({
    ...timeAxis(),
    series: [
      { name: "p50", colour: colour(1), points: points(name, "p50_ms") },
      { name: "p95", colour: colour(0), points: points(name, "p95_ms") },
      { name: "p99", colour: colour(2), points: points(name, "p99_ms") },
    ],
    format: latency,
    axis: (value) => (value >= 10_000 ? `${value / 1000} s` : `${Number(value.toFixed(2))} ms`),
    range: (values) => [0, Math.max(1, ...values) * 1.1],
  });
}

function ranges() {
  const place = at("ranges");
  if (place.dataset.range === String(range)) return;
  place.dataset.range = String(range);
  place.replaceChildren(
    ...Object.entries(RANGES).map(([label, minutes]) =>
      el("button", {
        type: "button",
        "aria-pressed": String(minutes === range),
        onclick: async () => {
          range = minutes;
          await refreshAll();
          [...place.children].find((each) => each.textContent === label)?.focus();
        },
      }, label),
    ),
  );
}

function pick(names) {
  const select = at("latency-of");
  if (select.dataset.names !== names.join("\n")) {
    select.dataset.names = names.join("\n");
    select.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
  }
  select.value = latencyOf ?? "";
  select.hidden = names.length === 0;
}

at("latency-of").addEventListener("change", (event) => {
  latencyOf = event.target.value;
  render();
});
at("filter").addEventListener("input", () => data.status && views.services(at("services"), data, at("filter").value));

// ---- doing

let toastTimer = null;

function toast(text) {
  at("toast").textContent = text;
  at("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (at("toast").hidden = true), 6_000);
}

async function post(path, done) {
  const ok = await guarded(() => ask(path, "POST"));
  toast(ok ? done : `Not done: ${refusal.message}`);
  await refreshAll();
}

/** Asks the person. fields: [{ name, label, options?, type? }]; resolves to their values, or null. */
function form(title, text, fields, action, danger) {
  const dialog = at("dialog");
  const inputs = fields.map((field) => {
    const id = `field-${field.name}`;
    const input = field.options
      ? el("select", { id, name: field.name }, ...field.options.map(([value, label]) => el("option", { value }, label)))
      : el("input", { id, name: field.name, type: field.type ?? "text", placeholder: field.placeholder, autocomplete: "off", required: field.required });
    if (field.value !== undefined) input.value = field.value;
    return [el("label", { for: id }, field.label), input];
  });
  at("dialog-form").replaceChildren(
    el("h2", { id: "dialog-title" }, title),
    ...(text ? [el("p", { class: "quiet" }, text)] : []),
    ...inputs.flat(),
    el("div", { class: "actions" }, el("button", { type: "submit", value: "cancel", formnovalidate: true }, "Cancel"), el("button", { type: "submit", value: "do", class: danger ? "danger" : "primary" }, action)),
  );
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "do" ? Object.fromEntries(new FormData(at("dialog-form"))) : null);
    }, { once: true });
  });
}

// Enter in a field means the action, not the first button of the form.
at("dialog-form").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.tagName === "INPUT") {
    event.preventDefault();
    at("dialog-form").querySelector('button[value="do"]').click();
  }
});

const actions = {
  async reset(name) {
    if (await form(`Reset ${name}?`, "The circuit is closed for the whole fleet and its counts begin anew.", [], "Reset")) {
      await post(query("api/resilience/reset", { service: name }), `${name} was reset.`);
    }
  },
  async mode(name) {
    const now = data.states[name]?.breaker_mode ?? "enforce";
    const values = await form(`Mode of ${name}`, "For the whole fleet, until changed or until the time given.", [
      {
        name: "mode",
        label: "Mode",
        value: now,
        options: [
          ["enforce", "enforce: count, open, reject"],
          ["monitor", "monitor: decide and show, let every call through"],
          ["disabled", "disabled: neither count nor reject"],
          ["forced_open", "forced open: hold it open"],
          ["forced_closed", "forced closed: hold it closed"],
          ["auto", "auto: as the file says"],
        ],
      },
      { name: "for", label: "For how long", placeholder: "such as 30m or 2h; empty: until changed" },
      { name: "reason", label: "Why", placeholder: "shown to everybody" },
    ], "Set the mode");
    if (values) await post(query("api/resilience/mode", { service: name, ...values }), `${name} is in mode ${values.mode}.`);
  },
  async clearCache(name) {
    if (await form(`Clear the cache of ${name}?`, "Answers kept for stale_cache are forgotten for the whole fleet: while the circuit is open, they are missing.", [], "Clear", true)) {
      await post(query("api/resilience/cache/clear", { service: name }), `The answers of ${name} were forgotten.`);
    }
  },
  retry: (id) => post(query("api/resilience/queue/retry", { id }), "It is made again now."),
  async drop(id) {
    if (await form("Drop this call?", "It is never made.", [], "Drop", true)) await post(query("api/resilience/queue/drop", { id }), "Dropped.");
  },
  async resolve(id) {
    const values = await form("Resolve this review", "A person took care of it.", [{ name: "note", label: "Note" }], "Resolve");
    if (values) await post(query("api/resilience/reviews/resolve", { id, ...values }), "Resolved.");
  },
  requeue: (id) => post(query("api/resilience/reviews/requeue", { id }), "It waits to be made again."),
  async dropReview(id) {
    if (await form("Drop this call?", "It is never made.", [], "Drop", true)) await post(query("api/resilience/reviews/drop", { id }), "Dropped.");
  },
};

let signingIn = null;

function signIn() {
  signingIn ??= form("Token", "This agent asks for its token (admin.token). It stays in this tab.", [{ name: "token", label: "Token", type: "password", required: true }], "Open").then((values) => {
    signingIn = null;
    if (values?.token) setToken(values.token.trim());
  });
  return signingIn;
}

// ---- beginning

for (const place of ["circuits", "success", "services", "latency", "slos", "tree", "alerts", "queue", "reviews", "events", "fleet"]) loading(at(place));
paintTheme();
addEventListener("hashchange", async () => {
  for (const key of Object.keys(charts)) if (key.includes(" of ")) dropChart(key);
  if (!data.status) return;
  render();
  at("main").focus({ preventScroll: true });
  scrollTo(0, 0);
  await refreshAll();
});
addEventListener("resize", () => data.status && page() === null && views.tree(at("tree"), data));

setInterval(() => {
  for (const each of document.querySelectorAll("[data-tick]")) {
    const { tick, service } = each.dataset;
    each.textContent = tick === "since" ? span(views.since(data, service)) : `in ${span(views.retryIn(data, service))}`;
  }
}, 1_000);
setInterval(() => {
  if (!document.hidden && at("line").dataset.line === "live") refreshAll();
}, SLOW_MILLIS);
document.addEventListener("visibilitychange", () => !document.hidden && refreshAll());

await refreshAll();
listen({
  open: () => {
    connection("live");
    refreshAll();
  },
  lost: () => connection("lost"),
  unauthorized: signIn,
  message: () => refreshSoon(),
});
