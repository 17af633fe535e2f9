"""The pages of the server in a real browser: what people do there, and what becomes of it in the emulated Google.

    python pages.py --program PATH/loom-calendar [NAME …]

Every function whose name begins with `test_` is a story with a server of its own; names behind the options pick some of them.
Most are played twice, with JavaScript and without.
"""

import datetime
import functools
import re
import sys
import urllib.parse
import zoneinfo

from playwright.sync_api import expect

import looks
from harness import SOON, run, soon
from server import CLIENT, COACH, HEBREW_COACH, OPERATOR, OTHER_CLIENT, Somebody
from tour import Tour
from visits import BADGE, IN_A_WHILE, SETTINGS, STATE, Site, Words, at, last_sunday, next_week, starts_at


def played_twice(story):
    """Everything can be done without JavaScript too, except for dragging; and what changes by itself is seen after a reload."""
    story.is_played_twice = True
    return story


# MARK: - What stories are made of

def connect(visitor):
    visitor.go(SETTINGS)
    visitor.press("Connect Google Calendar")
    visitor.is_told("Your calendar is connected.")
    visitor.sees(STATE, "Up to date")


def open_slot(visitor, day, hour):
    """By a click into the week, at a full hour that is free."""
    visitor.page.locator(f'.day[data-date="{day}"] a.slot').filter(has_text=f"{hour:02}:00").click()


def make_session(visitor, day, hour, topic, save="Save"):
    """As the form has it when it is opened from the week."""
    visitor.go(f"/new-session?at={day}T{hour:02}:00")
    visitor.fill("Topic", topic)
    visitor.press(save)


def shown_session(visitor, topic):
    """The session's block in the week or the month, or its line in a list."""
    return visitor.page.locator("#main a").filter(has_text=topic)


def open_session(visitor, topic, day=None):
    if day:
        visitor.go(f"/sessions?date={day}")
    shown_session(visitor, topic).click()
    expect(visitor.page.locator("h1")).to_have_text(topic)


def event_of(visitor, person, topic):
    """The one event of that title; nothing while there is none."""
    events = [event for event in visitor.server.events(person) if event.get("summary") == topic]
    assert len(events) < 2, f"{topic} is there {len(events)} times"
    return events[0] if events else None


def lands(visitor, person, topic, patience=SOON):
    return soon(lambda: event_of(visitor, person, topic), f"{topic} does not land", patience)


def moves(visitor, person, topic, start):
    soon(lambda: starts_at(event_of(visitor, person, topic)) == start, f"the event of {topic} does not move to {start}")


def leaves(visitor, person, topic):
    soon(lambda: not event_of(visitor, person, topic), f"the event of {topic} stays")


# MARK: - A coach

def drag(visitor, topic, day, hour):
    """Takes a session by its upper edge and lets it go where its first minute shall be."""
    page = visitor.page
    week, session = page.locator("#week"), shown_session(visitor, topic)
    column = page.locator(f'.day[data-date="{day}"] .column').bounding_box()
    first, shown = (int(week.get_attribute(name)) for name in ("data-first-quarter", "data-quarters"))
    box = session.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 4
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 20)
    page.mouse.move(
        column["x"] + column["width"] / 2, column["y"] + column["height"] * (hour * 4 - first) / shown + 4, steps=5)
    page.mouse.up()


def main_story(site, person, lively, words, topic, new_topic):
    """From the first visit to an event that comes, changes, moves and goes."""
    day = next_week(person, 1)
    with site.visit(person, SETTINGS, lively) as coach:
        page, server = coach.page, coach.server
        expect(page.locator(STATE)).to_have_text(words("settings.badges.never"))
        expect(page.locator("#connection-state")).to_contain_text(words("settings.whatItDoes"))
        expect(page.locator("#connection-state")).to_contain_text(person.email)
        coach.press(words("settings.connect"))
        coach.is_told(words("toasts.connected"))
        coach.sees(STATE, words("settings.badges.healthy"))

        # Google takes its time, so that the way can be seen.
        server.fault(method="events.insert", delayMilliseconds=1500, count=1)
        coach.follow(words("nav.sessions"))
        coach.follow(words("sessions.next"))
        open_slot(coach, day, 10)
        expect(page.get_by_label(words("form.date"))).to_have_value(str(day))
        expect(page.get_by_label(words("form.time"), exact=True)).to_have_value("10:00")
        coach.fill(words("form.topic"), topic)
        coach.fill(words("form.privateNotes"), "CANARY")
        coach.press(words("form.save"))
        coach.is_told(words("toasts.sessionCreated"))
        open_session(coach, topic)
        expect(page.locator(BADGE)).to_have_text(words("session.badges.pending"))
        coach.sees(BADGE, words("session.badges.synced"))
        assert starts_at(event_of(coach, person, topic)) == at(day, 10, person)

        with site.emulator_page(person, day) as google:
            shown = google.locator(".event").filter(has_text=topic)
            expect(shown).to_have_count(1)

            coach.follow(words("session.edit"))
            coach.fill(words("form.topic"), new_topic)
            coach.press(words("form.save"))
            coach.is_told(words("toasts.sessionSaved"))
            coach.sees(BADGE, words("session.badges.synced"))
            lands(coach, person, new_topic)
            expect(shown).to_have_count(0, timeout=SOON)
            shown = google.locator(".event").filter(has_text=new_topic)
            expect(shown).to_have_count(1, timeout=SOON)

            # With a mouse, or by the form.
            next_day = day + datetime.timedelta(days=1)
            if lively:
                coach.go(f"/sessions?date={day}")
                drag(coach, new_topic, next_day, 14)
                coach.is_told(words("toasts.sessionMoved"))
                expect(page.locator(f'.day[data-date="{next_day}"] .session')).to_contain_text(new_topic)
                open_session(coach, new_topic)
            else:
                coach.follow(words("session.edit"))
                coach.fill(words("form.date"), str(next_day))
                coach.fill(words("form.time"), "14:00")
                coach.press(words("form.save"))
                coach.is_told(words("toasts.sessionSaved"))
            moves(coach, person, new_topic, at(next_day, 14, person))
            expect(google.locator(f'[data-day="{next_day}"] .event')).to_contain_text(new_topic, timeout=SOON)

            coach.sees(BADGE, words("session.badges.synced"))
            page.locator("summary").click()
            coach.press(words("session.cancelYes"))
            coach.is_told(words("toasts.sessionCancelled"))
            coach.sees(BADGE, words("session.badges.gone"))
            leaves(coach, person, new_topic)
            expect(shown).to_have_count(0, timeout=SOON)
        assert "CANARY" not in str(server.emulator.control("state", method="GET")), "private notes are in Google"


