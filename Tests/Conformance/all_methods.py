"""Every method of Google Calendar API v3 through Google's own client, every answer held against Google's own description.

Which methods there are is read from the discovery document the client carries; one that was never answered with success fails the
run, and so does a single unknown property, wrong type or wrong format anywhere.
"""

import gzip
import http.client
import http.server
import json
import queue
import sys
import threading
import unittest

import google.auth.exceptions
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

from emulator import Checks, Emulator, reason, refusal

EMULATOR = Emulator()
CHECKS = Checks()
SCOPES = "https://www.googleapis.com/auth/"
COACH, CLIENT, ADMIN = "coach@example.com", "client@example.com", "admin@example.com"


def timed(start="2027-03-01T10:00:00+01:00", end="2027-03-01T11:00:00+01:00", zone="Europe/Berlin", **more):
    return {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}, **more}


def with_header(request, name, value):
    request.headers[name] = value
    return request


class Case(unittest.TestCase):
    def setUp(self):
        EMULATOR.reset()

    def person(self, email=COACH, **more):
        return EMULATOR.client(EMULATOR.user_credentials(email, **more), CHECKS)

    def account(self, *scopes, **more):
        """A bare service account. - scopes: without the common prefix; all of Calendar when there are none."""
        key = EMULATOR.service_account_key(**more)
        credentials = EMULATOR.service_account(key, scopes=[SCOPES + scope for scope in scopes or ["calendar"]])
        return EMULATOR.client(credentials, CHECKS)

    def assertRefused(self, status, wanted, request):
        self.assertEqual(refusal(request), (status, wanted))


class Calendars(Case):
    def test_a_calendar_is_made_read_changed_replaced_and_deleted(self):
        calendars = self.account().calendars()
        made = calendars.insert(body={"summary": "Coaching", "timeZone": "Europe/Berlin", "description": "ours"}).execute()
        self.assertTrue(made["id"].endswith("@group.calendar.google.com"))
        self.assertEqual(made["dataOwner"], "sync@demo.iam.gserviceaccount.com")
        self.assertEqual(calendars.get(calendarId=made["id"]).execute(), made)
        patched = calendars.patch(calendarId=made["id"], body={"location": "Berlin", "description": None}).execute()
        self.assertEqual((patched["location"], patched.get("description")), ("Berlin", None))
        self.assertNotEqual(patched["etag"], made["etag"])
        updated = calendars.update(calendarId=made["id"], body={"summary": "Sessions"}).execute()
        self.assertEqual((updated["summary"], updated.get("location")), ("Sessions", None))
        calendars.delete(calendarId=made["id"]).execute()
        self.assertRefused(404, "notFound", calendars.get(calendarId=made["id"]))

    def test_labels_of_a_calendar_are_carried_by_its_events(self):
        service = self.person()
        label = {"id": "3f1c1d3c-0c2f-4f0e-9d6a-0b7a6c5d4e3f", "name": "Intake", "backgroundColor": "#aabbcc"}
        labels = {"labelProperties": {"eventLabels": [label]}}
        made = service.calendars().insert(body={"summary": "Labelled", **labels}).execute()
        self.assertEqual(made["labelProperties"], labels["labelProperties"])
        event = timed(eventLabelId=label["id"])
        labelled = service.events().insert(calendarId=made["id"], eventLabelVersion=1, body=event).execute()
        self.assertEqual(labelled["eventLabelId"], label["id"])

    def test_a_primary_calendar_is_cleared_and_not_deleted(self):
        service = self.person()
        service.events().insert(calendarId="primary", body=timed()).execute()
        service.calendars().clear(calendarId="primary").execute()
        self.assertEqual(service.events().list(calendarId="primary").execute()["items"], [])
        self.assertEqual(refusal(service.calendars().delete(calendarId="primary"))[0], 403)

    def test_an_administrator_hands_a_calendar_to_another_person(self):
        owner, admin, heir = self.person(), self.person(ADMIN, admin=True), self.person(CLIENT)
        calendar_id = owner.calendars().insert(body={"summary": "Handed on"}).execute()["id"]
        arguments = {"calendarId": calendar_id, "newDataOwner": CLIENT, "useAdminAccess": True}
        self.assertEqual(refusal(owner.calendars().transferOwnership(**arguments))[0], 403)
        admin.calendars().transferOwnership(**arguments).execute()
        self.assertEqual(heir.calendars().get(calendarId=calendar_id).execute()["dataOwner"], CLIENT)
        heir.calendars().delete(calendarId=calendar_id).execute()

    def test_only_the_data_owner_deletes(self):
        owner, other = self.account(), self.person()
        calendar_id = owner.calendars().insert(body={"summary": "Shared"}).execute()["id"]
        rule = {"role": "owner", "scope": {"type": "user", "value": COACH}}
        owner.acl().insert(calendarId=calendar_id, body=rule).execute()
        self.assertEqual(refusal(other.calendars().delete(calendarId=calendar_id))[0], 403)


