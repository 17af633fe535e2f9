"""The ordinary work of three clients from PyPI, each unmodified, each with the one setting that points it at the emulator.

They are others' code with others' ideas of what Google answers: which fields are always there, in which order pages come, what an
error looks like. What they do here is what their users do every day: list, add, edit, delete, search, ask for free and busy times.
"""

import copy
import datetime
import json
import logging
import os
import subprocess
import sys
import tempfile
import unittest
import zoneinfo

import aiogoogle
import aiogoogle.auth.creds
import gcsa.acl
import gcsa.calendar
import gcsa.event
import gcsa.free_busy
import gcsa.google_calendar
import gcsa.recurrence
import googleapiclient.errors

import schema
from emulator import CALENDAR_SCOPE, Emulator
from google_proxy import GoogleProxy

# That a step of a coroutine took long is not what this is about.
logging.getLogger("asyncio").setLevel(logging.ERROR)

EMULATOR = Emulator()
COACH, CLIENT = "coach@example.com", "client@example.com"
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
WORK = {}


def did(client, command):
    """Counts what was done with each client, for the line at the end."""
    WORK.setdefault(client, []).append(command)


def at(day, hour, minute=0):
    return datetime.datetime(2027, 3, day, hour, minute, tzinfo=BERLIN)


class Gcsa(unittest.TestCase):
    """gcsa builds Google's client itself and keeps it in `service`: that is where one with another endpoint goes."""

    def setUp(self):
        EMULATOR.reset()
        credentials = EMULATOR.user_credentials(COACH)
        self.calendar = gcsa.google_calendar.GoogleCalendar(credentials=credentials)
        self.calendar.service = EMULATOR.client(credentials)

    def test_events(self):
        calendar = self.calendar
        added = calendar.add_event(
            gcsa.event.Event(
                "Coaching",
                at(1, 10),
                at(1, 11),
                timezone="Europe/Berlin",
                location="Room 1",
                color_id="5",
                attendees=[CLIENT],
                minutes_before_popup_reminder=10,
                description="First",
            )
        )
        did("gcsa", "add")
        self.assertEqual((added.start, added.end, added.location), (at(1, 10), at(1, 11), "Room 1"))
        added.summary, added.location, added.start, added.end = "Supervision", "Room 2", at(2, 10), at(2, 12)
        calendar.update_event(added)
        did("gcsa", "edit")
        read = calendar.get_event(added.id)
        self.assertEqual((read.summary, read.location, read.end), ("Supervision", "Room 2", at(2, 12)))
        self.assertEqual(read.reminders[0].minutes_before_start, 10)
        self.assertEqual(read.attendees[0].email, CLIENT)
        calendar.add_event(gcsa.event.Event("Whole day", datetime.date(2027, 3, 5)))
        found = list(calendar.get_events(at(1, 0), at(9, 0), query="super"))
        did("gcsa", "search")
        self.assertEqual([event.summary for event in found], ["Supervision"])
        listed = calendar[at(1, 0) : at(9, 0) : "startTime"]
        self.assertEqual([event.summary for event in listed], ["Supervision", "Whole day"])
        did("gcsa", "list")
        calendar.delete_event(added)
        did("gcsa", "delete")
        self.assertEqual([event.summary for event in calendar[at(1, 0) : at(9, 0)]], ["Whole day"])
        with self.assertRaises(googleapiclient.errors.HttpError):
            calendar.get_event("absent12345")

    def test_series(self):
        calendar = self.calendar
        weekly = gcsa.recurrence.Recurrence.rule(freq=gcsa.recurrence.WEEKLY, count=3)
        series = calendar.add_event(gcsa.event.Event("Weekly", at(1, 10), at(1, 11), timezone="Europe/Berlin", recurrence=weekly))
        instances = list(calendar.get_instances(series, at(1, 0), at(31, 0)))
        self.assertEqual([instance.start for instance in instances], [at(1, 10), at(8, 10), at(15, 10)])
        self.assertEqual({instance.recurring_event_id for instance in instances}, {series.id})
        did("gcsa", "instances")

    def test_quick_import_and_move(self):
        calendar = self.calendar
        self.assertIn("Lunch", calendar.add_quick_event("Lunch tomorrow 12pm").summary)
        did("gcsa", "quick")
        imported = calendar.import_event(
            gcsa.event.Event("Foreign", at(1, 10), at(1, 11), timezone="Europe/Berlin", iCalUID="uid-1@elsewhere.example")
        )
        self.assertEqual(imported.other["iCalUID"], "uid-1@elsewhere.example")
        did("gcsa", "import")
        other = calendar.add_calendar(gcsa.calendar.Calendar("Other"))
        added = calendar.add_event(gcsa.event.Event("Moving", at(3, 10)))
        calendar.move_event(added, other.id)
        self.assertEqual(calendar.get_event(added.id, calendar_id=other.id).summary, "Moving")
        did("gcsa", "move")

    def test_calendars_and_sharing(self):
        calendar = self.calendar
        made = calendar.add_calendar(gcsa.calendar.Calendar("Sessions", description="Ours", timezone="Europe/Berlin"))
        made.location = "Berlin"
        self.assertEqual(calendar.update_calendar(made).location, "Berlin")
        self.assertEqual({entry.summary for entry in calendar.get_calendar_list()}, {COACH, "Sessions"})
        entry = calendar.get_calendar_list_entry(made.id)
        entry.summary_override = "Mine"
        self.assertEqual(calendar.update_calendar_list_entry(entry).summary_override, "Mine")
        rule = gcsa.acl.AccessControlRule(role="reader", scope_type="user", scope_value=CLIENT)
        rule = calendar.add_acl_rule(rule, calendar_id=made.id)
        rule.role = "writer"
        self.assertEqual(calendar.update_acl_rule(rule, calendar_id=made.id).role, "writer")
        self.assertEqual({rule.scope_value for rule in calendar.get_acl_rules(made.id)} & {CLIENT}, {CLIENT})
        calendar.delete_acl_rule(rule, calendar_id=made.id)
        calendar.delete_calendar(made)
        self.assertEqual([entry.summary for entry in calendar.get_calendar_list()], [COACH])
        did("gcsa", "calendars and sharing")

    def test_free_busy_colours_and_settings(self):
        calendar = self.calendar
        calendar.add_event(gcsa.event.Event("Busy", at(1, 10), at(1, 11)))
        free_busy = calendar.get_free_busy(time_min=at(1, 0), time_max=at(2, 0), timezone="Europe/Berlin")
        self.assertEqual([(span.start, span.end) for span in free_busy], [(at(1, 10), at(1, 11))])
        with self.assertRaises(gcsa.free_busy.FreeBusyQueryError):
            calendar.get_free_busy("nobody@example.com", time_min=at(1, 0), time_max=at(2, 0))
        did("gcsa", "free/busy")
        self.assertEqual(calendar.list_event_colors()["11"]["background"], "#dc2127")
        self.assertTrue(calendar.get_settings().timezone)
        calendar.clear()
        self.assertEqual(list(calendar[at(1, 0) : at(9, 0)]), [])
        did("gcsa", "settings")