@played_twice
def test_new_coach(site, lively):
    main_story(site, COACH, lively, Words("en"), "First steps", "First and second steps")


@played_twice
def test_google_is_down(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively) as coach:
        connect(coach)
        coach.server.fault(status=503)
        make_session(coach, day, 10, "Despite it all")
        coach.is_told("The session is saved.")
        open_session(coach, "Despite it all", day)
        expect(coach.page.locator(BADGE)).to_have_text("On its way")
        coach.sees("#calendar-state", "Google Calendar did not answer.")
        coach.go(SETTINGS)
        expect(coach.page.locator(STATE)).to_have_text("Problem")
        expect(coach.page.locator("#connection-state")).to_contain_text("Google Calendar did not answer.")
        expect(coach.page.locator("#connection-state")).to_contain_text("Nothing to do: it is tried again by itself.")
        expect(coach.page.locator("#connection-state")).to_contain_text("1 on its way")
        expect(coach.page.locator("#errors")).to_contain_text("Not solved yet")
        coach.server.end_faults()
        # Whoever cannot look on may press a button; whoever can sees that nobody need.
        if not lively:
            coach.press("Try again now")
            coach.is_told("Trying again now.")
        coach.sees(STATE, "Up to date", IN_A_WHILE)
        coach.sees("#errors", "Solved")
        open_session(coach, "Despite it all", day)
        expect(coach.page.locator(BADGE)).to_have_text("In the calendar")
        assert event_of(coach, COACH, "Despite it all")


@played_twice
def test_connecting_fails(site, lively):
    with site.visit(COACH, SETTINGS, lively) as coach:
        coach.server.fault(method="acl.insert", status=400, reason="invalid")
        coach.press("Connect Google Calendar")
        coach.is_told("Your calendar could not be connected. You can try again here.")
        coach.is_told("Google cannot share a calendar with your e-mail address.")
        expect(coach.page.locator(".toast")).to_have_attribute("role", "alert")
        expect(coach.page.locator(STATE)).to_have_text("Needs you")
        coach.server.end_faults()
        coach.press("Connect again")
        coach.is_told("Your calendar is connected.")
        coach.sees(STATE, "Up to date")
        assert len(coach.server.calendars(COACH)) == 1, "the calendar of the first attempt is used"


@played_twice
def test_calendar_is_deleted(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively) as coach:
        connect(coach)
        make_session(coach, day, 10, "Before")
        lands(coach, COACH, "Before")
        gone = coach.server.calendars(COACH)[0]["id"]
        coach.server.google().must("DELETE", "calendars/" + gone)
        make_session(coach, day, 11, "After")
        coach.is_told("The session is saved.")
        coach.go(SETTINGS)
        coach.sees(STATE, "Needs you")
        expect(coach.page.locator("#connection-state")).to_contain_text(
            "Your Loom Platform calendar no longer exists in Google.")
        expect(coach.page.locator("#connection-state")).to_contain_text(
            "Connect your calendar again: a new one is made and filled with your sessions.")
        coach.press("Connect again")
        coach.is_told("Your calendar is connected.")
        coach.sees(STATE, "Up to date")
        lands(coach, COACH, "Before")
        lands(coach, COACH, "After")
        assert coach.server.calendars(COACH)[0]["id"] != gone


@played_twice
def test_access_is_revoked(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively) as coach:
        connect(coach)
        coach.server.fault(path="/calendars/", status=403, reason="forbidden")
        make_session(coach, day, 10, "Locked out")
        coach.go(SETTINGS)
        coach.sees(STATE, "Needs you")
        expect(coach.page.locator("#connection-state")).to_contain_text("We no longer have access to your calendar.")
        expect(coach.page.locator("#connection-state")).to_contain_text("Share your calendar with the platform again")
        coach.server.end_faults()
        coach.press("Connect again")
        coach.is_told("Your calendar is connected.")
        coach.sees(STATE, "Up to date")
        lands(coach, COACH, "Locked out")


@played_twice
def test_usage_limit(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively) as coach, site.visit(OPERATOR, lively=lively) as operator:
        connect(coach)
        coach.server.emulator.control("quotas", {"eventCreations": 0})
        zone = zoneinfo.ZoneInfo(COACH.zone)
        before = datetime.datetime.now(zone)
        make_session(coach, day, 10, "Too much")
        coach.go(SETTINGS)
        coach.sees(STATE, "Paused")
        # An hour, to the minute, on the clocks of whoever looks.
        expected = {
            (moment + datetime.timedelta(hours=1)).strftime("%H:%M") for moment in (before, datetime.datetime.now(zone))}
        times = "|".join(expected)
        expect(coach.page.locator("#connection-state")).to_contain_text("A usage limit of Google Calendar has been reached.")
        expect(coach.page.locator("#connection-state")).to_contain_text(
            re.compile(rf"It is tried again in (an hour|\d+ minutes) \(.*({times})\)\."))
        operator.go("/operator")
        notice = operator.page.locator("#overview .notice")
        expect(notice).to_contain_text("A usage limit of Google Calendar has been reached.")
        expect(notice).to_contain_text(re.compile(rf"Paused until .*({times})\."))


