"""Requests for the fuzzing: plausible and hostile, made from the discovery document with dice."""

import collections
import json
import urllib.parse

COACH, CLIENT = "coach@example.com", "client@example.com"
# Faults would be 5xx by order; a reset or a new clock is for the whole world, and is done between the rounds.
CONTROL = [
    "service-accounts",
    "users",
    "quotas",
    "clock",
    "switches",
    "requests",
    "state",
    "faults",
    "tokens",
    "channels",
    "nonsense",
]

WORDS = [
    "",
    " ",
    "a",
    "coaching",
    "primary",
    "null",
    "true",
    "0",
    "-1",
    "é",
    "שלום",
    "🗓️",
    "\u0000",
    "\u202e",
    "\ufeff",
    "e\u0301",
    "%",
    "%2",
    "%00",
    "../..",
    "a/b",
    "?",
    "#",
    "&",
    "=",
    '"',
    "\\",
    "<b>x</b>",
    "'; DROP TABLE",
    "\r\nX: y",
    "{}",
    "[]",
    "NaN",
    "1e999",
    "*",
    "items(",
    "items(id",
    "a" * 300,
    "ä" * 1500,
]
TIMES = [
    "2027-03-01T10:00:00Z",
    "2027-03-28T02:30:00+01:00",
    "2027-03-01T10:00:00",
    "2027-02-30T10:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2027-03-01T24:00:00Z",
    "2027-03-01T10:00:60Z",
    "2027-03-01T10:00:00+99:99",
    "2027-03-01",
    "2027-03-01T10:00:00.123456789Z",
    "-2027-03-01T10:00:00Z",
    "1900-01-01T00:00:00+00:19",
    "yesterday",
]
DATES = ["2027-03-01", "2027-03-02", "2027-02-30", "0000-00-00", "9999-12-31", "20270301", "2027-3-1"]
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "UTC",
    "GMT+1",
    "Mars/Olympus",
    "",
    "Pacific/Apia",
    "Africa/Monrovia",
    "../etc/passwd",
]
RULES = [
    "RRULE:FREQ=WEEKLY;COUNT=3",
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20280101T000000Z",
    "EXDATE:20270308T100000Z",
    "EXDATE;TZID=Europe/Berlin:20270308T100000",
    "RDATE;VALUE=DATE:20270401",
    "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "RRULE:FREQ=SECONDLY;COUNT=99999999",
    "RRULE:FREQ=WEEKLY;INTERVAL=0",
    "RRULE:FREQ=WEEKLY;BYDAY=XX",
    "RRULE:",
    "DTSTART:20270301",
    "RRULE:FREQ=DAILY;COUNT=-1",
    "RRULE:FREQ=DAILY;UNTIL=20270301;COUNT=5",
    "RRULE:FREQ=DAILY;BYSETPOS=1000;BYHOUR=25",
    "RRULE:FREQ=WEEKLY;INTERVAL=9223372036854775807",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=31,30,-31",
    "\n",
    "RRULE:FREQ=DAILY\r\nRRULE:FREQ=DAILY",
]
NUMBERS = [0, 1, -1, 2, 50, 250, 2500, 2501, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**30, -(2**63), 0.5, 1e308]
# Without these hardly any request gets as far as the work.
WANTED = {"start", "end", "timeMin", "timeMax", "summary", "dateTime", "scope", "role", "id", "address", "type", "items", "iCalUID"}
BROKEN_JSON = [
    b"",
    b"{",
    b"[",
    b"]",
    b"null",
    b"true",
    b"7",
    b'"x"',
    b'{"a":}',
    b'{"a":1,}',
    b"{'a':1}",
    b'{"a":"\xff\xfe"}',
    b"\x00",
    b'{"a":"\\ud800"}',
    b'{"a":1e999999}',
    b'{"summary":"x"',
    b"[" * 5000,
    b'{"a":' * 5000,
    b'{"a":1,"a":2}',
    b"\xef\xbb\xbf{}",
]