class Aiogoogle(unittest.IsolatedAsyncioTestCase):
    """aiogoogle makes its API from a discovery document: one with another `rootUrl` is the emulator's."""

    def setUp(self):
        EMULATOR.reset()
        document = copy.deepcopy(schema.bundled_document())
        document["rootUrl"] = EMULATOR.origin + "/"
        self.api = aiogoogle.GoogleAPI(document, validate=True)

    async def test_as_a_person(self):
        api = self.api
        person = aiogoogle.auth.creds.UserCreds(access_token=EMULATOR.user(COACH)["accessToken"], expires_at="2099-01-01T00:00:00")
        body = {
            "summary": "Coaching",
            "start": {"dateTime": "2027-03-01T10:00:00+01:00"},
            "end": {"dateTime": "2027-03-01T11:00:00+01:00"},
        }
        async with aiogoogle.Aiogoogle(user_creds=person) as google:
            added = await google.as_user(*[api.events.insert(calendarId="primary", json=body) for _ in range(30)])
            did("aiogoogle", "add, 30 at once")
            self.assertEqual(len({event["id"] for event in added}), 30)
            where = {"calendarId": "primary", "eventId": added[0]["id"]}
            await google.as_user(api.events.patch(**where, json={"summary": "Supervision"}))
            await google.as_user(api.events.update(**where, json={**body, "summary": "Supervision", "location": "Room 2"}))
            did("aiogoogle", "edit")
            found = await google.as_user(api.events.list(calendarId="primary", q="supervision"))
            self.assertEqual([event["location"] for event in found["items"]], ["Room 2"])
            did("aiogoogle", "search")
            pages = await google.as_user(api.events.list(calendarId="primary", maxResults=7), full_res=True)
            listed = [event["id"] async for page in pages for event in page["items"]]
            self.assertEqual((len(listed), len(set(listed))), (30, 30))
            did("aiogoogle", "list")
            await google.as_user(*[api.events.delete(calendarId="primary", eventId=event["id"]) for event in added[1:]])
            did("aiogoogle", "delete")
            query = {"timeMin": "2027-03-01T00:00:00Z", "timeMax": "2027-03-02T00:00:00Z", "items": [{"id": COACH}]}
            busy = await google.as_user(api.freebusy.query(json=query))
            self.assertEqual(busy["calendars"][COACH]["busy"], [{"start": "2027-03-01T09:00:00Z", "end": "2027-03-01T10:00:00Z"}])
            did("aiogoogle", "free/busy")
            with self.assertRaises(aiogoogle.HTTPError) as caught:
                await google.as_user(api.events.get(calendarId="primary", eventId="absent12345"))
            self.assertEqual(caught.exception.res.status_code, 404)

    async def test_as_a_service_account(self):
        api, key = self.api, EMULATOR.service_account_key()
        account = aiogoogle.auth.creds.ServiceAccountCreds(scopes=[CALENDAR_SCOPE], **key)
        async with aiogoogle.Aiogoogle(service_account_creds=account) as google:
            calendar = await google.as_service_account(api.calendars.insert(json={"summary": "Coaching"}))
            rule = {"role": "reader", "scope": {"type": "user", "value": COACH}}
            await google.as_service_account(api.acl.insert(calendarId=calendar["id"], json=rule))
            listed = await google.as_service_account(api.calendarList.list())
            self.assertEqual([entry["id"] for entry in listed["items"]], [calendar["id"]])
        did("aiogoogle", "service account")