@played_twice
def test_disconnecting(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively) as coach:
        connect(coach)
        topics = ["First", "Second", "Third"]
        for hour, topic in enumerate(topics, 10):
            make_session(coach, day, hour, topic)
        for topic in topics:
            lands(coach, COACH, topic)
        coach.go(SETTINGS)
        coach.sees("#connection-state", "3 events")
        coach.follow("Disconnect …")
        expect(coach.page.locator("#main")).to_contain_text("Keep them: 3 events stay in the calendar")
        expect(coach.page.locator("#main")).to_contain_text("Take them out: 3 events are removed from the calendar.")
        coach.press("Disconnect")
        coach.is_told("Your calendar is disconnected. What is in it stays there.")
        expect(coach.page.locator(STATE)).to_have_text("Disconnected")
        assert len(coach.server.events(COACH)) == 3
        # What is not connected is not kept up to date.
        make_session(coach, day, 14, "Fourth")
        open_session(coach, "Fourth", day)
        expect(coach.page.locator(BADGE)).to_have_text("Not in a calendar")

        coach.go(SETTINGS)
        coach.press("Connect again")
        coach.is_told("Your calendar is connected.")
        lands(coach, COACH, "Fourth")
        coach.sees("#connection-state", "4 events")
        coach.follow("Disconnect …")
        coach.page.get_by_label("Take them out: 4 events are removed from the calendar.").check()
        coach.press("Disconnect")
        coach.is_told("Your calendar is disconnected, and our events are being taken out of it.")
        coach.sees(STATE, "Disconnected")
        soon(lambda: not coach.server.events(COACH), "events are left")


@played_twice
def test_conflict_before_saving(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively, strict=False) as coach:
        page = coach.page
        make_session(coach, day, 10, "There first")
        coach.go(f"/new-session?at={day}T14:00")
        conflicts = page.locator("#conflicts .notice")
        expect(conflicts).to_have_count(0)
        coach.fill("Topic", "There second")
        coach.fill("Time", "10:30")
        if lively:
            expect(conflicts).to_contain_text("There is something else at that time")
            expect(conflicts).to_contain_text("Another session")
            expect(conflicts).to_contain_text("10:00–11:00")
            coach.fill("Time", "11:00")
            expect(conflicts).to_have_count(0)
            coach.fill("Time", "10:30")
            expect(conflicts).to_have_count(1)
        coach.press("Save")
        expect(conflicts).to_contain_text("There is something else at that time")
        expect(conflicts).to_contain_text("10:00–11:00")
        expect(page.get_by_label("Topic")).to_have_value("There second")
        assert not coach.server.call(COACH, "GET", f"/v1/sessions?from={day}T10:30:00Z&to={day}T23:00:00Z")["items"]
        page.get_by_label("Save it even though there is something else at that time").check()
        coach.press("Save")
        coach.is_told("The session is saved.")
        expect(shown_session(coach, "There first")).to_be_visible()
        expect(shown_session(coach, "There second")).to_be_visible()


@played_twice
def test_changed_meanwhile(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively, strict=False) as coach:
        make_session(coach, day, 10, "As it was")
        open_session(coach, "As it was")
        path = coach.path
        coach.follow("Edit")
        coach.fill("Topic", "As the coach wants it")
        coach.server.call(COACH, "PATCH", f"/v1{path}", {"topic": "As the platform wants it"})
        coach.press("Save")
        expect(coach.page.get_by_role("alert")).to_contain_text("The session was changed meanwhile")
        assert coach.server.call(COACH, "GET", f"/v1{path}")["topic"] == "As the platform wants it"
        expect(coach.page.get_by_label("Topic")).to_have_value("As the coach wants it")
        coach.press("Save")
        coach.is_told("Saved.")
        expect(coach.page.locator("h1")).to_have_text("As the coach wants it")


@played_twice
def test_form_with_mistakes(site, lively):
    with site.visit(COACH, "/new-session", lively, strict=False) as coach:
        page = coach.page
        # A time that clocks in Berlin skip, and one that they show twice, whichever year it is.
        year = datetime.date.today().year + 1
        coach.fill("Topic", "Nightly")
        coach.fill("Date", str(last_sunday(year, 3)))
        coach.fill("Time", "02:30")
        coach.press("Save")
        expect(page.get_by_role("alert")).to_contain_text("Clocks skip that time on that day. 03:30 would be the same moment")
        expect(page.get_by_label("Topic")).to_have_value("Nightly")
        coach.fill("Date", str(last_sunday(year, 10)))
        coach.press("Save")
        expect(page.get_by_role("alert")).to_contain_text("Clocks show that time twice on that day.")
        page.get_by_label("The second time that clocks show it").check()
        coach.press("Save")
        coach.is_told("The session is saved.")
        session, = coach.server.call(COACH, "GET", f"/v1/sessions?from={year}-01-01T00:00:00Z")["items"]
        assert session["startsAt"].endswith("T02:30:00+01:00"), session["startsAt"]


