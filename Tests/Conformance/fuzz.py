"""Ten thousand requests, plausible and hostile, made from the discovery document: none may crash the emulator or make it answer 5xx.

    fuzz.py --seed 7 --connections 1     asks the same in the same order again

Every method gets values for path, query and body by its own schemas: right ones, wrong types, nulls, huge ones, odd Unicode, deep
nesting, missing and superfluous fields. Some requests are broken below that: methods, headers, cut JSON, batches, control calls.
Nothing here knows what the right answer is. It only insists that there is one, in time, and that a refusal is well-formed.
"""

import argparse
import collections
import http.client
import json
import os
import random
import re
import shlex
import sys
import threading
import time
import urllib.parse

import schema
from emulator import Emulator

TIMEOUT_SECONDS = 20
COACH, CLIENT = "coach@example.com", "client@example.com"
# Faults would be 5xx by order; a reset or a new clock is for the whole world, and is done between the rounds.
CONTROL = ["service-accounts", "users", "quotas", "clock", "switches", "requests", "state", "faults", "tokens", "channels", "nonsense"]

WORDS = ["", " ", "a", "coaching", "primary", "null", "true", "0", "-1", "é", "שלום", "🗓️", "\u0000", "\u202e", "\ufeff", "e\u0301",
         "%", "%2", "%00", "../..", "a/b", "?", "#", "&", "=", "\"", "\\", "<b>x</b>", "'; DROP TABLE", "\r\nX: y", "{}", "[]",
         "NaN", "1e999", "*", "items(", "items(id", "a" * 300, "ä" * 1500]
TIMES = ["2027-03-01T10:00:00Z", "2027-03-28T02:30:00+01:00", "2027-03-01T10:00:00", "2027-02-30T10:00:00Z", "0001-01-01T00:00:00Z",
         "9999-12-31T23:59:59Z", "2027-03-01T24:00:00Z", "2027-03-01T10:00:60Z", "2027-03-01T10:00:00+99:99", "2027-03-01",
         "2027-03-01T10:00:00.123456789Z", "-2027-03-01T10:00:00Z", "1900-01-01T00:00:00+00:19", "yesterday"]
DATES = ["2027-03-01", "2027-03-02", "2027-02-30", "0000-00-00", "9999-12-31", "20270301", "2027-3-1"]
ZONES = ["Europe/Berlin", "America/New_York", "UTC", "GMT+1", "Mars/Olympus", "", "Pacific/Apia", "Africa/Monrovia", "../etc/passwd"]
RULES = ["RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=DAILY", "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20280101T000000Z", "EXDATE:20270308T100000Z",
         "EXDATE;TZID=Europe/Berlin:20270308T100000", "RDATE;VALUE=DATE:20270401", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
         "RRULE:FREQ=SECONDLY;COUNT=99999999", "RRULE:FREQ=WEEKLY;INTERVAL=0", "RRULE:FREQ=WEEKLY;BYDAY=XX", "RRULE:", "DTSTART:20270301",
         "RRULE:FREQ=DAILY;COUNT=-1", "RRULE:FREQ=DAILY;UNTIL=20270301;COUNT=5", "RRULE:FREQ=DAILY;BYSETPOS=1000;BYHOUR=25",
         "RRULE:FREQ=WEEKLY;INTERVAL=9223372036854775807", "RRULE:FREQ=MONTHLY;BYMONTHDAY=31,30,-31", "\n", "RRULE:FREQ=DAILY\r\nRRULE:FREQ=DAILY"]
NUMBERS = [0, 1, -1, 2, 50, 250, 2500, 2501, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**30, -(2**63), 0.5, 1e308]
BROKEN_JSON = [b"", b"{", b"[", b"]", b"null", b"true", b"7", b'"x"', b'{"a":}', b'{"a":1,}', b"{'a':1}", b'{"a":"\xff\xfe"}', b"\x00",
               b'{"a":"\\ud800"}', b'{"a":1e999999}', b'{"summary":"x"', b"[" * 5000, b'{"a":' * 5000, b'{"a":1,"a":2}', b"\xef\xbb\xbf{}"]


