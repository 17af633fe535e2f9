// Elements made of data. Text is always text: nothing here reads markup, so a title can never be more than a title.

export const byId = (id) => document.getElementById(id);

/** A new element. `on` holds listeners; children are elements or text. */
export function el(name, { on = {}, ...attributes } = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) set(node, key, value);
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  node.append(...children);
  return node;
}

/** Sets an attribute, and only when it changes; null and false take it away. */
export function set(node, name, value) {
  if (value == null || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value === true ? "" : value)) {
    node.setAttribute(name, value === true ? "" : value);
  }
}

/** Sets the text, and only when it changes: what somebody has selected stays selected. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function show(node, isShown) {
  if (node.hidden === isShown) node.hidden = !isShown;
}

const kept = new WeakMap();

/**
 * Makes the children of `parent` those of `items`. What has the same key stays the same element, with focus and selection.
 */
export function keep(parent, items, keyOf, make, update = () => {}) {
  const before = kept.get(parent) ?? new Map();
  const after = new Map();
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  for (const item of items) {
    const key = keyOf(item);
    if (!after.has(key)) after.set(key, { item, node: before.get(key)?.node ?? make(item) });
  }
  for (const [key, { node }] of before) if (!after.has(key)) node.remove();
  let place = parent.firstElementChild;
  for (const { item, node } of after.values()) {
    update(node, item);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  kept.set(parent, after);
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

/** A button that copies what `text()` gives. */
export function copyButton(label, text, attributes = {}) {
  const button = el("button", { type: "button", class: "copy", ...attributes }, label);
  button.addEventListener("click", async () => {
    write(button, (await copy(text())) ? "Copied" : "Copying failed");
    setTimeout(() => write(button, label), 1200);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers lend the clipboard to localhost and https alone; a phone in the same network has this.
    const area = el("textarea", { readonly: true, class: "offstage", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

let noticeTimer;

/** Says something below the header for a while. */
export function say(text, kind = "info") {
  const notice = byId("notice");
  notice.dataset.kind = kind;
  write(notice, text);
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => write(notice, ""), kind === "error" ? 9000 : 4000);
}

/** Runs an action of a button or form and says what went wrong, if anything. */
export async function attempt(action, done) {
  try {
    await action();
    if (done) say(done);
    return true;
  } catch (error) {
    say(error.message, "error");
    return false;
  }
}