@played_twice
def test_series(site, lively):
    day = next_week(COACH, 1)
    weeks = [day + datetime.timedelta(weeks=number) for number in range(4)]
    with site.visit(COACH, lively=lively) as coach:
        connect(coach)
        coach.go(f"/new-session?at={day}T10:00")
        coach.fill("Topic", "Weekly")
        coach.fill("Weeks in a row", "4")
        coach.press("Save")
        coach.is_told("The sessions are saved.")
        open_session(coach, "Weekly", weeks[2])
        coach.follow("Edit")
        coach.fill("Time", "15:00")
        coach.page.get_by_label("This one and all after it").check()
        coach.press("Save")
        coach.is_told("Saved.")
        expected = [at(date, 10 if number < 2 else 15, COACH) for number, date in enumerate(weeks)]
        soon(lambda: sorted(starts_at(event) for event in coach.server.events(COACH)) == expected, "the events do not follow")
        open_session(coach, "Weekly", weeks[1])
        coach.page.locator("summary").click()
        coach.page.get_by_label("This one and all after it").check()
        coach.press("Yes, cancel it")
        coach.is_told("The session is cancelled.")
        soon(lambda: [starts_at(event) for event in coach.server.events(COACH)] == expected[:1], "the events stay")


@played_twice
def test_look_of_events(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively) as coach:
        connect(coach)
        make_session(coach, day, 10, "Colourful")
        lands(coach, COACH, "Colourful")
        coach.go(SETTINGS)
        coach.page.get_by_label("Tomato").check()
        coach.page.get_by_label("Only that you are busy").check()
        coach.page.get_by_label("Take over the time.").check()
        coach.press("Save")
        coach.is_told("Saved.")
        for chosen in ("Tomato", "Only that you are busy", "Take over the time."):
            expect(coach.page.get_by_label(chosen)).to_be_checked()
        event = soon(lambda: event_of(coach, COACH, "Busy"), "the event still tells its topic")
        assert event["colorId"] == "11", event
        assert "Colourful" not in str(event), event
        coach.page.get_by_label("Only the title").check()
        coach.page.get_by_label("As the calendar").check()
        coach.press("Save")
        assert "colorId" not in lands(coach, COACH, "Colourful")


@played_twice
def test_calendars_that_keep_from_being_booked(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively, strict=False) as coach:
        page = coach.page
        connect(coach)
        me = coach.server.emulator.person(COACH.email)
        account = page.locator("code").inner_text()
        coach.fill("Id of a calendar, such as your own address", COACH.email)
        coach.press("Check this one too")
        expect(page.locator("#calendar-refused")).to_contain_text("This calendar cannot be checked.")
        expect(page.locator("#calendar-refused")).to_contain_text(f"not be shared with {account} yet")
        expect(page.locator("#calendar")).to_have_value(COACH.email)

        me.must("POST", "calendars/primary/acl", {"role": "freeBusyReader", "scope": {"type": "user", "value": account}})
        coach.press("Check this one too")
        coach.is_told("Saved.")
        coach.sees("#conflict-calendars", COACH.email)
        coach.sees("#conflict-calendars", "Read just now")
        coach.go(f"/sessions?date={day}")
        expect(page.locator(".block")).to_have_count(0)
        me.insert("primary", "Dentist", f"{day}T13:00", f"{day}T14:00")
        # The page is not told of it; the calendar is read every second.
        soon(lambda: page.reload() and page.locator(".block").count(), "the dentist is not in the week")
        expect(page.locator(f'.day[data-date="{day}"] .block.busy')).to_have_text("13:00–14:00 Busy")
        assert "Dentist" not in page.content(), "with what somebody is busy is nobody's business"

        # One that cannot be asked is unknown, and unknown is not free.
        other = me.calendar("Family")
        me.must("POST", f"calendars/{other}/acl", {"role": "freeBusyReader", "scope": {"type": "user", "value": account}})
        coach.server.fault(method="freebusy.query", status=503)
        coach.go(SETTINGS)
        coach.fill("Id of a calendar, such as your own address", other)
        coach.press("Check this one too")
        coach.is_told("Saved.")
        coach.sees(f"#conflict-calendars li:has-text('{other}')", "Google Calendar did not answer.")
        coach.go(f"/sessions?date={day}")
        expect(page.locator("#main")).to_contain_text("Not known whether free")
        expect(page.locator(f'.day[data-date="{day}"] .block.unknown').first).to_contain_text(
            "Unknown: Google Calendar did not answer.")
        coach.server.end_faults()
        coach.go(SETTINGS)
        coach.sees(f"#conflict-calendars li:has-text('{other}')", "Read just now", IN_A_WHILE)
        coach.press(f"Remove {other}")
        coach.is_told("Saved.")
        expect(page.locator("#conflict-calendars")).not_to_contain_text(other)


@played_twice
def test_drift_is_asked_about(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively) as coach:
        connect(coach)
        coach.page.get_by_label("Ask me.").check()
        coach.press("Save")
        coach.is_told("Saved.")
        make_session(coach, day, 10, "Moved by hand")
        event = lands(coach, COACH, "Moved by hand")
        # The coach drags it in Google.
        calendar = coach.server.calendars(COACH)[0]["id"]
        coach.server.emulator.person(COACH.email).must("PATCH", f"calendars/{calendar}/events/{event['id']}", {
            "start": {"dateTime": at(day, 15, COACH).isoformat()}, "end": {"dateTime": at(day, 16, COACH).isoformat()}})
        coach.go(SETTINGS)
        coach.press("Look through now")
        coach.is_told("Looking through your calendar now.")
        coach.sees("#connection-state", "1 event was different")
        open_session(coach, "Moved by hand", day)
        expect(coach.page.locator(BADGE)).to_have_text("Changed in Google")
        expect(coach.page.locator("#calendar-state")).to_contain_text("Somebody has changed its event in Google.")
        expect(coach.page.locator("#calendar-state")).to_contain_text("15:00–16:00")
        coach.press("Move the session there")
        coach.is_told("Settled.")
        expect(coach.page.locator(".big")).to_contain_text("15:00–16:00")
        coach.sees(BADGE, "In the calendar")
        moves(coach, COACH, "Moved by hand", at(day, 15, COACH))


