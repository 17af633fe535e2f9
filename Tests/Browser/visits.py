"""People at browsers, with JavaScript and without, in front of a server of their own."""

import contextlib
import datetime
import functools
import json
import urllib.parse
import zoneinfo

from playwright.sync_api import expect

from harness import SOON, soon, window
from server import ROOT, Server

SETTINGS = "/settings/calendar"
# The word that says how it stands, of the calendar and of a session.
STATE, BADGE = "#connection-state .badge", "article .badge"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
# For what is tried again after one, two and four seconds.
IN_A_WHILE = 20_000


class Words:
    """What the pages say in one language, by the names that the texts have in the source."""

    def __init__(self, language):
        self.texts = json.loads((ROOT / f"Sources/Web/Pages/Words/{language}.json").read_text())

    def __call__(self, key):
        return functools.reduce(lambda texts, name: texts[name], key.split("."), self.texts)

    def keys(self, texts=None, prefix=""):
        for name, text in (self.texts if texts is None else texts).items():
            yield from self.keys(text, f"{prefix}{name}.") if isinstance(text, dict) else [prefix + name]


class Site:
    """A fresh server for each story, and visitors."""

    def __init__(self, program, browser):
        self.program, self.browser, self.server = program, browser, None

    def fresh(self):
        self.stop()
        self.server = Server(self.program)

    def stop(self):
        if self.server:
            self.server.stop()
            self.server = None

    @contextlib.contextmanager
    def visit(self, person=None, to="/", lively=True, strict=True, **options):
        """Somebody who has just signed in, or nobody yet."""
        with window(self.browser, strict, viewport=DESKTOP, java_script_enabled=lively, **options) as page:
            visitor = Visitor(page, self.server, lively)
            if person:
                visitor.sign_in(person, to)
            else:
                visitor.go(to)
            yield visitor
            assert not visitor.unguarded, visitor.unguarded

    @contextlib.contextmanager
    def emulator_page(self, person, day):
        """The emulator's own page, as it shows this person the week of a day."""
        google = self.server.emulator.person(person.email)
        # What a coach does by the link in Google's mail.
        for calendar in self.server.calendars(person):
            google.must("POST", "users/me/calendarList", {"id": calendar["id"]})
        monday = day - datetime.timedelta(days=day.weekday())
        parts = urllib.parse.urlencode({"of": person.email, "from": monday})
        with window(self.browser, viewport=DESKTOP, timezone_id=person.zone) as page:
            page.goto(f"{self.server.emulator.url}/#{parts}")
            expect(page.locator("#live")).to_have_attribute("data-state", "live")
            yield page


class Visitor:
    """Somebody at a browser."""

    def __init__(self, page, server, lively):
        self.page, self.server, self.lively = page, server, lively
        # Pages that came without what keeps foreign scripts from running.
        self.unguarded = []
        page.on("response", self.look_at)

    def look_at(self, response):
        if response.request.resource_type != "document" or not response.url.startswith(self.server.url):
            return
        policy = response.headers.get("content-security-policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy:
            self.unguarded.append(f"{response.status} {response.url}: {policy or 'no policy'}")

    def go(self, path):
        """Answers the status of the page."""
        return self.page.goto(self.server.url + path).status

    def sign_in(self, person, to="/"):
        self.go("/sign-in?" + urllib.parse.urlencode({"token": self.server.token(person), "to": to}))

    @property
    def path(self):
        return self.page.url.removeprefix(self.server.url)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name):
        self.page.get_by_role("link", name=name, exact=True).click()

    def fill(self, label, text):
        self.page.get_by_label(label, exact=True).fill(text)

    def is_told(self, text):
        """What was just done is said once, above the page."""
        expect(self.page.locator(".toast")).to_contain_text(text)

    def sees(self, where, text, patience=SOON):
        """Waits for what happens by itself. A lively page shows it, others when they are loaded again."""
        locator = self.page.locator(where)
        if self.lively:
            self.page.evaluate("window.isStill = true")
            expect(locator).to_contain_text(text, timeout=patience)
            assert self.page.evaluate("window.isStill"), "the page was loaded anew"
            return

        def shown():
            self.page.reload()
            return locator.count() == 1 and text in locator.inner_text()

        soon(shown, lambda: f"{where} does not say {text!r}: {locator.all_inner_texts()}", patience)

    def sees_no(self, where, patience=SOON):
        locator = self.page.locator(where)
        if self.lively:
            expect(locator).to_have_count(0, timeout=patience)
            return

        def gone():
            self.page.reload()
            return locator.count() == 0

        soon(gone, f"{where} is still there", patience)


def next_week(person, weekday):
    """A day of the week that "Later" leads this person to; 0 is Monday."""
    today = datetime.datetime.now(zoneinfo.ZoneInfo(person.zone)).date()
    # Weeks of people in Israel begin on Sunday.
    first = 6 if person.locale == "he" else 0
    start = today - datetime.timedelta(days=(today.weekday() - first) % 7)
    return start + datetime.timedelta(days=7 + (weekday - first) % 7)


def last_sunday(year, month):
    """When clocks change in Europe, in March and in October."""
    last = datetime.date(year, month, 31)
    return last - datetime.timedelta(days=(last.weekday() + 1) % 7)


def at(day, hour, person, minute=0):
    """A time on this person's clocks."""
    return datetime.datetime.combine(day, datetime.time(hour, minute), zoneinfo.ZoneInfo(person.zone))


def starts_at(event):
    """When an event of the emulator's begins."""
    return datetime.datetime.fromisoformat(event["start"]["dateTime"])
