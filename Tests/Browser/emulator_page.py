"""The page of the emulator in a real browser: what people see, within the time in which they should see it.

    python emulator_page.py --command "PATH/loom-calendar emulator --port {port}" [NAME …]

Every function whose name begins with `test_` is a test; names behind the options pick some of them.
"""

import contextlib
import json
import shlex
import subprocess
import sys

from playwright.sync_api import expect

from emulator import Emulator
from harness import SOON, is_too_wide, run, soon, violations, window
from processes import Process, free_port

# Monday, 2 November 2026, ten o'clock in Berlin. Real time runs on from there.
START = "2026-11-02T09:00:00Z"
HOUR = 46
COACH, CLIENT = "coach@example.com", "client@example.com"
TABS = ["requests", "faults", "switches", "quotas", "time", "mails"]


class Site:
    """A fresh emulator and browser windows that look at it."""

    def __init__(self, command, browser):
        """The command has {port} where the port belongs."""
        port = free_port()
        self.emulator, self.browser = Emulator(f"http://127.0.0.1:{port}"), browser
        self.process = Process(
            shlex.split(command.replace("{port}", str(port))), lambda: self.emulator.control("version", method="GET"))

    def stop(self):
        self.process.stop()

    def fresh(self):
        self.emulator.control("reset")
        self.emulator.control("clock", {"now": START})

    @contextlib.contextmanager
    def window(self, width=1440, height=900, scheme="light", address="/", strict=True):
        with window(
            self.browser, strict, viewport={"width": width, "height": height}, color_scheme=scheme, timezone_id="Europe/Berlin"
        ) as page:
            page.goto(self.emulator.url + address)
            expect(page.locator("#live")).to_have_attribute("data-state", "live")
            yield page


def event(page, title):
    return page.locator(".event").filter(has_text=title)


def tab(page, name):
    page.locator("#tab-" + name).click()
    return page.locator("#" + name)


def places(locator):
    """Day and hour at which events begin. Read at once: a refresh may be moving them."""
    found = locator.evaluate_all(
        "nodes => nodes.map(node => [node.closest('[data-day]')?.dataset.day, parseFloat(node.style.top)])")
    return [(day, top / HOUR) for day, top in found]


def hour_of(locator):
    return places(locator)[0][1]


# MARK: - The week

def test_newcomer_is_told_what_to_do(site):
    with site.window() as page:
        expect(page.locator("#welcome h2")).to_be_visible()
        expect(page.locator("#week")).to_be_hidden()
        command = page.locator("#welcome-steps pre").first.text_content()
        # The command is done as it stands, by a shell.
        answer = json.loads(subprocess.run(["bash", "-c", command], check=True, capture_output=True).stdout)
        expect(page.locator("#welcome")).to_be_hidden(timeout=SOON)
        expect(page.locator("#people-list")).to_contain_text(answer["email"])
        status, _ = site.emulator.call("GET", "/calendar/v3/colors", token=answer["accessToken"])
        assert status == 200, status


def test_person_is_added_on_the_page(site):
    with site.window(strict=False) as page:
        page.locator("#user-email").fill("no address")
        page.locator("#user-form button").click()
        expect(page.locator("#notice")).to_have_text("Not done: email must be an address such as coach@example.com.")
        page.locator("#user-email").fill(COACH)
        page.locator("#user-form button").click()
        expect(page.locator("#people-list")).to_contain_text(COACH, timeout=SOON)
        token = page.locator("#token-text").text_content()
        status, _ = site.emulator.call("GET", "/calendar/v3/users/me/calendarList", token=token)
        assert status == 200, status