class Sharing(Case):
    def test_a_rule_is_made_read_listed_changed_replaced_and_deleted(self):
        service = self.account()
        calendar_id = service.calendars().insert(body={"summary": "Coaching"}).execute()["id"]
        acl, rule = service.acl(), {"role": "reader", "scope": {"type": "user", "value": COACH}}
        made = acl.insert(calendarId=calendar_id, sendNotifications=False, body=rule).execute()
        self.assertEqual((made["id"], made["role"], made["scope"]), (f"user:{COACH}", "reader", rule["scope"]))
        self.assertEqual(acl.get(calendarId=calendar_id, ruleId=made["id"]).execute(), made)
        patched = acl.patch(calendarId=calendar_id, ruleId=made["id"], body={"role": "writer"}).execute()
        self.assertEqual(patched["role"], "writer")
        updated = acl.update(calendarId=calendar_id, ruleId=made["id"], body={**rule, "role": "owner"}).execute()
        self.assertEqual(updated["role"], "owner")
        roles = {item["id"]: item["role"] for item in acl.list(calendarId=calendar_id).execute()["items"]}
        self.assertEqual(roles[made["id"]], "owner")
        acl.delete(calendarId=calendar_id, ruleId=made["id"]).execute()
        self.assertRefused(404, "notFound", acl.get(calendarId=calendar_id, ruleId=made["id"]))

    def test_rules_come_in_pages_and_incrementally(self):
        service = self.account()
        calendar_id = service.calendars().insert(body={"summary": "Coaching"}).execute()["id"]
        acl = service.acl()
        for name in "abcd":
            rule = {"role": "reader", "scope": {"type": "user", "value": f"{name}@example.com"}}
            acl.insert(calendarId=calendar_id, body=rule).execute()
        request, seen = acl.list(calendarId=calendar_id, maxResults=2), []
        while request:
            page = request.execute()
            self.assertLessEqual(len(page["items"]), 2)
            seen += [rule["id"] for rule in page["items"]]
            request = acl.list_next(request, page)
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), 5)
        acl.delete(calendarId=calendar_id, ruleId="user:b@example.com").execute()
        changes = acl.list(calendarId=calendar_id, syncToken=page["nextSyncToken"]).execute()["items"]
        self.assertEqual([(rule["id"], rule["role"]) for rule in changes], [("user:b@example.com", "none")])

    def test_sharing_with_everybody_a_group_and_a_domain(self):
        service = self.person()
        scopes = [{"type": "default"}, {"type": "group", "value": "team@example.com"}, {"type": "domain", "value": "example.com"}]
        for scope in scopes:
            rule = service.acl().insert(calendarId="primary", body={"role": "freeBusyReader", "scope": scope}).execute()
            self.assertEqual(rule["scope"]["type"], scope["type"])


