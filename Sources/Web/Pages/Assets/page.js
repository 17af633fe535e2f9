// What makes pages livelier. Everything can be done without it.
"use strict";

// MARK: Live

/** Brings the parts of the page that may have changed up to date, from the page itself: what it shows is decided in one place. */
async function refresh() {
  let page;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.redirected && new URL(answer.url).pathname === "/sign-in") return location.reload();
    if (!answer.ok) return;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return;
  }
  if (dragging) return;
  for (const part of document.querySelectorAll("[data-live-part]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh) part.remove();
    else if (!fresh.isEqualNode(part)) replace(part, document.importNode(fresh, true));
  }
  // Parts that were not there before come after the one that is before them.
  let before = null;
  for (const fresh of page.querySelectorAll("[data-live-part]")) {
    const here = document.getElementById(fresh.id);
    if (!here && before && !fresh.parentElement.closest("[data-live-part]")) before.after(document.importNode(fresh, true));
    before = document.getElementById(fresh.id) ?? before;
  }
}

/** Puts one element into another's place; whoever was at something in it stays there. */
function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  if (!focused) return;
  // It is the same if it leads to the same place or does the same thing.
  const key = (node) => [node.id, node.getAttribute("href"), node.name, node.value, node.form?.getAttribute("action")].join(" ");
  [...fresh.querySelectorAll(focused.localName)].find((node) => key(node) === key(focused))?.focus({ preventScroll: true });
}

let refreshing = null;
let isDirty = false;

/** However much happens, one look at a time, and one more after the last. */
function refreshSoon() {
  isDirty = true;
  refreshing ??= (async () => {
    while (isDirty) {
      isDirty = false;
      await refresh();
      await new Promise((done) => setTimeout(done, 400));
    }
    refreshing = null;
  })();
}

const live = document.body.dataset.live;
if (live) {
  const note = document.getElementById("connection");
  const source = new EventSource(live);
  let wasLost = false;
  for (const name of ["session", "connection"]) source.addEventListener(name, refreshSoon);
  source.addEventListener("open", () => {
    note.hidden = true;
    wasLost = false;
    // What happened since the page was made, or since the connection was lost.
    refreshSoon();
  });
  source.addEventListener("error", () => {
    wasLost = true;
    // A moment without a connection is nothing to tell.
    setTimeout(() => {
      if (!wasLost) return;
      note.textContent = note.dataset.lost;
      note.hidden = false;
    }, 4000);
  });
  // Words such as “3 minutes ago” grow old by themselves.
  setInterval(refreshSoon, 60_000);
  addEventListener("pagehide", () => source.close());
}

// MARK: Conflicts before saving

const form = document.querySelector("form[data-conflicts]");
if (form) {
  const place = document.getElementById("conflicts");
  let latest = 0;
  let timer;
  const check = async () => {
    const number = ++latest;
    const fields = new URLSearchParams();
    for (const name of ["id", "date", "time", "minutes", "timeZone", "offset"]) {
      const value = new FormData(form).get(name);
      if (value) fields.set(name, value);
    }
    if (!fields.get("date") || !fields.get("time")) return;
    try {
      const answer = await fetch(`${form.dataset.conflicts}?${fields}`, { cache: "no-store" });
      if (!answer.ok || answer.redirected || number !== latest) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...[...found.body.childNodes].map((node) => document.importNode(node, true)));
    } catch {
      // Saving finds out too.
    }
  };
  for (const id of ["date", "time", "minutes", "timeZone"]) {
    document.getElementById(id)?.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(check, 250);
    });
  }
}

// MARK: A client's own zone

const guess = document.querySelector("form[data-guess-zone]");
if (guess && !new URLSearchParams(location.search).has("zone")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const select = guess.elements.zone;
  if (select.value !== zone && [...select.options].some((option) => option.value === zone)) {
    select.value = zone;
    guess.submit();
  }
}
for (const select of document.querySelectorAll("form[method=get].row select")) {
  select.addEventListener("change", () => select.form.submit());
}

// MARK: Dragging

let dragging = null;

document.addEventListener("pointerdown", (event) => {
  const session = event.target.closest?.(".week .session[data-move]");
  if (!session || event.button !== 0 || event.pointerType === "touch" || getComputedStyle(session.parentElement).display !== "grid") return;
  dragging = { session, x: event.clientX, y: event.clientY, grip: event.clientY - session.getBoundingClientRect().top, moved: false };
});

document.addEventListener("pointermove", (event) => {
  if (!dragging) return;
  const { session } = dragging;
  if (!dragging.moved && Math.hypot(event.clientX - dragging.x, event.clientY - dragging.y) < 6) return;
  if (!dragging.moved) session.classList.add("dragged");
  dragging.moved = true;
  session.style.transform = `translate(${event.clientX - dragging.x}px, ${event.clientY - dragging.y}px)`;
  session.style.pointerEvents = "none";
});

document.addEventListener("pointerup", (event) => {
  if (!dragging) return;
  const { session, moved, grip } = dragging;
  dragging = null;
  if (!moved) return;
  // The click that ends a drag is no click on the link.
  const swallow = (click) => click.preventDefault();
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
  const week = session.closest(".week");
  const columns = [...week.querySelectorAll(".column")];
  const column = columns.find((column) => {
    const box = column.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX < box.right;
  });
  const settle = () => {
    session.classList.remove("dragged");
    session.style.transform = session.style.pointerEvents = "";
  };
  if (!column) return settle();
  const box = column.getBoundingClientRect();
  const quarters = Number(week.dataset.quarters);
  const row = Math.round((event.clientY - grip - box.top) / (box.height / quarters));
  const quarter = Number(week.dataset.firstQuarter) + Math.max(0, Math.min(quarters - 1, row));
  const move = document.getElementById("move");
  const two = (number) => String(number).padStart(2, "0");
  move.action = session.dataset.move;
  move.elements.startsAt.value = `${column.parentElement.dataset.date}T${two(Math.floor(quarter / 4))}:${two((quarter % 4) * 15)}`;
  move.submit();
});

document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(".session[data-move]")) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !dragging) return;
  dragging.session.classList.remove("dragged");
  dragging.session.style.transform = dragging.session.style.pointerEvents = "";
  dragging = null;
});