def test_event_appears_moves_and_goes_without_reload(site):
    coach = site.emulator.person(COACH)
    calendar = coach.calendar()
    with site.window() as page:
        expect(page.locator("#people-list")).to_contain_text("Coaching")
        page.evaluate("window.notReloaded = true")
        made = coach.insert(calendar, "First steps", "2026-11-03T10:00", "2026-11-03T11:30")
        first = event(page, "First steps")
        expect(first).to_be_visible(timeout=SOON)
        assert places(first) == [("2026-11-03", 10)], places(first)
        assert abs(first.bounding_box()["height"] - 1.5 * HOUR) < 4

        path = f"calendars/{calendar}/events/{made['id']}"
        coach.must("PATCH", path, {
            "start": {"dateTime": "2026-11-05T14:15:00+01:00"}, "end": {"dateTime": "2026-11-05T15:00:00+01:00"}})
        soon(lambda: places(first) == [("2026-11-05", 14.25)], "the event did not move")

        coach.must("DELETE", path)
        expect(first).to_have_count(0, timeout=SOON)
        page.get_by_label("Deleted").check()
        expect(first).to_have_attribute("data-status", "cancelled", timeout=SOON)
        expect(first.locator(".title")).to_have_css("text-decoration-line", "line-through")
        assert page.evaluate("window.notReloaded"), "the page was loaded anew"


def test_all_day_tentative_free_and_overlapping_events(site):
    coach = site.emulator.person(COACH)
    coach.insert("primary", "Conference", "2026-11-03", "2026-11-06")
    coach.insert("primary", "Perhaps", "2026-11-04T09:00", "2026-11-04T10:00", status="tentative")
    coach.insert("primary", "Free", "2026-11-04T11:00", "2026-11-04T12:00", transparency="transparent")
    coach.insert("primary", "One", "2026-11-06T09:00", "2026-11-06T11:00")
    coach.insert("primary", "Two", "2026-11-06T10:00", "2026-11-06T12:00")
    coach.insert("primary", "Night", "2026-11-06T23:00", "2026-11-07T01:00", colorId="11")
    with site.window() as page:
        bar = event(page, "Conference")
        expect(bar).to_have_css("grid-column-start", "2")
        expect(bar).to_have_css("grid-column-end", "span 3")
        expect(event(page, "Perhaps")).to_have_css("border-top-style", "dashed")
        expect(event(page, "Free")).to_have_attribute("data-free", "")
        one, two = event(page, "One").bounding_box(), event(page, "Two").bounding_box()
        assert one["x"] + one["width"] <= two["x"] + 0.5, (one, two)
        night = event(page, "Night")
        expect(night).to_have_count(2)
        expect(night.last).to_contain_text("23:00 – 01:00")
        assert places(night) == [("2026-11-06", 23), ("2026-11-07", 0)], places(night)
        expect(night.first).to_have_css("background-color", "rgb(220, 33, 39)")


def test_two_people_see_their_own(site):
    coach, client = site.emulator.person(COACH), site.emulator.person(CLIENT)
    shared = coach.calendar("Shared")
    coach.insert("primary", "Only the coach's", "2026-11-03T10:00", "2026-11-03T11:00")
    coach.insert(shared, "Secret topic", "2026-11-04T10:00", "2026-11-04T11:00")
    client.insert("primary", "Only the client's", "2026-11-05T10:00", "2026-11-05T11:00")
    coach.must("POST", f"calendars/{shared}/acl", {"role": "freeBusyReader", "scope": {"type": "user", "value": CLIENT}})
    client.must("POST", "users/me/calendarList", {"id": shared})
    with site.window() as page:
        expect(event(page, "Only the coach's")).to_be_visible()
        expect(event(page, "Secret topic")).to_be_visible()
        expect(event(page, "Only the client's")).to_have_count(0)
        page.locator(".person").filter(has_text=CLIENT).click()
        expect(event(page, "Only the client's")).to_be_visible(timeout=SOON)
        expect(event(page, "Only the coach's")).to_have_count(0)
        expect(event(page, "Secret topic")).to_have_count(0)
        expect(event(page, "busy")).to_have_count(1)
        page.get_by_label("Shared", exact=True).uncheck()
        expect(event(page, "busy")).to_have_count(0)