class CalendarList(Case):
    def test_an_entry_is_added_read_changed_replaced_and_taken_off(self):
        owner, coach = self.account(), self.person()
        calendar_id = owner.calendars().insert(body={"summary": "Coaching"}).execute()["id"]
        rule = {"role": "writer", "scope": {"type": "user", "value": COACH}}
        owner.acl().insert(calendarId=calendar_id, body=rule).execute()
        entries = coach.calendarList()
        self.assertRefused(404, "notFound", entries.get(calendarId=calendar_id))
        added = entries.insert(body={"id": calendar_id}).execute()
        self.assertEqual((added["accessRole"], added["summary"]), ("writer", "Coaching"))
        self.assertEqual(entries.get(calendarId=calendar_id).execute(), added)
        reminders = {"defaultReminders": [{"method": "popup", "minutes": 10}], "summaryOverride": "Mine", "colorId": "5"}
        patched = entries.patch(calendarId=calendar_id, body=reminders).execute()
        self.assertEqual({name: patched[name] for name in reminders}, reminders)
        colours = {"backgroundColor": "#112233", "foregroundColor": "#ffffff", "selected": True}
        updated = entries.update(calendarId=calendar_id, colorRgbFormat=True, body=colours).execute()
        self.assertEqual({name: updated[name] for name in colours}, colours)
        self.assertNotIn("summaryOverride", updated)
        entries.delete(calendarId=calendar_id).execute()
        self.assertRefused(404, "notFound", entries.get(calendarId=calendar_id))

    def test_a_new_service_account_has_an_empty_list_and_a_person_has_the_primary_calendar(self):
        self.assertEqual(self.account().calendarList().list().execute()["items"], [])
        items = self.person().calendarList().list().execute()["items"]
        self.assertEqual([(item["id"], item.get("primary")) for item in items], [(COACH, True)])

    def test_entries_come_in_pages_and_incrementally(self):
        service = self.person()
        ids = [service.calendars().insert(body={"summary": name}).execute()["id"] for name in "abc"]
        entries = service.calendarList()
        request, seen = entries.list(maxResults=1), []
        while request:
            page = request.execute()
            seen += [entry["id"] for entry in page["items"]]
            request = entries.list_next(request, page)
        self.assertEqual(sorted(seen), sorted([COACH, *ids]))
        service.calendars().delete(calendarId=ids[1]).execute()
        changes = entries.list(syncToken=page["nextSyncToken"]).execute()["items"]
        self.assertEqual([(entry["id"], entry["deleted"]) for entry in changes], [(ids[1], True)])
        self.assertEqual(refusal(entries.list(syncToken=page["nextSyncToken"], minAccessRole="owner"))[0], 400)


