"""Random work with Google's client, done beside it by a naive model: what the emulator answers must be what the model expects.

    property.py --seed 7 --steps 2000

Prints, when they disagree, the seed, the step, what was asked, and both views; the same seed does the same again.
"""

import argparse
import collections
import copy
import datetime
import os
import random
import sys
import time
import zoneinfo

from googleapiclient.errors import HttpError

from emulator import Checks, Emulator, reason
from model import UTC, Calendar, Event, kept, merged, occurrences

COACH, READER = "coach@example.com", "reader@example.com"
ZONES = ["Europe/Berlin", "America/New_York", "UTC"]
WORDS = ["alpha", "beta", "gamma", "delta"]
FIRST_DAY = datetime.date(2027, 2, 20)
# Clocks change on the 14th of March in New York and on the 28th in Berlin, at night; nothing starts then.
DAYS, HOURS = 80, range(5, 22)
DETAILS = ["summary", "description", "location", "extendedProperties"]
COMPARED = ["summary", "description", "location", "colorId", "transparency", "visibility", "extendedProperties", "recurrence"]


class Disagreement(Exception):
    pass


def expect(what, expected, got):
    if expected != got:
        raise Disagreement(f"{what}\n    expected {expected!r}\n    got      {got!r}")


class Run:
    def __init__(self, emulator, seed):
        emulator.reset()
        self.dice = random.Random(seed)
        # Google's pages may be shorter than asked for, and even empty.
        emulator.control("switches", {"emptyPages": self.dice.random() < 0.5, "pageSizeLimit": self.dice.choice([None, 2, 50])})
        self.checks = Checks()
        self.service = emulator.client(emulator.user_credentials(COACH), self.checks)
        self.reader = emulator.client(emulator.user_credentials(READER), self.checks)
        self.calendars = []
        self.mirrors = {}
        self.versions = {}
        self.done = collections.Counter()
        for zone in ("Europe/Berlin", "America/New_York"):
            made = self.service.calendars().insert(body={"summary": zone, "timeZone": zone}).execute()
            rule = {"role": "reader", "scope": {"type": "user", "value": READER}}
            self.service.acl().insert(calendarId=made["id"], body=rule).execute()
            self.calendars.append(Calendar(made["id"], zone))
        self.operations = {
            self.insert: 14,
            self.get: 6,
            self.patch: 12,
            self.update: 6,
            self.delete: 5,
            self.revive: 3,
            self.import_: 3,
            self.move: 3,
            self.stale: 2,
            self.list: 12,
            self.list_singles: 8,
            self.list_instances: 5,
            self.change_instance: 6,
            self.free_busy: 5,
            self.sync: 8,
            self.interrupted_list: 2,
            self.share: 1,
        }

    def step(self):
        operation = self.dice.choices(list(self.operations), list(self.operations.values()))[0]
        self.calendar = self.dice.choice(self.calendars)
        self.asked = []
        did = operation()
        self.done[operation.__name__.strip("_") if did is not False else "nothing to do"] += 1
        if self.checks.complaints:
            raise Disagreement("not Google's form: " + "; ".join(self.checks.complaints))

    # Asking

    def ask(self, request, wanted=200):
        """The answer; a refusal must be the one that is wanted: a status with its reason."""
        self.asked.append(f"{request.method} {request.uri} {request.body or ''} {request.headers.get('If-Match', '')}")
        try:
            answer = request.execute()
        except HttpError as error:
            expect("refusal", wanted, (error.resp.status, reason(error)))
            return None
        expect("status", wanted, 200)
        return answer

    @property
    def events(self):
        return self.service.events()

    def pick(self, *filters):
        candidates = [event for event in self.calendar.events.values() if all(each(event) for each in filters)]
        return self.dice.choice(candidates) if candidates else None

    # Making bodies

    def times(self, series=False):
        """Start and end for the model, their zone, and the same as JSON in one of the forms Google takes."""
        dice, day = self.dice, FIRST_DAY + datetime.timedelta(days=self.dice.randrange(DAYS))
        if not series and dice.random() < 0.2:
            end = day + datetime.timedelta(days=dice.randrange(1, 4))
            return day, end, None, {"date": day.isoformat()}, {"date": end.isoformat()}
        zone = dice.choice(ZONES)
        local = datetime.datetime.combine(day, datetime.time(dice.choice(HOURS), dice.choice([0, 15, 30, 45])))
        start = local.replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(UTC)
        end = start + datetime.timedelta(minutes=15 * dice.randrange(1, 12))
        form = "local" if series else dice.choice(["local", "offset", "both"])

        def body(moment):
            here = moment.astimezone(zoneinfo.ZoneInfo(zone))
            text = here.replace(tzinfo=None).isoformat() if form == "local" else here.isoformat()
            return {"dateTime": text} if form == "offset" else {"dateTime": text, "timeZone": zone}

        return start, end, None if form == "offset" else zone, body(start), body(end)

    def fields(self, clears=False):
        dice, made = self.dice, {}
        choices = {
            "summary": lambda: " ".join(dice.sample(WORDS, 2)),
            "description": lambda: dice.choice(WORDS) + " ü <b>",
            "location": lambda: dice.choice(WORDS),
            "colorId": lambda: str(dice.randrange(1, 12)),
            "transparency": lambda: dice.choice(["opaque", "transparent"]),
            "extendedProperties": self.properties,
            "visibility": lambda: dice.choice(["default", "public", "private", "confidential"]),
        }
        for name, choose in choices.items():
            if dice.random() < 0.35:
                made[name] = None if clears and dice.random() < 0.2 else choose()
                if made[name] and clears and name == "extendedProperties" and dice.random() < 0.3:
                    made[name].setdefault("private", {})["a"] = None
        return made

    def properties(self):
        dice = self.dice
        pairs = {
            dice.choice(["a", "b", "k" * 44, "k" * 45]): dice.choice(["1", "2", "ü" * 1030]) for _ in range(dice.randrange(1, 3))
        }
        return {dice.choice(["private", "shared"]): pairs}

    def rule(self, start, zone):
        dice, first = self.dice, start.astimezone(zoneinfo.ZoneInfo(zone))
        parts = ["FREQ=WEEKLY"]
        if dice.random() < 0.5:
            parts.append(f"INTERVAL={dice.randrange(1, 4)}")
        if dice.random() < 0.5:
            days = {["MO", "TU", "WE", "TH", "FR", "SA", "SU"][first.weekday()], *dice.sample(["MO", "WE", "FR", "SU"], 2)}
            parts.append("BYDAY=" + ",".join(sorted(days)))
        end = dice.random()
        if end < 0.5:
            parts.append(f"COUNT={dice.randrange(1, 12)}")
        elif end < 0.8:
            # On the second of an instance, which then belongs to the series, or a second before.
            endless = Event("", "", start, start, zone, {"recurrence": ["RRULE:" + ";".join(parts)]})
            until = dice.choice(occurrences(endless)[:10]) - datetime.timedelta(seconds=dice.choice([0, 1]))
            parts.append(f"UNTIL={until:%Y%m%dT%H%M%SZ}")
        lines = ["RRULE:" + ";".join(parts)]
        if dice.random() < 0.3:
            skipped = first + datetime.timedelta(days=7)  # On the wall clock.
            lines.append(f"EXDATE;TZID={zone}:{skipped:%Y%m%dT%H%M%S}")
        return lines

    def new(self):
        """A new event for the model, and the body that makes it."""
        is_series = self.dice.random() < 0.25
        start, end, zone, start_body, end_body = self.times(series=is_series)
        fields = self.fields()
        if is_series:
            fields["recurrence"] = self.rule(start, zone)
        event = Event("", "", start, end, zone, kept(fields))
        if is_series and not occurrences(event):
            return self.new()
        return event, {**fields, "start": start_body, "end": end_body}

    # Comparing

    def compare(self, event, answer, calendar=None, zone=None, reduced=False):
        calendar = calendar or self.calendar
        where = f"event {event.id}"
        expect(where + " id", event.id, answer["id"])
        expect(where + " status", event.status, answer["status"])
        if event.series:
            expect(where + " recurringEventId", event.series, answer.get("recurringEventId"))
            expect(where + " originalStartTime", event.original, moment_of(answer["originalStartTime"]))
        if event.is_cancelled:
            return  # Nothing else is sure of it.
        expect(where + " iCalUID", event.ical_uid, answer["iCalUID"])
        self.compare_version(event, calendar, answer["etag"])
        for name in ("start", "end"):
            moment, shown = getattr(event, name), answer[name]
            expect(f"{where} {name}", moment, moment_of(shown))
            if not event.is_day:
                offset = moment.astimezone(zone or calendar.zone).utcoffset()
                expect(f"{where} offset of {name}", offset, datetime.datetime.fromisoformat(zulu(shown["dateTime"])).utcoffset())
                expect(f"{where} zone of {name}", event.zone, shown.get("timeZone"))
        if reduced:
            expect(where + " details", [], [name for name in DETAILS if name in answer])
            return
        expect(where + " fields", event.fields, {name: answer[name] for name in COMPARED if name in answer})
        expect(where + " organizer", (calendar.id, True), (answer["organizer"]["email"], answer["organizer"].get("self")))
        expect(where + " creator", COACH, answer["creator"]["email"])
        known = {
            *COMPARED,
            "kind",
            "etag",
            "id",
            "status",
            "htmlLink",
            "created",
            "updated",
            "creator",
            "organizer",
            "start",
            "end",
            "iCalUID",
            "sequence",
            "reminders",
            "eventType",
            "recurringEventId",
            "originalStartTime",
        }
        expect(where + " more", set(), set(answer) - known)

    def compare_version(self, event, calendar, etag):
        """The etag rises with every change and stays while there is none."""
        if event.change == 0:
            return  # An instance as its series makes it; what its version is, nobody says.
        version = int(etag.strip('"'))
        change, known = self.versions.get((calendar.id, event.id), (event.change, version))
        if change == event.change:
            expect(f"version of event {event.id}, which has not changed", known, version)
        else:
            expect(f"version of event {event.id}, which has changed, above {known}", True, version > known)
        self.versions[calendar.id, event.id] = (event.change, version)

    # Changing

    def insert(self):
        event, body = self.new()
        if self.dice.random() < 0.5:
            taken = self.pick() if self.dice.random() < 0.15 else None
            if taken and (taken.series or "_" in taken.id):
                return False
            body["id"] = taken.id if taken else f"{self.dice.getrandbits(64):016x}"
            if taken:
                self.ask(self.events.insert(calendarId=self.calendar.id, body=body), wanted=(409, "duplicate"))
                return
        answer = self.ask(self.events.insert(calendarId=self.calendar.id, body=body))
        event.id = body.get("id") or answer["id"]
        event.ical_uid = event.id + "@google.com"
        self.calendar.put(event)
        self.compare(event, answer)

    def import_(self):
        event, body = self.new()
        if event.recurrence or "extendedProperties" in body:
            return False
        event.ical_uid = body["iCalUID"] = f"{self.dice.getrandbits(64):016x}@elsewhere.example"
        answer = self.ask(self.events.import_(calendarId=self.calendar.id, body=body))
        event.id = answer["id"]
        self.calendar.put(event)
        # Who is the organizer of a foreign event is not what this is about.
        self.compare(event, {**answer, "organizer": {"email": self.calendar.id, "self": True}})
        event.is_bare = True  # Read it, but leave it alone.

    def get(self):
        event = self.pick() if self.dice.random() < 0.9 else None
        if event is None:
            self.ask(self.events.get(calendarId=self.calendar.id, eventId="absent12345"), wanted=(404, "notFound"))
            return
        answer = self.ask(self.events.get(calendarId=self.calendar.id, eventId=event.id))
        self.compare_read(event, answer)

    def compare_read(self, event, answer, **more):
        imported = event.is_bare and not event.is_cancelled
        self.compare(event, {**answer, "organizer": {"email": self.calendar.id, "self": True}} if imported else answer, **more)

    def own(self, event):
        """One that may be changed as a whole: a live event of ours; a series only while no instance has gone its own way."""
        return not event.is_cancelled and not event.is_bare and not event.series and not self.calendar.exceptions(event)

    def patch(self):
        event = self.pick(self.own)
        if not event:
            return False
        change, body = Event(**vars(event)), self.fields(clears=True)
        change.fields = kept(merged(event.fields, body))
        if not event.recurrence and self.dice.random() < 0.4:
            start, end, zone, start_body, end_body = self.times()
            change.start, change.end, change.zone = start, end, zone
            whole = {"date": None, "dateTime": None, "timeZone": None}
            body.update(start={**whole, **start_body}, end={**whole, **end_body})
        if self.dice.random() < 0.1:
            body["status"] = change.status = self.dice.choice(["tentative", "confirmed", "cancelled"])
        answer = self.ask(self.events.patch(calendarId=self.calendar.id, eventId=event.id, body=body))
        self.changed(event, change)
        self.compare(change, answer)

    def changed(self, old, new):
        """A write that changes nothing is no change."""
        if {**vars(old), "change": 0} != {**vars(new), "change": 0}:
            self.calendar.put(new)

    def update(self):
        event = self.pick(self.own)
        if not event:
            return False
        new, body = self.new()
        if bool(new.recurrence) != bool(event.recurrence):
            return False
        new.id, new.ical_uid = event.id, event.ical_uid
        answer = self.ask(self.events.update(calendarId=self.calendar.id, eventId=event.id, body=body))
        self.changed(event, new)
        self.compare(new, answer)

    def stale(self):
        event = self.pick(self.own)
        if not event:
            return False
        request = self.events.patch(calendarId=self.calendar.id, eventId=event.id, body={"summary": "never"})
        request.headers["If-Match"] = '"1"'
        self.ask(request, wanted=(412, "conditionNotMet"))

    def delete(self):
        event = self.pick(lambda event: not event.series)
        if not event:
            return False
        wanted = (410, "deleted") if event.is_cancelled else 200
        self.ask(self.events.delete(calendarId=self.calendar.id, eventId=event.id), wanted=wanted)
        if not event.is_cancelled:
            self.cancel(event)

    def cancel(self, event):
        gone = copy.deepcopy(event)
        gone.status = "cancelled"
        self.calendar.put(gone)
        for one in self.calendar.exceptions(event):
            del self.calendar.events[one.id]  # They go with their series; nobody says how.

    def revive(self):
        event = self.pick(lambda event: event.is_cancelled and not event.is_bare and not event.series)
        if not event or event.recurrence:
            return False
        alive = Event(**vars(event))
        if self.dice.random() < 0.5:
            alive.status = "confirmed"
            answer = self.ask(self.events.patch(calendarId=self.calendar.id, eventId=event.id, body={"status": "confirmed"}))
        else:
            new, body = self.new()
            if new.recurrence:
                return False
            alive.start, alive.end, alive.zone, alive.fields, alive.status = new.start, new.end, new.zone, new.fields, "confirmed"
            answer = self.ask(
                self.events.update(calendarId=self.calendar.id, eventId=event.id, body={**body, "status": "confirmed"})
            )
        self.calendar.put(alive)
        self.compare(alive, answer)

    def move(self):
        source = self.calendar
        target = next(calendar for calendar in self.calendars if calendar is not source)
        event = self.pick(
            self.own,
            lambda event: (
                not event.recurrence
                and event.id not in target.events
                and "private" not in event.fields.get("extendedProperties", {})
            ),
        )
        if not event:
            return False
        answer = self.ask(self.events.move(calendarId=source.id, eventId=event.id, destination=target.id))
        moved = copy.deepcopy(event)
        target.put(moved)
        self.compare(moved, answer, calendar=target)
        source.put(Event(event.id, event.ical_uid, event.start, event.end, status="cancelled", is_bare=True))

    def change_instance(self):
        series = self.pick(lambda event: event.recurrence and not event.is_cancelled)
        if not series:
            return False
        untouched = [one for one in self.calendar.instances(series) if one.id not in self.calendar.events]
        if not untouched:
            return False
        one = copy.deepcopy(self.dice.choice(untouched))
        where = {"calendarId": self.calendar.id, "eventId": one.id}
        self.compare(one, self.ask(self.events.get(**where)))
        if self.dice.random() < 0.4:
            self.ask(self.events.delete(**where))
            one.status = "cancelled"
            self.calendar.put(one)
            return
        body = {"summary": self.dice.choice(WORDS) + " alone"}
        one.fields = kept(merged(one.fields, body))
        if self.dice.random() < 0.6:
            one.start += datetime.timedelta(minutes=15 * self.dice.randrange(-8, 9))
            one.end = one.start + datetime.timedelta(minutes=30)
            zone = zoneinfo.ZoneInfo(one.zone)
            for name, moment in (("start", one.start), ("end", one.end)):
                body[name] = {"dateTime": moment.astimezone(zone).isoformat(), "timeZone": one.zone}
        self.calendar.put(one)
        self.compare(one, self.ask(self.events.patch(**where, body=body)))

    def share(self):
        rule = {"role": "reader", "scope": {"type": "user", "value": f"{self.dice.choice(WORDS)}@example.com"}}
        self.ask(self.service.acl().insert(calendarId=self.calendar.id, body=rule))
        # The rules have changed: tokens of before are void.
        if mirror := self.mirrors.pop(self.calendar.id, None):
            request = self.events.list(calendarId=self.calendar.id, syncToken=mirror["token"])
            self.ask(request, wanted=(410, "fullSyncRequired"))

    # Reading

    def pages(self, events, method, **query):
        """All items of a list, and its last page."""
        query["maxResults"] = self.dice.choice([1, 3, 7, 250, 2500])
        request, items = getattr(events, method)(calendarId=self.calendar.id, **query), []
        while request:
            page = self.ask(request)
            expect("size of a page", True, len(page["items"]) <= query["maxResults"])
            expect("zone of a list", query.get("timeZone", self.calendar.zone.key), page["timeZone"])
            items += page["items"]
            request = getattr(events, method + "_next")(request, page)
        return items, page

    def window(self):
        """Two bounds; each is as likely as not one at which an event starts or ends."""
        start = datetime.datetime.combine(FIRST_DAY + datetime.timedelta(days=self.dice.randrange(DAYS)), datetime.time(8), UTC)
        end = start + datetime.timedelta(days=self.dice.randrange(1, 30))
        edges = sorted(
            {
                edge
                for event in self.calendar.singles()
                for moment in (event.start, event.end)
                if start < (edge := self.calendar.instant(moment)) < end
            }
        )
        if len(edges) > 1 and self.dice.random() < 0.5:
            start = self.dice.choice(edges[: len(edges) // 2])
        if len(edges) > 1 and self.dice.random() < 0.5:
            end = self.dice.choice(edges[len(edges) // 2 :])
        return start, end

    def list(self):
        dice, calendar, query, filters = self.dice, self.calendar, {}, []
        if dice.random() < 0.3:
            word = dice.choice(WORDS)
            query["q"] = word.upper() if dice.random() < 0.5 else word
            texts = ["summary", "description", "location"]
            filters.append(lambda event: any(word in event.fields.get(name, "") for name in texts))
        if dice.random() < 0.2:
            kind, key, value = dice.choice(["private", "shared"]), dice.choice("ab"), dice.choice("12")
            query[kind + "ExtendedProperty"] = f"{key}={value}"
            filters.append(lambda event: event.fields.get("extendedProperties", {}).get(kind, {}).get(key) == value)
        has_window = dice.random() < 0.3
        if has_window:
            time_min, time_max = self.window()
            query.update({name: moment.isoformat() for name, moment in (("timeMin", time_min), ("timeMax", time_max))})
            filters.append(lambda event: calendar.overlaps(event, time_min, time_max))
        if dice.random() < 0.1 and (event := self.pick(lambda event: not event.series and not event.recurrence)):
            query["iCalUID"] = event.ical_uid
            filters.append(lambda other: other.ical_uid == event.ical_uid)
        show_deleted = dice.random() < 0.3
        if show_deleted:
            query["showDeleted"] = True
        zone = dice.choice([None, "Asia/Tokyo"])
        if zone:
            query["timeZone"] = zone
        items, _ = self.pages(self.events, "list", **query)

        def is_sure(event_id, series, is_cancelled, recurs):
            """Where a series stands in a window, and what filters make of an instance that is gone, nobody documents."""
            if has_window and (series or recurs):
                return False
            return not (is_cancelled and (filters or series and event_id not in calendar.events or recurs))

        expected = [
            event
            for event in calendar.events.values()
            # Instances that are gone belong to every list that does not expand; other deleted events to those that ask.
            if (not event.is_cancelled or show_deleted or event.series)
            and all(each(event) for each in filters)
            and is_sure(event.id, event.series, event.is_cancelled, event.recurrence)
        ]
        got = [
            item
            for item in items
            if is_sure(item["id"], item.get("recurringEventId"), item["status"] == "cancelled", "recurrence" in item)
        ]
        got = [item for item in got if not (item["status"] == "cancelled" and self.was_series(item["id"]))]
        self.compare_lists(expected, got, zone=zoneinfo.ZoneInfo(zone) if zone else None)

    def was_series(self, event_id):
        event = self.calendar.events.get(event_id)
        return bool(event and event.recurrence)

    def compare_lists(self, events, items, **more):
        expected, got = {event.id: event for event in events}, {item["id"]: item for item in items}
        expect("number of items", len(items), len(got))
        expect("ids", sorted(expected), sorted(got))
        for event_id, event in expected.items():
            self.compare_read(event, got[event_id], **more)

    def list_singles(self):
        calendar = self.calendar
        time_min, time_max = self.window()
        as_reader = self.dice.random() < 0.3
        query = {"singleEvents": True, "timeMin": time_min.isoformat(), "timeMax": time_max.isoformat()}
        in_order = self.dice.random() < 0.7
        if in_order:
            query["orderBy"] = "startTime"
        items, _ = self.pages((self.reader if as_reader else self.service).events(), "list", **query)
        expected = [event for event in calendar.singles() if calendar.overlaps(event, time_min, time_max)]
        if in_order:
            expect(
                "order",
                sorted(calendar.instant(event.start) for event in expected),
                [calendar.instant(moment_of(item["start"])) for item in items],
            )
        if not as_reader:
            self.compare_lists(expected, items)
            return
        expect("ids for a reader", sorted(event.id for event in expected), sorted(item["id"] for item in items))
        shown = {item["id"]: item for item in items}
        for event in expected:
            if event.fields.get("visibility") in ("private", "confidential"):
                self.compare(event, shown[event.id], reduced=True)

    def list_instances(self):
        series = self.pick(lambda event: event.recurrence and not event.is_cancelled)
        if not series:
            return False
        time_min, time_max = self.window()
        query = {"timeMin": time_min.isoformat(), "timeMax": time_max.isoformat()}
        show_deleted = self.dice.random() < 0.3
        if show_deleted:
            query["showDeleted"] = True
        items, _ = self.pages(self.events, "instances", eventId=series.id, **query)
        expected = [
            one
            for one in self.calendar.instances(series)
            if self.calendar.overlaps(one, time_min, time_max) and (show_deleted or not one.is_cancelled)
        ]
        self.compare_lists(expected, items)

    def free_busy(self):
        time_min, time_max = self.window()
        body = {
            "timeMin": time_min.isoformat(),
            "timeMax": time_max.isoformat(),
            "items": [{"id": each.id} for each in self.calendars],
        }
        answer = self.ask(self.service.freebusy().query(body=body))
        for calendar in self.calendars:
            spans = [
                (moment_of({"dateTime": span["start"]}), moment_of({"dateTime": span["end"]}))
                for span in answer["calendars"][calendar.id]["busy"]
            ]
            expect("spans in order and apart", sorted(spans), spans)
            expect("spans apart", True, all(left[1] <= right[0] for left, right in zip(spans, spans[1:])))
            got = set()
            for start, end in spans:
                while start < end:
                    got.add(start)
                    start += datetime.timedelta(minutes=15)
            expected = calendar.busy_quarters(time_min, time_max)
            expect(f"busy only in the model, only in the answer of {calendar.id}", (set(), set()), (expected - got, got - expected))

    def sync(self):
        """A copy of the calendar, kept by sync tokens alone, must stay what the calendar is."""
        calendar = self.calendar
        mirror = self.mirrors.get(calendar.id)
        if mirror is None:
            items, last = self.pages(self.events, "list")
            mirror = self.mirrors[calendar.id] = {"items": {}, "token": None, "since": 0}
        else:
            items, last = self.pages(self.events, "list", syncToken=mirror["token"])
            changed = {event.id for event in calendar.events.values() if event.change > mirror["since"]}
            # With an instance its series may come along, and with a series that is gone the instances that had changed.
            excused = {event.series for event in calendar.events.values() if event.series}
            gone = {event.id for event in calendar.events.values() if event.recurrence and event.is_cancelled}
            got = {item["id"] for item in items if item.get("recurringEventId") not in gone}
            expect("changes that are missing", set(), changed - got)
            expect("changes that are none", set(), got - changed - excused)
        self.take(mirror, items, last)

    def take(self, mirror, items, last):
        for item in items:
            mirror["items"][item["id"]] = item
        mirror["token"], mirror["since"] = last["nextSyncToken"], self.calendar.changes
        self.compare_mirror(mirror)

    def compare_mirror(self, mirror):
        live = [item for item in mirror["items"].values() if item["status"] != "cancelled"]
        series = {item["id"] for item in live if "recurrence" in item}
        # Whoever learns that a series is gone forgets its instances.
        live = [item for item in live if "recurringEventId" not in item or item["recurringEventId"] in series]
        self.compare_lists([event for event in self.calendar.events.values() if not event.is_cancelled], live)

    def interrupted_list(self):
        """What changes between two pages comes with the pages that follow, or with the token at their end."""
        mirror = {"items": {}, "token": None, "since": 0}
        request, items = self.events.list(calendarId=self.calendar.id, maxResults=5), []
        while request:
            page = self.ask(request)
            items += page["items"]
            request = self.events.list_next(request, page)
            if request:
                self.dice.choice([self.insert, self.patch, self.delete])()
        changes, last = self.pages(self.events, "list", syncToken=page["nextSyncToken"])
        self.take(mirror, items + changes, last)
        self.mirrors[self.calendar.id] = mirror


def zulu(text):
    return text.replace("Z", "+00:00")


def moment_of(shown):
    if "date" in shown:
        return datetime.date.fromisoformat(shown["date"])
    return datetime.datetime.fromisoformat(zulu(shown["dateTime"])).astimezone(UTC)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "1")))
    parser.add_argument("--steps", type=int, default=1000)
    arguments = parser.parse_args()
    run, started = Run(Emulator(), arguments.seed), time.monotonic()
    for step in range(1, arguments.steps + 1):
        try:
            run.step()
        except Disagreement as disagreement:
            print(
                f"DISAGREEMENT at step {step} of seed {arguments.seed}, in the calendar {run.calendar.id} "
                f"({run.calendar.zone.key}):\n  {disagreement}",
                file=sys.stderr,
            )
            for line in run.asked[-3:]:
                print(f"  asked {line}", file=sys.stderr)
            print(f"disagreed at step {step} of seed {arguments.seed}")
            sys.exit(1)
    done = ", ".join(f"{times} {name}" for name, times in run.done.most_common())
    print(
        f"{arguments.steps} steps of seed {arguments.seed} agree with the model ({done}), {run.checks.answers.total()} answers and "
        f"{run.checks.errors} refusals checked; {time.monotonic() - started:.0f} s"
    )


if __name__ == "__main__":
    main()