def test_json_of_an_event(site):
    coach, client = site.emulator.person(COACH), site.emulator.person(CLIENT)
    calendar = coach.calendar()
    made = coach.insert(
        calendar, "Details", "2026-11-03T10:00", "2026-11-03T11:00", extendedProperties={"private": {"sessionId": "s-17"}},
        reminders={"useDefault": False, "overrides": [{"method": "popup", "minutes": 7}]})
    path = f"calendars/{calendar}/events/{made['id']}"
    with site.window() as page:
        event(page, "Details").click()
        shown = lambda: json.loads(page.locator("#event-json").text_content())
        expect(page.locator("#event-title")).to_have_text("Details")
        assert shown() == coach.must("GET", path + "?timeZone=Europe/Berlin"), shown()
        expect(page.locator("#event-facts")).to_contain_text("sessionId = s-17")
        page.locator("#as-held").click()
        assert shown()["reminders"] == {COACH: {"useDefault": False, "overrides": [{"method": "popup", "minutes": 7}]}}
        # It stays alive while it is open.
        coach.must("PATCH", path, {"summary": "Other details"})
        expect(page.locator("#event-title")).to_have_text("Other details", timeout=SOON)
        page.keyboard.press("Escape")
        expect(page.locator("#event")).to_be_hidden()


def test_time_zone_and_weeks(site):
    coach = site.emulator.person(COACH)
    coach.insert("primary", "Zoned", "2026-11-03T10:00", "2026-11-03T11:00")
    with site.window() as page:
        expect(page.locator("#week-title")).to_have_text("2 – 8 November 2026")
        page.locator("#zone").select_option("America/New_York")
        soon(lambda: places(event(page, "Zoned")) == [("2026-11-03", 4)], "the zone did not change")
        page.get_by_label("Next week").click()
        expect(page.locator("#week-title")).to_have_text("9 – 15 November 2026")
        expect(event(page, "Zoned")).to_have_count(0)
        page.get_by_role("button", name="Today").click()
        expect(event(page, "Zoned")).to_be_visible()
        address = page.url
    with site.window(address=address.removeprefix(site.emulator.url)) as page:
        expect(event(page, "Zoned")).to_be_visible()


def test_more_events_than_a_page_can_hold(site):
    coach = site.emulator.person(COACH)
    for number in range(510):
        start = f"2026-11-{2 + number % 7:02}T{number // 7 % 23:02}:00"
        coach.insert("primary", f"No {number}", start, start.replace(":00", ":30"))
    with site.window() as page:
        expect(page.locator("#week-more")).to_be_visible()
        expect(page.locator(".event")).to_have_count(500)


# MARK: - Requests, faults, switches, quotas, clock, mails

def test_fault_from_the_page_strikes_and_shows_in_the_log(site):
    coach = site.emulator.person(COACH)
    with site.window() as page:
        tab(page, "faults")
        page.get_by_label("Method").select_option("events.list")
        page.get_by_label("Status", exact=True).fill("503")
        page.get_by_label("How often").fill("1")
        page.get_by_role("button", name="Add fault").click()
        expect(page.locator("#fault-list")).to_contain_text("events.list → 503 · 1 more", timeout=SOON)
        expect(page.locator("#fault-count")).to_have_text("1")

        assert coach.ask("GET", "colors")[0] == 200
        assert coach.ask("GET", "calendars/primary/events")[0] == 503
        assert coach.ask("GET", "calendars/primary/events")[0] == 200
        expect(page.locator("#fault-list li")).to_have_count(0, timeout=SOON)
        tab(page, "requests")
        struck = page.locator("#log li").filter(has=page.locator(".mark"))
        expect(struck).to_have_count(1, timeout=SOON)
        expect(struck).to_contain_text("503")
        expect(struck).to_contain_text("events.list")
        newest = page.locator("#log li").first
        expect(newest).to_contain_text("200")
        expect(newest).to_contain_text(COACH)

        tab(page, "faults")
        page.get_by_role("button", name="Next call: connection closed").click()
        expect(page.locator("#fault-list li")).to_have_count(1, timeout=SOON)
        assert coach.ask("GET", "colors")[0] == 0
        tab(page, "requests")
        expect(page.locator("#log li").first.locator(".status")).to_have_text("none", timeout=SOON)

        tab(page, "faults")
        page.get_by_role("button", name="One call in ten: 500").click()
        expect(page.locator("#fault-list")).to_contain_text("10 % of the time", timeout=SOON)
        page.get_by_role("button", name="Clear all").click()
        expect(page.locator("#no-faults")).to_be_visible(timeout=SOON)