class Gcalcli(unittest.TestCase):
    """gcalcli runs as a process, as at home. It has no setting for another server, so it goes through a proxy that is Google."""

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        authority = os.path.join(cls.home.name, "emulated-google.pem")
        cls.proxy = GoogleProxy(EMULATOR.origin, authority)
        data = os.path.join(cls.home.name, "data")
        cls.environment = {
            "PATH": os.environ["PATH"],
            "HOME": cls.home.name,
            "XDG_DATA_HOME": data,
            "TMPDIR": cls.home.name,
            "TZ": "Europe/Berlin",
            "LC_ALL": "C.UTF-8",
            "HTTPS_PROXY": cls.proxy.origin,
            "HTTPLIB2_CA_CERTS": authority,
            "NO_PROXY": "127.0.0.1",
        }
        cls.oauth = os.path.join(data, "gcalcli", "oauth")
        os.makedirs(os.path.dirname(cls.oauth))

    @classmethod
    def tearDownClass(cls):
        cls.proxy.close()
        cls.home.cleanup()

    def setUp(self):
        EMULATOR.reset()
        user = EMULATOR.user(COACH)
        EMULATOR.client(EMULATOR.user_credentials(COACH)).calendars().patch(
            calendarId="primary", body={"timeZone": "Europe/Berlin"}
        ).execute()
        # What gcalcli keeps after its sign-in in the browser; it turns this form into its own when it starts.
        with open(self.oauth, "w") as file:
            json.dump(
                {
                    "access_token": user["accessToken"],
                    **{name: user.get(name) for name in ("client_id", "client_secret", "refresh_token", "token_uri")},
                },
                file,
            )

    def gcalcli(self, command, *arguments, answers="", status=0):
        program = os.path.join(os.path.dirname(sys.executable), "gcalcli")
        run = subprocess.run(
            [program, "--nocache", "--nocolor", "--lineart", "ascii", command, *arguments],
            input=answers,
            text=True,
            capture_output=True,
            timeout=60,
            env=self.environment,
        )
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        did("gcalcli", command)
        return run.stdout

    def test_ordinary_work(self):
        self.assertIn(f"owner  {COACH}", self.gcalcli("list"))
        window = ("2027-03-01", "2027-03-31")
        times = ("--when", "2027-03-01 10:00", "--duration", "60")
        added = self.gcalcli(
            "add",
            "--calendar",
            COACH,
            "--title",
            "Coaching",
            "--where",
            "Room 1",
            *times,
            "--description",
            "First",
            "--who",
            CLIENT,
            "--color",
            "banana",
            "--reminder",
            "10 popup",
            "--details",
            "url",
            "--noprompt",
        )
        self.assertIn("https://www.google.com/calendar/event?eid=", added)
        self.gcalcli("add", "--title", "Holiday", "--when", "2027-03-05", "--allday", "--duration", "2", "--noprompt")
        agenda = self.gcalcli("agenda", "--tsv", "--details", "location", *window)
        self.assertIn("2027-03-01\t10:00\t2027-03-01\t11:00\tCoaching\tRoom 1", agenda)
        self.assertIn("Holiday", agenda)
        self.assertIn("Coaching", self.gcalcli("search", "coach", *window))
        self.assertNotIn("Holiday", self.gcalcli("search", "coach", *window))
        # Not the time: that question of gcalcli 4.5.1 ends in a TypeError of its own.
        self.gcalcli("edit", "Coaching", *window, answers="t\nSupervision\nl\nRoom 2\nd\nSecond\nc\ngrape\nr\n5 popup\n.\ns\n")
        agenda = self.gcalcli("agenda", "--tsv", "--details", "location", *window)
        self.assertIn("2027-03-01\t10:00\t2027-03-01\t11:00\tSupervision\tRoom 2", agenda)
        self.gcalcli("add", "--title", "Collision", "--when", "2027-03-01 10:30", "--duration", "60", "--noprompt")
        self.assertIn("Conflict", self.gcalcli("conflicts", "", *window))
        self.assertIn("Supervision", self.gcalcli("calw", "--width", "14", "2027-03-01", "1"))
        self.assertIn("Collision", self.gcalcli("calm", "2027-03-01"))
        self.gcalcli("delete", "--iamaexpert", "Collision", *window)
        self.gcalcli("delete", "Supervision", *window, answers="y\n")
        agenda = self.gcalcli("agenda", *window)
        self.assertNotIn("Collision", agenda)
        self.assertNotIn("Supervision", agenda)
        self.assertIn("Holiday", agenda)

    def test_quick_add(self):
        self.gcalcli("quick", "Lunch tomorrow 12:00", "--calendar", COACH, "--reminder", "5")
        day = (datetime.datetime.now(BERLIN) + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
        self.assertIn(f"{day}\t12:00", self.gcalcli("search", "lunch", "--tsv"))

    def test_import_of_an_ics_file(self):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//conformance//EN"]
        for number, more in enumerate([["LOCATION:Room 1"], ["RRULE:FREQ=WEEKLY;COUNT=3"], [f"ATTENDEE:MAILTO:{COACH}"]]):
            lines += [
                "BEGIN:VEVENT",
                f"UID:{number}@elsewhere.example",
                f"SUMMARY:Foreign {number}",
                "SEQUENCE:1",
                f"DTSTART:2027030{number + 1}T090000Z",
                f"DTEND:2027030{number + 1}T100000Z",
                *more,
                "END:VEVENT",
            ]
        ics = "\r\n".join([*lines, "END:VCALENDAR", ""])
        self.assertIn("Added 3 events", self.gcalcli("import", "--calendar", COACH, answers=ics))
        self.assertIn("Skipped duplicate", self.gcalcli("import", "--calendar", COACH, answers=ics))
        # Under this name gcalcli calls `events.import` for events the owner is invited to; that one repeats without harm.
        again = self.gcalcli("import", "--use-legacy-import", "--calendar", COACH, answers=ics)
        self.assertIn("Added 1 events", again)
        agenda = self.gcalcli("agenda", "--tsv", "2027-03-01", "2027-03-31")
        self.assertEqual([agenda.count(f"Foreign {number}") for number in range(3)], [1, 3, 1])
        self.assertIn("2027-03-01\t10:00", agenda)

    def test_changes_from_a_table(self):
        for title in ("Moved", "Dropped"):
            self.gcalcli("add", "--title", title, "--when", "2027-03-01 10:00", "--duration", "60", "--noprompt")
        window = ("2027-03-01", "2027-03-31")
        head, *rows = self.gcalcli("agenda", "--tsv", "--details", "id", *window).splitlines()
        ids = {row.split("\t")[-1]: row.split("\t")[0] for row in rows}
        table = [
            "action\tid\tstart_date\tstart_time\tend_date\tend_time\ttitle",
            f"patch\t{ids['Moved']}\t2027-03-02\t14:00\t2027-03-02\t15:00\tMoved",
            f"delete\t{ids['Dropped']}\t\t\t\t\tDropped",
            "insert\t\t2027-03-03\t10:00\t2027-03-03\t11:00\tNew",
        ]
        self.gcalcli("agendaupdate", answers="\n".join(table) + "\n")
        agenda = self.gcalcli("agenda", "--tsv", *window)
        self.assertEqual(
            agenda.splitlines()[1:], ["2027-03-02\t14:00\t2027-03-02\t15:00\tMoved", "2027-03-03\t10:00\t2027-03-03\t11:00\tNew"]
        )


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    outcome = unittest.TextTestRunner(verbosity=1, stream=sys.stderr).run(suite)
    done = "; ".join(f"{client}: {', '.join(dict.fromkeys(commands))}" for client, commands in WORK.items())
    print(f"{done}; {outcome.testsRun} tests, {len(outcome.failures) + len(outcome.errors)} failed")
    sys.exit(0 if outcome.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