@played_twice
def test_working_hours(site, lively):
    tuesday = next_week(COACH, 1)
    with site.visit(COACH, "/settings/booking", lively, strict=False) as coach, site.visit(CLIENT, lively=lively) as client:
        page = coach.page
        coach.fill("Tuesday", "9 to 5")
        coach.fill("Sessions begin every … minutes", "7")
        coach.press("Save")
        expect(page.get_by_role("alert")).to_contain_text("Give hours such as 09:00-12:00, 13:00-17:00")
        expect(page.get_by_role("alert")).to_contain_text("Begin every so many minutes that they divide a day")
        expect(page.get_by_label("Tuesday")).to_have_value("9 to 5")
        coach.fill("Tuesday", "08:00-10:00, 20:00-21:00")
        coach.fill("Sessions begin every … minutes", "30")
        coach.press("Save")
        coach.is_told("Saved.")
        expect(page.get_by_label("Tuesday")).to_have_value("08:00-10:00, 20:00-21:00")
        client.go(f"/book/{COACH.id}?from={tuesday}&zone={COACH.zone}")
        times = [sent(at(tuesday, hour, COACH, minute)) for hour, minute in ((8, 0), (8, 30), (9, 0), (20, 0))]
        assert [value for value, day, _ in free_times(client.page) if day.startswith("Tuesday")] == times
        # What clients see, for the coach to look at and not to press.
        coach.follow("What your clients see")
        coach.go(f"{coach.path}?from={tuesday}")
        assert [value for value, day, _ in free_times(page) if day.startswith("Tuesday")] == times
        expect(page.locator(".chips button:enabled")).to_have_count(0)


# MARK: - Clients

def free_times(page):
    """What is offered: the moments as forms send them, and what people read."""
    return page.locator(".slots section").evaluate_all("""days => days.flatMap(day => [...day.querySelectorAll("button")].map(
        button => [button.value, day.querySelector("h3").textContent, button.textContent]))""")


def expected_times(first, coach, client, taken):
    """The same, from nothing but usual working hours: Monday to Friday, nine to five on the coach's clocks.

    :param first: the first of seven days on the client's clocks.
    :param taken: when the coach has a session, an hour each.
    """
    hour, step = datetime.timedelta(hours=1), datetime.timedelta(minutes=15)
    theirs, ours = zoneinfo.ZoneInfo(client.zone), zoneinfo.ZoneInfo(coach.zone)
    moment, end = (
        at(first + datetime.timedelta(days=days), 0, client).astimezone(datetime.timezone.utc) for days in (0, 7))
    times = []
    while moment < end:
        start, stop = moment.astimezone(ours), (moment + hour).astimezone(ours)
        works = start.weekday() < 5 and start.hour >= 9 and (stop.hour, stop.minute) <= (17, 0) and stop.date() == start.date()
        if works and not any(begin < moment + hour and moment < begin + hour for begin in taken):
            read = moment.astimezone(theirs)
            times.append([sent(moment), f"{read:%A}, {read.day} {read:%B %Y}", f"{read:%H:%M}"])
        moment += step
    return times


def sent(moment):
    """As the buttons of free times send it."""
    return f"{moment.astimezone(datetime.timezone.utc):%Y-%m-%dT%H:%M:%S.000Z}"


def choose(visitor, moment):
    """Presses the free time that begins at a moment."""
    visitor.page.locator(f'button[value="{sent(moment)}"]').click()


@played_twice
def test_client_in_another_zone(site, lively):
    tuesday = next_week(COACH, 1)
    taken, wanted, moved = (at(tuesday, hour, COACH) for hour in (10, 15, 16))
    zone = zoneinfo.ZoneInfo(CLIENT.zone)
    with site.visit(COACH, lively=lively) as coach, site.visit(lively=lively) as client:
        page = client.page
        connect(coach)
        make_session(coach, tuesday, 10, "Taken")
        client.sign_in(CLIENT, f"/book/{COACH.id}")
        expect(page.locator("h1")).to_have_text("Book a time with A coach")
        client.follow("Later")
        first = datetime.datetime.now(zone).date() + datetime.timedelta(days=7)
        assert free_times(page) == expected_times(first, COACH, CLIENT, [taken])
        # The week of the story, wherever in its own week it is.
        client.go(f"/book/{COACH.id}?from={tuesday}")
        assert free_times(page) == expected_times(tuesday, COACH, CLIENT, [taken])

        choose(client, wanted)
        expect(page.locator("h1")).to_have_text("Is this right?")
        read = wanted.astimezone(zone)
        expect(page.locator(".big")).to_contain_text(f"{read:%A}, {read.day} {read:%B %Y}, {read:%H:%M}")
        client.fill("What is it about?", "My next step")
        client.fill("Anything your coach should know?", "I am nervous")
        client.press("Book it")
        client.is_told("It is booked.")
        expect(page.locator("h1")).to_have_text("My next step")
        expect(page.locator("article")).to_contain_text("With A coach")
        expect(page.locator("article")).to_contain_text("Times on the clocks of America/New York")
        expect(page.locator("#calendar-state")).to_have_count(0)
        assert starts_at(lands(coach, COACH, "My next step")) == wanted

        with page.expect_download() as download:
            client.follow("Add to my calendar (.ics)")
        lines = download.value.path().read_text().splitlines()
        assert f"DTSTART:{wanted.astimezone(datetime.timezone.utc):%Y%m%dT%H%M%SZ}" in lines, lines
        assert "SUMMARY:My next step" in lines, lines

        open_session(coach, "My next step", tuesday)
        expect(coach.page.locator("article")).to_contain_text("15:00–16:00")
        expect(coach.page.locator("article")).to_contain_text("With A client")
        expect(coach.page.locator("article")).to_contain_text("I am nervous")

        client.follow("Take another time")
        expect(page.locator("h1")).to_have_text("Another time for “My next step”")
        client.go(f"{client.path}&from={tuesday}")
        choose(client, moved)
        client.is_told("The session has been moved.")
        moves(coach, COACH, "My next step", moved)
        coach.go(f"/sessions?date={tuesday}")
        expect(shown_session(coach, "My next step")).to_contain_text("16:00–17:00")

        client.follow("Sessions")
        expect(shown_session(client, "My next step")).to_be_visible()
        open_session(client, "My next step")
        page.locator("summary").click()
        client.press("Yes, cancel it")
        client.is_told("The session is cancelled.")
        leaves(coach, COACH, "My next step")
        coach.sees_no(".session:has-text('My next step')")
        client.follow("Sessions")
        expect(page.locator("#main")).to_contain_text("You have no session to come.")