def test_every_ready_made_fault_is_taken(site):
    site.emulator.person(COACH)
    with site.window() as page:
        buttons = tab(page, "faults").locator("#presets button")
        for index in range(buttons.count()):
            buttons.nth(index).click()
            expect(page.locator("#fault-list li")).to_have_count(index + 1)


def test_zone_that_only_the_browser_knows(site):
    site.emulator.person(COACH)
    with site.window(strict=False) as page:
        # Browsers and servers do not always have the same edition of the time zones.
        page.route("**/emulator/week?*timeZone=Europe*", lambda route: route.fulfill(
            status=400, json={"error": "timeZone must be a name such as Europe/Berlin"}))
        page.reload()
        expect(page.locator("#zone")).to_have_value("UTC")
        expect(page.locator("#week-title")).to_have_text("2 – 8 November 2026")


def test_refused_fault_is_explained(site):
    site.emulator.person(COACH)
    with site.window(strict=False) as page:
        tab(page, "faults")
        page.get_by_label("Status", exact=True).fill("200")
        page.get_by_role("button", name="Add fault").click()
        expect(page.locator("#notice")).to_have_text("Not done: status must be a whole number from 400 to 599.")
        assert page.get_by_label("Status", exact=True).input_value() == "200", "what was typed is gone"


def test_log_filters_and_pause(site):
    coach = site.emulator.person(COACH)
    coach.must("GET", "colors")
    coach.ask("GET", "calendars/nobody@example.com/events")
    with site.window() as page:
        rows = page.locator("#log li")
        expect(rows).to_have_count(2)
        page.get_by_label("Show only answers with").select_option("4")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("404")
        page.get_by_label("Show only answers with").select_option("")
        page.get_by_label("Show only requests that contain").fill("colors")
        expect(rows).to_have_count(1)
        page.get_by_label("Show only requests that contain").fill("")
        page.locator("#pause").click()
        coach.must("GET", "colors")
        expect(page.locator("#pause")).to_have_text("Go on (1)", timeout=SOON)
        expect(rows).to_have_count(2)
        page.locator("#pause").click()
        expect(rows).to_have_count(3)


def test_switches_and_quotas(site):
    coach = site.emulator.person(COACH)
    token = coach.must("GET", "calendars/primary/events")["nextSyncToken"]
    sync = "calendars/primary/events?syncToken=" + token
    with site.window(strict=False) as page:
        tab(page, "switches")
        page.get_by_label("syncTokensExpired").check()
        soon(lambda: coach.ask("GET", sync)[0] == 410, "the switch had no effect")
        page.get_by_label("syncTokensExpired").uncheck()
        soon(lambda: coach.ask("GET", sync)[0] == 200, "the switch did not go back")
        site.emulator.control("switches", {"purgeTombstones": True})
        expect(page.get_by_label("purgeTombstones")).to_be_checked(timeout=SOON)

        page.get_by_label("updatedMinDays").fill("many")
        page.get_by_label("updatedMinDays").press("Enter")
        expect(page.locator("#notice")).to_contain_text("updatedMinDays must be a whole number")
        expect(page.get_by_label("updatedMinDays")).to_have_value("28")
        page.get_by_label("disabledProjects").fill("people, other")
        page.get_by_label("disabledProjects").press("Enter")
        soon(lambda: coach.ask("GET", "colors")[0] == 403, "the project is not disabled")
        site.emulator.control("switches", {"disabledProjects": []})

        tab(page, "quotas")
        page.get_by_label("perMinutePerUser").fill("1")
        page.get_by_label("perMinutePerUser").press("Enter")
        page.get_by_label("form").select_option("429")
        soon(lambda: coach.ask("GET", "colors")[0] == 429, "the quota had no effect")
        page.get_by_label("perMinutePerUser").fill("")
        page.get_by_label("perMinutePerUser").press("Enter")
        soon(lambda: coach.ask("GET", "colors")[0] == 200, "the quota was not lifted")