class Events(Case):
    def test_an_event_with_everything_in_it(self):
        service = self.person()
        body = timed(
            summary="Coaching",
            description="<b>First</b>",
            location="Room 1",
            colorId="5",
            visibility="private",
            transparency="transparent",
            status="tentative",
            source={"url": "https://platform.example/s/1", "title": "Session"},
            attendees=[
                {"email": CLIENT, "displayName": "A client", "optional": True},
                {"email": COACH, "responseStatus": "accepted"},
            ],
            extendedProperties={"private": {"sessionId": "1"}, "shared": {"room": "1"}},
            guestsCanModify=True,
            guestsCanInviteOthers=False,
            guestsCanSeeOtherGuests=False,
            anyoneCanAddSelf=True,
            reminders={"useDefault": False, "overrides": [{"method": "email", "minutes": 60}]},
            attachments=[{"fileUrl": "https://files.example/1", "title": "Notes", "mimeType": "text/plain"}],
            conferenceData={"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}},
        )
        made = (
            service.events()
            .insert(calendarId="primary", sendUpdates="all", conferenceDataVersion=1, supportsAttachments=True, body=body)
            .execute()
        )
        kept = [
            "summary",
            "description",
            "location",
            "colorId",
            "visibility",
            "transparency",
            "status",
            "source",
            "extendedProperties",
            "guestsCanModify",
            "guestsCanInviteOthers",
            "reminders",
            "start",
            "end",
        ]
        body["start"]["dateTime"], body["end"]["dateTime"] = made["start"]["dateTime"], made["end"]["dateTime"]
        self.assertEqual({name: made.get(name) for name in kept}, {name: body[name] for name in kept})
        self.assertTrue(made["hangoutLink"].startswith("https://"))
        self.assertEqual(len(made["attendees"]), 2)
        self.assertEqual(service.events().get(calendarId="primary", eventId=made["id"]).execute(), made)

    def test_what_a_plain_event_always_carries(self):
        made = self.person().events().insert(calendarId="primary", body=timed()).execute()
        always = [
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
        ]
        self.assertEqual([name for name in made if name in always], always)
        self.assertEqual(set(made) - set(always), set(), "defaults are left out")
        self.assertEqual(made["iCalUID"], made["id"] + "@google.com")
        self.assertRegex(made["id"], "^[a-v0-9]{26}$")
        self.assertTrue(made["created"].endswith(".000Z"))

    def test_patch_merges_update_replaces_delete_leaves_a_tombstone_that_can_be_revived(self):
        events = self.person().events()
        properties = {"private": {"sessionId": "1", "rev": "1"}}
        made = events.insert(
            calendarId="primary", body=timed(id="loom0123456789", summary="One", location="Here", extendedProperties=properties)
        ).execute()
        where = {"calendarId": "primary", "eventId": made["id"]}
        change = {"summary": "Two", "extendedProperties": {"private": {"rev": "2"}}}
        patched = events.patch(**where, body=change).execute()
        self.assertEqual(patched["extendedProperties"]["private"], {"sessionId": "1", "rev": "2"})
        self.assertEqual((patched["summary"], patched["location"]), ("Two", "Here"))
        updated = events.update(**where, body=timed(summary="Three")).execute()
        self.assertEqual((updated["summary"], updated.get("location"), updated.get("extendedProperties")), ("Three", None, None))
        self.assertGreater(int(updated["etag"].strip('"')), int(patched["etag"].strip('"')))
        events.delete(**where).execute()
        self.assertRefused(410, "deleted", events.delete(**where))
        self.assertEqual(events.get(**where).execute()["status"], "cancelled")
        self.assertRefused(409, "duplicate", events.insert(calendarId="primary", body=timed(id=made["id"])))
        self.assertEqual(events.patch(**where, body={"status": "confirmed"}).execute()["status"], "confirmed")

    def test_import_quick_add_and_move(self):
        service = self.person()
        events = service.events()
        imported = events.import_(calendarId="primary", body=timed(iCalUID="uid-1@elsewhere.example", summary="Foreign")).execute()
        self.assertEqual(imported["iCalUID"], "uid-1@elsewhere.example")
        self.assertRegex(imported["id"], "^_[a-v0-9]+$")
        again = events.import_(calendarId="primary", body=timed(iCalUID="uid-1@elsewhere.example", summary="Again")).execute()
        self.assertEqual((again["id"], again["summary"]), (imported["id"], "Again"))
        quick = events.quickAdd(calendarId="primary", text="Supervision tomorrow 3pm-4pm").execute()
        self.assertIn("Supervision", quick["summary"])
        other = service.calendars().insert(body={"summary": "Other"}).execute()["id"]
        moved = events.move(calendarId="primary", eventId=quick["id"], destination=other).execute()
        self.assertEqual((moved["id"], moved["organizer"]["email"]), (quick["id"], other))
        self.assertEqual(events.get(calendarId=other, eventId=quick["id"]).execute()["status"], "confirmed")
        self.assertEqual(events.get(calendarId="primary", eventId=quick["id"]).execute()["status"], "cancelled")

    def test_a_series_its_instances_and_their_exceptions(self):
        service = self.person()
        service.calendars().patch(calendarId="primary", body={"timeZone": "Europe/Berlin"}).execute()
        events = service.events()
        weekly = timed("2027-03-01T10:00:00", "2027-03-01T11:00:00", summary="Weekly", recurrence=["RRULE:FREQ=WEEKLY;COUNT=6"])
        series = events.insert(calendarId="primary", body=weekly).execute()
        self.assertEqual(series["recurrence"], weekly["recurrence"])
        where = {"calendarId": "primary", "eventId": series["id"]}
        request, seen = events.instances(**where, maxResults=4), []
        while request:
            page = request.execute()
            seen += page["items"]
            request = events.instances_next(request, page)
        # Berlin turns its clocks on the 28th of March: the hour on the wall stays, the offset changes.
        self.assertEqual(
            [item["start"]["dateTime"] for item in seen[:1] + seen[4:5]], ["2027-03-01T10:00:00+01:00", "2027-03-29T10:00:00+02:00"]
        )
        self.assertEqual([seen[0]["id"], seen[4]["id"]], [series["id"] + "_20270301T090000Z", series["id"] + "_20270329T080000Z"])
        self.assertEqual({(item["recurringEventId"], item["iCalUID"]) for item in seen}, {(series["id"], series["iCalUID"])})
        moved = events.patch(
            calendarId="primary",
            eventId=seen[1]["id"],
            body={"start": {"dateTime": "2027-03-09T15:00:00+01:00"}, "end": {"dateTime": "2027-03-09T16:00:00+01:00"}},
        ).execute()
        self.assertEqual(moved["originalStartTime"]["dateTime"], "2027-03-08T10:00:00+01:00")
        events.delete(calendarId="primary", eventId=seen[2]["id"]).execute()
        window = {"timeMin": "2027-03-01T00:00:00Z", "timeMax": "2027-05-01T00:00:00Z"}
        flat = events.list(calendarId="primary", singleEvents=True, orderBy="startTime", **window).execute()["items"]
        self.assertEqual(
            [item["start"]["dateTime"][:13] for item in flat],
            ["2027-03-01T10", "2027-03-09T15", "2027-03-22T10", "2027-03-29T10", "2027-04-05T10"],
        )
        self.assertRefused(
            400,
            "required",
            events.insert(
                calendarId="primary",
                body={
                    "start": {"dateTime": "2027-03-01T10:00:00Z"},
                    "end": {"dateTime": "2027-03-01T11:00:00Z"},
                    "recurrence": ["RRULE:FREQ=DAILY"],
                },
            ),
        )

    def test_pages_hold_every_event_once_and_the_sync_token_brings_the_changes(self):
        events = self.person().events()
        ids = [events.insert(calendarId="primary", body=timed()).execute()["id"] for _ in range(7)]
        request, seen = events.list(calendarId="primary", maxResults=3), []
        while request:
            page = request.execute()
            seen += [event["id"] for event in page["items"]]
            request = events.list_next(request, page)
        self.assertEqual(sorted(seen), sorted(ids))
        events.delete(calendarId="primary", eventId=ids[0]).execute()
        events.patch(calendarId="primary", eventId=ids[1], body={"summary": "Changed"}).execute()
        changes = events.list(calendarId="primary", syncToken=page["nextSyncToken"]).execute()
        self.assertEqual({event["id"]: event["status"] for event in changes["items"]}, {ids[0]: "cancelled", ids[1]: "confirmed"})
        self.assertEqual(refusal(events.list(calendarId="primary", syncToken=changes["nextSyncToken"], q="x"))[0], 400)
        self.assertRefused(410, "fullSyncRequired", events.list(calendarId="primary", syncToken="CNonsense="))

    def test_filters_of_a_list(self):
        events = self.person().events()
        for number, word in enumerate(["alpha", "beta", "alpha beta"]):
            body = timed(
                f"2027-03-0{number + 1}T10:00:00Z",
                f"2027-03-0{number + 1}T11:00:00Z",
                "UTC",
                summary=word,
                extendedProperties={"private": {"n": str(number)}, "shared": {"w": word}},
            )
            events.insert(calendarId="primary", body=body).execute()
        filters = [
            ({"q": "alpha"}, 2),
            ({"privateExtendedProperty": "n=1"}, 1),
            ({"sharedExtendedProperty": "w=beta"}, 1),
            ({"privateExtendedProperty": ["n=1"], "sharedExtendedProperty": ["w=alpha"]}, 0),
            ({"timeMin": "2027-03-02T11:00:00Z"}, 1),
            ({"timeMax": "2027-03-02T10:00:00Z"}, 1),
            ({"eventTypes": ["default"]}, 3),
            ({"eventTypes": ["focusTime", "outOfOffice"]}, 0),
            ({"iCalUID": "nobody@example.com"}, 0),
            ({"orderBy": "updated", "maxAttendees": 1, "showHiddenInvitations": True, "alwaysIncludeEmail": True}, 3),
            ({"singleEvents": True, "orderBy": "startTime", "timeZone": "America/New_York"}, 3),
        ]
        for query, wanted in filters:
            with self.subTest(query=query):
                self.assertEqual(len(events.list(calendarId="primary", **query).execute()["items"]), wanted)


class Others(Case):
    def test_free_and_busy(self):
        service, other = self.person(), self.account()
        other_id = other.calendars().insert(body={"summary": "Not ours"}).execute()["id"]
        service.events().insert(calendarId="primary", body=timed()).execute()
        service.events().insert(calendarId="primary", body=timed(transparency="transparent")).execute()
        query = {
            "timeMin": "2027-03-01T00:00:00Z",
            "timeMax": "2027-03-02T00:00:00Z",
            "timeZone": "Europe/Berlin",
            "items": [{"id": COACH}, {"id": other_id}],
        }
        answer = service.freebusy().query(body=query).execute()
        self.assertEqual(
            answer["calendars"][COACH]["busy"], [{"start": "2027-03-01T10:00:00+01:00", "end": "2027-03-01T11:00:00+01:00"}]
        )
        self.assertEqual(answer["calendars"][other_id], {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []})

    def test_colours_and_settings(self):
        service = self.person()
        colours = service.colors().get().execute()
        self.assertEqual((colours["event"]["11"]["background"], len(colours["calendar"])), ("#dc2127", 24))
        listed = service.settings().list().execute()["items"]
        self.assertIn("timezone", [setting["id"] for setting in listed])
        for setting in listed:
            self.assertEqual(service.settings().get(setting=setting["id"]).execute(), setting)
        request, seen = service.settings().list(maxResults=3), []
        while request:
            page = request.execute()
            seen += page["items"]
            request = service.settings().list_next(request, page)
        self.assertEqual(seen, listed)
        self.assertEqual(service.settings().list(syncToken=page["nextSyncToken"]).execute()["items"], [])
        self.assertRefused(404, "notFound", service.settings().get(setting="nonsense"))

    def test_a_person_who_signed_in_once_stays_signed_in(self):
        user = EMULATOR.user(COACH)
        stored = {name: user[name] for name in ("client_id", "client_secret", "refresh_token", "token_uri")}
        credentials = Credentials(None, **stored)
        self.assertFalse(credentials.valid)
        self.assertEqual(EMULATOR.client(credentials, CHECKS).calendars().get(calendarId="primary").execute()["id"], COACH)
        self.assertTrue(credentials.valid)

    def test_delegation_makes_the_account_the_person(self):
        key = EMULATOR.service_account_key("acting", delegatedScopes=[SCOPES + "calendar"], delegatedDomains=["example.com"])
        EMULATOR.user(COACH)
        service = EMULATOR.client(EMULATOR.service_account(key, sub=COACH), CHECKS)
        made = service.events().insert(calendarId="primary", body=timed(attendees=[{"email": CLIENT}])).execute()
        self.assertEqual(made["creator"]["email"], COACH)
        stranger = EMULATOR.client(EMULATOR.service_account(key, sub="coach@elsewhere.example"), CHECKS)
        with self.assertRaises(google.auth.exceptions.RefreshError):
            stranger.calendarList().list().execute()


class Push(Case):
    def setUp(self):
        super().setUp()
        self.received = queue.Queue()
        received = self.received

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                received.put({name.lower(): value for name, value in self.headers.items()})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/notifications"

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def channel(self, name, **more):
        return {"id": name, "type": "web_hook", "address": self.address, "token": "secret", "params": {"ttl": "3600"}, **more}

    def test_every_watch_starts_with_sync_and_ends_with_stop(self):
        EMULATOR.control("switches", {"allowHttpCallbacks": True})
        service = self.person()
        watches = [
            service.events().watch(calendarId="primary", body=self.channel("events")),
            service.acl().watch(calendarId="primary", body=self.channel("acl")),
            service.calendarList().watch(body=self.channel("list")),
            service.settings().watch(body=self.channel("settings")),
        ]
        for request in watches:
            channel = request.execute()
            self.assertEqual((channel["kind"], channel["token"]), ("api#channel", "secret"))
            message = self.received.get(timeout=10)
            self.assertEqual((message["x-goog-resource-state"], message["x-goog-message-number"]), ("sync", "1"))
            self.assertEqual(
                (message["x-goog-channel-id"], message["x-goog-resource-id"], message["x-goog-channel-token"]),
                (channel["id"], channel["resourceId"], "secret"),
            )
            if channel["id"] == "events":
                events_channel = channel
                service.events().insert(calendarId="primary", body=timed()).execute()
                self.assertEqual(self.received.get(timeout=10)["x-goog-resource-state"], "exists")
        stop = {"id": events_channel["id"], "resourceId": events_channel["resourceId"]}
        service.channels().stop(body=stop).execute()
        self.assertEqual(refusal(service.channels().stop(body=stop))[0], 404)

    def test_callbacks_need_https_and_ids_are_used_once(self):
        service = self.person()
        plain = service.events().watch(calendarId="primary", body=self.channel("plain"))
        with self.assertRaisesRegex(HttpError, "WebHook callback must be HTTPS"):
            plain.execute()
        EMULATOR.control("switches", {"allowHttpCallbacks": True})
        service.events().watch(calendarId="primary", body=self.channel("same")).execute()
        again = service.events().watch(calendarId="primary", body=self.channel("same"))
        self.assertRefused(400, "channelIdNotUnique", again)


class Protocol(Case):
    def test_a_batch_answers_each_call_by_its_id(self):
        # The path of batches is not part of `api_endpoint`: the client takes it from the document's `rootUrl`.
        document = {**CHECKS.document.document, "rootUrl": EMULATOR.origin + "/"}
        service = build_from_document(document, credentials=EMULATOR.user_credentials(COACH), requestBuilder=CHECKS.request)
        answers = {}

        def keep(request_id, response, error):
            if error:
                CHECKS.look_at_error(error)
            answers[request_id] = (error.resp.status, reason(error)) if error else response

        batch = service.new_batch_http_request(callback=keep)
        for number in range(20):
            batch.add(service.events().insert(calendarId="primary", body=timed(summary=f"ü {number}")), request_id=f"n {number}")
        batch.add(service.events().get(calendarId="primary", eventId="absent"), request_id="absent")
        batch.add(service.events().delete(calendarId="nowhere@example.com", eventId="absent"), request_id="nowhere")
        batch.execute()
        self.assertEqual([answers[f"n {number}"]["summary"] for number in range(20)], [f"ü {number}" for number in range(20)])
        self.assertEqual((answers["absent"], answers["nowhere"]), ((404, "notFound"), (404, "notFound")))

        deletions = BatchHttpRequest(callback=keep, batch_uri=EMULATOR.origin + "/batch/calendar/v3")
        for number in range(20):
            event_id = answers[f"n {number}"]["id"]
            deletions.add(service.events().delete(calendarId="primary", eventId=event_id), request_id=f"d {number}")
        deletions.execute()
        self.assertEqual({repr(answers[f"d {number}"]) for number in range(20)}, {"''"})

    def test_versions_guard_changes_and_spare_reads(self):
        events = self.person().events()
        first = events.insert(calendarId="primary", body=timed()).execute()
        where = {"calendarId": "primary", "eventId": first["id"]}
        events.patch(**where, body={"summary": "Second"}).execute()
        for request in (
            events.patch(**where, body={"summary": "Third"}),
            events.update(**where, body=timed()),
            events.delete(**where),
        ):
            self.assertRefused(412, "conditionNotMet", with_header(request, "If-Match", first["etag"]))
        now = events.get(**where).execute()
        self.assertEqual(now["summary"], "Second")
        with self.assertRaises(HttpError) as caught:
            with_header(events.get(**where), "If-None-Match", now["etag"]).execute()
        self.assertEqual(caught.exception.resp.status, 304)
        with_header(events.patch(**where, body={"summary": "Third"}), "If-Match", now["etag"]).execute()

    def test_partial_answers(self):
        service = self.person()
        service.events().insert(calendarId="primary", body=timed(summary="One")).execute()
        page = service.events().list(calendarId="primary", fields="nextSyncToken,items(summary,start/dateTime)").execute()
        self.assertEqual(page["items"], [{"summary": "One", "start": {"dateTime": page["items"][0]["start"]["dateTime"]}}])
        self.assertEqual(set(page), {"nextSyncToken", "items"})
        self.assertRefused(400, "invalidParameter", service.events().list(calendarId="primary", fields="items(summary"))

    def test_answers_are_compressed_for_those_who_ask_as_google_wants_it(self):
        token = EMULATOR.user(COACH)["accessToken"]
        connection = http.client.HTTPConnection(EMULATOR.address, timeout=10)
        bodies = {}
        for encoding in ("gzip", "identity"):
            connection.request(
                "GET",
                "/calendar/v3/colors",
                headers={"Authorization": f"Bearer {token}", "Accept-Encoding": encoding, "User-Agent": "conformance (gzip)"},
            )
            answer = connection.getresponse()
            bodies[encoding] = (answer.getheader("Content-Encoding"), answer.read())
        connection.close()
        self.assertEqual((bodies["gzip"][0], bodies["identity"][0]), ("gzip", None))
        self.assertEqual(json.loads(gzip.decompress(bodies["gzip"][1])), json.loads(bodies["identity"][1]))

    def test_the_clients_own_retries(self):
        events = self.person().events()
        for fault in ({"status": 503}, {"reason": "rateLimitExceeded"}):
            EMULATOR.control("faults", {**fault, "method": "events.list", "count": 1})
            events.list(calendarId="primary").execute(num_retries=1)
        EMULATOR.control("faults", {"reason": "quotaExceeded", "method": "events.list", "count": 1})
        self.assertEqual(refusal(events.list(calendarId="primary"), num_retries=1), (403, "quotaExceeded"))

    def test_a_token_that_is_refused_is_made_again(self):
        service = self.account()
        service.calendarList().list().execute()
        EMULATOR.control("faults", {"status": 401, "reason": "authError", "count": 1})
        service.calendarList().list().execute()


class Refusals(Case):
    def test_what_is_wrong_with_a_request(self):
        service = self.person()
        events = service.events()
        made = events.insert(calendarId="primary", body=timed(id="taken12345")).execute()
        self.assertEqual(made["id"], "taken12345")
        where = {"calendarId": "primary"}
        self.assertRefused(409, "duplicate", events.insert(**where, body=timed(id="taken12345")))
        self.assertRefused(400, "invalid", events.insert(**where, body=timed(id="NOT-an-id")))
        self.assertRefused(400, "required", events.insert(**where, body={"summary": "No times"}))
        self.assertRefused(
            400, "timeRangeEmpty", events.insert(**where, body=timed("2027-03-01T11:00:00Z", "2027-03-01T10:00:00Z"))
        )
        self.assertRefused(400, "badRequest", events.list(**where, orderBy="startTime"))
        self.assertRefused(
            400, "timeRangeEmpty", events.list(**where, timeMin="2027-03-02T00:00:00Z", timeMax="2027-03-01T00:00:00Z")
        )
        self.assertRefused(410, "updatedMinTooLongAgo", events.list(**where, updatedMin="2020-01-01T00:00:00Z"))
        self.assertRefused(404, "notFound", events.get(**where, eventId="absent12345"))
        self.assertRefused(404, "notFound", events.list(calendarId="nobody@example.com"))
        self.assertRefused(
            400,
            "timeRangeEmpty",
            service.freebusy().query(body={"timeMin": "2027-03-02T00:00:00Z", "timeMax": "2027-03-01T00:00:00Z", "items": []}),
        )

    def test_what_a_caller_may_not_do(self):
        owner, coach = self.account(), self.person()
        calendar_id = owner.calendars().insert(body={"summary": "Coaching"}).execute()["id"]
        rule = {"role": "reader", "scope": {"type": "user", "value": COACH}}
        owner.acl().insert(calendarId=calendar_id, body=rule).execute()
        self.assertRefused(403, "requiredAccessLevel", coach.events().insert(calendarId=calendar_id, body=timed()))
        self.assertRefused(403, "requiredAccessLevel", coach.acl().insert(calendarId=calendar_id, body=rule))
        self.assertRefused(
            403,
            "forbiddenForServiceAccounts",
            owner.events().insert(calendarId=calendar_id, body=timed(attendees=[{"email": CLIENT}])),
        )
        self.assertRefused(
            400,
            "invalid",
            owner.events().insert(
                calendarId=calendar_id,
                conferenceDataVersion=1,
                body=timed(conferenceData={"createRequest": {"requestId": "r", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}),
            ),
        )
        narrow = self.account("calendar.events")
        query = {"timeMin": "2027-03-01T00:00:00Z", "timeMax": "2027-03-02T00:00:00Z", "items": [{"id": calendar_id}]}
        self.assertRefused(403, "insufficientPermissions", narrow.freebusy().query(body=query))

    def test_limits(self):
        service = self.person()
        EMULATOR.control("quotas", {"calendarCreations": 1})
        service.calendars().insert(body={"summary": "One"}).execute()
        self.assertRefused(403, "quotaExceeded", service.calendars().insert(body={"summary": "Two"}))
        for form in ("403", "429"):
            EMULATOR.control("quotas", {"perMinutePerUser": 0, "form": form})
            self.assertRefused(int(form), "rateLimitExceeded", service.calendarList().list())


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    outcome = unittest.TextTestRunner(verbosity=1, stream=sys.stderr).run(suite)
    for complaint in dict.fromkeys(CHECKS.complaints):
        print("NOT GOOGLE'S:", complaint, file=sys.stderr)
    for method in CHECKS.missing:
        print("NEVER ANSWERED:", method, file=sys.stderr)
    methods = len(CHECKS.document.methods)
    print(
        f"{methods - len(CHECKS.missing)} of {methods} methods called, {CHECKS.answers.total()} answers and {CHECKS.errors} "
        f"refusals checked, {len(CHECKS.complaints)} wrong; {outcome.testsRun} tests, "
        f"{len(outcome.failures) + len(outcome.errors)} failed"
    )
    sys.exit(1 if CHECKS.complaints or CHECKS.missing or not outcome.wasSuccessful() else 0)


if __name__ == "__main__":
    main()