@played_twice
def test_two_clients_want_one_slot(site, lively):
    tuesday = next_week(COACH, 1)
    wanted, path = at(tuesday, 10, COACH), f"/book/{COACH.id}?from={tuesday}"
    with site.visit(COACH, lively=lively) as coach, site.visit(CLIENT, path, lively) as one, \
            site.visit(OTHER_CLIENT, path, lively) as other:
        offered = [value for value, _, _ in free_times(other.page)]
        choose(one, wanted)
        expect(one.page.locator("h1")).to_have_text("Is this right?")
        expect(one.page.locator(".notice")).to_contain_text("It is held for you until")
        choose(other, wanted)
        other.is_told("That time is not free any more. Take another one.")
        expect(other.page.locator("h1")).to_have_text("Book a time with A coach")
        left = [value for value, _, _ in free_times(other.page)]
        # An hour that nobody else gets any part of.
        gone = {sent(wanted + datetime.timedelta(minutes=minutes)) for minutes in range(-45, 60, 15)}
        assert left == [value for value in offered if value not in gone]
        coach.go(f"/sessions?date={tuesday}")
        expect(coach.page.locator(f'.day[data-date="{tuesday}"] .block.held')).to_have_text("10:00–11:00 Held for a client")
        one.press("Take another time instead")
        one.is_told("The time is free again for others.")
        other.page.reload()
        choose(other, wanted)
        expect(other.page.locator("h1")).to_have_text("Is this right?")


def test_zone_of_a_client_is_guessed(site):
    # The platform does not know where this one is; the browser does.
    stranger = Somebody("client-3", "client", zone=None, name="A client")
    with site.visit(COACH), site.visit(stranger, f"/book/{COACH.id}", timezone_id="Asia/Tokyo") as client:
        expect(client.page.get_by_label("Your time zone")).to_have_value("Asia/Tokyo")
        client.page.get_by_label("Your time zone").select_option("Europe/Paris")
        client.page.wait_for_url("**zone=Europe%2FParis**")


# MARK: - Operators, and pages that are not for everybody

@played_twice
def test_operator(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively) as coach, site.visit(OPERATOR, "/operator", lively) as operator:
        page = operator.page
        operator.sees("table", "Demo Coach")
        connect(coach)
        coach.server.fault(method="events.insert", status=503)
        make_session(coach, day, 10, "Refused topic")
        operator.sees(".tiles li:has-text('on their way')", "1")
        operator.sees("#overview", "Google Calendar did not answer.")
        row = page.get_by_role("row").filter(has_text=COACH.name)
        expect(row).to_contain_text("connected")
        coach.server.end_faults()
        coach.server.fault(method="events.insert", status=400, reason="invalid")
        operator.sees(".tiles li:has-text('refused by Google')", "1", IN_A_WHILE)
        operator.sees("#overview", "Google did not accept this session.")
        # Google's own words are for operators, and topics are not.
        expect(page.locator("#overview")).to_contain_text("400 invalid:")
        assert "Refused topic" not in page.content()

        operator.fill("Coach, by id or address", "nobody@example.com")
        operator.press("Open")
        expect(page.get_by_role("alert")).to_have_text("There is no coach with this id or address.")
        operator.fill("Coach, by id or address", COACH.email.upper())
        operator.press("Open")
        expect(page.locator("h1")).to_have_text(COACH.name)
        expect(page.locator("#coach-badge")).to_have_text("Problem")
        expect(page.locator("#coach-errors")).to_contain_text("400 invalid:")
        expect(page.locator("#story")).to_contain_text("Google did not take it.")
        assert "Refused topic" not in page.content()
        coach.server.end_faults()
        coach.go(SETTINGS)
        coach.press("Try again now")
        operator.sees("#coach-badge", "Up to date")


@played_twice
def test_pages_for_others(site, lively):
    day = next_week(COACH, 1)
    with site.visit(COACH, lively=lively, strict=False) as coach, site.visit(CLIENT, lively=lively, strict=False) as client:
        make_session(coach, day, 10, "Between others")
        open_session(coach, "Between others")
        path = coach.path
        assert coach.go("/operator") == 403
        expect(coach.page.locator("h1")).to_have_text("Not for you")
        expect(coach.page.locator("#main")).to_contain_text("This page is for people with another role.")
        assert client.go(path) == 404
        expect(client.page.locator("h1")).to_have_text("Not found")
        expect(client.page.locator("#main")).to_contain_text("There is no such session, or it is not one of yours.")
        assert "Between others" not in client.page.content()
        for nothing in ("/nothing", "/sessions/nothing", "/book/nobody"):
            assert client.go(nothing) == 404
            expect(client.page.locator("h1")).to_have_text("Not found")
        client.follow("To the start")
        expect(client.page.locator("h1")).to_have_text("Your sessions")