def test_clock(site):
    site.emulator.person(COACH)
    with site.window(strict=False) as page:
        line = page.locator("#now-line")
        expect(line).to_be_visible()
        before = float(line.evaluate("node => node.style.top").removesuffix("px"))
        assert abs(before / HOUR - 10) < 0.3, before
        tab(page, "time")
        page.get_by_role("button", name="1 hour").click()
        soon(lambda: abs(hour_of(line) - 11) < 0.3, "the line of the hour did not move")
        page.get_by_label("A time with its offset").fill("2026-12-24T18:00:00+01:00")
        page.get_by_role("button", name="Set", exact=True).click()
        expect(page.locator("#time-now")).to_contain_text("24 Dec 2026, 18:0", timeout=SOON)
        assert site.emulator.control("version", method="GET")["now"].startswith("2026-12-24T17:0")
        page.get_by_role("button", name="Today").click()
        expect(page.locator("#week-title")).to_have_text("21 – 27 December 2026")
        page.get_by_label("A time with its offset").fill("tomorrow")
        page.get_by_role("button", name="Set", exact=True).click()
        expect(page.locator("#notice")).to_have_text("Not done: now must be an RFC 3339 time with an offset.")
        page.get_by_role("button", name="Back to real time").click()
        expect(page.locator("#clock-moved")).to_be_hidden(timeout=SOON)


def test_mails(site):
    coach = site.emulator.person(COACH)
    calendar = coach.calendar()
    with site.window() as page:
        coach.must("POST", f"calendars/{calendar}/acl", {"role": "reader", "scope": {"type": "user", "value": CLIENT}})
        expect(page.locator("#mail-count")).to_have_text("1", timeout=SOON)
        expect(tab(page, "mails")).to_contain_text(CLIENT)


def test_reset_asks_first(site):
    coach = site.emulator.person(COACH)
    coach.must("GET", "colors")
    with site.window() as page:
        page.locator("#reset").click()
        expect(page.locator("#reset-text")).to_contain_text("1 account, 1 calendar and 0 events")
        page.get_by_role("button", name="Keep it").click()
        assert coach.ask("GET", "colors")[0] == 200
        page.locator("#reset").click()
        page.locator("#reset-yes").click()
        expect(page.locator("#welcome")).to_be_visible(timeout=SOON)
        expect(page.locator("#log li")).to_have_count(0)
        assert coach.ask("GET", "colors")[0] == 401
        expect(page.locator("#log li")).to_have_count(1, timeout=SOON)


def test_reset_from_elsewhere_is_noticed(site):
    coach = site.emulator.person(COACH)
    coach.must("GET", "colors")
    with site.window() as page:
        expect(page.locator("#people-list")).to_contain_text(COACH)
        site.emulator.control("reset")
        site.emulator.person(CLIENT)
        expect(page.locator("#people-list")).to_contain_text(CLIENT, timeout=SOON)
        expect(page.locator("#people-list")).not_to_contain_text(COACH)
        expect(page.locator("#log li")).to_have_count(0)


# MARK: - What must never happen, and for everybody

