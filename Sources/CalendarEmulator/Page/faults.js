// What goes wrong on purpose: the faults in force, the usual ones at one press, and a form for any other.

import { byId, el, keep, show, write } from "./dom.js";
import { effects, presets, reasons } from "./words.js";

let act;

export function prepare(actions) {
  act = actions;
  byId("clear-faults").addEventListener("click", () => act.tell("faults", undefined, "No faults any more.", "DELETE"));
  byId("presets").append(...presets.map(([text, fault]) =>
    el("button", { type: "button", on: { click: () => act.tell("faults", fault, text + ": in force.") } }, text)));
  byId("fault-form").append(
    field("method", "Method", el("select", {}, el("option", { value: "" }, "any")), "wide"),
    field("path", "Path contains", el("input", { spellcheck: "false" }), "wide"),
    field("effect", "What happens", el("select", {}, el("option", { value: "" }, "an error, nothing is done")), "wide"),
    field("status", "Status", el("input", { inputmode: "numeric", placeholder: "503" })),
    field("reason", "Reason", el("input", { list: "reasons", placeholder: "backendError", spellcheck: "false" })),
    field("count", "How often", el("input", { inputmode: "numeric", placeholder: "until cleared" })),
    field("probability", "Probability", el("input", { inputmode: "decimal", placeholder: "1" })),
    field("delayMilliseconds", "Delay in ms", el("input", { inputmode: "numeric", placeholder: "0" })),
    el("datalist", { id: "reasons" }, ...reasons.map((reason) => el("option", { value: reason }))),
    el("button", { class: "primary" }, "Add fault"));
  byId("fault-form").addEventListener("submit", add);
}

function field(name, label, control, className = "") {
  control.id = "new-fault-" + name;
  control.name = name;
  return el("div", { class: className }, el("label", { for: control.id }, label), control);
}

async function add(event) {
  event.preventDefault();
  const body = {};
  for (const { name, value } of event.target.elements) {
    if (!name || !value.trim()) continue;
    const isNumber = ["status", "count", "probability", "delayMilliseconds"].includes(name);
    // What is no number goes as it is: the emulator says what is wrong with it.
    body[name] = isNumber && !Number.isNaN(Number(value)) ? Number(value) : value.trim();
  }
  if (await act.tell("faults", body, "The fault is in force.")) event.target.reset();
}

export function draw({ faults, methods, effects: known }) {
  write(byId("fault-count"), faults.length ? String(faults.length) : "");
  show(byId("no-faults"), faults.length === 0);
  byId("clear-faults").disabled = faults.length === 0;
  keep(byId("fault-list"), faults, (one) => one.id, () => el("li", {}, el("b"), el("span")), (node, { id, fault }) => {
    write(node.children[0], `Fault ${id}`);
    write(node.children[1], sentence(fault));
  });
  offer(byId("new-fault-method"), methods, (method) => method);
  offer(byId("new-fault-effect"), known.filter((effect) => effect !== "before"), (effect) => effects[effect] ?? effect);
}

/** Fills a choice once. */
function offer(select, values, textOf) {
  if (select.options.length > 1) return;
  select.append(...values.map((value) => el("option", { value }, textOf(value))));
}

function sentence({ method, path, status, reason, count, probability, delayMilliseconds, effect, ...more }) {
  const what = [status, reason].filter(Boolean).join(" ");
  return [
    method ?? "every method", path && `with “${path}” in the path`, "→",
    [effect && effect !== "before" && effect, what, delayMilliseconds && `${delayMilliseconds} ms late`]
      .filter(Boolean).join(", "),
    count && `· ${count} more`, probability !== undefined && `· ${Math.round(probability * 1000) / 10} % of the time`,
    Object.keys(more).length > 0 && `· ${JSON.stringify(more)}`,
  ].filter(Boolean).join(" ");
}
