// Switches, quotas, the clock, the mails, and the tabs they stand in.

import { byId, el, keep, set, show, write } from "./dom.js";
import { quotas as quotaWords, switches as switchWords } from "./words.js";

let act;

export function prepare(actions) {
  act = actions;
  prepareTabs();
  prepareClock();
}

export function draw({ switches, quotas, mails, counts }) {
  drawSettings("switch", switches, switchWords, "switches");
  drawSettings("quota", quotas, quotaWords, "quotas");
  write(byId("mail-count"), counts.mails ? String(counts.mails) : "");
  // Newest first, so a mail's number is counted from the end.
  const numbered = mails.map((mail, index) => ({ mail, number: counts.mails - index }));
  keep(byId("mail-list"), numbered, ({ number }) => number, ({ mail }) => el("li", {},
    el("b", {}, mail.to), el("span", {}, `${mail.kind}${mail.role ? " as " + mail.role : ""}`),
    el("code", { class: "id" }, mail.calendarId ?? ""), el("time", { datetime: mail.time }, mail.time)));
}

// MARK: - Switches and quotas

/** One row for each setting there is, whatever its type: a toggle, a number or a list of words. */
function drawSettings(kind, values, words, path) {
  const list = byId(kind + "-list");
  keep(list, Object.entries(values), ([name]) => name, ([name, value]) => makeSetting(kind, name, value, words[name], path),
    (node, [, value]) => {
      const input = node.querySelector("input, select");
      if (typeof value === "boolean") input.checked = value;
      // What somebody is typing stays.
      else if (document.activeElement !== input) input.value = textOf(value);
    });
}

const textOf = (value) => (Array.isArray(value) ? value.join(", ") : value === null ? "" : String(value));

function makeSetting(kind, name, value, words, path) {
  const id = `${kind}-${name}`;
  const isFlag = typeof value === "boolean";
  const input = name === "form"
    ? el("select", { id }, el("option", { value: "403" }, "403"), el("option", { value: "429" }, "429"))
    : el("input", isFlag
      ? { id, type: "checkbox", role: "switch" }
      : { id, spellcheck: "false", autocomplete: "off", placeholder: value === null ? "none" : "" });
  set(input, "aria-describedby", words ? id + "-words" : null);
  input.addEventListener("change", () => change(input, name, value, path));
  return el("li", { class: isFlag ? "flag" : "value" },
    el("label", { for: id }, name), input,
    ...(words ? [el("p", { id: id + "-words", class: "hint" }, words)] : []));
}

async function change(input, name, before, path) {
  const value = typeof before === "boolean" ? input.checked : meant(input.value.trim(), before);
  if (!(await act.tell(path, { [name]: value }, `${name} is set.`))) {
    // Refused: what is in force shows again.
    input.blur();
    act.drawAgain();
  }
}

function meant(text, before) {
  if (Array.isArray(before)) return text.split(/[,\s]+/).filter(Boolean);
  if (text === "") return null;
  return typeof before !== "string" && !Number.isNaN(Number(text)) ? Number(text) : text;
}

// MARK: - The clock

const advances = [["1 minute", 60], ["15 minutes", 900], ["1 hour", 3600], ["1 day", 86_400], ["1 week", 604_800]];

function prepareClock() {
  byId("advances").append(...advances.map(([text, seconds]) =>
    el("button", { type: "button", on: { click: () => setClock({ advanceSeconds: seconds }, `${text} later.`) } }, text)));
  byId("advance-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("advance-seconds").value.trim();
    setClock({ advanceSeconds: text === "" || Number.isNaN(Number(text)) ? text : Number(text) });
  });
  byId("clock-form").addEventListener("submit", (event) => {
    event.preventDefault();
    setClock({ now: byId("clock-value").value.trim() });
  });
  byId("clock-real").addEventListener("click", () => setClock({ now: new Date().toISOString() }, "Real time again."));
}

const setClock = (body, done = "The clock is set.") => act.tell("clock", body, done);

/** - Parameter offset: how far the emulator's clock is ahead of this machine's, in milliseconds. */
export function tick(time, offset, zone) {
  const text = new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "medium", timeStyle: "medium" }).format(time);
  for (const id of ["clock-time", "time-now"]) {
    write(byId(id), text);
    set(byId(id), "datetime", time.toISOString());
  }
  const isMoved = Math.abs(offset) > 5000;
  show(byId("clock-moved"), isMoved);
  write(byId("clock-moved"), isMoved ? distance(offset) : "");
  write(byId("time-note"), `In ${zone}; ` + (isMoved ? `${distance(offset)} from this machine's clock.` : "real time."));
}

function distance(milliseconds) {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const [size, unit] = seconds >= 172_800 ? [86_400, "d"] : seconds >= 7200 ? [3600, "h"] : seconds >= 120 ? [60, "min"] : [1, "s"];
  return `${milliseconds < 0 ? "−" : "+"}${Math.round(seconds / size)} ${unit}`;
}

// MARK: - Tabs

function prepareTabs() {
  const tabs = [...byId("tabs").children];
  const choose = (chosen, hasFocus) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      set(tab, "aria-selected", isChosen ? "true" : "false");
      tab.tabIndex = isChosen ? 0 : -1;
      show(byId(tab.getAttribute("aria-controls")), isChosen);
    }
    if (hasFocus) chosen.focus();
  };
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab, false));
    tab.addEventListener("keydown", ({ key }) => {
      const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: tabs.length - 1 }[key];
      if (next !== undefined) choose(tabs.at(next % tabs.length), true);
    });
  }
  choose(tabs[0], false);
}