def test_script_in_a_title_is_inert(site):
    attack = "<img src=x onerror=\"window.broken = true\"><script>window.broken = true</script>"
    coach = site.emulator.person(COACH, name=attack)
    calendar = coach.calendar(attack)
    coach.insert(
        calendar, attack, "2026-11-03T10:00", "2026-11-03T11:00", location=attack, description=attack,
        extendedProperties={"private": {attack[:40]: attack}})
    coach.insert(calendar, attack, "2026-11-04", "2026-11-05")
    coach.ask("GET", "calendars/%3Cimg%20src=x%20onerror=%22window.broken=true%22%3E/events")
    site.emulator.control("faults", {"status": 500, "reason": attack, "path": attack})
    with site.window() as page:
        expect(page.locator(".day .event .title")).to_have_text(attack)
        expect(page.locator("#bars .event .title")).to_have_text(attack)
        page.locator(".day .event").click()
        expect(page.locator("#event-title")).to_have_text(attack)
        page.locator("#as-held").click()
        page.keyboard.press("Escape")
        expect(page.locator("#event")).to_be_hidden()
        for name in TABS:
            tab(page, name)
        assert page.evaluate("window.broken") is None
        assert page.locator("img").count() == 1, "only the page's own picture"


def test_no_horizontal_scroll_on_a_phone(site):
    coach = site.emulator.person(COACH)
    calendar = coach.calendar("A calendar whose name is a good deal longer than any phone is wide")
    coach.insert(calendar, "Averylongwordthatnobodycouldeverbreak" * 4, "2026-11-02T10:00", "2026-11-02T11:00")
    site.emulator.control("faults", {"status": 500, "path": "x" * 200})

    def fits(page, where):
        assert not is_too_wide(page), where

    for width in (360, 390, 768, 1024, 1440):
        with site.window(width=width, height=760) as page:
            expect(page.locator(".event").first).to_be_visible()
            fits(page, f"{width} px")
            for name in TABS:
                tab(page, name)
                fits(page, f"{name} at {width} px")
            if width < 760:
                page.locator("#people-fold").click()
                expect(page.locator("#search, #people-list").last).to_be_visible()
                fits(page, f"people at {width} px")
            page.locator(".event").first.click()
            expect(page.locator("#event-title")).to_be_in_viewport()
            fits(page, f"event at {width} px")
    site.emulator.control("reset")
    with site.window(width=360, height=760) as page:
        expect(page.locator("#welcome")).to_be_visible()
        fits(page, "welcome")


def test_phone_shows_one_day(site):
    coach = site.emulator.person(COACH)
    coach.insert("primary", "On Monday", "2026-11-02T10:00", "2026-11-02T11:00")
    coach.insert("primary", "On Thursday", "2026-11-05T10:00", "2026-11-05T11:00")
    with site.window(width=390, height=844) as page:
        expect(event(page, "On Monday")).to_be_visible()
        expect(event(page, "On Thursday")).to_have_count(0)
        page.get_by_label("Thursday 5 November, has events").click()
        expect(event(page, "On Thursday")).to_be_visible()
        assert event(page, "On Thursday").bounding_box()["width"] > 250


def test_keyboard(site):
    coach = site.emulator.person(COACH)
    coach.insert("primary", "By keyboard", "2026-11-03T10:00", "2026-11-03T11:00")
    with site.window() as page:
        button = event(page, "By keyboard")
        button.focus()
        coach.insert("primary", "Meanwhile", "2026-11-03T10:30", "2026-11-03T11:30")
        expect(event(page, "Meanwhile")).to_be_visible(timeout=SOON)
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#event-title")).to_be_focused()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()
        page.locator("#scroller").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#week-title")).to_have_text("9 – 15 November 2026", timeout=SOON)
        page.locator("#tab-requests").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#tab-faults")).to_be_focused()
        expect(page.locator("#faults")).to_be_visible()


