// The page: what is chosen, and the pulse that keeps everything on it in step with the emulator.

import { read, tell } from "./calls.js";
import { attempt, byId, say, set, show, write } from "./dom.js";
import { dayNumber, dayText, mondayOf } from "./layout.js";
import * as event from "./event.js";
import * as faults from "./faults.js";
import * as people from "./people.js";
import * as requests from "./requests.js";
import * as settings from "./settings.js";
import * as week from "./week.js";

const PULSE = 750;

/** What is chosen. `of` and `from` also stand in the address, so that a week can be linked to. */
const view = { of: null, from: null, zone: null, deleted: false, search: "", hidden: new Set() };
/** What was read last. */
const held = { overview: null, week: null };
/** The version of the world that is shown; null when that is not sure. */
let shown = null;
/** The emulator's clock less this machine's, in milliseconds. */
let offset = 0;
const now = () => new Date(Date.now() + offset);

// MARK: - The pulse

async function pulse() {
  const start = performance.now();
  try {
    const { version, requests: last, now: time } = await read("version");
    offset = Date.parse(time) - Date.now();
    if (version !== shown) {
      await refresh();
      shown = version;
    }
    await requests.catchUp(last);
    live("live");
  } catch (error) {
    shown = null;
    live("lost", error.message);
  }
  // A calendar so full that reading it takes long is read less often: the emulator is there for others.
  const pause = Math.max(PULSE, 4 * (performance.now() - start));
  setTimeout(pulse, document.hidden ? 5 * pause : pause);
}

function live(state, text = state) {
  set(byId("live"), "data-state", state);
  write(byId("live-text"), text);
}

/** Reads and shows everything. A later call wins over one that is still under way. */
let turn = 0;
async function refresh() {
  const mine = ++turn;
  const overview = await read("overview", { search: view.search || null });
  if (mine !== turn) return;
  held.overview = overview;
  people.choose(view, overview);
  const found = await readWeek(overview);
  if (mine !== turn) return;
  held.week = found;
  draw();
  await event.refresh(view);
}

async function readWeek(overview) {
  while (view.of) {
    view.from ??= dayText(mondayOf(dayNumber(week.wall(now(), view.zone).date)));
    try {
      return await read("week", {
        of: view.of, from: view.from, timeZone: view.zone, deleted: view.deleted ? "true" : null,
      });
    } catch (error) {
      if (error.status === 400 && view.zone !== "UTC") {
        say(`The emulator does not know the time zone ${view.zone}; this is UTC.`, "error");
        view.zone = "UTC";
        continue;
      }
      if (error.status !== 404) throw error;
      // Gone, as after a reset: somebody else's week, if there is somebody.
      const next = overview.people.find((person) => person.email !== view.of);
      view.of = next?.email ?? null;
    }
  }
  return null;
}

function draw() {
  const { overview } = held;
  const isEmpty = overview.counts.people === 0;
  show(byId("welcome"), isEmpty);
  show(byId("week"), !isEmpty);
  if (isEmpty) people.welcome();
  people.draw(view, held);
  week.draw(view, held.week, now());
  faults.draw(overview);
  settings.draw(overview);
  remember();
}

// MARK: - What people do

/** Changes what is chosen and shows it. */
async function change(more) {
  Object.assign(view, more);
  // What could not be read now is read again by the next pulse.
  if (!(await attempt(refresh))) shown = null;
}

const act = {
  change,
  drawAgain: () => held.overview && draw(),
  open: (calendarId, eventId, from) => event.open(view, calendarId, eventId, from),
  /** Tells the emulator something and shows what became of it. - Returns: the answer, or null when it was refused. */
  async tell(path, body, done, method) {
    let answer = null;
    await attempt(async () => {
      answer = await tell(path, body, method);
      await refresh();
    }, done);
    return answer;
  },
  now,
};

function remember() {
  const parts = new URLSearchParams({ of: view.of ?? "", from: view.from ?? "" });
  if (location.hash.slice(1) !== String(parts)) history.replaceState(null, "", "#" + parts);
  try {
    localStorage.setItem("view", JSON.stringify({ zone: view.zone, deleted: view.deleted, hidden: [...view.hidden] }));
  } catch {
    // A browser that keeps nothing: the next visit starts afresh.
  }
}

function recall() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("view") ?? "{}");
  } catch {
    // Unreadable is as good as nothing.
  }
  view.zone = kept.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
  view.deleted = kept.deleted === true;
  view.hidden = new Set(kept.hidden ?? []);
  fromAddress();
}

function fromAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  view.of = parts.get("of") || null;
  view.from = /^\d{4}-\d\d-\d\d$/.test(parts.get("from") ?? "") ? dayText(mondayOf(dayNumber(parts.get("from")))) : null;
}

function prepareReset() {
  const dialog = byId("reset-dialog");
  byId("reset").addEventListener("click", () => {
    const { people = 0, calendars = 0, events = 0 } = held.overview?.counts ?? {};
    write(byId("reset-text"),
      `${people} ${people === 1 ? "account" : "accounts"}, ${calendars} ${calendars === 1 ? "calendar" : "calendars"} and `
      + `${events} ${events === 1 ? "event" : "events"}, all tokens and keys, faults, switches, quotas and the request log `
      + "will be gone, and the clock goes back to real time.");
    dialog.showModal();
  });
  byId("reset-no").addEventListener("click", () => dialog.close());
  byId("reset-yes").addEventListener("click", async () => {
    dialog.close();
    view.search = "";
    view.from = null;
    event.close();
    requests.forget();
    await act.tell("reset", {}, "Everything is gone.");
  });
}

/** The emulator's clock in the header, and how far it is from real time. */
function tick() {
  const time = now();
  settings.tick(time, offset, view.zone);
  if (held.week) week.tick(view, time);
}

recall();
people.prepare(act);
week.prepare(act, view);
event.prepare();
requests.prepare();
faults.prepare(act);
settings.prepare(act);
prepareReset();
addEventListener("hashchange", () => {
  const before = view.of + view.from;
  fromAddress();
  if (before !== view.of + view.from) change({});
});
addEventListener("unhandledrejection", ({ reason }) => say(reason?.message ?? "Something went wrong on this page.", "error"));
setInterval(tick, 500);
pulse();