# MARK: - Signing in

def cookie_of(visitor):
    return next((cookie for cookie in visitor.page.context.cookies() if cookie["name"] == "loom"), None)


def is_nobody(visitor):
    visitor.go("/sessions")
    return visitor.path.startswith("/sign-in")


def test_cookie(site):
    with site.visit(COACH) as coach:
        cookie = cookie_of(coach)
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and cookie["path"] == "/", cookie
        assert "loom=" not in coach.page.evaluate("document.cookie")
        # Every part of it, a little different.
        parts = cookie["value"].split(".")
        for number, part in enumerate(parts):
            forged = part[:-1] + ("0" if part[-1] != "0" else "1")
            # Whatever the last letter of a code is, some of its bits do not count.
            if number == len(parts) - 1:
                forged = part[:5] + ("A" if part[5] != "A" else "B") + part[6:]
            value = ".".join(parts[:number] + [forged] + parts[number + 1:])
            with site.visit() as forger:
                forger.page.context.add_cookies([cookie | {"value": value}])
                assert is_nobody(forger), f"{value} instead of {cookie['value']}"


@played_twice
def test_signing_out(site, lively):
    with site.visit(COACH, lively=lively) as coach, site.visit(lively=lively) as copy:
        copy.page.context.add_cookies([cookie_of(coach)])
        assert not is_nobody(copy)
        coach.press("Sign out")
        coach.is_told("You are signed out.")
        assert is_nobody(coach)
        assert is_nobody(copy), "the cookie is still good"


@played_twice
def test_token(site, lively):
    server = site.server
    with site.visit(lively=lively, strict=False) as somebody, site.visit(lively=lively, strict=False) as other:
        somebody.go("/settings/calendar")
        assert somebody.path == "/sign-in?to=%2Fsettings%2Fcalendar", somebody.path
        token = server.token(COACH)
        somebody.go(f"{somebody.path}&token={token}")
        assert somebody.path == SETTINGS, somebody.path
        for used, status, text in (
            (token, 401, "This link has signed somebody in already"),
            (server.expired_token(COACH), 401, "This link was good for a short time only."),
            (token[:-8], 401, "This link does not sign anybody in."), ("", 200, "Who do you want to be?"),
        ):
            assert other.go("/sign-in?token=" + used) == status, text
            expect(other.page.locator("#main")).to_contain_text(text)
            assert not cookie_of(other)


def test_nobody_is_led_elsewhere(site):
    server = site.server
    elsewhere = [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "javascript:alert(1)", server.url + ".evil.example"]
    for to in elsewhere:
        with site.visit() as somebody:
            # Whoever was led there would get an answer.
            somebody.page.route(
                lambda url: not url.startswith(server.url + "/"), lambda route: route.fulfill(body="<title>evil</title>"))
            somebody.sign_in(COACH, to)
            assert somebody.page.url.startswith(server.url + "/"), (to, somebody.page.url)
            expect(somebody.page).not_to_have_title("evil")
            # Somebody who is signed in already, the click in the demo, and the choice of a language.
            somebody.page.goto(f"{server.url}/sign-in?" + urllib.parse.urlencode({"to": to}))
            assert somebody.page.url.startswith(server.url + "/"), (to, somebody.page.url)
            for path, form in (
                ("/sign-in", {"person": "demo-client", "to": to}), ("/language", {"language": "en", "back": to}),
            ):
                answer = somebody.page.request.post(server.url + path, form=form, max_redirects=0)
                assert answer.status == 303 and answer.headers["location"] in ("/", "/sessions"), answer.headers


def test_forms_of_others(site):
    day = next_week(COACH, 1)
    with site.visit(COACH) as coach, site.visit(OTHER_CLIENT) as other:
        server, page = coach.server, coach.page
        connect(coach)
        make_session(coach, day, 10, "Mine")
        open_session(coach, "Mine", day)
        coach.sees(BADGE, "In the calendar")
        own = page.locator("input[name=form]").first.input_value()
        foreign = other.page.locator("input[name=form]").first.input_value()
        before = server.call(COACH, "GET", "/v1/google-calendar/connection")
        posts = [SETTINGS + path for path in ("/connect", "/sync", "/audit", "/events", "/conflict-calendars", "/disconnect")]
        posts += [coach.path + path for path in ("", "/move", "/cancel", "/drift")]
        posts += [f"/book/{COACH.id}" + path for path in ("", "/holds/none", "/holds/none/release")]
        posts += ["/settings/booking", "/sessions", "/sign-out"]
        fields = {
            "date": str(day), "time": "12:00", "minutes": "60", "timeZone": "Europe/Berlin", "topic": "Theirs",
            "startsAt": f"{day}T12:00", "events": "remove", "color": "tomato", "keep": "session"}
        attempts = [
            ({}, {}), ({"form": ""}, {}), ({"form": foreign}, {}), ({"form": own[:-4] + "AAAA"}, {}),
            ({"form": own}, {"Origin": "https://evil.example"}), ({"form": own}, {"Sec-Fetch-Site": "cross-site"}),
            ({"form": own}, {"Sec-Fetch-Site": "same-site"}),
        ]
        for path in posts:
            for token, headers in attempts:
                answer = page.request.post(server.url + path, form=fields | token, headers=headers, max_redirects=0)
                assert answer.status == 403, (path, token, headers, answer.status)
                assert "Please do it once more" in answer.text(), path
        after = server.call(COACH, "GET", "/v1/google-calendar/connection")
        assert after == before, (before, after)
        session, = server.call(COACH, "GET", "/v1/sessions")["items"]
        assert (session["topic"], session["status"], session["revision"]) == ("Mine", "scheduled", 1), session
        assert not is_nobody(coach), "somebody else has signed the coach out"