class World:
    """What one connection knows to exist, so that requests hit something."""

    def __init__(self, random_source):
        self.random = random_source
        self.ids = collections.defaultdict(list)
        self.channel = None
        self.tokens = []
        # Names for the tokens, in the lines that repeat a request.
        self.holders = {}

    def learn(self, answer):
        """Keeps ids and tokens of an answer for requests to come."""
        if not isinstance(answer, dict):
            return
        if answer.get("kind") == "api#channel":
            self.channel = {"id": answer.get("id"), "resourceId": answer.get("resourceId")}
        for name in ("id", "etag", "nextPageToken", "nextSyncToken", "resourceId", "iCalUID", "recurringEventId"):
            if isinstance(answer.get(name), str):
                kind = answer.get("kind", "") if name == "id" else name
                self.ids[kind] = ([answer[name]] + self.ids[kind])[:20]
        for item in answer["items"][:5] if isinstance(answer.get("items"), list) else []:
            self.learn(item)

    def known(self, *kinds):
        found = [value for kind in kinds for value in self.ids[kind]]
        return self.random.choice(found) if found else "absent12345"


class Generator:
    def __init__(self, document, world, random_source):
        self.document = document
        self.world = world
        self.random = random_source
        # How much of a request is nonsense, from 0 to 1; changes from request to request.
        self.wildness = 1.0

    # Values

    def text(self, name=""):
        choice, world = self.random.choice, self.world
        lowered = name.lower()
        if self.random.random() < 0.15 * self.wildness:
            return choice(WORDS)
        if name in ("timeMin", "timeMax") and self.random.random() > 0.5 * self.wildness:
            return "2027-03-01T00:00:00Z" if name == "timeMin" else "2027-03-20T00:00:00Z"
        if "time" in lowered and "zone" not in lowered or name in ("updatedMin", "originalStart"):
            return choice(TIMES)
        if "zone" in lowered:
            return choice(ZONES)
        known = {
            "calendarId": ["primary", "primary", COACH, CLIENT, world.known("calendar#calendar", "calendar#calendarListEntry")],
            "destination": ["primary", world.known("calendar#calendar")],
            "eventId": [world.known("calendar#event")],
            "ruleId": ["default", f"user:{COACH}", world.known("calendar#aclRule")],
            "setting": ["timezone", world.known("calendar#setting")],
            "pageToken": [world.known("nextPageToken")],
            "syncToken": [world.known("nextSyncToken")],
            "fields": [
                "id",
                "items(id,start/dateTime),nextPageToken",
                "*",
                "items/*",
                "kind,items(attendees(email))",
                "(((",
                "a/b/c/d/e",
            ],
            "id": [
                world.known("calendar#event"),
                "abcde" + str(self.random.randrange(10**6)),
                COACH,
                "UPPER",
                world.known("api#channel"),
            ],
            "iCalUID": [world.known("iCalUID"), f"{self.random.randrange(50)}@elsewhere.example"],
            "resourceId": [world.known("resourceId")],
            "role": ["reader", "writer", "owner", "none", "freeBusyReader", "writerWithoutPrivateAccess"],
            "status": ["confirmed", "tentative", "cancelled"],
            "email": [COACH, CLIENT, "group@example.com"],
            "value": [COACH, "example.com"],
            "address": ["https://127.0.0.1:9/x", "http://127.0.0.1:9/x", "ftp://x", "https://"],
            "type": ["web_hook", "web_hook", "user", "user", "default", "domain"],
            "newDataOwner": [CLIENT, COACH],
            "text": ["Lunch tomorrow 12pm-1pm", "Call on 1 March 10am"],
            "q": ["coaching", "a b"],
            "privateExtendedProperty": ["a=b", "a", "=", "a=b=c"],
            "sharedExtendedProperty": ["a=b"],
            "eventType": ["default", "focusTime"],
            "colorId": ["1", "11", "12"],
            "method": ["popup", "email", "sms"],
            "quotaUser": ["a", "b" * 41],
        }
        return choice(known[name]) if name in known else choice(WORDS)

    def scalar(self, part, name):
        if "enum" in part and self.random.random() < 0.8:
            return self.random.choice(part["enum"])
        match part["type"], part.get("format"):
            case "boolean", _:
                return self.random.choice([True, False])
            case "integer", _:
                return self.random.choice(NUMBERS)
            case "string", "date-time":
                return self.text(name) if name in ("timeMin", "timeMax") else self.random.choice(TIMES)
            case "string", "date":
                return self.random.choice(DATES)
            case "string", "int64":
                return str(self.random.choice(NUMBERS))
        return self.text(name)

    def odd(self, depth=0):
        """Any JSON at all."""
        kind = self.random.randrange(9)
        if kind == 0:
            return None
        if kind == 1:
            return self.random.choice(NUMBERS)
        if kind == 2:
            return self.random.choice([True, False])
        if kind == 3 and depth < 4:
            return [self.odd(depth + 1) for _ in range(self.random.randrange(4))]
        if kind == 4 and depth < 4:
            return {self.random.choice(WORDS): self.odd(depth + 1) for _ in range(self.random.randrange(4))}
        if kind == 5 and depth == 0 and self.random.random() < 0.1:
            value = "deep"
            for _ in range(self.random.choice([60, 600])):
                value = [value] if self.random.random() < 0.5 else {"a": value}
            return value
        return self.random.choice(WORDS)

    def value(self, part, name="", depth=0):
        """A value for a node of the document: right in form four times out of five."""
        chance = self.random.random()
        if chance < 0.07 * self.wildness:
            return self.odd()
        if "$ref" in part:
            part = self.document.schemas[part["$ref"]]
        if name == "recurrence":
            return [self.random.choice(RULES) for _ in range(self.random.randrange(1, 4))]
        match part["type"]:
            case "object":
                return self.object(part, depth)
            case "array":
                count = 300 if self.random.random() < 0.01 else self.random.randrange(4)
                return [self.value(part["items"], name, depth + 1) for _ in range(count)]
            case "any":
                return self.odd(depth)
        return self.scalar(part, name)

    def object(self, part, depth):
        share = self.wildness * self.random.choice([0.05, 0.2, 0.6]) if depth < 3 else 0.1
        made = {}
        for name, child in part.get("properties", {}).items():
            wanted = name in WANTED
            if self.random.random() < (1 - 0.3 * self.wildness if wanted else share):
                made[name] = None if self.random.random() < 0.03 else self.value(child, name, depth + 1)
        if "additionalProperties" in part:
            for _ in range(self.random.choice([0, 1, 3, 310])):
                made[f"k{self.random.randrange(1000)}" + self.random.choice(["", "é", "x" * 60])] = self.value(
                    part["additionalProperties"]
                )
        if self.random.random() < 0.05:
            made[self.random.choice(WORDS)] = self.odd()
        return made

    def likely_body(self, method_id, schema):
        """One that is likely to be taken, so that there is something to list, change and stop; None for most schemas."""
        dice = self.random
        someone = dice.choice([COACH, CLIENT, f"p{dice.randrange(30)}@example.com"])
        if method_id == "calendar.channels.stop":
            return self.world.channel
        return {
            "Event": self.event(),
            "AclRule": {"role": dice.choice(["reader", "writer", "owner"]), "scope": {"type": "user", "value": someone}},
            "Channel": {"id": f"c{dice.randrange(10**9)}", "type": "web_hook", "address": "http://127.0.0.1:9/x"},
            "CalendarListEntry": {"id": dice.choice(["primary", COACH, CLIENT]), "selected": dice.random() < 0.5},
        }.get(schema)

    def event(self):
        day, hour = self.random.randrange(1, 28), self.random.randrange(0, 23)
        zone = self.random.choice(ZONES[:3])
        event = {
            "summary": self.text("summary"),
            "start": {"dateTime": f"2027-03-{day:02}T{hour:02}:00:00", "timeZone": zone},
            "end": {"dateTime": f"2027-03-{day:02}T{hour + 1:02}:00:00", "timeZone": zone},
        }
        if self.random.random() < 0.3:
            event["iCalUID"] = self.text("iCalUID")
        if self.random.random() < 0.4:
            event["recurrence"] = [self.random.choice(RULES[:8])]
        return event

    # Requests

    def query(self, method):
        items = []
        parameters = {**method.get("parameters", {}), **self.document.document["parameters"]}
        for name, part in parameters.items():
            is_global = name in self.document.document["parameters"]
            likely = 0.98 if part.get("required") else self.wildness * (0.05 if is_global else 0.25)
            if part["location"] == "query" and self.random.random() < likely:
                for _ in range(2 if part.get("repeated") or self.random.random() < 0.02 else 1):
                    value = self.scalar(part, name)
                    items.append((name, str(value).lower() if isinstance(value, bool) else str(value)))
        if self.random.random() < 0.05:
            items.append((self.random.choice(WORDS), self.random.choice(WORDS)))
        encoded = urllib.parse.urlencode(items, errors="surrogatepass")
        return encoded if self.random.random() < 0.98 else encoded + self.random.choice(["&%zz", "&&&=", "&a=%ff", "?x", "&=="])

    def call(self, prefix="/calendar/v3/"):
        """A method of the document: its id, verb, target, headers and body."""
        method_id, method = self.random.choice(list(self.document.methods.items()))
        path = method["path"]
        for name, part in method.get("parameters", {}).items():
            if part["location"] == "path":
                value = urllib.parse.quote(self.text(name), safe=self.random.choice(["", "/@:"]))
                path = path.replace("{" + name + "}", value)
                if value == "" or "/" in value:
                    method_id = "calendar.?"  # Where this leads is another question.
        query = self.query(method)
        body = b""
        if "request" in method:
            likely = self.likely_body(method_id, method["request"]["$ref"])
            body = self.body(likely if likely and self.random.random() > 0.6 * self.wildness else self.value(method["request"]))
        headers = {"Authorization": f"Bearer {self.random.choice(self.world.tokens)}"}
        if body:
            headers["Content-Type"] = "application/json"
        if self.random.random() < 0.05:
            headers[self.random.choice(["If-Match", "If-None-Match"])] = self.random.choice(
                ["*", self.world.known("etag"), "x", '"', ""]
            )
        verb = (
            method["httpMethod"]
            if self.random.random() < 0.97
            else self.random.choice(["GET", "PUT", "HEAD", "OPTIONS", "TRACE", "PURGE"])
        )
        return method_id, verb, prefix + path + ("?" + query if query else ""), headers, body

    def body(self, value):
        chance = self.random.random()
        if chance < 0.04:
            return self.random.choice(BROKEN_JSON)
        data = json.dumps(value, ensure_ascii=self.random.random() < 0.5).encode("utf-8", "surrogatepass")
        return data[: self.random.randrange(len(data) + 1)] if chance < 0.06 else data

    def control(self):
        path = self.random.choice(CONTROL)
        known = {
            "users": {"email": self.random.choice([COACH, CLIENT])},
            "quotas": {"perMinutePerUser": None},
            "service-accounts": {"project": "demo", "name": self.random.choice(["x", "UPPER", ""])},
            "clock": {"advanceSeconds": self.random.choice([0, 1, 1e10, "x"])},
            "switches": {"freeBusyMaxDays": self.random.choice([92, 0, "x"])},
            # Taken faults would answer 5xx: these are for a method nobody calls, or are refused.
            "faults": {"status": self.random.choice([200, 600, "x", None]), "method": "nonsense"},
        }.get(path, {})
        if path == "service-accounts" and self.random.random() < 0.9:
            known["project"] = "NOT A PROJECT"  # Making a key takes long.
        body = known if self.random.random() < 0.6 else self.odd()
        verb = "GET" if path in ("requests", "state") else self.random.choice(["POST", "POST", "POST", "PUT", "GET"])
        if path == "faults" and verb == "POST" and not isinstance(body, dict):
            body = {"nonsense": body}
        query = "?since=" + self.random.choice(["0", "-1", "x", str(10**30)]) if path == "requests" else ""
        return "control", verb, f"/emulator/{path}{query}", {}, b"" if verb == "GET" else self.body(body)

    def token(self):
        fields = {
            "grant_type": self.random.choice(
                ["urn:ietf:params:oauth:grant-type:jwt-bearer", "refresh_token", "authorization_code", "x"]
            )
        }
        for name in ("assertion", "refresh_token", "client_id", "client_secret", "code", "redirect_uri", "scope"):
            if self.random.random() < 0.5:
                fields[name] = self.random.choice(
                    [*WORDS, "a.b.c", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiJ9.W10.AAAA"]
                )
        body = urllib.parse.urlencode(fields, errors="surrogatepass").encode()
        headers = {"Content-Type": self.random.choice(["application/x-www-form-urlencoded", "application/json", "x"])}
        return (
            "token",
            self.random.choice(["POST", "POST", "GET"]),
            self.random.choice(["/token", "/revoke", "/token/x"]),
            headers,
            body,
        )

    def batch(self):
        boundary = self.random.choice(["b", "batch_1", "a b", "x" * 71])
        lines = []
        for number in range(self.random.choice([0, 1, 3, 20, 1001 if self.random.random() < 0.03 else 2])):
            _, verb, target, headers, body = self.call()
            lines += [f"--{boundary}".encode(), b"Content-Type: application/http"]
            if self.random.random() < 0.8:
                lines.append(f"Content-ID: {self.random.choice([f'<item{number}>', '<x + 1>', '', '<', 'é'])}".encode())
            if self.random.random() < 0.05:
                target = "https://www.googleapis.com" + target
            lines += [b"", f"{verb} {target} HTTP/1.1".encode("utf-8", "surrogatepass")]
            lines += [f"{name}: {value}".encode("utf-8", "surrogatepass") for name, value in headers.items()]
            lines += [b"", body] if self.random.random() < 0.95 else [body]
        lines += [f"--{boundary}--".encode(), b""]
        content_type = self.random.choice(
            [f'multipart/mixed; boundary="{boundary}"'] * 4 + ["multipart/mixed", "application/json", "multipart/mixed; boundary="]
        )
        headers = {"Authorization": f"Bearer {self.random.choice(self.world.tokens)}", "Content-Type": content_type}
        data = self.random.choice([b"\r\n", b"\r\n", b"\n"]).join(lines)
        data = data if self.random.random() < 0.9 else data[: self.random.randrange(len(data) + 1)]
        path = self.random.choice(["/batch/calendar/v3"] * 5 + ["/batch", "/batch/x/v1"])
        return "batch" if path == "/batch/calendar/v3" else "stray", "POST", path, headers, data

    def stray(self):
        """Something that is no method of the API."""
        segments = [
            urllib.parse.quote(self.random.choice(WORDS), safe=self.random.choice(["", "/"]))
            for _ in range(self.random.randrange(6))
        ]
        target = self.random.choice(
            ["/", "/calendar/v3/", "/calendar/v4/", "/emulator/", "//", "/calendar/v3/calendars/"]
        ) + "/".join(segments)
        headers = {"Authorization": self.random.choice(["", "Bearer", "Bearer ", "Basic eDp5", "Bearer " + "x" * 5000, "bearer é"])}
        return (
            "stray",
            self.random.choice(["GET", "POST", "DELETE", "PATCH", "PUT", "HEAD", "OPTIONS", "FOO"]),
            target,
            headers,
            b"",
        )

    def request(self):
        self.wildness = self.random.choice([0.05, 0.3, 1.0])
        chance = self.random.random()
        if chance < 0.86:
            return self.call()
        return self.random.choice([self.control, self.token, self.batch, self.stray])()