def test_nothing_moves_on_refresh(site):
    coach = site.emulator.person(COACH)
    coach.insert("primary", "Still", "2026-11-03T10:00", "2026-11-03T11:00")
    with site.window() as page:
        still = event(page, "Still")
        expect(still).to_be_visible()
        page.locator("#scroller").evaluate("node => node.scrollTop = 200")
        before = still.bounding_box()
        page.evaluate("window.still = document.querySelector('.day .event')")
        coach.insert("primary", "New", "2026-11-05T10:00", "2026-11-05T11:00")
        expect(event(page, "New")).to_be_visible(timeout=SOON)
        assert still.bounding_box() == before, (still.bounding_box(), before)
        assert page.evaluate("window.still.isConnected"), "the event was drawn anew"


def test_lost_emulator_is_said_and_found_again(site):
    coach = site.emulator.person(COACH)
    with site.window(strict=False) as page:
        page.context.set_offline(True)
        expect(page.locator("#live")).to_contain_text("The emulator does not answer", timeout=SOON)
        coach.insert("primary", "Meanwhile", "2026-11-03T10:00", "2026-11-03T11:00")
        page.context.set_offline(False)
        expect(event(page, "Meanwhile")).to_be_visible(timeout=SOON)
        expect(page.locator("#live")).to_have_text("live")


def test_axe_finds_nothing(site):
    def check(page, where):
        found = violations(page)
        assert not found, f"{where}: {found}"

    def fill():
        coach = site.emulator.person(COACH, name="Coach")
        site.emulator.person(CLIENT, admin=True)
        site.emulator.control("service-accounts", {"project": "demo", "name": "sync"})
        calendar = coach.calendar()
        coach.must("POST", f"calendars/{calendar}/acl", {"role": "reader", "scope": {"type": "user", "value": CLIENT}})
        for color in range(1, 12):
            day = f"2026-11-{2 + color % 7:02}"
            coach.insert(calendar, f"Colour {color}", f"{day}T{8 + color // 7 * 2:02}:00", f"{day}T{9 + color // 7 * 2:02}:00",
                         colorId=str(color), **({"status": "tentative"} if color % 3 == 0 else {}))
            coach.insert(calendar, "Free", f"{day}T{13 + color // 7 * 2}:00", f"{day}T{14 + color // 7 * 2}:00",
                         colorId=str(color), transparency="transparent")
        gone = coach.insert(calendar, "Gone", "2026-11-03T17:00", "2026-11-03T18:00")
        coach.must("DELETE", f"calendars/{calendar}/events/{gone['id']}")
        coach.insert(calendar, "Conference", "2026-11-03", "2026-11-06")
        coach.ask("GET", "calendars/nobody@example.com/events")
        site.emulator.control("faults", {"status": 503, "count": 1})
        coach.ask("GET", "colors")
        site.emulator.control("faults", {"effect": "afterCommit", "method": "events.insert", "count": 1})

    for scheme in ("light", "dark"):
        for width in (1440, 390):
            where = f"{scheme}, {width} px"
            site.fresh()
            with site.window(width=width, scheme=scheme) as page:
                expect(page.locator("#welcome")).to_be_visible()
                check(page, where + ", empty")
                fill()
                expect(event(page, "Colour").first).to_be_visible(timeout=2 * SOON)
                page.get_by_label("Deleted").check()
                if width < 760:
                    page.locator("#people-fold").click()
                for name in TABS:
                    tab(page, name)
                    check(page, f"{where}, {name}")
                page.locator("#reset").click()
                check(page, where + ", reset")
                page.locator("#reset-no").click()
                event(page, "Conference" if width > 760 else "Colour").first.click()
                expect(page.locator("#event-title")).to_be_visible()
                check(page, where + ", event")


# MARK: - Running

if __name__ == "__main__":
    tests = [(name, test) for name, test in list(globals().items()) if name.startswith("test_")]
    sys.exit(run(__doc__, tests, ("--command", "starts the emulator; {port} stands for the port"), Site))
