"""The check of answers can fail: each of these answers is wrong in one place, and the check has to say where."""

import copy
import json
import unittest

from schema import Document, bundled_document, envelope_complaints

EVENT = {
    "kind": "calendar#event",
    "etag": '"3586003200000000"',
    "id": "s0v5c2k1m3",
    "status": "confirmed",
    "created": "2026-10-26T08:00:00.000Z",
    "updated": "2026-10-26T08:00:00.123Z",
    "summary": "Coaching",
    "creator": {"email": "coach@example.com", "self": True},
    "start": {"dateTime": "2026-11-03T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"date": "2026-11-04"},
    "extendedProperties": {"private": {"sessionId": "1"}},
    "sequence": 0,
    "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]},
    "eventType": "default",
}
CHANNEL = {"kind": "api#channel", "id": "1", "resourceId": "r", "expiration": "1426325213000"}
CALENDAR = {
    "kind": "calendar#calendar",
    "id": "c",
    "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
}

# A place in the answer, what is put there, and how the complaint must begin.
WRONG = [
    ("events.get", EVENT, ["summary"], 7, "Event.summary: integer instead of string"),
    ("events.get", EVENT, ["summary"], None, "Event.summary: null instead of string"),
    ("events.get", EVENT, ["sequence"], "0", "Event.sequence: string instead of integer"),
    ("events.get", EVENT, ["sequence"], True, "Event.sequence: boolean instead of integer"),
    ("events.get", EVENT, ["sequence"], 2**31, "Event.sequence: 2147483648 is not of the format int32"),
    ("events.get", EVENT, ["creator", "self"], "true", "Event.creator.self: string instead of boolean"),
    ("events.get", EVENT, ["start"], "2026-11-03", "Event.start: string instead of an object"),
    ("events.get", EVENT, ["reminders", "overrides"], {}, "Event.reminders.overrides: object instead of an array"),
    ("events.get", EVENT, ["colour"], "1", "Event.colour: no such property"),
    ("events.get", EVENT, ["start", "zone"], "UTC", "Event.start.zone: no such property"),
    ("events.get", EVENT, ["created"], "2026-10-26T08:00:00.000", "Event.created: '2026-10-26T08:00:00.000' is not of"),
    ("events.get", EVENT, ["created"], "2026-13-26T08:00:00Z", "Event.created: '2026-13-26T08:00:00Z' is not of"),
    ("events.get", EVENT, ["end", "date"], "2026-11-31", "Event.end.date: '2026-11-31' is not of the format date"),
    ("events.get", EVENT, ["end", "date"], "20261104", "Event.end.date: '20261104' is not of the format date"),
    ("events.get", EVENT, ["status"], "postponed", "Event.status: 'postponed' is not one of"),
    ("events.get", EVENT, ["kind"], "calendar#events", "Event.kind: 'calendar#events' instead of"),
    ("events.get", EVENT, ["extendedProperties", "private", "n"], 1, "Event.extendedProperties.private['n']: integer"),
    ("events.get", EVENT, ["reminders", "overrides", 0, "minutes"], 1.5, "Event.reminders.overrides[0].minutes: number"),
    ("events.watch", CHANNEL, ["expiration"], 1426325213000, "Channel.expiration: integer instead of string"),
    ("events.watch", CHANNEL, ["expiration"], "soon", "Channel.expiration: 'soon' is not of the format int64"),
    ("events.watch", CHANNEL, ["expiration"], str(2**63), "Channel.expiration: '9223372036854775808' is not of"),
    (
        "calendars.get",
        CALENDAR,
        ["conferenceProperties", "allowedConferenceSolutionTypes", 0],
        "zoom",
        "Calendar.conferenceProperties.allowedConferenceSolutionTypes[0]: 'zoom' is not one of",
    ),
]

ERROR = {
    "error": {"errors": [{"domain": "global", "reason": "notFound", "message": "Not Found"}], "code": 404, "message": "Not Found"}
}
FRONT = {
    "error": {
        "code": 401,
        "message": "M",
        "errors": [
            {
                "message": "Login Required.",
                "domain": "global",
                "reason": "required",
                "location": "Authorization",
                "locationType": "header",
            }
        ],
        "status": "UNAUTHENTICATED",
    }
}


def changed(value, path, new):
    value = copy.deepcopy(value)
    place = value
    for key in path[:-1]:
        place = place[key]
    if isinstance(place, list):
        place[path[-1]] = new
    else:
        place.update({path[-1]: new})
    return value


class SchemaTest(unittest.TestCase):
    document = Document(bundled_document())

    def test_the_document_has_the_38_methods(self):
        self.assertEqual(len(self.document.methods), 38)

    def test_right_answers_pass(self):
        for method, answer in (("events.get", EVENT), ("events.watch", CHANNEL), ("calendars.get", CALENDAR)):
            self.assertEqual(self.document.complaints(f"calendar.{method}", answer), [])
        self.assertEqual(self.document.complaints("calendar.events.delete", None), [])

    def test_wrong_answers_are_caught(self):
        for method, answer, path, new, wanted in WRONG:
            with self.subTest(path=path, new=new):
                found = self.document.complaints(f"calendar.{method}", changed(answer, path, new))
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(wanted), found[0])

    def test_bodies_stand_where_the_document_wants_them(self):
        self.assertTrue(self.document.complaints("calendar.events.delete", {}))
        self.assertTrue(self.document.complaints("calendar.events.get", None))

    def test_envelopes(self):
        json_type = "application/json; charset=UTF-8"
        self.assertEqual(envelope_complaints(404, json_type, json.dumps(ERROR)), [])
        self.assertEqual(envelope_complaints(401, json_type, json.dumps(FRONT)), [])
        self.assertTrue(envelope_complaints(404, "text/html", json.dumps(ERROR)))
        self.assertTrue(envelope_complaints(404, json_type, "<html>"))
        self.assertTrue(envelope_complaints(404, json_type, "[]"))
        wrong = [
            (["error", "code"], 403),
            (["error", "code"], "404"),
            (["error", "message"], ""),
            (["error", "errors"], []),
            (["error", "status"], "NOT_FOUND"),
            (["error", "errors", 0, "hint"], "x"),
            (["error", "errors", 0, "reason"], 1),
            (["error", "errors", 0, "location"], "If-Match"),
        ]
        for path, new in wrong:
            with self.subTest(path=path, new=new):
                self.assertTrue(envelope_complaints(404, json_type, json.dumps(changed(ERROR, path, new))))


if __name__ == "__main__":
    unittest.main()