def test_form_on_another_site(site):
    with site.visit(COACH, strict=False) as coach:
        page = coach.page
        # Nothing that is signed is asked for where somebody signs in; what browsers say of where a form is from has to do.
        page.route("http://evil.example/", lambda route: route.fulfill(content_type="text/html", body=f'''
            <form method="post" action="{coach.server.url}/sign-in">
            <input name="person" value="demo-operator"><button>Win</button></form>
        '''))
        page.goto("http://evil.example/")
        coach.press("Win")
        expect(page.locator("h1")).to_have_text("Please do it once more")
        coach.go("/sessions")
        expect(page.locator(".who")).to_contain_text(COACH.name)


# MARK: - Everywhere

@played_twice
def test_new_coach_in_hebrew(site, lively):
    main_story(site, HEBREW_COACH, lively, Words("he"), "צעדים ראשונים", "צעדים נוספים")


def test_nothing_is_missed_before_a_page_listens(site):
    day = next_week(COACH, 1)
    with site.visit(COACH) as coach:
        connect(coach)
        coach.server.fault(method="events.insert", delayMilliseconds=3000, count=1)
        make_session(coach, day, 10, "Quick")
        # The page takes its time to listen, as on a slow line, and meanwhile something happens.
        kept, path = [], shown_session(coach, "Quick").get_attribute("href")

        def is_from_session(request):
            return request.url.endswith("/live") and request.headers["referer"].endswith(path)

        coach.page.route("**/live", lambda route: kept.append(route))
        with coach.page.expect_request(is_from_session):
            open_session(coach, "Quick")
        expect(coach.page.locator(BADGE)).to_have_text("On its way")
        lands(coach, COACH, "Quick")
        soon(
            lambda: coach.server.call(COACH, "GET", "/v1/sessions")["items"][0]["calendarSync"]["status"] == "synced",
            "the server does not notice")
        next(route for route in kept if is_from_session(route.request)).continue_()
        expect(coach.page.locator(BADGE)).to_have_text("In the calendar", timeout=SOON)


def tab_to(page, locator):
    """As somebody without a mouse gets there."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if locator.evaluate("node => node === document.activeElement"):
            expect(locator).to_be_in_viewport()
            return
    raise AssertionError(f"Tab does not lead to {locator}")


def test_keyboard(site):
    day = next_week(COACH, 1)
    with site.visit(COACH, SETTINGS) as coach:
        page = coach.page
        skip, main = page.get_by_role("link", name="Skip to the content"), page.locator("#main")
        page.keyboard.press("Tab")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(main).to_be_focused()
        tab_to(page, page.get_by_role("button", name="Connect Google Calendar"))
        page.keyboard.press("Enter")
        coach.is_told("Your calendar is connected.")
        tab_to(page, page.get_by_role("link", name="Sessions"))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_role("link", name="Later"))
        page.keyboard.press("Enter")
        add = page.get_by_role("link", name=f"New session on {day:%A}, {day.day} {day:%B %Y}")
        tab_to(page, add)
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_label("Topic"))
        page.keyboard.type("By keyboard")
        tab_to(page, page.get_by_role("button", name="Save", exact=True))
        page.keyboard.press("Enter")
        coach.is_told("The session is saved.")
        # Nine o'clock is when the coach begins to work.
        assert starts_at(lands(coach, COACH, "By keyboard")) == at(day, 9, COACH)
        tab_to(page, shown_session(coach, "By keyboard"))
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("By keyboard")
        tab_to(page, page.locator("summary"))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_role("button", name="Yes, cancel it"))
        page.keyboard.press("Enter")
        coach.is_told("The session is cancelled.")
        leaves(coach, COACH, "By keyboard")


def test_focus_stays_when_a_page_changes(site):
    day = next_week(COACH, 1)
    with site.visit(COACH) as coach:
        coach.server.call(COACH, "PUT", "/v1/sessions/one", {"topic": "One", "startsAt": f"{day}T10:00", "timeZone": COACH.zone})
        coach.go(f"/sessions?date={day}")
        shown_session(coach, "One").focus()
        coach.server.call(COACH, "PUT", "/v1/sessions/two", {"topic": "Two", "startsAt": f"{day}T12:00", "timeZone": COACH.zone})
        expect(shown_session(coach, "Two")).to_be_visible(timeout=SOON)
        expect(shown_session(coach, "One")).to_be_focused()


def test_lost_server_is_said(site):
    with site.visit(COACH, "/sessions", strict=False) as coach:
        note = coach.page.locator("#connection")
        expect(note).to_be_hidden()
        coach.server.stop()
        expect(note).to_have_text(
            "Not up to date at the moment: the connection to the server is interrupted.", timeout=2 * SOON)


def look_everywhere(site, language):
    found = []
    tour = Tour(site, language, lambda visitor, name: found.extend(
        f"{name}: {fault}" for fault in looks.faults(visitor, language, names)))
    names = ["Demo Coach", "Demo Client", "Demo Operator", "demo-coach-he", tour.coach.id, language]
    tour.go()
    assert not found, "\n" + "\n".join(found)


def test_every_page_in_english(site):
    look_everywhere(site, "en")


def test_every_page_in_hebrew(site):
    look_everywhere(site, "he")


# MARK: - Running

def stories():
    for name, story in globals().items():
        if not name.startswith("test_"):
            continue
        if getattr(story, "is_played_twice", False):
            yield name, functools.partial(story, lively=True)
            yield name + " (no JavaScript)", functools.partial(story, lively=False)
        else:
            yield name, story


if __name__ == "__main__":
    sys.exit(run(__doc__, list(stories()), ("--program", "loom-calendar, as it was built"), Site))
