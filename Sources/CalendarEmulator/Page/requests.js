// What was asked of Google's paths, newest first, while it happens.

import { read } from "./calls.js";
import { byId, el, keep, set, show, write } from "./dom.js";

/** Older ones are forgotten here; GET /emulator/requests has them. */
const LIMIT = 300;
let entries = [];
let last = 0;
/** While paused: the newest number that is shown. */
let pausedAt = null;

export function prepare() {
  byId("log-text").addEventListener("input", draw);
  byId("log-status").addEventListener("change", draw);
  byId("pause").addEventListener("click", () => {
    pausedAt = pausedAt === null ? last : null;
    draw();
  });
}

/** Reads what was asked since the last time. - Parameter newest: the number of the newest request. */
export async function catchUp(newest) {
  if (newest < last) forget();
  if (newest === last) return;
  const { items } = await read("requests", { since: Math.max(last, newest - LIMIT) });
  if (!items.length) return;
  last = items.at(-1).number;
  entries = items.reverse().concat(entries).slice(0, LIMIT);
  draw();
}

/** After a reset the numbers begin anew. */
export function forget() {
  entries = [];
  last = 0;
  pausedAt = null;
  draw();
}

function draw() {
  const waiting = pausedAt === null ? 0 : last - pausedAt;
  write(byId("pause"), pausedAt === null ? "Pause" : waiting ? `Go on (${waiting})` : "Go on");
  set(byId("pause"), "aria-pressed", pausedAt === null ? "false" : "true");
  const text = byId("log-text").value.trim().toLowerCase();
  const status = byId("log-status").value;
  const shown = entries.filter((entry) =>
    (pausedAt === null || entry.number <= pausedAt) && hasStatus(entry, status) && hasText(entry, text));
  show(byId("log-empty"), shown.length === 0);
  write(byId("log-empty"), entries.length
    ? "No request is like that." : "No requests yet. Calls below /calendar/v3 and /token appear here.");
  keep(byId("log"), shown, (entry) => entry.number, make);
}

function hasStatus(entry, wanted) {
  switch (wanted) {
    case "": return true;
    case "lost": return entry.status === null;
    case "fault": return entry.fault !== undefined;
    case "2": return entry.status !== null && entry.status < 400;
    default: return String(entry.status).startsWith(wanted);
  }
}

const hasText = (entry, text) =>
  !text || [entry.method, entry.api, entry.path, entry.principal].some((part) => part?.toLowerCase().includes(text));

function make(entry) {
  const kind = entry.status === null ? "lost" : String(entry.status).charAt(0);
  const marks = entry.fault === undefined ? [] : [el("span", { class: "mark" }, `fault ${entry.fault}`)];
  return el("li", { "data-number": entry.number },
    el("div", { class: "line" },
      el("span", { class: "status", "data-kind": kind }, entry.status === null ? "none" : String(entry.status)),
      el("b", {}, entry.api ?? "no method"), ...marks,
      el("time", { datetime: entry.time }, entry.time.slice(11, 23) + "Z")),
    el("div", { class: "path", title: entry.path }, `${entry.method} ${readable(entry.path).replace("/calendar/v3/", "")}`),
    el("div", { class: "who" }, entry.principal ?? "caller unknown"));
}

function readable(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