class World:
    """What one connection knows to exist, so that requests hit something."""

    def __init__(self, emulator, random_source):
        self.emulator = emulator
        self.random = random_source
        self.ids = collections.defaultdict(list)
        self.tokens = []
        # Names for the tokens, in the lines that repeat a request.
        self.holders = {}

    def learn(self, answer):
        """Keeps ids and tokens of an answer for requests to come."""
        if not isinstance(answer, dict):
            return
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

    # Values

    def text(self, name=""):
        choice, world = self.random.choice, self.world
        lowered = name.lower()
        if self.random.random() < 0.12:
            return choice(WORDS)
        if "time" in lowered and "zone" not in lowered or name in ("updatedMin", "originalStart"):
            return choice(TIMES)
        if "zone" in lowered:
            return choice(ZONES)
        known = {
            "calendarId": ["primary", COACH, CLIENT, world.known("calendar#calendar", "calendar#calendarListEntry")],
            "destination": ["primary", world.known("calendar#calendar")], "eventId": [world.known("calendar#event")],
            "ruleId": ["default", f"user:{COACH}", world.known("calendar#aclRule")], "setting": ["timezone", world.known("calendar#setting")],
            "pageToken": [world.known("nextPageToken")], "syncToken": [world.known("nextSyncToken")],
            "fields": ["id", "items(id,start/dateTime),nextPageToken", "*", "items/*", "kind,items(attendees(email))", "(((", "a/b/c/d/e"],
            "id": [world.known("calendar#event"), "abcde" + str(self.random.randrange(10**6)), COACH, "UPPER", world.known("api#channel")],
            "iCalUID": [world.known("iCalUID"), f"{self.random.randrange(50)}@elsewhere.example"], "resourceId": [world.known("resourceId")],
            "role": ["reader", "writer", "owner", "none", "freeBusyReader", "writerWithoutPrivateAccess"],
            "status": ["confirmed", "tentative", "cancelled"], "email": [COACH, CLIENT, "group@example.com"], "value": [COACH, "example.com"],
            "address": ["https://127.0.0.1:9/x", "http://127.0.0.1:9/x", "ftp://x", "https://"], "type": ["web_hook", "user", "default", "domain"],
            "newDataOwner": [CLIENT, COACH], "text": ["Lunch tomorrow 12pm-1pm", "Call on 1 March 10am"], "q": ["coaching", "a b"],
            "privateExtendedProperty": ["a=b", "a", "=", "a=b=c"], "sharedExtendedProperty": ["a=b"], "eventType": ["default", "focusTime"],
            "colorId": ["1", "11", "12"], "method": ["popup", "email", "sms"], "quotaUser": ["a", "b" * 41],
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
                return self.random.choice(TIMES)
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
        if chance < 0.06:
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
        share = self.random.choice([0.05, 0.2, 0.6]) if depth < 3 else 0.1
        made = {}
        for name, child in part.get("properties", {}).items():
            wanted = name in ("start", "end", "timeMin", "timeMax", "summary", "dateTime", "scope", "role")
            if self.random.random() < (0.8 if wanted else share):
                made[name] = None if self.random.random() < 0.03 else self.value(child, name, depth + 1)
        if "additionalProperties" in part:
            for _ in range(self.random.choice([0, 1, 3, 310])):
                made[f"k{self.random.randrange(1000)}" + self.random.choice(["", "é", "x" * 60])] = self.value(part["additionalProperties"])
        if self.random.random() < 0.05:
            made[self.random.choice(WORDS)] = self.odd()
        return made

    def event(self):
        """An event that is likely to be taken, so that there is something to list, move and expand."""
        day, hour = self.random.randrange(1, 28), self.random.randrange(0, 23)
        zone = self.random.choice(ZONES[:3])
        event = {"summary": self.text("summary"), "start": {"dateTime": f"2027-03-{day:02}T{hour:02}:00:00", "timeZone": zone},
                 "end": {"dateTime": f"2027-03-{day:02}T{hour + 1:02}:00:00", "timeZone": zone}}
        if self.random.random() < 0.4:
            event["recurrence"] = [self.random.choice(RULES[:8])]
        return event

    # Requests

    def query(self, method):
        items = []
        parameters = {**method.get("parameters", {}), **self.document.document["parameters"]}
        for name, part in parameters.items():
            if part["location"] != "query" and not method["id"]:
                continue
            likely = 0.9 if part.get("required") else 0.04 if name in self.document.document["parameters"] else 0.2
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
            plausible = "Event" in method["request"]["$ref"] and self.random.random() < 0.6
            body = self.body(self.event() if plausible else self.value(method["request"], depth=0))
        headers = {"Authorization": f"Bearer {self.random.choice(self.world.tokens)}"}
        if body:
            headers["Content-Type"] = "application/json"
        if self.random.random() < 0.05:
            headers[self.random.choice(["If-Match", "If-None-Match"])] = self.random.choice(["*", self.world.known("etag"), "x", '"', ""])
        verb = method["httpMethod"] if self.random.random() < 0.97 else self.random.choice(["GET", "PUT", "HEAD", "OPTIONS", "TRACE", "PURGE"])
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
            "users": {"email": self.random.choice([COACH, CLIENT])}, "quotas": {"perMinutePerUser": None},
            "service-accounts": {"project": "demo", "name": self.random.choice(["x", "UPPER", ""])},
            "clock": {"advanceSeconds": self.random.choice([0, 1, 1e10, "x"])}, "switches": {"freeBusyMaxDays": self.random.choice([92, 0, "x"])},
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
        fields = {"grant_type": self.random.choice(["urn:ietf:params:oauth:grant-type:jwt-bearer", "refresh_token", "authorization_code", "x"])}
        for name in ("assertion", "refresh_token", "client_id", "client_secret", "code", "redirect_uri", "scope"):
            if self.random.random() < 0.5:
                fields[name] = self.random.choice([*WORDS, "a.b.c", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiJ9.W10.AAAA"])
        body = urllib.parse.urlencode(fields, errors="surrogatepass").encode()
        headers = {"Content-Type": self.random.choice(["application/x-www-form-urlencoded", "application/json", "x"])}
        return "token", self.random.choice(["POST", "POST", "GET"]), self.random.choice(["/token", "/revoke", "/token/x"]), headers, body

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
        content_type = self.random.choice([f'multipart/mixed; boundary="{boundary}"'] * 4 + ["multipart/mixed", "application/json", "multipart/mixed; boundary="])
        headers = {"Authorization": f"Bearer {self.random.choice(self.world.tokens)}", "Content-Type": content_type}
        data = self.random.choice([b"\r\n", b"\r\n", b"\n"]).join(lines)
        data = data if self.random.random() < 0.9 else data[: self.random.randrange(len(data) + 1)]
        path = self.random.choice(["/batch/calendar/v3"] * 5 + ["/batch", "/batch/x/v1"])
        return "batch" if path == "/batch/calendar/v3" else "stray", "POST", path, headers, data

    def stray(self):
        """Something that is no method of the API."""
        segments = [urllib.parse.quote(self.random.choice(WORDS), safe=self.random.choice(["", "/"])) for _ in range(self.random.randrange(6))]
        target = self.random.choice(["/", "/calendar/v3/", "/calendar/v4/", "/emulator/", "//", "/calendar/v3/calendars/"]) + "/".join(segments)
        headers = {"Authorization": self.random.choice(["", "Bearer", "Bearer ", "Basic eDp5", "Bearer " + "x" * 5000, "bearer é"])}
        return "stray", self.random.choice(["GET", "POST", "DELETE", "PATCH", "PUT", "HEAD", "OPTIONS", "FOO"]), target, headers, b""

    def request(self):
        chance = self.random.random()
        if chance < 0.86:
            return self.call()
        return self.random.choice([self.control, self.token, self.batch, self.stray])()


class Fuzzer(threading.Thread):
    """One connection that asks one request after another. Each has its own dice, so that a run can be had again from its seed."""

    def __init__(self, emulator, document, seed, count, tally):
        super().__init__(daemon=True)
        dice = random.Random(seed)
        self.world = World(emulator, dice)
        self.generator = Generator(document, self.world, dice)
        self.emulator, self.count, self.tally = emulator, count, tally
        self.connection = None

    def run(self):
        for _ in range(self.count):
            self.ask(*self.generator.request())

    def ask(self, name, verb, target, headers, body):
        headers = {key: value.encode("utf-8").decode("latin-1") for key, value in headers.items()}
        repeat = curl(self.emulator.origin, verb, target, headers, body)
        for token, holder in self.world.holders.items():
            repeat = repeat.replace(token, f"'\"${holder}\"'")  # All text in the line is in single quotes.
        started = time.monotonic()
        try:
            status, content_type, text = self.send(verb, target, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self.connection = None
            self.tally.fail(f"{name}: no answer: {error!r} after {time.monotonic() - started:.1f} s", repeat)
            return
        self.tally.count(name, status, time.monotonic() - started)
        self.look(name, verb, status, content_type, text, repeat)

    def send(self, verb, target, headers, body):
        """Again on a new connection when the server has closed the old one between two requests, as it may."""
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(self.emulator.address, timeout=TIMEOUT_SECONDS)
            try:
                self.connection.putrequest(verb, target, skip_accept_encoding=True)
                for key, value in headers.items():
                    self.connection.putheader(key, value)
                if body or verb in ("POST", "PUT", "PATCH"):
                    self.connection.putheader("Content-Length", str(len(body)))
                self.connection.endheaders(body)
                answer = self.connection.getresponse()
                text = answer.read()
                if answer.will_close:
                    self.connection.close()
                    self.connection = None
                return answer.status, answer.getheader("Content-Type", ""), text
            except (http.client.RemoteDisconnected, ConnectionError):
                self.connection.close()
                self.connection = None
                if fresh or attempt == 2:
                    raise

    def look(self, name, verb, status, content_type, text, repeat):
        if status >= 500:
            self.tally.fail(f"{name}: {status}: {message_of(text)}", repeat)
        elif status >= 400 and verb != "HEAD":
            for complaint in refusal_complaints(name, status, content_type, text):
                self.tally.fail(f"{name}: {complaint}", repeat)
        elif name == "batch" and status == 200:
            for line in text.split(b"\r\n"):
                if line.startswith(b"HTTP/1.1 5"):
                    self.tally.fail(f"in a batch: {line.decode()}", repeat)
        elif name in self.generator.document.methods and status < 300 and verb != "HEAD":
            try:
                answer = json.loads(text) if text else None
            except ValueError:
                self.tally.fail(f"{name}: {status} with a body that is not JSON", repeat)
                return
            self.world.learn(answer)
            if verb == self.generator.document.methods[name]["httpMethod"]:
                for complaint in self.generator.document.complaints(name, answer):
                    self.tally.fail(f"{name}: {status}: {complaint}", repeat)


def refusal_complaints(name, status, content_type, text):
    """The token endpoint and the control calls have forms of their own, a path that is none may get a page, and what is not
    even HTTP gets a bare 400."""
    if name == "stray" and (status == 400 and not text or status == 404 and content_type.startswith("text/html")):
        return []
    if name.startswith("calendar.") or name == "batch":
        return schema.envelope_complaints(status, content_type, text.decode("utf-8", "replace"))
    try:
        error = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        return [f"{status} without an error in JSON: {text[:100]!r}"]
    return [] if error else [f"{status} with an empty error"]


def message_of(text):
    try:
        return json.loads(text)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return repr(text[:100])


def curl(origin, verb, target, headers, body):
    """A line for a shell that asks the same again."""
    parts = ["curl", "-i", "-X", verb, "--path-as-is", "--globoff"]
    for key, value in headers.items():
        parts += ["-H", f"{key}: {value}"]
    line = shlex.join([*parts, origin + target])
    if body:
        # Bytes that no shell line can hold are written the way printf reads them.
        data = "".join(chr(byte) if 32 <= byte < 127 and byte not in b"\\%'" else f"\\{byte:03o}" for byte in body)
        line = f"printf -- '{data}' | {line} --data-binary @-"
    return line


class Tally:
    def __init__(self, limit=20):
        self.lock = threading.Lock()
        self.statuses = collections.Counter()
        self.methods = collections.Counter()
        self.failures = collections.Counter()
        self.slowest = (0.0, "")
        self.limit = limit

    def count(self, name, status, seconds):
        with self.lock:
            self.statuses[status] += 1
            self.methods[name] += 1
            self.slowest = max(self.slowest, (seconds, name))

    def fail(self, sentence, repeat):
        # The same place with another value, index or key is the same failure.
        kind = re.sub(r"'[^']*'|[-\d.]+ is|\[\d+\]|\.[^.:]*(?=: no such property)", "…", sentence)[:200]
        with self.lock:
            self.failures[kind] += 1
            if not self.failures.total() - 1:
                print(f"OWNER and GUEST are the accessToken of {COACH} and {CLIENT}: POST /emulator/users", file=sys.stderr)
            if self.failures[kind] == 1 and len(self.failures) <= self.limit:
                print(f"FAILED {sentence}\n  again: {repeat}", file=sys.stderr, flush=True)


def prepare(emulator):
    """A small world anew, without memory of what was asked before. - Returns: a token of an owner and one of a guest."""
    emulator.reset()
    # Callbacks are allowed so that `watch` does more than refuse; nobody listens on port 9.
    emulator.control("switches", {"allowHttpCallbacks": True})
    return emulator.user(COACH)["accessToken"], emulator.user(CLIENT, admin=True)["accessToken"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "1")))
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--round", type=int, default=2_000, help="after so many requests the world begins anew")
    arguments = parser.parse_args()
    emulator, document, tally = Emulator(), schema.Document(schema.bundled_document()), Tally()
    started, left, round_number = time.monotonic(), arguments.requests, 0
    while left > 0:
        owner, guest = prepare(emulator)
        share = min(left, arguments.round) // arguments.connections or 1
        fuzzers = []
        for number in range(arguments.connections):
            seed = f"{arguments.seed} {round_number} {number}"
            fuzzers.append(Fuzzer(emulator, document, seed, share, tally))
            fuzzers[-1].world.tokens = [owner] * 6 + [guest] * 2 + ["nonsense"]
            fuzzers[-1].world.holders = {owner: "OWNER", guest: "GUEST"}
        for fuzzer in fuzzers:
            fuzzer.start()
        for fuzzer in fuzzers:
            fuzzer.join()
        left -= share * arguments.connections
        round_number += 1
    emulator.reset()  # It still answers.
    unseen = sorted(set(document.methods) - set(tally.methods))
    for method in unseen:
        print("NEVER ASKED:", method, file=sys.stderr)
    total, seconds = tally.statuses.total(), time.monotonic() - started
    by_class = collections.Counter()
    for status, times in tally.statuses.items():
        by_class[f"{status // 100}xx"] += times
    print(f"{total} requests to {len(document.methods) - len(unseen)} of {len(document.methods)} methods and beside them, seed "
          f"{arguments.seed}: {dict(sorted(by_class.items()))}, {tally.failures.total()} failures of {len(tally.failures)} kinds; "
          f"slowest {tally.slowest[0]:.2f} s by {tally.slowest[1]}; {total / seconds:.0f} a second")
    for sentence, times in tally.failures.most_common(30):
        print(f"  {times} × {sentence}", file=sys.stderr)
    sys.exit(1 if tally.failures or unseen or total < arguments.requests * 0.99 else 0)


if __name__ == "__main__":
    main()
