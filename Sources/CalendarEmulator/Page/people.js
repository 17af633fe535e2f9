// People and service accounts, their calendars, and what a newcomer is told while there is nobody.

import { byId, copyButton, el, keep, set, show, write } from "./dom.js";
import { colourOf } from "./week.js";

let act;
const roles = {
  owner: "owner", writer: "can write", writerWithoutPrivateAccess: "can write, but private", reader: "can read",
  freeBusyReader: "free/busy only",
};

export function prepare(actions) {
  act = actions;
  const fold = byId("people-fold");
  fold.addEventListener("click", () => set(fold, "aria-expanded", fold.getAttribute("aria-expanded") !== "true"));
  byId("search").addEventListener("input", (event) => act.change({ search: event.target.value.trim() }));
  byId("user-form").addEventListener("submit", addPerson);
  byId("token-copy").append(copyButton("Copy token", () => byId("token-text").textContent));
}

async function addPerson(event) {
  event.preventDefault();
  const form = event.target.elements;
  const body = { email: form.email.value.trim(), admin: form.admin.checked };
  if (form.name.value.trim()) body.name = form.name.value.trim();
  const made = await act.tell("users", body);
  if (!made) return form.email.focus();
  event.target.reset();
  write(byId("token-of"), made.email);
  write(byId("token-text"), made.accessToken);
  show(byId("user-token"), true);
  await act.change({ of: made.email });
}

/** Whoever is chosen stays chosen while there, also beyond the people that are named; otherwise it is the first one. */
export function choose(view, { people, counts }) {
  const isComplete = people.length === counts.people;
  if (isComplete && !people.some((person) => person.email === view.of)) view.of = null;
  view.of ??= people[0]?.email ?? null;
}

export function draw(view, { overview, week }) {
  const { people, peopleFound, counts } = overview;
  write(byId("people-title"), counts.people ? `People (${counts.people})` : "People");
  write(byId("people-chosen"), view.of ?? "Nobody yet");
  show(byId("search"), counts.people > 6 || view.search !== "");
  const missing = peopleFound - people.length;
  const note = missing > 0 ? `${missing} more; search for them.` : view.search && !peopleFound ? "Nobody like that." : "";
  write(byId("people-more"), note);
  show(byId("people-more"), note !== "");
  if (!counts.people) show(byId("user-token"), false);
  keep(byId("people-list"), people, (person) => person.email, makePerson, (node, person) => {
    const isChosen = person.email === view.of;
    const [button, list] = node.children;
    set(button, "aria-current", isChosen ? "true" : null);
    write(button.querySelector(".title"), titleOf(person));
    write(button.querySelector(".under"), underOf(person));
    const count = button.querySelector(".count");
    write(count, String(person.calendars));
    set(count, "title", "Calendars in the list");
    show(list, isChosen);
    const calendars = isChosen && week?.of === person.email ? week.calendars : [];
    keep(list, calendars, (calendar) => calendar.id, (calendar) => makeCalendar(calendar, view), updateCalendar(view));
  });
}

const titleOf = (person) => person.kind === "user" ? person.name ?? person.email : person.email.split("@")[0];
const underOf = (person) => {
  if (person.kind !== "user") return `service account of ${person.project}`;
  return [person.name && person.email, person.admin && "administrator"].filter(Boolean).join(" · ") || "person";
};

function makePerson(person) {
  const face = person.kind === "user" ? titleOf(person).charAt(0).toUpperCase() : "⚙";
  return el("li", {},
    el("button", { class: "person", title: person.email, on: { click: () => act.change({ of: person.email }) } },
      el("span", { class: "face " + person.kind, "aria-hidden": "true" }, face),
      el("span", { class: "names" }, el("span", { class: "title" }), el("span", { class: "under" })),
      el("span", { class: "count" })),
    el("ul", { class: "calendars", "aria-label": "Calendars of " + person.email }));
}

function makeCalendar(calendar, view) {
  const box = el("input", { type: "checkbox" });
  box.addEventListener("change", () => {
    if (box.checked) view.hidden.delete(calendar.id);
    else view.hidden.add(calendar.id);
    act.drawAgain();
  });
  return el("li", {},
    el("label", { class: "calendar" }, box, el("span", { class: "title" })),
    el("span", { class: "under" }),
    el("code", { class: "id", title: calendar.id }, calendar.id),
    el("span", { class: "group" },
      copyButton("Copy id", () => calendar.id),
      copyButton("Copy add link", () => "https://calendar.google.com/calendar/r?cid=" + encodeURIComponent(calendar.id),
        { title: "The link with which somebody adds this calendar to the own list" })));
}

const updateCalendar = (view) => (node, calendar) => {
  const [label, under] = node.children;
  label.firstChild.checked = !view.hidden.has(calendar.id);
  label.firstChild.style.accentColor = colourOf(calendar.backgroundColor);
  write(label.lastChild, calendar.summaryOverride ?? calendar.summary);
  const notes = [
    calendar.primary && "primary", roles[calendar.accessRole] ?? calendar.accessRole, calendar.timeZone,
    calendar.hidden && "hidden", calendar.unlisted && "not in the list",
  ];
  write(under, notes.filter(Boolean).join(" · "));
};

// MARK: - Nobody yet

/** Three steps from nothing to a first event, with the address of this very emulator. */
export function welcome() {
  const steps = byId("welcome-steps");
  if (steps.children.length) return;
  byId("add-person").open = true;
  const at = location.origin;
  const step = (title, text, ...commands) => el("li", {}, el("h3", {}, title), el("p", {}, text),
    ...commands.map((command) => el("div", { class: "command" },
      el("pre", { tabindex: "0", role: "region", "aria-label": `${title}, with ${command.split(/[ (]/)[0]}` }, command), copyButton("Copy", () => command))));
  steps.append(
    step("A person", "The answer has a token to act as that person. “Add a person” on this page does the same.",
      `curl --json '{"email": "coach@example.com"}' \\\n  ${at}/emulator/users`),
    step("A service account", "The answer is its key file, with the private key: what a program is configured with.",
      `curl --json '{"project": "demo", "name": "sync"}' \\\n  ${at}/emulator/service-accounts > key.json`),
    step("A client",
      "The key file already points at this emulator for tokens; the endpoint of the API is the one setting to change.",
      `curl -H "Authorization: Bearer $TOKEN" --json '{\n  "summary": "First",\n`
      + `  "start": {"dateTime": "${hour(1)}"},\n  "end": {"dateTime": "${hour(2)}"}\n}' `
      + `${at}/calendar/v3/calendars/primary/events`,
      `build("calendar", "v3", credentials=credentials,\n      client_options={"api_endpoint": "${at}/calendar/v3/"})`));
}

function hour(ahead) {
  const time = act.now();
  time.setUTCHours(time.getUTCHours() + ahead, 0, 0, 0);
  return time.toISOString().replace(".000", "");
}
