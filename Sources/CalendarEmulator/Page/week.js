// The week as a grid: what lasts days on top, hours below, all on the wall clock of the chosen time zone.

import { byId, el, keep, set, show, write } from "./dom.js";
import { dayNumber, dayText, mondayOf, place } from "./layout.js";

/** Pixels of an hour; `--hour` in week.css is the same. */
const HOUR = 46;
const DAYS = 7;
/** The palette of event colours, "1" Lavender to "11" Tomato, and what a calendar without a colour has. */
const EVENT_COLOURS = [
  "#a4bdfc", "#7ae7bf", "#dbadff", "#ff887c", "#fbd75b", "#ffb878", "#46d6db", "#e1e1e1", "#5484ed", "#51b749", "#dc2127",
];
const PLAIN = "#9fc6e7";
const narrow = matchMedia("(max-width: 759px)");

let act;
/** On a narrow screen one day is shown; which one, counted from Monday. Null: today, or the first with an event. */
let chosenDay = null;
let hasScrolled = false;

// MARK: - Days and colours

const label = (day, options) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(new Date(day * 86_400_000));

/** What the clock on a wall in `zone` shows, as { date, minute }. */
export function wall(time, zone) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(time);
  const part = (type) => parts.find((found) => found.type === type).value;
  return { date: `${part("year")}-${part("month")}-${part("day")}`, minute: part("hour") * 60 + Number(part("minute")) };
}

/** Only what really is a colour: it comes from requests and goes into a style. */
export const colourOf = (text) => (/^#[0-9a-f]{6}$/i.test(text ?? "") ? text : PLAIN);

/** Black or white, whichever is easier to read on `colour`. */
function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}

function colourOfEvent(event, calendar) {
  const labels = calendar?.eventLabels ?? [];
  const own = labels.find?.((known) => known.id === event.eventLabelId)?.backgroundColor;
  return colourOf(own ?? EVENT_COLOURS[event.colorId - 1] ?? calendar?.backgroundColor);
}

// MARK: - Set-up

export function prepare(actions, view) {
  act = actions;
  const move = (days) => () => goTo(view, dayNumber(view.from) + days);
  byId("previous").addEventListener("click", move(-DAYS));
  byId("next").addEventListener("click", move(DAYS));
  byId("today").addEventListener("click", () => goTo(view, dayNumber(wall(act.now(), view.zone).date)));
  byId("scroller").addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowLeft: -DAYS, ArrowRight: DAYS }[event.key];
    if (!step) return;
    event.preventDefault();
    move(step)();
  });
  byId("deleted").checked = view.deleted;
  byId("deleted").addEventListener("change", (event) => act.change({ deleted: event.target.checked }));
  byId("zone").addEventListener("change", (event) => act.change({ zone: event.target.value }));
  narrow.addEventListener("change", act.drawAgain);
  for (let hour = 0; hour < 24; hour++) {
    byId("scale").append(el("span", {}, hour ? String(hour).padStart(2, "0") + ":00" : ""));
    byId("lines").append(el("div"));
  }
}

async function goTo(view, day) {
  if (!view.from) return;
  chosenDay = null;
  await act.change({ from: dayText(mondayOf(day)) });
}

// MARK: - Drawing

export function draw(view, week, now) {
  if (!week) return;
  drawZones(view, week);
  const first = dayNumber(week.from);
  const today = dayNumber(wall(now, view.zone).date);
  const calendars = new Map(week.calendars.map((calendar) => [calendar.id, calendar]));
  const events = week.events.filter((event) => !view.hidden.has(event.calendarId));
  const whole = place(events, first, DAYS);
  const day = chosenDay ?? firstDay(whole, today - first);
  const shown = narrow.matches
    ? { first: first + day, count: 1, ...place(events, first + day, 1) }
    : { first, count: DAYS, ...whole };

  const last = first + DAYS - 1;
  const isOneMonth = dayText(first).slice(0, 7) === dayText(last).slice(0, 7);
  write(byId("week-title"), label(first, isOneMonth ? { day: "numeric" } : { day: "numeric", month: "short" })
    + " – " + label(last, { day: "numeric", month: isOneMonth ? "long" : "short", year: "numeric" }));
  show(byId("week-more"), week.more);
  byId("scroller").style.setProperty("--days", shown.count);
  drawStrip(first, day, today, whole);
  drawHeads(shown, today);
  drawBars(shown, calendars);
  drawDays(shown, calendars);
  tick(view, now);
  if (!hasScrolled) {
    hasScrolled = true;
    byId("scroller").scrollTop = 7 * HOUR;
  }
}

/** Today when it is in this week, otherwise the first day on which there is something. */
function firstDay({ columns, bars }, today) {
  if (today >= 0 && today < DAYS) return today;
  const days = columns.map((pieces, index) => (pieces.length ? index : DAYS)).concat(bars.map((bar) => bar.column));
  return Math.min(...days) % DAYS;
}

function drawZones(view, week) {
  const select = byId("zone");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const near = [...new Set([view.zone, own, ...week.calendars.map((calendar) => calendar.timeZone), "UTC"])];
  const all = (Intl.supportedValuesOf?.("timeZone") ?? []).filter((zone) => !near.includes(zone));
  if (select.dataset.near !== near.join()) {
    select.dataset.near = near.join();
    const option = (zone) => el("option", { value: zone }, zone === own ? `${zone} (browser)` : zone);
    select.replaceChildren(
      el("optgroup", { label: "In use" }, ...near.map(option)), el("optgroup", { label: "All" }, ...all.map(option)));
  }
  if (select.value !== view.zone) select.value = view.zone;
}

