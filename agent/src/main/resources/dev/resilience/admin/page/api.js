// The way to the admin API: requests with the token, and the stream of events by fetch (EventSource cannot carry a token).

const KEY = "resilience-token";

// The agent says something every 15 s at least; a line that is silent for longer is dead, whatever the network thinks of it.
const SILENCE = 40_000;

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export function setToken(token) {
  sessionStorage.setItem(KEY, token);
}

function headers() {
  const token = sessionStorage.getItem(KEY);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

export async function ask(path, method = "GET") {
  const response = await fetch(path, { method, headers: { Accept: "application/json", ...headers() }, cache: "no-cache" });
  const text = await response.text();
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  if (!response.ok || body === null) {
    throw new Refused(response.status, body?.detail ?? `the answer was ${response.status}`);
  }
  return body;
}

export function query(path, parameters) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, value);
  }
  return search.size ? `${path}?${search}` : path;
}

/** Listens for ever, connecting again with growing pauses. told: { open, lost, message(name, data) } */
export async function listen(told) {
  let lastId = 0;
  let pause = 500;
  for (;;) {
    const line = new AbortController();
    let alarm = setTimeout(() => line.abort(), SILENCE);
    try {
      const response = await fetch("api/resilience/stream", {
        signal: line.signal,
        headers: { Accept: "text/event-stream", ...headers(), ...(lastId ? { "Last-Event-ID": String(lastId) } : {}) },
      });
      if (!response.ok) {
        await response.body?.cancel();
        throw new Refused(response.status, "the stream was refused");
      }
      told.open();
      pause = 500;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        clearTimeout(alarm);
        alarm = setTimeout(() => line.abort(), SILENCE);
        const messages = (rest + value).split("\n\n");
        rest = messages.pop();
        for (const message of messages) {
          const fields = {};
          for (const line of message.split("\n")) {
            const colon = line.indexOf(": ");
            if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
          }
          if (fields.id) {
            if (Number(fields.id) <= lastId) continue;
            lastId = Number(fields.id);
          }
          if (fields.data) told.message(fields.event, JSON.parse(fields.data));
        }
      }
    } catch (failure) {
      if (failure instanceof Refused && failure.status === 401) {
        await told.unauthorized();
        continue;
      }
    } finally {
      clearTimeout(alarm);
    }
    told.lost();
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(10_000, pause * 2);
    // An agent that was started again counts its events from one.
    if (pause > 2_000) lastId = 0;
  }
}
