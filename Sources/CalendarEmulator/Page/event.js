// One event: the facts that matter to a developer, and its JSON as Google would answer it and as the emulator holds it.

import { read } from "./calls.js";
import { attempt, byId, copyButton, el, set, show, write } from "./dom.js";

/** The event that is open, as { calendarId, eventId }, and where the focus goes when it is closed. */
let open_ = null;
let opener = null;
let reports = null;
let which = "google";
const narrow = matchMedia("(max-width: 759px)");

export function prepare() {
  byId("event-close").addEventListener("click", close);
  byId("event").addEventListener("keydown", (event) => event.key === "Escape" && close());
  byId("as-google").addEventListener("click", () => turnTo("google"));
  byId("as-held").addEventListener("click", () => turnTo("held"));
  byId("event-copy").append(copyButton("Copy JSON", () => byId("event-json").textContent));
}

export async function open(view, calendarId, eventId, from) {
  open_ = { calendarId, eventId };
  opener = from;
  if (!(await attempt(() => refresh(view)))) return close();
  show(byId("event"), true);
  show(byId("tabbed"), false);
  // On a small screen it covers everything, so nothing behind it may be reached.
  for (const id of ["top", "people", "main"]) byId(id).inert = narrow.matches;
  byId("event-title").focus({ preventScroll: true });
}

export function close() {
  if (!open_) return;
  open_ = null;
  show(byId("event"), false);
  show(byId("tabbed"), true);
  for (const id of ["top", "people", "main"]) byId(id).inert = false;
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

/** Reads the open event again. */
export async function refresh(view) {
  if (!open_ || !view.of) return;
  const asked = open_;
  const found = await read("event", { of: view.of, ...asked, timeZone: view.zone });
  if (open_ !== asked) return;
  reports = found;
  draw();
}

function turnTo(kind) {
  which = kind;
  draw();
}

function draw() {
  const { google, held } = reports;
  const isRefused = google.error !== undefined;
  write(byId("event-title"), isRefused ? "Not there any more" : google.summary ?? "(no title)");
  const facts = isRefused ? [["answer", `${google.error.code} ${google.error.message}`]] : [
    ["status", google.status], ["start", textOf(google.start)], ["end", textOf(google.end)], ["id", google.id],
    ["etag", google.etag], ["updated", google.updated], ["creator", google.creator?.email],
    ["private", textOfProperties(google.extendedProperties?.private)],
    ["shared", textOfProperties(google.extendedProperties?.shared)],
  ];
  byId("event-facts").replaceChildren(...facts.filter(([, value]) => value).flatMap(
    ([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  set(byId("as-google"), "aria-pressed", which === "google" ? "true" : "false");
  set(byId("as-held"), "aria-pressed", which === "held" ? "true" : "false");
  colour(byId("event-json"), JSON.stringify(which === "google" ? google : held, null, 2));
}

const textOf = (time) => time && [time.date ?? time.dateTime, time.timeZone].filter(Boolean).join(" ");
const textOfProperties = (properties) =>
  properties && Object.entries(properties).map(([key, value]) => `${key} = ${value}`).join("\n");

/** Shows JSON with its keys, texts and numbers told apart; each piece goes in as text. */
function colour(pre, json) {
  if (pre.textContent === json) return;
  const pieces = json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)|[^"\d-]+|-/g);
  pre.replaceChildren(...[...pieces].flatMap(([whole, text, colon, literal]) => {
    if (text && colon) return [el("span", { class: "key" }, text), colon];
    if (text) return [el("span", { class: "text" }, text)];
    return literal ? [el("span", { class: "literal" }, literal)] : [whole];
  }));
}