function drawStrip(first, chosen, today, { columns, bars }) {
  const days = Array.from({ length: DAYS }, (_, index) => ({
    index, day: first + index,
    isBusy: columns[index].length > 0 || bars.some((bar) => bar.column <= index && index < bar.column + bar.span),
  }));
  keep(byId("strip"), days, ({ index }) => index, ({ index }) =>
    el("button", { on: { click: () => { chosenDay = index; act.drawAgain(); } } }, el("span"), el("b")),
  (button, { index, day, isBusy }) => {
    write(button.children[0], label(day, { weekday: "narrow" }));
    write(button.children[1], label(day, { day: "numeric" }));
    set(button, "aria-label", label(day, { weekday: "long", day: "numeric", month: "long" }) + (isBusy ? ", has events" : ""));
    set(button, "aria-pressed", index === chosen ? "true" : "false");
    set(button, "data-today", day === today);
    set(button, "data-busy", isBusy);
  });
}

const daysOf = ({ first, count }) => Array.from({ length: count }, (_, index) => first + index);

function drawHeads(shown, today) {
  const heads = byId("heads");
  keepBehindCorner(heads, daysOf(shown), () => el("div", { class: "head" }, el("span"), el("b")), (head, day) => {
    write(head.children[0], label(day, { weekday: "short" }));
    write(head.children[1], label(day, { day: "numeric" }));
    set(head, "data-today", day === today);
  });
}

/** The first cell of the row is no day. */
function keepBehindCorner(row, days, make, update) {
  while (row.children.length > days.length + 1) row.lastElementChild.remove();
  while (row.children.length < days.length + 1) row.append(make());
  days.forEach((day, index) => update(row.children[index + 1], day));
}

function drawBars({ bars, rows, count }, calendars) {
  const parent = byId("bars");
  parent.style.setProperty("--rows", Math.max(rows, 1));
  set(parent, "data-count", count);
  keep(parent, bars, (bar) => bar.key, makeEvent, (button, bar) => {
    dress(button, bar.event, calendars);
    button.style.gridColumn = `${bar.column + 1} / span ${bar.span}`;
    button.style.gridRow = String(bar.row + 1);
  });
}

function drawDays(shown, calendars) {
  const days = daysOf(shown).map((day, index) => ({ day, pieces: shown.columns[index] }));
  keep(byId("days"), days, ({ day }) => day, ({ day }) =>
    el("div", {
      class: "day", role: "group", "aria-label": label(day, { weekday: "long", day: "numeric", month: "long" }),
      "data-day": dayText(day),
    }),
  (column, { pieces }) => keep(column, pieces, (piece) => piece.key, makeEvent, (button, piece) => {
    dress(button, piece.event, calendars, piece);
    const { style } = button;
    style.top = `${(piece.top / 60) * HOUR}px`;
    style.height = `${Math.max(((piece.bottom - piece.top) / 60) * HOUR - 2, 18)}px`;
    style.left = `${(piece.lane / piece.lanes) * 100}%`;
    style.width = `calc(${(piece.width / piece.lanes) * 100}% - 3px)`;
    set(button, "data-short", piece.bottom - piece.top <= 40);
  }));
}

function makeEvent({ event }) {
  const button = el("button", { class: "event" }, el("span", { class: "title" }), el("span", { class: "when" }));
  button.addEventListener("click", () => act.open(event.calendarId, event.id, button));
  return button;
}

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** Colour, text and state of an event. */
function dress(button, event, calendars, piece) {
  const calendar = calendars.get(event.calendarId);
  const colour = colourOfEvent(event, calendar);
  button.style.setProperty("--colour", colour);
  button.style.setProperty("--ink", inkOn(colour));
  const title = event.summary ?? (event.visibility === "private" ? "busy" : "(no title)");
  const when = piece ? `${clock(piece.from)} – ${clock(piece.to)}` : "";
  const states = [
    event.status === "cancelled" && "deleted", event.status === "tentative" && "tentative",
    event.transparency === "transparent" && "free", event.recurringEventId && "recurring",
  ].filter(Boolean);
  set(button, "data-status", event.status);
  set(button, "data-free", event.transparency === "transparent");
  write(button.children[0], title);
  write(button.children[1], [when, event.location].filter(Boolean).join(" · "));
  const name = calendar?.summaryOverride ?? calendar?.summary ?? event.calendarId;
  set(button, "aria-label", [title, when, ...states, name].filter(Boolean).join(", "));
  set(button, "title", [title, when, ...states, name].filter(Boolean).join("\n"));
}

/** Moves the line that says what time it is for the emulator. */
export function tick(view, now) {
  const { date, minute } = wall(now, view.zone);
  const column = byId("days").querySelector(`[data-day="${date}"]`);
  let line = byId("now-line");
  if (!column) return line?.remove();
  line ??= el("div", { id: "now-line", "aria-hidden": "true" });
  const index = [...byId("days").children].indexOf(column);
  line.style.setProperty("--index", index);
  line.style.top = `${(minute / 60) * HOUR}px`;
  if (line.parentElement !== byId("hours")) byId("hours").append(line);
}
