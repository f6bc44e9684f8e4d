// The parts of the page, each from the API's answers.

import { clock, count, el, empty, LABELS, latency, percent, show, span, state } from "./dom.js";
import { pie } from "./charts.js";
import { squarify } from "./treemap.js";

const RANK = { OPEN: 0, HALF_OPEN: 1, CLOSED: 2 };

export function link(service) {
  return `#/circuit/${encodeURIComponent(service)}`;
}

/** The worst first, then as in the file. */
export function ranked(services) {
  return Object.entries(services).sort(
    ([, one], [, other]) => (RANK[one.state] ?? 3) - (RANK[other.state] ?? 3) || Number(one.healthy) - Number(other.healthy),
  );
}

function sentence(names) {
  if (names.length === 1) return names[0];
  if (names.length > 4) return `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

export function headline(data) {
  const { status } = data;
  const all = Object.keys(status.services).length;
  if (all === 0) return "No services are configured: nothing is protected.";
  const parts = [];
  const open = status.open_circuits;
  const half = status.half_open_circuits;
  if (open.length) parts.push(`${sentence(open)} ${open.length === 1 ? "is" : "are"} open`);
  if (half.length) parts.push(`${sentence(half)} ${half.length === 1 ? "is" : "are"} being tried again`);
  if (!parts.length) return all === 1 ? "The circuit is closed." : `All ${all} circuits are closed.`;
  const own = new Set([...open, ...half]);
  const hit = ranked(status.services)
    .filter(([name, each]) => !each.healthy && !own.has(name))
    .map(([name]) => name);
  return `${parts.join("; ")}${hit.length ? `, which hits ${sentence(hit)}` : ""}.`;
}

/** Data ages between answers: what counts down is counted from when it came. */
export function retryIn(data, service) {
  const circuit = data.states[service];
  return circuit ? Math.max(0, circuit.retry_after_ms - (Date.now() - data.at)) : 0;
}

export function since(data, service) {
  const circuit = data.states[service];
  return circuit ? circuit.since_ms + (Date.now() - data.at) : NaN;
}

export function facts(data, name) {
  const circuit = data.states[name] ?? {};
  const dependency = data.dependencies.services[name] ?? { impact: [], reasons: [] };
  const feature = data.features[name] ?? { endpoints: {} };
  const answers = Object.entries(feature.endpoints).map(
    ([endpoint, each]) =>
      `${endpoint}: ${each.answered_by === "dependency" ? "what the dependency answers" : each.fallback.length ? each.fallback.map(inWords).join(", else ") : "an error at once"}`,
  );
  const rows = [];
  if (circuit.state && circuit.state !== "CLOSED") {
    rows.push(["Since", [`${clock(data.at - circuit.since_ms)}, for `, el("span", { data: { tick: "since", service: name } }, span(since(data, name)))]]);
    rows.push([
      "Next trial",
      circuit.breaker_mode === "forced_open"
        ? "none while the mode is forced_open"
        : circuit.breaker_mode === "monitor"
        ? "none is needed while the mode is monitor"
        : circuit.state === "OPEN"
        ? el("span", { data: { tick: "retry", service: name } }, `in ${span(retryIn(data, name))}`)
        : `now, ${count(circuit.half_open_quota)} permits left`,
    ]);
    rows.push(["Failed calls", `${count(circuit.failures)}${circuit.last_failure ? `, the last at ${clock(circuit.last_failure * 1000)}` : ""}`]);
  }
  if (circuit.mode_source === "runtime") {
    rows.push(["Mode", `${circuit.breaker_mode}, set by ${circuit.mode_by}${circuit.mode_until ? ` until ${clock(circuit.mode_until)}` : ""}${circuit.mode_reason ? `: ${circuit.mode_reason}` : ""}`]);
  }
  rows.push(["Hits", dependency.impact.length ? dependency.impact.join(", ") : "no other service"]);
  rows.push(["Users get", answers.length ? answers.join("; ") : "nothing is called here"]);
  if (feature.degradation_message) rows.push(["They are told", feature.degradation_message]);
  return el("dl", { class: "facts" }, ...rows.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, ...[value].flat())]));
}

const STRATEGIES = {
  stale_cache: "the last good answer",
  queue: "202, the call is made later",
  manual_review: "202, a person looks at it",
  respond: "a declared answer",
  failover: "another region's answer",
};

function inWords(strategy) {
  return STRATEGIES[strategy] ? `${STRATEGIES[strategy]} (${strategy})` : strategy;
}

/** What else a person should know before looking further. */
export function notices(place, data) {
  const { status, roster } = data;
  const told = [
    status.mode === "degraded" ? "Redis does not answer: each instance decides on its own counts." : null,
    status.gate_failures ? `${count(status.gate_failures)} calls passed unguarded because the agent failed; its log says why.` : null,
    status.config_error ? `The configuration file as it is now is not in force, the one before is: ${status.config_error}` : null,
    roster?.drift ? `Configurations differ: ${roster.drift}` : null,
  ].filter(Boolean);
  show(place, told, () => told.map((each) => el("p", { class: "notice" }, each)));
}

export function incidents(place, data, act) {
  const wrong = ranked(data.status.services).filter(([, each]) => each.state !== "CLOSED");
  const shown = wrong.slice(0, 6);
  const signature = [
    wrong.map(([name]) => name),
    shown.map(([name, each]) => [each.state, data.states[name]?.failures, data.states[name]?.half_open_quota, data.features[name], data.states[name]?.mode]),
  ];
  show(place, signature, () => [
    ...shown.map(([name, each]) =>
      el(
        "article",
        { class: "incident", data: { state: each.state } },
        el("header", {}, el("h2", {}, el("a", { href: link(name), data: { focus: `incident-${name}` } }, name)), state(each.state)),
        facts(data, name),
        el(
          "div",
          { class: "actions" },
          el("button", { type: "button", "aria-label": `Reset ${name}`, data: { focus: `reset-${name}` }, onclick: () => act.reset(name) }, "Reset"),
          el("button", { type: "button", "aria-label": `Mode of ${name}`, data: { focus: `mode-${name}` }, onclick: () => act.mode(name) }, "Mode…"),
          el("button", { type: "button", "aria-label": `Clear the cache of ${name}`, data: { focus: `cache-${name}` }, onclick: () => act.clearCache(name) }, "Clear cache"),
        ),
      ),
    ),
    wrong.length > shown.length ? el("p", { class: "empty" }, `and ${wrong.length - shown.length} more, see Services`) : null,
  ].filter(Boolean));
}

export function circuits(place, data) {
  const counts = { CLOSED: 0, HALF_OPEN: 0, OPEN: 0 };
  for (const each of Object.values(data.status.services)) counts[each.state] = (counts[each.state] ?? 0) + 1;
  show(place, counts, () => {
    const donut = pie(counts);
    donut.append(
      el("ul", { class: "legend" }, ...Object.keys(counts).map((name) => el("li", {}, el("b", {}, count(counts[name])), state(name)))),
    );
    return donut;
  });
}

export function services(place, data, filter) {
  const wanted = filter.trim().toLowerCase();
  const rows = ranked(data.status.services).filter(([name]) => name.toLowerCase().includes(wanted));
  const metrics = data.metrics?.services ?? {};
  const signature = rows.map(([name, each]) => [
    name, each.state, each.healthy, each.reasons, each.probe?.status, metrics[name]?.requests, metrics[name]?.p99_latency_ms, metrics[name]?.slos_met, data.states[name],
  ]);
  show(place, signature, () => {
    if (!rows.length) return empty(wanted ? "No service has such a name." : "No services are configured.");
    return el(
      "table",
      { class: "cards-when-narrow" },
      el("caption", { class: "visually-hidden" }, "Services, the worst first"),
      el("thead", {}, el("tr", {}, ...["Service", "State", "Since"].map(head), ...["Calls, 24 h", "Success", "p99"].map(numeric), ...["Objectives", "Probe", "Mode", "Why not healthy"].map(head))),
      el(
        "tbody",
        {},
        ...rows.map(([name, each]) => {
          const figures = metrics[name] ?? {};
          const circuit = data.states[name] ?? {};
          const met = figures.slos_met;
          return el(
            "tr",
            {},
            el("td", {}, el("a", { href: link(name), data: { focus: `service-${name}` } }, name)),
            el("td", {}, state(each.state)),
            el("td", { data: { label: "since", tick: "since", service: name } }, span(since(data, name))),
            el("td", { class: "num", data: { label: "calls" } }, count(figures.requests)),
            el("td", { class: `num${figures.requests && figures.success_rate < 99 ? " bad" : ""}`, data: { label: "success" } }, figures.requests ? percent(figures.success_rate) : "–"),
            el("td", { class: "num", data: { label: "p99" } }, figures.requests ? latency(figures.p99_latency_ms) : "–"),
            el("td", { class: met === false ? "bad" : "", data: { label: "objectives" } }, met === undefined ? "–" : met ? "met" : "missed"),
            el("td", { class: each.probe?.status === "down" ? "bad" : "", data: { label: "probe" } }, each.probe?.status ?? "–"),
            el("td", { class: circuit.mode_source === "runtime" ? "warnish" : "", data: { label: "mode" } }, circuit.breaker_mode ?? "–"),
            el("td", { class: each.reasons.length ? "wide" : "wide none" }, each.reasons.join("; ") || "–"),
          );
        }),
      ),
    );
  });
}

function head(text) {
  return el("th", { scope: "col" }, text);
}

function numeric(text) {
  return el("th", { scope: "col", class: "num" }, text);
}

const GOALS = {
  availability: ["Availability", (value) => percent(value)],
  latency_p99_ms: ["p99 latency", (value) => latency(value)],
  recovery_time_ms: ["Recovery", (value) => span(value)],
};

export function objective(figures) {
  return Object.entries(GOALS).map(([key, [name, format]]) => {
    const goal = figures.slos[key];
    if (!goal) return null;
    // Full at the goal and beyond; what is missed shows how far it is off.
    const value =
      goal.actual === null ? 0 : key === "availability" ? goal.ratio : goal.met ? 1 : Math.max(0.04, Math.min(1, goal.target / goal.actual));
    const actual = goal.actual === null ? "no data" : format(goal.actual);
    return el(
      "div",
      { class: "bar", data: { status: goal.status ?? (goal.met ? "met" : "missed") } },
      el("span", { class: "quiet" }, name),
      el("progress", { max: 1, value, "aria-label": `${name}: ${actual} of ${format(goal.target)}` }),
      el("span", { class: goal.actual === null ? "quiet" : goal.met ? "" : "bad" }, `${actual} / ${format(goal.target)}`),
    );
  });
}

function budget(figures) {
  const left = figures.error_budget;
  if (!left || !left.calls) return null;
  return el(
    "div",
    { class: "bar", data: { status: left.remaining <= 0 ? "critical" : left.remaining < 0.25 ? "missed" : "met" } },
    el("span", { class: "quiet" }, "Budget left"),
    el("progress", { max: 1, value: Math.max(0, left.remaining), "aria-label": `Error budget left: ${percent(left.remaining * 100)}` }),
    el("span", { class: left.remaining <= 0 ? "bad" : "" }, left.remaining < 0 ? "used up" : percent(left.remaining * 100)),
  );
}

export function slos(place, data) {
  const all = Object.entries(data.metrics.services).filter(([, each]) => each.slos && each.requests);
  const rows = all.sort(([, one], [, other]) => Number(one.slos_met) - Number(other.slos_met) || (one.error_budget?.remaining ?? 1) - (other.error_budget?.remaining ?? 1));
  show(place, rows.map(([name, each]) => [name, each.slos, each.error_budget]), () => {
    if (!rows.length) return empty("No calls yet: nothing to judge.");
    return rows.slice(0, 20).map(([name, each]) =>
      el("div", { class: "slo" }, el("div", { class: "name" }, el("a", { href: link(name), data: { focus: `slo-${name}` } }, name), el("span", { class: each.slos_met ? "good" : "bad" }, each.slos_met ? "met" : "missed")), ...objective(each), budget(each)),
    );
  });
}

/** Size says how many would be hit, colour how it is. */
export function tree(place, data) {
  const graph = data.dependencies.services;
  const items = Object.entries(graph)
    .map(([name, each]) => ({ name, each, weight: 1 + each.impact.length }))
    .sort((one, other) => other.weight - one.weight || trouble(one.each) - trouble(other.each));
  const width = place.clientWidth || 600;
  const height = Math.max(220, Math.min(430, items.length * 30));
  show(place, [items, width], () => {
    if (!items.length) return empty("No services are configured.");
    const map = el("ul", { class: "treemap" });
    map.style.height = `${height}px`;
    squarify(items, width, height).forEach((box, index) => {
      const { name, each } = items[index];
      const look = each.state !== "CLOSED" ? each.state : each.healthy ? "CLOSED" : "hit";
      const how = look === "hit" ? "hit" : LABELS[each.state].toLowerCase();
      const impact = each.impact.length ? `hits ${each.impact.length}` : "";
      const button = el(
        "button",
        {
          type: "button",
          data: { look, focus: `tree-${name}` },
          title: `${name}: ${how}${each.impact.length ? `; stands under ${each.impact.join(", ")}` : ""}${each.depends_on.length ? `; depends on ${each.depends_on.join(", ")}` : ""}`,
          "aria-label": `${name}, ${how}. ${each.impact.length ? `If it fails it hits ${each.impact.join(", ")}. ` : "Nobody depends on it. "}${each.depends_on.length ? `Depends on ${each.depends_on.join(", ")}.` : ""}`,
          onclick: () => (location.hash = link(name)),
          onfocus: () => mark(map, name, graph),
          onmouseenter: () => mark(map, name, graph),
          onblur: () => mark(map, null, graph),
          onmouseleave: () => mark(map, null, graph),
        },
        box.w * width > (items.length > 40 ? Math.min(92, 24 + name.length * 8) : 52) && box.h * height > 22 ? el("span", {}, name) : null,
        box.w * width > (items.length > 40 ? 110 : 74) && box.h * height > 42 ? el("span", { class: "more" }, [how, impact].filter(Boolean).join(" · ")) : null,
      );
      const cell = el("li", { data: { name } }, button);
      cell.style.left = `${box.x * 100}%`;
      cell.style.top = `${box.y * height}px`;
      cell.style.width = `${box.w * 100}%`;
      cell.style.height = `${box.h * height}px`;
      map.append(cell);
    });
    return [map, el("p", { class: "quiet small" }, "The larger, the more services stand on it. Point at one to see whom it hits.")];
  });
}

function trouble(service) {
  return service.state === "OPEN" ? 0 : service.state === "HALF_OPEN" ? 1 : service.healthy ? 3 : 2;
}

function mark(map, name, graph) {
  map.classList.toggle("marking", name !== null);
  const marked = new Set(name === null ? [] : [name, ...graph[name].impact]);
  for (const cell of map.children) cell.classList.toggle("marked", marked.has(cell.dataset.name));
}

/** Those that last, then those of the last hour that are over. */
export function alerts(place, metrics) {
  const firing = metrics.alerts ?? [];
  const over = metrics.resolved_alerts ?? [];
  show(place, [firing, over], () => {
    if (!firing.length && !over.length) return empty("No alerts.");
    return el(
      "ul",
      { class: "list" },
      ...firing.map((each) => alert(each, each.severity, each.severity === "critical" ? "bad" : "warnish")),
      ...over.map((each) => alert(each, "over", "good")),
    );
  });
}

function alert(each, word, look) {
  return el(
    "li",
    { class: "entry" },
    el("b", { class: look }, word),
    el("span", { class: "text" }, each.summary),
    el("time", { datetime: each.since }, `since ${clock(each.since)}`),
  );
}

/** @param actions [[label, action, danger]] */
export function entries(place, answer, none, time, actions) {
  const list = answer?.entries ?? [];
  show(place, answer === null ? "absent" : list, () => {
    if (!list.length) return empty(none);
    return el(
      "ul",
      { class: "list" },
      ...list.map((each) =>
        el(
          "li",
          { class: "entry" },
          el("b", {}, `${each.service}${each.endpoint ? ` / ${each.endpoint}` : ""}`),
          el("span", { class: "text" }, [each.critical ? "critical" : null, each.call, each.reason ?? each.last_error].filter(Boolean).join(" — ")),
          el("time", { datetime: each[time] }, clock(each[time])),
          ...actions.map(([label, act, danger]) =>
            el("button", { type: "button", class: danger ? "danger" : "", "aria-label": `${label} ${each.id}`, data: { focus: `${label}-${each.id}` }, onclick: () => act(each.id) }, label),
          ),
        ),
      ),
    );
  });
}

export function events(place, list) {
  show(place, list.map((each) => each.id), () => {
    if (!list.length) return empty("Nothing happened since this instance started.");
    return el(
      "ul",
      { class: "list" },
      ...list.map((each) =>
        el(
          "li",
          { class: "entry" },
          el("time", { datetime: each.timestamp }, clock(each.timestamp)),
          each.service ? el("a", { href: link(each.service), data: { focus: `event-${each.id}` } }, each.service) : null,
          each.to ? el("span", {}, state(each.from), " → ", state(each.to)) : el("b", {}, each.kind.replaceAll("_", " ")),
          el("span", { class: "text quiet" }, each.detail),
        ),
      ),
    );
  });
}

export function fleet(place, data) {
  const { status } = data;
  const modes = {
    shared: "State is shared through Redis.",
    degraded: "Redis does not answer: this instance decides on its own counts.",
    local: "State stays inside this JVM: no Redis is configured.",
  };
  const rows = [
    ["This instance", status.instance],
    ["Application", status.application],
    ["Version", status.version],
    ["State", modes[status.mode] ?? status.mode],
    ["Passed unguarded", count(status.gate_failures ?? 0)],
    ...(status.config_error ? [["Configuration", status.config_error]] : []),
  ];
  const instances = data.roster?.instances ?? [];
  const drift = data.roster?.drift ?? null;
  const told = instances.map((each) => [each.instance, each.mode, each.version, each.config, each.config_error, each.since, each.lost, each.namesake]);
  show(place, [rows, told, drift], () => [
    el("dl", { class: "facts" }, ...rows.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)])),
    drift ? el("p", { class: "bad" }, `Configurations differ: ${drift}`) : null,
    instances.length ? el("h3", {}, `${count(instances.length)} ${instances.length === 1 ? "instance" : "instances"}`) : null,
    instances.length ? el("ul", { class: "list" }, ...instances.map(instance)) : null,
  ].filter(Boolean));
}

function instance(each) {
  const trouble = each.lost ? `not heard of for ${span(each.last_seen_ms)}` : each.config_error ? "its file is broken, an earlier one is in force" : null;
  const namesake = each.namesake ? `the name of another JVM, too: ${each.namesake}` : null;
  return el(
    "li",
    { class: "entry" },
    el("b", {}, each.instance),
    el("span", { class: "text quiet" }, [each.host, each.version, each.mode, each.config ? `configuration ${each.config}` : null].filter(Boolean).join(" · ")),
    ...[trouble, namesake].filter(Boolean).map((wrong) => el("span", { class: "bad" }, wrong)),
    el("time", { datetime: each.since, title: "running since" }, clock(each.since)),
  );
}

/** One circuit's own page, without its charts. */
export function circuit(place, data, name, history, act) {
  const service = data.status.services[name];
  const circuitFigures = data.states[name] ?? {};
  const figures = data.metrics.services[name];
  const feature = data.features[name] ?? { endpoints: {} };
  const signature = [
    name, service, circuitFigures.state, circuitFigures.failures, circuitFigures.successes, circuitFigures.breaker_mode, circuitFigures.half_open_quota, figures, feature,
    data.dependencies.services[name], history?.length, history?.at(-1), data.events.find((each) => each.service === name)?.id,
  ];
  show(place, signature, () => {
    if (!service) return [el("a", { href: "#/", class: "crumb" }, "← All services"), empty(`There is no service ${name}.`)];
    return [
      el("a", { href: "#/", class: "crumb", data: { focus: "back" } }, "← All services"),
      el("div", { class: "title" }, el("h1", {}, name), state(service.state), circuitFigures.breaker_mode ? el("span", { class: `chip${circuitFigures.breaker_mode === "enforce" ? "" : " warn"}` }, circuitFigures.breaker_mode) : null),
      el(
        "div",
        { class: "grid" },
        el("section", { class: "card span6" }, el("h2", {}, "Now"), el("div", { class: "body" }, facts(data, name),
          service.reasons.length ? el("p", { class: "bad" }, service.reasons.join("; ")) : null,
          el("div", { class: "actions" },
            el("button", { type: "button", data: { focus: "reset" }, onclick: () => act.reset(name) }, "Reset"),
            el("button", { type: "button", data: { focus: "mode" }, onclick: () => act.mode(name) }, "Mode…"),
            el("button", { type: "button", data: { focus: "cache" }, onclick: () => act.clearCache(name) }, "Clear cache")))),
        el("section", { class: "card span6" }, el("h2", {}, "Objectives, last 24 h"), el("div", { class: "body" }, figures?.slos && figures.requests ? [...objective(figures), budget(figures)] : empty("No calls yet: nothing to judge."))),
        el("section", { class: "card span6" }, el("h2", {}, "Success rate"), el("div", { class: "body", id: "circuit-success" })),
        el("section", { class: "card span6" }, el("h2", {}, "Latency"), el("div", { class: "body", id: "circuit-latency" })),
        el("section", { class: "card span12" }, el("h2", {}, "Endpoints"), el("div", { class: "body scroll", tabindex: 0, role: "region", "aria-label": "Endpoints, scrollable" }, endpoints(figures, feature))),
        el("section", { class: "card span6" }, el("h2", {}, "Probe, last hour"), el("div", { class: "body" }, probe(service.probe, history))),
        el("section", { class: "card span6" }, el("h2", {}, "Events"), el("div", { class: "body tall", id: "circuit-events", tabindex: 0, role: "region", "aria-label": "Events of this circuit, scrollable" })),
      ),
    ];
  });
}

function endpoints(figures, feature) {
  const names = Object.keys(feature.endpoints);
  if (!names.length) return empty("It has no endpoints: it stands for its dependencies.");
  return el(
    "table",
    { class: "cards-when-narrow" },
    el("thead", {}, el("tr", {}, head("Endpoint"), head("Available"), ...["Calls", "Failed", "Rejected", "Fallback", "Success", "p50", "p95", "p99"].map(numeric), head("Instead"))),
    el(
      "tbody",
      {},
      ...names.map((name) => {
        const each = figures?.endpoints?.[name] ?? {};
        const how = feature.endpoints[name];
        return el(
          "tr",
          {},
          el("td", {}, name, how.critical ? el("span", { class: "quiet small" }, " critical") : null, how.feature === "advanced" ? el("span", { class: "quiet small" }, " advanced") : null),
          el("td", { class: how.available ? "good" : "bad" }, how.available ? "yes" : "no"),
          el("td", { class: "num", data: { label: "calls" } }, count(each.requests)),
          el("td", { class: "num", data: { label: "failed" } }, count(each.failures)),
          el("td", { class: "num", data: { label: "rejected" } }, count(each.rejections)),
          el("td", { class: "num", data: { label: "fallback" } }, count(each.fallbacks)),
          el("td", { class: "num", data: { label: "success" } }, each.requests ? percent(each.success_rate) : "–"),
          el("td", { class: "num", data: { label: "p50" } }, each.requests ? latency(each.p50_latency_ms) : "–"),
          el("td", { class: "num", data: { label: "p95" } }, each.requests ? latency(each.p95_latency_ms) : "–"),
          el("td", { class: "num", data: { label: "p99" } }, each.requests ? latency(each.p99_latency_ms) : "–"),
          el("td", {}, how.fallback.length ? how.fallback.join(", then ") : "an error at once"),
        );
      }),
    ),
  );
}

function probe(known, history) {
  if (!known) return empty("It has no probe.");
  const up = history?.filter((each) => each.status === "up").length ?? 0;
  const rows = [
    ["Asks", `${known.kind} ${known.target}`],
    ["Every", span(known.interval_ms)],
    ["Last answer", known.status ? `${known.status}, ${latency(known.response_time_ms)}` : "this instance has not asked; another one does"],
    ...(known.reason ? [["Why", known.reason]] : []),
    ...(history?.length ? [["Up", `${percent((100 * up) / history.length)} of ${count(history.length)} probes`]] : []),
  ];
  return el("dl", { class: "facts" }, ...rows.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));
}
